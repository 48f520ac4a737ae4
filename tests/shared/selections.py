"""The table of selections that the payment page and the API must agree on."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]

TABLE: dict[str, list[Row]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))


def expand(case: Row) -> list[Row]:
    """Return a case's invoices, made up where it only says how many: a day apart, so many children to a parent."""
    if "many" not in case:
        return list(case["invoices"])
    many = case["many"]
    below = many.get("children")
    return [
        {
            "id": f"i{number + 1:03}",
            "date": (date(2026, 1, 1) + timedelta(days=number)).isoformat(),
            "open": many["open"],
            **({"parent": f"ms{number // below + 1}"} if below else {}),
        }
        for number in range(many["invoices"])
    ]


def as_rows(invoices: list[Row]) -> list[Row]:
    """Return the rows of the page's tables: single-site invoices, and parents with their children, as the API lists them."""
    rows: dict[str, Row] = {}
    for invoice in invoices:
        row = _row(invoice)
        parent = invoice.get("parent")
        if parent is None:
            rows[row["id"]] = row
        else:
            above = rows.setdefault(parent, {"id": parent, "number": parent, "kind": "multi_site", "children": []})
            above["children"].append(row)
    return list(rows.values())


def _row(invoice: Row) -> Row:
    reserved = invoice.get("reserved", 0)
    return {
        "id": invoice["id"],
        "number": invoice.get("number", invoice["id"]),
        "kind": "single_site",
        "invoice_date": invoice["date"],
        "due_date": invoice.get("due", invoice["date"]),
        "open_balance": invoice["open"],
        "reserved": reserved,
        "payable": invoice["open"] - reserved if invoice.get("pay_online", True) else 0,
    }
