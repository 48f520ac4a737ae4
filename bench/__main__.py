"""Measure every budget, print each figure beside its limit, and end with 1 when one is over.

``python -m bench dunning`` measures one part alone.
"""

from __future__ import annotations

import os
import platform
import sys

from bench import accounts, ageing, documents, dunning, imports, mails, starts, statements
from bench.figures import Figure, table
from bench.ground import ground

PARTS = {"accounts": accounts, "ageing": ageing, "dunning": dunning, "imports": imports, "statements": statements}
"""Those that need tables, each by itself."""


def main(*names: str) -> int:
    """Run all measurements, or the parts named."""
    print(f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, {platform.system()}\n")
    return _told(_some(names) if names else _all())


def _some(names: tuple[str, ...]) -> list[Figure]:
    figures: list[Figure] = []
    for name in names:
        if name not in PARTS:
            raise SystemExit(f"there is no part {name}; parts: {', '.join(PARTS)}")
        with ground() as tables:
            figures += PARTS[name].measure(tables)
    return figures


def _all() -> list[Figure]:
    figures: list[Figure] = starts.measure_imports()
    figures += documents.measure()
    figures += mails.measure()
    with ground() as tables:
        # It reads all customers of the business, so it has one of its own.
        figures += ageing.measure(tables)
    with ground() as tables:
        figures += dunning.measure(tables)
    with ground() as tables:
        figures += accounts.measure(tables)
        figures += imports.measure(tables)
        figures += statements.measure(tables)
    figures += starts.measure_run()
    return figures


def _told(figures: list[Figure]) -> int:
    print(table(figures))
    over = [figure.name for figure in figures if figure.is_over]
    print(f"\n{len(over)} over the limit" + (f": {'; '.join(over)}" if over else ""))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
