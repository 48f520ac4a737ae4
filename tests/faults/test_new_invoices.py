"""Invoices appear and are mailed while anything fails: the mark stands or falls with the posting, and each recipient gets one mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from duebook import wiring, wiring_automation, wiring_automation_runs
from duebook.domain.account import AccountKey
from duebook.domain.automation import Automation
from duebook.domain.automation_letters import InvoiceNews
from duebook.domain.automation_runs import Done, RunStatus
from duebook.domain.email_activity import Attachment, MailText
from duebook.domain.invoices import Invoice, InvoiceLine
from duebook.domain.journal import EntryKind
from duebook.errors import InvariantError
from duebook.runtime.clock import utc_now
from duebook.runtime.settings import setting
from duebook.storage.attachment_store import AttachmentStore
from duebook.usecases.issue_invoice import InvoiceDesk, issue_invoices
from duebook.usecases.mail_new_invoices import NewInvoiceDesk, mail_new_invoices
from tests.faults.billing_ground import BY_TWO, OFF, OWES_NOTHING, PAUSED, PEOPLE, SOON_DUE, UNKNOWN, lay_new_invoices, survived
from tests.faults.hooks import CrashError, Fault, Site, faults_for
from tests.faults.stage import world
from tests.faults.test_sweep import LONG
from tests.faults.world import BOARD, CUSTOMER, TENANT, World

ONE_IN = 1 if LONG else 41
"""A number that shares no factor with the six or seven faults of a call meets every kind of fault."""
DONE = frozenset({200, 201})
WANTED = {
    "new_1": "sent",
    "new_2": "sent",
    "new_3": "customer_off",
    "new_4": "sent",
    "new_5": "sent",
    "new_6": "sent",
    "new_7": "no_address",
    "new_8": "void",
}
RECIPIENTS = {
    "new_1": ["ap@acme.example"],
    "new_2": ["bea@barn.example", "bob@barn.example"],
    "new_4": ["di@soon.example"],
    "new_5": ["ed@paused.example"],
    "new_6": ["ed@paused.example"],
}


def desk() -> NewInvoiceDesk:
    """Return the worker's desk with the board before the bucket too; typesetting calls nobody and is left out."""
    bucket = AttachmentStore(_bucket_client(), setting("DOCUMENTS_BUCKET"))
    return replace(wiring_automation_runs.new_invoice_desk(), attachments=bucket, print_sheet=lambda _sheet: b"%PDF-1.7")


@cache
def _bucket_client() -> Any:
    client = boto3.client("s3")
    BOARD.hook(client)
    return client


def worker() -> None:
    """Let the worker of a minute mail what is marked; one that breaks leaves its work to the next."""
    survived(lambda: mail_new_invoices(remaining_seconds=lambda: 60, desk=desk()))


def play(folder: Path, *faults: Fault) -> tuple[list[Site], list[str]]:
    """Issue invoices in all ways there are, and let workers mail them, with faults armed; return the calls and what does not hold."""
    with world(folder, lay=lay_new_invoices) as made:
        BOARD.arm(*faults)
        found = [text for call, is_done in issuing(made) for text in repeated(call, is_done)]
        worker()
        BOARD.on = False
        for _ in range(2):
            made.later(minutes=1)
            worker()
        found += wrong()
        made.later(minutes=1)
        for call, _ in issuing(made):
            call()
        worker()
        return list(BOARD.calls), found + [f"once more: {text}" for text in wrong()]


def issuing(made: World) -> Iterable[tuple[Callable[[], Any], Callable[[Any], bool]]]:
    """Return what people and programs do, each with what tells them that it is done."""

    def put(invoice_id: str, customer_id: str, **more: Any) -> Callable[[], Any]:
        line = {"description": "Roll-off", "unit_price": 120_00}
        body = {"customer_id": customer_id, "number": invoice_id, "invoice_date": "2025-06-02", "currency": "USD", "lines": [line]}
        return lambda: made.staff("PUT", f"/invoices/{invoice_id}", body | more)

    def imported() -> Any:
        desk = InvoiceDesk(
            wiring.directory_store(),
            wiring.account_store(),
            wiring.invoice_store(),
            wiring_automation.automation_store(),
            utc_now(),
            "import",
        )
        day, lines = date(2025, 6, 2), (InvoiceLine("Service", Decimal(1), 50_00),)
        return issue_invoices(TENANT, [Invoice(one, PAUSED, one, day, day, "USD", lines) for one in ("new_5", "new_6")], desk)

    def answered(answer: Any) -> bool:
        return answer.status in DONE

    def is_issued(issued: Any) -> bool:
        return all(one.outcome in {"new", "unchanged"} for one in issued)

    return [
        (put("new_1", CUSTOMER), answered),
        (put("new_2", BY_TWO), answered),
        (put("new_3", OFF), answered),
        (put("new_4", SOON_DUE, draft=True), lambda answer: answered(answer) or answer.status == 409),
        (put("new_4", SOON_DUE), answered),
        (imported, is_issued),
        (put("new_7", UNKNOWN), answered),
        (put("new_8", OWES_NOTHING), lambda answer: answered(answer) or answer.status == 409),
        (lambda: made.staff("POST", "/invoices/new_8/void", {"reason": "wrong"}), lambda answer: answered(answer) or answer.status == 409),
    ]


