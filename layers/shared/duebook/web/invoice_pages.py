"""One invoice: lines, figures, history, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalice.app import Response

from duebook.domain.activity_log import Action
from duebook.domain.identifiers import PAYMENT_PREFIX, order_id_of
from duebook.domain.invoices import line_amount
from duebook.errors import DuebookError, UnprocessableError
from duebook.usecases.issue_invoice import InvoiceDesk, issue_invoice
from duebook.usecases.read_invoice_history import InvoiceHistory, read_invoice_history
from duebook.usecases.read_invoices import InvoiceFigures, read_invoice
from duebook.usecases.void_invoice import void_invoice
from duebook.web.invoice_words import DONE, STATUSES, history_words, why_no_switch, why_no_void
from duebook.web.page_answers import redirect
from duebook.web.page_desk import TOLD_ON_THE_FORM, PageDesk
from duebook.web.pages import link
from duebook.web.split_form import Fields
from duebook.web.typed_fields import typed_reason

SECTION = "/admin/invoices"


@dataclass(frozen=True, slots=True)
class InvoicePages:
    """The page of an invoice, and the forms *Void* and *Paying online*.

    Args:
        desk: Who looks, the books.
        query: Returns a value of the address.
        issuing: What changing an invoice takes.
    """

    desk: PageDesk
    query: Callable[[str], str]
    issuing: InvoiceDesk

    def one(self, invoice_id: str) -> Response:
        """Show an invoice."""
        visit = self.desk.visit
        figures, history = self._read(invoice_id)
        people = {step.actor for step in history.steps if step.actor and step.actor.startswith("stf_")}
        staff = [self.desk.books.directory.staff(visit.tenant_id, one) for one in sorted(people)]
        names = {person.staff_id: person.name for person in staff if person}
        invoice = figures.invoice
        parent = self.desk.books.invoices.get(visit.tenant_id, invoice.customer_id, invoice.parent_id) if invoice.parent_id else None
        return self.desk.answers.page(
            "invoice.html",
            visit,
            **self._about(figures),
            parent=parent,
            done=DONE.get(self.query("done")),
            no_void=why_no_void(figures, history.paid_by, visit.formats),
            no_switch=why_no_switch(figures),
            history=history_words(history, invoice_id, invoice.currency, names, visit.formats),
            is_cut=history.is_cut,
            paid_by=_sources(history),
            line_amount=line_amount,
        )

    def void(self, invoice_id: str) -> Response:
        """Say what a void does, and ask why."""
        return self._void_form(invoice_id, {"key": self.desk.new_key()}, None)

    def void_sent(self, invoice_id: str, form: Mapping[str, str]) -> Response:
        """Void the invoice; one that is void stays as it is."""
        try:
            key, reason = self.desk.key_of(form), typed_reason(form.get("reason", ""))
            invoice = void_invoice(self.desk.visit.tenant_id, invoice_id, reason, self.issuing)
        except TOLD_ON_THE_FORM as error:
            return self._void_form(invoice_id, {**form, "key": self.desk.key_after(error, form)}, error)
        self.desk.log_about(Action.INVOICE_VOIDED, invoice.customer_id, ("invoice", invoice_id), key, reason=reason, detail=invoice.number)
        return redirect(link(f"{SECTION}/{invoice_id}", done="voided"))

    def switch(self, invoice_id: str) -> Response:
        """Ask whether paying online is switched."""
        return self._switch_form(invoice_id, {"key": self.desk.new_key()}, None)

    def switch_sent(self, invoice_id: str, form: Mapping[str, str]) -> Response:
        """Switch paying online as the form says."""
        online = form.get("online") == "1"
        try:
            key = self.desk.key_of(form)
            figures, _ = self._read(invoice_id)
            if why_no_switch(figures):
                raise UnprocessableError(f"{why_no_switch(figures)} Nothing was changed.")
            wanted = replace(figures.invoice, pay_online=online)
            issue_invoice(self.desk.visit.tenant_id, wanted, self.issuing)
        except TOLD_ON_THE_FORM as error:
            return self._switch_form(invoice_id, {**form, "key": self.desk.key_after(error, form)}, error)
        detail = f"{wanted.number}: paying online {'on' if online else 'off'}"
        self.desk.log_about(Action.INVOICE_CHANGED, wanted.customer_id, ("invoice", invoice_id), key, detail=detail)
        return redirect(link(f"{SECTION}/{invoice_id}", done="online" if online else "offline"))

    def _void_form(self, invoice_id: str, form: Mapping[str, str], error: DuebookError | None) -> Response:
        figures, history = self._read(invoice_id)
        said = why_no_void(figures, history.paid_by, self.desk.visit.formats)
        paid_by = _sources(history)
        return self.desk.form_page(
            "void_invoice.html", error, **self._about(figures), no_void=said, paid_by=paid_by, form=Fields(form), key=form.get("key", "")
        )

    def _switch_form(self, invoice_id: str, form: Mapping[str, str], error: DuebookError | None) -> Response:
        figures, _ = self._read(invoice_id)
        said = why_no_switch(figures)
        return self.desk.form_page("pay_online.html", error, **self._about(figures), no_switch=said, key=form.get("key", ""))

    def _read(self, invoice_id: str) -> tuple[InvoiceFigures, InvoiceHistory]:
        visit, books = self.desk.visit, self.desk.books
        figures = read_invoice(visit.tenant_id, invoice_id, visit.today, books=books)
        if figures.invoice.multi_site or figures.invoice.draft:
            # Neither has a journal entry of its own.
            return figures, InvoiceHistory((), {}, is_cut=False)
        return figures, read_invoice_history(visit.tenant_id, figures.invoice, accounts=books.accounts)

    def _about(self, figures: InvoiceFigures) -> dict[str, Any]:
        return {
            "section": SECTION,
            "customer": self.desk.books.directory.customer(self.desk.visit.tenant_id, figures.invoice.customer_id),
            "figures": figures,
            "invoice": figures.invoice,
            "statuses": STATUSES,
        }


def _sources(history: InvoiceHistory) -> list[tuple[str, int, bool, str]]:
    """List what pays an invoice: its id, how much, whether it is a payment, and the reference people know it by."""
    found = [(source, minor, source.startswith(PAYMENT_PREFIX)) for source, minor in history.paid_by.items()]
    return [(source, minor, is_payment, order_id_of(source) if is_payment else source) for source, minor, is_payment in found]
