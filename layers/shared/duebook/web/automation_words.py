"""What staff pages say of billing automation: what each sends, when it goes next, and what became of a run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from duebook.domain.automation import NAMES, AccountSummary, Automation, AutomationSettings, PastDueNotices, SummaryFormat
from duebook.domain.automation_runs import ALIVE, WORDS, AutomationRun, Done, Outcome, RunStatus
from duebook.domain.email_activity import PAST_DUE_TIERS, MailKind
from duebook.mail.formats import locale_of
from duebook.usecases.forecast_automation import Forecast
from duebook.web.pages import Formats, link

PATH = "/admin/automation"
RUNS = f"{PATH}/runs"
ABOUT: Mapping[Automation, str] = {
    Automation.NEW_INVOICES: "Each new invoice goes to the customer when it first appears, once, with a link to pay.",
    Automation.ACCOUNT_SUMMARY: "What a customer owes, or what happened lately, by a schedule, with a link to pay.",
    Automation.PAST_DUE_NOTICES: "One mail that lists all that is past due, firmer from tier to tier, by a schedule.",
}
"""What each sends, in a sentence."""
MAIL_KINDS: Mapping[Automation, tuple[MailKind, ...]] = {
    Automation.NEW_INVOICES: (MailKind.NEW_INVOICE,),
    Automation.ACCOUNT_SUMMARY: (MailKind.ACCOUNT_SUMMARY,),
    Automation.PAST_DUE_NOTICES: PAST_DUE_TIERS,
}
"""The kinds of mail that each sends."""
FORMATS: Mapping[SummaryFormat, tuple[str, str]] = {
    SummaryFormat.OPEN_INVOICES: ("Open invoices", "Each open invoice with its balance. A customer with nothing open gets no mail."),
    SummaryFormat.RECENT_TRANSACTIONS: ("Recent transactions", "Invoices, payments and credits of the last days, and the balance."),
}
STATUSES: Mapping[RunStatus, tuple[str, str]] = {
    RunStatus.PREPARING: ("Preparing", "info"),
    RunStatus.RUNNING: ("Running", "info"),
    RunStatus.DONE: ("Done", "ok"),
    RunStatus.FAILED: ("Broke off", "danger"),
}
OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.SENT: ("Mailed", "ok"),
    Outcome.TENANT_OFF: ("Switched off", ""),
    Outcome.CUSTOMER_OFF: ("Customer off", ""),
    Outcome.PAUSED: ("Paused", "info"),
    Outcome.NO_ADDRESS: ("No address", "warn"),
    Outcome.SUPPRESSED: ("Suppressed", "warn"),
    Outcome.NOTHING_TO_SEND: ("Nothing to send", ""),
    Outcome.TOO_SOON: ("Too soon", ""),
    Outcome.BEING_PAID: ("Being paid", ""),
    Outcome.VOID: ("Voided", ""),
    Outcome.GONE: ("No such customer", ""),
    Outcome.FAILED: ("Failed", "danger"),
}
"""Each outcome in a word or two, in the order in which they are told, and the tone of its tag."""
COUNTED: Mapping[Outcome, str] = {
    Outcome.SENT: "mailed",
    Outcome.TENANT_OFF: "switched off meanwhile",
    Outcome.CUSTOMER_OFF: "with automation off",
    Outcome.PAUSED: "paused",
    Outcome.NO_ADDRESS: "without an address",
    Outcome.SUPPRESSED: "with a suppressed address",
    Outcome.NOTHING_TO_SEND: "with nothing to send",
    Outcome.TOO_SOON: "noticed not long ago",
    Outcome.BEING_PAID: "being paid",
    Outcome.VOID: "voided",
    Outcome.GONE: "gone",
    Outcome.FAILED: "failed",
}
"""Each outcome after a number: ``3 paused``."""
CSV_NAMES = ("customer_id", "customer_name", "outcome", "words")
HOUR = timedelta(hours=1)
FAR_DAYS = 730


def status_words(run: AutomationRun) -> tuple[str, str]:
    """Return a run's status as people read it, and the tone of its tag."""
    if run.status is RunStatus.DONE and run.counts.get(Outcome.FAILED):
        return "Done with failures", "warn"
    return STATUSES[run.status]


def is_alive(run: AutomationRun) -> bool:
    """Tell whether somebody still works on it."""
    return run.status in ALIVE


def result_words(run: AutomationRun, formats: Formats) -> str:
    """Say in a sentence what became of a run's customers so far: ``12 mailed, 3 paused``."""
    if run.total is None:
        return "Its customers are being listed." if is_alive(run) else "It ended before its customers were listed."
    parts = [f"{formats.count(run.counts[one])} {COUNTED[one]}" for one in OUTCOMES if run.counts.get(one)]
    if run.left:
        parts.append(f"{formats.count(run.left)} left")
    return f"{', '.join(parts)}." if parts else "There was nobody to look at."


