"""The replay's own logic, over the use cases in moto: it agrees when the books do, and tells when they do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from duebook import wiring, wiring_automation
from duebook.domain.directory import Support, Tenant
from duebook.domain.invoices import Invoice, InvoiceLine
from duebook.domain.money import Money
from duebook.domain.overview import overview
from duebook.runtime.clock import today_in, utc_now
from duebook.runtime.ids import new_id, new_pay_online_id
from duebook.usecases.issue_invoice import InvoiceDesk, issue_invoice
from duebook.usecases.put_customer import CustomerDetails, put_customer
from duebook.usecases.read_account import read_accounts
from duebook.usecases.receive_payment import CashDesk, ReceivedMoney, receive_payment
from local.replay_plan import Owed, Row, month_end, plain_sum, replay
from tests.integration.cloud import Cloud

TENANT = "ten_1"
ZONE = "America/New_York"
FIRST = date(2012, 1, 20)


class UseCaseOffice:
    """Staff at work without HTTP; ``keeps_back`` cents stay out of every payment, to see that it is noticed."""

    def __init__(self, aws: Cloud, keeps_back: int = 0) -> None:
        self.aws = aws
        self.keeps_back = keeps_back

    def open_day(self, today: date) -> None:
        self.aws.set_clock(datetime(today.year, today.month, today.day, 17, tzinfo=UTC))

    def issue(self, row: Row) -> None:
        line = InvoiceLine("Service", Decimal(1), row.minor)
        invoice = Invoice(row.number, row.customer_id, row.number, row.invoice_on, row.due_on, "USD", (line,))
        desk = InvoiceDesk(
            wiring.directory_store(),
            wiring.account_store(),
            wiring.invoice_store(),
            wiring_automation.automation_store(),
            utc_now(),
            "key_1",
        )
        issue_invoice(TENANT, invoice, desk)

    def pay(self, row: Row, *, oldest_first: bool) -> None:
        minor = row.minor - self.keeps_back
        applications = None if oldest_first else ((row.number, minor),)
        now = utc_now()
        desk = CashDesk(wiring.directory_store(), wiring.account_store(), wiring.payment_store(), wiring.transient_store(), now, "key_1")
        money = ReceivedMoney(row.customer_id, Money(minor, "USD"), "check", row.number, None, applications)
        receive_payment(TENANT, money, key=f"replay-{row.number}", payment_id=new_id("pay", now), today=today_in(ZONE, now), desk=desk)

    def owed(self, customer_id: str) -> Owed:
        today = today_in(ZONE, utc_now())
        customer = self.aws.directory.customer(TENANT, customer_id)
        for account in read_accounts(TENANT, customer, accounts=self.aws.accounts):
            one = overview(account, today)
            return Owed(one.balance, one.overdue, one.unapplied, one.open_invoices)
        return Owed()


def row(number: int, *, day: int, settled_after: int) -> Row:
    issued = FIRST + timedelta(days=day)
    return Row(
        f"c{number % 3}", f"{number:010d}", issued, issued + timedelta(days=5), 1_000 + 37 * number, issued + timedelta(days=settled_after)
    )


ROWS = [row(number, day=number % 12, settled_after=1 + number * 7 % 17) for number in range(1, 25)]


@pytest.fixture
def office(aws) -> UseCaseOffice:
    aws.directory.add_tenant(Tenant(TENANT, "Blue Toilets", ZONE, support=Support()), [], [], "0" * 64)
    for customer_id in ("c0", "c1", "c2"):
        put_customer(
            TENANT,
            customer_id,
            CustomerDetails(customer_id),
            directory=aws.directory,
            new_pay_online_id=new_pay_online_id,
            now=utc_now(),
        )
    return UseCaseOffice(aws)


def test_two_weeks_agree_with_the_plain_sum_at_each_end(office):
    months = list(replay(ROWS, date(2012, 2, 4), office))

    assert [month.on for month in months] == [date(2012, 1, 31), date(2012, 2, 4)]
    assert all(month.differences == () for month in months)
    assert months[-1].issued == len(ROWS)
    assert months[-1].owed.overdue > 0
    assert 0 < months[-1].oldest_first < months[-1].paid


def test_a_cent_that_is_missing_is_told_by_customer(office):
    office.keeps_back = 1

    *_, last = replay(ROWS[:6], date(2012, 2, 4), office)

    assert {one.customer_id for one in last.differences} == {"c0", "c1", "c2"}


def test_the_plain_sum_counts_what_is_issued_and_not_settled():
    one = Row("c1", "1", date(2012, 1, 1), date(2012, 1, 31), 500, date(2012, 2, 10))
    other = replace(one, number="2", settled_on=date(2012, 1, 31))

    assert plain_sum([one, other], "c1", date(2012, 1, 31)) == Owed(500, 0, 0, 1)
    assert plain_sum([one, other], "c1", date(2012, 2, 1)) == Owed(500, 500, 0, 1)
    assert plain_sum([one, other], "c1", date(2012, 2, 10)) == Owed()


def test_the_last_day_of_a_number_of_months():
    assert [month_end(date(2012, 1, 3), months) for months in (1, 2, 12, 24)] == [
        date(2012, 1, 31),
        date(2012, 2, 29),
        date(2012, 12, 31),
        date(2013, 12, 31),
    ]