def repeated(call: Callable[[], Any], is_done: Callable[[Any], bool]) -> list[str]:
    """Call until it is done, as a person or their program would; after each try, say which marks do not go with what is posted."""
    found: list[str] = []
    for _ in range(3):
        answer = None
        with suppress(Exception, CrashError):  # whatever broke, the caller saw no answer
            answer = call()
        if marked() != set(posted()):
            found.append(f"marked {sorted(marked())}, posted {sorted(posted())}")
        if answer is not None and is_done(answer):
            return found
    return [*found, f"never done: {answer}"]


def marked() -> set[str]:
    """Return the invoices that are marked as still to be mailed."""
    return {mark.invoice_id for mark in wiring_automation.automation_store().to_mail()}


def posted() -> Counter[str]:
    """Count the journal entries that issue the story's invoices."""
    accounts = wiring.account_store()
    entries = (entry for customer_id in (CUSTOMER, *PEOPLE) for _, entry in accounts.journal(AccountKey(TENANT, customer_id, "USD")))
    return Counter(one.source_id for one in entries if one.kind is EntryKind.INVOICE_ISSUED and one.source_id.startswith("new_"))


def wrong() -> list[str]:
    """Say what does not hold once workers have passed."""
    found = [f"still marked: {sorted(marked())}"] if marked() else []
    if posted() != dict.fromkeys(WANTED, 1):
        found.append(f"posted {dict(posted())}")
    runs = wiring_automation.run_store()
    taken = runs.latest(TENANT, Automation.NEW_INVOICES, limit=50)
    done = [one for run in taken for batch in runs.batches(run) for one in batch.done]
    told = Counter((invoice_of(one), one.outcome.value) for one in done)
    if told != dict.fromkeys(WANTED.items(), 1):
        found.append(f"on record {dict(told)}")
    counted = sum((Counter({outcome.value: count for outcome, count in run.counts.items()}) for run in taken), Counter[str]())
    if counted != Counter(WANTED.values()) or any(run.status is not RunStatus.DONE or run.left for run in taken) or runs.alive():
        found.append(f"counted {dict(counted)} in {len(taken)} runs")
    if mails() != {(invoice_id, address): 1 for invoice_id, addresses in RECIPIENTS.items() for address in addresses}:
        found.append(f"mails {dict(mails())}")
    return found


def invoice_of(one: Done) -> str:
    """Return the number that an outcome names."""
    return one.words.split(":")[0]


def mails() -> Counter[tuple[str, str]]:
    """Count the mails about new invoices by invoice and address."""
    rows = (mail for customer_id in (CUSTOMER, *PEOPLE) for mail in wiring.email_store().of_customer(TENANT, customer_id, limit=100))
    return Counter((mail.about.id, mail.to) for mail in rows if mail.about is not None)


def test_r72_whatever_fails_an_invoice_is_marked_with_its_posting_and_mailed_once_to_each_recipient(tmp_path: Path):
    calls, found = play(tmp_path)
    assert found == []
    assert {"PutObject", "SendMessage", "TransactWriteItems"} <= {site.operation for site in calls}
    scenarios = [(number, kind) for number, site in enumerate(calls) for kind in faults_for(site)]

    for number, kind in scenarios[::ONE_IN]:
        _, found = play(tmp_path, Fault(kind, number))
        assert found == [], f"{kind} at {number}: {calls[number]}"


def test_r72_a_crash_after_any_write_of_the_worker_neither_loses_nor_doubles_a_mail(tmp_path: Path):
    calls, _ = play(tmp_path)
    written = [
        number
        for number, site in enumerate(calls)
        if "mail_new_invoices" in site.place and site.operation in {"TransactWriteItems", "SendMessage", "PutObject"}
    ]
    assert written

    for number in written if LONG else written[::3]:
        _, found = play(tmp_path, Fault("crash_after", number))
        assert found == [], f"at {number}: {calls[number]}"


def test_r72_an_invoice_whose_mail_cannot_be_made_is_told_as_failed_and_does_not_hold_up_the_others(tmp_path: Path):
    with world(tmp_path, lay=lay_new_invoices) as made:
        for call, _ in issuing(made):
            call()
        good = desk()

        def write(news: InvoiceNews, attached: Attachment | None) -> MailText:
            if news.invoice.invoice_id == "new_2":
                raise InvariantError("this cannot be put into words")
            return good.write(news, attached)

        mail_new_invoices(remaining_seconds=lambda: 60, desk=replace(good, write=write))

        (run,) = wiring_automation.run_store().latest(TENANT, Automation.NEW_INVOICES, limit=5)
        assert not marked()
        assert {outcome.value: count for outcome, count in run.counts.items()} == dict(Counter((WANTED | {"new_2": "failed"}).values()))
        assert {invoice_id for invoice_id, _ in mails()} == set(RECIPIENTS) - {"new_2"}
