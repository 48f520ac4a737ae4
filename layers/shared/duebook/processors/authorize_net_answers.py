"""Answers of Authorize.Net to charges, voids and refunds, read with distrust.

Every answer is JSON behind a byte order mark and comes with status 200 whatever happened, so only the body counts. The
outcome is the ``responseCode``; the outer ``resultCode`` is no guide (declines come under both values).

    {"transactionResponse": {"responseCode": "1", "transId": "60000000001", "testRequest": "0",
      "accountNumber": "XXXX1111", "accountType": "Visa", "messages": [{"code": "1", "description": "…"}]},
     "refId": "p-000123", "messages": {"resultCode": "Ok", "message": [{"code": "I00001", "text": "Successful."}]}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.payments import DeclineReason, Evidence, Outcome
from duebook.processors import authorize_net_codes as codes
from duebook.processors.authorize_net_json import child, items, message_codes, text

_LAST4 = re.compile(r"[0-9]{4}\Z")
_TRANS_ID = re.compile(r"(?!0+\Z)[0-9A-Za-z]{1,40}")
_FAILURE = re.compile(r"E[0-9]{5}")


@dataclass(frozen=True, slots=True)
class Face:
    """What an answer shows of a card or bank account.

    Args:
        brand: In lower case; None for a bank account.
        last4: Last four digits.
        bank: It says that it is a bank account.
    """

    brand: str | None
    last4: str | None
    bank: bool

    @classmethod
    def of(cls, kind: str, number: str) -> Face:
        """Read an account type such as ``Visa`` or ``eCheck`` and a masked number."""
        digits = _LAST4.search(number)
        bank = kind.lower() == "echeck"
        brand = None if bank else codes.BRANDS.get(kind.lower().replace(" ", ""), kind.lower()[:20] or None)
        return cls(brand, digits[0] if digits else None, bank)


def reference_in(trans_id: str) -> str | None:
    """Return a transaction id, or None for what stands where there is none: nothing, or zeros."""
    return trans_id if _TRANS_ID.fullmatch(trans_id) else None


def failures(answer: Mapping[str, object]) -> tuple[str, ...]:
    """Return the error codes (``E00040``) among the outer messages."""
    return tuple(code for code in message_codes(answer) if _FAILURE.fullmatch(code))


def charge_evidence(answer: Mapping[str, object], order_id: str, observed_at: datetime, *, bank: bool = False) -> Evidence:
    """Read the answer to a charge.

    Anything that does not add up is UNKNOWN with a word of ours as ``reason_code``; a look-up then tells the truth.

    Args:
        answer: As decoded.
        order_id: Which was sent.
        observed_at: Now.
        bank: A bank account was to be charged; counts where the answer does not name what was.
    """
    told = _Told.of(answer, order_id, observed_at)
    if told.without_transaction is not None:
        return told.without_transaction
    if told.response == "1" and told.code in codes.PARTIAL_CODES | codes.REVIEW_CODES:
        return told.unknown("approved_in_part" if told.code in codes.PARTIAL_CODES else told.code)
    match told.response:
        case "1" if told.reference is None:
            return told.unknown("approved_without_id")
        case "1" if _in_part(told.transaction):
            return told.unknown("approved_in_part")
        case "1":
            is_bank = told.face.bank or (bank and not text(told.transaction, "accountType"))
            return told.evidence(Outcome.PENDING if is_bank else Outcome.APPROVED)
        case "4" if told.reference is not None and told.code not in codes.PARTIAL_CODES:
            return told.evidence(Outcome.REVIEW, None, told.code)
        case _:
            return told.refusal(codes.reason_of(told.code))


def void_evidence(answer: Mapping[str, object], order_id: str, reference: str, observed_at: datetime) -> Evidence:
    """Read the answer to a void: VOIDED also when it was before (310), FAILED when it cannot be (16)."""
    told = _Told.of(answer, order_id, observed_at)
    if told.without_transaction is not None:
        return told.without_transaction
    if told.response == "1":
        return told.evidence(Outcome.VOIDED) if told.reference == reference else told.unknown("other_charge")
    return told.refusal(codes.step_reason(told.code))


def refund_evidence(answer: Mapping[str, object], order_id: str, charge_reference: str, observed_at: datetime) -> Evidence:
    """Read the answer to a refund: APPROVED with the refund's own reference; a bank account's settles later, too."""
    told = _Told.of(answer, order_id, observed_at)
    if told.without_transaction is not None:
        return told.without_transaction
    if told.response == "1":
        own = told.reference is not None and told.reference != charge_reference
        return told.evidence(Outcome.APPROVED) if own else told.unknown("approved_without_id")
    return told.refusal(codes.step_reason(told.code))


@dataclass(frozen=True, slots=True)
class _Told:
    """The part that all answers share."""

    observed_at: datetime
    without_transaction: Evidence | None
    transaction: Mapping[str, object]
    response: str = ""
    code: str = ""
    reference: str | None = None
    face: Face = Face(None, None, bank=False)

    @classmethod
    def of(cls, answer: Mapping[str, object], order_id: str, observed_at: datetime) -> _Told:
        transaction = child(answer, "transactionResponse")
        response = text(transaction, "responseCode")
        other = text(answer, "refId") not in ("", order_id)
        if other or not response:
            decided = _unknown("other_reference", observed_at) if other else _request_evidence(answer, observed_at)
            return cls(observed_at, decided, transaction)
        if response == "1" and text(transaction, "testRequest") not in ("", "0"):
            # A merchant account in test mode approves everything and moves nothing.
            failed = Evidence(Outcome.FAILED, observed_at, None, DeclineReason.CONFIGURATION, "test_mode")
            return cls(observed_at, failed, transaction)
        face = Face.of(text(transaction, "accountType"), text(transaction, "accountNumber"))
        reference = reference_in(text(transaction, "transId"))
        return cls(observed_at, None, transaction, response, _reason_code(transaction, response[:8]), reference, face)

    def evidence(self, outcome: Outcome, reason: DeclineReason | None = None, code: str | None = None) -> Evidence:
        return Evidence(outcome, self.observed_at, self.reference, reason, code, self.face.brand, self.face.last4)

    def refusal(self, reason: DeclineReason | None) -> Evidence:
        """Read 2 and 3; anything else was refused to nobody."""
        match self.response:
            case "2":
                return self.evidence(Outcome.DECLINED, codes.declined_reason(self.code), self.code)
            case "3" if reason is not None and self.code not in codes.DUPLICATE_CODES | codes.LOOK_UP_CODES:
                return self.evidence(Outcome.FAILED, reason, self.code)
            case "3" | "4":
                return self.unknown(self.code)
            case other:
                return self.unknown(f"response_{other[:8]}")

    def unknown(self, code: str) -> Evidence:
        return _unknown(code, self.observed_at)


def _in_part(transaction: Mapping[str, object]) -> bool:
    """Say whether a charge asks for more tender, or took less of a prepaid card than was asked for."""
    card = child(transaction, "prePaidCard")
    return bool(text(transaction, "splitTenderId")) or text(card, "approvedAmount") != text(card, "requestedAmount")


def _request_evidence(answer: Mapping[str, object], observed_at: datetime) -> Evidence:
    found = failures(answer)
    undecided = [code for code in found if code in codes.UNDECIDED_MESSAGES]
    if undecided or not found:
        return _unknown((undecided or list(message_codes(answer)) or ["empty_answer"])[0], observed_at)
    return Evidence(Outcome.FAILED, observed_at, None, codes.message_reason(found[0]), found[0])


def _unknown(code: str, observed_at: datetime) -> Evidence:
    return Evidence(Outcome.UNKNOWN, observed_at, reason_code=code)


def _reason_code(transaction: Mapping[str, object], response: str) -> str:
    # A decline without a code is a general decline; anything else without one must not pass for the reason of that number.
    fallback = response if response in {"1", "2"} else f"response_{response}"
    first = next(iter(items(transaction, "errors")), None)
    if first is not None:
        return text(first, "errorCode") or fallback
    return next((text(message, "code") for message in items(transaction, "messages")), fallback) or fallback
