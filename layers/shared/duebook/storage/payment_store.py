"""Payments as documents: one item each, found by customer, by day, by what is due, and by id in the tenant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from duebook.domain.identifiers import is_order_id, order_tail
from duebook.domain.money import Money
from duebook.domain.payments import DeclineReason, Payer, Payment, PaymentKey, PaymentState
from duebook.domain.refunds import Refund, StepState, Void
from duebook.errors import AlreadyPostedError, NotFoundError
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
    instant,
    key,
    prefixed,
    put_changed,
    put_new,
    query,
    transact,
    version_of,
    write_one,
)

KIND = "PAY"
CONCERNS = frozenset({PaymentState.UNKNOWN, PaymentState.REVIEW, PaymentState.RETURNED, PaymentState.CHARGED_BACK})
PLAIN = (
    "channel", "method_type", "order_id", "merchant_account_id", "brand", "last4", "check_number", "received_on", "reference",
    "reason_code", "looks", "parked", "fingerprint", "ended_code", "taken_back", "method_id", "closed", "authorization",
)  # fmt: skip


class PaymentStore:
    """Reads payments, and makes the writes that a commit carries."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.accounts

    def get(self, payment_key: PaymentKey) -> Payment:
        """Read one payment.

        Raises:
            NotFoundError: No such payment of this customer.
        """
        pk = keys.customer_pk(payment_key.tenant_id, payment_key.customer_id)
        item = get(self._client, self._table, pk, keys.document_sk(KIND, payment_key.payment_id))
        if item is None:
            raise NotFoundError(f"no payment {payment_key.payment_id}")
        return payment_of(item)

    def many(self, tenant_id: str, customer_id: str, payment_ids: Sequence[str]) -> dict[str, Payment]:
        """Read payments of one customer by id, a hundred a request; absent ones are absent."""
        pk = keys.customer_pk(tenant_id, customer_id)
        items = get_many(self._client, self._table, [(pk, keys.document_sk(KIND, one)) for one in payment_ids])
        return {payment.key.payment_id: payment for payment in map(payment_of, items.values())}

    def find(self, tenant_id: str, payment_id: str) -> PaymentKey:
        """Find whose payment an id is.

        Raises:
            NotFoundError: No such payment of this tenant.
        """
        found = self._find(tenant_id, payment_id)
        if found is None or found.payment_id != payment_id:
            raise NotFoundError(f"no payment {payment_id}")
        return found

    def find_by_order_id(self, tenant_id: str, order_id: str) -> PaymentKey | None:
        """Find whose charge or refund an order id is; None when it is none of ours."""
        return self._find(tenant_id, order_id) if is_order_id(order_id) else None

    def _find(self, tenant_id: str, text: str) -> PaymentKey | None:
        item = get(self._client, self._table, keys.reference_pk(tenant_id, KIND, order_tail(text)), keys.REFERENCE_SK)
        return PaymentKey(tenant_id, item["customer_id"]["S"], item["payment_id"]["S"]) if item else None

    def of_customer(self, tenant_id: str, customer_id: str, *, limit: int, before: str | None = None) -> list[Payment]:
        """Read a customer's payments, newest first; ``before`` is the last payment id of the page before."""
        request: dict[str, Any] = prefixed(keys.customer_pk(tenant_id, customer_id), f"{KIND}#", forward=False)
        if before:
            request["KeyConditionExpression"] = "pk = :pk AND sk BETWEEN :prefix AND :before"
            request["ExpressionAttributeValues"][":before"] = {"S": keys.document_sk(KIND, before)}
        found: list[Payment] = []
        for item in query(self._client, self._table, ConsistentRead=True, Limit=limit + 1, **request):
            payment = payment_of(item)
            if payment.key.payment_id != before:
                found.append(payment)
            if len(found) == limit:
                break
        return found

    def of_day(self, tenant_id: str, day: str) -> Iterator[Payment]:
        """Read a tenant's payments of one UTC day (YYYY-MM-DD), newest first."""
        values = {":pk": {"S": keys.day_pk(tenant_id, day)}}
        request = {"IndexName": keys.PAYMENTS_BY_DAY, "KeyConditionExpression": "day_pk = :pk", "ExpressionAttributeValues": values}
        for item in query(self._client, self._table, ScanIndexForward=False, **request):
            yield payment_of(item)

    def to_look_at(self, tenant_id: str, *, limit: int) -> list[Payment]:
        """Read a tenant's payments that wait for a person, or went back, newest first."""
        values = {":pk": {"S": keys.look_pk(tenant_id)}}
        request = {"IndexName": keys.PAYMENTS_TO_LOOK_AT, "KeyConditionExpression": "look_pk = :pk", "ExpressionAttributeValues": values}
        found = query(self._client, self._table, ScanIndexForward=False, Limit=limit, **request)
        return [payment_of(item) for item in islice(found, limit)]

    def due(self, now: datetime, *, limit: int) -> list[PaymentKey]:
        """List payments of all tenants that need work by now, the longest waiting of each shard first."""
        found: list[PaymentKey] = []
        for number in range(keys.DUE_SHARDS):
            values = {":shard": {"S": keys.due_shard_name(number)}, ":now": {"S": now.isoformat()}}
            request = {
                "IndexName": keys.PAYMENTS_DUE,
                "KeyConditionExpression": "due_shard = :shard AND due_at <= :now",
                "ExpressionAttributeValues": values,
            }
            for count, item in enumerate(query(self._client, self._table, Limit=limit, **request), start=1):
                found.append(payment_of(item).key)
                if count == limit:
                    break
        return found

    def added(self, payment: Payment) -> tuple[Write, Write]:
        """Make the writes of a new payment: its item and the one that makes its id unique in the tenant."""
        reference_pk = keys.reference_pk(payment.key.tenant_id, KIND, order_tail(payment.key.payment_id))
        reference: Item = {
            "pk": {"S": reference_pk},
            "sk": {"S": keys.REFERENCE_SK},
            "customer_id": {"S": payment.key.customer_id},
            "payment_id": {"S": payment.key.payment_id},
        }
        return put_new(self._table, payment_item(payment)), put_new(self._table, reference)

    def changed(self, payment: Payment) -> Write:
        """Make the write that replaces a payment, which must be unchanged since it was read."""
        return put_changed(self._table, payment_item(replace(payment, version=payment.version + 1)), payment.version)

    def applied(self, payment_key: PaymentKey, numbers: Sequence[int], *, is_whole: bool) -> Write:
        """Make the write that adds entries to those that applied a payment, which need not have been read.

        Args:
            payment_key: Which payment; one that is applied already refuses with AlreadyPostedError.
            numbers: Of the journal entries; may be empty.
            is_whole: Nothing more will be applied by itself.
        """
        values: Item = {":one": {"N": "1"}}
        expression = "ADD version :one"
        if numbers:
            values[":numbers"] = {"NS": [str(number) for number in numbers]}
            expression += ", applied_in :numbers"
        request = {
            "TableName": self._table,
            "Key": key(keys.customer_pk(payment_key.tenant_id, payment_key.customer_id), keys.document_sk(KIND, payment_key.payment_id)),
            "UpdateExpression": expression + (" SET applied = :one" if is_whole else ""),
            "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(applied)",
            "ExpressionAttributeValues": values,
        }
        return Write({"Update": request}, AlreadyPostedError(f"payment {payment_key.payment_id} is applied"))

    def carry_out(self, *writes: Write) -> None:
        """Carry out writes together outside of a commit.

        Raises:
            DuebookError: As the writes say.
        """
        transact(self._client, list(writes))

    def save(self, payment: Payment) -> None:
        """Replace a payment outside of a commit.

        Raises:
            ConflictError: It changed since it was read.
        """
        write_one(self._client, self.changed(payment))


