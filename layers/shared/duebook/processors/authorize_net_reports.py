"""Reports of Authorize.Net, read with distrust: lists of transactions, lists of batches, one transaction in full.

{"transaction": {"transId": "60000000003", "transactionType": "authCaptureTransaction", "transactionStatus": "settledSuccessfully",
  "order": {"invoiceNumber": "DB-…"}, "authAmount": 25.00, "settleAmount": 25.00,
  "payment": {"bankAccount": {"routingNumber": "XXXX2882", "accountNumber": "XXXX6789", "nameOnAccount": "Ann Lee"}},
  "returnedItems": [{"id": "60000000009", "dateUTC": "2026-01-08T00:00:00Z", "code": "R01", "description": "…"}]},
 "transrefId": "DB-…", "messages": {"resultCode": "Ok", "message": [{"code": "I00001", "text": "Successful."}]}}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.money import Money
from duebook.domain.payments import DeclineReason, Evidence, Outcome
from duebook.processors import authorize_net_codes as codes
from duebook.processors.authorize_net_answers import Face, reference_in
from duebook.processors.authorize_net_json import child, count, flag, instant, items, lines, money, text
from duebook.processors.transport import AnswerLostError

_CHARGE_TYPES = frozenset({"authCaptureTransaction", "authOnlyTransaction"})
_REFUND_TYPE = "refundTransaction"
_CARRIES_NO_MONEY = frozenset({Outcome.DECLINED, Outcome.FAILED, Outcome.VOIDED, Outcome.REVIEW})
_ID_LENGTH = 20
_WORDS_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the unsettled list or of a batch.

    Args:
        reference: The transaction's id.
        order_id: The invoice number it carries, if any.
        status: As the processor says it.
        amount: Which settles or settled; zero for what does not.
        submitted_at: When it was sent (UTC).
        face: Card or bank account.
        has_returned_items: The bank sent it back later.
    """

    reference: str
    order_id: str | None
    status: str
    amount: Money | None
    submitted_at: datetime | None
    face: Face
    has_returned_items: bool


