"""The control calls of the simulator: faults, options, settlement, tokens, merchants; never part of the protocol."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from local.processors.authorize_net import tokens, transactions
from local.processors.authorize_net.cards import Card
from local.processors.authorize_net.faults import Fault, FaultyFaultError
from local.processors.authorize_net.ledger import FIRST_BATCH_ID, Merchant
from local.processors.authorize_net.simulator import AuthorizeNetSimulator

OPTIONS = frozenset({"amount_triggers", "declined_result_code", "avs_filter", "cvv_filter"})
Body = Mapping[str, Any]


class ControlRefusedError(Exception):
    """A control call that cannot be carried out, with its status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def answer(simulator: AuthorizeNetSimulator, method: str, name: str, query: Mapping[str, str], body: Body) -> object:
    """Carry out one control call and return its JSON.

    Raises:
        ControlRefusedError: No such call, or a body it cannot use.
    """
    call = _CALLS.get((method, name))
    if call is None:
        raise ControlRefusedError(404, f"there is no {method} {name} here")
    return call(simulator, query, body)


def calls(simulator: AuthorizeNetSimulator, query: Mapping[str, str], _body: Body) -> object:
    """``GET /calls?tenant_id=``: what the processor saw, oldest first."""
    return {"items": simulator.ledger.calls(query.get("tenant_id"))}


def ledger(simulator: AuthorizeNetSimulator, query: Mapping[str, str], _body: Body) -> object:
    """``GET /ledger?tenant_id=``: charges and refunds as booked here."""
    owners = {merchant.api_login_id: merchant.tenant_id for merchant in simulator.ledger.merchants()}
    wanted = query.get("tenant_id")
    return {
        "items": [
            {**asdict(entry), "tenant_id": owners.get(entry.login)}
            for entry in simulator.ledger.entries()
            if wanted in (None, owners.get(entry.login))
        ]
    }


def put_faults(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``PUT /faults {faults}``: replaces the list."""
    listed = body.get("faults")
    if not isinstance(listed, list) or not all(isinstance(fault, dict) for fault in listed):
        raise ControlRefusedError(422, "faults is a list of objects")
    try:
        simulator.faults.replace([Fault.read(fault) for fault in listed])
    except FaultyFaultError as error:
        raise ControlRefusedError(422, str(error)) from error
    return {"faults": listed}


def put_options(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``PUT /options``: changes those given."""
    unknown = set(body) - OPTIONS
    if unknown:
        raise ControlRefusedError(422, f"unknown options: {', '.join(sorted(unknown))}")
    options = {**(simulator.ledger.recall("option", "all") or {}), **body}
    simulator.ledger.remember("option", "all", options)
    return options


def settle(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /settle {tenant_id?}``: closes the open batches."""
    settled = 0
    with simulator.ledger.lock:
        for merchant in simulator.ledger.merchants():
            if body.get("tenant_id") in (None, merchant.tenant_id):
                batch_id = str(simulator.ledger.next_number("batch_id", FIRST_BATCH_ID))
                settled += transactions.settle(simulator.ledger, merchant, batch_id, simulator.now())
    return {"settled": settled}


def post_token(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /tokens {card}``: a nonce that any merchant may use."""
    card = body.get("card")
    if not isinstance(card, dict) or not card.get("number"):
        raise ControlRefusedError(422, "card is {number, expiry, cvv, postal_code}")
    read = Card.read(
        str(card["number"]),
        str(card.get("expiry") or "2099-12"),
        str(card.get("cvv") or ""),
        str(card.get("postal_code") or ""),
    )
    return {"token": tokens.keep(simulator.ledger, read, None, simulator.now())}


def post_merchant(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /merchants {tenant_id, currency, name?, …}``: registers a merchant account, making what is not given."""
    known = simulator.ledger.merchant(str(body.get("api_login_id", "")))
    merchant = Merchant(
        api_login_id=str(body.get("api_login_id") or f"sim{secrets.token_hex(6)}"),
        transaction_key=str(body.get("transaction_key") or secrets.token_hex(8)),
        public_client_key=str(body.get("public_client_key") or secrets.token_hex(32)),
        currency=str(body.get("currency") or "USD"),
        tenant_id=body.get("tenant_id") or (known.tenant_id if known else None),
        name=str(body.get("name") or "Merchant"),
        test_mode=bool(body.get("test_mode")),
    )
    if len(merchant.api_login_id) > 25 or len(merchant.transaction_key) > 16:
        raise ControlRefusedError(422, "api_login_id has at most 25 characters, transaction_key at most 16")
    simulator.ledger.put_merchant(merchant)
    signature_key = str(body.get("signature_key") or secrets.token_hex(64).upper())
    return {
        "tenant_id": merchant.tenant_id,
        "currency": merchant.currency,
        "credentials": {
            "api_login_id": merchant.api_login_id,
            "transaction_key": merchant.transaction_key,
            "public_client_key": merchant.public_client_key,
            "signature_key": signature_key,
        },
    }


def reset(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], _body: Body) -> object:
    """``POST /reset``: forgets everything but the merchants."""
    simulator.faults.replace([])
    simulator.ledger.reset()
    return {}


_CALLS: Mapping[tuple[str, str], Callable[[AuthorizeNetSimulator, Mapping[str, str], Body], object]] = {
    ("GET", "calls"): calls,
    ("GET", "ledger"): ledger,
    ("PUT", "faults"): put_faults,
    ("PUT", "options"): put_options,
    ("POST", "settle"): settle,
    ("POST", "tokens"): post_token,
    ("POST", "merchants"): post_merchant,
    ("POST", "reset"): reset,
}
