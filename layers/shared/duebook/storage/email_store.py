"""Email activity: mails with their events, their texts, the marks of those that wait, and what is known of addresses."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from duebook.domain.email_activity import WAITING, EventType, Mail, MailEvent, MailKey, MailStatus, MailText
from duebook.domain.identifiers import time_of_ulid, ulid_from
from duebook.domain.suppression import AddressRecord
from duebook.errors import AlreadyPostedError, ConflictError, NotFoundError
from duebook.storage import keys
from duebook.storage.directory_items import tenant_of
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    content,
    document,
    get,
    get_many,
    put_changed,
    put_new,
    query,
    transact,
    write_one,
)
from duebook.storage.email_items import (
    KEPT,
    address_hash,
    address_item,
    address_of,
    listed_item,
    mail_item,
    mail_of,
    mark_item,
    mark_key,
    text_item,
    text_of,
)
from duebook.storage.mail_counts import DayCounts, counting, read_counts

ATTEMPTS = 12
FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.5
FIRST_LOOK = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(minutes=30)
CHUNK = 250


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """The mark of a mail that was not handed over yet; ``tries`` counts how often it was queued again."""

    key: MailKey
    next_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a part of the mails stands together: an index (None for the table), the name of its key and the key."""

    index: str | None
    attribute: str
    pk: str


def of_one_customer(tenant_id: str, customer_id: str) -> Shelf:
    """Name where a customer's mails stand."""
    return Shelf(keys.MAILS_BY_CUSTOMER, "customer_pk", keys.mail_customer_pk(tenant_id, customer_id))


def to_one_address(tenant_id: str, address: str) -> Shelf:
    """Name where the mails to an address stand."""
    return Shelf(keys.MAILS_BY_ADDRESS, "address_pk", keys.mail_address_pk(tenant_id, address_hash(address)))


def of_one_status(tenant_id: str, status: MailStatus) -> Shelf:
    """Name where the mails of a shown status stand; those delivered stand in no such place."""
    return Shelf(keys.MAILS_BY_STATUS, "status_pk", keys.mail_status_pk(tenant_id, status.value))


