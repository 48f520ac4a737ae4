"""Deposits: what a day's money was made of, with what banks sent back and cardholders disputed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from local.processors.cardpointe import settlement
from local.processors.cardpointe.ledger import ACCEPTED, OPEN, Ledger, Transaction
from local.processors.cardpointe.messages import GATEWAY_ZONE, Answered, BadRequestError, Call, day, shown

NOTHING = {"errormsg": "No deposits match your request"}
FIRST_FUNDING, FIRST_FUNDING_LINE, FIRST_CASE = 9_000_001, 77_000_001, 2_026_008_000_001
NEXT_DAY_AT = time(13, 0)
RETURNED_CODES = ("R", "C")


class CannotHappenError(Exception):
    """What a control call asks for cannot happen to this payment."""


@dataclass(slots=True)
class Line:
    """A line of a day's deposit beside the settled transactions themselves."""

    line_id: str
    merchant_id: str
    day: str
    kind: str
    retref: str
    parent: str
    amount_minor: int
    code: str = ""
    detail: str = ""
    case: str = ""


def funding(call: Call) -> Answered:
    """Answer ``GET funding``: one day of one merchant id."""
    wanted = call.text("date")
    if not wanted.isdigit() or len(wanted) not in {4, 8}:
        raise BadRequestError("date")
    ledger, merchant_id = call.ledger, call.mid.merchant_id
    ended = [one for one in ledger.transactions(merchant_id) if one.settled_at or one.return_code]
    sold = [one for one in ended if one.settled_at and day(one.settled_at).endswith(wanted)]
    lines = [line for line in _lines(ledger, merchant_id) if line.day.endswith(wanted)]
    days = [day(one.settled_at) for one in sold if one.settled_at] + [line.day for line in lines]
    if not days or not _is_out(days[0], call):
        return Answered(dict(NOTHING))
    number = bool(call.options.get("funding_numbers"))
    return Answered(_deposit(call, sold, lines, max(days), in_numbers=number))


def return_payment(ledger: Ledger, paid: Transaction, code: str, now: datetime) -> dict[str, str]:
    """Let a bank send a payment back: before funding as a reject of itself, after it as a child with a negative amount.

    The same return again is told again, as banks do.

    Raises:
        CannotHappenError: No bank account, or nothing to send back.
    """
    if not paid.ach or not paid.approved:
        raise CannotHappenError("only an accepted payment from a bank account comes back")
    on = day(now.isoformat())
    if code.startswith("C"):
        line = _add(ledger, paid, "NOC", on, retref=ledger.next_retref(), amount_minor=0, code=code)
        return {"retref": line.retref, "parentretref": paid.retref, "status": "notified"}
    before = next((line for line in _lines(ledger, paid.merchant_id) if line.parent == paid.retref and line.kind == "RETURN"), None)
    if paid.setlstat in OPEN:
        settlement.reject(ledger, paid, now, code)
        _add(ledger, paid, "REJECT", on, retref=paid.retref, amount_minor=paid.amount_minor, code=code)
        return {"retref": paid.retref, "status": "rejected"}
    if before is not None:
        again = replace(before, line_id=str(ledger.next_number("funding_line", FIRST_FUNDING_LINE)), day=on)
        _put(ledger, again)
        return {"retref": again.retref, "parentretref": paid.retref, "status": "returned"}
    if paid.setlstat != ACCEPTED:
        raise CannotHappenError(f"a payment that is {paid.setlstat} does not come back")
    paid.return_code, paid.refunded_minor = code, paid.amount_minor
    ledger.put_transaction(paid)
    line = _add(ledger, paid, "RETURN", on, retref=ledger.next_retref(), amount_minor=-paid.amount_minor, code=code)
    return {"retref": line.retref, "parentretref": paid.retref, "status": "returned"}


def charge_back(ledger: Ledger, paid: Transaction, code: str, amount_minor: int | None, now: datetime) -> dict[str, str]:
    """Let a cardholder dispute a settled card payment.

    Raises:
        CannotHappenError: No card, not settled, or more than was paid.
    """
    if paid.ach or paid.setlstat != ACCEPTED:
        raise CannotHappenError("only a settled card payment is disputed")
    amount = paid.amount_minor if amount_minor is None else amount_minor
    if not 0 < amount <= paid.amount_minor:
        raise CannotHappenError("a dispute is about the payment or a part of it")
    case = str(ledger.next_number("case", FIRST_CASE))
    on = day(now.isoformat())
    _add(ledger, paid, "CHARGEBACK", on, retref=paid.retref, amount_minor=amount, code=code, case=case)
    return {"retref": paid.retref, "casenumber": case}


def win_back(ledger: Ledger, paid: Transaction, now: datetime) -> dict[str, str]:
    """Let the merchant win the last dispute of a payment: an adjustment gives the money back.

    Raises:
        CannotHappenError: There is no dispute.
    """
    disputes = [line for line in _lines(ledger, paid.merchant_id) if line.kind == "CHARGEBACK" and line.retref == paid.retref]
    if not disputes:
        raise CannotHappenError("there is no dispute")
    last = disputes[-1]
    on = day(now.isoformat())
    _add(ledger, paid, "ADJUSTMENT", on, retref=paid.retref, amount_minor=last.amount_minor, code="CHARGEBACK REVERSAL", case=last.case)
    return {"retref": paid.retref, "casenumber": last.case}


