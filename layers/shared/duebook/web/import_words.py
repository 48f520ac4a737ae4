"""Imports in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from duebook.domain.import_runs import ImportRun, ImportStatus
from duebook.domain.imports import ImportKind

KIND_WORDS: Mapping[ImportKind, str] = {ImportKind.CUSTOMERS: "Customers", ImportKind.OPEN_INVOICES: "Open invoices"}
FIELD_WORDS: Mapping[str, str] = {
    "customer_id": "Customer ID",
    "name": "Name",
    "email": "Email",
    "phone": "Phone",
    "address": "Address",
    "postal_code": "ZIP code",
    "pay_online_id": "Pay Online ID",
    "locale": "Language and region",
    "number": "Invoice number",
    "invoice_date": "Invoice date",
    "due_date": "Due date",
    "currency": "Currency",
    "amount": "Open amount",
    "customer_name": "Customer name",
    "invoice_id": "Invoice ID",
    "csv": "File",
    "mapping": "Columns",
}
"""Each field as people know it."""
DONE_NEXT: Mapping[ImportKind, tuple[tuple[str, str], ...]] = {
    ImportKind.CUSTOMERS: (
        ("/admin/customers", "Look at the customers"),
        ("/admin/imports/new?kind=open_invoices", "Import their open invoices"),
    ),
    ImportKind.OPEN_INVOICES: (
        ("/admin/invoices", "Look at the invoices"),
        ("/admin/ageing", "Compare the sums by age with your old system"),
    ),
}
"""Where to go when an import is done."""


def state_words(run: ImportRun) -> tuple[str, str]:
    """Return where a run stands as people read it, and the tone of its tag."""
    match run.status:
        case ImportStatus.DRAFT:
            return "Waits for its columns", "warn"
        case ImportStatus.QUEUED:
            return "Begins in a moment", "info"
        case ImportStatus.RUNNING:
            return "Running", "info"
        case ImportStatus.FAILED if run.position and not run.dry_run:
            return "Stopped part of the way", "danger"
        case ImportStatus.FAILED:
            return "Not imported", "danger"
        case ImportStatus.DONE if run.counts.bad_lines:
            return "Done, with errors", "warn"
        case ImportStatus.DONE:
            return "Done", "ok"
