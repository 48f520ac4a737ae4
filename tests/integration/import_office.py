"""What tests of imports share: a desk over moto, files, and ways to start, run and read an import."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from duebook import wiring, wiring_automation
from duebook.domain.account import AccountKey, balance
from duebook.domain.directory import Support, Tenant
from duebook.domain.import_runs import ImportRun
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import new_pay_online_id
from duebook.usecases.audit_accounts import Books, audit_tenant
from duebook.usecases.import_lines import ImportDesk
from duebook.usecases.run_import import run_import
from duebook.usecases.start_import import ImportOrder, read_import, start_import
from tests.integration.cloud import Cloud

NOW = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
TENANT = "ten_1"
HEADER = "customer_id,customer_name,invoice_id,number,invoice_date,due_date,currency,amount\n"
THREE = (
    HEADER
    + "c1,Anna Ltd,inv_1,1001,2025-05-01,2025-05-31,USD,425.5\n"
    + "c1,Anna Ltd,inv_2,1002,2025-05-02,2025-06-01,USD,100.00\n"
    + "c2,Bert GmbH,inv_3,1003,2025-05-03,,EUR,80\n"
)


class Patience:
    """Tells a worker how long it may still run: for ever, or for so many steps."""

    def __init__(self, steps: int | None = None) -> None:
        self.steps = steps

    def __call__(self) -> float:
        if self.steps is None:
            return 900
        self.steps -= 1
        return 900 if self.steps > 0 else 1


def desk() -> ImportDesk:
    return ImportDesk(
        wiring.directory_store(),
        wiring.account_store(),
        wiring.invoice_store(),
        wiring.payment_store(),
        wiring.import_store(),
        wiring_automation.automation_store(),
        new_pay_online_id,
        utc_now,
    )


def order(text: str, **wanted: Any) -> ImportOrder:
    return replace(ImportOrder("open_invoices", text), **wanted)


def started(wanted: ImportOrder, import_id: str = "imp_1") -> ImportRun:
    run, _ = start_import(wanted, tenant_id=TENANT, caller_id="key_1", import_id=import_id, imports=wiring.import_store(), now=NOW)
    return run


def imported(wanted: ImportOrder, import_id: str = "imp_1", workers: int = 1) -> ImportRun:
    started(wanted, import_id)
    return run_import(TENANT, import_id, desk=desk(), remaining_seconds=Patience(), workers=workers)


def errors_of(import_id: str = "imp_1") -> list[tuple[int, str | None]]:
    return [(error.line, error.field) for error in read_import(TENANT, import_id, imports=wiring.import_store()).errors]


def owed(aws: Cloud, customer_id: str, currency: str = "USD") -> int:
    return balance(aws.accounts.read(AccountKey(TENANT, customer_id, currency)).account)


def assert_books_agree(aws: Cloud) -> None:
    _, findings = audit_tenant(TENANT, Books(aws.directory, aws.accounts, aws.invoices, aws.payments))
    assert findings == []


def add_tenant(aws: Cloud) -> None:
    """Write the tenant of these tests."""
    aws.directory.add_tenant(Tenant(TENANT, "Blue Toilets", "America/New_York", support=Support()), [], [], "0" * 64)
