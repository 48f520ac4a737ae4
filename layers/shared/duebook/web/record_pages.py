"""Record money that came in, or charge a saved method: the split is shown before it is confirmed (R22, R23, R25, R35)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chalice.app import Response

from duebook.domain.account import Account
from duebook.domain.activity_log import Action
from duebook.domain.allocation import payable_now
from duebook.domain.directory import Customer
from duebook.domain.methods import SavedMethod, is_blocked
from duebook.domain.money import CURRENCIES, Money
from duebook.domain.payments import Payment, PaymentState
from duebook.errors import DuebookError, PaymentInProgressError, UnprocessableError
from duebook.storage.method_store import MethodStore
from duebook.usecases.charge_saved_method import SavedCharge, charge_saved_method
from duebook.usecases.read_methods import list_methods
from duebook.usecases.receive_payment import CashDesk, ReceivedMoney, receive_payment
from duebook.usecases.take_payment import Till
from duebook.web.page_answers import redirect
from duebook.web.page_desk import TOLD_ON_THE_FORM, PageDesk
from duebook.web.pages import link
from duebook.web.payment_words import saved_method_words
from duebook.web.split_form import Fields, context_of, kept, named_as_sent, named_of, shown, split_of
from duebook.web.typed_fields import typed_amount, typed_day, typed_line

CHARGE_SECONDS = 22.0
"""What the processor may take to answer a charge, within the time of a page."""
KINDS = {"check": "Check", "cash": "Cash", "other": "Other money"}
SAVED = "saved"


@dataclass(frozen=True, slots=True)
class Register:
    """What recording and charging take."""

    cash: CashDesk
    till: Callable[[], Till]
    methods: MethodStore
    new_id: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form says, read."""

    account: Account
    amount: Money
    kind: str
    number: str | None
    received_on: date | None
    method: SavedMethod | None
    named: tuple[tuple[str, int], ...] | None


