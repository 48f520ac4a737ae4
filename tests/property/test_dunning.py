"""Past-due notices over random histories, held against a plain reading of R75 and R76."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from duebook.domain.account import Account, AccountKey
from duebook.domain.automation import Automation, AutomationSettings, CustomerAutomation, Gate, PastDueNotices, gate_of, noticed
from duebook.domain.automation_letters import DueSection
from duebook.domain.automation_runs import Outcome
from duebook.domain.dunning import Notice, notice_of
from duebook.domain.journal import EntryKind, JournalEntry
from tests.account_walks import FIRST_DAY, STEPS, Step, Walk

CURRENCIES = ("USD", "EUR")


@dataclass(frozen=True, slots=True)
class Moved:
    """Something happens to the account in a currency."""

    currency: str
    step: Step


@dataclass(frozen=True, slots=True)
class Night:
    """Days pass."""

    days: int


@dataclass(frozen=True, slots=True)
class Paused:
    """Notices are paused through a day so far ahead; None ends a pause."""

    days: int | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run comes by; ``again`` the same one works on the customer a second time."""

    again: bool = False


MOVES = st.builds(Moved, st.sampled_from(CURRENCIES), STEPS)
EVENTS = st.one_of(
    MOVES,
    MOVES,
    st.builds(Night, st.integers(1, 4)),
    st.builds(Run, st.booleans()),
    st.builds(Run),
    st.builds(Paused, st.none() | st.integers(0, 9)),
)
RULES = st.builds(
    lambda first, second, third, repeat: PastDueNotices(
        enabled=True, tiers=(first, first + second, first + second + third), repeat_days=repeat
    ),
    st.integers(1, 10),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 9),
)


@dataclass(slots=True)
class Ledger:
    """What is open and what is promised, by plain sums over journal entries: ``(currency, invoice)`` to due date and amounts."""

    due_on: dict[tuple[str, str], date] = field(default_factory=dict)
    open: dict[tuple[str, str], int] = field(default_factory=dict)
    promised: dict[str, dict[tuple[str, str], int]] = field(default_factory=dict)

    def posted(self, currency: str, entry: JournalEntry) -> None:
        """Add one entry."""
        lines = {(currency, line.invoice_id): line.minor for line in entry.lines}
        match entry.kind:
            case EntryKind.INVOICE_ISSUED:
                for item in entry.items:
                    self.due_on[currency, item.invoice_id] = item.due_on
                    self.open[currency, item.invoice_id] = item.open_minor
            case EntryKind.INVOICE_VOIDED:
                self.open[currency, entry.source_id] = 0
            case EntryKind.PAYMENT_RESERVED:
                self.promised[entry.source_id] = lines
            case EntryKind.PAYMENT_RELEASED:
                del self.promised[entry.source_id]
            case EntryKind.PAYMENT_APPLIED:
                held = self.promised.get(entry.source_id, {})
                for one, minor in lines.items():
                    self.open[one] -= minor
                    held[one] = max(0, held.get(one, 0) - minor)
            case EntryKind.PAYMENT_UNAPPLIED:
                for one, minor in lines.items():
                    self.open[one] += minor

    def late(self, today: date) -> dict[tuple[str, str], int]:
        """Return what is past due and promised by nobody."""
        promised = {one: sum(held.get(one, 0) for held in self.promised.values()) for one in self.open}
        return {one: minor - promised[one] for one, minor in self.open.items() if self.due_on[one] < today and minor > promised[one]}


