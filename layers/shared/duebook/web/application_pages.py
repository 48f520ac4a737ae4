"""What a payment pays, changed by hand: apply its unapplied cash, un-apply it; and its receipt, sent again (R26)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalice.app import Response

from duebook.domain.activity_log import Action
from duebook.errors import AlreadyPostedError, ConflictError, DuebookError, UnprocessableError
from duebook.storage.dynamo import Write
from duebook.storage.transient_store import STAFF_SCOPE, KeyUse
from duebook.usecases.change_applications import ApplicationDesk, apply_by_hand, unapply
from duebook.usecases.notify_payment import Post, Records, Writer
from duebook.usecases.read_payments import PaidPayment
from duebook.usecases.send_receipt_again import send_receipt_again
from duebook.web.page_answers import redirect
from duebook.web.page_desk import TOLD_ON_THE_FORM, PageDesk
from duebook.web.pages import link
from duebook.web.payment_actions import why_not
from duebook.web.payment_words import method_words
from duebook.web.split_form import Fields, context_of, kept, named_of, shown, split_of
from duebook.web.typed_fields import amount_text, form_key, typed_amount, typed_reason

TICK, PART = "take:", "part:"
MOST_TICKS = 200
"""Applications one form un-applies; a payment with more is un-applied in several goes."""


@dataclass(frozen=True, slots=True)
class ReceiptPost:
    """What sending a receipt takes: where its news are read, where mails go, who writes it, how an address is read."""

    records: Records
    post: Post
    write: Writer
    normal_email: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ApplicationPages:
    """The pages *Apply unapplied cash*, *Un-apply* and *Send receipt again* of a payment."""

    desk: PageDesk
    applications: ApplicationDesk

    def apply(self, payment_id: str) -> Response:
        """Ask which invoices the unapplied cash pays."""
        paid = self._checked("apply", payment_id)
        return self._apply_form(paid, {"key": self.desk.new_key()}, None)

    def apply_sent(self, payment_id: str, form: Mapping[str, str]) -> Response:
        """Show what would be applied, or apply it."""
        paid = self.desk.paid(payment_id)
        if form.get("do") == "edit":
            return self._apply_form(paid, form, None)
        try:
            key, reason = self.desk.key_of(form), typed_reason(form.get("reason", ""))
            account, formats = self.desk.account_of(paid.payment), self.desk.visit.formats
            if form.get("do") == "confirm" and self._is_done(key, "apply", payment_id, form):
                return _to_payment(payment_id, "applied")
            named = named_of(form, account, formats)
            if named == ():
                raise UnprocessableError("Type an amount for at least one invoice, or choose oldest first.", field="how")
            split = split_of(account, paid.unapplied, named, formats)
            if not split.lines:
                raise UnprocessableError("Nothing is open that this money could pay. It stays unapplied cash.", field="how")
            if form.get("do") != "confirm":
                return self.desk.answers.page(
                    "apply_confirm.html",
                    self.desk.visit,
                    **self._about(paid, form),
                    lines=shown(split, account),
                    left=split.unapplied,
                    carried=kept(form),
                )
            also = self._once(key, "apply", payment_id, form)
            apply_by_hand(self.desk.visit.tenant_id, payment_id, named, reason, desk=self.applications, also=also)
        except TOLD_ON_THE_FORM as error:
            return self._apply_form(paid, {**form, "key": self.desk.key_after(error, form)}, error)
        detail = self.desk.money(sum(line.minor for line in split.lines), account.key.currency)
        self.desk.log_it(Action.PAYMENT_APPLIED, paid.payment, key, reason=reason, detail=detail)
        return _to_payment(payment_id, "applied")

    def unapply(self, payment_id: str) -> Response:
        """Ask which applications are taken back."""
        paid = self._checked("unapply", payment_id)
        return self._unapply_form(paid, {"key": self.desk.new_key()}, None)

    def unapply_sent(self, payment_id: str, form: Mapping[str, str]) -> Response:
        """Take applications back; their invoices open again."""
        paid = self.desk.paid(payment_id)
        try:
            key, reason = self.desk.key_of(form), typed_reason(form.get("reason", ""))
            if self._is_done(key, "unapply", payment_id, form):
                return _to_payment(payment_id, "unapplied")
            taken = self._taken(paid, form)
            also = self._once(key, "unapply", payment_id, form)
            unapply(self.desk.visit.tenant_id, payment_id, taken, reason, desk=self.applications, also=also)
        except TOLD_ON_THE_FORM as error:
            return self._unapply_form(paid, {**form, "key": self.desk.key_after(error, form)}, error)
        detail = self.desk.money(sum(minor for _, minor in taken), paid.payment.amount.currency)
        self.desk.log_it(Action.PAYMENT_UNAPPLIED, paid.payment, key, reason=reason, detail=detail)
        return _to_payment(payment_id, "unapplied")

    def receipt(self, payment_id: str) -> Response:
        """Ask where the receipt goes."""
        paid = self._checked("receipt", payment_id)
        payer = paid.payment.payer
        to = payer.email if payer and payer.email else self._about(paid, {})["customer"].email or ""
        return self._receipt_form(paid, {"key": self.desk.new_key(), "to": to}, None)

    def receipt_sent(self, payment_id: str, form: Mapping[str, str], sending: ReceiptPost) -> Response:
        """Mail the receipt once more."""
        paid = self.desk.paid(payment_id)
        try:
            key, asked_at = form_key(form, self.desk.now)
            try:
                to = sending.normal_email(form.get("to", "").strip())
            except ValueError as error:
                raise UnprocessableError(f"{error} No mail was sent.", field="to") from error
            send_receipt_again(
                self.desk.visit.tenant_id,
                payment_id,
                to,
                key=key,
                asked_at=asked_at,
                records=sending.records,
                post=sending.post,
                write=sending.write,
                now=self.desk.now,
            )
        except (UnprocessableError, ConflictError) as error:
            return self._receipt_form(paid, {**form, "key": self.desk.key_after(error, form)}, error)
        self.desk.log_it(Action.RECEIPT_SENT_AGAIN, paid.payment, key, detail=f"To {to}")
        return _to_payment(payment_id, "receipt")

    def _taken(self, paid: PaidPayment, form: Mapping[str, str]) -> list[tuple[str, int]]:
        currency, formats = paid.payment.amount.currency, self.desk.visit.formats
        now = {line.invoice_id: line for line in paid.applications}
        taken = []
        for name in form:
            if not name.startswith(TICK):
                continue
            line = now.get(name.removeprefix(TICK))
            if line is None:
                raise UnprocessableError("This payment does not pay one of these invoices any more. Nothing was booked.", field="how")
            field = PART + line.invoice_id
            typed = form.get(field, "")
            minor = typed_amount(typed, currency, formats.locale, field=field).minor if typed.strip() else line.minor
            if minor > line.minor:
                said = f"{formats.money(line.minor, currency)} is applied to invoice {line.number}; more cannot be taken back."
                raise UnprocessableError(f"{said} Nothing was booked.", field=field)
            taken.append((line.invoice_id, minor))
        if not taken:
            raise UnprocessableError("Tick at least one invoice. Nothing was booked.", field="how")
        return taken

    def _once(self, key: str, do: str, payment_id: str, form: Mapping[str, str]) -> tuple[Write, ...]:
        use = KeyUse(payment_id, _fingerprint(do, payment_id, form))
        return (self.desk.transient.key_used(self.desk.visit.tenant_id, STAFF_SCOPE, key, use, self.desk.now),)

    def _is_done(self, key: str, do: str, payment_id: str, form: Mapping[str, str]) -> bool:
        """Tell whether this very form was carried out before; it counts once.

        Raises:
            AlreadyPostedError: Another form was sent under its key.
        """
        use = self.desk.used(key)
        if use is None:
            return False
        if use.fingerprint != _fingerprint(do, payment_id, form):
            raise AlreadyPostedError("This form was sent before with other figures. Nothing was booked for this one.")
        return True

    def _checked(self, name: str, payment_id: str) -> PaidPayment:
        paid = self.desk.paid(payment_id)
        said = why_not(name, paid, self.desk.now)
        if said:
            raise UnprocessableError(f"{said} Nothing was booked.")
        return paid

    def _apply_form(self, paid: PaidPayment, form: Mapping[str, str], error: DuebookError | None) -> Response:
        split = context_of(self.desk.account_of(paid.payment), form, self.desk.visit.today)
        return self.desk.form_page("apply.html", error, **self._about(paid, form), **split)

    def _unapply_form(self, paid: PaidPayment, form: Mapping[str, str], error: DuebookError | None) -> Response:
        currency, locale = paid.payment.amount.currency, self.desk.visit.formats.locale
        rows = [
            {
                "line": line,
                "ticked": form.get(TICK + line.invoice_id) == "1",
                "part": form.get(PART + line.invoice_id, amount_text(line.minor, currency, locale)),
            }
            for line in paid.applications[:MOST_TICKS]
        ]
        return self.desk.form_page("unapply.html", error, **self._about(paid, form), rows=rows)

    def _receipt_form(self, paid: PaidPayment, form: Mapping[str, str], error: DuebookError | None) -> Response:
        return self.desk.form_page("receipt.html", error, **self._about(paid, form))

    def _about(self, paid: PaidPayment, form: Mapping[str, str]) -> dict[str, Any]:
        return {
            "section": "/admin/payments",
            "customer": self.desk.books.directory.customer(self.desk.visit.tenant_id, paid.payment.key.customer_id),
            "payment": paid.payment,
            "paid": paid,
            "form": Fields(form),
            "key": form.get("key", ""),
            "method": method_words(paid.payment),
        }


def _fingerprint(do: str, payment_id: str, form: Mapping[str, str]) -> str:
    said = sorted((name, value) for name, value in form.items() if name not in {"csrf", "do", "key"} and value)
    return hashlib.sha256(repr((do, payment_id, said)).encode()).hexdigest()[:32]


def _to_payment(payment_id: str, done: str) -> Response:
    return redirect(link(f"/admin/payments/{payment_id}", done=done))
