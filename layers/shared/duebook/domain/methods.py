"""Saved cards and bank accounts: whose they are, which one comes first, what a bank's word about one means."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from duebook.domain.charges import VaultMethod
from duebook.domain.identifiers import CROCKFORD
from duebook.domain.return_codes import RETURN_CODES, AfterReturn, after_return, change_reason, return_reason
from duebook.errors import MethodFlaggedError, NotFoundError

MOST_METHODS = 10
"""Of one customer. Source: Authorize.Net keeps at most ten under a customer profile."""
ID_LENGTH = 26


LONGEST_DETAIL = 120
LONG_NUMBER = re.compile(r"\d[\d -]{3,}\d")
"""Whatever might be a part of an account's number stays out of our words (R36)."""


class MethodState(StrEnum):
    """Whether a method may be used. ``removing``: asked for, and not yet known to be gone at the processor."""

    ACTIVE = "active"
    REMOVING = "removing"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Consent:
    """That the customer allowed us to keep a method and to charge it.

    Kept after the method is removed.

    Args:
        at: When (UTC).
        by: Who gave it or wrote it down: a contact's or staff member's id, or an API key's.
        text_version: Which wording was shown.
        channel: ``portal`` or ``staff``.

    Source: Nacha Operating Rules, 2.3.2.7: an authorization is kept for two years after it ends.
    """

    at: datetime
    by: str
    text_version: str
    channel: str


@dataclass(frozen=True, slots=True)
class Flag:
    """What the bank said of a method: the code, its plain reason, and when we learnt it (UTC)."""

    code: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A customer's card or bank account, kept by the processor for us (R35, R36).

    Args:
        tenant_id: Whose customer.
        customer_id: Whose method.
        method_id: ``mth_…``, made from the processor's name for it, so the same card twice is one record.
        type: ``card`` or ``bank_account``.
        currency: Of the merchant account.
        merchant_account_id: Where it is kept and can be charged.
        vault_id: The processor's name for it; never shown, never logged; empty once removed.
        consent: The latest.
        created_at: When it was first saved (UTC).
        brand: Of a card, in lower case.
        last4: Last four digits.
        expiry: Of a card, ``YYYY-MM``.
        bank_name: Of a bank account.
        account_kind: Of a bank account, such as ``checking``.
        default: Comes first among the customer's methods of its currency.
        flagged: What the bank said of it last that still matters.
        state: Whether it may be used.
        removed_at: When it was gone (UTC).
        version: Counts the writes of this item.
    """

    tenant_id: str
    customer_id: str
    method_id: str
    type: str
    currency: str
    merchant_account_id: str
    vault_id: str = field(repr=False)
    consent: Consent
    created_at: datetime
    brand: str | None = None
    last4: str | None = None
    expiry: str | None = None
    bank_name: str | None = None
    account_kind: str | None = None
    default: bool = False
    flagged: Flag | None = None
    state: MethodState = MethodState.ACTIVE
    removed_at: datetime | None = None
    version: int = 0


def method_id_of(tenant_id: str, customer_id: str, merchant_account_id: str, vault_id: str) -> str:
    """Return the id that belongs to a processor's stored method of a customer."""
    cause = f"{tenant_id}\x1f{customer_id}\x1f{merchant_account_id}\x1f{vault_id}"
    number = int.from_bytes(hashlib.sha256(cause.encode()).digest()[:17], "big")
    return "mth_" + "".join(CROCKFORD[(number >> (5 * place)) & 31] for place in range(ID_LENGTH))


def name_of(method: SavedMethod) -> str:
    """Return what people know a method by, such as ``visa ending in 1111``."""
    what = method.brand or method.bank_name or ("card" if method.type == "card" else "bank account")
    return f"{what} ending in {method.last4}" if method.last4 else what


def is_expired(method: SavedMethod, today: date) -> bool:
    """Tell whether a card is past its last month; it is good through the end of it."""
    return method.expiry is not None and method.expiry < f"{today:%Y-%m}"


def is_blocked(method: SavedMethod) -> bool:
    """Tell whether the bank's word keeps a method from being charged until it is replaced."""
    return method.flagged is not None and blocks_charges(method.flagged.code)


def blocks_charges(code: str) -> bool:
    """Tell whether a code keeps a method from being charged: the account takes no debit, or its holder objects.

    Want of money (R01, R09), faults of the entry and notifications of change only warn.
    """
    return after_return(code) in {AfterReturn.OTHER_ACCOUNT, AfterReturn.NOT_AUTHORIZED}


def is_correction(code: str) -> bool:
    """Tell whether a code is a notification of change: it moves no money (R38)."""
    return code.upper().startswith("C")


