"""What the CardPointe Gateway's codes mean for us.

A code means something only beside ``respproc``, which names who gave it: ``PPS`` the gateway itself, ``FNOR`` and ``RPCT``
card hosts, ``PSTR`` and ``BPAY`` bank account hosts.

Source: CardPointe Gateway developer guides, response codes; folded to our reason classes in docs/processors.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from duebook.domain.payments import DeclineReason, Outcome

GATEWAY = "PPS"
BANK_HOSTS = frozenset({"BPAY", "PSTR"})
BANK_TYPES = frozenset({"ECHK", "ESAV"})

NOT_FOUND = "PPS-29"
PROFILE_NOT_FOUND = "PPS-96"
HELD = "PPS-18"
FORGOTTEN = frozenset({"PPS-15", "PPS-34"})
"""What is said of a card without an expiry date. We never send one beside a token: the gateway keeps what was typed with it for
two minutes or one authorisation, so a token that has none is to be typed again.

Source: CardPointe hosted iFrame tokenizer, developer guide.
"""
PARTIAL = frozenset({"FNOR-10", "RPCT-002"})
LOOK_UP = frozenset({*(f"PPS-{code}" for code in range(61, 67)), "PSTR-11", "RPCT-911", "RPCT-923"})
"""Trouble on the way to the bank, under whichever ``respstat``: the charge may stand, so it is looked up first."""

VOID_DONE = "REVERS"
REFUND_DONE = "REFUND"


def _table(host: str, by_reason: Mapping[DeclineReason, str]) -> dict[str, DeclineReason]:
    return {f"{host}-{code}": reason for reason, codes in by_reason.items() for code in codes.split()}


_FNOR = {
    DeclineReason.DO_NOT_HONOR: "01 05 12 51 55 57 63 75 1A 1B",
    DeclineReason.INSUFFICIENT_FUNDS: "10 NU",
    DeclineReason.EXPIRED_CARD: "54",
    DeclineReason.INCORRECT_NUMBER: "14 N3 NN",
    DeclineReason.INCORRECT_CVC: "C2",
    DeclineReason.LOST_OR_STOLEN: "60",
    DeclineReason.DUPLICATE: "94",
    DeclineReason.AMOUNT_LIMIT: "13 61 NH NQ NR",
    DeclineReason.PROCESSOR_ERROR: "28 69 91 CE NG NI NK NL NM NS RW",
    DeclineReason.CONFIGURATION: "03 25 89 NP",
}
_RPCT = {
    DeclineReason.DO_NOT_HONOR: "100 104 106 107 108 117 119 122 124 304 332 500 503 504 508 512 531 708 785 790 791 802 902",
    DeclineReason.INSUFFICIENT_FUNDS: "002 116",
    DeclineReason.EXPIRED_CARD: "101 132 509 511",
    DeclineReason.INCORRECT_NUMBER: "114 118 131 302 303 403 526",
    DeclineReason.INCORRECT_CVC: "517 958",
    DeclineReason.AVS_FAILED: "721",
    DeclineReason.LOST_OR_STOLEN: "208 209 704",
    DeclineReason.DUPLICATE: "913",
    DeclineReason.INVALID_BANK_ACCOUNT: "506",
    DeclineReason.FRAUD: "102 129 514",
    DeclineReason.AMOUNT_LIMIT: "110 121 123 521 771 924",
    DeclineReason.PROCESSOR_ERROR: "402 505 516 701 703 906 907 909 911 914 920 921 923 940",
    DeclineReason.CONFIGURATION: "001 109 120 130 355 904",
}
_PSTR = {
    DeclineReason.DO_NOT_HONOR: "02",
    DeclineReason.EXPIRED_CARD: "08",
    DeclineReason.INCORRECT_CVC: "07",
    DeclineReason.AVS_FAILED: "06",
    DeclineReason.DUPLICATE: "01",
    DeclineReason.INVALID_BANK_ACCOUNT: "03 28 99",
    DeclineReason.AMOUNT_LIMIT: "04 05 13 37",
    DeclineReason.PROCESSOR_ERROR: "11 12 16 17 19 21 46",
    DeclineReason.CONFIGURATION: "10 14 15 18 20 40",
}
_PPS = {
    DeclineReason.DO_NOT_HONOR: "44",
    DeclineReason.EXPIRED_CARD: "15 16",
    DeclineReason.INCORRECT_NUMBER: "11 12 13 33 99",
    DeclineReason.INCORRECT_CVC: "14 37 38",
    DeclineReason.AVS_FAILED: "17 35 101",
    DeclineReason.DUPLICATE: "36",
    DeclineReason.FRAUD: "18 19",
    DeclineReason.AMOUNT_LIMIT: "41 42 43",
    DeclineReason.TOKEN_EXPIRED: "96 98",
    DeclineReason.PROCESSOR_ERROR: "24 25 26 27 28 29 39 61 62 63 64 65 66 105 106",
    DeclineReason.CONFIGURATION: "21 22 23 31 32 34 45 46 48 91 92 93 94 95 97 102 103 104",
}
REASONS = MappingProxyType(_table("FNOR", _FNOR) | _table("RPCT", _RPCT) | _table("PSTR", _PSTR) | _table(GATEWAY, _PPS))

_STANDS = {"Authorized", "Queued for Capture", "Pin Debit"}
STATUSES = MappingProxyType(
    {
        **{text.casefold(): Outcome.APPROVED for text in _STANDS},
        "accepted": Outcome.SETTLED,
        "refunded": Outcome.SETTLED,
        "rejected": Outcome.RETURNED,
        "voided": Outcome.VOIDED,
        "zero amount": Outcome.VOIDED,
        "declined": Outcome.DECLINED,
        "amount under review": Outcome.REVIEW,
        "format error": Outcome.REVIEW,
        "token decrypt": Outcome.REVIEW,
    }
)
"""``setlstat`` of inquire as an outcome (APPROVED is PENDING for a bank account). What never went to settlement and waits
for a person counts as held for review; *Refunded*, of older gateways, is a charge that had settled."""

LETTERS = MappingProxyType(
    {
        "Y": Outcome.SETTLED,
        "N": Outcome.RETURNED,
        "F": Outcome.REVIEW,
        "T": Outcome.REVIEW,
        "W": Outcome.REVIEW,
        "P": Outcome.APPROVED,
    }
)
"""``setlstat`` of a batch's line: accepted, rejected, format error, token error, amount under review, PIN debit."""

