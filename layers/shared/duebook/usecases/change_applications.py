"""Apply and un-apply money by hand: payments and credit memos, each step with its reason (R26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.account import Account, AccountKey, find_open_item
from duebook.domain.applications import net_applications
from duebook.domain.decisions import ApplyPayment, UnapplyPayment, decide
from duebook.domain.invoices import open_item_of
from duebook.domain.journal import JournalEntry, Line
from duebook.domain.money import Money
from duebook.domain.open_items import OpenItem
from duebook.domain.payments import Payment
from duebook.errors import UnprocessableError
from duebook.storage.account_store import AccountStore, Plan
from duebook.storage.dynamo import Write
from duebook.storage.invoice_store import CreditMemo, InvoiceStore
from duebook.storage.payment_store import PaymentStore
from duebook.usecases.read_credit_memo import find_credit_memo


@dataclass(frozen=True, slots=True)
class ApplicationDesk:
    """All that changing applications needs of the outside."""

    accounts: AccountStore
    payments: PaymentStore
    invoices: InvoiceStore
    now: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Source:
    """Money that can be applied: a payment or a credit memo, and the entries that applied it so far."""

    document: Payment | CreditMemo
    account_key: AccountKey
    source_id: str
    applied_in: tuple[int, ...]


def apply_by_hand(
    tenant_id: str,
    source_id: str,
    applications: Sequence[tuple[str, int]] | None,
    reason: str,
    *,
    desk: ApplicationDesk,
    memo: bool = False,
    also: tuple[Write, ...] = (),
) -> None:
    """Apply unapplied cash to the invoices named, or to the oldest open ones.

    Args:
        tenant_id: Whose.
        source_id: A payment, or a credit memo when ``memo`` says so.
        applications: Invoice ids and minor units; None for oldest first, pay online or not.
        reason: Why; kept in the journal.
        desk: Stores, time and who does it.
        memo: Whether it is a credit memo.
        also: Writes of the same commit, such as the one that takes an Idempotency-Key.

    Raises:
        NotFoundError: No such payment or credit memo.
        AlreadyPostedError: There is nothing to apply, or nothing open to apply it to; or one of the writes was made before.
        UnprocessableError: More than is unapplied, or more than an invoice has open.
    """
    lines = None if applications is None else tuple(Line(one, one, minor) for one, minor in applications)

    def plan(account: Account) -> Plan:
        source = _source(tenant_id, source_id, desk, memo=memo)
        command = ApplyPayment(source.source_id, online_only=False, lines=lines, reason=reason)
        return _plan(source, account, decide(account, command, posted_at=desk.now, actor=desk.actor), desk, also)

    desk.accounts.change(_source(tenant_id, source_id, desk, memo=memo).account_key, plan)


def unapply(
    tenant_id: str,
    source_id: str,
    applications: Sequence[tuple[str, int]],
    reason: str,
    *,
    desk: ApplicationDesk,
    memo: bool = False,
    also: tuple[Write, ...] = (),
) -> None:
    """Take applications back, whole or in part; the invoices open again with what is taken. ``also`` as in ``apply_by_hand``.

    Raises:
        NotFoundError: No such payment or credit memo.
        AlreadyPostedError: One of the writes of ``also`` was made before.
        UnprocessableError: More is to be taken back from an invoice than is applied to it.
    """

    def plan(account: Account) -> Plan:
        source = _source(tenant_id, source_id, desk, memo=memo)
        lines = _lines(source, applications, desk)
        command = UnapplyPayment(source.source_id, lines, _closed(account, lines, desk), reason)
        return _plan(source, account, decide(account, command, posted_at=desk.now, actor=desk.actor), desk, also)

    desk.accounts.change(_source(tenant_id, source_id, desk, memo=memo).account_key, plan)


def _source(tenant_id: str, source_id: str, desk: ApplicationDesk, *, memo: bool) -> Source:
    if memo:
        found = find_credit_memo(tenant_id, source_id, invoices=desk.invoices)
        return Source(found, AccountKey(tenant_id, found.customer_id, found.currency), source_id, found.applied_in)
    payment = desk.payments.get(desk.payments.find(tenant_id, source_id))
    return Source(payment, AccountKey(tenant_id, payment.key.customer_id, payment.amount.currency), source_id, payment.applied_in)


def _plan(source: Source, account: Account, entry: JournalEntry, desk: ApplicationDesk, also: tuple[Write, ...]) -> Plan:
    return Plan((entry,), (_changed(source, (*source.applied_in, account.version + 1), desk), *also))


def _changed(source: Source, applied_in: tuple[int, ...], desk: ApplicationDesk) -> Write:
    document = source.document
    if isinstance(document, Payment):
        return desk.payments.changed(replace(document, applied_in=applied_in))
    return desk.invoices.credit_memo_changed(source.account_key.tenant_id, replace(document, applied_in=applied_in))


def _lines(source: Source, applications: Sequence[tuple[str, int]], desk: ApplicationDesk) -> tuple[Line, ...]:
    """Name what is taken back, and refuse more than is applied now."""
    entries = desk.accounts.entries([(source.account_key, number) for number in source.applied_in])
    applied = {line.invoice_id: line for line in net_applications(entries[source.account_key, number] for number in source.applied_in)}
    lines = []
    for invoice_id, minor in applications:
        line = applied.pop(invoice_id, None)
        now = line.minor if line else 0
        if line is None or minor > now:
            amount = Money(now, source.account_key.currency)
            raise UnprocessableError(f"{amount} of {source.source_id} is applied to invoice {invoice_id}", field="applications")
        lines.append(replace(line, minor=minor))
    return tuple(lines)


def _closed(account: Account, lines: tuple[Line, ...], desk: ApplicationDesk) -> tuple[OpenItem, ...]:
    """Return, as first issued, the open items of those invoices that are paid now and open again."""
    paid = [line.invoice_id for line in lines if find_open_item(account, line.invoice_id) is None]
    found = desk.invoices.many(account.key.tenant_id, account.key.customer_id, paid) if paid else {}
    items = (open_item_of(found[invoice_id]) for invoice_id in paid if invoice_id in found)
    return tuple(item for item in items if item is not None)