def flag_reason(code: str, detail: str | None = None) -> str:
    """Say in plain words what the bank says of a method; ``detail`` is told only with a code that we do not know."""
    if is_correction(code):
        return f"The bank sent a correction. {change_reason(code)} Save the account again with the right details."
    words = LONG_NUMBER.sub("…", " ".join((detail or "").split()))[:LONGEST_DETAIL]
    if code.upper() in RETURN_CODES or not words:
        return return_reason(code)
    return f"The bank sent the payment back ({code}: {words})."


def to_charge(method: SavedMethod, *, by_merchant: bool) -> VaultMethod:
    """Return a method as a charge names it.

    Raises:
        NotFoundError: It is removed, or about to be.
        MethodFlaggedError: The bank sent a charge of it back for a reason that stays.
    """
    if method.state is not MethodState.ACTIVE:
        raise NotFoundError(f"no payment method {method.method_id}")
    if method.flagged is not None and is_blocked(method):
        raise MethodFlaggedError(f"{method.flagged.reason} Nothing was charged. Save another account, or take another way to pay.")
    return VaultMethod(method.vault_id, method.type, method.account_kind, by_merchant=by_merchant)


def in_order(methods: Iterable[SavedMethod]) -> tuple[SavedMethod, ...]:
    """Return the methods in use as people see them: by currency, the default first, then the newest."""
    active = [method for method in methods if method.state is MethodState.ACTIVE]
    newest = sorted(active, key=lambda method: (method.created_at, method.method_id), reverse=True)
    return tuple(sorted(newest, key=lambda method: (method.currency, not method.default)))


def with_default(methods: Iterable[SavedMethod], method_id: str) -> tuple[SavedMethod, ...]:
    """Return the methods that change when one becomes the default of its currency: at most it and the one before.

    Raises:
        NotFoundError: None of them is in use under this id.
    """
    active = in_order(methods)
    chosen = next((method for method in active if method.method_id == method_id), None)
    if chosen is None:
        raise NotFoundError(f"no payment method {method_id}")
    before = [method for method in active if method.currency == chosen.currency and method.default and method is not chosen]
    after = [replace(method, default=False) for method in before]
    return (*after, *(() if chosen.default else (replace(chosen, default=True),)))


def heir(methods: Iterable[SavedMethod], removed: SavedMethod) -> SavedMethod | None:
    """Return who becomes the default when one is removed: the newest of its currency that can be charged; None: nobody.

    A removed method that was not the default leaves the default as it is.
    """
    if not removed.default:
        return None
    others = [method for method in in_order(methods) if method.currency == removed.currency and method.method_id != removed.method_id]
    found = next((method for method in others if not is_blocked(method)), None)
    return replace(found, default=True) if found else None


def saved_again(known: SavedMethod, told: SavedMethod) -> SavedMethod:
    """Return a method that is saved once more: the new consent and details; a removed one begins anew.

    What the bank said stays where it is about the account itself, and goes where new consent answers it.
    """
    if known.state is MethodState.REMOVED:
        return replace(told, version=known.version)
    keeps = known.flagged is not None and after_return(known.flagged.code) is AfterReturn.OTHER_ACCOUNT
    return replace(
        told,
        created_at=known.created_at,
        default=known.default or told.default,
        brand=told.brand or known.brand,
        last4=told.last4 or known.last4,
        expiry=told.expiry or known.expiry,
        bank_name=told.bank_name or known.bank_name,
        account_kind=told.account_kind or known.account_kind,
        flagged=known.flagged if keeps else None,
        version=known.version,
    )


def flagged(method: SavedMethod, code: str, detail: str | None, at: datetime) -> SavedMethod | None:
    """Return a method after the bank's word about it; None when that changes nothing.

    A repeat changes nothing, nor does a lighter word after a graver one, so any order of the same words ends alike.

    Args:
        method: As it is.
        code: ``R01`` and so on for a return, ``C01`` and so on for a notification of change.
        detail: The processor's words, for a code that we do not know.
        at: When we learnt it (UTC).
    """
    was = method.flagged
    if method.state is MethodState.REMOVED or (was is not None and _gravity(was.code) >= _gravity(code)):
        return None
    return replace(method, flagged=Flag(code, flag_reason(code, detail), at))


def removing(method: SavedMethod) -> SavedMethod:
    """Return a method that may not be used any more."""
    return replace(method, state=MethodState.REMOVING, default=False)


def removed(method: SavedMethod, at: datetime) -> SavedMethod:
    """Return a method that is gone at the processor: what stays is what the consent was for."""
    return replace(method, state=MethodState.REMOVED, vault_id="", removed_at=at)


def _gravity(code: str) -> tuple[bool, bool]:
    """Rank codes: one that blocks charges above a correction, which asks for an act, above one that only warns."""
    return blocks_charges(code), is_correction(code)
