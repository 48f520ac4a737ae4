"""``make replay``: two real years of invoices and payments over the running local cloud, compared to the cent.

The file is first imported as it lies, as a dry run. Then its customers are imported, and day by day, under the local
clock, invoices are issued on their date and paid by check on the day they were settled, all through the staff API.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import urllib3

from local.cloud import LocalCloud
from local.ministack import ROOT
from local.replay_plan import MonthEnd, Owed, Row, month_end, read_rows, replay

DATA = ROOT.parent / "shared" / "data" / "accounts_receivable_2012_2013.csv"
CURRENCY = "USD"
WORKERS = 4
ALL_MONTHS = 24
MAPPING = {
    "customer_id": "customerID",
    "customer_name": "customerID",
    "number": "invoiceNumber",
    "invoice_date": "InvoiceDate",
    "due_date": "DueDate",
    "amount": "InvoiceAmount",
}
_IMPORT_SECONDS = 120

Json = dict[str, Any]


class RefusedError(RuntimeError):
    """The API refused a call of the replay."""


@dataclass(slots=True)
class HttpOffice:
    """Staff at work over the public API of a running local cloud."""

    origin: str
    api_key: str = ""
    calls: int = 0
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=WORKERS, retries=False))

    def call(self, method: str, path: str, body: Json | None = None, **headers: str) -> Json:
        """Make one call.

        Raises:
            RefusedError: The answer is not a good one.
        """
        self.calls += 1
        sent = None if body is None else json.dumps(body).encode()
        every = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json", **headers}
        answer = self.pool.request(method, self.origin + path, body=sent, headers=every, timeout=60)
        if answer.status >= 300:
            raise RefusedError(f"{method} {path}: {answer.status} {answer.data.decode(errors='replace')[:500]}")
        said: Json = json.loads(answer.data or b"{}")
        return said

    def begin(self) -> None:
        """Open a tenant of its own."""
        made = self.call("POST", "/local/tenants", {"name": "Replay", "time_zone": "America/New_York", "plan": "pro"})
        self.api_key = made["api_key"]

    def import_file(self, **order: object) -> Json:
        """Import a file and wait for the result."""
        made = self.call("POST", "/api/staff/imports", dict(order))
        deadline = time.monotonic() + _IMPORT_SECONDS
        while time.monotonic() < deadline:
            run = self.call("GET", f"/api/staff/imports/{made['id']}")
            if run["status"] in {"done", "failed"}:
                return run
            time.sleep(0.1)
        raise RefusedError(f"the import {made['id']} did not end")

    def open_day(self, today: date) -> None:
        """Set the local clock to noon of a day."""
        self.call("PUT", "/local/clock", {"now": f"{today}T17:00:00Z"})

    def issue(self, row: Row) -> None:
        """Issue an invoice."""
        body = {
            "customer_id": row.customer_id,
            "number": row.number,
            "invoice_date": row.invoice_on.isoformat(),
            "due_date": row.due_on.isoformat(),
            "currency": CURRENCY,
            "lines": [{"description": "Service", "quantity": "1", "unit_price": row.minor}],
        }
        self.call("PUT", f"/api/staff/invoices/{row.number}", body)

    def pay(self, row: Row, *, oldest_first: bool) -> None:
        """Record a check."""
        body: Json = {
            "customer_id": row.customer_id,
            "amount": row.minor,
            "currency": CURRENCY,
            "method": {"kind": "check", "number": row.number[-6:]},
        }
        if not oldest_first:
            body["applications"] = [{"invoice_id": row.number, "amount": row.minor}]
        self.call("POST", "/api/staff/payments", body, **{"Idempotency-Key": f"replay-{row.number}"})

    def owed(self, customer_id: str) -> Owed:
        """Read a customer's account."""
        account = self.call("GET", f"/api/staff/customers/{customer_id}/account")
        for one in account["currencies"]:
            assert one["currency"] == CURRENCY, one
            return Owed(one["balance"], one["overdue"], one["unapplied"], one["open_invoices"])
        return Owed()


def run(rows: Sequence[Row], raw: str, months: int, office: HttpOffice, say: Callable[[str], None]) -> int:
    """Replay the first months of the file and return the number of differences."""
    first = min(row.invoice_on for row in rows)
    last = month_end(first, months)
    if months >= ALL_MONTHS:
        last = max(row.settled_on for row in rows)
    office.open_day(first)
    office.begin()
    checked = office.import_file(kind="open_invoices", csv=raw, mapping=MAPPING, date_format="M/D/YYYY", currency=CURRENCY, dry_run=True)
    say(f"The file as it lies: {checked['lines']} lines, {checked['imported']} good, {len(checked['errors'])} errors (dry run).")
    if checked["status"] != "done" or checked["imported"] != len(rows):
        return len(rows)
    customers = sorted({row.customer_id for row in rows})
    made = office.import_file(kind="customers", csv="customer_id,name\n" + "".join(f"{one},Customer {one}\n" for one in customers))
    if made["imported"] != len(customers):
        say(f"Only {made['imported']} of {len(customers)} customers were imported: {made['errors'][:3]}")
        return len(customers)
    wrong = 0
    with ThreadPoolExecutor(WORKERS) as pool:

        def each(work: Callable[[Sequence[Row]], int], parts: Iterable[Sequence[Row]]) -> Iterable[int]:
            return pool.map(work, parts)

        for month in replay(rows, last, office, each):
            say(line_of(month))
            wrong += len(month.differences)
            for one in month.differences:
                say(f"  {one.customer_id}: booked {one.booked}, plain sum {one.expected}")
    return wrong


def line_of(month: MonthEnd) -> str:
    """Tell one comparison in a line."""
    owed = month.owed
    verdict = "agree" if not month.differences else f"{len(month.differences)} DIFFER"
    return (
        f"{month.on}  {month.customers} customers compared: {verdict}   balance {owed.balance / 100:>10,.2f}  overdue {owed.overdue / 100:>9,.2f}"
        f"  open {owed.open_invoices:>4}   issued {month.issued:>5}  paid {month.paid:>5} ({month.oldest_first} by the rule of oldest first)"
    )


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=ALL_MONTHS, help="how many, from January 2012")
    parser.add_argument("--data", type=Path, default=DATA, help="the file")
    given = parser.parse_args()
    if not given.data.exists():
        print(f"Nothing to replay: {given.data} is not there. It lies outside the project.")
        return 0
    rows = read_rows(given.data)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="duebook-replay-") as folder, LocalCloud(Path(folder)) as cloud:
        print(f"Local cloud ready in {cloud.seconds:.1f} s; {len(rows)} invoices of {len({row.customer_id for row in rows})} customers.")
        office = HttpOffice(cloud.origin)
        wrong = run(rows, given.data.read_text(encoding="utf-8"), max(1, given.months), office, lambda line: print(line, flush=True))
        audit = office.call("POST", "/local/run/audit", {})
        print(f"Audit of all journals: {audit['answer']}")
        print(f"{office.calls} calls in {time.monotonic() - began:.0f} s; differences: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
