"""Bank accounts and the rules of eChecks: routing numbers, kinds of account, kinds of entry.

Source: Authorize.Net eCheck.Net guide; ABA routing number policy (check digit 3-7-1).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

ECHECK = "eCheck"
KINDS = ("checking", "savings", "businessChecking")
ECHECK_TYPES = frozenset({"PPD", "WEB", "CCD", "TEL", "ARC", "BOC"})
LARGEST_TEST_AMOUNT = 100_00
LARGEST_TEST_MONTH = 5_000_00
_LONGEST_NAME = 22
_WEIGHTS = (3, 7, 1)


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A bank account as the simulator keeps it: no number, only what its numbers say."""

    kind: str
    routing_last4: str
    last4: str
    name: str
    routing_valid: bool
    account_valid: bool
    fingerprint: str
    bank_name: str = ""
    echeck_type: str = ""

    @property
    def brand(self) -> str:
        """What stands where a card's brand would."""
        return ECHECK

    @classmethod
    def read(cls, routing: str, account: str, kind: str, name: str, echeck_type: str = "") -> BankAccount:
        """Take in a bank account as typed."""
        routing, account = routing.strip(), account.strip()
        return cls(
            kind=kind.strip() or KINDS[0],
            routing_last4=routing[-4:],
            last4=account[-4:],
            name=name.strip(),
            routing_valid=routing_fits(routing),
            account_valid=account.isascii() and account.isdigit() and 1 <= len(account) <= 17,
            fingerprint=hashlib.sha256(f"{routing}|{account}".encode()).hexdigest(),
            bank_name=bank_names().get(routing, ""),
            echeck_type=echeck_type.strip(),
        )

    @property
    def entry_type(self) -> str:
        """The kind of entry: as asked for, else CCD for a business account and WEB for a person's."""
        return self.echeck_type or ("CCD" if self.kind == "businessChecking" else "WEB")


def routing_fits(digits: str) -> bool:
    """Say whether a routing number's check digit fits."""
    if len(digits) != 9 or not (digits.isascii() and digits.isdigit()) or digits == "000000000":
        return False
    return sum(int(digit) * _WEIGHTS[place % 3] for place, digit in enumerate(digits)) % 10 == 0


@cache
def bank_names() -> Mapping[str, str]:
    """Return the banks that the simulator knows by their routing numbers; the field page reads the same list."""
    listed = resources.files("local.processors.authorize_net").joinpath("field", "banks.json").read_text("utf-8")
    names: dict[str, str] = json.loads(listed)
    return names


def account_fault(account: BankAccount) -> str | None:
    """Return the reason code of an account that cannot be charged, or None."""
    if not account.name:
        return "33"
    if len(account.name) > _LONGEST_NAME:
        return "101"
    if account.kind not in KINDS:
        return "71"
    if not account.routing_valid:
        return "9"
    if not account.account_valid:
        return "10"
    if account.entry_type not in ECHECK_TYPES:
        return "100"
    of_business = account.kind == "businessChecking"
    if (account.entry_type == "CCD") != of_business and account.entry_type not in {"ARC", "BOC"}:
        return "244"
    return None
