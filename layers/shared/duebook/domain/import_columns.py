"""Which column of a file is which field: proposed from its names, for a person to check."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from duebook.domain.csv_files import records
from duebook.domain.import_cells import DATE_FORMATS, cell_date
from duebook.domain.imports import OPTIONAL, REQUIRED, ImportKind, header_of
from duebook.errors import InvalidInputError

OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "customer_id": ("customer id", "customer no", "customer number", "customer code", "cust id", "cust no", "account", "account no",
                    "account number", "acct", "acct no", "client id", "customer ref"),
    "name": ("name", "customer name", "customer", "company", "company name", "client", "client name", "account name"),
    "email": ("email", "e mail", "email address", "mail", "billing email"),
    "phone": ("phone", "phone number", "telephone", "tel", "main phone"),
    "address": ("address", "billing address", "bill to", "street", "street address"),
    "postal_code": ("postal code", "zip", "zip code", "postcode", "post code"),
    "pay_online_id": ("pay online id", "pay id", "online id"),
    "locale": ("locale", "language"),
    "number": ("number", "invoice number", "invoice no", "invoice", "inv no", "document", "document no", "document number", "doc no", "num"),
    "invoice_date": ("invoice date", "date", "document date", "doc date", "inv date", "posting date"),
    "due_date": ("due date", "due", "due on", "net due date", "payment due"),
    "currency": ("currency", "currency code", "cur", "ccy"),
    "amount": ("amount", "open amount", "open balance", "balance", "open", "amount due", "balance due", "total", "outstanding"),
    "customer_name": ("customer name", "customer", "company", "company name", "client", "client name", "name"),
    "invoice_id": ("invoice id", "internal id", "transaction id"),
}  # fmt: skip
"""What else a field's column is often called, the likeliest first, in small letters without signs."""
SAMPLE_LINES = 200


def fields_of(kind: ImportKind) -> tuple[str, ...]:
    """Return the fields of a kind of file, those it needs first."""
    return (*REQUIRED[kind], *OPTIONAL[kind])


def proposed_columns(kind: ImportKind, header: Sequence[str]) -> dict[str, str]:
    """Propose a column for each field that has a likely one; no column stands for two fields.

    Args:
        kind: What the file holds.
        header: Its first line's cells.
    """
    names = [cell.strip() for cell in header]
    plain = [_plain(name) for name in names]
    found: dict[str, str] = {}
    # A field's own name goes before what another field may also be called.
    for exact in (True, False):
        for field in fields_of(kind):
            if field in found:
                continue
            wanted = (_plain(field),) if exact else OTHER_NAMES[field]
            at = next((plain.index(one) for one in wanted if one in plain and names[plain.index(one)] not in found.values()), None)
            if at is not None and plain.count(plain[at]) == 1:
                found[field] = names[at]
    return found


def proposed_date_format(lines: Sequence[str], columns: Mapping[str, str], locale: str) -> str:
    """Propose how a file's dates are written: a format that reads them all; of day and month in doubt, the locale's own order.

    Args:
        lines: Of the file.
        columns: Field to column.
        locale: BCP 47, of the business.
    """
    header = [cell.strip() for cell in header_of(lines).cells]
    at = [header.index(columns[name]) for name in ("invoice_date", "due_date") if columns.get(name) in header]
    rows = [record.cells for number, record in enumerate(records(lines[: SAMPLE_LINES + 1])) if number and len(record.cells) == len(header)]
    cells = [cells[index].strip() for cells in rows for index in at if cells[index].strip()]
    fitting = [name for name in DATE_FORMATS if cells and all(_reads(cell, name) for cell in cells)]
    american = locale.endswith("-US")
    fitting.sort(key=lambda name: name.startswith("D") if american else name.startswith("M"))
    return fitting[0] if fitting else "YYYY-MM-DD"


def _reads(cell: str, name: str) -> bool:
    try:
        cell_date(cell, name)
    except InvalidInputError:
        return False
    return True


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", name.casefold()).split())
