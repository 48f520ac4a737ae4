"""Void and refund: what may still be taken back, and what is given back after settlement."""

from __future__ import annotations

from datetime import datetime, timedelta

from local.processors.cardpointe import codes
from local.processors.cardpointe.authorisations import AMOUNT_TRIGGERS, capture_now, kept_order_id, triggered_code
from local.processors.cardpointe.ledger import ACCEPTED, AUTHORIZED, OPEN, QUEUED, VOIDED, Transaction
from local.processors.cardpointe.messages import Answered, Call, InvalidAmountError, minor, refused, result, shown

VOID_DAYS = timedelta(days=30)


def void(call: Call) -> Answered:
    """Answer ``void``."""
    return _voided(call, owned(call, call.text("retref")))


def void_by_order_id(call: Call) -> Answered:
    """Answer ``voidByOrderId``: the newest approved one that stands, over all merchant ids of the login."""
    mids = {mid.merchant_id for mid in call.ledger.mids(call.mid.username)}
    found = [one for one in call.ledger.ordered(call.text("orderid")) if one.merchant_id in mids and one.stands and one.kind == "auth"]
    standing = [one for one in found if one.setlstat != VOIDED]
    return _voided(call, standing[-1] if standing else found[-1] if found else None)


def refund(call: Call) -> Answered:
    """Answer ``refund``: a new transaction, at most what is left of a settled one."""
    parent = owned(call, call.text("retref"))
    answered = _refunded(call, parent)
    answered.order_id = call.text("orderid") or None
    return answered


def owned(call: Call, retref: str) -> Transaction | None:
    """Return a transaction of the call's own merchant id."""
    found = call.ledger.transaction(retref)
    return found if found is not None and found.merchant_id == call.mid.merchant_id else None


def voidable(transaction: Transaction, now: datetime) -> bool:
    """Tell whether a void would be taken."""
    young = now - datetime.fromisoformat(transaction.authorized_at) <= VOID_DAYS
    return transaction.stands and young and (transaction.setlstat == AUTHORIZED or transaction.setlstat in OPEN)


def refundable(transaction: Transaction) -> bool:
    """Tell whether a refund would be taken."""
    left = transaction.amount_minor - transaction.refunded_minor
    return transaction.kind == "auth" and transaction.approved and transaction.setlstat == ACCEPTED and left > 0


def _voided(call: Call, found: Transaction | None) -> Answered:
    if found is None:
        return refused("29")
    code = _void_refusal(call, found)
    if code is None and found.setlstat != VOIDED:
        code = _take_back(call, found)
    if code is not None:
        answered = refused(code, retref=found.retref, merchid=found.merchant_id)
    else:
        told = {"retref": found.retref, "merchid": found.merchant_id, "amount": shown(found.amount_minor), "authcode": "REVERS"}
        approval = codes.APPROVAL.get(found.respproc, "00")
        answered = Answered({**result(found.respproc, approval), **told, "currency": found.currency, "orderId": found.order_id})
    answered.amount_minor, answered.order_id = found.requested_minor, found.order_id
    return answered


def _void_refusal(call: Call, found: Transaction) -> str | None:
    if call.forced is not None:
        return (call.forced[1] or "27").rpartition(":")[2]
    if not found.stands and found.setlstat != VOIDED:
        return "25"
    if found.setlstat == VOIDED:
        return None if call.options.get("repeat_void") == "accepted" else "25"
    if call.now - datetime.fromisoformat(found.authorized_at) > VOID_DAYS:
        return "39"
    if found.setlstat == ACCEPTED:
        return str(call.options.get("late_void", "27"))
    return None if voidable(found, call.now) else "25"


def _take_back(call: Call, found: Transaction) -> str | None:
    try:
        amount = minor(call.text("amount")) if call.text("amount") else found.amount_minor
    except InvalidAmountError:
        return "43"
    amount = amount or found.amount_minor
    # What is queued can be taken back whole only.
    if not 0 < amount <= found.amount_minor or (found.setlstat == QUEUED and amount != found.amount_minor):
        return "43"
    found.amount_minor -= amount
    if not found.amount_minor:
        found.setlstat = VOIDED
        if found.parent:
            _give_again(call, found, amount)
    call.ledger.put_transaction(found)
    return None


def _give_again(call: Call, refunded: Transaction, amount: int) -> None:
    """A refund that is voided leaves the sale as it was."""
    parent = call.ledger.transaction(refunded.parent)
    if parent is not None:
        parent.refunded_minor -= amount
        call.ledger.put_transaction(parent)


def _refunded(call: Call, parent: Transaction | None) -> Answered:
    if parent is None or parent.kind != "auth":
        return refused("29", retref=call.text("retref"))
    left = parent.amount_minor - parent.refunded_minor
    try:
        amount = minor(call.text("amount")) if call.text("amount") else left
    except InvalidAmountError:
        return refused("43")
    code = _refund_refusal(call, parent, amount, left)
    if code is not None:
        respproc, respcode = code
        answered = Answered({**result(respproc, respcode), "respstat": codes.DECLINED, "retref": parent.retref}, "declined")
        answered.amount_minor = amount
        return answered
    made = Transaction(
        retref=call.ledger.next_retref(),
        merchant_id=parent.merchant_id,
        kind="refund",
        setlstat=QUEUED,
        respstat="A",
        respcode="00",
        resptext=codes.PPS["00"],
        respproc="PPS",
        authorized_at=call.now.isoformat(),
        amount_minor=amount,
        requested_minor=amount,
        currency=parent.currency,
        order_id=kept_order_id(call.text("orderid")),
        token=parent.token,
        brand=parent.brand,
        last4=parent.last4,
        expiry=parent.expiry,
        authcode="REFUND",
        parent=parent.retref,
        name=parent.name,
    )
    capture_now(call.ledger, made, call.now.isoformat())
    parent.refunded_minor += amount
    call.ledger.put_transaction(parent)
    call.ledger.put_transaction(made)
    told = {"retref": made.retref, "merchid": made.merchant_id, "amount": shown(amount), "authcode": "REFUND", "account": made.token}
    told |= {"orderId": made.order_id} if made.order_id else {}
    return Answered({**result("PPS", "00"), **told, "token": made.token}, "approved", amount)


def _refund_refusal(call: Call, parent: Transaction, amount: int, left: int) -> tuple[str, str] | None:
    options = call.options
    if call.forced is not None:
        wanted = call.forced[1] or codes.PLAIN_DECLINE.get(parent.respproc, "05")
        return codes.decline_code(wanted, parent.respproc)
    unsettled = parent.setlstat in OPEN and options.get("refund_unsettled")
    if not parent.approved or (parent.setlstat != ACCEPTED and not unsettled):
        return ("PPS", "28")
    if not 0 < amount <= left:
        return ("PPS", "43")
    if options.get("amount_triggers") and parent.amount_minor >= AMOUNT_TRIGGERS.stop and amount in AMOUNT_TRIGGERS:
        return (parent.respproc, triggered_code(amount, parent.respproc))
    return None
