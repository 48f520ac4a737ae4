"""Home: what needs doing, each with how many, since when and a way there; and what came in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalice.app import Response

from duebook.domain.import_runs import ImportRun
from duebook.domain.payments import Payment
from duebook.storage.directory_store import DirectoryStore
from duebook.usecases.read_worklist import DAYS_BACK, MOST_ADDRESSES, MOST_PAYMENTS, Worklist, WorkSources, read_worklist, received
from duebook.web import payment_words
from duebook.web.page_answers import PageAnswers
from duebook.web.visits import Visit

ROWS = 20
LATEST = 10
IMPORT_WORDS = {"customers": "customers", "open_invoices": "open invoices"}


@dataclass(frozen=True, slots=True)
class Task:
    """Something that needs doing.

    Args:
        words: What, in singular and plural.
        count: How many.
        more: There may be more than were counted.
        since: When the oldest began to wait, where that is known.
        href: Where it is done.
        detail: What else helps to decide whether to go there.
    """

    words: tuple[str, str]
    count: int
    href: str
    since: datetime | None = None
    detail: str = ""
    more: bool = False


@dataclass(frozen=True, slots=True)
class HomePages:
    """The first page after signing in."""

    answers: PageAnswers
    directory: DirectoryStore
    sources: WorkSources
    now: datetime

    def page(self, visit: Visit) -> Response:
        """Show what needs doing and what came in."""
        work = read_worklist(visit.tenant_id, visit.today, sources=self.sources, now=self.now)
        latest = work.latest[:LATEST]
        shown = [*work.to_look_at[:ROWS], *(payment for payment, _ in work.went_back[:ROWS]), *latest]
        return self.answers.page(
            "home.html",
            visit,
            section="/admin",
            tasks=list(tasks(visit, work)),
            to_look_at=work.to_look_at[:ROWS],
            went_back=work.went_back[:ROWS],
            latest=latest,
            names=self._names(visit, shown),
            why=payment_words.why_it_needs_a_look,
            now=self.now,
            received=(
                ("Today", received(work.latest, visit.formats.start_of_day(visit.today))),
                ("Last 7 days", received(work.latest, self.now - timedelta(days=DAYS_BACK))),
            ),
        )

    def _names(self, visit: Visit, payments: list[Payment]) -> dict[str, str]:
        wanted = sorted({payment.key.customer_id for payment in payments})
        found = self.directory.many_customers(visit.tenant_id, wanted)
        return {customer_id: one.name for customer_id, one in found.items()}


def tasks(visit: Visit, work: Worklist) -> Iterator[Task]:
    """Name what needs doing; what does not is left out."""
    parked = [one for one in work.to_look_at if one.parked is not None]
    unclear = [one for one in work.to_look_at if one.parked is None]
    if parked:
        yield _payments(("payment is parked", "payments are parked"), parked, "Booked, but what follows stopped.")
    if unclear:
        yield _payments(("payment is being checked", "payments are being checked"), unclear, "The processor's answer is not known yet.")
    rows, rows_since = work.rows
    if rows:
        words = ("reconciliation row is open", "reconciliation rows are open")
        yield Task(words, rows, "/admin/reconciliation", rows_since, "The processor's books say something else than ours.")
    if work.went_back:
        words = ("payment went back in the last 30 days", "payments went back in the last 30 days")
        yield Task(words, len(work.went_back), "#went-back", work.went_back[-1][1], "Returned by the bank, or charged back.")
    held, held_since = work.held_back
    if held:
        words = ("address gets no mail", "addresses get no mail")
        detail = f"Mail to {'it' if held == 1 else 'them'} bounced or was marked as spam."
        yield Task(words, held, "/admin/email-activity/suppressions", held_since, detail, more=held >= MOST_ADDRESSES)
    if work.mails:
        words = ("mail of the last 30 days was not sent", "mails of the last 30 days were not sent")
        yield Task(words, work.mails, "/admin/email-activity?status=failed", None, "It can be sent again.")
    if work.imports:
        words = ("import is not complete", "imports are not complete")
        yield Task(words, len(work.imports), "/admin/imports", work.imports[-1].created_at, _import_words(visit, work.imports[0]))


def _payments(words: tuple[str, str], found: list[Payment], detail: str) -> Task:
    href = f"/admin/payments/{found[0].key.payment_id}" if len(found) == 1 else "#to-look-at"
    return Task(words, len(found), href, min(one.created_at for one in found), detail, more=len(found) >= MOST_PAYMENTS)


def _import_words(visit: Visit, run: ImportRun) -> str:
    kind = IMPORT_WORDS[run.form.kind.value]
    if run.refused:
        return f"The file of {kind} was refused: {run.refused.message}."
    lines = "1 line was" if run.counts.bad_lines == 1 else f"{visit.formats.count(run.counts.bad_lines)} lines were"
    return f"Of {kind}: {lines} refused, {visit.formats.count(run.counts.imported)} imported."
