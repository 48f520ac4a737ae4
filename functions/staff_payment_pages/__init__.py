"""The staff pages about money."""
