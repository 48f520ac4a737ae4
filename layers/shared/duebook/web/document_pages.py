"""The ways from staff pages to documents: each is printed once for what it tells, then given out by a link of five minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalice.app import Response

from duebook.domain.documents import InvoiceFacts, ReceiptFacts, Sheet
from duebook.domain.statement_runs import Delivery
from duebook.domain.statements import StatementFacts, StatementKind, StatementWish
from duebook.storage.document_store import DocumentStore
from duebook.usecases.books import Books
from duebook.usecases.deliver_document import Print, deliver_document
from duebook.usecases.read_documents import read_any_invoice_facts, read_any_receipt_facts
from duebook.usecases.read_statement import read_statement
from duebook.usecases.start_statements import StatementOrder, wish_of
from duebook.web import statement_words as words
from duebook.web.customer_head import SECTION
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import link
from duebook.web.typed_fields import typed_day
from duebook.web.visits import Visit

USUAL_PERIOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Printer:
    """Where documents are kept, and what prints them."""

    documents: DocumentStore
    print_sheet: Print


@dataclass(frozen=True, slots=True)
class DocumentPages:
    """What a request for a document takes.

    Args:
        answers: What pages are made with.
        visit: Who asks.
        books: People, accounts, invoices and payments.
        printer: Makes and keeps it.
        now: When.
    """

    answers: PageAnswers
    visit: Visit
    books: Books
    printer: Printer
    now: datetime

    def invoice(self, invoice_id: str, write: Callable[[InvoiceFacts], Sheet]) -> Response:
        """Lead to an invoice."""
        return self._elsewhere(write(read_any_invoice_facts(self.visit.tenant_id, invoice_id, self.now, books=self.books)))

    def receipt(self, payment_id: str, write: Callable[[ReceiptFacts], Sheet]) -> Response:
        """Lead to a receipt."""
        return self._elsewhere(write(read_any_receipt_facts(self.visit.tenant_id, payment_id, self.now, books=self.books)))

    def statement(self, customer_id: str, asked: Callable[[str], str], write: Callable[[Sequence[StatementFacts]], Sheet]) -> Response:
        """Lead to a statement, or say that there is nothing to state."""
        tenant, today = self.visit.tenant, self.visit.today
        who, wish = self.books.directory.customer(self.visit.tenant_id, customer_id), self._wish(asked)
        facts = read_statement(tenant, who, wish, today=today, books=self.books)
        if facts is not None:
            return self._elsewhere(write([facts]))
        here = f"{SECTION}/{who.customer_id}/statement"
        days = {"as_of": wish.last.isoformat()} if wish.first is None else {"from": wish.first.isoformat(), "to": wish.last.isoformat()}
        return self.answers.page(
            "statement_nothing.html",
            self.visit,
            section=SECTION,
            customer=who,
            wish=wish,
            what=words.wish_words(wish, self.visit.formats),
            back=link(here, kind=wish.kind.value, **days),
        )

    def _wish(self, asked: Callable[[str], str]) -> StatementWish:
        kind = next((one for one in StatementKind if one.value == asked("kind")), StatementKind.OPEN_ITEMS)
        today = self.visit.today
        if kind is not StatementKind.ACTIVITY:
            return wish_of(StatementOrder(kind, Delivery.PDF, as_of=_day(asked, "as_of", today)), today)
        first, last = _day(asked, "from", today - USUAL_PERIOD), _day(asked, "to", today)
        return wish_of(StatementOrder(kind, Delivery.PDF, first=first, last=last), today)

    def _elsewhere(self, sheet: Sheet) -> Response:
        kept = self.printer
        return redirect(deliver_document(self.visit.tenant_id, sheet, documents=kept.documents, print_sheet=kept.print_sheet))


def _day(asked: Callable[[str], str], name: str, usual: date) -> date:
    return typed_day(asked(name), field=name) if asked(name) else usual
