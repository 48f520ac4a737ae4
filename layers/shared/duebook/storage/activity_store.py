"""The activity log in the Directory: lines below the tenant and below the customer, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from duebook.domain.activity_log import Action, ActivityLine, Actor
from duebook.domain.identifiers import ulid_from
from duebook.errors import AlreadyPostedError
from duebook.storage import keys
from duebook.storage.dynamo import DynamoDBClient, Item, Tables, content, document, key, put_new, query, transact

FIRST = bytes(10)
"""What follows the instant in the smallest id of that instant."""


class ActivityStore:
    """Writes and reads the activity log. It only ever puts new items."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.directory

    def add(self, tenant_id: str, line: ActivityLine, *, request: str | None = None) -> None:
        """Write a line, once.

        Args:
            tenant_id: Whose log.
            line: What was done.
            request: Names the request that did it, where one may come twice: its Idempotency-Key, or a hash of it.

        Raises:
            AlreadyPostedError: The line, or a line of the same request, is on record.
        """
        partitions = [keys.activity_pk(tenant_id)]
        if line.customer_id:
            partitions.append(keys.customer_activity_pk(tenant_id, line.customer_id))
        items = [_line_item(pk, line) for pk in partitions]
        if request:
            items.append(key(keys.activity_request_pk(tenant_id), keys.activity_request_sk(request)))
        refused = AlreadyPostedError("this is in the activity log already")
        transact(self._client, [put_new(self._table, item, refused) for item in items])

    def of_tenant(
        self, tenant_id: str, *, limit: int, before: str | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> list[ActivityLine]:
        """Read what was done at a business, newest first; arguments as for ``of_customer``."""
        return self._latest(keys.activity_pk(tenant_id), limit, before, since, until)

    def of_customer(
        self,
        tenant_id: str,
        customer_id: str,
        *,
        limit: int,
        before: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[ActivityLine]:
        """Read what was done to a customer, newest first.

        Args:
            tenant_id: Whose log.
            customer_id: Which customer.
            limit: Lines at most.
            before: The cursor: id of the last line of the page before.
            since: From this instant on.
            until: Before this instant.
        """
        return self._latest(keys.customer_activity_pk(tenant_id, customer_id), limit, before, since, until)

    def _latest(self, pk: str, limit: int, before: str | None, since: datetime | None, until: datetime | None) -> list[ActivityLine]:
        first = ulid_from(since, FIRST) if since else "0"
        last = ulid_from(until, FIRST) if until else "~"
        if before and before < last:
            last = before
        return list(islice(self._between(pk, first, last, limit), limit))

    def _between(self, pk: str, first: str, last: str, limit: int) -> Iterator[ActivityLine]:
        if first > last:
            return
        values = {":pk": {"S": pk}, ":first": {"S": first}, ":last": {"S": last}}
        request = {"KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last", "ExpressionAttributeValues": values}
        # One more than asked for: the cursor's own line is within the ends and is left out.
        for item in query(self._client, self._table, Limit=limit + 1, ScanIndexForward=False, ConsistentRead=True, **request):
            if item["sk"]["S"] < last:
                yield _line_of(item)


def _line_item(pk: str, line: ActivityLine) -> Item:
    doc = {
        "at": line.at.isoformat(),
        "by": line.actor.actor_id,
        "name": line.actor.name,
        "action": line.action.value,
        "customer": line.customer_id,
        "subject": list(line.subject) if line.subject else None,
        "reason": line.reason,
        "detail": line.detail,
    }
    return document(pk, line.line_id, {name: value for name, value in doc.items() if value not in (None, "")})


def _line_of(item: Item) -> ActivityLine:
    doc = content(item)
    subject = doc.get("subject")
    return ActivityLine(
        line_id=item["sk"]["S"],
        at=datetime.fromisoformat(doc["at"]),
        actor=Actor(doc["by"], doc.get("name", "")),
        action=Action(doc["action"]),
        customer_id=doc.get("customer"),
        subject=(subject[0], subject[1]) if subject else None,
        reason=doc.get("reason"),
        detail=doc.get("detail", ""),
    )
