"""Asking the processors."""
