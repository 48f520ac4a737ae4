"""What Authorize.Net's codes mean for us.

Source: Authorize.Net response code list; folded to our reason classes in docs/processors.md.
"""

from __future__ import annotations

from types import MappingProxyType

from duebook.domain.payments import DeclineReason, Outcome

DUPLICATE_CODES = frozenset({"11", "318"})
PARTIAL_CODES = frozenset({"295", "296", "297", "298"})
REVIEW_CODES = frozenset("104 105 106 107 108 109 110 193 252 253".split())
"""Held for a person to look at: they come with ``responseCode`` 4. Under any other they leave a doubt."""
ALREADY_VOIDED = "310"

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

_STEP_REASONS = MappingProxyType(
    {
        "47": DeclineReason.AMOUNT_LIMIT,
        "50": DeclineReason.CONFIGURATION,
        "51": DeclineReason.AMOUNT_LIMIT,
        "54": DeclineReason.CONFIGURATION,
        "55": DeclineReason.AMOUNT_LIMIT,
        "327": DeclineReason.PROCESSOR_ERROR,
        "328": DeclineReason.PROCESSOR_ERROR,
    }
)
"""Codes that only a void or a refund can bring about. Under a charge they would be a riddle, so there they are looked up."""

LOOK_UP_CODES = frozenset("19 20 21 22 23 25 26 35 36 52 57 58 59 60 61 62 63 120 121 122 152 153 180 181 261 901".split())
"""Trouble on the way to the bank: the charge may stand, so it is looked up before anything else happens."""

UNDECIDED_MESSAGES = frozenset({"E00001", "E00027", "E00049", "E00053", "E00104"})
"""Answers to a whole request that leave open whether it was carried out (E00027 only without a transaction in it)."""

TOKEN_MESSAGES = frozenset({"E00113", "E00114", "E00115", "E00116"})
ACCEPTED = "I00001"
WRONG_CREDENTIALS = "E00007"
DUPLICATE_RECORD = "E00039"
NO_SUCH_RECORD = "E00040"
TOO_MANY_METHODS = "E00042"
UNSUCCESSFUL = "E00027"

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
        "pendingSettlement": Outcome.APPROVED,
        "pendingFinalSettlement": Outcome.APPROVED,
        "updatingSettlement": Outcome.APPROVED,
        "settledSuccessfully": Outcome.SETTLED,
        "chargebackReversal": Outcome.SETTLED,
        "approvedReview": Outcome.PENDING,
        "underReview": Outcome.REVIEW,
        "FDSPendingReview": Outcome.REVIEW,
        "FDSAuthorizedPendingReview": Outcome.REVIEW,
        "authorizedPendingRelease": Outcome.REVIEW,
        "authorizedPendingCapture": Outcome.REVIEW,
        "couldNotVoid": Outcome.REVIEW,
        "declined": Outcome.DECLINED,
        "failedReview": Outcome.DECLINED,
        "voided": Outcome.VOIDED,
        "expired": Outcome.FAILED,
        "communicationError": Outcome.FAILED,
        "generalError": Outcome.FAILED,
        "settlementError": Outcome.RETURNED,
        "returnedItem": Outcome.RETURNED,
        "chargeback": Outcome.CHARGED_BACK,
    }
)
"""A charge's ``transactionStatus`` as an outcome; bank debits that are APPROVED here are PENDING. Whatever a person must look at
counts as held for review."""

REFUND_STATUSES = MappingProxyType(
    {
        "refundPendingSettlement": Outcome.APPROVED,
        "pendingSettlement": Outcome.APPROVED,
        "pendingFinalSettlement": Outcome.APPROVED,
        "updatingSettlement": Outcome.APPROVED,
        "refundSettledSuccessfully": Outcome.SETTLED,
        "settledSuccessfully": Outcome.SETTLED,
        "underReview": Outcome.REVIEW,
        "FDSPendingReview": Outcome.REVIEW,
        "couldNotVoid": Outcome.REVIEW,
        "declined": Outcome.DECLINED,
        "failedReview": Outcome.DECLINED,
        "voided": Outcome.VOIDED,
        "expired": Outcome.FAILED,
        "communicationError": Outcome.FAILED,
        "generalError": Outcome.FAILED,
        "settlementError": Outcome.RETURNED,
        "returnedItem": Outcome.RETURNED,
    }
)
"""The same for a refund."""
REFUND_ONLY = frozenset({"refundPendingSettlement", "refundSettledSuccessfully"})
SETTLEMENT_ERROR = "settlement_error"
"""Our word for a charge that was accepted and then not settled."""


def reason_of(code: str) -> DeclineReason | None:
    """Return the reason class of a charge's response reason code, or None for a code outside the list."""
    return REASONS.get(code)


def step_reason(code: str) -> DeclineReason | None:
    """Return the reason class of a refused void or refund, or None for a code outside the list."""
    return _STEP_REASONS.get(code) or REASONS.get(code)


def declined_reason(code: str) -> DeclineReason:
    """Return the reason class of a decline; banks keep most of them to themselves."""
    return REASONS.get(code, DeclineReason.DO_NOT_HONOR)


def message_reason(code: str) -> DeclineReason:
    """Return the reason class of a refused request (``E000…``).

    A stored method that the processor no longer has is cured as an old token is: the card is entered again.
    """
    enter_again = code in TOKEN_MESSAGES or code == NO_SUCH_RECORD
    return DeclineReason.TOKEN_EXPIRED if enter_again else DeclineReason.CONFIGURATION
