"""Prints what the sweep covered at the end of a run, also when workers ran it."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write one line for each story of the sweep."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, text in getattr(report, "user_properties", ()):
                if name == "fault sweep" and report.when == "call":
                    terminalreporter.write_line(f"fault sweep, {text}")
