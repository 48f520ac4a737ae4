"""Calls that move money."""
