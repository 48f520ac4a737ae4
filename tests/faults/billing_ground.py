"""The ground of billing automation's stories: customers with all kinds of switches, and who carries out what was begun."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.stepfunctions.models import stepfunctions_backends

from duebook import wiring, wiring_automation, wiring_automation_runs
from duebook.domain.account import AccountKey
from duebook.domain.automation import AccountSummary, Automation, AutomationSettings, CustomerAutomation, NewInvoices, PastDueNotices
from duebook.domain.decisions import IssueInvoice, VoidInvoice, decide
from duebook.domain.directory import Contact, Customer
from duebook.domain.open_items import OpenItem
from duebook.errors import DuebookError
from duebook.runtime.clock import utc_now
from duebook.storage.account_store import Plan
from duebook.usecases.begin_automations import look_after_automations
from duebook.usecases.change_automation import put_automation
from tests.faults import state_machine
from tests.faults.hooks import CrashError
from tests.faults.world import CUSTOMER, START, TENANT, World
from tests.integration.cloud import REGION

NINE = datetime(2025, 6, 2, 13, 0, tzinfo=UTC)
"""When the schedule wants its first run: nine o'clock in New York."""
NEXT_NINE = datetime(2025, 6, 3, 13, 0, tzinfo=UTC)
DAILY = "0 9 * * *"
TODAY = date(2025, 6, 2)
BY_TWO, OFF, SOON_DUE, PAUSED, UNKNOWN, OWES_NOTHING = "cus_2", "cus_3", "cus_4", "cus_5", "cus_6", "cus_7"
PEOPLE = {
    BY_TWO: Customer(BY_TWO, "Bob's Barn", "bobBOB23456", START),
    OFF: Customer(OFF, "Cy Off", "cyCYcy23456", START, email="cy@off.example"),
    SOON_DUE: Customer(SOON_DUE, "Di Soon", "diDIdi23456", START, email="di@soon.example"),
    PAUSED: Customer(PAUSED, "Ed Paused", "edEDed23456", START, email="ed@paused.example"),
    UNKNOWN: Customer(UNKNOWN, "Flo Nowhere", "floFLO23456", START),
    OWES_NOTHING: Customer(OWES_NOTHING, "Gus Even", "gusGUS23456", START, email="gus@even.example"),
}
ADDRESSES = {
    CUSTOMER: ["ap@acme.example"],
    BY_TWO: ["bob@barn.example", "bea@barn.example"],
    SOON_DUE: ["di@soon.example"],
    PAUSED: ["ed@paused.example"],
}


def lay_people(_made: World) -> None:
    """Make seven customers: five switched on, one of them paused through today, and what they owe in two currencies."""
    directory, automations = wiring.directory_store(), wiring_automation.automation_store()
    for customer in PEOPLE.values():
        directory.add_customer(TENANT, customer)
    for number, address in enumerate(ADDRESSES[BY_TWO]):
        directory.put_contact(TENANT, BY_TWO, Contact(f"con_{number}", address, "company", email=address), was=None)
    for customer_id in (CUSTOMER, BY_TWO, SOON_DUE, PAUSED, UNKNOWN, OWES_NOTHING):
        switch = CustomerAutomation(customer_id, enabled=True, paused_until=TODAY if customer_id == PAUSED else None)
        automations.save_customer(TENANT, switch, was=CustomerAutomation(customer_id))
    owe(CUSTOMER, "inv_1", "2025-05-01")
    owe(CUSTOMER, "inv_2", "2025-05-20", currency="EUR")
    owe(BY_TWO, "inv_3", "2025-05-25")
    owe(OFF, "inv_4", "2025-05-25")
    owe(SOON_DUE, "inv_5", "2025-05-25")
    owe(SOON_DUE, "inv_6", "2025-07-01")
    # The first of the two is taken back, and the account still looked at because of it.
    posted(SOON_DUE, "USD", VoidInvoice("inv_5", 50_00, "wrong"))
    owe(PAUSED, "inv_7", "2025-05-25")
    owe(UNKNOWN, "inv_8", "2025-05-25")


