"""What a page about money stands on: who looks, the books, and how what went wrong is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalice.app import Response

from duebook.domain.account import Account, AccountKey
from duebook.domain.activity_log import Action, Actor
from duebook.domain.directory import Caller, Customer
from duebook.domain.payments import Payment
from duebook.errors import (
    ConflictError,
    DuebookError,
    InvalidInputError,
    PaymentDeclinedError,
    PaymentInProgressError,
    ProcessorUnavailableError,
    TransientError,
)
from duebook.runtime.ids import new_id
from duebook.storage.activity_store import ActivityStore
from duebook.storage.automation_store import AutomationStore
from duebook.storage.email_store import EmailStore
from duebook.storage.transient_store import STAFF_SCOPE, KeyUse, TransientStore
from duebook.usecases.books import Books
from duebook.usecases.log_action import log_action
from duebook.usecases.read_payments import PaidPayment, read_payment
from duebook.web.customer_head import read_customer_head
from duebook.web.page_answers import PageAnswers
from duebook.web.requests import status_of
from duebook.web.typed_fields import FORM_KEY, form_key
from duebook.web.visits import Visit

TOLD_ON_THE_FORM = (InvalidInputError, PaymentDeclinedError, ConflictError, TransientError)
"""What a form is shown again for, with what was typed; all else is a page of its own."""
CANNOT_SAY = (
    "We could not finish this just now, and cannot say yet whether it was recorded. Send this form again in a moment: "
    "it counts once, so no money moves twice."
)
ANSWERED_ALREADY = frozenset({"already_posted", "idempotency_key_reused"})


@dataclass(frozen=True, slots=True)
class PageDesk:
    """What one request takes.

    Args:
        visit: Who looks.
        answers: What pages are made with.
        books: People, accounts, invoices and payments.
        transient: Keeps which forms were sent.
        log: The activity log.
        mails: What became of mails.
        automations: Where customers' switches stand.
        portal_origin: Where the payment page is.
        now: When.
    """

    visit: Visit
    answers: PageAnswers
    books: Books
    transient: TransientStore
    log: ActivityStore
    mails: EmailStore
    automations: AutomationStore
    portal_origin: str
    now: datetime

    @property
    def caller(self) -> Caller:
        """The person, as use cases want them."""
        return Caller(self.visit.tenant_id, self.visit.staff.staff_id, self.visit.staff.role)

    def paid(self, payment_id: str) -> PaidPayment:
        """Read a payment of the tenant with what it pays."""
        return read_payment(self.visit.tenant_id, payment_id, payments=self.books.payments, accounts=self.books.accounts)

    def account_of(self, payment: Payment) -> Account:
        """Read the account a payment is for."""
        return self.account(payment.key.customer_id, payment.amount.currency)

    def account(self, customer_id: str, currency: str) -> Account:
        """Read an account of a customer."""
        return self.books.accounts.read(AccountKey(self.visit.tenant_id, customer_id, currency)).account

    def head(self, who: Customer, tab: str) -> dict[str, Any]:
        """Return what stands above each page of one customer."""
        return read_customer_head(self.visit, who, tab, self.portal_origin, self.books.directory, self.mails, self.automations)

    def money(self, minor: int, currency: str) -> str:
        """Write an amount as the business does."""
        return self.visit.formats.money(minor, currency)

    def new_key(self) -> str:
        """Make the key by which a form counts once."""
        return new_id(FORM_KEY, self.now)

    def key_of(self, form: Mapping[str, str]) -> str:
        """Return the key a form carries."""
        return form_key(form, self.now)[0]

    def used(self, key: str) -> KeyUse | None:
        """Return what a form's key was used for, if it was."""
        return self.transient.key_use(self.visit.tenant_id, STAFF_SCOPE, key)

    def key_after(self, error: DuebookError, form: Mapping[str, str]) -> str:
        """Return the key of the form that is shown again: the same where the first try may still be under way."""
        unclear = isinstance(error, (TransientError, PaymentInProgressError)) and not isinstance(error, ProcessorUnavailableError)
        return form.get("key", "") if unclear else self.new_key()

    def form_page(self, template: str, error: DuebookError | None, /, **context: Any) -> Response:
        """Show a form: with what is wrong, when it was sent and refused."""
        field = str(error.facts.get("field", "")) if error else ""
        status = int(status_of(error)) if error else 200
        return self.answers.page(template, self.visit, status, problem=told(error) if error else "", field_wrong=field, **context)

    def log_it(self, action: Action, payment: Payment, key: str, *, reason: str | None = None, detail: str = "") -> None:
        """Write into the activity log what was done to a payment."""
        self.log_about(action, payment.key.customer_id, ("payment", payment.key.payment_id), key, reason=reason, detail=detail)

    def log_about(
        self, action: Action, customer_id: str | None, subject: tuple[str, str], key: str, *, reason: str | None = None, detail: str = ""
    ) -> None:
        """Write into the activity log what was done to something."""
        log_action(
            self.visit.tenant_id,
            Actor.of_staff(self.visit.staff),
            action,
            customer_id=customer_id,
            subject=subject,
            reason=reason,
            detail=detail,
            request=key,
            now=self.now,
            log=self.log,
        )


def told(error: DuebookError) -> str:
    """Say what went wrong and whether money moved."""
    words = sentence(str(error))
    if isinstance(error, PaymentDeclinedError):
        return f"{words.partition('You have not been charged')[0]}The customer has not been charged, and nothing was booked."
    if isinstance(error, TransientError) and not isinstance(error, ProcessorUnavailableError):
        return CANNOT_SAY
    if isinstance(error, PaymentInProgressError):
        return f"{words} It is told on the payment's page as soon as it is known. Nothing was done for this form."
    if "othing" in words or "o money moved" in words or "not been charged" in words or error.code in ANSWERED_ALREADY:
        return words
    return f"{words} Nothing was booked and no money moved."


def sentence(text: str) -> str:
    """Write a text with a capital letter and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")
