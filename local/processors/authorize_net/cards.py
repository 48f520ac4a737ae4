"""Test cards and the sandbox's triggers: what a number, a ZIP code or a security code brings about.

Source: Authorize.Net testing guide.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

DECLINE_ZIP = "46282"
AVS_BY_ZIP = {
    "46201": "A",
    "46203": "E",
    "46204": "G",
    "46205": "N",
    "46206": "P",
    "46207": "R",
    "46208": "S",
    "46209": "U",
    "46211": "W",
    "46214": "X",
    "46217": "Z",
}
CVV_BY_CODE = {"900": "M", "901": "N", "902": "S", "903": "U", "904": "P"}


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the simulator keeps it: no number, only what its number says."""

    brand: str
    last4: str
    valid: bool
    fingerprint: str
    expiry: str
    """``YYYY-MM``, or empty when it could not be read."""
    cvv: str = ""
    zip: str = ""

    @classmethod
    def read(cls, number: str, expiry: str, cvv: str = "", zip_code: str = "") -> Card:
        """Take in a card as typed."""
        digits = "".join(char for char in number if char.isdigit())
        return cls(
            brand=brand_of(digits),
            last4=digits[-4:],
            valid=luhn(digits),
            fingerprint=hashlib.sha256(f"{digits}|{read_expiry(expiry)}".encode()).hexdigest(),
            expiry=read_expiry(expiry),
            cvv=cvv.strip(),
            zip=zip_code.strip(),
        )


def brand_of(digits: str) -> str:
    """Name the card's brand as the gateway spells it."""
    two, four = digits[:2], digits[:4]
    match digits[:1]:
        case "4":
            return "Visa"
        case "5" | "2" if "51" <= two <= "55" or "2221" <= four <= "2720":
            return "MasterCard"
        case "3" if two in {"34", "37"}:
            return "AmericanExpress"
        case "3" if two in {"30", "36", "38", "39"} and four != "3088":
            return "DinersClub"
        case "3":
            return "JCB"
        case "6" if two == "62":
            return "UnionPay"
        case "6":
            return "Discover"
    return "Visa"


def luhn(digits: str) -> bool:
    """Say whether a card number's check digit fits.

    Source: ISO/IEC 7812-1, annex B.
    """
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [int(char) * 2 if index % 2 else int(char) for index, char in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def read_expiry(written: str) -> str:
    """Read ``YYYY-MM``, ``MM/YYYY``, ``MM/YY``, ``MMYYYY`` or ``MMYY`` as ``YYYY-MM``; empty when it is none of them."""
    plain = written.strip()
    digits = "".join(char for char in plain if char.isdigit())
    if plain[4:5] == "-" and len(digits) == 6:
        year, month = digits[:4], digits[4:]
    elif len(digits) == 6:
        year, month = digits[2:], digits[:2]
    elif len(digits) == 4:
        year, month = "20" + digits[2:], digits[:2]
    else:
        return ""
    return f"{year}-{month}" if "01" <= month <= "12" else ""


def card_fault(card: Card, now: datetime) -> str | None:
    """Return the reason code of a card that cannot be charged, or None."""
    if not card.valid:
        return "6"
    if not card.expiry:
        return "7"
    return "8" if card.expiry < now.strftime("%Y-%m") else None


def avs_code(*zips: str) -> str:
    """Return the address check's letter for the first ZIP code that triggers one."""
    return next((AVS_BY_ZIP[zip_code[:5]] for zip_code in zips if zip_code[:5] in AVS_BY_ZIP), "Y")


def cvv_code(cvv: str) -> str:
    """Return the security code check's letter."""
    return CVV_BY_CODE.get(cvv, "P" if not cvv else "M")
