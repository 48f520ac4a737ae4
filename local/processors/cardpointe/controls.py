"""The control calls of the simulator: faults, options, settlement, returns, tokens, merchants; never part of the protocol."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import UnionType
from typing import Any

from duebook.domain.identifiers import order_id_of
from local.processors.authorize_net.faults import Fault, FaultyFaultError
from local.processors.cardpointe import codes, funding, settlement, tokens
from local.processors.cardpointe.ledger import DECLINED, QUEUED, UNDER_REVIEW, Mid, Transaction
from local.processors.cardpointe.simulator import CardPointeSimulator

OPTIONS: Mapping[str, tuple[object, ...] | type | UnionType] = {
    "amount_triggers": bool,
    "auto_settle": bool,
    "avs_filter": list,
    "cvv_filter": list,
    "funding_next_day": bool,
    "funding_numbers": bool,
    "inquire_list": ("always", "several"),
    "late_void": ("26", "27", "39"),
    "noc_in_funding": bool,
    "noise": bool,
    "rate_limit_per_minute": int | None,
    "refund_unsettled": bool,
    "reject_expired": bool,
    "repeat_void": ("refused", "accepted"),
    "timeout_seconds": float | int,
}
"""Switches and what they take: a type, or some words. Of two readings the first word is the default, but for lists: several."""
ACH_CURRENCY = "USD"
Body = Mapping[str, Any]


class ControlRefusedError(Exception):
    """A control call that cannot be carried out, with its status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def answer(simulator: CardPointeSimulator, method: str, name: str, query: Mapping[str, str], body: Body) -> object:
    """Carry out one control call and return its JSON.

    Raises:
        ControlRefusedError: No such call, or a body it cannot use.
    """
    call = _CALLS.get((method, name.strip("/")))
    if call is None:
        raise ControlRefusedError(404, f"there is no {method} {name} here")
    with simulator.ledger.lock:
        return call(simulator, query, body)


def calls(simulator: CardPointeSimulator, query: Mapping[str, str], _body: Body) -> object:
    """``GET /calls?tenant_id=``: what the processor saw, oldest first."""
    return {"items": simulator.ledger.calls(query.get("tenant_id"))}


def ledger(simulator: CardPointeSimulator, query: Mapping[str, str], _body: Body) -> object:
    """``GET /ledger?tenant_id=``: charges and refunds as booked here."""
    owners = {mid.merchant_id: mid.tenant_id for mid in simulator.ledger.mids()}
    wanted = query.get("tenant_id")
    found = [{**asdict(one), "tenant_id": owners.get(one.merchant_id)} for one in simulator.ledger.transactions()]
    return {"items": [one for one in found if wanted in (None, one["tenant_id"])]}


