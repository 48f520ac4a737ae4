"""The control calls of the simulator: faults, options, settlement, returns, tokens, merchants; never part of the protocol."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, replace
from typing import Any

from local.processors.authorize_net import returns, tokens
from local.processors.authorize_net.banks import BankAccount
from local.processors.authorize_net.batches import ERRORS
from local.processors.authorize_net.call import QUIRKS
from local.processors.authorize_net.cards import Card
from local.processors.authorize_net.faults import Fault, FaultyFaultError
from local.processors.authorize_net.ledger import Merchant
from local.processors.authorize_net.simulator import AuthorizeNetSimulator
from local.processors.authorize_net.webhooks import MODES, PAYMENT_EVENTS, Webhook

OPTIONS: Mapping[str, type] = {
    "amount_triggers": bool,
    "auto_settle": bool,
    "avs_filter": object,
    "cvv_filter": object,
    "declined_result_code": str,
    "partial_response_code": str,
    "profile_delay_seconds": int,
    "quirks": list,
    "refund_days": int,
    "webhooks": object,
}
"""Switches and what they take."""
ACCOUNT_KINDS = {
    "checking": "checking",
    "savings": "savings",
    "business_checking": "businessChecking",
    "businessChecking": "businessChecking",
}
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
    call = _CALLS.get((method, name.strip("/")))
    if call is None:
        raise ControlRefusedError(404, f"there is no {method} {name} here")
    simulator.keep_time()
    try:
        return call(simulator, query, body)
    except returns.NoSuchChargeError as error:
        raise ControlRefusedError(404, str(error)) from error
    except returns.NotPossibleError as error:
        raise ControlRefusedError(422, str(error)) from error


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
    unknown = set(body) - set(OPTIONS)
    if unknown:
        raise ControlRefusedError(422, f"unknown options: {', '.join(sorted(unknown))}")
    wrong = [name for name, value in body.items() if not isinstance(value, OPTIONS[name])]
    if wrong:
        raise ControlRefusedError(422, f"options of the wrong type: {', '.join(sorted(wrong))}")
    if not _all_of(body.get("quirks", []), QUIRKS):
        raise ControlRefusedError(422, f"quirks are some of {', '.join(sorted(QUIRKS))}")
    modes = body.get("webhooks", "on")
    if not _all_of([modes] if isinstance(modes, str) else modes, MODES):
        raise ControlRefusedError(422, f"webhooks is one or some of {', '.join(sorted(MODES))}")
    options = {**(simulator.ledger.recall("option", "all") or {}), **body}
    simulator.ledger.remember("option", "all", options)
    simulator.webhooks.resume()
    return options


def settle(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /settle {tenant_id?, errors?: {payment_id: status}}``: closes the open batches."""
    errors = body.get("errors") or {}
    if not isinstance(errors, dict) or not _all_of(list(errors.values()), ERRORS):
        raise ControlRefusedError(422, f"errors maps payment ids to one of {', '.join(sorted(ERRORS))}")
    return {"settled": simulator.settle(body.get("tenant_id"), errors)}


