"""One module a verb: read, decide, write."""
