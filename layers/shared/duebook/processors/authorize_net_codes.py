"""What Authorize.Net's codes mean for us.

Source: Authorize.Net response code list; folded to our reason classes in docs/payments.md.
"""

from __future__ import annotations

from types import MappingProxyType

from duebook.domain.payments import DeclineReason, Outcome

DUPLICATE_CODES = frozenset({"11", "318"})
PARTIAL_CODES = frozenset({"295", "296", "297", "298"})
REVIEW_CODES = frozenset({"193", "252", "253"})

_BY_REASON: dict[DeclineReason, str] = {
    DeclineReason.DO_NOT_HONOR: "2 3 41 141 145 165 191 " + " ".join(str(code) for code in range(200, 225) if code not in {208, 209}),
    DeclineReason.LOST_OR_STOLEN: "4 208 209",
    DeclineReason.AVS_FAILED: "27 45",
    DeclineReason.INCORRECT_CVC: "44 65 78",
    DeclineReason.FRAUD: "250 251 254",
    DeclineReason.INCORRECT_NUMBER: "6 37 315",
    DeclineReason.EXPIRED_CARD: "7 8 316 317",
    DeclineReason.AMOUNT_LIMIT: "49",
    DeclineReason.DUPLICATE: "11 318",
    DeclineReason.INVALID_BANK_ACCOUNT: "9 10 71 100 101 128 243 244 245 246 247 248",
    DeclineReason.CONFIGURATION: "5 12 13 15 16 17 18 28 33 39 53 64 66 68 69 70 72 73 74 75 76 77 155 170 171 172 173 195 289",
}
REASONS = MappingProxyType({code: reason for reason, codes in _BY_REASON.items() for code in codes.split()})

LOOK_UP_CODES = frozenset("19 20 21 22 23 25 26 35 36 52 57 58 59 60 61 62 63 120 121 122 152 153 180 181 261 901".split())
"""Trouble on the way to the bank: the charge may stand, so it is looked up before anything else happens."""

UNDECIDED_MESSAGES = frozenset({"E00001", "E00027", "E00049", "E00053", "E00104"})
"""Answers to a whole request that leave open whether it was carried out (E00027 only without a transaction in it)."""

TOKEN_MESSAGES = frozenset({"E00113", "E00114", "E00115", "E00116"})
WRONG_CREDENTIALS = "E00007"
NOTHING_FOUND = "I00004"

BRANDS = MappingProxyType(
    {
        "visa": "visa",
        "mastercard": "mastercard",
        "americanexpress": "amex",
        "discover": "discover",
        "jcb": "jcb",
        "dinersclub": "diners",
        "unionpay": "unionpay",
    }
)

STATUSES = MappingProxyType(
    {
        "capturedPendingSettlement": Outcome.APPROVED,
        "settledSuccessfully": Outcome.APPROVED,
        "pendingSettlement": Outcome.APPROVED,
        "pendingFinalSettlement": Outcome.APPROVED,
        "updatingSettlement": Outcome.APPROVED,
        "underReview": Outcome.REVIEW,
        "FDSPendingReview": Outcome.REVIEW,
        "FDSAuthorizedPendingReview": Outcome.REVIEW,
        "authorizedPendingRelease": Outcome.REVIEW,
        "authorizedPendingCapture": Outcome.REVIEW,
        "approvedReview": Outcome.REVIEW,
        "couldNotVoid": Outcome.REVIEW,
        "settlementError": Outcome.REVIEW,
        "declined": Outcome.DECLINED,
        "failedReview": Outcome.DECLINED,
        "voided": Outcome.FAILED,
        "expired": Outcome.FAILED,
        "communicationError": Outcome.FAILED,
        "generalError": Outcome.FAILED,
    }
)
"""A charge's ``transactionStatus`` as an outcome. Whatever a person must look at counts as held for review."""


def reason_of(code: str) -> DeclineReason | None:
    """Return the reason class of a response reason code, or None for a code outside the list."""
    return REASONS.get(code)


def declined_reason(code: str) -> DeclineReason:
    """Return the reason class of a decline; banks keep most of them to themselves."""
    return REASONS.get(code, DeclineReason.DO_NOT_HONOR)


def message_reason(code: str) -> DeclineReason:
    """Return the reason class of a refused request (``E000…``)."""
    return DeclineReason.TOKEN_EXPIRED if code in TOKEN_MESSAGES else DeclineReason.CONFIGURATION
