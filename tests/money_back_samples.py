"""Payments whose money is gone again, and the mails that tell of it, for tests of words and of looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from duebook.domain.directory import Customer, Support, Tenant
from duebook.domain.money import Money
from duebook.domain.money_back import MoneyBack, ReopenedInvoice
from duebook.domain.payments import Payer, Payment, PaymentKey, PaymentState
from duebook.domain.refunds import Refund, StepState, Void
from duebook.mail.payment_returned import write_payment_returned
from duebook.mail.payment_returned_staff import write_payment_returned_staff
from duebook.mail.refund_notice import write_refund_notice
from tests.builders import NOON, usd

ORIGIN = "https://pay.blue.example"
PAID_AT, BACK_AT = datetime(2026, 7, 15, 2, 5, tzinfo=UTC), datetime(2026, 7, 20, 16, 0, tzinfo=UTC)
CARD = Payment(
    PaymentKey("t1", "c1", "pay_1"),
    usd(120_00),
    PaymentState.CAPTURED,
    "guest",
    "card",
    PAID_AT,
    "DB-REFERENCE",
    brand="visa",
    last4="4242",
    payer=Payer("Ana Reyes", "ana@acme.example", "60601"),
    reference="60000000001",
    captured_at=PAID_AT,
    settled_at=PAID_AT,
    fingerprint="f1",
)
BANK = replace(CARD, method_type="bank_account", brand=None, last4="6789")
RETURNED = replace(BANK, state=PaymentState.RETURNED, ended_code="R01")
CHARGED_BACK = replace(CARD, state=PaymentState.CHARGED_BACK, ended_code="10.4")
VOIDED = replace(CARD, state=PaymentState.VOIDED, settled_at=None, void=Void("paid twice", "stf_1", PAID_AT, StepState.MADE))
REFUND = Refund("rfd_1", "R1-REFERENCE", 50_00, "a broken door", "stf_1", BACK_AT, StepState.MADE)
REFUNDED = replace(CARD, refunds=(REFUND,))
TENANT = Tenant("t1", "Blue Ridge", "America/Chicago", support=Support("help@blue.example", "555 0100"), accent="#0f7a8a")
CUSTOMER = Customer("c1", "Halvorsen Construction", "abcDEFGH2345", NOON)
OPEN = (ReopenedInvoice("i1", "INV-1", 100_00, 100_00), ReopenedInvoice("i2", "INV-2", 20_00, 45_00))


def back(payment: Payment, minor: int = 120_00, reopened: tuple[ReopenedInvoice, ...] = OPEN, lost: int = 0) -> MoneyBack:
    """Return the news of a payment."""
    refund = payment.refunds[-1] if payment.refunds and payment.state is PaymentState.CAPTURED else None
    return MoneyBack(payment, TENANT, CUSTOMER, Money(minor, payment.amount.currency), BACK_AT, reopened, lost, refund)


EVERY = (
    write_payment_returned(back(RETURNED), portal_origin=ORIGIN),
    write_payment_returned_staff(back(RETURNED), portal_origin=ORIGIN),
    write_payment_returned_staff(back(CHARGED_BACK), portal_origin=ORIGIN),
    write_refund_notice(back(REFUNDED, 50_00), portal_origin=ORIGIN),
    write_refund_notice(back(VOIDED), portal_origin=ORIGIN),
)
