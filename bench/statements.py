"""Statements in bulk: how many a minute on the local cloud, and what a thousand cost on AWS, from the calls that were counted.

Prices: AWS price lists for us-east-1, on demand, as published in November 2025, without free tiers.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import urllib3

from bench.figures import Figure
from bench.ground import NOW, TENANT, Ground
from duebook.documents.binding import bound
from duebook.documents.statement import write_statements
from duebook.documents.typesetter import Typesetter
from duebook.domain.directory import Contact
from duebook.domain.documents import Sheet
from duebook.domain.email_activity import Accepted, Attachment, EventType, HandOver, MailEvent, MailKey, MailText, OutgoingMail
from duebook.domain.statement_runs import BATCH_CUSTOMERS, Delivery, StatementRun
from duebook.domain.statements import StatementFacts, StatementKind, StatementWish
from duebook.mail.statement import write_statement
from duebook.runtime.clock import today_in
from duebook.storage.attachment_store import AttachmentStore
from duebook.storage.email_store import EmailStore
from duebook.storage.statement_part_store import StatementPartStore
from duebook.storage.statement_run_store import StatementRunStore
from duebook.usecases.books import Books
from duebook.usecases.notify_payment import Post
from duebook.usecases.prepare_statements import ListingDesk, Pass, finish_run, prepare_run
from duebook.usecases.print_statements import PrintDesk, work_on_batch
from duebook.usecases.record_email_event import record_email_event
from duebook.usecases.send_mail import Desk, send_mail
from local.cloud import LocalCloud
from local.stack import client

COUNTED, INVOICES = 40, 4
ON_THE_CLOUD = 200
ORIGIN = "https://pay.bench.example"
BUCKET = "bench-statements"
RRU, WRU = 0.125e-6, 0.625e-6
TRANSITION = 0.025e-3
GB_SECOND, INVOCATION = 0.0000133334, 0.20e-6
SQS_CALL, SES_MAIL, SES_GB, S3_PUT, S3_GET = 0.40e-6, 0.10e-3, 0.12, 0.005e-3, 0.0004e-3
PRINT_GB, MAIL_GB = 3008 / 1024, 512 / 1024
CALL_SECONDS = 0.004
"""What one call to DynamoDB, S3 or SQS keeps a function waiting on AWS: an assumption, added to the CPU time that was measured."""


def measure(ground: Ground) -> list[Figure]:
    """Count what a run of some hundred customers sends, then time a run on the whole local cloud."""
    return [*_cost(ground), *_on_the_cloud()]


@dataclass
class _Outside:
    """A queue and a mailer that take everything and count it."""

    mails: list[MailKey] = field(default_factory=list)
    bytes: int = 0

    def put(self, mail_key: MailKey) -> None:
        self.mails.append(mail_key)

    def send(self, mail: OutgoingMail) -> HandOver:
        self.bytes += sum(len(file.content) for file in mail.files) + len(mail.content.html)
        return Accepted(f"ses-{mail.key.mail_id}")


def _cost(ground: Ground) -> list[Figure]:
    for number in range(COUNTED):
        key = ground.filled(f"st-{number:04}", INVOICES)
        contact = Contact("k1", "Ann", "company", email=f"ann@st-{number}.example")
        ground.directory.put_contact(TENANT, key.customer_id, contact, was=None)
    s3 = client("s3", ground.endpoint)
    s3.create_bucket(Bucket=BUCKET)
    puts: Counter[str] = Counter()
    s3.meta.events.register("provide-client-params.s3.*", lambda model, **_: puts.update([model.name]))
    outside, emails = _Outside(), EmailStore(ground.client, ground.tables)
    runs = StatementRunStore(ground.client, ground.tables)
    today = today_in("America/New_York", NOW)
    wish = StatementWish(StatementKind.OPEN_ITEMS, today)
    run = StatementRun(TENANT, "stm_bench", wish, Delivery.EMAIL, NOW, "key_bench", named=True, asked_at=NOW, touched_at=NOW)
    runs.add(run, [f"st-{number:04}" for number in range(COUNTED)])
    desk = _desk(ground, runs, emails, outside, s3)
    listing = ListingDesk(ground.directory, ground.accounts, runs, lambda: NOW)
    task = Pass(TENANT, run.run_id, 1)
    began = time.process_time()
    with ground.meter.counting() as printing:
        batches = prepare_run(task, desk=listing)
        for number in range(batches):
            assert work_on_batch(task, number, desk=desk) == "done"
        finish_run(task, desk=listing)
    print_cpu = time.process_time() - began
    done = runs.get(TENANT, run.run_id)
    assert done.counts.sent == COUNTED == len(outside.mails), done.counts
    put, began = puts["PutObject"], time.process_time()
    no_logo, no_leave_link, no_pay_link = lambda _url: None, lambda _mail, _at: None, lambda _mail, text, _at: text
    sending_desk = Desk(emails, ground.directory, desk.attachments, no_logo, no_leave_link, no_pay_link, outside)
    with ground.meter.counting() as sending:
        for mail_key in outside.mails:
            send_mail(mail_key, desk=sending_desk, now=NOW)
        for event in (EventType.SENT, EventType.DELIVERED):
            for mail_key in outside.mails:
                record_email_event(mail_key, MailEvent(event, NOW, f"{event}-{mail_key.mail_id}"), mails=emails)
    mail_cpu = time.process_time() - began
    per = 1000 / COUNTED
    read, written = (
        printing.read_units + sending.read_units,
        printing.write_units + printing.index_units + sending.write_units + sending.index_units,
    )
    print_seconds = print_cpu + CALL_SECONDS * (len(printing.requests) + put + COUNTED)
    mail_seconds = mail_cpu + CALL_SECONDS * (len(sending.requests) + COUNTED) + 0.1 * COUNTED
    transitions = 5 + 1000 / BATCH_CUSTOMERS
    invocations = batches + 3 + COUNTED / 10 + 2 * COUNTED
    costs = {
        "DynamoDB": (read * RRU + written * WRU) * per,
        "Lambda": (print_seconds * PRINT_GB * GB_SECOND + mail_seconds * MAIL_GB * GB_SECOND + invocations * INVOCATION) * per,
        "Step Functions": transitions * TRANSITION,
        "SQS": 3 * COUNTED * SQS_CALL * per,
        "S3": COUNTED * (S3_PUT + S3_GET) * per,
        "SES": (COUNTED * SES_MAIL + outside.bytes * 4 / 3 / 1e9 * SES_GB) * per,
    }
    name = f"1,000 statements of {INVOICES} open invoices by mail"
    return [
        Figure(f"{name}: read units", read * per, "RRU"),
        Figure(f"{name}: write units with indexes", written * per, "WRU"),
        Figure(f"{name}: CPU of printing and queueing", print_cpu * per, "s CPU"),
        Figure(f"{name}: state transitions", transitions, ""),
        *(Figure(f"{name}: {part} on AWS", 100 * dollars, "US cents") for part, dollars in costs.items()),
        Figure(f"{name}: all of it on AWS", 100 * sum(costs.values()), "US cents"),
    ]


def _desk(ground: Ground, runs: StatementRunStore, emails: EmailStore, outside: _Outside, s3: Any) -> PrintDesk:
    setter = Typesetter()

    def write_mail(facts: StatementFacts, attached: Attachment | None, link: str | None) -> MailText:
        return write_statement(facts, attached, file_link=link, portal_origin=ORIGIN)

    def print_sheet(sheet: Sheet) -> bytes:
        return setter.print(sheet).pdf

    return PrintDesk(
        Books(ground.directory, ground.accounts, ground.invoices, ground.payments),
        runs,
        Post(emails, outside),
        AttachmentStore(s3, BUCKET),
        StatementPartStore(s3, BUCKET),
        partial(write_statements, portal_origin=ORIGIN),
        write_mail,
        lambda *_: "",
        print_sheet,
        bound,
        lambda: NOW,
    )


def _on_the_cloud() -> list[Figure]:
    """Time a run on the local cloud: state machine, functions in processes of their own, every mail on record and queued."""
    with tempfile.TemporaryDirectory(prefix="duebook-bench-") as folder, LocalCloud(Path(folder)) as cloud:
        taken = timed_run(cloud.origin, ON_THE_CLOUD)
    return [Figure(f"a run of {ON_THE_CLOUD} statements by mail on the local cloud", ON_THE_CLOUD / taken * 60, "statements/min")]


def timed_run(origin: str, customers: int, *, invoices: int = INVOICES, delivery: str = "email") -> float:
    """Import customers with open invoices, order statements for all of them, and return how many seconds the run took."""
    http = urllib3.PoolManager(retries=False, timeout=90)
    headers: dict[str, str] = {}

    def call(method: str, path: str, body: object = None) -> Any:
        sent = json.dumps(body).encode() if body is not None else None
        answer = http.request(method, origin + path, body=sent, headers={"Content-Type": "application/json"} | headers)
        assert answer.status < 300, answer.data[:500]
        return json.loads(answer.data)

    made = call("POST", "/local/tenants", {"name": "Bench", "time_zone": "America/New_York", "plan": "pro"})
    headers["Authorization"] = f"Bearer {made['api_key']}"
    people = "".join(f"c{n:05},Customer {n:05},ap@c{n:05}.example\n" for n in range(customers))
    owed = "".join(
        f"c{n % customers:05},i{n},{n:07},2026-0{n % 6 + 1}-15,2026-0{n % 6 + 2}-15,USD,{n % 900 + 1}.25\n"
        for n in range(customers * invoices)
    )
    files = {
        "customers": f"customer_id,name,email\n{people}",
        "open_invoices": f"customer_id,invoice_id,number,invoice_date,due_date,currency,amount\n{owed}",
    }
    for kind, text in files.items():
        run = call("POST", "/api/staff/imports", {"kind": kind, "csv": text})
        _until(lambda run=run: call("GET", f"/api/staff/imports/{run['id']}"))  # type: ignore[misc]
    began = time.perf_counter()
    run = call("POST", "/api/staff/statements", {"filter": {}, "kind": "open_items", "delivery": delivery})
    ended = _until(lambda: call("GET", f"/api/staff/statements/{run['id']}"))
    assert (ended["status"], ended["sent"]) == ("done", customers), ended
    return time.perf_counter() - began


def _until(look: Callable[[], Any]) -> Any:
    """Look until it is over; a look that fails because the machine is busy is one look less."""
    for _ in range(7_200):
        with suppress(AssertionError, urllib3.exceptions.HTTPError):
            found = look()
            if found["status"] in {"done", "failed", "stopped"}:
                return found
        time.sleep(0.5)
    raise TimeoutError("it does not end")


def main(customers: int, delivery: str) -> None:
    """Time one large run: ``python -m bench.statements 5000 email``."""
    with tempfile.TemporaryDirectory(prefix="duebook-bench-") as folder, LocalCloud(Path(folder)) as cloud:
        taken = timed_run(cloud.origin, customers, delivery=delivery)
    print(f"{customers:,} statements, {delivery}: {taken:,.1f} s, {customers / taken * 60:,.0f} a minute")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
