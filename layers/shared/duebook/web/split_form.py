"""How an amount is split over open invoices, as a form asks for it and shows it before it is confirmed (R20 to R23)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from duebook.domain.account import Account, reserved_by_invoice
from duebook.domain.allocation import Allocation, allocate_now, available
from duebook.domain.journal import Line, lines_total
from duebook.domain.open_items import OpenItem
from duebook.errors import UnprocessableError
from duebook.web.pages import Formats
from duebook.web.typed_fields import typed_amount

MOST_ROWS = 200
"""Invoices one form lists, the oldest; the same number as one call may name."""
MOST_FIELDS = MOST_ROWS + 30
OLDEST, NAMED = "oldest", "named"
PREFIX = "pay:"


class Fields(dict[str, str]):
    """The fields of a form as a template reads them: what was not typed is empty."""

    def __missing__(self, name: str) -> str:
        """Return nothing for a field that is absent."""
        return ""


@dataclass(frozen=True, slots=True)
class SplitRow:
    """An open invoice in the form; ``typed`` is what stands in its field."""

    item: OpenItem
    room: int
    typed: str


def how_of(form: Mapping[str, str]) -> str:
    """Return which way was chosen; oldest first unless told otherwise."""
    return NAMED if form.get("how") == NAMED else OLDEST


def rows_of(account: Account, form: Mapping[str, str]) -> list[SplitRow]:
    """List the oldest open invoices that can take money, with what was typed for each."""
    reserved = reserved_by_invoice(account)
    free = [(item, available(item, reserved)) for item in account.open_items]
    return [SplitRow(item, room, form.get(PREFIX + item.invoice_id, "")) for item, room in free if room][:MOST_ROWS]


def named_of(form: Mapping[str, str], account: Account, formats: Formats) -> tuple[tuple[str, int], ...] | None:
    """Return the invoices named with their amounts; None for oldest first.

    Raises:
        UnprocessableError: An amount cannot be read, or is more than the invoice can take; the field is named.
    """
    if how_of(form) == OLDEST:
        return None
    currency, reserved = account.key.currency, reserved_by_invoice(account)
    items = {item.invoice_id: item for item in account.open_items}
    found = []
    for name, text in form.items():
        if not name.startswith(PREFIX) or not text.strip():
            continue
        item = items.get(name.removeprefix(PREFIX))
        if item is None:
            raise UnprocessableError("One of these invoices is not open any more. Nothing was booked.", field=name)
        amount = typed_amount(text, currency, formats.locale, field=name).minor
        room = available(item, reserved)
        if amount > room:
            limit = formats.money(room, currency)
            raise UnprocessableError(f"Invoice {item.number} can take at most {limit}. Nothing was booked.", field=name)
        found.append((item.invoice_id, amount))
    return tuple(found)


def named_as_sent(form: Mapping[str, str], currency: str, formats: Formats) -> tuple[tuple[str, int], ...] | None:
    """Return the invoices a form names, whatever is open now."""
    if how_of(form) == OLDEST:
        return None
    parts = {name: text for name, text in form.items() if name.startswith(PREFIX) and text.strip()}
    return tuple(
        (name.removeprefix(PREFIX), typed_amount(text, currency, formats.locale, field=name).minor) for name, text in parts.items()
    )


def split_of(account: Account, minor: int, named: tuple[tuple[str, int], ...] | None, formats: Formats) -> Allocation:
    """Say what an amount pays, before it does.

    Raises:
        UnprocessableError: The invoices named take more than there is.
    """
    if named is None:
        return allocate_now(account, minor, online_only=False)
    numbers = {item.invoice_id: item.number for item in account.open_items}
    lines = tuple(Line(invoice_id, numbers[invoice_id], part) for invoice_id, part in named)
    total = lines_total(lines)
    if total > minor:
        currency = account.key.currency
        said = f"The invoices named take {formats.money(total, currency)}, more than the {formats.money(minor, currency)} there are."
        raise UnprocessableError(f"{said} Nothing was booked.", field="how")
    return Allocation(lines, minor - total)


def shown(split: Allocation, account: Account) -> list[dict[str, Any]]:
    """List what a split pays, with what stays open of each invoice."""
    items = {item.invoice_id: item for item in account.open_items}
    return [
        {"line": line, "invoice_on": items[line.invoice_id].invoice_on, "left": items[line.invoice_id].open_minor - line.minor}
        for line in split.lines
    ]


def kept(form: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a form that its next step carries on."""
    return {name: value for name, value in form.items() if name not in {"csrf", "do"} and value}


def context_of(account: Account, form: Mapping[str, str], today: date) -> dict[str, Any]:
    """Return what ``split_form.html`` asks for."""
    return {
        "how": how_of(form),
        "split_rows": rows_of(account, form),
        "more_invoices": max(0, len(account.open_items) - MOST_ROWS),
        "split_currency": account.key.currency,
        "today": today,
    }