def post_return(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /return {payment_id, code, corrected?}``: a bank sends an eCheck back, or tells what changed."""
    corrected = body.get("corrected") or {}
    if not isinstance(corrected, dict):
        raise ControlRefusedError(422, "corrected is {routing?, account?}")
    return simulator.return_payment(_text(body, "payment_id"), _text(body, "code"), corrected)


def post_chargeback(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /chargeback {payment_id, reason_code, amount?, reversed?}``: a card's bank takes a charge back, or returns it."""
    amount = body.get("amount")
    if amount is not None and (not isinstance(amount, int) or isinstance(amount, bool)):
        raise ControlRefusedError(422, "amount is a whole number of cents")
    return simulator.charge_back(_text(body, "payment_id"), _text(body, "reason_code"), amount, reversed_=body.get("reversed") is True)


def post_review(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /review {payment_id, action: "approve"|"decline"}``: a person decides about a held charge."""
    if body.get("action") not in {"approve", "decline"}:
        raise ControlRefusedError(422, "action is approve or decline")
    return simulator.review(_text(body, "payment_id"), approve=body["action"] == "approve")


def notices(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], _body: Body) -> object:
    """``GET /notices``: notices of change, as the merchant would read them in a mail; the numbers are masked."""
    return {"items": simulator.ledger.items("notice")}


def notifications(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], _body: Body) -> object:
    """``GET /notifications``: webhooks that were or will be sent."""
    return {"items": [asdict(one) for one in simulator.webhooks.notifications()]}


def deliver_webhooks(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], _body: Body) -> object:
    """``POST /webhooks/deliver``: sends all that wait, now."""
    return {"delivered": simulator.webhooks.deliver()}


def post_token(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /tokens {card}`` or ``{bank_account}``: a nonce that any merchant may use."""
    card, account = body.get("card"), body.get("bank_account")
    if isinstance(account, dict) and account.get("routing") and account.get("account"):
        kind = ACCOUNT_KINDS.get(str(account.get("kind") or "checking"))
        if kind is None:
            raise ControlRefusedError(422, f"kind is one of {', '.join(sorted(ACCOUNT_KINDS))}")
        name = str(account.get("name") or "Test Account")[:22]
        kept = BankAccount.read(str(account["routing"]), str(account["account"]), kind, name)
        return {"token": tokens.keep(simulator.ledger, kept, None, simulator.now())}
    if not isinstance(card, dict) or not card.get("number"):
        raise ControlRefusedError(422, "card is {number, expiry, cvv, postal_code}; bank_account is {routing, account, kind, name}")
    read = Card.read(
        str(card["number"]),
        str(card.get("expiry") or "2099-12"),
        str(card.get("cvv") or ""),
        str(card.get("postal_code") or ""),
    )
    return {"token": tokens.keep(simulator.ledger, read, None, simulator.now())}


def post_merchant(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], body: Body) -> object:
    """``POST /merchants {tenant_id, currency, webhook_url?, …}``: registers a merchant account, making what is not given."""
    known = simulator.ledger.merchant(str(body.get("api_login_id", "")))
    merchant = Merchant(
        api_login_id=str(body.get("api_login_id") or f"sim{secrets.token_hex(6)}"),
        transaction_key=str(body.get("transaction_key") or secrets.token_hex(8)),
        public_client_key=str(body.get("public_client_key") or secrets.token_hex(32)),
        currency=str(body.get("currency") or "USD"),
        tenant_id=body.get("tenant_id") or (known.tenant_id if known else None),
        name=str(body.get("name") or "Merchant"),
        test_mode=bool(body.get("test_mode")),
        echeck=bool(body.get("echeck", True)),
        signature_key=str(body.get("signature_key") or (known.signature_key if known else "") or secrets.token_hex(64).upper()),
    )
    if len(merchant.api_login_id) > 25 or len(merchant.transaction_key) > 16:
        raise ControlRefusedError(422, "api_login_id has at most 25 characters, transaction_key at most 16")
    simulator.ledger.put_merchant(merchant)
    if body.get("webhook_url"):
        _set_webhook(simulator, merchant, str(body["webhook_url"]))
    return {
        "tenant_id": merchant.tenant_id,
        "currency": merchant.currency,
        "credentials": {
            "api_login_id": merchant.api_login_id,
            "transaction_key": merchant.transaction_key,
            "public_client_key": merchant.public_client_key,
            "signature_key": merchant.signature_key,
        },
    }


def reset(simulator: AuthorizeNetSimulator, _query: Mapping[str, str], _body: Body) -> object:
    """``POST /reset``: forgets everything but the merchants and their webhooks."""
    simulator.faults.replace([])
    simulator.ledger.reset()
    for merchant in simulator.ledger.merchants():
        for webhook in simulator.webhooks.of(merchant.api_login_id):
            simulator.webhooks.register(replace(webhook, active=True))
    return {}


def _set_webhook(simulator: AuthorizeNetSimulator, merchant: Merchant, url: str) -> None:
    """Have all payment events posted to an address; registering again changes it."""
    login = merchant.api_login_id
    there = next((one for one in simulator.webhooks.of(login) if one.name == "registered"), None)
    identity = there.id if there else str(uuid.uuid4())
    simulator.webhooks.register(Webhook(identity, login, "registered", url, list(PAYMENT_EVENTS)))


def _all_of(given: object, known: Collection[str]) -> bool:
    return isinstance(given, list) and all(isinstance(one, str) and one in known for one in given)


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ControlRefusedError(422, f"{name} is a text")
    return value


_CALLS: Mapping[tuple[str, str], Callable[[AuthorizeNetSimulator, Mapping[str, str], Body], object]] = {
    ("GET", "calls"): calls,
    ("GET", "ledger"): ledger,
    ("PUT", "faults"): put_faults,
    ("PUT", "options"): put_options,
    ("GET", "notices"): notices,
    ("GET", "notifications"): notifications,
    ("POST", "settle"): settle,
    ("POST", "return"): post_return,
    ("POST", "chargeback"): post_chargeback,
    ("POST", "review"): post_review,
    ("POST", "webhooks/deliver"): deliver_webhooks,
    ("POST", "tokens"): post_token,
    ("POST", "merchants"): post_merchant,
    ("POST", "reset"): reset,
}