_BRANDS = {"VISA": "visa", "MC": "mastercard", "MASTERCARD": "mastercard", "AMEX": "amex", "DISC": "discover", "DISCOVER": "discover"}
_MORE_BRANDS = {"DINERS": "diners", "DCI": "diners", "JCB": "jcb", "CUP": "unionpay", "UNIONPAY": "unionpay"}
BRANDS = MappingProxyType(_BRANDS | _MORE_BRANDS)
_PREFIXES = {
    "visa": [str(number) for number in range(40, 50)],
    "mastercard": [str(number) for number in (*range(22, 28), *range(51, 56))],
    "amex": ["34", "37"],
    "diners": ["30", "36", "38", "39"],
    "jcb": ["35"],
    "discover": ["60", "64", "65"],
    "unionpay": ["62", "81"],
}
BRAND_OF_PREFIX = MappingProxyType({prefix: brand for brand, prefixes in _PREFIXES.items() for prefix in prefixes})
"""A card's brand by its first two digits, which stand in its token behind the leading 9."""


def declined_reason(code: str) -> DeclineReason:
    """Return the reason class of a decline; banks keep most of them to themselves."""
    return REASONS.get(code, DeclineReason.INVALID_BANK_ACCOUNT if code.startswith("BPAY-") else DeclineReason.DO_NOT_HONOR)


def refused_reason(code: str, *, typed: bool = False) -> DeclineReason:
    """Return the reason class of what the gateway itself refused; ``typed`` of a card that was typed just now."""
    if typed and code in FORGOTTEN:
        return DeclineReason.TOKEN_EXPIRED
    return REASONS.get(code, DeclineReason.CONFIGURATION)


def status_outcome(text: str, *, bank: bool) -> Outcome:
    """Return the outcome that a ``setlstat`` text means; one we do not know waits for the next look, or for a person."""
    found = STATUSES.get(" ".join(text.split()).casefold())
    if found is None:
        return Outcome.PENDING if bank else Outcome.REVIEW
    return Outcome.PENDING if bank and found is Outcome.APPROVED else found


def letter_outcome(letter: str, *, bank: bool, sent: bool) -> Outcome:
    """Return the outcome of a batch's line; nothing has settled in a batch that was not sent yet."""
    found = LETTERS.get(letter.strip().upper())
    if not sent and (found is None or found is Outcome.SETTLED):
        found = Outcome.APPROVED
    if found is None:
        return Outcome.PENDING if bank else Outcome.REVIEW
    return Outcome.PENDING if bank and found is Outcome.APPROVED else found
