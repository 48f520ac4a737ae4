"""Open invoices for page tests, and how the API lists them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

Json = dict[str, Any]

SITES = ("Riverside Depot", "Harbour Yard", "Lot 7, Mill Street", "Northgate Clinic")


def invoice(number: int, amount: int, **more: Any) -> Json:
    """One open single-site invoice, a day younger for each number."""
    dated = date(2026, 1, 5) + timedelta(days=number)
    usual = {
        "id": f"inv_{number}", "number": f"INV-{10_000 + number}", "date": dated.isoformat(), "due": (dated + timedelta(days=30)).isoformat(),
        "total": amount, "open": amount, "reserved": 0, "pay_online": True, "overdue": False, "currency": "USD", "parent": None,
        "site": {"id": f"s{number % 4}", "name": SITES[number % 4]},
    }  # fmt: skip
    return usual | more


def four() -> list[Json]:
    """Four invoices of $1,847.83 in all; the oldest two are overdue."""
    amounts = (420_00, 1_128_40, 199_43, 100_00)
    return [invoice(number + 1, amount, overdue=number < 2) for number, amount in enumerate(amounts)]


def many(count: int = 231) -> list[Json]:
    """A bookkeeper's list."""
    return [invoice(number + 1, 40_00 + number * 7, overdue=number < 40) for number in range(count)]


def family(parent: str, numbers: range, amount: int = 150_00, **more: Any) -> list[Json]:
    """The children of one multi-site invoice."""
    return [invoice(number, amount, parent=parent, **more) for number in numbers]


def row_of(one: Json) -> Json:
    """An invoice as the API lists it."""
    return {
        "id": one["id"],
        "number": one["number"],
        "kind": "single_site",
        "status": "overdue" if one["overdue"] else "unpaid",
        "invoice_date": one["date"],
        "due_date": one["due"],
        "currency": one["currency"],
        "total": one["total"],
        "open_balance": one["open"],
        "reserved": one["reserved"],
        "pay_online": one["pay_online"],
        "payable": one["open"] - one["reserved"] if one["pay_online"] else 0,
        "site": one["site"],
        "children": None,
    }


def rows_of(invoices: list[Json], kind: str) -> list[Json]:
    """The rows of one table: single-site invoices, or parents with their children."""
    owed = [one for one in invoices if one["open"] > 0]
    if kind == "single_site":
        return [row_of(one) for one in owed if not one["parent"]]
    parents = dict.fromkeys(one["parent"] for one in owed if one["parent"])
    return [_parent(parent, [row_of(one) for one in owed if one["parent"] == parent]) for parent in parents]


def _parent(parent: str, children: list[Json]) -> Json:
    figures = {name: sum(one[name] for one in children) for name in ("total", "open_balance", "reserved", "payable")}
    overdue = any(one["status"] == "overdue" for one in children)
    return children[0] | figures | {
        "id": parent.lower(), "number": parent, "kind": "multi_site", "status": "overdue" if overdue else "unpaid",
        "pay_online": any(one["pay_online"] for one in children), "site": None, "children": children,
    }  # fmt: skip
