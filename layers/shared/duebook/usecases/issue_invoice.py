"""Issue invoices: posted with their journal entry in one transaction, once; a repeat changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, TypeAlias

from duebook.domain.account import Account, AccountKey, find_open_item
from duebook.domain.decisions import AmendInvoice, IssueInvoice, decide
from duebook.domain.invoices import Invoice, amended, check_parent, invoice_total, open_item_of
from duebook.domain.journal import JournalEntry
from duebook.errors import ConflictError, DuebookError, UnprocessableError
from duebook.storage.account_store import AccountStore, Plan
from duebook.storage.automation_store import AutomationStore, NewInvoice
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.dynamo import Write
from duebook.storage.invoice_store import INVOICE, InvoiceStore

TOGETHER = 16
"""Invoices posted in one transaction: with their entries, ids, parents and segments they stay below its 100 items."""
TRIES = 5

Outcome: TypeAlias = Literal["new", "changed", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class InvoiceDesk:
    """All that issuing invoices needs of the outside."""

    directory: DirectoryStore
    accounts: AccountStore
    invoices: InvoiceStore
    automations: AutomationStore
    now: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of one invoice of many; a refused one says why."""

    invoice_id: str
    outcome: Outcome
    refusal: DuebookError | None = None


def issue_invoice(tenant_id: str, wanted: Invoice, desk: InvoiceDesk) -> tuple[Invoice, Outcome]:
    """Issue an invoice, or amend what may be amended of one that is on record.

    Args:
        tenant_id: Whose.
        wanted: As the caller gives it; its version and children are not looked at.
        desk: Stores, time and who does it.

    Returns:
        The invoice as stored, and whether it is new, changed or unchanged.

    Raises:
        NotFoundError: No such customer.
        UnprocessableError: A rule of invoices is broken; the field is named.
        ConflictError: The id is another customer's invoice, or posted figures would change.
    """
    desk.directory.customer(tenant_id, wanted.customer_id)
    for _ in range(TRIES):
        stored = _stored(tenant_id, wanted, desk)
        after = amended(stored, wanted) if stored else wanted
        if stored and after is None:
            return stored, "unchanged"
        if stored is None or stored.draft:
            _check(tenant_id, wanted, desk)
        try:
            _write(tenant_id, stored, after or wanted, desk)
        except ConflictError:
            # Written by somebody else meanwhile: look at what is there now.
            continue
        if stored is None:
            return replace(wanted, version=0), "new"
        return replace(after or wanted, version=stored.version + 1), "changed"
    raise ConflictError(f"invoice {wanted.invoice_id} kept changing")


def issue_invoices(tenant_id: str, wanted: Sequence[Invoice], desk: InvoiceDesk) -> list[Issued]:
    """Issue many invoices of one customer, several in one transaction.

    Each is judged by itself: one that is refused does not hold up the others. Multi-site parents may stand among their children.

    Returns:
        What became of each, in the order given.

    Raises:
        NotFoundError: No such customer.
        UnprocessableError: They are of several customers.
    """
    if not wanted:
        return []
    if len({invoice.customer_id for invoice in wanted}) > 1:
        raise UnprocessableError("invoices of one customer at a time", field="customer_id")
    desk.directory.customer(tenant_id, wanted[0].customer_id)
    single = _posted_singly(tenant_id, wanted, desk)
    found = {place: _one(tenant_id, wanted[place], desk) for place in single if wanted[place].multi_site}
    by_currency: dict[str, list[int]] = {}
    for place, refused in _judged(tenant_id, {place: one for place, one in enumerate(wanted) if place not in single}, desk).items():
        if refused:
            found[place] = Issued(wanted[place].invoice_id, "refused", refused)
        else:
            by_currency.setdefault(wanted[place].currency, []).append(place)
    for places in by_currency.values():
        for start in range(0, len(places), TOGETHER):
            some = places[start : start + TOGETHER]
            found |= dict(zip(some, _together(tenant_id, [wanted[place] for place in some], desk), strict=True))
    found |= {place: _one(tenant_id, wanted[place], desk) for place in sorted(single) if place not in found}
    return [found[place] for place in range(len(wanted))]


def due_date_of_parent(tenant_id: str, customer_id: str, parent_id: str | None, *, invoices: InvoiceStore) -> date | None:
    """Return when a child is due that names no due date: with its parent (R6). None without a parent on record."""
    parent = invoices.get(tenant_id, customer_id, parent_id) if parent_id else None
    return parent.due_on if parent else None


def _stored(tenant_id: str, wanted: Invoice, desk: InvoiceDesk) -> Invoice | None:
    owner = desk.invoices.customer_of(tenant_id, INVOICE, wanted.invoice_id)
    if owner is not None and owner != wanted.customer_id:
        raise ConflictError(f"the id {wanted.invoice_id} is another customer's invoice")
    return desk.invoices.get(tenant_id, wanted.customer_id, wanted.invoice_id) if owner else None


def _check(tenant_id: str, invoice: Invoice, desk: InvoiceDesk) -> None:
    check_shape(invoice)
    if invoice.site_id and desk.directory.site(tenant_id, invoice.customer_id, invoice.site_id) is None:
        raise UnprocessableError(f"the customer has no site {invoice.site_id}", field="site_id")
    if invoice.parent_id and not invoice.draft:
        check_parent(invoice, desk.invoices.get(tenant_id, invoice.customer_id, invoice.parent_id))


