"""Requests to the CardPointe Gateway: method, path and fields.

Amounts always carry their two decimals, because one without a decimal point is read as cents. Order ids hold a letter and
nothing that could be a card number, or the gateway masks them and never finds them again.

Source: CardPointe Gateway API, developer.cardpointe.com.
"""

from __future__ import annotations

import json
import re
import unicodedata
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlencode

from duebook.domain.charges import BANK_ACCOUNT, Charge, ChargeMethod, VaultMethod
from duebook.domain.money import Money, decimal_text, minor_digits
from duebook.domain.processing import MethodToStore, RefundOrder
from duebook.errors import InvalidInputError
from duebook.processors.credentials import CardPointeCredentials

REST = "/cardconnect/rest"
TWO_DECIMALS = 2
ACH_CURRENCY = "USD"
ALL_MERCHANT_IDS = "0"
_CARD_LONG = re.compile(r"[0-9]{13,19}")
_ORDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]{1,19}")
_REFERENCE = re.compile(r"([0-9A-Za-z]{1,20})(?:@([0-9A-Za-z]{1,16}))?")
_VAULT_ID = re.compile(r"([0-9A-Za-z]{1,40})/([0-9]{1,10})(?:/(ECHK|ESAV))?")
_NAME_LENGTH, _POSTAL_LENGTH, _CUSTOMER_LENGTH = 30, 9, 20