class EmailStore:
    """Reads and writes the EmailActivity table."""

    def __init__(self, client: DynamoDBClient, tables: Tables, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._table = tables.email_activity
        self._directory = tables.directory
        self._sleep = sleep

    def add(self, mail: Mail, text: MailText, now: datetime) -> Mail:
        """Write a new mail as queued, with its text and its mark, and count it on its day, all or nothing.

        Raises:
            AlreadyPostedError: The same mail exists.
            ConflictError: Other mails of the day kept coming in between.
        """
        zone = self._zone(mail.key.tenant_id)
        day = mail.created_at.astimezone(ZoneInfo(zone)).date()
        queued = replace(mail, day=day, events=(MailEvent(EventType.QUEUED, now),), version=1)
        existing = AlreadyPostedError(f"mail {mail.key.mail_id} is on record already")
        mark = mark_item(mail.key, now + FIRST_LOOK, 0, now)
        writes = [
            put_new(self._table, mail_item(queued), existing),
            Write({"Put": {"TableName": self._table, "Item": text_item(mail, text, now)}}),
            Write({"Put": {"TableName": self._table, "Item": mark}}),
            *counting(self._table, None, queued, zone),
        ]
        for attempt in range(ATTEMPTS):
            try:
                transact(self._client, writes)
            except AlreadyPostedError:
                raise
            except ConflictError:
                self._pause(attempt)
                continue
            return queued
        raise ConflictError(f"mail {mail.key.mail_id} could not be counted; try again")

    def find(self, mail_key: MailKey) -> Mail | None:
        """Read a mail, or None."""
        item = get(self._client, self._table, keys.mail_pk(mail_key.tenant_id, mail_key.month), mail_key.mail_id)
        return mail_of(item) if item else None

    def mail(self, mail_key: MailKey) -> Mail:
        """Read a mail.

        Raises:
            NotFoundError: No such mail of this tenant.
        """
        mail = self.find(mail_key)
        if mail is None:
            raise NotFoundError(f"no mail {mail_key.mail_id}")
        return mail

    def text(self, mail_key: MailKey) -> MailText | None:
        """Read what a mail says, or None once that is no longer kept."""
        item = get(self._client, self._table, keys.mail_body_pk(mail_key.tenant_id, mail_key.mail_id), keys.MAIL_BODY_SK)
        return text_of(item) if item else None

    def change(
        self, mail_key: MailKey, decide: Callable[[Mail], Mail | None], *, known: Mail | None = None, keep: MailText | None = None
    ) -> Mail | None:
        """Read a mail, decide and write; when it changed meanwhile, again. A mail that no longer waits loses its mark with it.

        Args:
            mail_key: Which mail.
            decide: Returns it as it is to be, or None for no change.
            known: As it was read a moment ago, which saves the first read.
            keep: What takes the place of its text once it no longer waits; None leaves the text.

        Returns:
            The mail as written, or None when ``decide`` wanted no change.

        Raises:
            NotFoundError: No such mail.
            ConflictError: It kept changing.
        """
        for attempt in range(ATTEMPTS):
            mail, known = known or self.mail(mail_key), None
            wanted = decide(mail)
            if wanted is None:
                return None
            written = replace(wanted, version=mail.version + 1)
            writes = [put_changed(self._table, mail_item(written), mail.version), *counting(self._table, mail, written)]
            if keep is not None and written.status not in WAITING:
                writes.append(Write({"Put": {"TableName": self._table, "Item": text_item(mail, keep, mail.created_at)}}))
            if mail.status in WAITING and written.status not in WAITING:
                writes.append(Write({"Delete": {"TableName": self._table, "Key": mark_key(mail_key)}}))
            try:
                transact(self._client, writes)
            except ConflictError:
                self._pause(attempt)
                continue
            return written
        raise ConflictError(f"mail {mail_key.mail_id} kept changing; try again")

    def waiting(self, now: datetime, *, limit: int) -> list[WaitingMail]:
        """List marks whose next look is due, of all tenants, the oldest mail of each shard first."""
        found: list[WaitingMail] = []
        for number in range(keys.MAILS_WAITING_SHARDS):
            request = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": keys.mails_waiting_pk(number)}}}
            marks = (_mark_of(item) for item in query(self._client, self._table, ConsistentRead=True, **request))
            found += islice((mark for mark in marks if _is_due(mark, now)), limit)
        return found

    def look_later(self, mark: WaitingMail, now: datetime) -> None:
        """Move a mark's next look, each time twice as far; a mark that is gone stays gone."""
        pause = min(FIRST_LOOK * 2 ** min(mark.tries + 1, 10), LONGEST_PAUSE)
        item = mark_item(mark.key, now + pause, mark.tries + 1, now)
        put = {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_exists(pk)"}
        self._unless_gone(Write({"Put": put}))

    def forget(self, mark: WaitingMail) -> None:
        """Delete the mark of a mail that does not exist or no longer waits."""
        write_one(self._client, Write({"Delete": {"TableName": self._table, "Key": mark_key(mark.key)}}))

    def address(self, tenant_id: str, address: str) -> AddressRecord:
        """Read what is known of an address at a tenant; nothing is known of a new one."""
        item = get(self._client, self._table, keys.mail_address_pk(tenant_id, address_hash(address)), keys.ADDRESS_SK)
        return address_of(item) if item else AddressRecord(address.strip().lower())

    def addresses(self, tenant_id: str, addresses: Iterable[str]) -> list[AddressRecord]:
        """Read what is known of some addresses at a tenant, a hundred a request; of new ones nothing is listed."""
        wanted = sorted({keys.mail_address_pk(tenant_id, address_hash(one)) for one in addresses})
        found = get_many(self._client, self._table, [(pk, keys.ADDRESS_SK) for pk in wanted])
        return [address_of(found[pk, keys.ADDRESS_SK]) for pk in wanted if (pk, keys.ADDRESS_SK) in found]

    def change_address(self, tenant_id: str, address: str, decide: Callable[[AddressRecord], AddressRecord | None]) -> AddressRecord | None:
        """Read what is known of an address, decide and write; when it changed meanwhile, again.

        Returns:
            The record as written, or None when ``decide`` wanted no change.

        Raises:
            ConflictError: It kept changing.
        """
        for attempt in range(ATTEMPTS):
            known = self.address(tenant_id, address)
            wanted = decide(known)
            if wanted is None:
                return None
            written = replace(wanted, version=known.version + 1)
            item = address_item(tenant_id, written)
            changed = ConflictError("this address changed meanwhile")
            writes = [put_changed(self._table, item, known.version) if known.version else put_new(self._table, item, changed)]
            listed = listed_item(tenant_id, written)
            if written.is_listed:
                writes.append(Write({"Put": {"TableName": self._table, "Item": listed}}))
            elif known.is_listed:
                writes.append(Write({"Delete": {"TableName": self._table, "Key": {name: listed[name] for name in ("pk", "sk")}}}))
            try:
                transact(self._client, writes)
            except ConflictError:
                self._pause(attempt)
                continue
            return written
        raise ConflictError("what is known of this address kept changing; try again")

    def add_leave_link(self, token_hash: str, tenant_id: str, address: str, now: datetime) -> None:
        """Keep whose mails to which address a link ends, as long as mails are on record.

        Raises:
            AlreadyPostedError: The token was made before.
        """
        ends = {"expires_at": {"N": str(int((now + KEPT).timestamp()))}}
        item = document(keys.leave_link_pk(token_hash), keys.LEAVE_LINK_SK, {"tenant": tenant_id, "address": address}) | ends
        write_one(self._client, put_new(self._table, item))

    def leave_link(self, token_hash: str, now: datetime) -> tuple[str, str] | None:
        """Read whose mails to which address a link ends: tenant and address, or None."""
        item = get(self._client, self._table, keys.leave_link_pk(token_hash), keys.LEAVE_LINK_SK)
        if item is None or int(item["expires_at"]["N"]) <= now.timestamp():
            return None
        doc = content(item)
        return doc["tenant"], doc["address"]

    def held_back(self, tenant_id: str, *, limit: int, after: str | None = None) -> list[AddressRecord]:
        """List addresses to which some or all mails are held back, by address; ``after`` is the last address of the page before."""
        values = {":pk": {"S": keys.held_back_pk(tenant_id)}} | ({":after": {"S": keys.held_back_sk(after)}} if after else {})
        condition = "pk = :pk AND sk > :after" if after else "pk = :pk"
        request: dict[str, Any] = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, "Limit": limit}
        return [address_of(item) for item in islice(query(self._client, self._table, **request), limit)]

    def of_customer(self, tenant_id: str, customer_id: str, *, limit: int, before: str | None = None) -> list[Mail]:
        """Read a customer's mails, newest first; ``before`` is the last mail id of the page before."""
        return self._page(of_one_customer(tenant_id, customer_id), limit, before)

    def of_address(self, tenant_id: str, address: str, *, limit: int, before: str | None = None) -> list[Mail]:
        """Read the mails to an address, newest first; ``before`` is the last mail id of the page before."""
        return self._page(to_one_address(tenant_id, address), limit, before)

    def counts(self, tenant_id: str, first: date, last: date) -> DayCounts:
        """Read how many mails of each day stand where, both ends included."""
        return read_counts(self._client, self._table, tenant_id, first, last)

    def between(
        self, tenant_id: str, start: datetime, end: datetime, *, before: str | None = None, by: Shelf | None = None, chunk: int = CHUNK
    ) -> Iterator[Mail]:
        """Read mails caused from ``start`` up to, not including, ``end``, newest first.

        The caller takes as many as it looks at; what comes after is read only when it is reached.

        Args:
            tenant_id: Whose.
            start: Aware instant.
            end: Aware instant, at most 400 days later.
            before: The last mail id of the page before.
            by: Of one customer, address or status alone; None reads month by month.
            chunk: Rows read at once.
        """
        first, last = ulid_from(start, bytes(10)), ulid_from(end, bytes(10))
        last = min(last, before) if before else last
        if last < first:
            return
        months = [Shelf(None, "pk", keys.mail_pk(tenant_id, month)) for month in _months_back(first, last)]
        for shelf in [by] if by else months:
            values = {":pk": {"S": shelf.pk}, ":first": {"S": first}, ":last": {"S": last}}
            request: dict[str, Any] = {"IndexName": shelf.index} if shelf.index else {}
            request["KeyConditionExpression"] = f"{shelf.attribute} = :pk AND sk BETWEEN :first AND :last"
            for item in query(self._client, self._table, ScanIndexForward=False, Limit=chunk, ExpressionAttributeValues=values, **request):
                if item["sk"]["S"] != last:
                    yield mail_of(item)

    def _zone(self, tenant_id: str) -> str:
        item = get(self._client, self._directory, keys.tenant_pk(tenant_id), keys.PROFILE, consistent=False)
        return tenant_of(item).time_zone if item else "UTC"

    def _pause(self, attempt: int) -> None:
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt)
        self._sleep(random.uniform(0, longest))  # noqa: S311 - jitter, no secret

    def _page(self, shelf: Shelf, limit: int, before: str | None) -> list[Mail]:
        values = {":pk": {"S": shelf.pk}}
        condition = f"{shelf.attribute} = :pk"
        if before:
            values[":before"] = {"S": before}
            condition += " AND sk < :before"
        request: dict[str, Any] = {"IndexName": shelf.index, "KeyConditionExpression": condition, "ExpressionAttributeValues": values}
        return [mail_of(item) for item in islice(query(self._client, self._table, ScanIndexForward=False, Limit=limit, **request), limit)]

    def _unless_gone(self, write: Write) -> None:
        try:
            write_one(self._client, write)
        except ConflictError:
            return


def _mark_of(item: Item) -> WaitingMail:
    mail_id, tenant_id = item["sk"]["S"].split(keys.SEPARATOR)
    return WaitingMail(MailKey(tenant_id, mail_id), datetime.fromisoformat(item["next_at"]["S"]), int(item["tries"]["N"]))


def _is_due(mark: WaitingMail, now: datetime) -> bool:
    # The local clock can be set back: a look further ahead than any pause was planned by another time.
    return mark.next_at <= now or mark.next_at - now > LONGEST_PAUSE


def _months_back(first: str, last: str) -> Iterator[str]:
    oldest, newest = time_of_ulid(first), time_of_ulid(last)
    year, month = newest.year, newest.month
    while f"{year:04d}-{month:02d}" >= f"{oldest:%Y-%m}":
        yield f"{year:04d}-{month:02d}"
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
