"""Measure every budget, print each figure beside its limit, and end with 1 when one is over."""

from __future__ import annotations

import os
import platform
import sys

from bench import accounts, ageing, documents, imports, mails, starts, statements
from bench.figures import Figure, table
from bench.ground import ground


def main() -> int:
    """Run all measurements."""
    print(f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, {platform.system()}\n")
    figures: list[Figure] = starts.measure_imports()
    figures += documents.measure()
    figures += mails.measure()
    with ground() as tables:
        # It reads all customers of the business, so it has one of its own.
        figures += ageing.measure(tables)
    with ground() as tables:
        figures += accounts.measure(tables)
        figures += imports.measure(tables)
        figures += statements.measure(tables)
    figures += starts.measure_run()
    print(table(figures))
    over = [figure.name for figure in figures if figure.is_over]
    print(f"\n{len(over)} over the limit" + (f": {'; '.join(over)}" if over else ""))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
