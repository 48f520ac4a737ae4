"""Quotes: what contacts were shown before paying. They pass; an expired one is kept a day, so that it can be told from an unknown one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from duebook.domain.quotes import Quote
from duebook.domain.selection import ChosenInvoices, CustomAmount, PricedLine, Selection
from duebook.errors import NotFoundError
from duebook.storage import keys
from duebook.storage.dynamo import DynamoDBClient, Tables, content, document, get, put_new, write_one

KEPT = timedelta(days=1)


class QuoteStore:
    """Reads and writes quotes in the Transient table."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.transient

    def add(self, quote: Quote) -> None:
        """Write a new quote."""
        doc = {
            "currency": quote.currency,
            "selection": _selection_doc(quote.selection),
            "lines": [[line.invoice_id, line.number, line.minor, line.in_full] for line in quote.lines],
            "expires_at": quote.expires_at.isoformat(),
        }
        pk = keys.quote_pk(quote.tenant_id, quote.customer_id, quote.quote_id)
        expires_at = int((quote.expires_at + KEPT).timestamp())
        write_one(self._client, put_new(self._table, document(pk, keys.TRANSIENT_SK, doc, expires_at=expires_at)))

    def get(self, tenant_id: str, customer_id: str, quote_id: str) -> Quote:
        """Read a quote of this very customer, expired or not.

        Raises:
            NotFoundError: None such.
        """
        item = get(self._client, self._table, keys.quote_pk(tenant_id, customer_id, quote_id), keys.TRANSIENT_SK)
        if item is None:
            raise NotFoundError("This quote is not known. You have not been charged. Choose again what you want to pay.")
        doc = content(item)
        lines = tuple(PricedLine(*line) for line in doc["lines"])
        expires_at = datetime.fromisoformat(doc["expires_at"])
        return Quote(quote_id, tenant_id, customer_id, doc["currency"], _selection_of(doc["selection"]), lines, expires_at)


def _selection_doc(selection: Selection) -> dict[str, Any]:
    if isinstance(selection, CustomAmount):
        return {"minor": selection.minor}
    return {"invoice_ids": list(selection.invoice_ids)}


def _selection_of(doc: dict[str, Any]) -> Selection:
    return CustomAmount(doc["minor"]) if "minor" in doc else ChosenInvoices(tuple(doc["invoice_ids"]))
