"""A table of figures with their limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; ``limit`` None only tells."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether it exceeds its limit."""
        return self.limit is not None and self.value > self.limit


def table(figures: Iterable[Figure]) -> str:
    """Write figures as a Markdown table."""
    rows = ["| what | measured | limit | |", "| --- | ---: | ---: | --- |"]
    for figure in figures:
        limit = "" if figure.limit is None else f"≤ {_number(figure.limit)} {figure.unit}"
        verdict = "" if figure.limit is None else "OVER" if figure.is_over else "ok"
        rows.append(f"| {figure.name} | {_number(figure.value)} {figure.unit} | {limit} | {verdict} |")
    return "\n".join(rows)


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
