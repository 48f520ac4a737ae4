"""The API's side of the table that the payment page's selection and preview are checked against as well."""

from __future__ import annotations

from typing import Any

import pytest

from duebook.domain.account import Account, Reservation
from duebook.domain.journal import Line
from duebook.domain.open_items import age_key
from duebook.domain.selection import ChosenInvoices, CustomAmount, Price, price
from duebook.errors import TooManyInvoicesError
from tests.builders import KEY, open_item
from tests.shared.selections import TABLE, Row, expand


def _account(rows: list[Row]) -> Account:
    items = [
        open_item(
            row["id"],
            number=_number(row),
            invoiced_on=row["date"],
            due_on=row.get("due"),
            open=row["open"],
            pay_online=row.get("pay_online", True),
            parent_id=row.get("parent"),
        )
        for row in rows
    ]
    promised = tuple(Line(row["id"], _number(row), row["reserved"]) for row in rows if "reserved" in row)
    reservations = (Reservation("pay_1", promised),) if promised else ()
    return Account(KEY, open_items=tuple(sorted(items, key=age_key)), reservations=reservations)


def _number(row: Row) -> str:
    return str(row.get("number", row["id"]))


def _as_listed(found: Price) -> list[list[object]]:
    return [[line.invoice_id, line.minor, "full" if line.in_full else "part"] for line in found.lines]


@pytest.mark.parametrize("case", TABLE["amounts"], ids=lambda case: case["name"])
def test_r20_r21_r22_r31_an_amount_of_the_shared_table_pays_these_lines(case: Row) -> None:
    found = price(_account(case["invoices"]), CustomAmount(case["amount"]))

    assert _as_listed(found) == case["lines"]


@pytest.mark.parametrize("case", TABLE["selections"], ids=lambda case: case["name"])
def test_r32_r33_r34_a_selection_of_the_shared_table_costs_this(case: Row) -> None:
    rows = expand(case)

    found = price(_account(rows), ChosenInvoices(tuple(_chosen(case, rows))))

    assert (len(found.lines), found.total) == (case["count"], case["total"])


@pytest.mark.parametrize("case", [case for case in TABLE["selections"] if case.get("missed")], ids=lambda case: case["name"])
def test_r32_all_of_a_selection_that_is_too_large_is_refused_whole(case: Row) -> None:
    rows = expand(case)

    with pytest.raises(TooManyInvoicesError, match="up to 200 invoices"):
        price(_account(rows), ChosenInvoices(tuple(row["id"] for row in rows)))


def _chosen(case: Row, rows: list[Row]) -> list[str]:
    """Follow the steps as the page does; a parent's id is sent as such here, the page sends its children's."""
    chosen: list[str] = []
    for verb, *ids in case["steps"]:
        if verb == "tick":
            chosen += ids
        elif verb == "untick":
            chosen = [one for one in _without_parents(chosen, rows) if one not in ids]
        else:
            chosen += [row["id"] for row in rows][: case["count"]]
    return chosen


def _without_parents(chosen: list[str], rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows if row["id"] in chosen or row.get("parent") in chosen]
