"""Settled batches: closing them by hand or by the clock, and what is counted in one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from local.processors.authorize_net.call import written
from local.processors.authorize_net.ledger import FIRST_BATCH_ID, UNSETTLED, Entry, Ledger, Merchant

CUT_OFF_HOUR = 23
"""Each day's cut-off in UTC: 16:00 in the gateway's own zone."""
HELD_FOR = timedelta(days=5)
AUTHORISED_FOR = timedelta(days=30)
ERRORS = frozenset({"communicationError", "generalError", "settlementError", "expired", "declined"})
"""What may become of a charge on its way to the bank."""
_SETTLED = {
    "capturedPendingSettlement": "settledSuccessfully",
    "approvedReview": "settledSuccessfully",
    "refundPendingSettlement": "refundSettledSuccessfully",
}
_OVER = frozenset({"declined", "voided", "expired", "failedReview", *ERRORS})


def settle(
    ledger: Ledger, merchant: Merchant, now: datetime, *, until: datetime | None = None, errors: Mapping[str, str] | None = None
) -> int:
    """Close a merchant's batches, one of cards and one of eChecks.

    Args:
        ledger: The books.
        merchant: Whose batches.
        now: When they close.
        until: Only what was submitted before it.
        errors: Charge id -> status, for charges that shall not settle well.

    Returns:
        How many entries were closed.
    """
    closing: dict[str, list[Entry]] = {"creditCard": [], "eCheck": []}
    for entry in ledger.entries(merchant.api_login_id, UNSETTLED):
        if until is not None and datetime.fromisoformat(entry.submitted_at) >= until:
            continue
        entry.status = (errors or {}).get(entry.trans_id) or _aged(entry, now)
        if entry.status in _SETTLED or entry.status in _OVER:
            entry.status = _SETTLED.get(entry.status, entry.status)
            closing["eCheck" if entry.is_echeck else "creditCard"].append(entry)
    for method, entries in closing.items():
        if entries:
            put_in_batch(ledger, merchant.api_login_id, method, now, entries)
    return sum(len(entries) for entries in closing.values())


def put_in_batch(ledger: Ledger, login: str, method: str, now: datetime, entries: Iterable[Entry], *, notices: int = 0) -> str:
    """Make a batch of these and return its number."""
    batch_id = str(ledger.next_number("batch_id", FIRST_BATCH_ID))
    for entry in entries:
        entry.batch_id = batch_id
        ledger.put_entry(entry)
    ledger.put_batch(batch_id, login, written(now), method, notices)
    return batch_id


def put_in_batch_of_returns(ledger: Ledger, login: str, method: str, now: datetime, entry: Entry) -> None:
    """Put what a bank sent back in a batch; items of one kind that come at one instant share one."""
    last = next((batch for batch in reversed(ledger.batches(login)) if batch["method"] == method), None)
    if (
        last is not None
        and last["settled_at"] == written(now)
        and all(one.kind == entry.kind for one in ledger.entries(login, last["batch_id"]))
    ):
        entry.batch_id = last["batch_id"]
        ledger.put_entry(entry)
    else:
        put_in_batch(ledger, login, method, now, [entry])


def settle_by_clock(ledger: Ledger, now: datetime) -> None:
    """Close what each passed cut-off found, as if someone had watched the clock all along."""
    last = datetime.fromisoformat(ledger.recall("cut_off", "last") or "1970-01-01T00:00:00+00:00")
    for merchant in ledger.merchants():
        waiting = [datetime.fromisoformat(entry.submitted_at) for entry in ledger.entries(merchant.api_login_id, UNSETTLED)]
        for cut_off in sorted({next_cut_off(max(moment, last)) for moment in waiting}):
            if cut_off <= now:
                settle(ledger, merchant, cut_off, until=cut_off)
    ledger.remember("cut_off", "last", written(next_cut_off(now) - timedelta(days=1)))


def next_cut_off(moment: datetime) -> datetime:
    """Return the first cut-off after an instant."""
    same_day = moment.astimezone(UTC).replace(hour=CUT_OFF_HOUR, minute=0, second=0, microsecond=0)
    return same_day if moment < same_day else same_day + timedelta(days=1)


def statistics(ledger: Ledger, batch: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Count a batch for each type of account in it. Amounts are JSON numbers."""
    entries = ledger.entries(batch["login"], batch["batch_id"])
    brands = sorted({entry.brand for entry in entries} | ({"eCheck"} if batch["notices"] else set()))
    return [_counted(brand, [entry for entry in entries if entry.brand == brand], batch) for brand in brands]


_COUNTED: Mapping[str, Callable[[Entry], bool]] = {
    "charge": lambda entry: entry.is_charge and entry.status == "settledSuccessfully",
    "refund": lambda entry: entry.status == "refundSettledSuccessfully",
    "void": lambda entry: entry.status == "voided",
    "decline": lambda entry: entry.status in {"declined", "failedReview"},
    "error": lambda entry: entry.status in {"communicationError", "generalError", "settlementError", "expired"},
    "returnedItem": lambda entry: entry.status == "returnedItem",
    "chargeback": lambda entry: entry.status == "chargeback",
    "chargeReturnedItems": lambda entry: entry.status == "returnedItem",
    "refundReturnedItems": lambda _entry: False,
    "chargeChargeBack": lambda entry: entry.status == "chargeback",
    "refundChargeBack": lambda entry: entry.status == "chargebackReversal",
}
_ONLY_COUNTED = frozenset({"void", "decline", "error"})


def _counted(brand: str, entries: list[Entry], batch: Mapping[str, Any]) -> dict[str, Any]:
    line: dict[str, Any] = {"accountType": brand}
    for name, belongs in _COUNTED.items():
        found = [entry.amount_minor for entry in entries if belongs(entry)]
        if name not in _ONLY_COUNTED:
            line[f"{name}Amount"] = sum(found) / 100
        line[f"{name}Count"] = len(found)
        if name == "chargeback":
            line["correctionNoticeCount"] = batch["notices"] if brand == "eCheck" else 0
    return line


def _aged(entry: Entry, now: datetime) -> str:
    age = now - datetime.fromisoformat(entry.submitted_at)
    if entry.status == "FDSPendingReview" and age >= HELD_FOR:
        return "expired"
    return "expired" if entry.status == "authorizedPendingCapture" and age >= AUTHORISED_FOR else entry.status
