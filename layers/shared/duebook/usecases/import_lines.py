"""Carry out lines of an import: customers by id, open invoices by customer. What is on record already stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from duebook.domain.account import AccountKey
from duebook.domain.directory import Customer
from duebook.domain.import_runs import Counts, ImportRun
from duebook.domain.imports import LineError, NamedCustomer, OpenInvoice
from duebook.domain.invoices import Invoice, InvoiceLine, invoice_total
from duebook.errors import ConflictError, DuebookError, InvalidInputError, UnprocessableError
from duebook.storage.account_store import AccountStore
from duebook.storage.automation_store import AutomationStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.import_store import ImportStore
from duebook.storage.invoice_store import InvoiceStore
from duebook.storage.payment_store import PaymentStore
from duebook.usecases.change_applications import ApplicationDesk
from duebook.usecases.issue_invoice import InvoiceDesk, issue_invoices
from duebook.usecases.put_customer import CustomerDetails, put_customer
from duebook.usecases.use_unapplied_cash import use_unapplied_cash

LINE_TEXT = "Open balance"


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """All that imports need of the outside."""

    directory: DirectoryStore
    accounts: AccountStore
    invoices: InvoiceStore
    payments: PaymentStore
    imports: ImportStore
    automations: AutomationStore
    new_pay_online_id: Callable[[], str]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Figures:
    """What may not differ when an invoice is imported again."""

    number: str
    invoice_on: date
    due_on: date
    currency: str
    minor: int


@dataclass(slots=True)
class OnRecord:
    """A customer's posted invoices: figures by id, and id by number. Read once a run, kept up as lines are posted."""

    figures: dict[str, Figures] = field(default_factory=dict)
    id_by_number: dict[str, str] = field(default_factory=dict)

    def add(self, invoice: Invoice) -> None:
        """Note an invoice."""
        self.figures[invoice.invoice_id] = _figures(invoice)
        self.id_by_number.setdefault(invoice.number, invoice.invoice_id)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of some lines."""

    counts: Counts
    errors: tuple[LineError, ...] = ()


def import_customer(run: ImportRun, line: NamedCustomer, desk: ImportDesk) -> Done:
    """Write one customer of a file. A field without a column stays as it is on record.

    Raises:
        TransientError: Try the step again.
    """
    was = desk.directory.find_customer(run.tenant_id, line.customer_id)
    details = _details(line, was)
    try:
        if run.dry_run:
            is_new, differs = was is None, was is None or _details_of(was, details) != details
            _check_pay_online_id(run, line.customer_id, details, desk)
        else:
            after, is_new = put_customer(
                run.tenant_id,
                line.customer_id,
                details,
                directory=desk.directory,
                new_pay_online_id=desk.new_pay_online_id,
                now=desk.clock(),
            )
            differs = was is None or after.version != was.version
    except (InvalidInputError, ConflictError) as error:
        return _refused(line.line, error)
    return Done(Counts(imported=1) if is_new or differs else Counts(unchanged=1))


def import_invoices(run: ImportRun, lines: Sequence[OpenInvoice], known: OnRecord | None, desk: ImportDesk) -> tuple[Done, OnRecord]:
    """Post one customer's invoices of a file, several in one transaction; a customer that is new is made.

    Args:
        run: The import.
        lines: All of one customer.
        known: Its posted invoices if this run has read them.
        desk: Stores, ids, time.

    Raises:
        TransientError: Try the step again.
    """
    customer_id = lines[0].customer_id
    customer = desk.directory.find_customer(run.tenant_id, customer_id)
    if known is None:
        known = OnRecord()
        for invoice in desk.invoices.of_customer(run.tenant_id, customer_id) if customer else ():
            known.add(invoice)
    wanted: list[OpenInvoice] = []
    done: list[Done] = []
    for line in lines:
        judged = _judged(line, known)
        if judged is None:
            wanted.append(line)
        else:
            done.append(judged)
    made = 0
    if wanted and customer is None and known.figures == {}:
        name = next((line.customer_name for line in wanted if line.customer_name), None)
        if name is None:
            message = f"customer {customer_id} is not on record; give its customer_name"
            refused = [Done(Counts(), (LineError(line.line, "customer_name", message),)) for line in wanted]
            return _added([*done, *refused]), known
        made = _make_customer(run, customer_id, name, desk)
    done += _issue(run, wanted, known, desk)
    return _added([*done, Done(Counts(customers_made=made))]), known


def _judged(line: OpenInvoice, known: OnRecord) -> Done | None:
    """Compare a line with what is on record: unchanged, refused, or None when it is new."""
    stored = known.figures.get(line.invoice_id)
    if stored is not None:
        wanted = Figures(line.number, line.invoice_on, line.due_on, line.amount.currency, line.amount.minor)
        names = ("number", "invoice_date", "due_date", "currency", "amount")
        differs = [name for name, slot in zip(names, Figures.__slots__, strict=True) if getattr(stored, slot) != getattr(wanted, slot)]
        if not differs:
            return Done(Counts(unchanged=1))
        message = f"invoice {line.invoice_id} is on record with another {' and '.join(differs)}; posted figures do not change"
        return Done(Counts(), (LineError(line.line, differs[0], message),))
    other = known.id_by_number.get(line.number)
    if other is not None:
        message = f"number {line.number} of this customer is on record as invoice {other}"
        return Done(Counts(), (LineError(line.line, "number", message),))
    return None


def _issue(run: ImportRun, wanted: Sequence[OpenInvoice], known: OnRecord, desk: ImportDesk) -> list[Done]:
    invoices = [_invoice(line) for line in wanted]
    done: list[Done] = []
    if run.dry_run:
        owners = desk.invoices.owners(run.tenant_id, [invoice.invoice_id for invoice in invoices])
        refusals: list[DuebookError | None] = [
            ConflictError(f"invoice {invoice.invoice_id} is another customer's", field="invoice_id")
            if invoice.invoice_id in owners
            else None
            for invoice in invoices
        ]
    else:
        posting = InvoiceDesk(desk.directory, desk.accounts, desk.invoices, desk.automations, desk.clock(), run.created_by)
        refusals = [one.refusal for one in issue_invoices(run.tenant_id, invoices, posting)] if invoices else []
    posted: list[Invoice] = []
    for line, invoice, refusal in zip(wanted, invoices, refusals, strict=True):
        if refusal is not None:
            done.append(_refused(line.line, refusal))
            continue
        known.add(invoice)
        posted.append(invoice)
        done.append(Done(Counts(imported=1)))
    if not run.dry_run:
        _use_unapplied_cash(run, posted, desk)
    return done


def _use_unapplied_cash(run: ImportRun, posted: Sequence[Invoice], desk: ImportDesk) -> None:
    """Use what the customer has unapplied, in each currency once, as for an invoice that is written by itself (R25)."""
    applying = ApplicationDesk(desk.accounts, desk.payments, desk.invoices, desk.clock(), run.created_by)
    for customer_id, currency in sorted({(invoice.customer_id, invoice.currency) for invoice in posted}):
        use_unapplied_cash(AccountKey(run.tenant_id, customer_id, currency), directory=desk.directory, desk=applying)


def _make_customer(run: ImportRun, customer_id: str, name: str, desk: ImportDesk) -> int:
    if not run.dry_run:
        put_customer(
            run.tenant_id,
            customer_id,
            CustomerDetails(name),
            directory=desk.directory,
            new_pay_online_id=desk.new_pay_online_id,
            now=desk.clock(),
        )
    return 1


def _invoice(line: OpenInvoice) -> Invoice:
    one_line = InvoiceLine(LINE_TEXT, Decimal(1), line.amount.minor)
    return Invoice(line.invoice_id, line.customer_id, line.number, line.invoice_on, line.due_on, line.amount.currency, (one_line,))


def _figures(invoice: Invoice) -> Figures:
    return Figures(invoice.number, invoice.invoice_on, invoice.due_on, invoice.currency, invoice_total(invoice))


def _details(line: NamedCustomer, was: Customer | None) -> CustomerDetails:
    stored: dict[str, str | None] = {"email": None, "phone": None, "address": None, "postal_code": None, "locale": None}
    if was:
        stored = {name: getattr(was, name) for name in stored}
    facts = stored | dict(line.facts)
    return CustomerDetails(
        name=facts["name"] or "",
        email=facts["email"],
        phone=facts["phone"],
        address=facts["address"],
        postal_code=facts["postal_code"],
        locale=facts["locale"],
        pay_online_id=facts.get("pay_online_id"),
        enabled=was.enabled if was else True,
    )


def _details_of(customer: Customer, wanted: CustomerDetails) -> CustomerDetails:
    """Return what is on record in the shape of what is wanted; a Pay Online ID nobody gave stays."""
    return CustomerDetails(
        customer.name,
        customer.email,
        customer.phone,
        customer.address,
        customer.postal_code,
        customer.locale,
        customer.pay_online_id if wanted.pay_online_id else None,
        customer.enabled,
    )


def _check_pay_online_id(run: ImportRun, customer_id: str, details: CustomerDetails, desk: ImportDesk) -> None:
    """In a dry run: find out what the write would say of a Pay Online ID that is taken."""
    if details.pay_online_id is None:
        return
    owner = desk.directory.by_pay_online_id(details.pay_online_id)
    if owner not in {None, (run.tenant_id, customer_id)}:
        raise UnprocessableError("this Pay Online ID is taken", field="pay_online_id")


def _refused(line: int, error: DuebookError) -> Done:
    named = error.facts.get("field")
    return Done(Counts(), (LineError(line, named if isinstance(named, str) else None, str(error)),))


def _added(parts: Iterable[Done]) -> Done:
    every = list(parts)
    counts = sum((part.counts for part in every), Counts())
    return Done(counts, tuple(error for part in every for error in part.errors))
