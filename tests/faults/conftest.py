"""Prints what the sweep covered at the end of a run, also when workers ran it."""

from __future__ import annotations

import gc

import pytest

gc.set_threshold(100_000, 50, 50)
"""Thousands of worlds are made and dropped whole; looking for cycles after every 700 objects is an eighth of the time."""

COUNTED = frozenset({"fault sweep", "interleavings", "orders of evidence", "scan for card and bank numbers"})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write one line for each count."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, text in getattr(report, "user_properties", ()):
                if name in COUNTED and report.when == "call":
                    terminalreporter.write_line(f"{name}, {text}")
