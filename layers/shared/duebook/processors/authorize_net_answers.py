"""Answers of Authorize.Net, read with distrust.

Every answer is JSON behind a byte order mark and comes with status 200 whatever happened, so only the body counts. The
outcome of a charge is its ``responseCode``; the outer ``resultCode`` is no guide (declines come under both values).

    {"transactionResponse": {"responseCode": "1", "transId": "60000000001", "testRequest": "0",
      "accountNumber": "XXXX1111", "accountType": "Visa", "messages": [{"code": "1", "description": "…"}]},
     "refId": "p-000123", "messages": {"resultCode": "Ok", "message": [{"code": "I00001", "text": "Successful."}]}}
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NoReturn

from duebook.domain.payments import DeclineReason, Evidence, Outcome
from duebook.processors import authorize_net_codes as codes
from duebook.processors.transport import AnswerLostError

_LAST4 = re.compile(r"[0-9]{4}\Z")
_TRANS_ID = re.compile(r"(?!0+\Z)[0-9A-Za-z]{1,40}")
_FAILURE = re.compile(r"E[0-9]{5}")
_CHARGE_TYPES = frozenset({"authCaptureTransaction", "authOnlyTransaction"})


def decoded(answer: bytes) -> Mapping[str, object]:
    """Parse an answer's body.

    Raises:
        AnswerLostError: Not a JSON object in UTF-8.
    """
    try:
        parsed = json.loads(answer.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        # What came is not repeated in the error: it may echo the request.
        raise AnswerLostError("the answer is not JSON") from None
    if not isinstance(parsed, dict):
        raise AnswerLostError("the answer is not a JSON object")
    return parsed


def message_codes(answer: Mapping[str, object]) -> tuple[str, ...]:
    """Return the codes of the outer messages, such as ``I00001``."""
    return tuple(text(message, "code") for message in items(child(answer, "messages"), "message"))


def succeeded(answer: Mapping[str, object]) -> bool:
    """Say whether a read was carried out (whatever it found)."""
    return text(child(answer, "messages"), "resultCode") == "Ok"


def charge_evidence(answer: Mapping[str, object], order_id: str, observed_at: datetime) -> Evidence:
    """Read the answer to a charge.

    Anything that does not add up is UNKNOWN with a word of ours as ``reason_code``; a look-up then tells the truth.
    """
    if text(answer, "refId") not in ("", order_id):
        return Evidence(Outcome.UNKNOWN, observed_at, reason_code="other_reference")
    transaction = child(answer, "transactionResponse")
    if not text(transaction, "responseCode"):
        return _request_evidence(message_codes(answer), observed_at)
    card = _Card.of(transaction)
    match text(transaction, "responseCode"):
        case "1":
            return _approved(transaction, card, observed_at)
        case "2":
            code = _reason_code(transaction, "2")
            return card.evidence(Outcome.DECLINED, observed_at, codes.declined_reason(code), code)
        case "3":
            return _refused(_reason_code(transaction, "3"), card, observed_at)
        case "4":
            code = _reason_code(transaction, "4")
            real = card.reference is not None and code not in codes.PARTIAL_CODES
            return card.evidence(Outcome.REVIEW, observed_at, None, code) if real else _unknown(code, observed_at)
        case other:
            return _unknown(f"response_{other[:8]}", observed_at)


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a transaction list, as far as a look-up needs it."""

    reference: str
    order_id: str
    submitted_at: datetime | None


