"""Reading an account, and applying payments to it: requests, capacity, CPU."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from statistics import median

from bench.figures import Figure
from bench.ground import NOW, Ground
from duebook.domain.account import AccountKey
from duebook.domain.overview import overview
from duebook.storage import keys
from duebook.storage.dynamo import prefixed
from duebook.usecases.apply_payment import apply_payment

TODAY = date(2025, 6, 2)
WRITE_LIMITS = {(3, 20): 12, (20, 40): 14, (200, 200): 70}


def measure(ground: Ground) -> list[Figure]:
    """Measure all of it."""
    with ground.meter.deaf():
        few = ground.filled("few", 200)
        many = ground.filled("many", 5_000)
    return [
        *_overview(ground, few, 200, pages=1, read_units=8, cpu_ms=6),
        *_overview(ground, many, 5_000, pages=1, read_units=None, cpu_ms=None),
        *_payments(ground),
        *_large_payment(ground, many),
    ]


def _overview(ground: Ground, key: AccountKey, count: int, *, pages: int, read_units: int | None, cpu_ms: float | None) -> list[Figure]:
    with ground.meter.counting() as counted:
        seen = overview(ground.accounts.read(key).account, TODAY)
    assert seen.open_invoices == count
    with ground.meter.deaf():
        cpu = _cpu_ms(lambda: overview(ground.accounts.read(key).account, TODAY))
        plain = _cpu_ms(
            lambda: ground.client.query(TableName=ground.tables.accounts, ConsistentRead=True, **prefixed(keys.account_pk(key)))
        )
    name = f"overview of {count:,} open invoices"
    return [
        Figure(f"{name}: requests", len(counted.requests), "", pages),
        Figure(f"{name}: read units", counted.read_units, "RRU", read_units),
        Figure(f"{name}: CPU, warm", cpu, "ms", cpu_ms),
        Figure(f"{name}: CPU against a bare query of the same items", cpu / plain, "×"),
    ]


def _payments(ground: Ground) -> list[Figure]:
    figures = []
    for (paid, open_before), limit in WRITE_LIMITS.items():
        with ground.meter.deaf():
            key = ground.filled(f"k{paid}", open_before)
        figures += _one(ground, key, paid, f"apply {paid} of {open_before}", limit)
    with ground.meter.deaf():
        fresh = ground.filled("fresh", 20)
        worn = ground.filled("worn", 20, closed_before=600)
    before = _apply(ground, fresh, 3)
    after = _apply(ground, worn, 3)
    figures.append(Figure("apply 3 of 20 after 600 closed invoices: more write units", after[0] - before[0], "WRU", 0))
    return figures


def _large_payment(ground: Ground, key: AccountKey) -> list[Figure]:
    return _one(ground, key, 200, "apply 200 of 5,000", None)


def _one(ground: Ground, key: AccountKey, paid: int, name: str, limit: int | None) -> list[Figure]:
    written, indexed, requests, transactions = _apply(ground, key, paid)
    return [
        Figure(f"{name}: requests one after the other", requests, "", 2 if limit else None),
        Figure(f"{name}: transactions", transactions, "", 1),
        Figure(f"{name}: write units with indexes", written + indexed, "WRU", limit),
        Figure(f"{name}: of which indexes", indexed, "WRU"),
    ]


def _apply(ground: Ground, key: AccountKey, paid: int) -> tuple[int, int, int, int]:
    with ground.meter.deaf():
        payment_key = ground.captured(key, paid)
    with ground.meter.counting() as counted:
        apply_payment(payment_key, accounts=ground.accounts, payments=ground.payments, now=NOW, web_currency=key.currency)
    transactions = counted.requests.count("TransactWriteItems")
    return counted.write_units, counted.index_units, len(counted.requests), transactions


def _cpu_ms(work: Callable[[], object], times: int = 40) -> float:
    work()
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return median(taken) * 1000
