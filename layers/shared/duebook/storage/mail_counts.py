"""How many mails of a day stand where: counters beside the rows, changed in the same transaction and so always exact.

A day has several counters, of which each mail keeps to one: a run of thousands of mails does not queue up at a single item.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from duebook.domain.email_activity import Mail, MailKind, MailStatus, shown_status
from duebook.storage import keys
from duebook.storage.dynamo import DynamoDBClient, Item, Write, key, query
from duebook.storage.email_items import KEPT

SHARDS = 8


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many mails of a day, a kind and a shown status there are; the day is that of the zone they were counted in."""

    day: date
    kind: MailKind
    status: MailStatus
    number: int


@dataclass(frozen=True, slots=True)
class DayCounts:
    """The counts of a range of days, and the zones its days were told in: more than one when the business moved."""

    counts: tuple[DayCount, ...]
    zones: frozenset[str]


def counting(table: str, was: Mail | None, mail: Mail, zone: str | None = None) -> list[Write]:
    """Return the write that counts a mail where it now stands, or none when that is where it stood.

    Args:
        table: The EmailActivity table.
        was: The mail before; None for a new one.
        mail: The mail as written with it. One without a day is older than the counters and is not counted.
        zone: The IANA zone its day was told in, with a new one.
    """
    if mail.day is None or (was is not None and shown_status(was) is shown_status(mail)):
        return []
    names = {"#now": _name(mail)} | ({"#was": _name(was)} if was else {})
    values: Item = {":one": {"N": "1"}, ":end": {"N": str(_ends(mail.day))}}
    change = "ADD #now :one"
    if was:
        values[":less"] = {"N": "-1"}
        change += ", #was :less"
    if zone:
        values[":zone"] = {"SS": [zone]}
        change += ", zones :zone"
    return [
        Write(
            {
                "Update": {
                    "TableName": table,
                    "Key": key(keys.mail_counts_pk(mail.key.tenant_id, mail.day), keys.mail_counts_sk(mail.day, _shard(mail.key.mail_id))),
                    "UpdateExpression": f"{change} SET expires_at = :end",
                    "ExpressionAttributeNames": names,
                    "ExpressionAttributeValues": values,
                }
            }
        )
    ]


def read_counts(client: DynamoDBClient, table: str, tenant_id: str, first: date, last: date) -> DayCounts:
    """Read the counts of a range of days, both ends included, one query a month."""
    sums: dict[tuple[date, MailKind, MailStatus], int] = {}
    zones: set[str] = set()
    for month in _months(first, last):
        values = {
            ":pk": {"S": keys.mail_counts_pk(tenant_id, month)},
            ":first": {"S": keys.mail_counts_sk(first, 0)},
            ":last": {"S": keys.mail_counts_sk(last, SHARDS)},
        }
        request = {"KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last", "ExpressionAttributeValues": values}
        for item in query(client, table, **request):
            day = date.fromisoformat(item["sk"]["S"].partition(keys.SEPARATOR)[0])
            zones |= set(item.get("zones", {}).get("SS", ()))
            for kind, status, number in _numbers(item):
                sums[day, kind, status] = sums.get((day, kind, status), 0) + number
    counts = (DayCount(day, kind, status, number) for (day, kind, status), number in sorted(sums.items()) if number)
    return DayCounts(tuple(counts), frozenset(zones))


def _numbers(item: Item) -> Iterator[tuple[MailKind, MailStatus, int]]:
    for name, value in item.items():
        kind, dot, status = name.partition(".")
        if dot:
            yield MailKind(kind), MailStatus(status), int(value["N"])


def _name(mail: Mail) -> str:
    return f"{mail.kind.value}.{shown_status(mail).value}"


def _shard(mail_id: str) -> int:
    return sum(mail_id.encode()) % SHARDS


def _ends(day: date) -> int:
    # A day longer than its mails, whatever the zone.
    return int((datetime.combine(day, time(), UTC) + KEPT + timedelta(days=2)).timestamp())


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=31)).replace(day=1)
