"""Notifications of processors."""
