"""Who hears what becomes of a payment after the click: each once, however often it is told and in whatever order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from duebook import wiring, wiring_mail
from duebook.domain.email_activity import Mail, MailKind, MailStatus
from duebook.domain.money import Money
from duebook.domain.payments import Evidence, Outcome, PaymentKey, PaymentState
from duebook.domain.refunds import Refund, StepState, Void
from duebook.errors import InvariantError
from duebook.usecases.record_outcome import record_outcome, record_refund_outcome
from tests.faults.stage import issue, world
from tests.faults.world import CUSTOMER, TENANT, World
from tests.integration.mail_desk import sent, words


@pytest.fixture
def duebook(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        issue("inv_1", 100_00, on="2025-04-01", number="INV-1")
        issue("inv_2", 50_00, on="2025-05-01", number="INV-2")
        yield made


def paid(duebook: World, minor: int = 120_00, *, kind: str = "card") -> PaymentKey:
    """Pay and apply, and tell; return which payment."""
    assert duebook.pay(minor, kind=kind).status == 201
    duebook.settle_down()
    return duebook.payments()[0].key


def found(duebook: World, key: PaymentKey, outcome: Outcome, *, code: str | None = None, minor: int | None = None) -> None:
    """Record what the processor says of a payment."""
    amount = Money(minor, "USD") if minor else None
    record_outcome(key, Evidence(outcome, duebook.now, reason_code=code, amount=amount), books=wiring.money_desk())


def wished(duebook: World, key: PaymentKey, minor: int, refund_id: str = "rfd_1", invoice_ids: tuple[str, ...] | None = None) -> None:
    """Write down that staff refund a part of a payment, and that it was made."""
    payment = wiring.payment_store().get(key)
    refund = Refund(refund_id, f"R{len(payment.refunds) + 1}-1", minor, "a broken door", "stf_1", duebook.now, invoice_ids=invoice_ids)
    wiring.payment_store().save(replace(payment, refunds=(*payment.refunds, refund)))
    record_refund_outcome(key, refund_id, Evidence(Outcome.APPROVED, duebook.now), books=wiring.money_desk())


def told(duebook: World, key: PaymentKey) -> None:
    """Tell all that is to be told, again and again, with time passing and mails being sent in between."""
    news = wiring.payment_store().get(key).news
    assert news
    for _ in range(2):
        for notice in news:
            wiring_mail.tell_news(key, notice)
        duebook.settle_down()
        duebook.later(minutes=1)
    duebook.let_schedules_repair()
    assert wiring.payment_store().get(key).news == ()
    for notice in news:
        wiring_mail.tell_news(key, notice)
    duebook.settle_down()


def mails(kind: MailKind) -> list[Mail]:
    return [mail for mail in wiring.email_store().of_customer(TENANT, CUSTOMER, limit=50) if mail.kind is kind]


def test_r38_a_return_is_told_to_payer_and_staff_once(duebook: World) -> None:
    key = paid(duebook, kind="bank_account")
    found(duebook, key, Outcome.SETTLED)
    duebook.settle_down()
    duebook.let_schedules_repair()
    duebook.later(days=3)
    found(duebook, key, Outcome.RETURNED, code="R01")
    returned_at = duebook.now

    told(duebook, key)

    by_address = {str(message["To"]): words(message) for message in sent("payment_returned")}
    assert len(sent("payment_returned")) == len(by_address) == 2
    for said in (
        "The account had not enough funds.", "- INV-1: $100.00 ($100.00 open now)", "- INV-2: $20.00 ($50.00 open now)", "Total: $120.00",
        "Return code: R01",
    ):  # fmt: skip
        assert said in by_address["ana@acme.example"]
    staff = by_address["office@blue.example"]
    assert "The bank sent back $120.00 from Acme Construction. The account had not enough funds." in staff
    assert "$20.00 of INV-2 and $100.00 of INV-1 are open again." in staff
    assert {mail.created_at for mail in mails(MailKind.PAYMENT_RETURNED)} == {returned_at}
    assert {mail.about.id for mail in mails(MailKind.PAYMENT_RETURNED) if mail.about} == {key.payment_id}


def test_r38_a_bank_payment_that_never_came_in_is_told_at_the_time_it_was_sent_back(duebook: World) -> None:
    key = paid(duebook, kind="bank_account")
    duebook.later(days=2)
    found(duebook, key, Outcome.RETURNED, code="R03")
    returned_at = duebook.now

    told(duebook, key)

    by_address = {str(message["To"]): words(message) for message in sent("payment_returned")}
    assert "Blue Ridge Sanitation has not received it." in by_address["ana@acme.example"]
    assert "It had not been applied yet" in by_address["office@blue.example"]
    assert len(sent("payment_returned")) == 2
    assert {mail.created_at for mail in mails(MailKind.PAYMENT_RETURNED)} == {returned_at}


def test_r41_a_chargeback_is_told_to_staff_alone(duebook: World) -> None:
    key = paid(duebook)
    found(duebook, key, Outcome.CHARGED_BACK, code="10.4", minor=30_00)

    told(duebook, key)

    (notice,) = sent("payment_returned")
    assert notice["To"] == "office@blue.example"
    assert "took back $30.00 of a payment of $120.00 from Acme Construction: a chargeback." in words(notice)
    assert "$20.00 of INV-2 and $10.00 of INV-1 are open again." in words(notice)
    assert sent("refund_notice") == []


def test_r41_each_refund_is_told_to_the_payer_once_and_not_to_staff(duebook: World) -> None:
    key = paid(duebook)
    found(duebook, key, Outcome.SETTLED)
    wished(duebook, key, 15_00)
    wished(duebook, key, 30_00, "rfd_2", ("inv_1",))

    told(duebook, key)

    first, second = sorted((words(message) for message in sent("refund_notice")), key=lambda text: "$30.00" in text)
    assert "gave back $15.00 of your payment of $120.00." in first
    assert "- INV-2: $15.00" in first
    assert "INV-1" not in first
    assert "gave back $30.00 of your payment of $120.00." in second
    assert "- INV-1: $30.00 ($30.00 open now)\nTotal: $30.00" in second
    assert "INV-2" not in second
    assert {message["To"] for message in sent("refund_notice")} == {"ana@acme.example"}
    assert sent("payment_returned") == []
    assert "a broken door" not in first + second


def test_r41_a_return_after_a_refund_tells_staff_what_is_lost(duebook: World) -> None:
    key = paid(duebook)
    found(duebook, key, Outcome.SETTLED)
    wished(duebook, key, 50_00)
    told(duebook, key)
    found(duebook, key, Outcome.CHARGED_BACK, code="4837")

    told(duebook, key)

    (notice,) = sent("payment_returned")
    assert "The payer's bank took back $120.00 from Acme Construction" in words(notice)
    assert "$50.00 of it had been refunded before, and is booked as a write-off." in words(notice)
    assert "$70.00 of INV-1 is open again." in words(notice)


def test_r41_a_void_by_staff_is_told_to_the_payer_alone(duebook: World) -> None:
    key = paid(duebook)
    payment = wiring.payment_store().get(key)
    wiring.payment_store().save(replace(payment, void=Void("paid twice", "stf_1", duebook.now, StepState.UNKNOWN)))
    found(duebook, key, Outcome.VOIDED)

    told(duebook, key)

    (notice,) = sent("refund_notice")
    assert notice["To"] == "ana@acme.example"
    assert "took this payment back before it was settled, so your card is not charged." in words(notice)
    assert sent("payment_returned") == []


def test_r41_a_void_at_the_processor_is_told_to_staff_too(duebook: World) -> None:
    key = paid(duebook)
    found(duebook, key, Outcome.VOIDED)

    told(duebook, key)

    (notice,), (to_staff,) = sent("refund_notice"), sent("payment_returned")
    assert "This payment to Blue Ridge Sanitation was taken back" in words(notice)
    assert to_staff["To"] == "office@blue.example"
    assert "was voided at the processor, and not in Duebook." in words(to_staff)


def test_a_payer_who_left_no_address_stops_nobody_else(duebook: World) -> None:
    key = paid(duebook)
    payment = wiring.payment_store().get(key)
    wiring.payment_store().save(replace(payment, payer=None))
    found(duebook, key, Outcome.RETURNED, code="R02")

    told(duebook, key)

    assert [message["To"] for message in sent("payment_returned")] == ["office@blue.example"]
    assert [mail.status for mail in mails(MailKind.PAYMENT_RETURNED)] == [MailStatus.SENT]


def test_nobody_to_tell_is_no_fault(duebook: World) -> None:
    directory = wiring.directory_store()
    directory.save_tenant(replace(directory.tenant(TENANT), notify=()))
    key = paid(duebook)
    found(duebook, key, Outcome.CHARGED_BACK)

    duebook.let_schedules_repair()

    assert mails(MailKind.PAYMENT_RETURNED) == []
    assert wiring.payment_store().get(key).news == ()


def test_r16_r38_a_bank_payment_is_told_as_submitted_once_and_its_receipt_follows_at_settlement(duebook: World) -> None:
    key = paid(duebook, kind="bank_account")
    assert sent("payment_submitted") == []

    told(duebook, key)

    (notice,) = sent("payment_submitted")
    assert (notice["To"], notice["Subject"]) == ("ana@acme.example", "Your payment of $120.00 to Blue Ridge Sanitation is being processed")
    for said in ("Bank payments take 3–5 business days.", "please don't pay again", "Paid with: Bank account ending in"):
        assert said in words(notice)
    assert sent("receipt") == sent("payment_received") == []
    found(duebook, key, Outcome.SETTLED)
    duebook.settle_down()
    duebook.let_schedules_repair()
    assert (len(sent("payment_submitted")), len(sent("receipt")), len(sent("payment_received"))) == (1, 1, 1)


def test_r38_what_is_told_of_a_bank_payment_costs_the_processor_no_look_up(duebook: World) -> None:
    key = paid(duebook, kind="bank_account")

    done = duebook.call("settlement", {})

    assert (done["told"], done["asked"]) == (1, 0)
    assert wiring.payment_store().get(key).due_at == duebook.now + timedelta(hours=6)


@pytest.mark.parametrize("outcome", [Outcome.SETTLED, Outcome.RETURNED, Outcome.VOIDED, Outcome.DECLINED])
def test_r38_a_bank_payment_whose_outcome_is_known_is_not_told_as_submitted(duebook: World, outcome: Outcome) -> None:
    key = paid(duebook, kind="bank_account")
    found(duebook, key, outcome, code="R01")

    wiring_mail.tell_news(key, "submitted")
    duebook.settle_down()
    duebook.let_schedules_repair()

    assert mails(MailKind.PAYMENT_SUBMITTED) == []
    assert "submitted" not in wiring.payment_store().get(key).news


def test_r39_a_payment_that_was_made_after_all_is_not_told_as_not_made(duebook: World) -> None:
    key = paid(duebook)

    wiring_mail.tell_news(key, "not_made")

    assert mails(MailKind.PAYMENT_NOT_MADE) == []


@pytest.mark.parametrize("notice", ["returned", "charged_back", "voided", "rfd_none", ""])
def test_news_that_are_not_true_are_told_to_nobody(duebook: World, notice: str) -> None:
    key = paid(duebook)
    assert wiring.payment_store().get(key).state is PaymentState.CAPTURED

    with pytest.raises(InvariantError, match="would not be true"):
        wiring_mail.tell_news(key, notice)
    assert mails(MailKind.PAYMENT_RETURNED) == mails(MailKind.REFUND_NOTICE) == []
