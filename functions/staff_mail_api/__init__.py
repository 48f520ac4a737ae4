"""Staff calls about mails."""
