"""Who is told of a payment: the payer once, each staff address once, from the click to the mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from duebook import wiring
from duebook.domain.email_activity import Mail, MailKind, MailStatus
from duebook.domain.suppression import SuppressedFor
from duebook.errors import InvariantError, NotFoundError
from tests.faults.stage import issue, world
from tests.faults.world import CUSTOMER, TENANT, World
from tests.integration.mail_desk import event_of, sent, words


@pytest.fixture
def duebook(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def mails() -> list[Mail]:
    return wiring.email_store().of_customer(TENANT, CUSTOMER, limit=50)


def paid(duebook: World, minor: int = 120_00) -> dict[str, str]:
    """Pay and apply, without telling anybody; return which payment."""
    duebook.pay(minor)
    (payment,) = duebook.payments()
    key = {"tenant_id": TENANT, "customer_id": CUSTOMER, "payment_id": payment.key.payment_id}
    duebook.call("apply_payment", {"task": "apply", "payment": key})
    return key


def tell(duebook: World, task: str, key: dict[str, str]) -> Any:
    return duebook.call("notify_payment", event_of("notify_payment", task) | {"payment": key})


def notify(*addresses: str) -> None:
    directory = wiring.directory_store()
    directory.save_tenant(replace(directory.tenant(TENANT), notify=addresses))


def test_r16_r23_a_payment_ends_in_a_receipt_and_a_staff_notice_with_the_same_split(duebook: World) -> None:
    issue("inv_1", 100_00, on="2025-04-01", number="INV-1")
    issue("inv_2", 50_00, on="2025-05-01", number="INV-2")

    duebook.pay(120_00)
    duebook.settle_down()

    (receipt,), (notice,) = sent("receipt"), sent("payment_received")
    assert (receipt["To"], notice["To"]) == ("ana@acme.example", "office@blue.example")
    assert receipt["From"] == "Blue Ridge Sanitation <billing@duebook.example>"
    assert receipt["Reply-To"] == "help@blue.example"
    for said in (
        "$120.00",
        "INV-1: $100.00 (Paid in full)",
        "INV-2: $20.00 (Paid in part, $30.00 still open)",
        "Remaining balance to pay online: $30.00.",
    ):
        assert said in words(receipt)
    assert "Acme Construction paid $120.00: INV-1 in full and $20.00 of INV-2." in words(notice)
    (payment,) = duebook.payments()
    assert payment.order_id in words(receipt)
    assert f"/admin/payments/{payment.key.payment_id}" in words(notice)


def test_r62_both_mails_are_rows_of_email_activity(duebook: World) -> None:
    issue("inv_1", 100_00)

    duebook.pay(100_00)
    duebook.settle_down()

    (payment,) = duebook.payments()
    assert {(mail.kind, mail.to, mail.status) for mail in mails()} == {
        (MailKind.RECEIPT, "ana@acme.example", MailStatus.SENT),
        (MailKind.PAYMENT_RECEIVED, "office@blue.example", MailStatus.SENT),
    }
    assert {(mail.about.kind, mail.about.id) for mail in mails() if mail.about} == {("payment", payment.key.payment_id)}


def test_r16_telling_again_tells_nobody_twice(duebook: World) -> None:
    issue("inv_1", 100_00)
    key = paid(duebook, 100_00)

    for _ in range(3):
        assert tell(duebook, "receipt", key) == {"outcome": "queued"}
        assert tell(duebook, "staff_notice", key) == {"outcome": "queued"}
        duebook.settle_down()
        duebook.later(minutes=1)

    assert len(sent("receipt")) == len(sent("payment_received")) == 1


def test_r16_each_staff_address_is_told_once_however_it_is_spelled(duebook: World) -> None:
    notify("office@blue.example", "OFFICE@blue.example ", "owner@blue.example", "")
    issue("inv_1", 100_00)

    duebook.pay(100_00)
    duebook.settle_down()

    assert sorted(str(message["To"]).lower() for message in sent("payment_received")) == ["office@blue.example", "owner@blue.example"]


def test_a_tenant_that_named_nobody_is_told_nothing(duebook: World) -> None:
    notify()
    issue("inv_1", 100_00)

    assert tell(duebook, "staff_notice", paid(duebook, 100_00)) == {"outcome": "no_address"}


def test_money_that_staff_received_is_no_news_to_staff_and_has_no_payer_to_write_to(duebook: World) -> None:
    issue("inv_1", 100_00)
    key = paid(duebook, 100_00)
    (payment,) = duebook.payments()
    wiring.payment_store().save(replace(payment, channel="staff", payer=None))

    assert [tell(duebook, task, key)["outcome"] for task in ("receipt", "staff_notice")] == ["no_address", "no_address"]
    assert mails() == []


def test_nobody_is_told_of_money_that_has_not_come_in(duebook: World) -> None:
    issue("inv_1", 100_00)
    duebook.pay(100_00, token=duebook.token(postal_code="46282"))
    (payment,) = duebook.payments()
    key = {"tenant_id": TENANT, "customer_id": CUSTOMER, "payment_id": payment.key.payment_id}

    with pytest.raises(InvariantError, match="would not be true"):
        tell(duebook, "receipt", key)
    assert mails() == []


def test_a_payment_that_is_not_there_is_an_error_for_the_state_machine(duebook: World) -> None:
    with pytest.raises(NotFoundError, match="no payment"):
        tell(duebook, "receipt", {"tenant_id": TENANT, "customer_id": CUSTOMER, "payment_id": "pay_none"})


def test_r25_a_receipt_explains_what_no_invoice_took(duebook: World) -> None:
    issue("inv_1", 100_00)
    duebook.pay(100_00)
    (payment,) = duebook.payments()
    key = {"tenant_id": TENANT, "customer_id": CUSTOMER, "payment_id": payment.key.payment_id}

    tell(duebook, "receipt", key)
    duebook._send_mails()

    assert "$100.00 did not go to an invoice" in words(sent("receipt")[0])


def test_r64_a_suppressed_payer_gets_no_receipt_and_the_payment_is_closed_all_the_same(duebook: World) -> None:
    known = wiring.email_store().address(TENANT, "ana@acme.example")
    wiring.email_store().change_address(TENANT, known.address, lambda one: replace(one, suppressed_for=SuppressedFor.BOUNCE))
    issue("inv_1", 100_00)

    duebook.pay(100_00)
    duebook.settle_down()

    assert sent("receipt") == []
    assert [mail.status for mail in mails() if mail.kind is MailKind.RECEIPT] == [MailStatus.SUPPRESSED]
    assert duebook.payments()[0].due_at is None
