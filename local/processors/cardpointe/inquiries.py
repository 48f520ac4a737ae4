"""Questions that change nothing: inquire, by order id too, the merchant, a card's issuer."""

from __future__ import annotations

from typing import Any

from local.processors.cardpointe.changes import owned, refundable, voidable
from local.processors.cardpointe.ledger import Transaction
from local.processors.cardpointe.messages import Answered, Call, moment, refused, result_of, shown


def inquire(call: Call) -> Answered:
    """Answer ``GET inquire/{retref}/{merchid}``."""
    if call.forced is not None:
        return refused((call.forced[1] or "29").rpartition(":")[2])
    retref = (*call.parts, "")[0]
    found = owned(call, retref)
    if found is None:
        return refused("29", retref=retref)
    return Answered(_described(call, found), order_id=found.order_id, amount_minor=found.amount_minor)


def inquire_by_order_id(call: Call) -> Answered:
    """Answer ``GET inquireByOrderid/{orderid}/{merchid}/{set}``: one object, or a list where several carry the order id.

    Set ``1`` asks this merchant id only, anything else all of the login.
    """
    order_id, _, asked_set = (*call.parts, "", "", "")[:3]
    if call.forced is not None:
        return _told(refused((call.forced[1] or "29").rpartition(":")[2]), order_id)
    mids = {call.mid.merchant_id} if asked_set == "1" else {mid.merchant_id for mid in call.ledger.mids(call.mid.username)}
    found = [_described(call, one) for one in call.ledger.ordered(order_id) if one.merchant_id in mids]
    if not found:
        return _told(refused("29"), order_id)
    as_list = len(found) > 1 or call.options.get("inquire_list") == "always"
    return _told(Answered(found if as_list else found[0]), order_id)


def inquire_merchant(call: Call) -> Answered:
    """Answer ``GET inquireMerchant/{merchid}``."""
    mid = call.mid
    told = {
        "merchid": mid.merchant_id,
        "enabled": "Y",
        "cardproc": mid.platform,
        "echeck": "Y" if mid.ach else "N",
        "avs": "Y",
        "cvv": "Y",
        "acctupdater": "N",
        "fee_type": "",
        "site": "simulator",
    }
    return Answered(told)


def bin_of(call: Call) -> Answered:
    """Answer ``GET bin/{merchid}/{token}``."""
    account = call.ledger.account((*call.parts, "", "")[1])
    if account is None or account.ach:
        return refused("98")
    told = {
        "product": account.brand[:1],
        "country": "USA" if call.mid.currency == "USD" else "CAN",
        "cardusestring": "True credit (No PIN/Signature capability)",
        "gsa": "false",
        "corporate": "false",
        "fsa": "false",
        "subtype": "",
        "purchase": "false",
        "prepaid": "false",
        "issuer": "Bank of Simulation",
        "binlo": f"{account.token[1:3]}0000XXXXXXXXXX",
        "binhi": f"{account.token[1:3]}9999XXXXXXXXXX",
    }
    return Answered(told)


def _described(call: Call, found: Transaction) -> dict[str, Any]:
    told: dict[str, Any] = {
        **result_of(found),
        "retref": found.retref,
        "merchid": found.merchant_id,
        "orderId": found.order_id,
        "account": found.token,
        "token": found.token,
        "lastfour": found.last4,
        "amount": shown(found.amount_minor),
        "currency": found.currency,
        "authdate": moment(found.authorized_at),
        "capturedate": moment(found.captured_at),
        "settledate": moment(found.settled_at),
        "setlstat": found.setlstat,
        "batchid": found.batch_id,
        "voidable": "Y" if voidable(found, call.now) else "N",
        "refundable": "Y" if refundable(found) else "N",
    }
    optional = {
        "expiry": found.expiry,
        "authcode": found.authcode,
        "avsresp": found.avs,
        "cvvresp": found.cvv,
        "entrymode": found.entry_mode,
        "profileid": found.profile_id,
        "acctid": found.account_id,
        "name": found.name,
        "accttype": "ECHK" if found.ach else "",
    }
    told |= {name: value for name, value in optional.items() if value}
    if found.userfields:
        told["userfields"] = found.userfields
    return told


def _told(answered: Answered, order_id: str) -> Answered:
    answered.order_id = order_id
    return answered
