"""The simulated processor's own books: merchants, tokens, charges, batches, calls; in a file or in memory."""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FIRST_TRANS_ID = 60_000_000_001
FIRST_BATCH_ID = 7_000_001
UNSETTLED = "unsettled"
CHARGE_KINDS = frozenset({"authCaptureTransaction", "authOnlyTransaction", "captureOnlyTransaction"})
NOWHERE = "nowhere"
_TABLES = """
CREATE TABLE IF NOT EXISTS items (
  kind TEXT NOT NULL, key TEXT NOT NULL, owner TEXT NOT NULL, shelf TEXT NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY (kind, key));
CREATE INDEX IF NOT EXISTS items_by_owner ON items (kind, owner, shelf, key);
CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT, doc TEXT NOT NULL);
"""


@dataclass(slots=True)
class Merchant:
    """A merchant account as the processor knows it."""

    api_login_id: str
    transaction_key: str
    public_client_key: str
    currency: str
    tenant_id: str | None = None
    name: str = "Merchant"
    test_mode: bool = False
    echeck: bool = True
    """Takes eChecks beside cards."""
    signature_key: str = ""
    """Signs webhooks, as its text stands."""


@dataclass(slots=True)
class Token:
    """A nonce and the card or bank account behind it. ``login`` is None for one that any merchant may use."""

    value: str
    login: str | None
    made_at: str
    card: dict[str, Any]
    used: bool = False
    bank: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Entry:
    """A charge, a refund, a returned item or a chargeback as kept by the processor; amounts in minor units."""

    trans_id: str
    login: str
    kind: str
    status: str
    response_code: str
    reason_code: str
    submitted_at: str
    amount_minor: int
    currency: str
    requested_minor: int
    auth_code: str = ""
    avs: str = ""
    cvv: str = ""
    ref_id: str = ""
    ref_trans_id: str = ""
    order: dict[str, Any] = field(default_factory=dict)
    customer: dict[str, Any] = field(default_factory=dict)
    bill_to: dict[str, Any] = field(default_factory=dict)
    brand: str = ""
    last4: str = ""
    batch_id: str | None = None
    refunded_minor: int = 0
    fingerprint: str = ""
    bank: dict[str, str] = field(default_factory=dict)
    """Of an eCheck: routing_last4, kind, name, entry_type, bank_name."""
    profile: dict[str, str] = field(default_factory=dict)
    """Charged or kept: customerProfileId, customerPaymentProfileId."""
    returned: list[dict[str, str]] = field(default_factory=list)
    """Items a bank sent back: id, at, code, description."""
    code: str = ""
    """Why an item was returned or charged back."""
    split_tender_id: str = ""

    @property
    def is_charge(self) -> bool:
        """Tell a charge from what happened to one."""
        return self.kind in CHARGE_KINDS

    @property
    def is_echeck(self) -> bool:
        """Tell an eCheck from a card."""
        return self.brand == "eCheck"

    @property
    def shelf(self) -> str:
        """Where lists find it: among the unsettled, in a batch, or nowhere."""
        return self.batch_id or UNSETTLED


