"""Decisions of the trade as pure functions over frozen data: no I/O, no clock, no ids made inside."""
