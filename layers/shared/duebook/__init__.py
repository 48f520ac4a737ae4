"""Duebook: receivables and payments for field-service businesses."""
