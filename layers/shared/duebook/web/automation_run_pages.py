"""Runs of automations as pages: the list, how far one is, and what became of each customer (R70)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from chalice.app import Response

from duebook.domain.automation import NAMES, Automation
from duebook.domain.automation_runs import AutomationRun, Done, Outcome
from duebook.errors import NotFoundError
from duebook.storage.automation_run_store import AutomationRunStore
from duebook.usecases.read_automation_runs import automation_named
from duebook.web import automation_words as words
from duebook.web.page_answers import PageAnswers, csv_file, redirect
from duebook.web.pages import link
from duebook.web.visits import Visit

ROWS = 50
CUSTOMERS = 100
"""Shown on a page of a run; the file has all."""
MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class AutomationRunPages:
    """What a request about runs takes.

    Args:
        answers: What pages are made with.
        visit: Who looks.
        query: Reads a value of the address.
        runs: Where runs stand.
    """

    answers: PageAnswers
    visit: Visit
    query: Callable[[str], str]
    runs: AutomationRunStore

    def list(self) -> Response:
        """Show the runs of all automations or of one, newest first."""
        chosen, before = self._chosen(), self.query("before") or None
        found = latest_runs(self.visit.tenant_id, chosen, limit=ROWS + 1, before=before, runs=self.runs)
        shown = found[:ROWS]
        context: dict[str, Any] = {
            **self._words(),
            "chips": [("All", "", chosen is None), *((NAMES[one], one.value, one is chosen) for one in Automation)],
            "chosen": chosen,
            "runs": shown,
            "before": before,
            "next_before": shown[-1].run_id if len(found) > ROWS else None,
            "alive": any(words.is_alive(run) for run in shown),
        }
        return self.answers.page("automation_runs.html", self.visit, **context)

    def find(self, run_id: str) -> Response:
        """Lead to the run of an id.

        Raises:
            NotFoundError: No such run of this business.
        """
        for one in Automation:
            with suppress(NotFoundError):
                run = self.runs.get(self.visit.tenant_id, one, run_id)
                return redirect(f"{words.RUNS}/{one.value}/{run.run_id}")
        raise NotFoundError(f"no run {run_id}")

    def page(self, automation: str, run_id: str) -> Response:
        """Show how far a run is, and what became of its customers."""
        run, outcome, start = self._run(automation, run_id), self._outcome(), self._start()
        rows = [*islice(self._done(run, outcome), start, start + CUSTOMERS + 1)]
        here = f"{words.RUNS}/{run.automation.value}/{run.run_id}"
        context: dict[str, Any] = {
            **self._words(),
            "run": run,
            "here": here,
            "alive": words.is_alive(run),
            "done_so_far": sum(run.counts.values()),
            "chips": self._chips(run, outcome),
            "outcome": outcome,
            "rows": rows[:CUSTOMERS],
            "earlier": link(here, outcome=outcome and outcome.value) if start else None,
            "later": link(here, outcome=outcome and outcome.value, start=str(start + CUSTOMERS)) if len(rows) > CUSTOMERS else None,
            "file": link(f"{here}/customers.csv", outcome=outcome and outcome.value),
            "mails": words.mails_link(run, self.visit.formats) if run.counts.get(Outcome.SENT) else None,
        }
        return self.answers.page("automation_run.html", self.visit, **context)

    def csv(self, automation: str, run_id: str) -> Response:
        """Give what became of the customers as a file."""
        run = self._run(automation, run_id)
        rows = [
            (one.customer_id, one.name, words.OUTCOMES[one.outcome][0], words.outcome_words(one))
            for one in self._done(run, self._outcome())
        ]
        return csv_file(f"automation-{run.run_id}.csv", words.CSV_NAMES, rows)

    def _run(self, automation: str, run_id: str) -> AutomationRun:
        return self.runs.get(self.visit.tenant_id, automation_named(automation), run_id)

    def _done(self, run: AutomationRun, outcome: Outcome | None) -> Iterator[Done]:
        """Read what became of a run's customers, in its order, of all or with one outcome."""
        everyone = chain.from_iterable(batch.done for batch in self.runs.batches(run))
        return (one for one in everyone if outcome is None or one.outcome is outcome)

    def _chips(self, run: AutomationRun, chosen: Outcome | None) -> Sequence[tuple[str, str, int, bool]]:
        """Return the chips of the outcomes that there are, and of the one that was asked for: words, name, count, whether it is on."""
        there = [one for one in words.OUTCOMES if run.counts.get(one) or one is chosen]
        every = ("All", "", sum(run.counts.values()), chosen is None)
        return [every, *((words.OUTCOMES[one][0], one.value, run.counts.get(one, 0), one is chosen) for one in there)]

    def _chosen(self) -> Automation | None:
        return next((one for one in Automation if one.value == self.query("automation")), None)

    def _outcome(self) -> Outcome | None:
        return next((one for one in Outcome if one.value == self.query("outcome")), None)

    def _start(self) -> int:
        typed = self.query("start")
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS else 0

    def _words(self) -> dict[str, Any]:
        return {
            "section": words.PATH,
            "names": NAMES,
            "run_status": words.status_words,
            "result_words": words.result_words,
            "outcome_words": words.outcome_words,
            "outcome_tag": words.OUTCOMES.__getitem__,
        }


def latest_runs(
    tenant_id: str, automation: Automation | None, *, limit: int, before: str | None, runs: AutomationRunStore
) -> list[AutomationRun]:
    """Read the newest runs of one automation, or of all in one order; run ids sort by time, whichever automation they are of."""
    wanted = [automation] if automation else [*Automation]
    found = chain.from_iterable(runs.latest(tenant_id, one, limit=limit, before=before) for one in wanted)
    return sorted(found, key=lambda run: run.run_id, reverse=True)[:limit]
