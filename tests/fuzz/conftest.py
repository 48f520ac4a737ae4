"""Prints at the end of a run what was sent and how it was answered, also when workers ran it."""

from __future__ import annotations

from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write one line."""
    total: Counter[str] = Counter()
    operations = 0
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, answers in getattr(report, "user_properties", ()):
                if name == "answers" and report.when == "call":
                    operations += 1
                    for role_and_status, count in answers.items():
                        total[f"{role_and_status[-3]}xx"] += count
    if operations:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(total.items()))
        terminalreporter.write_line(f"{operations} operations, {sum(total.values())} requests: {kinds}")
