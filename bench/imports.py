"""Imports of files: reading alone, and reading with posting."""

from __future__ import annotations

import time

from bench.figures import Figure
from bench.ground import NOW, TENANT, Ground
from duebook.domain.csv_files import decoded, physical_lines
from duebook.domain.imports import ImportForm, ImportKind, read_lines
from duebook.runtime.ids import new_pay_online_id
from duebook.storage.import_store import ImportStore
from duebook.usecases.import_lines import ImportDesk
from duebook.usecases.run_import import run_import
from duebook.usecases.start_import import ImportOrder, start_import
from local.stack import client

BUCKET = "bench-documents"
READ_LINES = 60_000
POSTED_LINES = 3_000


def measure(ground: Ground) -> list[Figure]:
    """Measure both."""
    content = _file(READ_LINES).encode()
    began = time.process_time()
    good = sum(line.good is not None for line in read_lines(ImportForm(ImportKind.OPEN_INVOICES), physical_lines(decoded(content))))
    read_seconds = time.process_time() - began
    assert good == READ_LINES
    began = time.perf_counter()
    with ground.meter.deaf():
        _import(ground, _file(POSTED_LINES))
    posted = POSTED_LINES / (time.perf_counter() - began)
    return [
        Figure(f"reading a file of {len(content) / 1e6:.1f} MB, {READ_LINES:,} lines", read_seconds, "s CPU"),
        Figure(f"importing {POSTED_LINES:,} open invoices of 100 new customers", posted, "lines/s"),
    ]


def _import(ground: Ground, text: str) -> None:
    bucket = client("s3", ground.endpoint)
    bucket.create_bucket(Bucket=BUCKET)
    imports = ImportStore(ground.client, bucket, ground.tables, BUCKET)
    run, _ = start_import(
        ImportOrder("open_invoices", text), tenant_id=TENANT, caller_id="key_bench", import_id="imp_bench", imports=imports, now=NOW
    )
    desk = ImportDesk(
        ground.directory, ground.accounts, ground.invoices, ground.payments, imports, ground.automations, new_pay_online_id, lambda: NOW
    )
    done = run_import(TENANT, run.import_id, desk=desk, remaining_seconds=lambda: 900.0, workers=2)
    assert done.counts.imported == POSTED_LINES, done.counts


def _file(lines: int) -> str:
    header = "customer_id,customer_name,invoice_id,number,invoice_date,due_date,currency,amount\n"
    rows = (
        f'imp-{number % 100},"Customer, {number % 100}",imp-inv-{number},{number:07d},2025-01-{number % 28 + 1:02d},2025-02-15,USD,{number % 900 + 1}.25\n'
        for number in range(lines)
    )
    return header + "".join(rows)
