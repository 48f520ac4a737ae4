"""Mails about a payment."""
