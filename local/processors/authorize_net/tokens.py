"""Nonces: minted from card details, valid for fifteen minutes, for one use, at one merchant."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from local.processors.authorize_net.answers import Refused
from local.processors.authorize_net.cards import Card
from local.processors.authorize_net.ledger import Ledger, Merchant, Token

DESCRIPTOR = "COMMON.ACCEPT.INAPP.PAYMENT"
LIFE = timedelta(minutes=15)


def mint(ledger: Ledger, merchant: Merchant, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Answer ``securePaymentContainerRequest``, the call behind the hosted field."""
    container = body.get("data")
    card = container.get("token") if isinstance(container, dict) else None
    if not isinstance(card, dict) or not card.get("cardNumber") or not card.get("expirationDate"):
        raise Refused("E00014", "A required field is missing.")
    read = Card.read(str(card["cardNumber"]), str(card["expirationDate"]), str(card.get("cardCode", "")), str(card.get("zip", "")))
    value = keep(ledger, read, merchant.api_login_id, now)
    return {"opaqueData": {"dataDescriptor": DESCRIPTOR, "dataValue": value}}


def keep(ledger: Ledger, card: Card, login: str | None, now: datetime) -> str:
    """Make a nonce for a card and return it."""
    value = base64.urlsafe_b64encode(secrets.token_bytes(48)).decode()
    ledger.put_token(Token(value, login, now.isoformat(), asdict(card)))
    return value


def spend(ledger: Ledger, merchant: Merchant, opaque: Mapping[str, Any], now: datetime) -> Card:
    """Use a nonce up and return the card behind it.

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
    token.used = True
    ledger.put_token(token)
    return Card(**token.card)
