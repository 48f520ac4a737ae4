"""Simulators of the card processors: another origin, another ledger, the real protocols."""
