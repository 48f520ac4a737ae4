"""A simulated processor's books on disk or in memory: items by kind and key, counters, and the calls it saw."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS items (
  kind TEXT NOT NULL, key TEXT NOT NULL, owner TEXT NOT NULL, shelf TEXT NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY (kind, key));
CREATE INDEX IF NOT EXISTS items_by_owner ON items (kind, owner, shelf, key);
CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT, doc TEXT NOT NULL);
"""


class ItemStore:
    """Items of a processor, safe for several threads.

    An item has an owner (a merchant, a token) and a shelf (where lists find it), both free texts.

    Args:
        path: The database file, or None for books that vanish with the object.
        kept: Kinds that a reset leaves alone, counters among them in any case.
    """

    def __init__(self, path: Path | None = None, kept: tuple[str, ...] = ()) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._kept = (*kept, "counter")
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" + _TABLES)

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._db.close()

    def reset(self) -> None:
        """Forget all but the kinds that are kept."""
        marks = ",".join("?" * len(self._kept))
        with self.lock:
            self._db.execute(f"DELETE FROM items WHERE kind NOT IN ({marks})", self._kept)  # noqa: S608 - question marks only
            self._db.execute("DELETE FROM calls")

    def next_number(self, name: str, first: int) -> int:
        """Return a number above all before it."""
        with self.lock:
            row = self._db.execute("SELECT doc FROM items WHERE kind = 'counter' AND key = ?", (name,)).fetchone()
            number = int(row[0]) + 1 if row else first
            self.put("counter", name, number)
            return number

    def put(self, kind: str, key: str, doc: object, *, owner: str = "", shelf: str = "") -> None:
        """Keep an item, in place of the one before."""
        with self.lock:
            self._db.execute(
                "INSERT INTO items (kind, key, owner, shelf, doc) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (kind, key) DO UPDATE SET owner = excluded.owner, shelf = excluded.shelf, doc = excluded.doc",
                (kind, key, owner, shelf, json.dumps(doc)),
            )

    def get(self, kind: str, key: str) -> Any:
        """Return an item, or None."""
        with self.lock:
            row = self._db.execute("SELECT doc FROM items WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return json.loads(row[0]) if row else None

    def drop(self, kind: str, key: str) -> None:
        """Forget an item."""
        with self.lock:
            self._db.execute("DELETE FROM items WHERE kind = ? AND key = ?", (kind, key))

    def all(self, kind: str, *, owner: str | None = None, shelf: str | None = None) -> list[Any]:
        """Return the items of a kind in the order of their keys, shorter keys first; of one owner, of one shelf, or all."""
        query = "SELECT doc FROM items WHERE kind = ? AND (? IS NULL OR owner = ?) AND (? IS NULL OR shelf = ?) ORDER BY length(key), key"
        with self.lock:
            rows = self._db.execute(query, (kind, owner, owner, shelf, shelf)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def add_call(self, call: dict[str, object]) -> None:
        """Write down a call as the processor saw it."""
        with self.lock:
            self._db.execute("INSERT INTO calls (tenant_id, doc) VALUES (?, ?)", (call.get("tenant_id"), json.dumps(call)))

    def calls(self, tenant_id: str | None = None) -> list[dict[str, object]]:
        """Return the calls, oldest first."""
        query = "SELECT doc FROM calls WHERE ? IS NULL OR tenant_id = ? ORDER BY id"
        with self.lock:
            rows = self._db.execute(query, (tenant_id, tenant_id)).fetchall()
        return [json.loads(row[0]) for row in rows]