class Ledger:
    """The books, safe for several threads.

    Args:
        path: The database file, or None for books that vanish with the object.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" + _TABLES)

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._db.close()

    def reset(self) -> None:
        """Forget charges, tokens, batches, calls and options; merchants and their webhooks stay, since they are set up elsewhere."""
        with self.lock:
            self._db.execute("DELETE FROM items WHERE kind NOT IN ('merchant', 'webhook', 'counter')")
            self._db.execute("DELETE FROM calls")

    def next_number(self, name: str, first: int) -> int:
        """Return a number above all before it."""
        with self.lock:
            row = self._db.execute("SELECT doc FROM items WHERE kind = 'counter' AND key = ?", (name,)).fetchone()
            number = int(row[0]) + 1 if row else first
            self._put("counter", name, "", NOWHERE, number)
            return number

    def put_merchant(self, merchant: Merchant) -> None:
        """Register a merchant account, or change it."""
        self._put("merchant", merchant.api_login_id, merchant.tenant_id or "", NOWHERE, asdict(merchant))

    def merchant(self, login: str) -> Merchant | None:
        """Return the merchant account with this login."""
        found = self._get("merchant", login)
        return Merchant(**found) if found else None

    def merchants(self) -> list[Merchant]:
        """Return all merchant accounts."""
        return [Merchant(**found) for found in self._all("SELECT doc FROM items WHERE kind = 'merchant' ORDER BY key")]

    def put_token(self, token: Token) -> None:
        """Keep a token, or what became of it."""
        self._put("token", token.value, token.login or "", NOWHERE, asdict(token))

    def token(self, value: str) -> Token | None:
        """Return a token by its value."""
        found = self._get("token", value)
        return Token(**found) if found else None

    def put_entry(self, entry: Entry) -> None:
        """Keep a charge, refund or void."""
        self._put("entry", entry.trans_id, entry.login, entry.shelf, asdict(entry))

    def entry(self, trans_id: str) -> Entry | None:
        """Return one by its number."""
        found = self._get("entry", trans_id)
        return Entry(**found) if found else None

    def entries(self, login: str | None = None, shelf: str | None = None) -> list[Entry]:
        """Return entries, oldest first; of one merchant, of one shelf, or all."""
        rows = self._all(
            "SELECT doc FROM items WHERE kind = 'entry' AND (? IS NULL OR owner = ?) AND (? IS NULL OR shelf = ?) "
            "ORDER BY length(key), key",
            (login, login, shelf, shelf),
        )
        return [Entry(**row) for row in rows]

    def charges_of_order(self, order_id: str) -> list[Entry]:
        """Return the charges with an order id, oldest first, whoever's they are."""
        query = "SELECT doc FROM items WHERE kind = 'entry' AND json_extract(doc, '$.order.invoiceNumber') = ? ORDER BY length(key), key"
        return [entry for entry in (Entry(**row) for row in self._all(query, (order_id,))) if entry.is_charge]

    def put_batch(self, batch_id: str, login: str, settled_at: str, method: str = "creditCard", notices: int = 0) -> None:
        """Keep a settled batch.

        Args:
            batch_id: Its number.
            login: Whose it is.
            settled_at: When it closed.
            method: ``creditCard`` or ``eCheck``; one batch never holds both.
            notices: Notices of change that came for its eChecks.
        """
        doc = {"batch_id": batch_id, "login": login, "settled_at": settled_at, "method": method, "notices": notices}
        self._put("batch", batch_id, login, NOWHERE, doc)

    def batch(self, batch_id: str | None) -> dict[str, Any] | None:
        """Return a settled batch."""
        found: dict[str, Any] | None = self._get("batch", batch_id) if batch_id else None
        return found

    def batches(self, login: str) -> list[dict[str, Any]]:
        """Return a merchant's batches, oldest first."""
        return self._all("SELECT doc FROM items WHERE kind = 'batch' AND owner = ? ORDER BY key", (login,))

    def put_item(self, kind: str, key: str, doc: object, *, owner: str = "", shelf: str = NOWHERE) -> None:
        """Keep a thing of any kind under its key."""
        self._put(kind, key, owner, shelf, doc)

    def item(self, kind: str, key: str) -> Any:
        """Return a thing, or None."""
        return self._get(kind, key)

    def items(self, kind: str, *, owner: str | None = None, shelf: str | None = None) -> list[Any]:
        """Return things of a kind in the order of their keys; of one owner, of one shelf, or all."""
        return self._all(
            "SELECT doc FROM items WHERE kind = ? AND (? IS NULL OR owner = ?) AND (? IS NULL OR shelf = ?) ORDER BY length(key), key",
            (kind, owner, owner, shelf, shelf),
        )

    def remove_item(self, kind: str, key: str) -> None:
        """Forget a thing."""
        with self.lock:
            self._db.execute("DELETE FROM items WHERE kind = ? AND key = ?", (kind, key))

    def remember(self, kind: str, key: str, value: object) -> None:
        """Keep a small fact: an option, the last charge of one content."""
        self._put(kind, key, "", NOWHERE, value)

    def recall(self, kind: str, key: str) -> Any:
        """Return a small fact, or None."""
        return self._get(kind, key)

    def add_call(self, call: dict[str, object]) -> None:
        """Write down a call as the processor saw it."""
        with self.lock:
            self._db.execute("INSERT INTO calls (tenant_id, doc) VALUES (?, ?)", (call.get("tenant_id"), json.dumps(call)))

    def calls(self, tenant_id: str | None = None) -> list[dict[str, object]]:
        """Return the calls, oldest first."""
        return self._all("SELECT doc FROM calls WHERE ? IS NULL OR tenant_id = ? ORDER BY id", (tenant_id, tenant_id))

    def _put(self, kind: str, key: str, owner: str, shelf: str, doc: object) -> None:
        with self.lock:
            self._db.execute(
                "INSERT INTO items (kind, key, owner, shelf, doc) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (kind, key) DO UPDATE SET owner = excluded.owner, shelf = excluded.shelf, doc = excluded.doc",
                (kind, key, owner, shelf, json.dumps(doc)),
            )

    def _get(self, kind: str, key: str) -> Any:
        with self.lock:
            row = self._db.execute("SELECT doc FROM items WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return json.loads(row[0]) if row else None

    def _all(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        with self.lock:
            return [json.loads(row[0]) for row in self._db.execute(query, values)]