def listed(answer: Mapping[str, object], currency: str) -> tuple[Line, ...]:
    """Read the lines of an unsettled list or of a batch.

    Raises:
        AnswerLostError: Neither lines nor the word that there are none.
    """
    return tuple(
        Line(
            reference=text(item, "transId"),
            order_id=_order_id(text(item, "invoiceNumber")),
            status=text(item, "transactionStatus"),
            amount=money(item, "settleAmount", currency),
            submitted_at=instant(text(item, "submitTimeUTC")),
            face=Face.of(text(item, "accountType"), text(item, "accountNumber")),
            has_returned_items=flag(item, "hasReturnedItems"),
        )
        for item in lines(answer, "transactions")
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """A settled batch: its name, its time, and how many notifications of change came with it."""

    id: str
    settled_at: datetime | None
    correction_notices: int


def batches(answer: Mapping[str, object]) -> tuple[Batch, ...]:
    """Read the lines of a batch list.

    Raises:
        AnswerLostError: Neither lines nor the word that there are none.
    """
    return tuple(
        Batch(
            id=text(item, "batchId"),
            settled_at=instant(text(item, "settlementTimeUTC")),
            correction_notices=sum(count(figures, "correctionNoticeCount") for figures in items(item, "statistics")),
        )
        for item in lines(answer, "batchList")
    )


@dataclass(frozen=True, slots=True)
class ReturnedItem:
    """What the bank said when it sent a charge back."""

    reference: str | None
    code: str | None
    description: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Details:
    """One transaction in full.

    Args:
        reference: Its id.
        type: Such as ``authCaptureTransaction``.
        status: As the processor says it.
        ref_id: The reference its request came with, stored with it.
        order_id: The same, or else the invoice number.
        charge_reference: The charge it refers to, when it is about another one.
        reason_code: Why it was declined.
        description: The gateway's words for that, or for what the bank did.
        amount: What stands, when any.
        face: Card or bank account.
        account: Of a bank account: what is shown of it, masked.
        returned_items: Newest first.
        is_returned: The bank sent it back.
    """

    reference: str
    type: str
    status: str
    ref_id: str
    order_id: str | None
    charge_reference: str | None
    reason_code: str
    description: str | None
    amount: Money | None
    face: Face
    account: Mapping[str, object]
    returned_items: tuple[ReturnedItem, ...]
    is_returned: bool

    @property
    def is_charge(self) -> bool:
        """Whether it is a charge, and not a refund, a returned item or a chargeback of another one."""
        return self.type in _CHARGE_TYPES and self.charge_reference is None

    @property
    def is_refund(self) -> bool:
        """Whether it is a refund."""
        return self.type == _REFUND_TYPE


def details(answer: Mapping[str, object], reference: str, currency: str) -> Details:
    """Read one transaction in full.

    Args:
        answer: As decoded.
        reference: Which was asked for.
        currency: The merchant account's; details tell none.

    Raises:
        AnswerLostError: It tells of none, of another, or what it tells is no amount.
    """
    transaction = child(answer, "transaction")
    if not transaction:
        raise AnswerLostError("the charge was listed but has no details")
    if text(transaction, "transId") != reference:
        raise AnswerLostError("the details are another charge's")
    payment = child(transaction, "payment")
    account = child(payment, "bankAccount")
    card = child(payment, "creditCard")
    face = Face.of("eCheck", text(account, "accountNumber")) if account else Face.of(text(card, "cardType"), text(card, "cardNumber"))
    about = reference_in(text(transaction, "refTransId"))
    ref_id = text(answer, "transrefId")
    amounts = [money(transaction, name, currency) for name in ("settleAmount", "authAmount")]
    returned = _returned_items(transaction)
    return Details(
        reference=reference,
        type=text(transaction, "transactionType"),
        status=text(transaction, "transactionStatus"),
        ref_id=ref_id,
        order_id=_order_id(ref_id) or _order_id(text(child(transaction, "order"), "invoiceNumber")),
        charge_reference=None if about == reference else about,
        reason_code=text(transaction, "responseReasonCode"),
        description=text(transaction, "responseReasonDescription")[:_WORDS_LENGTH] or None,
        amount=next((amount for amount in amounts if amount is not None and amount.minor > 0), None),
        face=face,
        account=account,
        returned_items=returned,
        is_returned=bool(returned) or flag(transaction, "hasReturnedItems"),
    )


def charge_standing(found: Details, observed_at: datetime) -> Evidence:
    """Tell how a charge stands.

    Raises:
        AnswerLostError: A status we do not know, or money without its amount.
    """
    outcome = _outcome(codes.STATUSES, found)
    if found.is_returned and outcome in {Outcome.APPROVED, Outcome.PENDING, Outcome.SETTLED}:
        outcome = Outcome.RETURNED
    if outcome is Outcome.APPROVED and found.face.bank:
        outcome = Outcome.PENDING
    return _evidence(found, outcome, observed_at)


def refund_standing(found: Details, observed_at: datetime) -> Evidence:
    """Tell how a refund stands: APPROVED until it has settled.

    Raises:
        AnswerLostError: A status we do not know, or money without its amount.
    """
    outcome = _outcome(codes.REFUND_STATUSES, found)
    if found.is_returned and outcome in {Outcome.APPROVED, Outcome.SETTLED}:
        outcome = Outcome.RETURNED
    return _evidence(found, outcome, observed_at)


def return_code(found: Details) -> str | None:
    """Return why a transaction came back: the bank's code, or ours when it was never settled."""
    if found.status == "settlementError":
        return codes.SETTLEMENT_ERROR
    return next((item.code for item in found.returned_items if item.code), None)


def _evidence(found: Details, outcome: Outcome, observed_at: datetime) -> Evidence:
    if found.amount is None and outcome not in _CARRIES_NO_MONEY:
        raise AnswerLostError(f"{outcome} without an amount")
    reason, code = _reason(found, outcome)
    return Evidence(
        outcome=outcome,
        observed_at=observed_at,
        reference=reference_in(found.reference),
        reason=reason,
        reason_code=code,
        brand=found.face.brand,
        last4=found.face.last4,
        amount=found.amount,
    )


def _reason(found: Details, outcome: Outcome) -> tuple[DeclineReason | None, str | None]:
    match outcome:
        case Outcome.DECLINED:
            code = found.reason_code or found.status
            return codes.declined_reason(code), code
        case Outcome.FAILED:
            return DeclineReason.PROCESSOR_ERROR, found.status
        case Outcome.REVIEW:
            return None, found.status
        case Outcome.RETURNED:
            return None, return_code(found)
        case _:
            return None, None


def _outcome(statuses: Mapping[str, Outcome], found: Details) -> Outcome:
    outcome = statuses.get(found.status)
    if outcome is None:
        raise AnswerLostError(f"status {found.status[:40]!r} is not known")
    return outcome


def _returned_items(transaction: Mapping[str, object]) -> tuple[ReturnedItem, ...]:
    found = [
        ReturnedItem(
            reference=reference_in(text(item, "id")),
            code=text(item, "code")[:_ID_LENGTH] or None,
            description=text(item, "description")[:_WORDS_LENGTH] or None,
            at=instant(text(item, "dateUTC")),
        )
        for item in _each(transaction, "returnedItems", "returnedItem")
    ]
    dated = [item for item in found if item.at is not None]
    undated = [item for item in found if item.at is None]
    return (*sorted(dated, key=lambda item: (item.at, item.reference or ""), reverse=True), *undated)


def _each(parent: Mapping[str, object], name: str, inner: str) -> tuple[Mapping[str, object], ...]:
    # The schema wraps this list once more; the recorded answers do not.
    wrapped = items(child(parent, name), inner)
    return wrapped or items(parent, name)


def _order_id(written: str) -> str | None:
    return written if 0 < len(written) <= _ID_LENGTH else None
