"""The customer portal: static pages and the script that builds them."""
