"""Accounts and their journal: one query reads an account, one transaction changes it."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from duebook.domain.account import NOTHING, Account, AccountKey, apply, balance
from duebook.domain.journal import JournalEntry
from duebook.domain.open_items import OpenItem
from duebook.domain.past_due_watch import watched_from
from duebook.errors import AlreadyPostedError, ConflictError, InvariantError
from duebook.storage import keys
from duebook.storage.codec import due_of, due_text, entry_doc, entry_of, reservations_of, reservations_text, segment_items
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    compact,
    content,
    document,
    get_many,
    instant,
    key,
    prefixed,
    query,
    transact,
    version_of,
    write_one,
)
from duebook.storage.segments import digest, laid_out, texts_of

ATTEMPTS = 12
SUMS = ("version", "open_minor", "open_count", "unapplied", "oldest_due_on", "due", "posted_at")
"""What lists show of a head; reservations and the layout of its items are left out."""
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An account as read, with what a commit needs besides.

    Args:
        account: As it stands.
        segments: Its open items by number of their segment.
        texts: What is stored of each segment.
        posted_at: When its last entry was posted.
        past_due_from: The day on which to look for something past due; never later than there is something (``domain/past_due_watch.py``).
    """

    account: Account
    segments: dict[int, list[OpenItem]] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    posted_at: str | None = None
    past_due_from: date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a decision wants written: journal entries and the documents of the same fact."""

    entries: tuple[JournalEntry, ...]
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True, slots=True)
class HeadFigures:
    """Sums that stand in an account's head item, for lists that need no open items.

    Args:
        due: Open balances by due date, oldest first; None in a head that was written before heads held them.
        posted_at: When the last journal entry was posted; None likewise.
        entries: How many journal entries there are; they are numbered from 1 on.
    """

    currency: str
    balance: int
    open_invoices: int
    unapplied: int
    oldest_due_on: str | None
    due: tuple[tuple[date, int], ...] | None = None
    posted_at: datetime | None = None
    entries: int = 0

    def overdue(self, today: date) -> int | None:
        """Add up what was due before a day (R3); None where the head does not tell."""
        return None if self.due is None else sum(minor for due_on, minor in self.due if due_on < today)


class AccountStore:
    """Reads accounts and commits journal entries."""

    def __init__(self, client: DynamoDBClient, tables: Tables, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._tables = tables
        self._sleep = sleep

    def read(self, account_key: AccountKey) -> Snapshot:
        """Read an account; one that never had an entry is empty at version 0.

        Raises:
            ConflictError: Commits kept passing while it was read.
            StorageThrottledError: Try again later.
        """
        for attempt in range(ATTEMPTS):
            snapshot = self._read_once(account_key)
            if snapshot is not None:
                return snapshot
            self.pause(attempt)
        raise ConflictError("the account kept changing while it was read")

    def commit(self, snapshot: Snapshot, plan: Plan) -> Account:
        """Post entries and write their documents in one transaction, or nothing.

        Raises:
            AlreadyPostedError: A document says the fact is on record.
            ConflictError: The account changed since it was read.
            InvariantError: An entry does not fit the account.
        """
        account = snapshot.account
        for entry in plan.entries:
            account = apply(account, entry)
        segments = laid_out(account.open_items, snapshot.segments)
        texts = texts_of(segments, snapshot.segments, snapshot.texts)
        changed = [number for number, text in texts.items() if snapshot.texts.get(number) != text]
        gone = [number for number in snapshot.texts if number not in texts]
        pk = keys.account_pk(account.key)
        table = self._tables.accounts
        transact(
            self._client,
            [
                *plan.writes,
                *(self._entry(pk, snapshot.account.version + index, entry) for index, entry in enumerate(plan.entries, start=1)),
                self._head(pk, snapshot, account, texts, plan.entries[-1].posted_at.isoformat() if plan.entries else snapshot.posted_at),
                *(self._register_currency(account.key) for _ in range(snapshot.account.version == 0)),
                *(Write({"Put": {"TableName": table, "Item": key(pk, keys.segment_sk(n)) | {"items": {"S": texts[n]}}}}) for n in changed),
                *(Write({"Delete": {"TableName": table, "Key": key(pk, keys.segment_sk(number))}}) for number in gone),
            ],
        )
        return account

    def change(self, account_key: AccountKey, decide: Callable[[Account], Plan]) -> Account:
        """Read, decide and commit; when the account changed meanwhile, again with jitter.

        Raises:
            DuebookError: As ``decide`` says, or the documents' own conditions.
            ConflictError: It kept changing.
        """
        for attempt in range(ATTEMPTS):
            snapshot = self.read(account_key)
            plan = decide(snapshot.account)
            try:
                return self.commit(snapshot, plan)
            except AlreadyPostedError:
                raise
            except ConflictError:
                self.pause(attempt)
        raise ConflictError("the account kept changing; try again")

    def pause(self, attempt: int) -> None:
        """Wait a little, longer each time and never as long as another writer does, before trying again."""
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt)
        self._sleep(random.uniform(0, longest))  # noqa: S311 - jitter, no secret

    def journal(self, account_key: AccountKey) -> Iterator[tuple[int, JournalEntry]]:
        """Read an account's whole journal with entry numbers, ascending."""
        for item in query(self._client, self._tables.ledger, ConsistentRead=True, **prefixed(keys.account_pk(account_key))):
            yield int(item["sk"]["S"]), entry_of(content(item))

    def entries(self, wanted: Sequence[tuple[AccountKey, int]]) -> dict[tuple[AccountKey, int], JournalEntry]:
        """Read single journal entries by account and number."""
        by_key = {(keys.account_pk(account_key), keys.entry_sk(number)): (account_key, number) for account_key, number in wanted}
        items = get_many(self._client, self._tables.ledger, list(by_key))
        return {by_key[found]: entry_of(content(item)) for found, item in items.items()}

    def heads(self, wanted: Sequence[AccountKey]) -> dict[AccountKey, HeadFigures]:
        """Read the sums in the heads of many accounts, a hundred a request."""
        by_pk = {keys.account_pk(account_key): account_key for account_key in wanted}
        items = get_many(self._client, self._tables.accounts, [(pk, keys.HEAD) for pk in by_pk], names=SUMS)
        return {by_pk[pk]: _figures(by_pk[pk], item) for (pk, _), item in items.items()}

    def past_due(self, tenant_id: str, today: date) -> Iterator[AccountKey]:
        """List the accounts of a tenant that may have something past due on a day; none that has is left out."""
        for shard in range(keys.PAST_DUE_SHARDS):
            request = {
                "IndexName": keys.PAST_DUE_INDEX,
                "KeyConditionExpression": "past_due_shard = :shard AND past_due_next_on <= :today",
                "ExpressionAttributeValues": {":shard": {"S": keys.past_due_pk(tenant_id, shard)}, ":today": {"S": today.isoformat()}},
            }
            for item in query(self._client, self._tables.accounts, **request):
                _, customer_id, currency = item["pk"]["S"].split(keys.SEPARATOR)
                yield AccountKey(tenant_id, customer_id, currency)

    def look_again_on(self, snapshot: Snapshot, day: date) -> None:
        """Put off looking for something past due in an account that has not moved since it was read; one that has is left alone."""
        update = {
            "TableName": self._tables.accounts,
            "Key": key(keys.account_pk(snapshot.account.key), keys.HEAD),
            "UpdateExpression": "SET past_due_next_on = :day",
            "ConditionExpression": "version = :was AND attribute_exists(past_due_next_on)",
            "ExpressionAttributeValues": {":day": {"S": day.isoformat()}, ":was": {"N": str(snapshot.account.version)}},
        }
        with suppress(ConflictError):
            write_one(self._client, Write({"Update": update}))

    def _read_once(self, account_key: AccountKey) -> Snapshot | None:
        pk = keys.account_pk(account_key)
        request = {
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :head AND :last",
            "ExpressionAttributeValues": {":pk": {"S": pk}, ":head": {"S": keys.HEAD}, ":last": {"S": f"{keys.SEGMENTS}~"}},
        }
        head: Item | None = None
        texts: dict[int, str] = {}
        for item in query(self._client, self._tables.accounts, ConsistentRead=True, **request):
            sk = item["sk"]["S"]
            if sk == keys.HEAD:
                head = item
            else:
                texts[int(sk.removeprefix(keys.SEGMENTS))] = item["items"]["S"]
        if head is None:
            return None if texts else Snapshot(Account(account_key))
        if head["digest"]["S"] != digest(texts):
            return None
        segments = {number: segment_items(text) for number, text in texts.items()}
        items = tuple(item for number in sorted(segments) for item in segments[number])
        reservations = reservations_of(head["reservations"]["S"], {item.invoice_id: item.number for item in items})
        unapplied = json.loads(head["unapplied"]["S"])
        account = Account(account_key, version_of(head), items, MappingProxyType(unapplied) if unapplied else NOTHING, reservations)
        posted_at = head["posted_at"]["S"] if "posted_at" in head else None
        past_due_from = date.fromisoformat(head["past_due_next_on"]["S"]) if "past_due_next_on" in head else None
        return Snapshot(account, segments, texts, posted_at, past_due_from)

    def _head(self, pk: str, snapshot: Snapshot, account: Account, texts: dict[int, str], posted_at: str | None) -> Write:
        was = snapshot.account.version
        item = key(pk, keys.HEAD) | {
            "version": {"N": str(account.version)},
            "digest": {"S": digest(texts)},
            "unapplied": {"S": compact(dict(account.unapplied))},
            "reservations": {"S": reservations_text(account.reservations, {item.invoice_id: item.number for item in account.open_items})},
            "open_minor": {"N": str(balance(account))},
            "open_count": {"N": str(len(account.open_items))},
            "due": {"S": due_text(account.open_items)},
        }
        if posted_at:
            item["posted_at"] = {"S": posted_at}
        past_due_from = watched_from(snapshot.past_due_from, snapshot.account.open_items, account.open_items)
        if past_due_from:
            item |= {"past_due_shard": {"S": keys.past_due_shard(account.key)}, "past_due_next_on": {"S": past_due_from.isoformat()}}
        put = {"TableName": self._tables.accounts, "Item": item}
        if was == 0:
            return Write({"Put": put | {"ConditionExpression": "attribute_not_exists(pk)"}})
        condition = {"ConditionExpression": "version = :was", "ExpressionAttributeValues": {":was": {"N": str(was)}}}
        return Write({"Put": put | condition})

    def _entry(self, pk: str, number: int, entry: JournalEntry) -> Write:
        item = document(pk, keys.entry_sk(number), entry_doc(entry))
        del item["version"]
        return Write({"Put": {"TableName": self._tables.ledger, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}})

    def _register_currency(self, account_key: AccountKey) -> Write:
        """Note on the customer that it has an account in this currency, so that reads know where to look."""
        return Write(
            {
                "Update": {
                    "TableName": self._tables.directory,
                    "Key": key(keys.tenant_pk(account_key.tenant_id), keys.customer_sk(account_key.customer_id)),
                    "UpdateExpression": "ADD currencies :currency",
                    "ConditionExpression": "attribute_exists(pk)",
                    "ExpressionAttributeValues": {":currency": {"SS": [account_key.currency]}},
                }
            },
            InvariantError(f"customer {account_key.customer_id} is not on record"),
        )


def _figures(account_key: AccountKey, head: Item) -> HeadFigures:
    due = due_of(head["due"]["S"]) if "due" in head else None
    # Heads that do not hold what is due by day hold the oldest day by itself.
    oldest = (due[0][0].isoformat() if due else None) if due is not None else head.get("oldest_due_on", {}).get("S")
    return HeadFigures(
        currency=account_key.currency,
        balance=int(head["open_minor"]["N"]),
        open_invoices=int(head["open_count"]["N"]),
        unapplied=sum(json.loads(head["unapplied"]["S"]).values()),
        oldest_due_on=oldest,
        due=due,
        posted_at=instant(head["posted_at"]["S"]) if "posted_at" in head else None,
        entries=version_of(head),
    )
