"""Mails that somebody is owed, with a link or about a service request: on record with what they follow from, until they are queued."""

from __future__ import annotations

from itertools import islice

from duebook.domain.identity import LinkOrder
from duebook.domain.link_orders import Order, message_of, order_of
from duebook.errors import InvariantError
from duebook.storage import keys
from duebook.storage.dynamo import DynamoDBClient, Tables, Write, content, document, key, prefixed, put_new, query, write_one


class OwedLinkStore:
    """Reads and writes orders in the Directory."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.directory

    def owed(self, order: Order) -> Write:
        """Make the write that puts an order on record, for the transaction of what it follows from."""
        return put_new(self._table, document(keys.OWED_LINKS_PK, _sk(order), message_of(order)))

    def queued(self, order: Order) -> None:
        """Take an order off the record: it was queued."""
        write_one(self._client, Write({"Delete": {"TableName": self._table, "Key": key(keys.OWED_LINKS_PK, _sk(order))}}))

    def left(self, *, limit: int) -> list[Order]:
        """List orders that are on record, of all tenants."""
        items = query(self._client, self._table, ConsistentRead=True, **prefixed(keys.OWED_LINKS_PK))
        return [order_of(content(item)) for item in islice(items, limit)]


def _sk(order: Order) -> str:
    whose = order.membership if isinstance(order, LinkOrder) else order
    if whose is None:
        raise InvariantError("an order that names no contact is owed to nobody")
    return keys.joined(whose.tenant_id, order.order_id)
