"""Invoices and credit memos as documents, below their customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from duebook.domain.invoices import Invoice, InvoiceLine, open_item_of
from duebook.domain.open_items import OpenItem
from duebook.errors import AlreadyPostedError, NotFoundError, UnprocessableError
from duebook.storage import keys
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    content,
    document,
    get,
    get_many,
    key,
    prefixed,
    put_changed,
    put_new,
    query,
    transact,
    version_of,
    write_one,
)

AT_ONCE = 100
INVOICE = "INV"
CREDIT_MEMO = "CRM"


@dataclass(frozen=True, slots=True)
class CreditMemo:
    """A document that lowers what a customer owes; its amount becomes unapplied credit."""

    credit_memo_id: str
    customer_id: str
    number: str
    issued_on: date
    currency: str
    minor: int
    reason: str
    applied_in: tuple[int, ...] = ()
    version: int = 0


class InvoiceStore:
    """Reads invoices and credit memos, and makes the writes that a commit carries."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.accounts

    def customer_of(self, tenant_id: str, kind: str, item_id: str) -> str | None:
        """Return whose document an id is, or None when the tenant has no such id."""
        item = get(self._client, self._table, keys.reference_pk(tenant_id, kind, item_id), keys.REFERENCE_SK)
        return item["customer_id"]["S"] if item else None

    def find(self, tenant_id: str, invoice_id: str) -> Invoice | None:
        """Read an invoice by its id in the tenant, or None."""
        customer_id = self.customer_of(tenant_id, INVOICE, invoice_id)
        return self.get(tenant_id, customer_id, invoice_id) if customer_id else None

    def required(self, tenant_id: str, invoice_id: str) -> Invoice:
        """Read an invoice by its id in the tenant.

        Raises:
            NotFoundError: No such invoice.
        """
        invoice = self.find(tenant_id, invoice_id)
        if invoice is None:
            raise NotFoundError(f"no invoice {invoice_id}")
        return invoice

    def get(self, tenant_id: str, customer_id: str, invoice_id: str) -> Invoice | None:
        """Read one invoice of a customer, or None."""
        item = get(self._client, self._table, keys.customer_pk(tenant_id, customer_id), keys.document_sk(INVOICE, invoice_id))
        return invoice_of(item) if item else None

    def many(self, tenant_id: str, customer_id: str, invoice_ids: Sequence[str]) -> dict[str, Invoice]:
        """Read invoices of one customer by id; absent ones are absent."""
        pk = keys.customer_pk(tenant_id, customer_id)
        items = get_many(self._client, self._table, [(pk, keys.document_sk(INVOICE, one)) for one in invoice_ids])
        return {invoice.invoice_id: invoice for invoice in map(invoice_of, items.values())}

    def issued_items(self, tenant_id: str, customer_id: str, invoice_ids: Sequence[str]) -> dict[str, OpenItem]:
        """Read invoices of one customer as the open items they were issued as; absent ones are absent."""
        found = self.many(tenant_id, customer_id, invoice_ids)
        return {one: item for one, invoice in found.items() if (item := open_item_of(invoice)) is not None}

    def owners(self, tenant_id: str, invoice_ids: Sequence[str]) -> dict[str, str]:
        """Return whose invoices some ids are; ids the tenant does not have are absent."""
        by_pk = {keys.reference_pk(tenant_id, INVOICE, one): one for one in invoice_ids}
        items = get_many(self._client, self._table, [(pk, keys.REFERENCE_SK) for pk in by_pk])
        return {by_pk[pk]: item["customer_id"]["S"] for (pk, _), item in items.items()}

    def of_customer(self, tenant_id: str, customer_id: str, *, after: str | None = None) -> Iterator[Invoice]:
        """Read the invoices of a customer in the order of their ids, all or those after one."""
        pk = keys.customer_pk(tenant_id, customer_id)
        request = prefixed(pk, f"{INVOICE}#")
        if after:
            request["ExclusiveStartKey"] = key(pk, keys.document_sk(INVOICE, after))
        for item in query(self._client, self._table, ConsistentRead=True, **request):
            yield invoice_of(item)

    def of_dates(self, tenant_id: str, first: date, last: date, *, before: tuple[date, str] | None = None) -> Iterator[Invoice]:
        """Read a tenant's invoices dated between two days, both included: the newest first, on one day by id.

        A hundred a request, and only as far as is asked; ``before`` is date and id of the last one of the page before.
        """
        newest = min(last, before[0]) if before else last
        for year in range(newest.year, first.year - 1, -1):
            # No id holds a tilde, and all its characters stand before it.
            last_id = before[1] if before and newest == before[0] else "~"
            last_key = keys.invoices_sk(newest.isoformat(), last_id)
            values = {
                ":pk": {"S": keys.invoices_pk(tenant_id, f"{year:04d}")},
                ":first": {"S": first.isoformat()},
                ":last": {"S": last_key},
            }
            request = {
                "IndexName": keys.INVOICES_BY_DATE,
                "KeyConditionExpression": "invoices_pk = :pk AND invoices_sk BETWEEN :first AND :last",
                "ExpressionAttributeValues": values,
                "ScanIndexForward": False,
                "Limit": AT_ONCE,
            }
            for item in query(self._client, self._table, **request):
                invoice = invoice_of(item)
                if (invoice.invoice_on, invoice.invoice_id) != before:
                    yield invoice

    def added(self, tenant_id: str, invoice: Invoice) -> tuple[Write, ...]:
        """Make the writes of a new invoice: its item, the one that makes its id unique, and its place below its parent."""
        return self.added_together(tenant_id, [invoice])

    def added_together(self, tenant_id: str, invoices: Sequence[Invoice]) -> tuple[Write, ...]:
        """Make the writes of new invoices of one customer that are posted in one transaction."""
        writes: list[Write] = []
        for invoice in invoices:
            refused = AlreadyPostedError(f"invoice {invoice.invoice_id} is on record already")
            reference = key(keys.reference_pk(tenant_id, INVOICE, invoice.invoice_id), keys.REFERENCE_SK)
            reference["customer_id"] = {"S": invoice.customer_id}
            writes += [put_new(self._table, invoice_item(tenant_id, invoice), refused), put_new(self._table, reference, refused)]
        return (*writes, *self.children_added(tenant_id, invoices))

    def children_added(self, tenant_id: str, invoices: Sequence[Invoice]) -> tuple[Write, ...]:
        """Make the writes that hang the children among some invoices below their parents, which must still be live then."""
        below: dict[tuple[str, str], list[str]] = {}
        for child in invoices:
            if child.parent_id is not None and not child.draft:
                below.setdefault((child.customer_id, child.parent_id), []).append(child.invoice_id)
        return tuple(self._hung(tenant_id, *parent, children) for parent, children in below.items())

    def _hung(self, tenant_id: str, customer_id: str, parent_id: str, children: list[str]) -> Write:
        request = {
            "TableName": self._table,
            "Key": key(keys.customer_pk(tenant_id, customer_id), keys.document_sk(INVOICE, parent_id)),
            # The version goes up too, so that whoever read the parent before cannot put it back without the child.
            "UpdateExpression": "ADD children :children, version :one",
            "ConditionExpression": "live_parent = :yes",
            "ExpressionAttributeValues": {":children": {"SS": children}, ":yes": {"N": "1"}, ":one": {"N": "1"}},
        }
        return Write({"Update": request}, UnprocessableError(f"multi-site invoice {parent_id} is void", field="parent_id"))

    def changed(self, tenant_id: str, invoice: Invoice) -> Write:
        """Make the write that replaces an invoice, which must be unchanged since it was read."""
        return put_changed(self._table, invoice_item(tenant_id, replace(invoice, version=invoice.version + 1)), invoice.version)

    def add(self, tenant_id: str, invoice: Invoice) -> None:
        """Write a new invoice that posts nothing: a draft or a multi-site parent.

        Raises:
            AlreadyPostedError: Its id is taken.
        """
        transact(self._client, self.added(tenant_id, invoice))

    def save(self, tenant_id: str, invoice: Invoice) -> None:
        """Replace an invoice outside of a commit.

        Raises:
            ConflictError: It changed since it was read.
        """
        write_one(self._client, self.changed(tenant_id, invoice))

    def credit_memo(self, tenant_id: str, customer_id: str, credit_memo_id: str) -> CreditMemo | None:
        """Read one credit memo of a customer, or None."""
        item = get(self._client, self._table, keys.customer_pk(tenant_id, customer_id), keys.document_sk(CREDIT_MEMO, credit_memo_id))
        return _credit_memo_of(item) if item else None

    def credit_memos(self, tenant_id: str, customer_id: str) -> Iterator[CreditMemo]:
        """Read all credit memos of a customer."""
        pk = keys.customer_pk(tenant_id, customer_id)
        for item in query(self._client, self._table, ConsistentRead=True, **prefixed(pk, f"{CREDIT_MEMO}#")):
            yield _credit_memo_of(item)

    def credit_memo_added(self, tenant_id: str, memo: CreditMemo) -> tuple[Write, Write]:
        """Make the writes of a new credit memo."""
        refused = AlreadyPostedError(f"credit memo {memo.credit_memo_id} is on record already")
        reference = key(keys.reference_pk(tenant_id, CREDIT_MEMO, memo.credit_memo_id), keys.REFERENCE_SK)
        reference["customer_id"] = {"S": memo.customer_id}
        return put_new(self._table, _credit_memo_item(tenant_id, memo), refused), put_new(self._table, reference, refused)

    def credit_memo_changed(self, tenant_id: str, memo: CreditMemo) -> Write:
        """Make the write that replaces a credit memo, which must be unchanged since it was read."""
        return put_changed(self._table, _credit_memo_item(tenant_id, replace(memo, version=memo.version + 1)), memo.version)


