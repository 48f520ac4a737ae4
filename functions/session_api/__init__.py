"""Signing contacts in and out, and their passwords."""
