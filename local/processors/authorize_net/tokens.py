"""Nonces: minted from a card or a bank account, valid for fifteen minutes, for one use, at one merchant."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from local.processors.authorize_net.answers import Refused
from local.processors.authorize_net.banks import BankAccount
from local.processors.authorize_net.call import Call
from local.processors.authorize_net.cards import Card
from local.processors.authorize_net.ledger import Ledger, Merchant, Token

DESCRIPTOR = "COMMON.ACCEPT.INAPP.PAYMENT"
LIFE = timedelta(minutes=15)


def mint(call: Call) -> dict[str, Any]:
    """Answer ``securePaymentContainerRequest``, the call behind the hosted field."""
    container = call.body.get("data")
    given = container if isinstance(container, dict) else {}
    card, account = given.get("token"), given.get("bankToken")
    if isinstance(card, dict) and isinstance(account, dict):
        raise Refused("E00013", "Both a card and a bank account are given.")
    method = _bank(account) if isinstance(account, dict) else _card(card)
    return {"opaqueData": {"dataDescriptor": DESCRIPTOR, "dataValue": keep(call.ledger, method, call.merchant.api_login_id, call.now)}}


def keep(ledger: Ledger, method: Card | BankAccount, login: str | None, now: datetime) -> str:
    """Make a nonce for a card or a bank account and return it."""
    value = base64.urlsafe_b64encode(secrets.token_bytes(48)).decode()
    card = asdict(method) if isinstance(method, Card) else {}
    bank = asdict(method) if isinstance(method, BankAccount) else {}
    ledger.put_token(Token(value, login, now.isoformat(), card, bank=bank))
    return value


def spend(ledger: Ledger, merchant: Merchant, opaque: Mapping[str, Any], now: datetime) -> Card | BankAccount:
    """Use a nonce up and return the card or bank account behind it.

    Raises:
        Refused: E00114 used or wrong, E00115 too old, E00116 of another merchant.
    """
    token = ledger.token(str(opaque.get("dataValue", "")))
    if token is None or token.used or opaque.get("dataDescriptor") != DESCRIPTOR:
        raise Refused("E00114", "Invalid OTS Token.")
    if token.login not in (None, merchant.api_login_id):
        raise Refused("E00116", "OTS Token Access violation.")
    if now - datetime.fromisoformat(token.made_at) > LIFE:
        raise Refused("E00115", "Expired OTS Token.")
    method = BankAccount(**token.bank) if token.bank else Card(**token.card)
    # What is used up needs no security code any more.
    ledger.put_token(Token(token.value, token.login, token.made_at, {**token.card, "cvv": ""} if token.card else {}, True, token.bank))
    return method


def _card(card: object) -> Card:
    if not isinstance(card, dict) or not card.get("cardNumber") or not card.get("expirationDate"):
        raise Refused("E00014", "A required field is missing.")
    return Card.read(str(card["cardNumber"]), str(card["expirationDate"]), str(card.get("cardCode", "")), str(card.get("zip", "")))


def _bank(account: Mapping[str, Any]) -> BankAccount:
    names = ("routingNumber", "accountNumber", "accountType", "nameOnAccount")
    if not all(account.get(name) for name in names):
        raise Refused("E00014", "A required field is missing.")
    return BankAccount.read(*(str(account[name]) for name in names))
