"""Payment elements read: a card or a bank account, as typed or behind a nonce."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.processors.authorize_net import tokens
from local.processors.authorize_net.answers import Refused
from local.processors.authorize_net.banks import BankAccount
from local.processors.authorize_net.call import Call, child
from local.processors.authorize_net.cards import Card


def given_method(call: Call, payment: Mapping[str, Any]) -> Card | BankAccount:
    """Read a payment element.

    Raises:
        Refused: No payment in it, or a nonce that does not work.
    """
    if "opaqueData" in payment:
        return tokens.spend(call.ledger, call.merchant, child(payment, "opaqueData"), call.now)
    card, account = child(payment, "creditCard"), child(payment, "bankAccount")
    if card:
        return Card.read(str(card.get("cardNumber", "")), str(card.get("expirationDate", "")), str(card.get("cardCode", "")))
    if account:
        names = ("routingNumber", "accountNumber", "accountType", "nameOnAccount", "echeckType")
        return BankAccount.read(*(str(account.get(name, "")) for name in names))
    raise Refused("E00029", "Payment information is required.")


def bank_face(method: Card | BankAccount) -> dict[str, str]:
    """Return what the books keep of a bank account; nothing for a card."""
    if isinstance(method, Card):
        return {}
    return {
        "routing_last4": method.routing_last4,
        "kind": method.kind,
        "name": method.name,
        "entry_type": method.entry_type,
        "bank_name": method.bank_name,
    }
