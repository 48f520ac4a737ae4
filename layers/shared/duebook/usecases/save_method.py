"""Keep a customer's card or bank account at the processor, for later charges, with the customer's consent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.charges import TokenMethod
from duebook.domain.directory import MerchantAccount, merchant_account_for
from duebook.domain.methods import (
    MOST_METHODS,
    Consent,
    MethodState,
    SavedMethod,
    in_order,
    method_id_of,
    saved_again,
    with_default,
)
from duebook.domain.payments import Payer
from duebook.domain.processing import MethodToStore, StoredMethod
from duebook.errors import (
    ConflictError,
    MethodRefusedError,
    NotPayableOnlineError,
    ProcessorUnavailableError,
    TransientError,
    UnprocessableError,
)
from duebook.ports import PaymentProcessor
from duebook.storage.account_store import AccountStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.method_store import MethodStore
from duebook.storage.payment_store import PaymentStore
from duebook.usecases.read_methods import ATTEMPTS, find_method

CONSENT_VERSION = "2025-06"
"""Of the words below; a change of theirs is a new version, and every record says which one was shown."""
CONSENT_WORDS = (
    "The customer allows {business} to have this card or bank account kept by its payment processor, and to charge it for "
    "amounts the customer owes, when the customer or {business} asks for a payment. The customer may take this back at any time."
)
REFUSED: dict[str, str] = {
    "token_expired": "The details were entered too long ago or were used already. Type them again.",
    "expired_card": "This card has expired.",
    "incorrect_number": "The number is not right.",
    "invalid_bank_account": "The routing or account number is not right.",
    "too_many_methods": "The processor keeps no more cards and bank accounts of this customer. Remove one first.",
    "configuration": "This business cannot keep this kind of card or bank account at the moment.",
}
NOT_TAKEN = "This card or bank account was not accepted. Check the details, or take another one."


@dataclass(frozen=True, slots=True)
class MethodOrder:
    """A card or bank account that a customer wants kept.

    Args:
        tenant_id: At which business.
        customer_id: Whose.
        token: From the hosted field; used up by the first try.
        currency: In which it will be charged.
        payer: Name, email and postal code for the processor's records.
        consent: That the customer allowed it; without it there is no order.
        default: Whether it is to come first from now on.
    """

    tenant_id: str
    customer_id: str
    token: TokenMethod
    currency: str
    payer: Payer
    consent: Consent
    default: bool = False


@dataclass(frozen=True, slots=True)
class MethodDesk:
    """All that keeping and removing methods needs of the outside."""

    directory: DirectoryStore
    methods: MethodStore
    accounts: AccountStore
    payments: PaymentStore
    processor_of: Callable[[str, MerchantAccount], PaymentProcessor]
    now: Callable[[], datetime]


def consent_words(business: str) -> str:
    """Return what a customer allows when a method is saved, to be shown or read out before."""
    return CONSENT_WORDS.format(business=business)


def save_method(order: MethodOrder, *, desk: MethodDesk, timeout_seconds: float) -> SavedMethod:
    """Have the processor keep a method, and record it. The same one again is the same record, with the new consent.

    The first method of a currency becomes its default.

    Raises:
        NotFoundError: No such customer.
        NotPayableOnlineError: No merchant account takes this currency.
        UnprocessableError: The customer has as many methods as one may have.
        MethodRefusedError: The processor does not keep it; nothing was saved.
        ProcessorUnavailableError: The processor could not be reached; nothing was sent.
        TransientError: The answer was lost; nothing was saved, and the token may be used up.
        ConflictError: It is being removed at the same time.
    """
    desk.directory.customer(order.tenant_id, order.customer_id)
    account = merchant_account_for(desk.directory.merchant_accounts(order.tenant_id), order.currency)
    if account is None:
        raise NotPayableOnlineError(f"Online payment is not available in {order.currency}, so nothing can be saved for it.")
    before = desk.methods.of_customer(order.tenant_id, order.customer_id)
    if len(in_order(before)) >= MOST_METHODS:
        raise UnprocessableError(f"a customer may have {MOST_METHODS} saved cards and bank accounts; remove one first", field="token")
    stored = _stored(order, account, desk, timeout_seconds)
    return _record(_told(order, account, stored, desk.now()), before, order, desk)


def set_default(tenant_id: str, customer_id: str, method_id: str, *, methods: MethodStore) -> SavedMethod:
    """Make a method the default of its currency; saying it again changes nothing.

    Raises:
        NotFoundError: No such method of this customer.
        ConflictError: The customer's methods kept changing; run it again.
    """
    for _ in range(ATTEMPTS):
        changed = with_default(methods.of_customer(tenant_id, customer_id), method_id)
        try:
            methods.save(*changed)
        except ConflictError:
            continue
        return find_method(tenant_id, customer_id, method_id, methods=methods)
    raise ConflictError("the saved methods kept changing; try again")


def _stored(order: MethodOrder, account: MerchantAccount, desk: MethodDesk, timeout_seconds: float) -> StoredMethod:
    asked = MethodToStore(order.token, order.payer, order.customer_id, order.currency)
    try:
        return desk.processor_of(order.tenant_id, account).store_method(asked, timeout_seconds=timeout_seconds)
    except MethodRefusedError as error:
        raise MethodRefusedError(f"{REFUSED.get(error.reason, NOT_TAKEN)} Nothing was saved.", reason=error.reason) from error
    except ProcessorUnavailableError as error:
        text = "The payment service cannot be reached. Nothing was saved. Try again in a minute."
        raise ProcessorUnavailableError(text) from error
    except TransientError as error:
        # The processor may keep it all the same; the same number again then gets the same name there.
        raise TransientError("The payment service's answer was lost. Nothing was saved. Type the details again.") from error


def _told(order: MethodOrder, account: MerchantAccount, stored: StoredMethod, now: datetime) -> SavedMethod:
    return SavedMethod(
        order.tenant_id,
        order.customer_id,
        method_id_of(order.tenant_id, order.customer_id, account.account_id, stored.vault_id),
        order.token.type,
        order.currency,
        account.account_id,
        stored.vault_id,
        order.consent,
        now,
        brand=stored.brand,
        last4=stored.last4,
        expiry=stored.expiry,
        bank_name=stored.bank_name,
        account_kind=order.token.account_kind,
    )


def _record(told: SavedMethod, before: list[SavedMethod], order: MethodOrder, desk: MethodDesk) -> SavedMethod:
    was_in_use = any(method.method_id == told.method_id for method in in_order(before))
    for _ in range(ATTEMPTS):
        all_of_them = {method.method_id: method for method in desk.methods.of_customer(order.tenant_id, order.customer_id)}
        known = all_of_them.get(told.method_id)
        _check_not_on_its_way_out(known, was_in_use=was_in_use)
        after = saved_again(known, told) if known else told
        all_of_them[after.method_id] = after
        is_first = not any(method.default for method in in_order(all_of_them.values()) if method.currency == after.currency)
        changed = {after.method_id: after}
        if order.default or is_first:
            changed |= {method.method_id: method for method in with_default(all_of_them.values(), after.method_id)}
        try:
            desk.methods.save(*changed.values())
        except ConflictError:
            continue
        saved = changed[after.method_id]
        return replace(saved, version=saved.version + 1)
    raise ConflictError("the saved methods kept changing; try again")


def _check_not_on_its_way_out(known: SavedMethod | None, *, was_in_use: bool) -> None:
    """Refuse to record what the processor is told to forget meanwhile: the name it gave may be gone a moment later."""
    state = known.state if known else MethodState.REMOVED
    if state is MethodState.REMOVING or (was_in_use and state is MethodState.REMOVED):
        raise ConflictError("this card or bank account is being removed; save it again in a minute")
