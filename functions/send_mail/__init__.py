"""Sending queued mails."""
