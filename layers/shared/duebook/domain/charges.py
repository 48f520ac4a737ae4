"""A charge as a processor is asked for it, and what it is charged to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from duebook.domain.money import Money
from duebook.domain.payments import Payer

CARD, BANK_ACCOUNT = "card", "bank_account"


@dataclass(frozen=True, slots=True)
class TokenMethod:
    """An opaque token from the hosted field, used once.

    Args:
        token: The processor's; says nothing of the number behind it that we may read.
        type: ``card`` or ``bank_account``.
        account_kind: Of a bank account: ``checking``, ``savings`` or ``business_checking``; None where the token holds it.
    """

    token: str
    type: str
    account_kind: str | None = None


@dataclass(frozen=True, slots=True)
class VaultMethod:
    """A method that the processor keeps for us (R35).

    Args:
        vault_id: The processor's name for it, as ``store_method`` gave it; opaque to all but the client.
        type: ``card`` or ``bank_account``.
        account_kind: As in ``TokenMethod``.
        by_merchant: Staff charge it, the customer is not there.
    """

    vault_id: str
    type: str
    account_kind: str | None = None
    by_merchant: bool = False


ChargeMethod: TypeAlias = TokenMethod | VaultMethod


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge as we ask for it.

    Args:
        order_id: Ours, unique, at most 19 of ``A-Z a-z 0-9 -``, holds a letter so that it cannot look like a card number.
        amount: Above zero, in the merchant account's currency.
        method: A token or a stored method.
        payer: For billing name, postal code and the processor's records.
        customer_id: Short reference shown in the processor's own pages (at most 20 characters are sent).
    """

    order_id: str
    amount: Money
    method: ChargeMethod
    payer: Payer
    customer_id: str