def check_shape(invoice: Invoice) -> None:
    """Check what an invoice alone can break: lines where they belong, a total within bounds.

    Raises:
        UnprocessableError: The field is named.
    """
    if invoice.multi_site and (invoice.lines or invoice.tax):
        raise UnprocessableError("a multi-site invoice has no lines and no tax of its own; its children carry them", field="lines")
    if not invoice.multi_site and not invoice.lines:
        raise UnprocessableError("an invoice has at least one line", field="lines")
    open_item_of(invoice)


def _write(tenant_id: str, stored: Invoice | None, after: Invoice, desk: InvoiceDesk) -> None:
    if stored is None:
        if after.draft or after.multi_site:
            desk.invoices.add(tenant_id, after)
        else:
            _post(tenant_id, [after], desk)
    elif stored.draft and not after.draft and not after.multi_site:
        writes = (
            desk.invoices.changed(tenant_id, after),
            *desk.invoices.children_added(tenant_id, [after]),
            *_to_be_mailed(tenant_id, [after], desk),
        )
        desk.accounts.change(_account_key(tenant_id, after), lambda account: Plan((_issued(account, after, desk),), writes))
    elif _is_flag_changed(tenant_id, stored, after, desk):
        command = AmendInvoice(after.invoice_id, after.pay_online)
        writes = (desk.invoices.changed(tenant_id, after),)
        desk.accounts.change(
            _account_key(tenant_id, after),
            lambda account: Plan((decide(account, command, posted_at=desk.now, actor=desk.actor),), writes),
        )
    else:
        desk.invoices.save(tenant_id, after)


def _is_flag_changed(tenant_id: str, stored: Invoice, after: Invoice, desk: InvoiceDesk) -> bool:
    if stored.draft or stored.multi_site or stored.pay_online == after.pay_online:
        return False
    return find_open_item(desk.accounts.read(_account_key(tenant_id, after)).account, after.invoice_id) is not None


def _posted_singly(tenant_id: str, wanted: Sequence[Invoice], desk: InvoiceDesk) -> set[int]:
    """Return the places of those that cannot share a transaction: on record, named twice, drafts and parents."""
    seen = set(desk.invoices.owners(tenant_id, [invoice.invoice_id for invoice in wanted]))
    single = set()
    for place, invoice in enumerate(wanted):
        if invoice.invoice_id in seen or invoice.draft or invoice.multi_site:
            single.add(place)
        seen.add(invoice.invoice_id)
    return single


def _judged(tenant_id: str, wanted: Mapping[int, Invoice], desk: InvoiceDesk) -> dict[int, DuebookError | None]:
    if not wanted:
        return {}
    customer_id = next(iter(wanted.values())).customer_id
    parents = desk.invoices.many(tenant_id, customer_id, sorted({one.parent_id for one in wanted.values() if one.parent_id}))
    with_sites = any(one.site_id for one in wanted.values())
    sites = {site.site_id for site in desk.directory.sites(tenant_id, customer_id)} if with_sites else set()
    return {place: _refusal(invoice, parents, sites) for place, invoice in wanted.items()}


def _refusal(invoice: Invoice, parents: Mapping[str, Invoice], sites: set[str]) -> DuebookError | None:
    try:
        check_shape(invoice)
        check_parent(invoice, parents.get(invoice.parent_id or ""))
    except UnprocessableError as error:
        return error
    if invoice.site_id and invoice.site_id not in sites:
        return UnprocessableError(f"the customer has no site {invoice.site_id}", field="site_id")
    return None


def _together(tenant_id: str, some: Sequence[Invoice], desk: InvoiceDesk) -> list[Issued]:
    try:
        _post(tenant_id, some, desk)
    except (UnprocessableError, ConflictError):
        # One of them was written, or lost its parent, meanwhile: each by itself then.
        return [_one(tenant_id, invoice, desk) for invoice in some]
    return [Issued(invoice.invoice_id, "new") for invoice in some]


def _post(tenant_id: str, some: Sequence[Invoice], desk: InvoiceDesk) -> None:
    writes = (*desk.invoices.added_together(tenant_id, some), *_to_be_mailed(tenant_id, some, desk))
    desk.accounts.change(
        _account_key(tenant_id, some[0]), lambda account: Plan(tuple(_issued(account, invoice, desk) for invoice in some), writes)
    )


def _to_be_mailed(tenant_id: str, some: Sequence[Invoice], desk: InvoiceDesk) -> tuple[Write, ...]:
    """Mark invoices that first appear while the business mails new ones; what the customer's switch says now is kept (R71, R72)."""
    if not desk.automations.settings(tenant_id).new_invoices.enabled:
        return ()
    is_on = desk.automations.customer(tenant_id, some[0].customer_id).enabled
    return tuple(
        desk.automations.appeared(NewInvoice(tenant_id, invoice.customer_id, invoice.invoice_id, desk.now, customer_on=is_on))
        for invoice in some
    )


def _one(tenant_id: str, invoice: Invoice, desk: InvoiceDesk) -> Issued:
    try:
        _, outcome = issue_invoice(tenant_id, invoice, desk)
    except (UnprocessableError, ConflictError) as error:
        return Issued(invoice.invoice_id, "refused", error)
    return Issued(invoice.invoice_id, outcome)


def _issued(account: Account, invoice: Invoice, desk: InvoiceDesk) -> JournalEntry:
    command = IssueInvoice(invoice.invoice_id, invoice_total(invoice), open_item_of(invoice))
    return decide(account, command, posted_at=desk.now, actor=desk.actor)


def _account_key(tenant_id: str, invoice: Invoice) -> AccountKey:
    return AccountKey(tenant_id, invoice.customer_id, invoice.currency)
