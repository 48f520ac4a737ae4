"""Batches: closed on command or at the end of a gateway's day, and what ``settlestat`` tells of them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from local.processors.cardpointe import codes
from local.processors.cardpointe.ledger import ACCEPTED, REJECTED, UNDER_REVIEW, Ledger, Mid, Transaction
from local.processors.cardpointe.messages import GATEWAY_ZONE, Answered, BadRequestError, Call, day, shown

CLOSES_AT = time(21, 0)
"""Eastern; what was captured before is settled then."""
_LETTERS = {ACCEPTED: "Y", REJECTED: "N", UNDER_REVIEW: "W"}


def last_close(now: datetime) -> datetime:
    """Return when batches were closed last by the clock."""
    local = now.astimezone(GATEWAY_ZONE)
    closing = datetime.combine(local.date(), CLOSES_AT, GATEWAY_ZONE)
    return closing if closing <= local else datetime.combine(local.date() - timedelta(days=1), CLOSES_AT, GATEWAY_ZONE)


def settle(ledger: Ledger, mid: Mid, at: datetime, captured_before: datetime | None = None) -> int:
    """Close a merchant id's batch and return how many transactions were settled.

    What is under review stays in the batch and is accepted with the next one.

    Args:
        ledger: The books.
        mid: Whose batch.
        at: When it settles.
        captured_before: Takes only what was captured before.
    """
    waiting = [one for one in ledger.transactions(mid.merchant_id, "open") if _was_captured(one, captured_before)]
    if not waiting:
        return 0
    ledger.drop("open_batch", mid.merchant_id)
    settled = 0
    for one in waiting:
        if one.setlstat == UNDER_REVIEW and ledger.get("reviewed", one.retref) is None:
            # It is reported as under review once, and accepted the next time.
            ledger.put("reviewed", one.retref, {})
            _add_to_batch(ledger, one, at, UNDER_REVIEW)
            continue
        if not one.approved:
            accept(one)
        one.setlstat, one.settled_at = ACCEPTED, at.isoformat()
        ledger.put_transaction(one)
        _add_to_batch(ledger, one, at, ACCEPTED)
        settled += 1
    return settled


def accept(held: Transaction) -> None:
    """Approve what was held for review."""
    code = codes.APPROVAL.get(held.cardproc, "00")
    held.respstat, held.respproc, held.respcode, held.resptext = "A", held.cardproc, code, codes.text_of(held.cardproc, code)


def reject(ledger: Ledger, transaction: Transaction, at: datetime, code: str) -> None:
    """Let a bank refuse a payment before it is funded."""
    transaction.setlstat, transaction.return_code = REJECTED, code
    ledger.put_transaction(transaction)
    _add_to_batch(ledger, transaction, at, REJECTED)


def settlestat(call: Call) -> Answered:
    """Answer ``GET settlestat``: by date, by batch, or all batches that were never told before."""
    batches = call.ledger.all("batch", owner=call.mid.merchant_id)
    wanted_day, wanted_batch = call.text("date"), call.text("batchid")
    if wanted_day:
        if not wanted_day.isdigit() or len(wanted_day) not in {4, 8}:
            raise BadRequestError("date")
        batches = [one for one in batches if one["day"].endswith(wanted_day)]
    elif wanted_batch:
        batches = [one for one in batches if one["batchid"] == wanted_batch]
    else:
        batches = [one for one in batches if not one["told"]]
        for one in batches:
            call.ledger.put("batch", _key(one), {**one, "told": True}, owner=call.mid.merchant_id)
    if not batches:
        return Answered("Null batches")
    return Answered([_described(call.ledger, one) for one in batches])


def settlestat_by_source(call: Call) -> Answered:
    """Answer ``POST settlestatByBatchSource``: the same with counts and totals."""
    found = settlestat(call).content
    if isinstance(found, str):
        return Answered(found)
    return Answered([_counted(call.ledger, one) for one in found])


def _was_captured(one: Transaction, before: datetime | None) -> bool:
    return before is None or (one.captured_at is not None and datetime.fromisoformat(one.captured_at) < before)


def _key(batch: dict[str, Any]) -> str:
    return f"{batch['batchid']} {batch['day']}"


def _add_to_batch(ledger: Ledger, one: Transaction, at: datetime, setlstat: str) -> None:
    on = day(at.isoformat())
    key = f"{one.batch_id} {on}"
    batch = ledger.get("batch", key) or {"batchid": one.batch_id, "day": on, "told": False, "lines": {}}
    batch["lines"][one.retref] = _LETTERS[setlstat]
    ledger.put("batch", key, {**batch, "told": False}, owner=one.merchant_id)


def _described(ledger: Ledger, batch: dict[str, Any]) -> dict[str, Any]:
    lines = [(ledger.transaction(retref), letter) for retref, letter in batch["lines"].items()]
    found = [(one, letter) for one, letter in lines if one is not None]
    letters = {letter for _, letter in found}
    status = "GB" if letters == {"Y"} else "BB" if letters == {"N"} else "MB"
    first = found[0][0]
    return {
        "merchid": first.merchant_id,
        "batchid": batch["batchid"],
        "hostbatch": batch["batchid"],
        "hoststat": status,
        "respproc": next((one.respproc for one, _ in found if one.kind == "auth"), "PPS"),
        "txns": [_line(one, letter) for one, letter in found],
    }


def _line(one: Transaction, letter: str) -> dict[str, str]:
    return {
        "retref": one.retref,
        "setlstat": letter,
        "setlamount": shown(one.amount_minor),
        # Documented as filled only when the authorisation asked for a receipt.
        "salesdoc": one.order_id if one.receipt else "",
        "authcode": one.authcode,
        "cardtype": one.brand,
    }


def _counted(ledger: Ledger, batch: dict[str, Any]) -> dict[str, Any]:
    lines = [one for line in batch["txns"] if (one := ledger.transaction(line["retref"])) is not None]
    charges = [one.amount_minor for one in lines if one.kind == "auth"]
    refunds = [one.amount_minor for one in lines if one.kind == "refund"]
    counts = {"chargecnt": str(len(charges)), "chargetotal": shown(sum(charges))}
    counts |= {"refundcnt": str(len(refunds)), "refundtotal": shown(sum(refunds)), "batchsource": "API"}
    return {**batch, **counts}