def listed(answer: Mapping[str, object]) -> tuple[Listed, ...]:
    """Read the lines of an unsettled list or of a batch.

    Raises:
        AnswerLostError: Neither lines nor the word that there are none.
    """
    return tuple(
        Listed(text(item, "transId"), text(item, "invoiceNumber"), instant(text(item, "submitTimeUTC")))
        for item in _lines(answer, "transactions")
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """A settled batch's name and time."""

    id: str
    settled_at: datetime | None


def batches(answer: Mapping[str, object]) -> tuple[Batch, ...]:
    """Read the lines of a batch list.

    Raises:
        AnswerLostError: Neither lines nor the word that there are none.
    """
    return tuple(Batch(text(item, "batchId"), instant(text(item, "settlementTimeUTC"))) for item in _lines(answer, "batchList"))


def details_evidence(answer: Mapping[str, object], order_id: str, observed_at: datetime) -> Evidence | None:
    """Read one charge in full: evidence when it is ours, None when it is another's (a refund under our number, say).

    Raises:
        AnswerLostError: Ours by its number, but not to be understood: a status we do not know, a part of the amount.
    """
    transaction = child(answer, "transaction")
    if not transaction:
        raise AnswerLostError("the charge was listed but has no details")
    if text(answer, "transrefId") != order_id or text(transaction, "transactionType") not in _CHARGE_TYPES:
        return None
    status = text(transaction, "transactionStatus")
    outcome = codes.STATUSES.get(status)
    if outcome is None:
        raise AnswerLostError(f"status {status[:40]!r} is not known")
    requested, authorised = (amount(transaction, name) for name in ("requestedAmount", "authAmount"))
    if outcome is Outcome.APPROVED and requested is not None and requested != authorised:
        raise AnswerLostError("the charge stands for a part of its amount")
    payment = child(transaction, "payment")
    bank = bool(child(payment, "bankAccount"))
    card = _Card.of_details(text(transaction, "transId"), child(payment, "creditCard"))
    code = text(transaction, "responseReasonCode") or status
    match outcome:
        case Outcome.APPROVED if bank and status != "settledSuccessfully":
            return card.evidence(Outcome.PENDING, observed_at, None, None)
        case Outcome.APPROVED:
            return card.evidence(outcome, observed_at, None, None)
        case Outcome.DECLINED:
            return card.evidence(outcome, observed_at, codes.declined_reason(code), code)
        case Outcome.FAILED:
            return card.evidence(outcome, observed_at, DeclineReason.PROCESSOR_ERROR, status)
        case _:
            return card.evidence(outcome, observed_at, None, status)


def child(parent: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return an object inside another, empty when it is missing or something else."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def items(parent: Mapping[str, object], name: str) -> tuple[Mapping[str, object], ...]:
    """Return a list of objects; a lone object counts as a list of one, as in older answers."""
    value = parent.get(name)
    found = value if isinstance(value, list) else [value]
    return tuple(item for item in found if isinstance(item, dict))


def text(parent: Mapping[str, object], name: str) -> str:
    """Return a scalar as text: charges answer with strings, reports with numbers."""
    value = parent.get(name)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""


def amount(parent: Mapping[str, object], name: str) -> Decimal | None:
    """Return an amount, or None when it is missing or not a number."""
    try:
        value = Decimal(text(parent, name))
    except ArithmeticError:
        return None
    return value if value.is_finite() else None


def instant(written: str) -> datetime | None:
    """Read a UTC instant with any number of decimals, or None."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _lines(answer: Mapping[str, object], name: str) -> tuple[Mapping[str, object], ...]:
    # An answer of some other shape must not pass for "no such charge".
    if name not in answer and codes.NOTHING_FOUND not in message_codes(answer):
        raise AnswerLostError(f"the answer holds no {name}")
    return items(answer, name)


@dataclass(frozen=True, slots=True)
class _Card:
    reference: str | None
    brand: str | None
    last4: str | None
    bank: bool = False

    @classmethod
    def of(cls, transaction: Mapping[str, object]) -> _Card:
        kind = text(transaction, "accountType")
        return cls(_reference(text(transaction, "transId")), *_face(kind, text(transaction, "accountNumber")), _is_bank(kind))

    @classmethod
    def of_details(cls, reference: str, card: Mapping[str, object]) -> _Card:
        return cls(_reference(reference), *_face(text(card, "cardType"), text(card, "cardNumber")))

    def evidence(self, outcome: Outcome, observed_at: datetime, reason: DeclineReason | None, code: str | None) -> Evidence:
        return Evidence(outcome, observed_at, self.reference, reason, code, self.brand, self.last4)


def _approved(transaction: Mapping[str, object], card: _Card, observed_at: datetime) -> Evidence:
    code = _reason_code(transaction, "1")
    if text(transaction, "testRequest") not in ("", "0"):
        # A merchant account in test mode approves everything and charges nothing.
        return Evidence(Outcome.FAILED, observed_at, None, DeclineReason.CONFIGURATION, "test_mode")
    if card.reference is None:
        return _unknown("approved_without_id", observed_at)
    if code in codes.PARTIAL_CODES or text(transaction, "splitTenderId"):
        return _unknown("approved_in_part", observed_at)
    return card.evidence(Outcome.PENDING if card.bank else Outcome.APPROVED, observed_at, None, None)


def _refused(code: str, card: _Card, observed_at: datetime) -> Evidence:
    reason = codes.reason_of(code)
    if reason is None or code in codes.DUPLICATE_CODES or code in codes.LOOK_UP_CODES:
        return _unknown(code, observed_at)
    return card.evidence(Outcome.FAILED, observed_at, reason, code)


def _request_evidence(found: tuple[str, ...], observed_at: datetime) -> Evidence:
    failures = [code for code in found if _FAILURE.fullmatch(code)]
    undecided = [code for code in failures if code in codes.UNDECIDED_MESSAGES]
    if undecided or not failures:
        return _unknown((undecided or list(found) or ["empty_answer"])[0], observed_at)
    return Evidence(Outcome.FAILED, observed_at, None, codes.message_reason(failures[0]), failures[0])


def _unknown(code: str, observed_at: datetime) -> Evidence:
    return Evidence(Outcome.UNKNOWN, observed_at, reason_code=code)


def _reason_code(transaction: Mapping[str, object], fallback: str) -> str:
    first = next(iter(items(transaction, "errors")), None)
    if first is not None:
        return text(first, "errorCode") or fallback
    return next((text(message, "code") for message in items(transaction, "messages")), fallback) or fallback


def _reference(trans_id: str) -> str | None:
    return trans_id if _TRANS_ID.fullmatch(trans_id) else None


def _face(kind: str, number: str) -> tuple[str | None, str | None]:
    digits = _LAST4.search(number)
    brand = None if _is_bank(kind) else codes.BRANDS.get(kind.lower().replace(" ", ""), kind.lower()[:20] or None)
    return brand, digits[0] if digits else None


def _is_bank(kind: str) -> bool:
    return kind.lower() == "echeck"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
