"""The staff pages about mails."""
