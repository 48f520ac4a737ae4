"""Documents that company contacts download, and receipts mailed to them."""