def lay_notices(made: World) -> None:
    """Notices go each morning at nine."""
    lay_people(made)
    switch_on(AutomationSettings(past_due_notices=PastDueNotices(enabled=True, schedule=DAILY)))


def lay_summaries(made: World) -> None:
    """Summaries go each morning at nine."""
    lay_people(made)
    switch_on(AutomationSettings(account_summary=AccountSummary(enabled=True, schedule=DAILY)))


def lay_new_invoices(made: World) -> None:
    """New invoices are mailed."""
    lay_people(made)
    switch_on(AutomationSettings(new_invoices=NewInvoices(enabled=True)))


def switch_on(settings: AutomationSettings) -> None:
    """Save a business's automations as staff do."""
    store = wiring_automation.automation_store()
    version = store.settings(TENANT).version
    put_automation(TENANT, replace(settings, version=version), store=store, directory=wiring.directory_store(), now=utc_now())


def owe(customer_id: str, invoice_id: str, due_on: str, *, currency: str = "USD") -> None:
    """Post an invoice of 50.00, by the journal alone."""
    day = date.fromisoformat(due_on)
    posted(customer_id, currency, IssueInvoice(invoice_id, 50_00, OpenItem(invoice_id, invoice_id, day, day, 50_00)))


def posted(customer_id: str, currency: str, command: IssueInvoice | VoidInvoice) -> None:
    """Post what a command comes to."""
    key = AccountKey(TENANT, customer_id, currency)
    wiring.account_store().change(key, lambda account: Plan((decide(account, command, posted_at=START, actor="test"),)))


def tick() -> None:
    """Let the minute tick look after automations; one that breaks leaves its work to the next."""
    survived(lambda: look_after_automations(wiring_automation_runs.runner_desk(utc_now())))


def survived(call: Callable[[], Any]) -> bool:
    """Call, and tell whether it did not break."""
    try:
        call()
    except (DuebookError, CrashError):
        return False
    return True


def carry_out(made: World, *, dies: bool = False) -> None:
    """Carry out every execution that was begun and not carried out yet; one that ``dies`` does so at the first task that fails."""
    started = stepfunctions_backends[DEFAULT_ACCOUNT_ID][REGION].describe_state_machine(made.settings["AUTOMATION_RUN_ARN"]).executions
    for execution in started:
        if execution.execution_arn not in made.done_executions:
            made.done_executions.add(execution.execution_arn)
            told = json.loads(execution.execution_input)
            # It ended in a state Fail: the tick looks after the run.
            survived_machine(told, Machine(made, dies=dies))


def survived_machine(told: dict[str, Any], machine: Machine) -> bool:
    """Run the state machine, and tell whether it ended well."""
    try:
        state_machine.run("automation_run", told, machine.invoke)
    except (state_machine.TaskFailedError, DuebookError, CrashError):
        return False
    return True


class Machine:
    """Calls the functions of an execution."""

    def __init__(self, made: World, *, dies: bool) -> None:
        self.made, self.dies, self.is_dead = made, dies, False

    def invoke(self, _function: str, payload: dict[str, Any]) -> Any:
        """Call the function, unless the execution is dead."""
        if self.is_dead:
            raise CrashError
        try:
            return self.made.call("run_automations", payload)
        except BaseException:
            self.is_dead = self.dies
            raise


def mails_of(customer_id: str) -> Counter[tuple[str, str]]:
    """Count a customer's mails on record by kind and address."""
    mails = wiring.email_store().of_customer(TENANT, customer_id, limit=100)
    return Counter((mail.kind.value, mail.to) for mail in mails)


def all_mails() -> Counter[tuple[str, str]]:
    """Count all mails on record by kind and address."""
    return sum((mails_of(customer_id) for customer_id in (CUSTOMER, *PEOPLE)), Counter())


def outcomes_of(automation: Automation, run_id: str) -> Counter[str]:
    """Count what a run's batches say became of its customers."""
    runs = wiring_automation.run_store()
    return Counter(one.outcome.value for batch in runs.batches(runs.get(TENANT, automation, run_id)) for one in batch.done)
