"""Whose pages are these, before anybody has signed in."""
