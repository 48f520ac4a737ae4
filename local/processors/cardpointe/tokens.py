"""CardSecure: tokens that look like card numbers, begin with 9 and tell the account's first two digits and its last four."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from local.processors.authorize_net.cards import luhn
from local.processors.cardpointe.codes import SCRIPTS
from local.processors.cardpointe.ledger import Account, Held, Ledger

HELD_FOR = timedelta(minutes=2)
TOKEN = re.compile(r"9[0-9]{15}")
BANK_ACCOUNT = re.compile(r"([0-9]{9})/([0-9]{4,17})")
ERRORS = {
    8: "Account number contains non-digits",
    13: "Account number too long",
    14: "Account number empty",
    21: "Account number too short",
    54: "Luhn check failed",
    74: "Parameter missing",
    76: "Malformed JSON",
}
_ABA_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7, 1)
_BRANDS = (
    ("VISA", r"4"),
    ("MC", r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"),
    ("AMEX", r"3[47]"),
    ("DINERS", r"30[0-5]|36|38|39"),
    ("JCB", r"35"),
    ("DISC", r"6"),
)


class CannotTokenizeError(Exception):
    """The account number is refused, with CardSecure's code."""

    def __init__(self, code: int) -> None:
        super().__init__(ERRORS[code])
        self.code = code


def answer(ledger: Ledger, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Answer ``POST ccn/tokenize``."""
    account = body.get("account", body.get("devicedata"))
    if not isinstance(account, str):
        return {"message": ERRORS[74], "errorcode": 74}
    beside = {name: str(body.get(name) or "")[:20] for name in ("expiry", "cvv", "postal")}
    try:
        token = tokenize(ledger, account, now, unique=bool(body.get("unique")), **beside)
    except CannotTokenizeError as error:
        return {"message": str(error), "errorcode": error.code}
    return {"message": "No Error", "errorcode": 0, "token": token}


def tokenize(
    ledger: Ledger, account: str, now: datetime, *, unique: bool = False, expiry: str = "", cvv: str = "", postal: str = ""
) -> str:
    """Return the token of a card number or of ``routing/account``; the same number gives the same token.

    Args:
        ledger: Where what is behind it is kept.
        account: As typed.
        now: From then on what was typed beside it counts.
        unique: Always a new token.
        expiry: Typed beside the number.
        cvv: Typed beside the number.
        postal: For the address check, in tests.

    Raises:
        CannotTokenizeError: Not a number that could be one.
    """
    typed = re.sub(r"[ -]", "", account)
    if TOKEN.fullmatch(typed) and ledger.account(typed):
        token = typed
    else:
        bank = BANK_ACCOUNT.fullmatch(typed)
        _check(typed, is_bank=bank is not None)
        token = _kept(ledger, typed, bank, unique=unique)
    if expiry or cvv or postal:
        ledger.hold(Held(token, now.isoformat(), read_expiry(expiry), cvv.strip(), postal.strip()))
    return token


def spend(ledger: Ledger, token: str, now: datetime) -> Held:
    """Return what was typed beside a token's number and forget it."""
    held = ledger.held(token)
    ledger.drop("held", token)
    if held is None or now - datetime.fromisoformat(held.at) > HELD_FOR:
        return Held(token, now.isoformat())
    return held


def aba_valid(routing: str) -> bool:
    """Say whether a routing number's check digit fits.

    Source: ABA routing number policy; weights 3, 7, 1.
    """
    digits = [int(char) for char in routing if char.isdigit()]
    return len(digits) == len(routing) == 9 and any(digits) and sum(a * b for a, b in zip(digits, _ABA_WEIGHTS, strict=True)) % 10 == 0


def read_expiry(written: str) -> str:
    """Read ``MMYY``, ``YYYYM``, ``YYYYMM`` or ``YYYYMMDD`` (also ``MM/YY``, ``MM/YYYY``) as ``MMYY``; empty when it is none of them."""
    parts = re.fullmatch(r"([0-9]{1,2})\s*/\s*(?:20)?([0-9]{2})", written.strip())
    digits = re.sub(r"[^0-9]", "", written)
    if parts:
        month, year = parts[1].zfill(2), parts[2]
    elif len(digits) == 4:
        month, year = digits[:2], digits[2:]
    elif len(digits) in {5, 6, 8} and digits.startswith("20"):
        month, year = digits[4:6].zfill(2), digits[2:4]
    else:
        return ""
    return month + year if "01" <= month <= "12" else ""


def brand_of(number: str) -> str:
    """Name a card's brand as the gateway spells it."""
    return next((brand for brand, prefix in _BRANDS if re.match(prefix, number)), "")


def _check(typed: str, *, is_bank: bool) -> None:
    if not typed:
        raise CannotTokenizeError(14)
    if is_bank:
        return
    if not (typed.isascii() and typed.isdigit()):
        raise CannotTokenizeError(8)
    if len(typed) < 13:
        raise CannotTokenizeError(21)
    if len(typed) > 19:
        raise CannotTokenizeError(13)
    if not luhn(typed):
        raise CannotTokenizeError(54)


def _kept(ledger: Ledger, typed: str, bank: re.Match[str] | None, *, unique: bool) -> str:
    fingerprint = hashlib.sha256(f"site|{typed}".encode()).hexdigest()
    salt = secrets.token_hex(8) if unique else ""
    for attempt in range(1000):
        token = _shaped(typed, f"{fingerprint}{salt}{attempt}")
        there = ledger.account(token)
        if there is None:
            brand = "ECHK" if bank else brand_of(typed)
            ledger.put_account(Account(token, brand, typed[-4:], fingerprint, SCRIPTS.get(typed, ""), bank is None or aba_valid(bank[1])))
            return token
        if there.fingerprint == fingerprint and not unique:
            return token
    raise CannotTokenizeError(76)


def _shaped(typed: str, seed: str) -> str:
    middle = f"{int(hashlib.sha256(seed.encode()).hexdigest(), 16) % 10**8:08d}"
    return next(token for check in "0123456789" if luhn(token := f"9{typed[:2]}{middle}{check}{typed[-4:]}"))