@dataclass(frozen=True, slots=True)
class Request:
    """One request, without the login."""

    method: str
    path: str
    fields: Mapping[str, object] | None = None

    @property
    def body(self) -> bytes | None:
        """The fields as JSON in ASCII."""
        return None if self.fields is None else json.dumps(self.fields, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Reference:
    """The gateway's id of a charge or refund, and the merchant id it is filed under when that is not the cards' one.

    Written ``100000000001`` or ``100000000001@800000000002``.
    """

    retref: str
    merchant_id: str = ""

    @classmethod
    def parse(cls, written: str) -> Reference:
        """Read one that we gave out.

        Raises:
            InvalidInputError: Anything else.
        """
        found = _REFERENCE.fullmatch(written)
        if found is None:
            raise InvalidInputError("no reference of this processor")
        return cls(found[1], found[2] or "")

    def __str__(self) -> str:
        return f"{self.retref}@{self.merchant_id}" if self.merchant_id else self.retref

    def at(self, credentials: CardPointeCredentials) -> str:
        """Return the merchant id to ask with."""
        return self.merchant_id or credentials.merchant_id


@dataclass(frozen=True, slots=True)
class VaultId:
    """A stored account of a profile: ``profileid/acctid``, for a bank account ``profileid/acctid/ECHK``."""

    profile_id: str
    account_id: str
    bank_type: str = ""

    @classmethod
    def parse(cls, written: str) -> VaultId:
        """Read one that we gave out.

        Raises:
            InvalidInputError: Anything else.
        """
        found = _VAULT_ID.fullmatch(written)
        if found is None:
            raise InvalidInputError("no stored method of this processor")
        return cls(found[1], found[2], found[3] or "")

    def __str__(self) -> str:
        return "/".join(part for part in (self.profile_id, self.account_id, self.bank_type) if part)

    def at(self, credentials: CardPointeCredentials) -> str:
        """Return the merchant id that keeps it."""
        return merchant_id_for(credentials, bank=bool(self.bank_type))


def unsendable(amount: Money, order_id: str, currency: str) -> str | None:
    """Say why an amount or an order id must not be sent to a merchant account of a currency; None when they may."""
    if amount.currency != currency:
        return "other_currency"
    try:
        if minor_digits(currency) != TWO_DECIMALS:
            return "currency_without_two_decimals"
    except InvalidInputError:
        return "no_currency"
    if amount.minor <= 0:
        return "amount_not_above_zero"
    return None if _ORDER_ID.fullmatch(order_id) and not looks_like_a_card(order_id) else "faulty_order_id"


def unchargeable(charge: Charge, currency: str) -> str | None:
    """Say why a charge must not be sent; None when it may."""
    method = charge.method
    if method.type == BANK_ACCOUNT and currency != ACH_CURRENCY:
        return "bank_account_needs_usd"
    if isinstance(method, VaultMethod):
        try:
            VaultId.parse(method.vault_id)
        except InvalidInputError:
            return "faulty_vault_id"
    return unsendable(charge.amount, charge.order_id, currency)


def looks_like_a_card(order_id: str) -> bool:
    """Tell whether a run of digits inside would pass for a card number."""
    return any(_passes_luhn(digits) for digits in _CARD_LONG.findall(order_id))


def merchant_id_for(credentials: CardPointeCredentials, *, bank: bool) -> str:
    """Return the merchant id for cards, or for bank accounts when that is another."""
    return (bank and credentials.ach_merchant_id) or credentials.merchant_id


def merchant_ids(credentials: CardPointeCredentials) -> tuple[str, ...]:
    """Return all merchant ids of a login, the cards' first."""
    return tuple(dict.fromkeys(merchant_id_for(credentials, bank=bank) for bank in (False, True)))


def authorization(credentials: CardPointeCredentials) -> str:
    """Write the login as a header's value."""
    return "Basic " + b64encode(f"{credentials.username}:{credentials.password}".encode()).decode()


def charge_request(credentials: CardPointeCredentials, charge: Charge) -> Request:
    """Build the request that authorises and captures one charge; the receipt makes the gateway repeat our order id."""
    method = charge.method
    by_merchant = isinstance(method, VaultMethod) and method.by_merchant
    fields: dict[str, object] = {
        "merchid": merchant_id_for(credentials, bank=method.type == BANK_ACCOUNT),
        **_account(method),
        "amount": decimal_text(charge.amount),
        "currency": charge.amount.currency,
        "capture": "Y",
        "receipt": "Y",
        "orderid": charge.order_id,
        "ecomind": "T" if by_merchant else "E",
        "name": _holder(charge.payer.name, charge.customer_id),
        "postal": plain(charge.payer.postal_code or "", _POSTAL_LENGTH),
        "userfields": [{"customer": plain(charge.customer_id, _CUSTOMER_LENGTH)}],
    }
    if method.type == BANK_ACCOUNT:
        fields["achEntryCode"] = _entry_code(method, by_merchant=by_merchant)
    else:
        fields |= {"cof": "M" if by_merchant else "C", "cofscheduled": "N"}
    return Request("PUT", f"{REST}/auth", _present(fields))


def void_request(credentials: CardPointeCredentials, reference: Reference) -> Request:
    """Build the request that takes a charge back whole, named by the gateway's own id.

    By our order id it could hit another record of the same order; the id that we were given names exactly one.
    """
    return Request("PUT", f"{REST}/void", {"merchid": reference.at(credentials), "retref": reference.retref})


def refund_request(credentials: CardPointeCredentials, refund: RefundOrder, reference: Reference) -> Request:
    """Build the request that gives a part or all of a charge back, under an order id of its own."""
    fields = {
        "merchid": reference.at(credentials),
        "retref": reference.retref,
        "amount": decimal_text(refund.amount),
        "orderid": refund.order_id,
    }
    return Request("PUT", f"{REST}/refund", fields)


def inquire_request(credentials: CardPointeCredentials, reference: Reference) -> Request:
    """Build the question how one charge or refund stands."""
    return Request("GET", f"{REST}/inquire/{reference.retref}/{quote(reference.at(credentials), safe='')}")


def inquire_order_request(credentials: CardPointeCredentials, order_id: str) -> Request:
    """Build the question what stands under an order id, at any merchant id of the login."""
    merchant_id = quote(credentials.merchant_id, safe="")
    return Request("GET", f"{REST}/inquireByOrderid/{quote(order_id, safe='')}/{merchant_id}/{ALL_MERCHANT_IDS}")


def merchant_request(merchant_id: str) -> Request:
    """Build the question what a merchant id may do."""
    return Request("GET", f"{REST}/inquireMerchant/{quote(merchant_id, safe='')}")


def profile_request(credentials: CardPointeCredentials, method: MethodToStore) -> Request:
    """Build the request that keeps a token's account in a profile of its own; the same account again gives the same ids."""
    fields = {
        "merchid": merchant_id_for(credentials, bank=method.token.type == BANK_ACCOUNT),
        **_account(method.token),
        "name": _holder(method.payer.name, method.customer_id),
        "postal": plain(method.payer.postal_code or "", _POSTAL_LENGTH),
        "cofpermission": "Y",
        "auoptout": "N",
    }
    return Request("PUT", f"{REST}/profile", _present(fields))


def forget_request(credentials: CardPointeCredentials, vault_id: VaultId) -> Request:
    """Build the request that forgets a stored account."""
    merchant_id = quote(vault_id.at(credentials), safe="")
    return Request("DELETE", f"{REST}/profile/{vault_id.profile_id}/{vault_id.account_id}/{merchant_id}")


def settled_request(merchant_id: str, day: date) -> Request:
    """Build the question for a day's batches."""
    return Request("GET", f"{REST}/settlestat?{urlencode({'merchid': merchant_id, 'date': day.strftime('%m%d')})}")


def funding_request(merchant_id: str, day: date) -> Request:
    """Build the question for what a day's deposit was made of."""
    return Request("GET", f"{REST}/funding?{urlencode({'merchid': merchant_id, 'date': day.strftime('%Y%m%d')})}")


def bank_type(account_kind: str | None) -> str:
    """Return the gateway's word for the kind of a bank account."""
    return "ESAV" if account_kind == "savings" else "ECHK"


def plain(text: str, length: int) -> str:
    """Write a text in the ASCII that the gateway takes: accents dropped, other scripts left out, blanks folded, cut."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    kept = "".join(char if char.isprintable() else " " for char in letters)
    return " ".join(kept.split())[:length].rstrip()


def _account(method: ChargeMethod) -> dict[str, str]:
    if isinstance(method, VaultMethod):
        vault_id = VaultId.parse(method.vault_id)
        profile = f"{vault_id.profile_id}/{vault_id.account_id}"
        return {"profile": profile, "accttype": vault_id.bank_type}
    return {"account": method.token, "accttype": bank_type(method.account_kind) if method.type == BANK_ACCOUNT else ""}


def _holder(name: str, customer_id: str) -> str:
    """Return whose account it is; banks ask for a name, so one that ASCII cannot write gives way to the customer's number."""
    return plain(name, _NAME_LENGTH) or plain(customer_id, _NAME_LENGTH)


def _entry_code(method: ChargeMethod, *, by_merchant: bool) -> str:
    """Return the ACH class: from a business's account CCD, by staff on a standing consent PPD, typed on our page WEB.

    Source: Nacha Operating Rules, standard entry class codes.
    """
    if method.account_kind == "business_checking":
        return "CCD"
    return "PPD" if by_merchant else "WEB"


def _present(fields: Mapping[str, object]) -> dict[str, object]:
    """Leave out what is empty, as the gateway asks."""
    return {name: value for name, value in fields.items() if value not in ("", [{"customer": ""}])}


def _passes_luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(digits)))
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0
