"""A run of statements meets a fault at any of its calls: it ends all the same, its counts are exact, and each customer gets one mail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from duebook import wiring, wiring_statements
from duebook.domain.activity_log import Actor
from duebook.domain.directory import Customer
from duebook.domain.email_activity import MailStatus
from duebook.domain.statement_runs import Delivery, RunStatus, StatementRun
from duebook.domain.statements import StatementKind
from duebook.errors import DuebookError
from duebook.runtime.clock import utc_now
from duebook.usecases.look_after_runs import look_after_runs
from duebook.usecases.start_statements import StatementOrder, start_statements
from tests.faults import state_machine
from tests.faults.hooks import CrashError, Fault, Site, faults_for
from tests.faults.stage import issue, world
from tests.faults.test_sweep import LONG
from tests.faults.world import BOARD, CUSTOMER, START, TENANT, World

FUNCTIONS = {"RunStatementsFunctionArn": "run_statements", "PrintStatementsFunctionArn": "print_statements"}
ONE_IN = 1 if LONG else 23
ORDER = StatementOrder(StatementKind.OPEN_ITEMS, Delivery.EMAIL)


def play(folder: Path, *faults: Fault) -> tuple[list[Site], list[str]]:
    """Order a run for two customers that owe and one that does not, with faults armed; return the calls and what does not hold."""
    with world(folder) as made:
        directory = wiring.directory_store()
        directory.add_customer(TENANT, Customer("cus_2", "Bob's Barn", "bobBOB23456", START, email="bob@barn.example"))
        directory.add_customer(TENANT, Customer("cus_3", "Cy Paidup", "cyCYcy23456", START, email="cy@paid.example"))
        issue("inv_1", 50_00)
        BOARD.arm(*faults)
        run_id = ordered()
        if run_id is not None:
            carry_out(made, run_id)
        BOARD.on = False
        return list(BOARD.calls), wrong(made)


def ordered() -> str | None:
    try:
        return start_statements(ORDER, tenant_id=TENANT, actor=Actor("stf_1"), key="once", desk=wiring_statements.run_desk()).run_id
    except (DuebookError, CrashError):
        return None


def carry_out(made: World, run_id: str) -> None:
    def invoke(function: str, payload: dict[str, Any]) -> Any:
        return made.call(FUNCTIONS[function], payload)

    state_machine.run("statement_run", {"tenant_id": TENANT, "run_id": run_id, "pass": 1}, invoke)


def wrong(made: World) -> list[str]:
    """Order again as the caller would, let the tick begin what was lost, and say what does not hold in the end."""
    run_id = ordered()
    assert run_id is not None
    made.later(minutes=3)
    begun: list[StatementRun] = []
    look_after_runs(runs=wiring_statements.run_store(), begin=begun.append, now=utc_now())
    for run in begun:
        carry_out(made, run.run_id)
    (run,) = wiring_statements.run_store().latest(TENANT, limit=5)
    found = []
    if (run.status, run.total, run.left) != (RunStatus.DONE, 3, 0):
        found.append(f"the run is {run.status} with {run.left} of {run.total} left")
    if (run.counts.sent, run.counts.failed, run.counts.nothing_to_send) != (1, 0, 2):
        found.append(f"counted {run.counts}")
    if wiring_statements.run_store().alive():
        found.append("a run that is over has its mark still")
    for customer_id, wanted in ((CUSTOMER, 1), ("cus_2", 0), ("cus_3", 0)):
        mails = wiring.email_store().of_customer(TENANT, customer_id, limit=5)
        if [mail.status for mail in mails] != [MailStatus.QUEUED] * wanted:
            found.append(f"{customer_id} has mails {[mail.status.value for mail in mails]}")
    return found


def test_whatever_fails_a_run_ends_counts_right_and_sends_once(tmp_path: Path):
    calls, found = play(tmp_path)
    assert found == []
    scenarios = [(number, kind) for number, site in enumerate(calls) for kind in faults_for(site)]

    for number, kind in scenarios[::ONE_IN]:
        _, found = play(tmp_path, Fault(kind, number))
        assert found == [], f"{kind} at {number}: {calls[number]}"


@pytest.mark.parametrize("kind", ["crash_after", "crash_before"])
def test_a_crash_at_the_beginning_is_made_good_by_the_same_order_again(tmp_path: Path, kind: str):
    for number in range(6):
        _, found = play(tmp_path, Fault(kind, number))
        assert found == [], f"{kind} at {number}"
