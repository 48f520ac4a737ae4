"""Home: what needs doing, how many, since when and the way there; in a stated number of requests."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from duebook import wiring
from duebook.domain.breaks import Break, BreakKind, BreakRow
from duebook.domain.payments import PaymentState
from duebook.domain.suppression import SuppressedFor
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Browser, add_payment, issue, open_office, receive


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give a signed-in viewer of a tenant with one customer."""
    return open_office()


def hold_back(address: str, since: datetime) -> None:
    wiring.email_store().change_address(
        "ten_1", address, lambda known: replace(known, suppressed_for=SuppressedFor.BOUNCE, suppressed_at=since)
    )


def test_nothing_needs_doing(office: Browser) -> None:
    receive("pay_01", 10_00)

    text = office.get("/admin").text

    assert "Nothing needs doing." in text
    assert "Ageing: what customers owe, and for how long" in text


def test_each_thing_to_do_tells_how_many_since_when_and_the_way(office: Browser) -> None:
    for number in range(2):
        add_payment(f"pay_0{number}", PaymentState.UNKNOWN, created_at=NOW - timedelta(days=number + 1))
    add_payment("pay_03", PaymentState.CAPTURED, parked="mail queue did not answer", captured_at=NOW, created_at=NOW - timedelta(days=40))
    found = any_break()
    wiring.reconciliation_store().save(BreakRow("ten_1", found, NOW - timedelta(days=3), NOW), was=None)
    hold_back("ap@halvorsen.example", NOW - timedelta(days=5))
    hold_back("jo@pines.example", NOW - timedelta(days=2))

    answer = office.get("/admin")

    assert "1 payment is parked Booked, but what follows stopped. 1 Apr 23, 2025, 40 days" in answer.text
    assert "2 payments are being checked The processor's answer is not known yet. 2 May 31, 2025, 2 days" in answer.text
    assert "1 reconciliation row is open The processor's books say something else than ours. 1 May 30, 2025, 3 days" in answer.text
    assert "2 addresses get no mail Mail to them bounced or was marked as spam. 2 May 28, 2025, 5 days" in answer.text
    for href in ("/admin/payments/pay_03", "#to-look-at", "/admin/reconciliation", "/admin/email-activity/suppressions"):
        assert f'href="{href}"' in answer.body
    assert "Nothing needs doing" not in answer.text


def any_break() -> Break:
    return Break(next(iter(BreakKind)), "ma_1", "DB-1", "USD")


def test_r38_payments_that_went_back_are_listed_by_when_they_went(office: Browser, aws: Cloud) -> None:
    add_payment("pay_01", PaymentState.RETURNED, ended_code="R01", created_at=NOW - timedelta(days=4))
    add_payment("pay_02", PaymentState.CHARGED_BACK, created_at=NOW - timedelta(days=31))

    text = office.get("/admin").text

    assert "1 payment went back in the last 30 days" in text
    assert "May 29, 2025 Halvorsen Construction Returned R01 $50.00" in text
    aws.set_clock(NOW + timedelta(days=27))
    office.sign_in()
    assert "went back" not in office.get("/admin").text


def test_a_payment_that_no_longer_waits_leaves_the_list(office: Browser) -> None:
    payment = add_payment("pay_01", PaymentState.UNKNOWN, created_at=NOW - timedelta(days=20))
    assert "1 payment is being checked" in office.get("/admin").text

    wiring.payment_store().save(replace(payment, state=PaymentState.DECLINED))

    assert "Nothing needs doing." in office.get("/admin").text


def test_home_takes_seventeen_requests_however_much_there_is(office: Browser, aws: Cloud) -> None:
    for number in range(30):
        add_payment(f"pay_{number:02}", PaymentState.UNKNOWN, created_at=NOW - timedelta(days=number))
        issue(f"inv_{number}", 10_00)
    calls: list[str] = []
    aws.client("dynamodb").meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))

    office.get("/admin")

    # Session, person, business; eight days of payments, those to look at, imports, books, addresses, counts of mails (two months); names.
    assert Counter(calls) == {"GetItem": 3, "Query": 14, "BatchGetItem": 1}
