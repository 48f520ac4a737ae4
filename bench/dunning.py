"""A run of past-due notices over 5,000 customers of which 100 have something past due: requests, units, writes beside the mails."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from bench.figures import Figure
from bench.ground import NOW, TENANT, Ground
from duebook.domain.automation import Automation, AutomationSettings, CustomerAutomation, PastDueNotices
from duebook.domain.automation_runs import AutomationRun, Outcome, RunStatus
from duebook.domain.directory import Contact
from duebook.domain.email_activity import MailKey, MailText
from duebook.domain.statements import StatementFacts
from duebook.mail.past_due import write_past_due
from duebook.storage.automation_run_store import AutomationRunStore
from duebook.storage.email_store import EmailStore
from duebook.usecases.automation_mails import AutomationDesk
from duebook.usecases.books import Books
from duebook.usecases.notify_payment import Post
from duebook.usecases.run_automation import Task, end_automation, prepare_automation, work_on_automation

CUSTOMERS, DUE = 5_000, 100
LISTING_REQUESTS, LISTING_UNITS = 10, 10
TITLE = f"past-due notices to {DUE} of {CUSTOMERS:,} customers"


@dataclass(slots=True)
class _Queue:
    """A queue that takes everything."""

    mails: list[MailKey] = field(default_factory=list)

    def put(self, mail_key: MailKey) -> None:
        self.mails.append(mail_key)


def measure(ground: Ground) -> list[Figure]:
    """Fill the tables, and carry out a run without its state machine: list, work on the batches, end."""
    _fill(ground)
    runs, queue = AutomationRunStore(ground.client, ground.tables), _Queue()
    desk = AutomationDesk(
        Books(ground.directory, ground.accounts, ground.invoices, ground.payments),
        ground.automations,
        runs,
        Post(EmailStore(ground.client, ground.tables), queue),
        partial(write_past_due, portal_origin="https://pay.bench.example"),
        _no_summary,
        lambda: NOW,
    )
    run = AutomationRun(TENANT, "aut_bench", Automation.PAST_DUE_NOTICES, NOW, NOW)
    runs.add(run)
    task = Task(TENANT, run.automation, run.run_id)
    with ground.meter.counting() as listing:
        batches = prepare_automation(task, desk=desk)
    cpu = time.process_time()
    with ground.meter.counting() as working, _written(ground) as written:
        for number in range(batches):
            assert work_on_automation(task, number, desk=desk) == "done"
        end_automation(task, desk=desk)
    cpu = time.process_time() - cpu
    done = runs.get(TENANT, run.automation, run.run_id)
    assert (done.status, done.counts) == (RunStatus.DONE, {Outcome.SENT: DUE}), done
    assert len(queue.mails) == DUE
    return [
        Figure(f"{TITLE}, listing: requests", len(listing.requests), "", LISTING_REQUESTS),
        Figure(f"{TITLE}, listing: read units", listing.read_units, "RRU", LISTING_UNITS),
        Figure(f"{TITLE}: customers looked at", done.total or 0, "", DUE),
        Figure(f"{TITLE}: requests a notice", len(working.requests) / DUE, ""),
        Figure(f"{TITLE}: read units a notice", working.read_units / DUE, "RRU"),
        Figure(f"{TITLE}: write units a notice, with indexes", (working.write_units + working.index_units) / DUE, "WRU"),
        Figure(f"{TITLE}: writes a notice, of the customer", written["customer"] / DUE, "", 1),
        Figure(f"{TITLE}: writes a notice, of the run", written["run"] / DUE, ""),
        Figure(f"{TITLE}: writes a notice, of its mail", written["mail"] / DUE, ""),
        Figure(f"{TITLE}: CPU a notice", cpu * 1_000 / DUE, "ms"),
    ]


def _fill(ground: Ground) -> None:
    """Switch all customers on; most owe nothing that is late."""
    on = AutomationSettings(past_due_notices=PastDueNotices(enabled=True))
    ground.automations.save_settings(TENANT, on, was=AutomationSettings(), next_runs={}, stopped=(), now=NOW)
    pattern = ground.filled("dun-00000", 4, first=NOW.date())
    _switch_on(ground, pattern.customer_id)
    ground.copied(pattern, (f"dun-{number:05}" for number in range(1, CUSTOMERS - DUE)))
    for number in range(DUE):
        # Of all three tiers.
        first = NOW.date() - timedelta(days=40 + number)
        _switch_on(ground, ground.filled(f"due-{number:05}", 4, first=first).customer_id)


def _switch_on(ground: Ground, customer_id: str) -> None:
    ground.automations.save_customer(TENANT, CustomerAutomation(customer_id, enabled=True), was=CustomerAutomation(customer_id))
    contact = Contact("k1", "Ann", "company", email=f"ann@{customer_id}.example")
    ground.directory.put_contact(TENANT, customer_id, contact, was=None)


@contextmanager
def _written(ground: Ground) -> Iterator[Counter[str]]:
    """Count items written, each by what it belongs to."""
    counted: Counter[str] = Counter()

    def count(params: Any, model: Any, **_: Any) -> None:
        single = [params] if model.name in {"PutItem", "UpdateItem", "DeleteItem"} else []
        for request in [next(iter(action.values())) for action in params.get("TransactItems", ())] or single:
            place = request.get("Key") or request["Item"]
            belongs = "customer" if request["TableName"] == ground.tables.directory else "mail"
            counted["run" if "automation" in place["pk"]["S"] else belongs] += 1

    ground.client.meta.events.register("provide-client-params.dynamodb.*", count)
    try:
        yield counted
    finally:
        ground.client.meta.events.unregister("provide-client-params.dynamodb.*", count)


def _no_summary(_facts: StatementFacts) -> MailText:
    """Stand where a writer of summaries would: a run of past-due notices asks for none."""
    raise AssertionError("a run of past-due notices wrote a summary")