def put_faults(simulator: CardPointeSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``PUT /faults {faults}``: replaces the list."""
    listed = body.get("faults")
    if not isinstance(listed, list) or not all(isinstance(fault, dict) for fault in listed):
        raise ControlRefusedError(422, "faults is a list of objects")
    try:
        simulator.faults.replace([Fault.read(fault) for fault in listed])
    except FaultyFaultError as error:
        raise ControlRefusedError(422, str(error)) from error
    return {"faults": listed}


def put_options(simulator: CardPointeSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``PUT /options``: changes those given."""
    unknown = set(body) - set(OPTIONS)
    if unknown:
        raise ControlRefusedError(422, f"unknown options: {', '.join(sorted(unknown))}")
    for name, value in body.items():
        wanted = OPTIONS[name]
        fits = value in wanted if isinstance(wanted, tuple) else isinstance(value, wanted)
        if not fits:
            raise ControlRefusedError(422, f"{name} is {' or '.join(map(str, wanted)) if isinstance(wanted, tuple) else wanted}")
    options = {**simulator.ledger.options(), **body}
    simulator.ledger.put("option", "all", options)
    return options


def settle(simulator: CardPointeSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /settle {tenant_id?}``: closes the open batches."""
    settled = 0
    for mid in simulator.ledger.mids():
        if body.get("tenant_id") in (None, mid.tenant_id):
            settled += settlement.settle(simulator.ledger, mid, simulator.now())
    return {"settled": settled}


def post_return(simulator: CardPointeSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /return {payment_id, code, corrected?}``: R-codes send a bank payment back, C-codes notify of a change.

    What was corrected reaches a merchant by mail only, never by this API: ``GET /notices`` shows such mails.
    """
    code = str(body.get("code", "")).upper()
    if len(code) != 3 or code[0] not in "RC" or not code[1:].isdigit():
        raise ControlRefusedError(422, "code is R01 to R83 or C01 to C14")
    corrected = body.get("corrected") or {}
    if not isinstance(corrected, dict):
        raise ControlRefusedError(422, "corrected is {routing?, account?}")
    paid = _paid(simulator, body)
    try:
        told = funding.return_payment(simulator.ledger, paid, code, simulator.now())
    except funding.CannotHappenError as error:
        raise ControlRefusedError(422, str(error)) from error
    if code[0] == "C":
        masked = {str(name): f"XXXX{str(value)[-4:]}" for name, value in corrected.items()}
        notice = {"retref": paid.retref, "code": code, "at": simulator.now().isoformat(), "corrected": masked}
        simulator.ledger.put("notice", told["retref"], notice)
    return told


def notices(simulator: CardPointeSimulator, _query: Mapping[str, str], _body: Body) -> object:
    """``GET /notices``: notices of change, as the merchant would read them in a mail; the numbers are masked."""
    return {"items": simulator.ledger.all("notice")}


def post_chargeback(simulator: CardPointeSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /chargeback {payment_id, reason_code, amount?}``; with ``reversed`` the merchant wins the last one."""
    paid, amount = _paid(simulator, body), body.get("amount")
    if amount is not None and (not isinstance(amount, int) or isinstance(amount, bool)):
        raise ControlRefusedError(422, "amount is a whole number of the minor unit")
    try:
        if body.get("reversed") is True:
            return funding.win_back(simulator.ledger, paid, simulator.now())
        return funding.charge_back(simulator.ledger, paid, str(body.get("reason_code") or "10.4"), amount, simulator.now())
    except funding.CannotHappenError as error:
        raise ControlRefusedError(422, str(error)) from error


def post_review(simulator: CardPointeSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /review {payment_id, action: "approve" | "decline"}``: a person decides on what is held."""
    paid, action = _paid(simulator, body), body.get("action")
    if paid.setlstat != UNDER_REVIEW or action not in {"approve", "decline"}:
        raise ControlRefusedError(422, "action is approve or decline, of a charge that is held")
    if action == "approve":
        settlement.accept(paid)
        paid.setlstat = QUEUED
    else:
        paid.respstat, paid.respproc, paid.respcode, paid.resptext = "C", "PPS", "19", codes.PPS["19"]
        paid.setlstat, paid.amount_minor = DECLINED, 0
    simulator.ledger.put_transaction(paid)
    return {"retref": paid.retref, "setlstat": paid.setlstat}


def post_token(simulator: CardPointeSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /tokens {card | bank_account}``: a token as the hosted tokenizer makes it."""
    card, bank = body.get("card"), body.get("bank_account")
    try:
        if isinstance(card, dict) and card.get("number"):
            read = {name: str(card.get(name) or "") for name in ("number", "expiry", "cvv", "postal_code")}
            expiry, cvv, postal = read["expiry"] or "1299", read["cvv"], read["postal_code"]
            return {"token": tokens.tokenize(simulator.ledger, read["number"], simulator.now(), expiry=expiry, cvv=cvv, postal=postal)}
        if isinstance(bank, dict) and bank.get("account"):
            written = f"{bank.get('routing', '')}/{bank['account']}"
            return {"token": tokens.tokenize(simulator.ledger, written, simulator.now())}
    except tokens.CannotTokenizeError as error:
        raise ControlRefusedError(422, str(error)) from error
    raise ControlRefusedError(422, "send card {number, expiry, cvv, postal_code} or bank_account {routing, account, kind, name}")


def post_merchant(simulator: CardPointeSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /merchants {tenant_id, currency, name?, merchant_id?, …}``: registers a login, making what is not given.

    A login in USD gets a second merchant id for bank accounts, one in another currency none.
    """
    given = {name: str(body[name]) for name in ("merchant_id", "username", "password", "ach_merchant_id", "name") if body.get(name)}
    platform, ach_platform = str(body.get("platform") or "FNOR"), str(body.get("ach_platform") or "BPAY")
    if platform not in codes.CARD_PLATFORMS or ach_platform not in codes.ACH_PLATFORMS:
        raise ControlRefusedError(422, "platform is FNOR or RPCT, ach_platform BPAY or PSTR")
    currency = str(body.get("currency") or ACH_CURRENCY)
    merchant_id = given.get("merchant_id") or _new_merchant_id()
    known = simulator.ledger.mid(merchant_id)
    username = given.get("username") or f"sim{secrets.token_hex(5)}"
    password = given.get("password") or secrets.token_hex(10)
    tenant_id = body.get("tenant_id") or (known.tenant_id if known else None)
    name = given.get("name", "Merchant")
    simulator.ledger.put_mid(Mid(merchant_id, username, password, currency, False, platform, tenant_id, name))
    credentials = {"merchant_id": merchant_id, "username": username, "password": password}
    ach_merchant_id = given.get("ach_merchant_id") or (
        _new_merchant_id() if currency == ACH_CURRENCY and "merchant_id" not in given else ""
    )
    if ach_merchant_id:
        simulator.ledger.put_mid(Mid(ach_merchant_id, username, password, ACH_CURRENCY, True, ach_platform, tenant_id, name))
        credentials["ach_merchant_id"] = ach_merchant_id
    return {"tenant_id": tenant_id, "currency": currency, "credentials": credentials}


def reset(simulator: CardPointeSimulator, _query: Mapping[str, str], _body: Body) -> object:
    """``POST /reset``: forgets everything but the merchants."""
    simulator.faults.replace([])
    simulator.ledger.reset()
    return {}


def _new_merchant_id() -> str:
    return f"8{secrets.randbelow(10**11):011d}"


def _paid(simulator: CardPointeSimulator, body: Body) -> Transaction:
    """Return the transaction behind one of our payments."""
    payment_id = body.get("payment_id")
    if not isinstance(payment_id, str) or not payment_id:
        raise ControlRefusedError(422, "payment_id names the payment")
    found = [one for one in simulator.ledger.ordered(order_id_of(payment_id)) if one.kind == "auth" and one.stands]
    if not found:
        raise ControlRefusedError(404, f"there is no approved charge of {payment_id}")
    return found[-1]


_CALLS: Mapping[tuple[str, str], Callable[[CardPointeSimulator, Mapping[str, str], Body], object]] = {
    ("GET", "calls"): calls,
    ("GET", "ledger"): ledger,
    ("PUT", "faults"): put_faults,
    ("PUT", "options"): put_options,
    ("GET", "notices"): notices,
    ("POST", "settle"): settle,
    ("POST", "return"): post_return,
    ("POST", "chargeback"): post_chargeback,
    ("POST", "review"): post_review,
    ("POST", "tokens"): post_token,
    ("POST", "merchants"): post_merchant,
    ("POST", "reset"): reset,
}