def concerns_staff(payment: Payment) -> bool:
    """Tell whether a payment waits for a person, for an answer that may not come, or went back without staff's doing."""
    return payment.parked is not None or payment.state in CONCERNS


def payment_item(payment: Payment) -> Item:
    """Write a payment's item."""
    doc: dict[str, Any] = {name: getattr(payment, name) for name in PLAIN}
    doc |= {
        "tenant": payment.key.tenant_id,
        "customer": payment.key.customer_id,
        "id": payment.key.payment_id,
        "minor": payment.amount.minor,
        "currency": payment.amount.currency,
        "state": payment.state.value,
        "created_at": payment.created_at.isoformat(),
        "captured_at": payment.captured_at.isoformat() if payment.captured_at else None,
        "reason": payment.reason.value if payment.reason else None,
        "payer": [payment.payer.name, payment.payer.email, payment.payer.postal_code] if payment.payer else None,
        "settled_at": payment.settled_at.isoformat() if payment.settled_at else None,
        "refunds": [_refund_doc(refund) for refund in payment.refunds],
        "void": _void_doc(payment.void) if payment.void else None,
        "news": list(payment.news),
        "due_at": payment.due_at.isoformat() if payment.due_at else None,
    }
    item = document(
        keys.customer_pk(payment.key.tenant_id, payment.key.customer_id),
        keys.document_sk(KIND, payment.key.payment_id),
        {name: value for name, value in doc.items() if value not in (None, "", 0, [], False)},
        version=payment.version,
        day_pk=keys.day_pk(payment.key.tenant_id, payment.created_at.date().isoformat()),
        day_sk=payment.key.payment_id,
        due_shard=keys.due_shard(payment.key) if payment.due_at else None,
        due_at=payment.due_at.isoformat() if payment.due_at else None,
        look_pk=keys.look_pk(payment.key.tenant_id) if concerns_staff(payment) else None,
        applied=1 if payment.applied else None,
    )
    if payment.applied_in:
        item["applied_in"] = {"NS": [str(number) for number in payment.applied_in]}
    return item