def _add(ledger: Ledger, paid: Transaction, kind: str, on: str, *, retref: str, amount_minor: int, code: str, case: str = "") -> Line:
    number = str(ledger.next_number("funding_line", FIRST_FUNDING_LINE))
    line = Line(number, paid.merchant_id, on, kind, retref, paid.retref, amount_minor, code, case=case)
    _put(ledger, line)
    return line


def _put(ledger: Ledger, line: Line) -> None:
    ledger.put("funding_line", line.line_id, asdict(line), owner=line.merchant_id)


def _lines(ledger: Ledger, merchant_id: str) -> list[Line]:
    return [Line(**found) for found in ledger.all("funding_line", owner=merchant_id)]


def _is_out(on: str, call: Call) -> bool:
    """Tell whether a day's figures are there yet: at once, or from the next day's afternoon on when that option is set."""
    if not call.options.get("funding_next_day"):
        return True
    ready = datetime.strptime(on, "%Y%m%d").replace(tzinfo=GATEWAY_ZONE) + timedelta(days=1)
    return call.now >= datetime.combine(ready.date(), NEXT_DAY_AT, GATEWAY_ZONE)


def _deposit(call: Call, sold: list[Transaction], lines: list[Line], on: str, *, in_numbers: bool) -> dict[str, Any]:
    ledger, mid = call.ledger, call.mid
    date = f"{on[:4]}-{on[4:6]}-{on[6:]}"
    funding_id = str(FIRST_FUNDING + int(on) % 1_000_000)
    shared = {"fundingid": funding_id, "date": date, "currency": mid.currency, "cardproc": mid.platform, "plancode": ""}

    def amount(minor: int) -> str | float:
        return minor / 100 if in_numbers else shown(minor)

    told_back = [line for line in lines if line.kind != "NOC" or call.options.get("noc_in_funding", True)]
    txns = [{**shared, **_sale(one), "amount": amount(_signed(one))} for one in sold]
    for line in told_back:
        parent = ledger.transaction(line.parent)
        if line.kind in {"RETURN", "REJECT", "NOC"} and parent is not None:
            txns.append({**shared, **_back(line, parent), "amount": amount(line.amount_minor)})
    net = sum(_signed(one) for one in sold) + sum(line.amount_minor for line in lines if line.kind == "RETURN")
    fees = ("fee", "interchangefee", "servicecharge", "adjustment", "otheradjustment", "reversal", "thirdparty")
    deposit = {
        "fundingid": funding_id,
        "fundingmasterid": f"5{funding_id}",
        "netsales": amount(net),
        **dict.fromkeys(fees, amount(0)),
        "totalfunding": amount(net),
        "fundingdate": date,
        "currency": mid.currency,
        "ddanumber": "XXXX1234",
        "abanumber": "031000503",
        "datechanged": f"{date} 14:02:11",
    }
    return {
        "fundingmasterid": f"5{funding_id}",
        "merchid": mid.merchant_id,
        "fundingdate": date,
        "datechanged": f"{date} 14:02:11",
        "fundings": [deposit],
        "txns": txns,
        "adjustments": [
            {"amount": amount(line.amount_minor), "type": line.code, "casenumber": line.case} for line in lines if line.kind == "ADJUSTMENT"
        ],
        "chargebacks": [
            {
                "casenumber": line.case,
                "retref": line.retref,
                "amount": amount(line.amount_minor),
                "reasoncode": line.code,
                "reasondescription": "Cardholder dispute",
            }
            for line in lines
            if line.kind == "CHARGEBACK"
        ],
    }


def _signed(one: Transaction) -> int:
    return -one.amount_minor if one.kind == "refund" else one.amount_minor


def _sale(one: Transaction) -> dict[str, str]:
    return {
        "fundingtxnid": f"78{one.retref[-9:]}",
        "retref": one.retref,
        "parentretref": one.parent,
        "type": "REFUND" if one.kind == "refund" else "SALE",
        "status": "Processed",
        "authcode": one.authcode,
        "authdate": day(one.authorized_at),
        "respcode": one.respcode,
        "batchid": one.batch_id,
        "cardnumber": _masked(one),
        "cardtype": one.brand,
        "cardbrand": one.brand,
        "achreturncode": "",
        "invoicenumber": one.order_id,
    }


def _back(line: Line, parent: Transaction) -> dict[str, str]:
    rejected = line.kind == "REJECT"
    return {
        "fundingtxnid": line.line_id,
        "retref": line.retref,
        "parentretref": "" if rejected else parent.retref,
        "type": "SALE" if rejected else "RETURN",
        "status": "Rejected" if rejected else "Processed",
        "cardnumber": _masked(parent),
        "cardtype": parent.brand,
        "achreturncode": line.code,
    }


def _masked(one: Transaction) -> str:
    return f"XXXXXX{one.last4}"
