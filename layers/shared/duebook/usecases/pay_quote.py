"""Pay a quote in the portal: by a saved method, or by a new one that may be kept for next time (R35, R39, R40)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from duebook.domain.charges import BANK_ACCOUNT, ChargeMethod, TokenMethod
from duebook.domain.methods import MOST_METHODS, Consent, SavedMethod, in_order, to_charge
from duebook.domain.payments import Payer, Payment
from duebook.domain.portal_access import PAYER, ContactCaller, Permission, permissions_of
from duebook.domain.quotes import Quote
from duebook.errors import AccessDeniedError, DuebookError, NotFoundError, PaymentDeclinedError, QuoteExpiredError, UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.quote_store import QuoteStore
from duebook.usecases.read_methods import find_method
from duebook.usecases.remove_method import remove_method
from duebook.usecases.save_method import MethodDesk, MethodOrder, save_method
from duebook.usecases.take_payment import ChargedMethod, Order, Till, earlier_outcome, take_payment

ACH_CURRENCY = "USD"
NOT_CHARGED = "You have not been charged."
CONSENT_VERSION = "2026-11-payment"
"""Of the sentence below *Save this for next time*, which is what a payer agrees to by ticking the box."""


@dataclass(frozen=True, slots=True)
class SavedChoice:
    """A method on record; of a bank account, the words by which its debit was allowed."""

    method_id: str
    authorization: str | None = None


@dataclass(frozen=True, slots=True)
class NewMethod:
    """A token from the hosted field; ``save`` keeps it for the customer as well."""

    token: TokenMethod
    save: bool
    account_name: str | None = None
    postal_code: str | None = None
    authorization: str | None = None


WayToPay: TypeAlias = SavedChoice | NewMethod


@dataclass(frozen=True, slots=True)
class PortalDesk:
    """All that paying in the portal needs of the outside."""

    till: Till
    quotes: QuoteStore
    methods: MethodDesk


def pay_quote(caller: ContactCaller, quote_id: str, way: WayToPay, *, key: str, desk: PortalDesk, timeout_seconds: float) -> Payment:
    """Charge what a contact was shown, once, exactly as shown.

    A new method that is to be kept is stored first and charged from there; a refused charge leaves nothing saved (R39).

    Raises:
        AccessDeniedError: A payer uses saved methods neither to pay nor to keep one; nothing was charged.
        NotFoundError: No such quote or method of this customer.
        QuoteExpiredError: The quote is too old; nothing was charged.
        UnprocessableError: The method is of another currency, or as many are saved as may be.
        MethodFlaggedError: The bank sent a charge of the method back for a reason that stays.
        DuebookError: As ``take_payment`` says.
    """
    _check_allowed(caller, way)
    used_for = _fingerprint(quote_id, way)
    payment = earlier_outcome(caller.tenant_id, caller.customer_id, key, used_for, scope=caller.customer_id, till=desk.till)
    if payment is not None:
        return payment
    quote = desk.quotes.get(caller.tenant_id, caller.customer_id, quote_id)
    if desk.till.now() >= quote.expires_at:
        raise QuoteExpiredError(f"These figures are older than 15 minutes. {NOT_CHARGED} Check the new total, then pay.")
    payer = payer_of(caller, directory=desk.till.directory)
    if isinstance(way, SavedChoice):
        order = _saved_order(caller, payer, quote, way, used_for, desk)
        return take_payment(order, key=key, till=desk.till, timeout_seconds=timeout_seconds)
    _check_new(quote, way)
    order = _order(caller, quote, way.token, _told_of(payer, way), used_for, way.authorization)
    if not way.save:
        return take_payment(order, key=key, till=desk.till, timeout_seconds=timeout_seconds)
    return _pay_and_keep(caller, order, way, key, desk, timeout_seconds)


def payer_of(caller: ContactCaller, *, directory: DirectoryStore) -> Payer:
    """Return the contact as a processor is told of the payer; who came by a link has the customer's name and the link's address.

    Raises:
        NotFoundError: The contact is gone.
    """
    if caller.kind == PAYER:
        return Payer(directory.customer(caller.tenant_id, caller.customer_id).name, caller.address, None)
    contact = directory.contact(caller.tenant_id, caller.customer_id, caller.contact_id)
    if contact is None:
        raise NotFoundError("no such contact")
    return Payer(contact.name, contact.email or "", None)


def _check_allowed(caller: ContactCaller, way: WayToPay) -> None:
    uses_saved = isinstance(way, SavedChoice) or way.save
    if uses_saved and Permission.MANAGE_METHODS not in permissions_of(caller.kind):
        raise AccessDeniedError(
            f"This link pays with a new card or bank account, which is not kept. {NOT_CHARGED} Sign in to use saved ones."
        )


def _fingerprint(quote_id: str, way: WayToPay) -> str:
    """Tell one attempt from another under the same key; a token takes no part, after a reload it is a fresh one."""
    parts = (quote_id, way.method_id) if isinstance(way, SavedChoice) else (quote_id, way.token.type, "kept" if way.save else "")
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _saved_order(caller: ContactCaller, payer: Payer, quote: Quote, way: SavedChoice, used_for: str, desk: PortalDesk) -> Order:
    method = find_method(caller.tenant_id, caller.customer_id, way.method_id, methods=desk.methods.methods)
    if method.currency != quote.currency:
        raise UnprocessableError(f"This method is charged in {method.currency}. {NOT_CHARGED}", field="method.method_id")
    charged = to_charge(method, by_merchant=False)
    authorization = way.authorization if method.type == BANK_ACCOUNT else None
    return _order(caller, quote, charged, payer, used_for, authorization, _charged(method))


def _check_new(quote: Quote, way: NewMethod) -> None:
    if way.token.type == BANK_ACCOUNT and quote.currency != ACH_CURRENCY:
        raise UnprocessableError(f"Bank accounts pay in {ACH_CURRENCY} only; pay by card. {NOT_CHARGED}", field="method.type")


def _told_of(payer: Payer, way: NewMethod) -> Payer:
    # A bank compares the name with the account holder's, so that is the one the processor is told.
    return Payer(way.account_name or payer.name, payer.email, way.postal_code)


def _order(
    caller: ContactCaller,
    quote: Quote,
    method: ChargeMethod,
    payer: Payer,
    used_for: str,
    authorization: str | None,
    saved: ChargedMethod | None = None,
) -> Order:
    return Order(
        caller.tenant_id,
        caller.customer_id,
        quote.total,
        method,
        payer,
        channel="portal",
        actor=caller.contact_id,
        saved=saved,
        quote=quote,
        authorization=authorization,
        used_for=used_for,
    )


def _charged(method: SavedMethod) -> ChargedMethod:
    return ChargedMethod(method.method_id, method.merchant_account_id, method.brand, method.last4)


def _pay_and_keep(caller: ContactCaller, order: Order, way: NewMethod, key: str, desk: PortalDesk, timeout_seconds: float) -> Payment:
    before = {one.method_id for one in in_order(desk.methods.methods.of_customer(caller.tenant_id, caller.customer_id))}
    if len(before) >= MOST_METHODS:
        text = f"{MOST_METHODS} cards and bank accounts are saved, and more cannot be. {NOT_CHARGED} Pay without saving this one, or remove one."
        raise UnprocessableError(text, field="method.save")
    kept: list[SavedMethod] = []
    keep = _keeper(caller, order, way, kept, desk, timeout_seconds / 3)
    try:
        payment = take_payment(order, key=key, till=desk.till, timeout_seconds=timeout_seconds * 2 / 3, keep=keep)
    except PaymentDeclinedError:
        _forget(caller, [one for one in kept if one.method_id not in before], desk, timeout_seconds / 3)
        raise
    return payment


def _keeper(
    caller: ContactCaller, order: Order, way: NewMethod, kept: list[SavedMethod], desk: PortalDesk, timeout_seconds: float
) -> Callable[[], tuple[ChargeMethod, ChargedMethod]]:
    def keep() -> tuple[ChargeMethod, ChargedMethod]:
        consent = Consent(desk.till.now(), caller.contact_id, CONSENT_VERSION, "portal")
        wanted = MethodOrder(caller.tenant_id, caller.customer_id, way.token, order.amount.currency, order.payer, consent)
        method = save_method(wanted, desk=desk.methods, timeout_seconds=timeout_seconds)
        kept.append(method)
        return to_charge(method, by_merchant=False), _charged(method)

    return keep


def _forget(caller: ContactCaller, kept: list[SavedMethod], desk: PortalDesk, timeout_seconds: float) -> None:
    """Take back what was saved for a payment that was refused; what cannot be now is removed by hand, or by the schedule."""
    for method in kept:
        try:
            remove_method(caller.tenant_id, caller.customer_id, method.method_id, desk=desk.methods, timeout_seconds=timeout_seconds)
        except DuebookError:
            continue
