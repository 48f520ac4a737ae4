"""Email activity over 100,000 mails: requests and read units of a page, whatever is asked for.

The table is a plain one in memory that answers queries as DynamoDB does, page by page: no emulator here takes 100,000 items in a
reasonable time, and requests and units depend on the items alone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from bench.figures import Figure
from bench.ground import TENANT
from bench.meter import READ_BYTES, Item, item_bytes
from duebook.domain.email_activity import About, EventType, Mail, MailEvent, MailKind, MailStatus, mail_caused, record, shown_status
from duebook.storage import keys
from duebook.storage.dynamo import DynamoDBClient, Tables, key
from duebook.storage.email_items import mail_item
from duebook.storage.email_store import EmailStore
from duebook.storage.mail_counts import SHARDS
from duebook.usecases.read_mails import MailFilter, MailPage, read_mails

TABLE = "EmailActivityTable"
PAGE_BYTES = 1_000_000
MAILS = 100_000
DAYS = 31
FIRST, LAST = date(2025, 5, 1), date(2025, 5, 31)
ZONE = "America/New_York"
LIMIT = 50
BOUNCED_EVERY = 400
REFUND_EVERY = 5_000
CUSTOMERS = 5_000
LIMITS = {
    "the first page of a month": (6, 30),
    "the thousandth page of a month": (6, 30),
    "what bounced": (6, 30),
    "a kind that is rare": (12, 180),
    "a customer's": (2, 8),
    "a text that nobody wrote, until it stops": (12, 180),
}
"""For each page: requests, read units."""


class Rows:
    """A table in memory: partitions of the table and of its indexes, each sorted; counts requests and read units."""

    def __init__(self) -> None:
        self.parts: dict[tuple[str, str], list[tuple[str, Item]]] = {}
        self.requests = 0
        self.read_units = 0.0

    def put(self, item: Item) -> None:
        """Add an item, in the order of its sort key."""
        for name in ("pk", "status_pk", "customer_pk", "address_pk"):
            if name in item:
                self.parts.setdefault((name, item[name]["S"]), []).append((item["sk"]["S"], item))

    def query(self, **asked: Any) -> Item:
        """Answer one page: at most ``Limit`` items and 1 MB; half a unit for each started 4 KB."""
        values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
        rows = self.parts.get((asked["KeyConditionExpression"].split()[0], values[":pk"]), [])
        start, end = bisect_left(rows, values[":first"], key=_sk), bisect_right(rows, values[":last"], key=_sk)
        found = rows[start:end]
        if not asked.get("ScanIndexForward", True):
            found.reverse()
        if "ExclusiveStartKey" in asked:
            found = found[[sk for sk, _ in found].index(asked["ExclusiveStartKey"]["sk"]["S"]) + 1 :]
        page, size = [], 0
        for _, item in found[: asked.get("Limit", len(found))]:
            if size > PAGE_BYTES:
                break
            page.append(item)
            size += item_bytes(item)
        self.requests += 1
        self.read_units += max(1, -(-size // READ_BYTES)) / 2
        more = len(page) < len(found) or len(page) == asked.get("Limit")
        return {"Items": page} | ({"LastEvaluatedKey": {name: page[-1][name] for name in ("pk", "sk")}} if page and more else {})


def measure() -> list[Figure]:
    """Fill the table and ask for pages."""
    rows = _filled()
    store = EmailStore(cast("DynamoDBClient", rows), Tables("", "", "", TABLE, ""))
    month = MailFilter(FIRST, LAST)
    ask = {
        "the first page of a month": (month, None),
        "the thousandth page of a month": (month, _mail(MAILS // 2).key.mail_id),
        "what bounced": (replace(month, status=MailStatus.BOUNCED), None),
        "a kind that is rare": (replace(month, kind=MailKind.REFUND_NOTICE), None),
        "a customer's": (replace(month, customer_id="cus_7"), None),
        "a text that nobody wrote, until it stops": (replace(month, text="zebra"), None),
    }
    return [figure for name, (wanted, before) in ask.items() for figure in _page(rows, store, name, wanted, before)]


def _page(rows: Rows, store: EmailStore, name: str, wanted: MailFilter, before: str | None) -> list[Figure]:
    rows.requests, rows.read_units = 0, 0.0
    page: MailPage = read_mails(TENANT, wanted, time_zone=ZONE, limit=LIMIT, before=before, mails=store)
    if not wanted.text and not wanted.customer_id and not wanted.kind:
        assert sum(page.counts.values()) == MAILS
    requests, read_units = LIMITS[name]
    title = f"Email activity over {MAILS:,} mails, {name}"
    return [Figure(f"{title}: requests", rows.requests, "", requests), Figure(f"{title}: read units", rows.read_units, "RRU", read_units)]


def _mail(number: int) -> Mail:
    """Return one of the mails: the number tells kind, customer and what became of it."""
    at = datetime(2025, 5, 1, 5, tzinfo=UTC) + timedelta(days=DAYS - 1) * number / MAILS
    kind = MailKind.REFUND_NOTICE if number % REFUND_EVERY == 0 else MailKind.STATEMENT if number % 3 else MailKind.RECEIPT
    customer = number % CUSTOMERS
    to, about = f"accounts@customer-{customer}.example", About("payment", f"pay_{number:026d}")
    subject = f"Statement of Customer {customer} from Bench Site Services"
    mail = mail_caused(TENANT, str(number), at=at, to=to, subject=subject, kind=kind, customer_id=f"cus_{customer}", about=about)
    mail = replace(mail, day=at.astimezone(ZoneInfo(ZONE)).date(), message_id=f"0100019730-{number:040d}", version=4)
    told = [EventType.QUEUED, EventType.SENT, EventType.HARD_BOUNCE if number % BOUNCED_EVERY == 0 else EventType.DELIVERED]
    for step, type_ in enumerate(told):
        words = "smtp; 250 2.0.0 OK 1748865604 a1b2c3d4e5f6-gsmtp" if step == 2 else None
        mail = record(mail, MailEvent(type_, at + timedelta(seconds=step), f"0100019730-{step}", words)) or mail
    return mail


def _filled() -> Rows:
    rows = Rows()
    counters: dict[tuple[date, int], Counter[str]] = {}
    for number in range(MAILS):
        mail = _mail(number)
        assert mail.day is not None
        rows.put(mail_item(mail))
        shard = sum(mail.key.mail_id.encode()) % SHARDS
        counters.setdefault((mail.day, shard), Counter())[f"{mail.kind.value}.{shown_status(mail).value}"] += 1
    for item in _counter_items(counters):
        rows.put(item)
    return rows


def _counter_items(counters: dict[tuple[date, int], Counter[str]]) -> Iterator[Item]:
    for (day, shard), counter in sorted(counters.items()):
        numbers = {name: {"N": str(number)} for name, number in counter.items()}
        for gone in ("queued", "sent"):
            numbers |= {f"{name.partition('.')[0]}.{gone}": {"N": "0"} for name in counter}
        where = key(keys.mail_counts_pk(TENANT, day), keys.mail_counts_sk(day, shard))
        yield where | numbers | {"zones": {"SS": [ZONE]}, "expires_at": {"N": "1783000000"}}


def _sk(row: tuple[str, Item]) -> str:
    return row[0]
