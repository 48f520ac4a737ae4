"""What reads all of 5,000 customers: the ageing report, as of today and as of a day since which many moved, and looking one up by name."""

from __future__ import annotations

import time
from datetime import timedelta

from bench.figures import Figure
from bench.ground import NOW, TENANT, Ground
from duebook.usecases.read_ageing_report import read_ageing_report
from duebook.web.customer_choice import read_choice

CUSTOMERS = 5_000
PATTERN = "age-00000"
MOVED_EVERY = 5
LIMITS = {"today": (62, 5_200), "a day since which 1,000 accounts moved": (102, 9_300)}
"""For each report: requests, read units."""
TYPED = {"by a name that nobody has": ("zebra", 12, 160), "by an ID": ("age-00042", 1, 1)}
"""What is typed into the filter of a list: the words, requests, read units."""


def measure(ground: Ground) -> list[Figure]:
    """Fill the tables with copies of one customer, and read the report."""
    _fill(ground)
    tenant = ground.directory.tenant(TENANT)
    figures: list[Figure] = []
    for name, as_of in (("today", NOW.date()), ("a day since which 1,000 accounts moved", NOW.date() - timedelta(days=2))):
        with ground.meter.counting() as count:
            read_ageing_report(tenant, as_of, today=NOW.date(), directory=ground.directory, accounts=ground.accounts)
        with ground.meter.deaf():
            began, cpu = time.perf_counter(), time.process_time()
            read_ageing_report(tenant, as_of, today=NOW.date(), directory=ground.directory, accounts=ground.accounts)
            wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        title = f"ageing of {CUSTOMERS:,} customers, {name}"
        requests, read_units = LIMITS[name]
        figures += [
            Figure(f"{title}: requests", len(count.requests), "", requests),
            Figure(f"{title}: read units", count.read_units, "RRU", read_units),
            Figure(f"{title}: CPU", cpu * 1_000, "ms"),
            Figure(f"{title}: wall clock", wall * 1_000, "ms"),
        ]
    return figures + _choices(ground)


def _choices(ground: Ground) -> list[Figure]:
    figures: list[Figure] = []
    for name, (typed, requests, read_units) in TYPED.items():
        with ground.meter.counting() as count:
            read_choice(TENANT, typed, directory=ground.directory)
        with ground.meter.deaf():
            cpu = time.process_time()
            read_choice(TENANT, typed, directory=ground.directory)
            cpu = time.process_time() - cpu
        title = f"a customer among {CUSTOMERS:,}, looked up {name}"
        figures += [
            Figure(f"{title}: requests", len(count.requests), "", requests),
            Figure(f"{title}: read units", count.read_units, "RRU", read_units),
            Figure(f"{title}: CPU", cpu * 1_000, "ms"),
        ]
    return figures


def _fill(ground: Ground) -> None:
    """Write one customer with four open invoices as people do, and the others as copies of its items; every fifth moved today."""
    now, before = (f"{at:%Y-%m-%dT%H:%M}" for at in (NOW, NOW - timedelta(days=30)))
    ground.copied(
        ground.filled(PATTERN, 4),
        (f"age-{number:05}" for number in range(1, CUSTOMERS)),
        lambda number, text: text if number % MOVED_EVERY == 0 else text.replace(now, before),
    )
