"""What undoes or completes a charge: void, refund, capture of an authorization, release of a held one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from local.processors.authorize_net import responses, vault
from local.processors.authorize_net.answers import Refused
from local.processors.authorize_net.call import Answered, Call, child, minor_amount, written
from local.processors.authorize_net.ledger import FIRST_TRANS_ID, Entry
from local.processors.authorize_net.notices import fraud_payload, transaction_payload

REFUND_DAYS = 180
_HELD = frozenset({"FDSPendingReview", "FDSAuthorizedPendingReview", "underReview"})
_VOIDABLE = (
    frozenset({"capturedPendingSettlement", "authorizedPendingCapture", "refundPendingSettlement", "approvedReview", "voided"}) | _HELD
)


def void(call: Call) -> Answered:
    """Take back what has not settled; a second time is told as such and changes nothing."""
    entry = _referred(call)
    if entry is None or entry.batch_id or entry.status not in _VOIDABLE:
        return responses.error("16")
    repeated = entry.status == "voided"
    if not repeated:
        entry.status = "voided"
        call.ledger.put_entry(entry)
        _give_back_refund(call, entry)
    shown = replace(entry, response_code="1", reason_code="310" if repeated else "1", ref_trans_id=entry.trans_id)
    if not repeated:
        call.tell("payment.void.created", transaction_payload(shown, call.ref_id))
    return responses.of_entry(call, shown)


def refund(call: Call) -> Answered:
    """Give back a part or all of what has settled, to the method it came from."""
    amount = minor_amount(call.transaction.get("amount"))
    if amount is None:
        return responses.error("5")
    if call.transaction.get("currencyCode", call.merchant.currency) != call.merchant.currency:
        return responses.error("39")
    if not call.transaction.get("refTransId"):
        # Credits of no charge need a contract of their own.
        return responses.error("54")
    original = _referred(call)
    if original is None:
        return responses.error("16")
    if not _refundable(call, original):
        return responses.error("54", original)
    if original.refunded_minor + amount > original.amount_minor:
        return responses.error("55", original)
    original.refunded_minor += amount
    call.ledger.put_entry(original)
    booked = replace(
        original,
        trans_id=str(call.ledger.next_number("trans_id", FIRST_TRANS_ID)),
        kind="refundTransaction",
        status="refundPendingSettlement",
        response_code="1",
        reason_code="1",
        submitted_at=written(call.now),
        amount_minor=call.amount_struck(amount),
        requested_minor=amount,
        auth_code="",
        avs="P",
        cvv="",
        ref_id=call.ref_id,
        ref_trans_id=original.trans_id,
        order=dict(child(call.transaction, "order")) or original.order,
        batch_id=None,
        refunded_minor=0,
        returned=[],
        split_tender_id="",
    )
    call.ledger.put_entry(booked)
    call.tell("payment.refund.created", transaction_payload(booked, call.ref_id))
    return responses.of_entry(call, booked)


def capture(call: Call) -> Answered:
    """Take what was authorized, or a part of it."""
    entry = _referred(call)
    if entry is None or entry.kind != "authOnlyTransaction" or entry.response_code != "1":
        return responses.error("16")
    if entry.status != "authorizedPendingCapture":
        captured = entry.status in {"capturedPendingSettlement", "settledSuccessfully"}
        shown = replace(entry, reason_code="311", ref_trans_id=entry.trans_id)
        return responses.of_entry(call, shown) if captured else responses.error("16")
    asked = call.transaction.get("amount")
    amount = entry.amount_minor if asked is None else minor_amount(asked)
    if amount is None:
        return responses.error("5", entry)
    if amount > entry.amount_minor:
        return responses.error("47", entry)
    entry.amount_minor, entry.status = amount, "capturedPendingSettlement"
    call.ledger.put_entry(entry)
    call.tell("payment.priorAuthCapture.created", transaction_payload(entry, call.ref_id))
    return responses.of_entry(call, replace(entry, ref_trans_id=entry.trans_id))


def update_held(call: Call) -> Answered:
    """Answer ``updateHeldTransactionRequest``.

    Raises:
        Refused: E00013 for an action that is none.
    """
    held = child(call.body, "heldTransactionRequest")
    action = held.get("action")
    if action not in {"approve", "decline"}:
        raise Refused("E00013", "Action is invalid.")
    entry = call.ledger.entry(str(held.get("refTransId", "")))
    if entry is None or entry.login != call.merchant.api_login_id or entry.status not in _HELD:
        return responses.error("16")
    return responses.of_entry(call, release(call, entry, approve=action == "approve"))


def release(call: Call, entry: Entry, *, approve: bool) -> Entry:
    """Let a held charge go, or refuse it; return it as it stands then."""
    of_bank = entry.status == "underReview"
    if approve:
        authorised = "authorizedPendingCapture" if entry.kind == "authOnlyTransaction" else "capturedPendingSettlement"
        entry.status, entry.response_code, entry.reason_code = "approvedReview" if of_bank else authorised, "1", "1"
    else:
        entry.status, entry.response_code, entry.reason_code = "failedReview" if of_bank else "declined", "2", "254"
    call.ledger.put_entry(entry)
    call.tell(f"payment.fraud.{'approved' if approve else 'declined'}", fraud_payload(entry))
    return replace(entry, ref_trans_id=entry.trans_id)


def is_held(entry: Entry) -> bool:
    """Say whether a person must decide about a charge."""
    return entry.status in _HELD


def _referred(call: Call) -> Entry | None:
    entry = call.ledger.entry(str(call.transaction.get("refTransId", "")))
    return entry if entry is not None and entry.login == call.merchant.api_login_id else None


def _give_back_refund(call: Call, entry: Entry) -> None:
    original = call.ledger.entry(entry.ref_trans_id) if entry.kind == "refundTransaction" else None
    if original is not None:
        original.refunded_minor -= entry.requested_minor
        call.ledger.put_entry(original)


def _refundable(call: Call, original: Entry) -> bool:
    if original.status != "settledSuccessfully" or not original.is_charge or original.returned:
        return False
    life = timedelta(days=call.options.get("refund_days", REFUND_DAYS))
    if call.now - datetime.fromisoformat(original.submitted_at) > life:
        return False
    profile = child(call.transaction, "profile")
    if profile:
        method, _, _ = vault.charged(call, profile)
        return method.fingerprint == original.fingerprint
    return _number_given(child(call.transaction, "payment"), original)[-4:] == original.last4


def _number_given(payment: Mapping[str, Any], original: Entry) -> str:
    """Return the number, mostly masked, that a refund names; it must be of the same kind as the charge's."""
    if original.is_echeck:
        account = child(payment, "bankAccount")
        routing = str(account.get("routingNumber", "")).strip("X")
        fits = not routing or routing[-4:] == original.bank.get("routing_last4")
        return str(account.get("accountNumber", "")) if fits else ""
    return str(child(payment, "creditCard").get("cardNumber", ""))
