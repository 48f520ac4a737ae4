"""What staff pages say of statements and their runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from duebook.domain.statement_runs import ALIVE, WORDS, Delivery, Done, Outcome, RunStatus, StatementRun
from duebook.domain.statements import StatementKind, StatementWish
from duebook.web.pages import Formats, link

PATH = "/admin/statements"
KINDS: Mapping[StatementKind, tuple[str, str]] = {
    StatementKind.OPEN_ITEMS: ("Open items", "One row for each open invoice."),
    StatementKind.OPEN_ITEMS_DETAIL: ("Open items with lines", "Each open invoice with what it is for."),
    StatementKind.ACTIVITY: ("Activity", "Every invoice and payment of a period, from opening to closing balance."),
}
DELIVERIES: Mapping[Delivery, tuple[str, str]] = {
    Delivery.EMAIL: ("By email", "To the customer's address, or else to its company contacts."),
    Delivery.PDF: ("As one PDF for printing", "Nothing is mailed."),
}
STATUSES: Mapping[RunStatus, tuple[str, str]] = {
    RunStatus.PREPARING: ("Preparing", "info"),
    RunStatus.RUNNING: ("Running", "info"),
    RunStatus.STOPPING: ("Stopping", "warn"),
    RunStatus.STOPPED: ("Stopped", "warn"),
    RunStatus.DONE: ("Done", "ok"),
    RunStatus.FAILED: ("Broke off", "danger"),
}
FAILURE_NAMES: Mapping[Outcome, str] = {
    Outcome.NO_ADDRESS: "No address",
    Outcome.SUPPRESSED: "Suppressed",
    Outcome.GONE: "No such customer",
    Outcome.NOT_PRINTED: "Not made",
    Outcome.NOTHING_TO_SEND: "Nothing to send",
}
CSV_NAMES = ("customer_id", "customer_name", "reason", "words")


@dataclass(frozen=True, slots=True)
class Mend:
    """Where staff mend a failure: words and address."""

    words: str
    url: str


def wish_words(wish: StatementWish, formats: Formats) -> str:
    """Say which statement: ``Open items as of Jun 2, 2025``."""
    name = KINDS[wish.kind][0]
    if wish.first is not None:
        return f"{name} from {formats.day(wish.first)} to {formats.day(wish.last)}"
    return f"{name} as of {formats.day(wish.last)}"


def status_words(run: StatementRun) -> tuple[str, str]:
    """Return a run's status as people read it, and the tone of its tag."""
    if run.status is RunStatus.DONE and run.counts.failed:
        return "Done with failures", "warn"
    return STATUSES[run.status]


def is_alive(run: StatementRun) -> bool:
    """Tell whether somebody still works on it."""
    return run.status in ALIVE


def done_words(run: StatementRun, formats: Formats) -> str:
    """Say in a sentence how far a run is."""
    if run.total is None:
        return "Its customers are being listed."
    made = "sent" if run.delivery is Delivery.EMAIL else "made"
    parts = [f"{formats.count(run.counts.sent)} of {formats.count(run.total)} {made}"]
    if run.counts.failed:
        parts.append(f"{formats.count(run.counts.failed)} failed")
    if run.counts.nothing_to_send:
        parts.append(f"{formats.count(run.counts.nothing_to_send)} with nothing to send")
    if run.left:
        parts.append(f"{formats.count(run.left)} left")
    return f"{', '.join(parts)}."


def failure_words(done: Done) -> str:
    """Say why a customer's statement was not sent, with the addresses concerned."""
    return f"{WORDS[done.outcome]} ({done.words})" if done.words else WORDS[done.outcome]


def mend(done: Done) -> Mend | None:
    """Return where a failure is mended, if anywhere."""
    customer = f"/admin/customers/{done.customer_id}"
    match done.outcome:
        case Outcome.NO_ADDRESS:
            return Mend("Add an address", f"{customer}/contacts")
        case Outcome.SUPPRESSED if "@" in done.words and "," not in done.words and " " not in done.words.strip():
            return Mend("Look at the address", link("/admin/email-activity/suppressions", q=done.words.strip()))
        case Outcome.SUPPRESSED:
            return Mend("Look at its mails", f"{customer}/emails")
        case _:
            return None