def outcome_words(done: Done) -> str:
    """Say what became of a customer, with what else there is to say; of a mail only what it was and to whom, where that is known."""
    if done.outcome is Outcome.SENT and done.words:
        return done.words
    return f"{WORDS[done.outcome]} {done.words}".rstrip()


def mails_link(run: AutomationRun, formats: Formats) -> str:
    """Return the way to the mails of a run's days in Email activity."""
    kinds = MAIL_KINDS[run.automation]
    first, last = (formats.iso_day_of(at) for at in (run.created_at, run.ended_at or run.touched_at or run.created_at))
    return link("/admin/email-activity", **{"from": first, "to": last, "kind": kinds[0].value if len(kinds) == 1 else ""})


def summary_words(summary: AccountSummary, formats: Formats) -> str:
    """Say what an account summary lists."""
    name = FORMATS[summary.format][0]
    if summary.format is SummaryFormat.OPEN_INVOICES:
        return name
    return f"{name} of {'today' if summary.window_days == 1 else f'the last {formats.count(summary.window_days)} days'}"


def tier_words(notices: PastDueNotices) -> str:
    """Say where the tiers begin: ``from 1, 31 and 61 days past due``."""
    first, second, third = notices.tiers
    return f"from {first}, {second} and {third} days past due"


def change_words(was: AutomationSettings, now: AutomationSettings, automation: Automation) -> str:
    """Say for the activity log what was done to an automation; empty where nothing was."""
    if was.is_on(automation) != now.is_on(automation):
        return f"{NAMES[automation]}: {'on' if now.is_on(automation) else 'off'}"
    return f"{NAMES[automation]}: changed" if getattr(was, automation.value) != getattr(now, automation.value) else ""


def moment_with_weekday(at: datetime, formats: Formats) -> str:
    """Write an instant with its weekday: ``Tuesday, Jul 15, 2025, 9:00 AM EDT``."""
    weekday = format_date(at.astimezone(ZoneInfo(formats.time_zone)).date(), "EEEE", locale=locale_of(formats.locale))
    return f"{weekday}, {formats.moment(at)}"


def away_words(at: datetime, now: datetime, time_zone: str) -> str:
    """Say how far ahead an instant is: ``in 20 minutes``, ``tomorrow``, ``in 2 days``; days are those of the zone."""
    if at <= now:
        return "within a minute"
    zone = ZoneInfo(time_zone)
    days = (at.astimezone(zone).date() - now.astimezone(zone).date()).days
    if at - now < HOUR:
        return _in((at - now) // timedelta(minutes=1) or 1, "minute")
    if days == 0 or at - now < 6 * HOUR:
        return _in((at - now) // HOUR, "hour")
    if days == 1:
        return "tomorrow"
    return _in(days, "day") if days < FAR_DAYS else _in(days // 365, "year")


def forecast_words(automation: Automation, found: Forecast, formats: Formats) -> str:
    """Say whom an automation would write to now, by the customers' switches; who has nothing to be told, or no address, gets no mail.

    A pause holds back past-due notices only, so of the others it is not told.
    """
    if not found.on:
        return "Nobody: no customer has automation on yet."
    if automation is not Automation.PAST_DUE_NOTICES:
        return f"Up to {_customers(found.on, formats)}: {'it has' if found.on == 1 else 'they have'} automation on."
    if not found.late:
        return (
            f"Nobody: nothing is past due. Automation is on for {_customers(found.on, formats)}{_paused(found.on, found.paused, formats)}."
        )
    would = found.late_on - found.late_paused
    late = "1 that" if found.late == 1 else f"{formats.count(found.late)} that"
    some = f"of {late} may have something past due, {formats.count(found.late_on) if found.late_on else 'none'}"
    some = f"{some} {'has' if found.late_on <= 1 else 'have'} automation on{_paused(found.late_on, found.late_paused, formats)}."
    return f"Up to {_customers(would, formats)}: {some}" if would else f"Nobody: {some}"


def _customers(count: int, formats: Formats) -> str:
    return "1 customer" if count == 1 else f"{formats.count(count)} customers"


def _paused(on: int, paused: int, formats: Formats) -> str:
    """Say how many of those that are on are paused."""
    if not paused:
        return ""
    if on == paused:
        return ", and is paused" if on == 1 else ", and all of them are paused"
    return f", {formats.count(paused)} of them paused"


def _in(count: int, unit: str) -> str:
    return f"in {count} {unit}{'' if count == 1 else 's'}"
