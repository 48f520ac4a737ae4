"""Mails with a link."""
