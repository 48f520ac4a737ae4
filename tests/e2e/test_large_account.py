"""A customer with 5,000 open invoices, over the emulator's DynamoDB: one request shows it, one transaction pays 200 of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from bench.ground import NOW, TENANT, Ground, ground
from duebook.domain.account import find_open_item
from duebook.domain.overview import overview
from duebook.usecases.apply_payment import apply_payment

pytestmark = [pytest.mark.ministack, pytest.mark.slow]
OPEN = 5_000


@pytest.fixture(scope="module")
def tables() -> Iterator[Ground]:
    with ground() as running:
        yield running


@pytest.fixture(scope="module")
def account(tables):
    with tables.meter.deaf():
        return tables.filled("many", OPEN)


def test_the_overview_is_one_request_for_one_page_of_segments(tables, account):
    with tables.meter.counting() as counted:
        seen = overview(tables.accounts.read(account).account, date(2025, 6, 2))

    assert (seen.open_invoices, seen.balance) == (OPEN, OPEN * 10_00)
    assert counted.requests == ["Query"]


def test_a_payment_over_two_hundred_of_them_is_one_transaction(tables, account):
    with tables.meter.deaf():
        payment = tables.captured(account, 200)
        before = tables.accounts.read(account).account
    with tables.meter.counting() as counted:
        paid = apply_payment(payment, accounts=tables.accounts, payments=tables.payments, now=NOW, web_currency=account.currency)

    after = tables.accounts.read(account).account
    assert counted.requests.count("TransactWriteItems") == 1
    assert paid == 1
    assert len(counted.requests) == 2
    assert [item.invoice_id for item in before.open_items[200:]] == [item.invoice_id for item in after.open_items]
    assert find_open_item(after, before.open_items[199].invoice_id) is None
    assert after.unapplied == {}
    assert account.tenant_id == TENANT


def test_a_customer_that_paid_much_before_pays_with_as_few_write_units_as_a_new_one(tables):
    with tables.meter.deaf():
        fresh, worn = tables.filled("fresh", 20), tables.filled("worn", 20, closed_before=100)
        payments = [tables.captured(key, 3) for key in (fresh, worn)]
    units = []
    for payment in payments:
        with tables.meter.counting() as counted:
            apply_payment(payment, accounts=tables.accounts, payments=tables.payments, now=NOW)
        units.append(counted.write_units + counted.index_units)

    assert units[0] == units[1] <= 12
