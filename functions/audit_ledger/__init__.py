"""The nightly audit of the books."""