def payment_of(item: Item) -> Payment:
    """Read a payment's item."""
    doc = content(item)
    payer = doc.get("payer")
    plain = {name: doc[name] for name in PLAIN if name in doc}
    return Payment(
        key=PaymentKey(doc["tenant"], doc["customer"], doc["id"]),
        amount=Money(doc.get("minor", 0), doc["currency"]),
        state=PaymentState(doc["state"]),
        created_at=datetime.fromisoformat(doc["created_at"]),
        captured_at=instant(doc.get("captured_at")),
        settled_at=instant(doc.get("settled_at")),
        refunds=tuple(_refund_of(refund) for refund in doc.get("refunds", ())),
        void=_void_of(doc["void"]) if "void" in doc else None,
        news=tuple(doc.get("news", ())),
        due_at=instant(doc.get("due_at")),
        reason=DeclineReason(doc["reason"]) if "reason" in doc else None,
        payer=Payer(*payer) if payer else None,
        applied_in=tuple(sorted(int(number) for number in item["applied_in"]["NS"])) if "applied_in" in item else (),
        applied="applied" in item,
        version=version_of(item),
        **plain,
    )


REFUND = ("refund_id", "order_id", "minor", "reason", "actor", "looks", "reference", "reason_code")
VOID = ("reason", "actor", "looks", "reason_code")


def _refund_doc(refund: Refund) -> dict[str, Any]:
    doc = {name: getattr(refund, name) for name in REFUND}
    doc |= {"asked_at": refund.asked_at.isoformat(), "state": refund.state.value}
    doc["invoice_ids"] = list(refund.invoice_ids) if refund.invoice_ids is not None else None
    return {name: value for name, value in doc.items() if value not in (None, 0)}


def _refund_of(doc: dict[str, Any]) -> Refund:
    return Refund(
        **{name: doc[name] for name in REFUND if name in doc},
        asked_at=datetime.fromisoformat(doc["asked_at"]),
        state=StepState(doc["state"]),
        invoice_ids=tuple(doc["invoice_ids"]) if "invoice_ids" in doc else None,
    )


def _void_doc(void: Void) -> dict[str, Any]:
    doc = {name: getattr(void, name) for name in VOID} | {"asked_at": void.asked_at.isoformat(), "state": void.state.value}
    return {name: value for name, value in doc.items() if value not in (None, 0)}


def _void_of(doc: dict[str, Any]) -> Void:
    plain = {name: doc[name] for name in VOID if name in doc}
    return Void(**plain, asked_at=datetime.fromisoformat(doc["asked_at"]), state=StepState(doc["state"]))