@dataclass(slots=True)
class Story:
    """A customer, a business's rules, and what was sent: day, tier, what was listed."""

    rules: PastDueNotices
    accounts: dict[str, Account] = field(default_factory=lambda: {one: Account(AccountKey("t1", "c1", one)) for one in CURRENCIES})
    walks: dict[str, Walk] = field(default_factory=lambda: {one: Walk() for one in CURRENCIES})
    ledger: Ledger = field(default_factory=Ledger)
    customer: CustomerAutomation = field(default_factory=lambda: CustomerAutomation("c1", enabled=True))
    today: date = FIRST_DAY + timedelta(60)
    runs: int = 0
    sent: list[tuple[date, int, tuple[DueSection, ...]]] = field(default_factory=list)

    def moved(self, event: Moved) -> None:
        """Carry out a step in both books."""
        self.accounts[event.currency], entries = self.walks[event.currency].taken(self.accounts[event.currency], event.step)
        for entry in entries:
            self.ledger.posted(event.currency, entry)

    def run(self) -> Notice | Outcome | Gate:
        """Decide as a run does, and note what is sent."""
        on = AutomationSettings(past_due_notices=self.rules)
        gate = gate_of(Automation.PAST_DUE_NOTICES, on, self.customer, self.today)
        if gate:
            return gate
        run_id = f"run_{self.runs}"
        verdict = notice_of(tuple(self.accounts.values()), self.customer, self.rules, self.today, run_id)
        if isinstance(verdict, Notice):
            self.customer = noticed(self.customer, verdict.tier, self.today, run_id)
        return verdict

    def wanted(self) -> int | None:
        """Read R75 and R76 plainly: return the tier of the notice that is due now, if any."""
        if self.customer.paused_until is not None and self.today <= self.customer.paused_until:
            return None
        late = self.ledger.late(self.today)
        oldest = max(((self.today - self.ledger.due_on[one]).days for one in late), default=0)
        tier = len([first for first in self.rules.tiers if oldest >= first])
        last = max((on for on, sent, _ in self.sent if sent == tier), default=None)
        is_repeated = last is not None and self.today < last + timedelta(self.rules.repeat_days)
        return None if tier == 0 or is_repeated else tier


def told(rules: PastDueNotices, events: list[object]) -> Story:
    """Play a history, holding each run against the plain reading; return what was sent."""
    story = Story(rules)
    for event in events:
        match event:
            case Moved():
                story.moved(event)
            case Night(days):
                story.today += timedelta(days)
            case Paused(days):
                until = None if days is None else story.today + timedelta(days)
                story.customer = CustomerAutomation("c1", True, until, notices=story.customer.notices)
            case Run(again):
                story.runs += 1
                wanted, verdict = story.wanted(), story.run()
                assert (verdict.tier if isinstance(verdict, Notice) else None) == wanted
                if isinstance(verdict, Notice):
                    story.sent.append((story.today, verdict.tier, verdict.sections))
                    listed = {(one.currency, line.item.invoice_id): line.minor for one in verdict.sections for line in one.lines}
                    assert listed == story.ledger.late(story.today)
                if again:
                    # The mail may have been lost: the same run decides the same.
                    assert story.run() == verdict
    return story


@given(RULES, st.lists(EVENTS, min_size=20, max_size=60))
@settings(deadline=None, max_examples=250)
def test_r75_r76_every_run_sends_the_notice_that_a_plain_reading_wants_and_lists_what_is_late_and_promised_by_nobody(
    rules: PastDueNotices, events: list[object]
):
    story = told(rules, events)

    for place, (on, tier, sections) in enumerate(story.sent):
        before = [day for day, sent, _ in story.sent[:place] if sent == tier]
        assert all(on - day >= timedelta(rules.repeat_days) for day in before)
        assert all(section.lines and section.total == sum(line.minor for line in section.lines) for section in sections)


@given(RULES, st.lists(MOVES, max_size=25), st.integers(0, 30), st.integers(1, 3))
@settings(deadline=None)
def test_r76_a_pause_is_silent_through_its_last_day_and_ends_with_one_notice_at_the_tier_then_true(
    rules: PastDueNotices, moves: list[object], pause: int, runs_a_day: int
):
    days = [event for _ in range(pause + 1) for event in (*[Run()] * runs_a_day, Night(1))]

    silent = told(rules, [*moves, Paused(pause), *days])
    story = told(rules, [*moves, Paused(pause), *days, *[Run()] * runs_a_day])

    assert silent.sent == []
    late = story.ledger.late(story.today)
    oldest = max(((story.today - story.ledger.due_on[one]).days for one in late), default=0)
    tier = sum(oldest >= first for first in rules.tiers)
    assert [sent for _, sent, _ in story.sent] == ([tier] if tier else [])
