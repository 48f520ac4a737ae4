"""The tab *Automation* of a customer: its switch, a pause of past-due notices, what goes out, and the links in its mails (R70, R74, R76)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus

from chalice.app import Response

from duebook.domain.activity_log import Actor
from duebook.domain.automation import NAMES, Automation, AutomationSettings, CustomerAutomation, Gate, gate_of
from duebook.domain.directory import Customer
from duebook.domain.email_activity import MailKind
from duebook.domain.suppression import held_back
from duebook.errors import ConflictError, UnprocessableError
from duebook.usecases.change_automation import Pause, put_customer_automation
from duebook.usecases.pay_links import revoke_pay_links
from duebook.web.customer_forms import problems_of
from duebook.web.customer_office import CustomerOffice, customer_path
from duebook.web.page_answers import redirect
from duebook.web.typed_fields import typed_day, typed_reason
from duebook.web.visits import Visit

TAB = "Automation"
LAST_DAY = date(2100, 1, 1)
CHANGED = "Somebody changed this meanwhile. What you typed still stands below. Save it again to put it in place of theirs."
DONE = {
    "on": "Automation is on for this customer. Nothing is sent for the past.",
    "off": "Automation is off for this customer. Nothing goes out by itself.",
    "saved": "Automation of this customer is saved.",
    "ended": "The links to pay in the mails so far open nothing any more. Mails from now on carry new ones.",
}


@dataclass(frozen=True, slots=True)
class SwitchForm:
    """What stands in the form.

    Args:
        enabled: The box is ticked.
        until: A day as the browser's date field has it; empty: not paused.
        reason: Why it is paused.
        seen: What the form was filled with, so that nobody's change is undone unseen.
    """

    enabled: bool
    until: str
    reason: str
    seen: str

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> SwitchForm:
        """Read the form as it was sent."""
        return cls("enabled" in form, form.get("until", "").strip(), form.get("reason", ""), form.get("seen", ""))

    @classmethod
    def of_switch(cls, switch: CustomerAutomation, today: date) -> SwitchForm:
        """Fill the form with what holds now; a pause that is over is none."""
        until = switch.paused_until.isoformat() if switch.paused_until and switch.is_paused(today) else ""
        return cls(switch.enabled, until, (switch.reason or "") if until else "", seen(switch))

    @property
    def typed_pause(self) -> tuple[str, str]:
        """What is typed of a pause, blanks squeezed."""
        return self.until, " ".join(self.reason.split())

    def says_the_same(self, switch: CustomerAutomation, today: date) -> bool:
        """Tell whether all is as the form asks, so that one that is sent twice counts once."""
        held = SwitchForm.of_switch(switch, today)
        return (self.enabled, *self.typed_pause) == (held.enabled, *held.typed_pause)

    def pause(self, switch: CustomerAutomation, today: date) -> Pause | None:
        """Return the pause that is asked for; None where it stays as it is.

        Raises:
            UnprocessableError: It is no day, or not one to come, or nobody says why.
        """
        held = SwitchForm.of_switch(switch, today)
        if self.typed_pause == held.typed_pause:
            return None
        if not self.until and held.until:
            return Pause(None)
        until = typed_day(self.until, field="until")
        if not today <= until <= LAST_DAY:
            raise UnprocessableError("Choose today or a later day. To end a pause, leave this empty.", field="until")
        return Pause(until, typed_reason(self.reason))


@dataclass(frozen=True, slots=True)
class Line:
    """One automation as it stands for the customer.

    Args:
        name: Of the automation.
        is_on: For the business.
        next_at: When it goes next by its schedule.
        gate: What keeps its mails from the customer now.
    """

    name: str
    is_on: bool
    next_at: datetime | None
    gate: Gate | None


@dataclass(frozen=True, slots=True)
class CustomerAutomationPages:
    """The tab.

    Args:
        office: What the pages about one customer share.
        recipients: Tells to which addresses a customer's mails go.
    """

    office: CustomerOffice
    recipients: Callable[[str, Customer], list[str]]

    def tab(self, visit: Visit, customer_id: str, form: SwitchForm | None = None, problems: Mapping[str, str] | None = None) -> Response:
        """Show the switch, what goes out, and the notices that went out."""
        who = self.office.customer(visit, customer_id)
        head = self.office.head(visit, who, TAB)
        switch: CustomerAutomation = head["switch"]
        settings = self.office.automations.settings(visit.tenant_id)
        addresses = self.recipients(visit.tenant_id, who)
        recipients = self._reached(visit, addresses)
        without = (None if recipients else Gate.SUPPRESSED) if addresses else Gate.NO_ADDRESS
        return self.office.site.answers.page(
            "customer_automation.html",
            visit,
            HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
            **head,
            form=form or SwitchForm.of_switch(switch, visit.today),
            problems=problems or {},
            done=DONE.get(self.office.site.query("done"), ""),
            today=visit.today,
            lines=[self._line(visit, one, settings, switch, without) for one in Automation],
            all_off=not any(settings.is_on(one) for one in Automation),
            addresses=addresses,
            recipients=recipients,
            tiers=[(tier, days, switch.notices.get(tier)) for tier, days in enumerate(settings.past_due_notices.tiers, start=1)],
            key=self.office.new_key(),
        )

    def save(self, visit: Visit, customer_id: str) -> Response:
        """Switch the customer on or off, or pause it, as the form says."""
        sent = self.office.site.form(visit)
        form, was = SwitchForm.of_form(sent), self._switch(visit, customer_id)
        if form.seen != seen(was) and not form.says_the_same(was, visit.today):
            again = SwitchForm(form.enabled, form.until, form.reason, seen(was))
            return self.tab(visit, customer_id, again, {"": CHANGED})
        try:
            after = put_customer_automation(
                visit.tenant_id,
                customer_id,
                enabled=form.enabled,
                pause=form.pause(was, visit.today),
                store=self.office.automations,
                directory=self.office.directory,
                now=self.office.now,
            )
        except UnprocessableError as error:
            return self.tab(visit, customer_id, form, problems_of(error, "until"))
        except ConflictError:
            return self.tab(visit, customer_id, form, {"": CHANGED})
        self.office.note_switch(visit, was, after, sent.get("key"))
        done = "saved" if was.enabled == after.enabled else ("on" if after.enabled else "off")
        return redirect(customer_path(customer_id, "automation", done=done))

    def end_links(self, visit: Visit, customer_id: str) -> Response:
        """End the links to pay in the mails that the customer got so far."""
        self.office.site.form(visit)
        revoke_pay_links(
            visit.tenant_id,
            customer_id,
            actor=Actor.of_staff(visit.staff),
            directory=self.office.directory,
            automations=self.office.automations,
            log=self.office.log,
            now=self.office.now,
        )
        return redirect(customer_path(customer_id, "automation", done="ended"))

    def _switch(self, visit: Visit, customer_id: str) -> CustomerAutomation:
        self.office.customer(visit, customer_id)
        return self.office.automations.customer(visit.tenant_id, customer_id)

    def _reached(self, visit: Visit, addresses: list[str]) -> list[str]:
        """Return the addresses to which such mails go; one may unsubscribe from all of these kinds alike."""
        known = self.office.mails.addresses(visit.tenant_id, addresses)
        held = {one.address for one in known if held_back(one, MailKind.ACCOUNT_SUMMARY)}
        return [one for one in addresses if one.strip().lower() not in held]

    def _line(
        self, visit: Visit, automation: Automation, settings: AutomationSettings, switch: CustomerAutomation, without: Gate | None
    ) -> Line:
        gate = gate_of(automation, settings, switch, visit.today) or without
        plan = self.office.automations.plan(visit.tenant_id, automation) if settings.schedule_of(automation) else None
        return Line(NAMES[automation], settings.is_on(automation), plan.planned_at if plan else None, gate)


def seen(switch: CustomerAutomation) -> str:
    """Write what a form shows of a switch; notices and links, which runs and buttons change, do not count."""
    return f"{switch.enabled}|{switch.paused_until or ''}|{switch.reason or ''}"