@dataclass(frozen=True, slots=True)
class RecordPages:
    """The page *Record a payment* of a customer."""

    desk: PageDesk
    register: Register

    def form(self, customer_id: str, asked: Mapping[str, str]) -> Response:
        """Ask what came in, or which method is charged."""
        customer = self._customer(customer_id)
        kind = asked.get("kind", "")
        begun = {
            "key": self.desk.new_key(),
            "kind": kind if kind in {*KINDS, SAVED} else "check",
            "currency": asked.get("currency", ""),
            "received_on": self.desk.visit.today.isoformat(),
        }
        return self._shown(customer, begun, None)

    def sent(self, customer_id: str, form: Mapping[str, str]) -> Response:
        """Show what the money pays, or book it."""
        customer = self._customer(customer_id)
        if form.get("do") == "edit":
            return self._shown(customer, form, None)
        try:
            key, is_confirmed = self.desk.key_of(form), form.get("do") == "confirm"
            typed = self._typed(customer, form, was_sent=is_confirmed and self.desk.used(key) is not None)
            if not is_confirmed:
                return self._preview(customer, form, typed)
            payment = self._charged(customer, typed, typed.method, key) if typed.method else self._received(customer, typed, key)
        except PaymentInProgressError as error:
            return redirect(link(f"/admin/payments/{error.facts['payment_id']}", done="charging"))
        except TOLD_ON_THE_FORM as error:
            return self._shown(customer, {**form, "key": self.desk.key_after(error, form)}, error)
        detail = f"{self.desk.money(typed.amount.minor, typed.amount.currency)}, {_kind_words(typed)}"
        self.desk.log_it(Action.METHOD_CHARGED if typed.method else Action.CHECK_RECORDED, payment, key, detail=detail)
        done = "recorded" if typed.method is None else "charged" if payment.state is PaymentState.CAPTURED else "charging"
        return redirect(link(f"/admin/payments/{payment.key.payment_id}", done=done))

    def _received(self, customer: Customer, typed: Typed, key: str) -> Payment:
        money = ReceivedMoney(customer.customer_id, typed.amount, typed.kind, typed.number, typed.received_on, typed.named)
        return receive_payment(
            self.desk.visit.tenant_id,
            money,
            key=key,
            payment_id=self.register.new_id("pay"),
            today=self.desk.visit.today,
            desk=self.register.cash,
        )

    def _charged(self, customer: Customer, typed: Typed, method: SavedMethod, key: str) -> Payment:
        return charge_saved_method(
            self.desk.visit.tenant_id,
            SavedCharge(customer.customer_id, typed.amount, method.method_id, typed.named),
            key=key,
            actor=self.desk.visit.staff.staff_id,
            till=self.register.till(),
            methods=self.register.methods,
            timeout_seconds=CHARGE_SECONDS,
        )

    def _typed(self, customer: Customer, form: Mapping[str, str], *, was_sent: bool) -> Typed:
        """Read the form. One that was carried out before is only read: what is open has changed by it."""
        kind, visit = form.get("kind", ""), self.desk.visit
        if kind not in {*KINDS, SAVED}:
            raise UnprocessableError("Choose how the money came.", field="kind")
        currency = self._currency(customer, form)
        account = self.desk.account(customer.customer_id, currency)
        amount = typed_amount(form.get("amount", ""), currency, visit.formats.locale)
        method = self._method(customer, form, currency) if kind == SAVED else None
        received_on = None if method else typed_day(form.get("received_on", ""), field="received_on")
        if received_on and received_on > visit.today:
            raise UnprocessableError("This day has not come yet. Nothing was booked.", field="received_on")
        number = None if method else typed_line(form.get("number", ""), field="number")
        if was_sent:
            return Typed(account, amount, kind, number, received_on, method, named_as_sent(form, currency, visit.formats))
        named = named_of(form, account, visit.formats)
        if method:
            self._check_charge(account, amount, named)
        return Typed(account, amount, kind, number, received_on, method, named)

    def _check_charge(self, account: Account, amount: Money, named: tuple[tuple[str, int], ...] | None) -> None:
        most = payable_now(account, online_only=False)
        if amount.minor > most:
            said = f"At most {self.desk.money(most, amount.currency)} is open, so no more can be charged."
            raise UnprocessableError(f"{said} Nothing was charged.", field="amount")
        if named is not None and sum(minor for _, minor in named) != amount.minor:
            raise UnprocessableError("For a charge the invoices named must add up to the amount. Nothing was charged.", field="how")

    def _method(self, customer: Customer, form: Mapping[str, str], currency: str) -> SavedMethod:
        found = next((one for one in self._methods(customer, currency) if one.method_id == form.get("method_id")), None)
        if found is None:
            raise UnprocessableError("Choose a saved method of this customer. Nothing was charged.", field="method_id")
        return found

    def _methods(self, customer: Customer, currency: str) -> list[SavedMethod]:
        found = list_methods(
            self.desk.visit.tenant_id, customer.customer_id, methods=self.register.methods, directory=self.desk.books.directory
        )
        return [one for one in found if one.currency == currency]

    def _currency(self, customer: Customer, form: Mapping[str, str]) -> str:
        wanted = form.get("currency", "")
        known = self._currencies(customer)
        return wanted if wanted in known else known[0]

    def _currencies(self, customer: Customer) -> list[str]:
        """List currencies the customer has an account in; for a new one those the business takes, else dollars."""
        taken = {one.currency for one in self.desk.books.directory.merchant_accounts(self.desk.visit.tenant_id)}
        return sorted(customer.currencies) or sorted(taken & CURRENCIES) or ["USD"]

    def _customer(self, customer_id: str) -> Customer:
        return self.desk.books.directory.customer(self.desk.visit.tenant_id, customer_id)

    def _shown(self, customer: Customer, form: Mapping[str, str], error: DuebookError | None) -> Response:
        currency = self._currency(customer, form)
        account = self.desk.account(customer.customer_id, currency)
        methods = self._methods(customer, currency)
        return self.desk.form_page(
            "record.html",
            error,
            **self._head(customer),
            **context_of(account, form, self.desk.visit.today),
            form=Fields(form),
            key=form.get("key", ""),
            currency=currency,
            currencies=self._currencies(customer),
            kinds=KINDS,
            balance=sum(item.open_minor for item in account.open_items),
            methods=methods,
            method_words=saved_method_words,
            is_blocked=is_blocked,
        )

    def _preview(self, customer: Customer, form: Mapping[str, str], typed: Typed) -> Response:
        split = split_of(typed.account, typed.amount.minor, typed.named, self.desk.visit.formats)
        return self.desk.answers.page(
            "record_confirm.html",
            self.desk.visit,
            **self._head(customer),
            typed=typed,
            kind_words=_kind_words(typed),
            lines=shown(split, typed.account),
            left=split.unapplied,
            carried=kept(form),
        )

    def _head(self, customer: Customer) -> dict[str, Any]:
        return self.desk.head(customer, "Payments")


def _kind_words(typed: Typed) -> str:
    if typed.method:
        return saved_method_words(typed.method)
    return f"{KINDS.get(typed.kind, typed.kind)} {typed.number}" if typed.number else KINDS.get(typed.kind, typed.kind)