def invoice_item(tenant_id: str, invoice: Invoice) -> Item:
    """Write an invoice's item. Children stand in a set of their own, so that two may be added at once."""
    doc: dict[str, Any] = {
        "id": invoice.invoice_id,
        "customer": invoice.customer_id,
        "number": invoice.number,
        "invoice_on": invoice.invoice_on.isoformat(),
        "due_on": invoice.due_on.isoformat(),
        "currency": invoice.currency,
        "lines": [[line.description, str(line.quantity), line.unit_price] for line in invoice.lines] or None,
        "tax": invoice.tax or None,
        "offline": None if invoice.pay_online else 1,
        "site": invoice.site_id,
        "parent": invoice.parent_id,
        "multi_site": 1 if invoice.multi_site else None,
        "draft": 1 if invoice.draft else None,
        "void": invoice.void_reason,
    }
    item = document(
        keys.customer_pk(tenant_id, invoice.customer_id),
        keys.document_sk(INVOICE, invoice.invoice_id),
        {name: value for name, value in doc.items() if value is not None},
        version=invoice.version,
        invoices_pk=keys.invoices_pk(tenant_id, f"{invoice.invoice_on.year:04d}"),
        invoices_sk=keys.invoices_sk(invoice.invoice_on.isoformat(), invoice.invoice_id),
        live_parent=1 if invoice.multi_site and not invoice.draft and invoice.void_reason is None else None,
    )
    if invoice.children:
        item["children"] = {"SS": list(invoice.children)}
    return item


