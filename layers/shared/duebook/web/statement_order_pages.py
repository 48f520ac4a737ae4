"""Ordering statements on pages: which ones, for whom, a count and a list first, then the order itself (R60)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from chalice.app import Response

from duebook.domain.activity_log import Actor
from duebook.domain.directory import Customer
from duebook.domain.statement_runs import CustomerFilter, Delivery, StatementRun
from duebook.domain.statements import StatementKind
from duebook.errors import InvalidInputError, UnprocessableError
from duebook.runtime.ids import new_id
from duebook.storage.account_store import AccountStore
from duebook.usecases.prepare_statements import ListingDesk, chosen_customers
from duebook.usecases.read_customers import CustomerFigures, with_figures
from duebook.usecases.start_statements import RunDesk, StatementOrder, start_statements, wish_of
from duebook.web import statement_words as words
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import link
from duebook.web.typed_fields import FORM_KEY, form_key, typed_amount, typed_day
from duebook.web.visits import Visit

PATH = f"{words.PATH}/new"
MOST_TICKS = 200
MOST_FORM_FIELDS = MOST_TICKS + 20
MOST_FIGURES = 1_000
"""Customers whose figures are read to tell how many have nothing open; of more it is not told."""
DEFAULT_PERIOD = timedelta(days=30)
FIELDS = ("kind", "as_of", "from", "to", "delivery", "q", "overdue", "min", "currency")
EVERYONE, TICKED = "all", "ticked"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for, as typed, and what it means; ``wrong`` tells by field what cannot be read."""

    typed: Mapping[str, str]
    order: StatementOrder | None
    wrong: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OrderPages:
    """What a request about an order takes.

    Args:
        answers: What pages are made with.
        visit: Who orders.
        accounts: Where balances stand.
        listing: What finding customers takes.
        now: When.
    """

    answers: PageAnswers
    visit: Visit
    accounts: AccountStore
    listing: ListingDesk
    now: datetime

    def form(self, asked: Callable[[str], str], problem: str = "") -> Response:
        """Show the choices, and whom they find."""
        wanted = self.wanted(asked)
        found = self._found(wanted.order) if wanted.order else []
        shown = with_figures(self.visit.tenant_id, found[:MOST_TICKS], accounts=self.accounts)
        context: dict[str, Any] = {
            **self._choices(wanted),
            "found": found,
            "rows": shown,
            "most_ticks": MOST_TICKS,
            "idle": self._idle(wanted.order, found, shown),
            "currencies": sorted(({currency for one in found for currency in one.currencies} | {wanted.typed["currency"]}) - {""}),
            "choose_currency": "currency" in wanted.wrong,
            "all_currencies": sorted(self._currencies()) if "currency" in wanted.wrong else [],
            "ordered": wanted.order is not None,
            "problem": problem,
        }
        return self.answers.page("statement_new.html", self.visit, 422 if problem else 200, **context)

    def confirm(self, form: Mapping[str, str]) -> Response:
        """Show what would be sent, and ask."""
        wanted = self.wanted(lambda name: form.get(name, ""))
        ticked = [name.removeprefix("c_") for name in form if name.startswith("c_")]
        only = form.get("who") == TICKED
        if wanted.order is None:
            return self.form(lambda name: form.get(name, ""), "Something above needs correcting.")
        if only and not ticked:
            return self.form(
                lambda name: form.get(name, ""), "Nobody is ticked. Tick customers in the list, or choose everyone who matches."
            )
        count = len(ticked) if only else len(self._found(wanted.order))
        if not count:
            return self.form(lambda name: form.get(name, ""), "Nobody matches, so there is nothing to send.")
        context = {
            **self._choices(wanted),
            "count": count,
            "ids": " ".join(ticked) if only else "",
            "what": self._what(wanted),
            "by_mail": wanted.order.delivery is Delivery.EMAIL,
            "key": new_id(FORM_KEY, self.now),
        }
        return self.answers.page("statement_confirm.html", self.visit, **context)

    def start(self, form: Mapping[str, str], desk: RunDesk) -> Response:
        """Begin the run."""
        wanted = self.wanted(lambda name: form.get(name, ""))
        if wanted.order is None:
            return self.form(lambda name: form.get(name, ""), "Something above needs correcting. Nothing was sent.")
        named = tuple(form.get("ids", "").split())
        return self._started(wanted.order, named or None, form, desk)

    def for_customer(self, who: Customer, head: Mapping[str, Any], asked: Callable[[str], str], problem: str = "") -> Response:
        """Ask which statement one customer is to get."""
        wanted = self.wanted(asked)
        context = {
            **self._choices(wanted),
            **head,
            "problem": problem,
            "addresses": self._addresses(who),
            "what": self._what(wanted),
            "preview": self.preview_link(who.customer_id, wanted),
            "key": new_id(FORM_KEY, self.now),
        }
        return self.answers.page("customer_statement.html", self.visit, 422 if problem else 200, **context)

    def start_for_customer(self, who: Customer, head: Mapping[str, Any], form: Mapping[str, str], desk: RunDesk) -> Response:
        """Begin a run for one customer."""
        wanted = self.wanted(lambda name: form.get(name, ""))
        if wanted.order is None:
            return self.for_customer(who, head, lambda name: form.get(name, ""), "Something below needs correcting. Nothing was sent.")
        return self._started(wanted.order, (who.customer_id,), form, desk)

    def wanted(self, asked: Callable[[str], str]) -> Wanted:
        """Read the choices; what is missing is as usual, what is wrong is told."""
        today, wrong = self.visit.today, dict[str, str]()
        typed = {name: asked(name) for name in FIELDS}
        typed["kind"] = typed["kind"] if typed["kind"] in {kind.value for kind in words.KINDS} else StatementKind.OPEN_ITEMS.value
        typed["delivery"] = typed["delivery"] if typed["delivery"] in {one.value for one in words.DELIVERIES} else Delivery.EMAIL.value
        usual = {"as_of": today, "from": today - DEFAULT_PERIOD, "to": today}
        days = {name: self._day(typed, name, day, wrong) for name, day in usual.items()}
        kind = StatementKind(typed["kind"])
        is_period = kind is StatementKind.ACTIVITY
        order = StatementOrder(
            kind,
            Delivery(typed["delivery"]),
            None,
            CustomerFilter(self._minimum(typed, wrong), bool(typed["overdue"]), typed["q"], typed["currency"] or None),
            None if is_period else days["as_of"],
            days["from"] if is_period else None,
            days["to"] if is_period else None,
        )
        try:
            wish_of(order, today)
        except UnprocessableError as error:
            field = str(error.facts.get("field", "as_of"))
            wrong.setdefault("from" if is_period and field == "as_of" else field, str(error).capitalize())
        return Wanted(typed, None if wrong else order, wrong)

    def preview_link(self, customer_id: str, wanted: Wanted) -> str:
        """Return the way to one customer's statement as a PDF, as it would be sent."""
        chosen = ("kind", "from", "to") if wanted.typed["kind"] == StatementKind.ACTIVITY else ("kind", "as_of")
        return link(f"/admin/documents/statements/{customer_id}", **{name: wanted.typed[name] for name in chosen})

    def _what(self, wanted: Wanted) -> str:
        return words.wish_words(wish_of(wanted.order, self.visit.today), self.visit.formats) if wanted.order else ""

    def _started(self, order: StatementOrder, named: tuple[str, ...] | None, form: Mapping[str, str], desk: RunDesk) -> Response:
        key, _ = form_key(form, self.now)
        ordered = StatementOrder(order.kind, order.delivery, named, order.chosen_by, order.as_of, order.first, order.last)
        run = start_statements(ordered, tenant_id=self.visit.tenant_id, actor=Actor.of_staff(self.visit.staff), key=key, desk=desk)
        return redirect(link(f"{words.PATH}/{run.run_id}", done="started"))

    def _choices(self, wanted: Wanted) -> dict[str, Any]:
        return {
            "section": words.PATH,
            "kinds": words.KINDS.items(),
            "deliveries": words.DELIVERIES.items(),
            "typed": wanted.typed,
            "wrong": wanted.wrong,
            "fields": FIELDS,
            "preview_link": lambda customer_id: self.preview_link(customer_id, wanted),
        }

    def _currencies(self) -> set[str]:
        """Name the currencies that the business bills in."""
        everyone = StatementOrder(StatementKind.OPEN_ITEMS, Delivery.EMAIL)
        return {currency for one in self._found(everyone) for currency in one.currencies}

    def _found(self, order: StatementOrder) -> list[Customer]:
        wish = wish_of(order, self.visit.today)
        draft = StatementRun(
            self.visit.tenant_id, "draft", wish, order.delivery, self.now, self.visit.staff.staff_id, chosen_by=order.chosen_by
        )
        return sorted(chosen_customers(draft, self.listing), key=lambda one: (one.name.casefold(), one.customer_id))

    def _idle(self, order: StatementOrder | None, found: Sequence[Customer], shown: Sequence[CustomerFigures]) -> int | None:
        """Count who has nothing open today; None where that is not known."""
        if order is None or order.kind is StatementKind.ACTIVITY or order.as_of != self.visit.today or len(found) > MOST_FIGURES:
            return None
        rest = with_figures(self.visit.tenant_id, found[len(shown) :], accounts=self.accounts)
        return sum(not any(one.balance or one.unapplied for one in row.figures) for row in (*shown, *rest))

    def _addresses(self, who: Customer) -> list[str]:
        if who.email:
            return [who.email]
        contacts = self.listing.directory.contacts(self.visit.tenant_id, who.customer_id)
        return [contact.email for contact in contacts if contact.kind == "company" and contact.email]

    def _day(self, typed: dict[str, str], name: str, usual: date, wrong: dict[str, str]) -> date:
        if not typed[name]:
            typed[name] = usual.isoformat()
            return usual
        try:
            return typed_day(typed[name], field=name)
        except UnprocessableError as error:
            wrong[name] = str(error)
            return usual

    def _minimum(self, typed: Mapping[str, str], wrong: dict[str, str]) -> int | None:
        if not typed["min"]:
            return None
        currencies = {typed["currency"]} - {""} or self._currencies()
        if len(currencies) != 1:
            wrong["currency"] = "Choose the currency of the minimum."
            return None
        try:
            return typed_amount(typed["min"], min(currencies), self.visit.tenant.locale).minor
        except InvalidInputError as error:
            wrong["min"] = str(error)
            return None
