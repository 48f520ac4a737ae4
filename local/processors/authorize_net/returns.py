"""What banks do to a charge later on: returned items, notices of change, chargebacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from duebook.domain.identifiers import order_id_of
from local.processors.authorize_net import batches
from local.processors.authorize_net.call import written
from local.processors.authorize_net.codes import CHANGES, RETURNS
from local.processors.authorize_net.ledger import FIRST_TRANS_ID, Entry, Ledger

_STANDING = frozenset({"capturedPendingSettlement", "settledSuccessfully", "approvedReview"})


class NoSuchChargeError(LookupError):
    """No approved charge has this payment's order id."""


class NotPossibleError(ValueError):
    """This cannot happen to such a charge."""


def find_charge(ledger: Ledger, payment_id: str) -> Entry:
    """Return the charge of a payment: the latest with its order id that got through.

    Raises:
        NoSuchChargeError: There is none.
    """
    found = [entry for entry in ledger.charges_of_order(order_id_of(payment_id)) if entry.response_code in {"1", "4"}]
    if not found:
        raise NoSuchChargeError(f"no charge of payment {payment_id} is known here")
    return found[-1]


def returned(ledger: Ledger, payment_id: str, code: str, now: datetime, corrected: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Have a bank send an eCheck back (``R…``) or say what is wrong with its account (``C…``).

    A return is an entry of its own in a batch of returns. A notice only counts in the batch of the charge, which settles for that.

    Raises:
        NoSuchChargeError: No such charge.
        NotPossibleError: Not an eCheck, one that never went out, or a code that is none.
    """
    with ledger.lock:
        charge = find_charge(ledger, payment_id)
        if not charge.is_echeck:
            raise NotPossibleError("only eChecks are returned; a card has chargebacks")
        if charge.status not in _STANDING:
            raise NotPossibleError(f"a charge with status {charge.status} did not reach a bank")
        if code in CHANGES:
            return _notice(ledger, charge, code, now, corrected or {})
        if not (len(code) == 3 and code[0] == "R" and code[1:].isdigit()):
            raise NotPossibleError("code is R01 to R99 for a return, or a code of change such as C01")
        item = _added(ledger, charge, "returnedItem", code, now, charge.amount_minor)
        description = RETURNS.get(code, "Returned")
        charge.returned.append({"id": item.trans_id, "at": item.submitted_at, "code": code, "description": description})
        ledger.put_entry(charge)
        return {"id": item.trans_id, "code": code, "description": description, "batch_id": item.batch_id}


def charged_back(
    ledger: Ledger, payment_id: str, reason_code: str, now: datetime, amount_minor: int | None = None, *, reversed_: bool = False
) -> dict[str, Any]:
    """Have a card's bank take a charge back, or give it back again (``reversed_``).

    Raises:
        NoSuchChargeError: No such charge.
        NotPossibleError: Not a card, a charge that took no money, an amount above it, or no chargeback to reverse.
    """
    with ledger.lock:
        charge = find_charge(ledger, payment_id)
        if charge.is_echeck:
            raise NotPossibleError("only cards are charged back; an eCheck is returned")
        if charge.status not in _STANDING:
            raise NotPossibleError(f"a charge with status {charge.status} took no money")
        amount = charge.amount_minor if amount_minor is None else amount_minor
        if not 0 < amount <= charge.amount_minor:
            raise NotPossibleError(f"amount is from 1 to {charge.amount_minor}, in cents")
        taken = (entry.ref_trans_id for entry in ledger.entries(charge.login) if entry.kind == "chargeback")
        if reversed_ and charge.trans_id not in taken:
            raise NotPossibleError("there is no chargeback to reverse")
        kind = "chargebackReversal" if reversed_ else "chargeback"
        item = _added(ledger, charge, kind, reason_code, now, amount)
        return {"id": item.trans_id, "reason_code": reason_code, "batch_id": item.batch_id}


def _added(ledger: Ledger, charge: Entry, kind: str, code: str, now: datetime, amount_minor: int) -> Entry:
    entry = replace(
        charge,
        trans_id=str(ledger.next_number("trans_id", FIRST_TRANS_ID)),
        kind=kind,
        status=kind,
        submitted_at=written(now),
        amount_minor=amount_minor,
        auth_code="",
        ref_id="",
        ref_trans_id=charge.trans_id,
        refunded_minor=0,
        returned=[],
        code=code,
    )
    batches.put_in_batch_of_returns(ledger, charge.login, "eCheck" if charge.is_echeck else "creditCard", now, entry)
    return entry


def _notice(ledger: Ledger, charge: Entry, code: str, now: datetime, corrected: Mapping[str, str]) -> dict[str, Any]:
    if charge.batch_id is None and charge.status in {"capturedPendingSettlement", "approvedReview"}:
        charge.status = "settledSuccessfully"
        batches.put_in_batch(ledger, charge.login, "eCheck", now, [charge])
    batch = ledger.batch(charge.batch_id)
    if batch is None:
        raise NotPossibleError(f"a charge with status {charge.status} is in no batch yet")
    ledger.put_batch(batch["batch_id"], batch["login"], batch["settled_at"], batch["method"], batch["notices"] + 1)
    masked = {name: f"XXXX{str(value)[-4:]}" for name, value in corrected.items()}
    number = ledger.next_number("notice_id", 1)
    notice = {"trans_id": charge.trans_id, "code": code, "description": CHANGES[code], "at": written(now), "corrected": masked}
    ledger.put_item("notice", str(number), notice, owner=charge.login)
    return {**notice, "batch_id": batch["batch_id"]}