def invoice_of(item: Item) -> Invoice:
    """Read an invoice's item."""
    doc = content(item)
    return Invoice(
        invoice_id=doc["id"],
        customer_id=doc["customer"],
        number=doc["number"],
        invoice_on=date.fromisoformat(doc["invoice_on"]),
        due_on=date.fromisoformat(doc["due_on"]),
        currency=doc["currency"],
        lines=tuple(InvoiceLine(text, Decimal(quantity), price) for text, quantity, price in doc.get("lines", ())),
        tax=doc.get("tax", 0),
        pay_online="offline" not in doc,
        site_id=doc.get("site"),
        parent_id=doc.get("parent"),
        multi_site="multi_site" in doc,
        children=tuple(sorted(item["children"]["SS"])) if "children" in item else (),
        draft="draft" in doc,
        void_reason=doc.get("void"),
        version=version_of(item),
    )


def _credit_memo_item(tenant_id: str, memo: CreditMemo) -> Item:
    doc = {
        "id": memo.credit_memo_id,
        "customer": memo.customer_id,
        "number": memo.number,
        "issued_on": memo.issued_on.isoformat(),
        "currency": memo.currency,
        "minor": memo.minor,
        "reason": memo.reason,
        "applied_in": list(memo.applied_in),
    }
    sk = keys.document_sk(CREDIT_MEMO, memo.credit_memo_id)
    return document(keys.customer_pk(tenant_id, memo.customer_id), sk, doc, version=memo.version)


def _credit_memo_of(item: Item) -> CreditMemo:
    doc = content(item)
    return CreditMemo(
        doc["id"],
        doc["customer"],
        doc["number"],
        date.fromisoformat(doc["issued_on"]),
        doc["currency"],
        doc["minor"],
        doc["reason"],
        tuple(doc["applied_in"]),
        version_of(item),
    )
