"""The simulated gateway's own books: merchant ids, tokens, transactions, profiles, batches, funding."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local.processors.item_store import ItemStore

FIRST_RETREF = 100_000_000_001
FIRST_BATCH = 1_900_000_001
FIRST_PROFILE = 16_700_000_000_000_000_001

AUTHORIZED, QUEUED, ACCEPTED, REJECTED = "Authorized", "Queued for Capture", "Accepted", "Rejected"
DECLINED, VOIDED, ZERO_AMOUNT, UNDER_REVIEW = "Declined", "Voided", "Zero Amount", "Amount under review"
OPEN = frozenset({QUEUED, UNDER_REVIEW})
"""What the next batch takes."""


@dataclass(slots=True)
class Mid:
    """A merchant id: it carries one currency, cards or bank accounts, and belongs to a login."""

    merchant_id: str
    username: str
    password: str
    currency: str
    ach: bool
    platform: str
    tenant_id: str | None = None
    name: str = "Merchant"


@dataclass(slots=True)
class Account:
    """A card or bank account behind a token: no number, only what its number says."""

    token: str
    brand: str
    last4: str
    fingerprint: str
    script: str = ""
    """What a test number brings about, such as ``refer`` or ``timeout``."""
    routing_valid: bool = True

    @property
    def ach(self) -> bool:
        """Whether it is a bank account."""
        return self.brand == "ECHK"


@dataclass(slots=True)
class Held:
    """What was typed beside a number: kept with its token for two minutes or until the first authorisation."""

    token: str
    at: str
    expiry: str = ""
    cvv: str = ""
    postal: str = ""


@dataclass(slots=True)
class Transaction:
    """An authorisation, a refund or a return as kept by the gateway; amounts in minor units."""

    retref: str
    merchant_id: str
    kind: str
    setlstat: str
    respstat: str
    respcode: str
    resptext: str
    respproc: str
    authorized_at: str
    amount_minor: int
    requested_minor: int
    currency: str
    order_id: str = ""
    token: str = ""
    brand: str = ""
    last4: str = ""
    expiry: str = ""
    authcode: str = ""
    avs: str = ""
    cvv: str = ""
    captured_at: str | None = None
    settled_at: str | None = None
    batch_id: str = ""
    receipt: bool = False
    parent: str = ""
    refunded_minor: int = 0
    return_code: str = ""
    profile_id: str = ""
    account_id: str = ""
    entry_mode: str = ""
    cardproc: str = ""
    name: str = ""
    userfields: list[dict[str, str]] = field(default_factory=list)

    @property
    def ach(self) -> bool:
        """Whether a bank account is behind it."""
        return self.brand == "ECHK"

    @property
    def approved(self) -> bool:
        """Whether it was approved."""
        return self.respstat == "A"

    @property
    def stands(self) -> bool:
        """Whether money stands behind it: approved, or held for review."""
        return self.approved or self.setlstat == UNDER_REVIEW

    @property
    def shelf(self) -> str:
        """Where lists find it: among those the next batch takes, or by its batch."""
        return "open" if self.setlstat in OPEN else self.batch_id


class Ledger(ItemStore):
    """The books, safe for several threads.

    Args:
        path: The database file, or None for books that vanish with the object.
    """

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path, kept=("mid",))

    def put_mid(self, mid: Mid) -> None:
        """Register a merchant id, or change it."""
        self.put("mid", mid.merchant_id, asdict(mid), owner=mid.username)

    def mid(self, merchant_id: str) -> Mid | None:
        """Return a merchant id."""
        found = self.get("mid", merchant_id)
        return Mid(**found) if found else None

    def mids(self, username: str | None = None) -> list[Mid]:
        """Return the merchant ids, of one login or all."""
        return [Mid(**found) for found in self.all("mid", owner=username)]

    def put_account(self, account: Account) -> None:
        """Keep what is behind a token."""
        self.put("account", account.token, asdict(account))

    def account(self, token: str) -> Account | None:
        """Return what is behind a token."""
        found = self.get("account", token)
        return Account(**found) if found else None

    def hold(self, held: Held) -> None:
        """Keep what was typed beside a number."""
        self.put("held", held.token, asdict(held))

    def held(self, token: str) -> Held | None:
        """Return what was typed beside a token's number."""
        found = self.get("held", token)
        return Held(**found) if found else None

    def put_transaction(self, transaction: Transaction) -> None:
        """Keep a transaction, or what became of it."""
        self.put("transaction", transaction.retref, asdict(transaction), owner=transaction.merchant_id, shelf=transaction.shelf)
        if transaction.order_id:
            self.put("order", f"{transaction.order_id} {transaction.retref}", transaction.retref, owner=transaction.order_id)

    def transaction(self, retref: str) -> Transaction | None:
        """Return a transaction by its retrieval reference."""
        found = self.get("transaction", retref)
        return Transaction(**found) if found else None

    def transactions(self, merchant_id: str | None = None, shelf: str | None = None) -> list[Transaction]:
        """Return transactions, oldest first; of one merchant id, of one batch, or all."""
        return [Transaction(**found) for found in self.all("transaction", owner=merchant_id, shelf=shelf)]

    def ordered(self, order_id: str) -> list[Transaction]:
        """Return the transactions that carry an order id, oldest first."""
        found = (self.transaction(retref) for retref in self.all("order", owner=order_id))
        return [transaction for transaction in found if transaction is not None]

    def next_retref(self) -> str:
        """Return a new retrieval reference."""
        return str(self.next_number("retref", FIRST_RETREF))

    def options(self) -> dict[str, Any]:
        """Return the options that were set."""
        return dict(self.get("option", "all") or {})
