"""The ground of the measurements: the template's tables on ministack, stores over them, accounts with open invoices."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.meter import Meter
from duebook.domain.account import Account, AccountKey, apply
from duebook.domain.decisions import Command, IssueInvoice, ReserveOnline, decide
from duebook.domain.directory import Customer, Support, Tenant
from duebook.domain.journal import JournalEntry
from duebook.domain.money import Money
from duebook.domain.open_items import OpenItem
from duebook.domain.payments import Evidence, Outcome, Payment, PaymentKey, PaymentState
from duebook.runtime.ids import new_id
from duebook.storage import keys
from duebook.storage.account_store import AccountStore, Plan
from duebook.storage.automation_store import AutomationStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.dynamo import Tables, prefixed
from duebook.storage.invoice_store import InvoiceStore
from duebook.storage.payment_store import PaymentStore
from duebook.usecases.apply_payment import apply_payment
from duebook.usecases.record_outcome import MoneyDesk, record_outcome
from local.ministack import start_ministack
from local.stack import client, load_template
from local.web import free_port

TABLES = ("LedgerTable", "AccountsTable", "DirectoryTable", "EmailActivityTable", "TransientTable")
PARTS = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
TENANT = "ten_01HZX3V8Q7M2N4P6R8T0W1Y3A5"
NOW = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
TOGETHER = 40
"""Entries posted in one transaction while an account is filled."""
ITEMS_A_REQUEST = 25
"""While customers are copied."""


@dataclass(slots=True)
class Ground:
    """Stores over a running emulator, and the meter on their client."""

    endpoint: str
    client: Any
    tables: Tables
    meter: Meter
    accounts: AccountStore
    payments: PaymentStore
    invoices: InvoiceStore
    directory: DirectoryStore
    automations: AutomationStore

    def filled(self, customer_id: str, count: int, *, closed_before: int = 0, first: date = date(2024, 1, 1)) -> AccountKey:
        """Make a customer whose account has so many open invoices of 10.00, after some that were paid long ago.

        Args:
            customer_id: Its id.
            count: Of open invoices, a day after the other.
            closed_before: Of paid ones.
            first: The oldest open invoice's date; it is due thirty days later.
        """
        self.directory.add_customer(TENANT, Customer(customer_id, f"Customer {customer_id}", f"id-{customer_id}", NOW))
        key = AccountKey(TENANT, customer_id, "USD")
        for start in range(0, closed_before, 20):
            self._issue(key, range(1_000_000 + start, 1_000_020 + start), date(2019, 1, 1))
            self.pay(key, 20)
        for start in range(0, count, TOGETHER):
            self._issue(key, range(start, min(count, start + TOGETHER)), first)
        return key

    def copied(self, key: AccountKey, names: Iterable[str], change: Callable[[int, str], str] = lambda _number, text: text) -> None:
        """Write all items of a customer again under other ids, as long as its own.

        Args:
            key: The customer's account.
            names: Of the copies.
            change: What else is changed in the text of the copy of a number.
        """
        pattern = [(table, text) for table, item in self._items(key) if key.customer_id in (text := json.dumps(item))]
        puts = [
            (table, json.loads(change(number, text.replace(key.customer_id, name))))
            for number, name in enumerate(names, start=1)
            for table, text in pattern
        ]
        with self.meter.deaf():
            for start in range(0, len(puts), ITEMS_A_REQUEST):
                asked: dict[str, list[Any]] = {}
                for table, item in puts[start : start + ITEMS_A_REQUEST]:
                    asked.setdefault(table, []).append({"PutRequest": {"Item": item}})
                assert not self.client.batch_write_item(RequestItems=asked)["UnprocessedItems"]

    def _items(self, key: AccountKey) -> Iterator[tuple[str, Any]]:
        tables, account = self.tables, keys.account_pk(key)
        for table, pk in ((tables.directory, keys.tenant_pk(key.tenant_id)), (tables.accounts, account), (tables.ledger, account)):
            for item in self.client.query(TableName=table, ConsistentRead=True, **prefixed(pk))["Items"]:
                yield table, item

    def captured(self, key: AccountKey, invoices: int) -> PaymentKey:
        """Take a payment over the oldest invoices up to where it is booked, but not applied."""
        payment_id = new_id("pay", NOW)
        amount = Money(invoices * 10_00, key.currency)
        payment = Payment(
            key=PaymentKey(key.tenant_id, key.customer_id, payment_id),
            amount=amount,
            state=PaymentState.SUBMITTING,
            channel="guest",
            method_type="card",
            created_at=NOW,
            order_id=f"DB-{payment_id[-16:]}",
            merchant_account_id="ma_01HZX3V8Q7M2N4P6R8T0W1Y3A5",
            due_at=NOW + timedelta(minutes=2),
            fingerprint="f" * 32,
        )
        writes = self.payments.added(payment)
        self.accounts.change(key, lambda account: Plan((_entry(account, ReserveOnline(payment_id, amount.minor)),), writes))
        evidence = Evidence(Outcome.APPROVED, NOW, reference="60123456789", brand="visa", last4="1111")
        record_outcome(payment.key, evidence, books=MoneyDesk(self.accounts, self.payments, self.invoices))
        return payment.key

    def pay(self, key: AccountKey, invoices: int) -> None:
        """Pay the oldest invoices whole."""
        apply_payment(self.captured(key, invoices), accounts=self.accounts, payments=self.payments, now=NOW)

    def _issue(self, key: AccountKey, numbers: range, first: date) -> None:
        def plan(account: Account) -> Plan:
            entries = []
            for number in numbers:
                day = first + timedelta(days=number % 500)
                item = OpenItem(f"inv-{number:07d}", f"{number:07d}", day, day + timedelta(days=30), 10_00)
                entries.append(_entry(account, IssueInvoice(item.invoice_id, item.open_minor, item)))
                account = apply(account, entries[-1])
            return Plan(tuple(entries))

        self.accounts.change(key, plan)


@contextmanager
def ground() -> Iterator[Ground]:
    """Start an emulator with empty tables, and stop it in the end."""
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    resources = load_template()["Resources"]
    with tempfile.TemporaryDirectory(prefix="duebook-bench-") as folder, Path(folder, "log").open("wb") as log:
        emulator = start_ministack(free_port(), Path(folder), 1, log, 1.0)
        try:
            emulator.wait_until_ready()
            yield _build(emulator.endpoint, resources)
        finally:
            emulator.stop()


def _build(endpoint: str, resources: Any) -> Ground:
    dynamodb, looker = client("dynamodb", endpoint), client("dynamodb", endpoint)
    properties = {name: resources[name]["Properties"] for name in TABLES}
    for name in TABLES:
        dynamodb.create_table(TableName=name, **{part: properties[name][part] for part in PARTS if part in properties[name]})
    tables = Tables(*TABLES)
    meter = Meter(dynamodb, looker, properties)
    meter.listen()
    directory = DirectoryStore(dynamodb, tables)
    directory.add_tenant(Tenant(TENANT, "Bench", "America/New_York", support=Support()), [], [], "0" * 64)
    return Ground(
        endpoint,
        dynamodb,
        tables,
        meter,
        AccountStore(dynamodb, tables),
        PaymentStore(dynamodb, tables),
        InvoiceStore(dynamodb, tables),
        directory,
        AutomationStore(dynamodb, tables),
    )


def _entry(account: Account, command: Command) -> JournalEntry:
    return decide(account, command, posted_at=NOW, actor="bench")
