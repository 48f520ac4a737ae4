"""Clients of the card and bank processors, behind ports.PaymentProcessor."""
