"""Mails: frames, rendering and hand-over to SES."""
