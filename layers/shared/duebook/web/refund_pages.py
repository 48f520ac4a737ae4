"""Giving money of a payment back, and taking a payment back whole: what will happen is shown before it is confirmed (R41)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalice.app import Response

from duebook.domain.account import Account, find_open_item
from duebook.domain.activity_log import Action
from duebook.domain.journal import Line, lines_total
from duebook.domain.payments import PaymentState, refundable
from duebook.domain.refunds import IN_FLIGHT, StepState
from duebook.domain.reversals import newest_first, to_reopen
from duebook.errors import DuebookError, PaymentInProgressError, UnprocessableError
from duebook.usecases.read_payments import PaidPayment
from duebook.usecases.refund_payment import RefundWish, ReversalDesk, refund_payment
from duebook.usecases.void_payment import void_payment
from duebook.web.page_answers import redirect
from duebook.web.page_desk import TOLD_ON_THE_FORM, PageDesk
from duebook.web.pages import link
from duebook.web.payment_actions import why_not
from duebook.web.payment_words import method_words
from duebook.web.split_form import Fields, kept
from duebook.web.typed_fields import amount_text, typed_amount, typed_reason

ASKS_TWICE_SECONDS = 11.0
"""For each question to the processor, of which these actions may ask two within the time of a page."""
NEWEST, CHOSEN = "newest", "chosen"
TICK = "reopen:"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A refund as asked for, and what it reopens."""

    wish: RefundWish
    reopens: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class RefundPages:
    """The pages *Refund* and *Void* of a payment."""

    desk: PageDesk
    reversals: ReversalDesk

    def refund(self, payment_id: str) -> Response:
        """Ask how much to give back and why."""
        paid = self.desk.paid(payment_id)
        _check("refund", paid, self.desk)
        left = amount_text(refundable(paid.payment), paid.payment.amount.currency, self.desk.visit.formats.locale)
        return self._refund_form(paid, {"amount": left, "key": self.desk.new_key()}, None)

    def refund_sent(self, payment_id: str, form: Mapping[str, str]) -> Response:
        """Show what a refund would do, or make it."""
        paid = self.desk.paid(payment_id)
        if form.get("do") == "edit":
            return self._refund_form(paid, form, None)
        try:
            key = self.desk.key_of(form)
            if form.get("do") == "confirm":
                return self._refunded(paid, form, key)
            _check("refund", paid, self.desk)
            return self._refund_preview(paid, form, self._wanted(paid, form))
        except TOLD_ON_THE_FORM as error:
            return self._refund_form(paid, {**form, "key": self.desk.key_after(error, form)}, error)

    def void(self, payment_id: str) -> Response:
        """Say what a void does, and ask why."""
        paid = self.desk.paid(payment_id)
        _check("void", paid, self.desk)
        return self._void_form(paid, {"key": self.desk.new_key()}, None)

    def void_sent(self, payment_id: str, form: Mapping[str, str]) -> Response:
        """Take the payment back whole; one that is void already stays as it is."""
        paid = self.desk.paid(payment_id)
        try:
            key, reason = self.desk.key_of(form), typed_reason(form.get("reason", ""))
            payment = void_payment(self.desk.visit.tenant_id, payment_id, reason, desk=self.reversals, timeout_seconds=ASKS_TWICE_SECONDS)
        except TOLD_ON_THE_FORM as error:
            if isinstance(error, PaymentInProgressError) and _is_being_voided(self.desk.paid(payment_id)):
                return _to_payment(payment_id, "voiding")
            return self._void_form(paid, {**form, "key": self.desk.key_after(error, form)}, error)
        self.desk.log_it(Action.PAYMENT_VOIDED, payment, key, reason=reason, detail=self._amount(paid, payment.amount.minor))
        return _to_payment(payment_id, "voided" if payment.state is PaymentState.VOIDED else "voiding")

    def _refunded(self, paid: PaidPayment, form: Mapping[str, str], key: str) -> Response:
        payment_id = paid.payment.key.payment_id
        wanted = self._wish(paid, form) if self.desk.used(key) else self._wanted(paid, form).wish
        try:
            payment, refund = refund_payment(
                self.desk.visit.tenant_id, payment_id, wanted, key=key, desk=self.reversals, timeout_seconds=ASKS_TWICE_SECONDS
            )
        except PaymentInProgressError:
            if self.desk.used(key) is None:
                # It is another refund that is under way; of this one nothing was asked for.
                raise
            return _to_payment(payment_id, "refunding")
        self.desk.log_it(Action.PAYMENT_REFUNDED, payment, key, reason=wanted.reason, detail=self._amount(paid, wanted.minor))
        return _to_payment(payment_id, "refunded" if refund.state is StepState.MADE else "refunding")

    def _wish(self, paid: PaidPayment, form: Mapping[str, str]) -> RefundWish:
        amount = typed_amount(form.get("amount", ""), paid.payment.amount.currency, self.desk.visit.formats.locale)
        chosen = tuple(name.removeprefix(TICK) for name in form if name.startswith(TICK)) if form.get("how") == CHOSEN else None
        if chosen == ():
            raise UnprocessableError("Tick the invoices that open again, or choose newest first.", field="how")
        return RefundWish(amount.minor, typed_reason(form.get("reason", "")), chosen)

    def _wanted(self, paid: PaidPayment, form: Mapping[str, str]) -> Wanted:
        wish, payment = self._wish(paid, form), paid.payment
        left = refundable(payment)
        if wish.minor > left:
            raise UnprocessableError(f"At most {self._amount(paid, left)} of this payment can be given back.", field="amount")
        applied = newest_first(paid.entries)
        known = {line.invoice_id: line.minor for line in applied}
        if wish.invoice_ids is not None:
            if not set(wish.invoice_ids) <= set(known):
                raise UnprocessableError("This payment does not pay one of these invoices any more.", field="how")
            held = sum(known[one] for one in wish.invoice_ids) + paid.unapplied
            if wish.minor > held:
                said = f"The invoices ticked and the unapplied cash of this payment hold {self._amount(paid, held)}."
                raise UnprocessableError(f"{said} Tick more, or give less back.", field="how")
        account = self.desk.account_of(payment)
        return Wanted(wish, to_reopen(account, payment.key.payment_id, applied, wish.minor, named=wish.invoice_ids))

    def _refund_form(self, paid: PaidPayment, form: Mapping[str, str], error: DuebookError | None) -> Response:
        shown = self._about(paid, form)
        return self.desk.form_page(
            "refund.html", error, **shown, left=refundable(paid.payment), applied=newest_first(paid.entries), how=form.get("how", NEWEST)
        )

    def _refund_preview(self, paid: PaidPayment, form: Mapping[str, str], wanted: Wanted) -> Response:
        account = self.desk.account_of(paid.payment)
        return self.desk.answers.page(
            "refund_confirm.html",
            self.desk.visit,
            **self._about(paid, form),
            minor=wanted.wish.minor,
            reopens=_reopened(wanted.reopens, account),
            from_unapplied=wanted.wish.minor - lines_total(wanted.reopens),
            carried=kept(form),
        )

    def _void_form(self, paid: PaidPayment, form: Mapping[str, str], error: DuebookError | None) -> Response:
        account = self.desk.account_of(paid.payment)
        reopens = _reopened(paid.applications, account)
        return self.desk.form_page("void.html", error, **self._about(paid, form), reopens=reopens)

    def _about(self, paid: PaidPayment, form: Mapping[str, str]) -> dict[str, Any]:
        payment = paid.payment
        return {
            "section": "/admin/payments",
            "customer": self.desk.books.directory.customer(self.desk.visit.tenant_id, payment.key.customer_id),
            "payment": payment,
            "paid": paid,
            "form": Fields(form),
            "key": form.get("key", ""),
            "method": method_words(payment),
            "by_processor": payment.merchant_account_id is not None,
        }

    def _amount(self, paid: PaidPayment, minor: int) -> str:
        return self.desk.money(minor, paid.payment.amount.currency)


def _check(name: str, paid: PaidPayment, desk: PageDesk) -> None:
    """Refuse to show a form for what cannot be done now."""
    said = why_not(name, paid, desk.now)
    if said:
        raise UnprocessableError(f"{said} Nothing was booked.")


def _is_being_voided(paid: PaidPayment) -> bool:
    void = paid.payment.void
    return void is not None and void.state in IN_FLIGHT


def _reopened(lines: tuple[Line, ...], account: Account) -> list[dict[str, Any]]:
    """List what opens again: by how much, and how much is open then."""
    found = []
    for line in lines:
        item = find_open_item(account, line.invoice_id)
        found.append({"line": line, "open_then": line.minor + (item.open_minor if item else 0)})
    return found


def _to_payment(payment_id: str, done: str) -> Response:
    return redirect(link(f"/admin/payments/{payment_id}", done=done))
