"""Invoices and receipts on paper: their words, our frames, and the typesetter."""
