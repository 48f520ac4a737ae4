"""Runs of statements as pages: the list, how far one is, its failures, stopping and repeating it (R60)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalice.app import Response

from duebook.domain.activity_log import Actor
from duebook.domain.statement_runs import Delivery, StatementRun
from duebook.errors import ConflictError, NotFoundError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.statement_run_store import StatementRunStore
from duebook.usecases.start_statements import RunDesk, RunView, read_run, read_runs, retry_run, stop_run
from duebook.web import statement_words as words
from duebook.web.page_answers import PageAnswers, csv_file, redirect
from duebook.web.pages import link
from duebook.web.visits import Visit

ROWS = 50
MOST_FAILURES = 200
"""Shown on the page; the file has all."""
DONE = {
    "started": "The run has begun. You may leave this page; it goes on without you.",
    "stopped": "The run ends before its next customer. What was sent is sent.",
    "retried": "The failed ones are tried again. You may leave this page; it goes on without you.",
}
"""What a page says after something was done, by ``done`` of its address."""


@dataclass(frozen=True, slots=True)
class StatementRunPages:
    """What a request about runs takes.

    Args:
        answers: What pages are made with.
        visit: Who looks.
        query: Reads a value of the address.
        directory: Where staff stand.
        runs: Where runs stand.
        pdf_link: Makes a link to the PDF of all, good for five minutes.
    """

    answers: PageAnswers
    visit: Visit
    query: Callable[[str], str]
    directory: DirectoryStore
    runs: StatementRunStore
    pdf_link: Callable[[StatementRun], str]

    def list(self) -> Response:
        """Show the runs, newest first."""
        before = self.query("before") or None
        found, following = read_runs(self.visit.tenant_id, limit=ROWS, before=before, runs=self.runs)
        shown: dict[str, Any] = {
            **self._words(),
            "runs": found,
            "names": self._names({run.created_by for run in found}),
            "before": before,
            "next_before": following,
            "alive": any(words.is_alive(run) for run in found),
        }
        return self.answers.page("statements.html", self.visit, **shown)

    def page(self, run_id: str) -> Response:
        """Show how far a run is, and whose statement failed."""
        view = self._view(run_id)
        run, alive = view.run, words.is_alive(view.run)
        shown: dict[str, Any] = {
            **self._words(),
            "run": run,
            "alive": alive,
            "failures": view.failures[:MOST_FAILURES],
            "by": self._names({run.created_by}).get(run.created_by, run.created_by),
            "by_mail": run.delivery is Delivery.EMAIL,
            "may_retry": not alive and bool(run.counts.failed or run.left or not run.worked),
            "done": DONE.get(self.query("done"), ""),
        }
        return self.answers.page("statement_run.html", self.visit, **shown)

    def failures_csv(self, run_id: str) -> Response:
        """Give the failures as a file."""
        rows = [
            (one.customer_id, one.name, words.FAILURE_NAMES[one.outcome], words.failure_words(one)) for one in self._view(run_id).failures
        ]
        return csv_file(f"statements-failed-{run_id}.csv", words.CSV_NAMES, rows)

    def pdf(self, run_id: str) -> Response:
        """Lead to the PDF of all.

        Raises:
            NotFoundError: There is none.
        """
        url = self._view(run_id).pdf_url
        if url is None:
            raise NotFoundError("this run has no PDF")
        return redirect(url)

    def confirm(self, run_id: str, what: str) -> Response:
        """Ask whether a run is to be stopped, or repeated."""
        run = self._view(run_id).run
        return self.answers.page("statement_run_confirm.html", self.visit, **self._words(), run=run, what=what, alive=words.is_alive(run))

    def stop(self, run_id: str, desk: RunDesk) -> Response:
        """Have a run end before its next customer; one that is over is only shown."""
        try:
            stop_run(self.visit.tenant_id, run_id, actor=Actor.of_staff(self.visit.staff), desk=desk)
        except ConflictError:
            return redirect(f"{words.PATH}/{run_id}")
        return redirect(link(f"{words.PATH}/{run_id}", done="stopped"))

    def retry(self, run_id: str, desk: RunDesk) -> Response:
        """Try again what failed or was left; a run with nothing to repeat is only shown."""
        try:
            retry_run(self.visit.tenant_id, run_id, actor=Actor.of_staff(self.visit.staff), desk=desk)
        except ConflictError:
            return redirect(f"{words.PATH}/{run_id}")
        return redirect(link(f"{words.PATH}/{run_id}", done="retried"))

    def _view(self, run_id: str) -> RunView:
        return read_run(self.visit.tenant_id, run_id, runs=self.runs, pdf_link=self.pdf_link)

    def _words(self) -> dict[str, Any]:
        return {
            "section": words.PATH,
            "wish_words": words.wish_words,
            "run_status": words.status_words,
            "done_words": words.done_words,
            "failure_words": words.failure_words,
            "failure_name": words.FAILURE_NAMES.__getitem__,
            "mend": words.mend,
            "delivery": lambda run: words.DELIVERIES[run.delivery][0],
        }

    def _names(self, actor_ids: set[str]) -> dict[str, str]:
        known = {one: self.directory.staff(self.visit.tenant_id, one) for one in sorted(actor_ids) if not one.startswith("key_")}
        return {one: person.name for one, person in known.items() if person} | {
            one: "the API" for one in actor_ids if one.startswith("key_")
        }
