"""The tab *Automation* of a customer, its switch where customers are added and enabled, and its state in list and file (R70, R74, R76)."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date

import pytest

from duebook import wiring, wiring_automation, wiring_staff
from duebook.domain.automation import AccountSummary, AutomationSettings, CustomerAutomation, PastDueNotices, noticed
from duebook.domain.directory import Contact, Customer, Role
from duebook.domain.suppression import unsubscribed
from duebook.runtime.clock import utc_now
from duebook.usecases.change_automation import Pause, put_automation, put_customer_automation
from tests.integration.cloud import Cloud
from tests.integration.staff_office import Answer, Browser, add_customer, open_office

TAB = "/admin/customers/c1/automation"
LINKS = f"{TAB}/end-links"
TODAY = date(2025, 6, 2)
OFF = CustomerAutomation("c1")


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give a signed-in manager of a tenant with one customer."""
    return open_office(Role.MANAGER)


def switch(customer_id: str = "c1") -> CustomerAutomation:
    return wiring_automation.automation_store().customer("ten_1", customer_id)


def put(*, enabled: bool | None = None, pause: Pause | None = None, customer_id: str = "c1") -> CustomerAutomation:
    store, directory = wiring_automation.automation_store(), wiring.directory_store()
    return put_customer_automation("ten_1", customer_id, enabled=enabled, pause=pause, store=store, directory=directory, now=utc_now())


def put_business(settings: AutomationSettings) -> None:
    store, directory = wiring_automation.automation_store(), wiring.directory_store()
    put_automation("ten_1", settings, store=store, directory=directory, now=utc_now())


def log() -> list[tuple[str, str, str | None]]:
    lines = wiring_staff.activity_store().of_customer("ten_1", "c1", limit=20)
    return [(line.words, line.detail, line.reason) for line in lines]


def held(office: Browser, target: str = TAB) -> dict[str, str]:
    """What the first form of a page carries unseen."""
    form = re.search(r'<form class="panel narrow".*?</form>', office.get(target).body, re.DOTALL)
    assert form
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))


def save(office: Browser, **fields: str) -> Answer:
    return office.post(TAB, held(office) | fields)


def test_r70_the_tab_tells_that_nothing_goes_out_until_both_switches_are_on(office: Browser) -> None:
    wiring.directory_store().put_contact("ten_1", "c1", Contact("con_1", "Jo", "company", "jo@halvorsen.example"), was=None)
    off = office.get(TAB).text
    put(enabled=True)
    waiting = office.get(TAB).text

    assert "Automation Off" in off
    assert "Off for your business" in off
    assert "All three automations are off for your business" in waiting


def test_a_manager_switches_a_customer_on_and_the_log_tells(office: Browser) -> None:
    saved = save(office, enabled="1")

    assert (saved.status, saved.headers["Location"]) == (303, f"{TAB}?done=on")
    assert switch().enabled
    assert "Automation is on for this customer" in office.get(f"{TAB}?done=on").text
    assert log() == [("Changed the customer's automation", "on", None)]


def test_r76_a_pause_wants_a_day_to_come_and_a_reason(office: Browser) -> None:
    put(enabled=True)

    saved = save(office, enabled="1", until="2025-06-30", reason=" On a  payment plan ")

    assert saved.headers["Location"] == f"{TAB}?done=saved"
    assert (switch().enabled, switch().paused_until, switch().reason) == (True, date(2025, 6, 30), "On a payment plan")
    assert log() == [("Changed the customer's automation", "past-due notices paused through Jun 30, 2025", "On a payment plan")]
    assert "Paused until Jun 30, 2025" in office.get(TAB).text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"until": "2025-06-01", "reason": "Dispute"}, "Choose today or a later day"),
        ({"until": "2225-06-01", "reason": "Dispute"}, "Choose today or a later day"),
        ({"until": "soon", "reason": "Dispute"}, "Type a day"),
        ({"until": "", "reason": "Dispute"}, "Type a day"),
        ({"until": "2025-06-30", "reason": "  "}, "Say why"),
        ({"until": "2025-06-30", "reason": "4111 1111 1111 1111"}, "looks like a card number"),
    ],
)
def test_a_pause_that_cannot_be_is_refused_with_what_was_typed(office: Browser, typed: dict[str, str], told: str) -> None:
    refused = save(office, enabled="1", **typed)

    assert refused.status == 422
    assert told in refused.text
    assert re.search(r'name="enabled" value="1"[^>]* checked', refused.body)
    assert f'value="{typed["until"]}"' in refused.body
    assert (switch(), log()) == (OFF, [])


def test_an_emptied_day_ends_the_pause_and_the_switch_alone_leaves_it(office: Browser) -> None:
    put(enabled=True, pause=Pause(TODAY, "Dispute"))

    save(office, until="2025-06-02", reason="Dispute")
    off = switch()
    save(office, enabled="1", until="", reason="Dispute")

    assert (off.enabled, off.paused_until, off.reason) == (False, TODAY, "Dispute")
    assert (switch().enabled, switch().paused_until, switch().reason) == (True, None, None)


def test_a_pause_that_ran_out_is_not_shown_as_one_and_is_left_alone(office: Browser) -> None:
    store = wiring_automation.automation_store()
    store.save_customer("ten_1", replace(OFF, enabled=True, paused_until=date(2025, 5, 1), reason="Dispute"), was=OFF)

    page = office.get(TAB)
    saved = save(office, enabled="1", until="", reason="")

    assert "Automation On" in page.text
    assert "Dispute" not in page.text
    assert (saved.status, switch().paused_until) == (303, date(2025, 5, 1))


def test_what_somebody_else_changed_meanwhile_is_not_undone_unseen(office: Browser) -> None:
    form = held(office)
    put(enabled=True, pause=Pause(TODAY, "Dispute"))

    stale = office.post(TAB, form)

    assert (stale.status, switch().enabled) == (422, True)
    assert "Somebody changed this meanwhile" in stale.text


def test_a_form_that_is_sent_twice_counts_once(office: Browser) -> None:
    form = held(office) | {"enabled": "1", "until": "2025-06-30", "reason": "Dispute"}

    answers = [office.post(TAB, form).status for _ in range(2)]

    assert (answers, len(log())) == ([303, 303], 1)


def test_a_notice_that_a_run_sends_meanwhile_does_not_spoil_the_form(office: Browser) -> None:
    form = held(office)
    was = put(enabled=False)
    wiring_automation.automation_store().save_customer("ten_1", noticed(was, 1, TODAY, "run_1"), was=was)

    saved = office.post(TAB, form | {"enabled": "1"})

    assert (saved.status, switch().enabled, set(switch().notices)) == (303, True, {1})


def test_the_tab_tells_what_goes_out_when_and_to_whom(office: Browser) -> None:
    put_business(AutomationSettings(account_summary=AccountSummary(enabled=True), past_due_notices=PastDueNotices(enabled=True)))
    put(enabled=True, pause=Pause(TODAY, "Dispute"))
    jo = Contact("con_1", "Jo", "company", "jo@halvorsen.example")
    nobody = office.get(TAB).text
    wiring.directory_store().put_contact("ten_1", "c1", jo, was=None)

    page = office.get(TAB).text

    assert "Nothing can be mailed to this customer" in nobody
    assert "New invoices Off None Off for your business" in page
    assert "Account summary On Jul 1, 2025, 8:00 AM EDT jo@halvorsen.example" in page
    assert "Past-due notices On Jun 2, 2025, 9:00 AM EDT Paused through Jun 2, 2025" in page


def test_the_tab_tells_that_mail_to_an_address_is_held_back(office: Browser) -> None:
    put_business(AutomationSettings(account_summary=AccountSummary(enabled=True)))
    put(enabled=True)
    wiring.directory_store().put_contact("ten_1", "c1", Contact("con_1", "Jo", "company", "Jo@halvorsen.example"), was=None)
    wiring.email_store().change_address("ten_1", "jo@halvorsen.example", lambda known: unsubscribed(known, utc_now()))

    page = office.get(TAB).text

    assert "8:00 AM EDT Mail to it is held back" in page
    assert "Nothing can be mailed" not in page


def test_r75_the_last_notice_of_each_tier_is_told(office: Browser) -> None:
    none = office.get(TAB).text
    was = put(enabled=True)
    wiring_automation.automation_store().save_customer("ten_1", noticed(was, 2, date(2025, 5, 20), "run_1"), was=was)

    page = office.get(TAB).text

    assert "None so far" in none
    assert "Tier 1 from 1 day past due Never" in page
    assert "Tier 2 from 31 days past due May 20, 2025" in page


def test_r74_the_links_in_mails_so_far_are_ended_and_the_tab_says_since_when(office: Browser) -> None:
    ended = office.post(LINKS, {"csrf": office.csrf()})

    assert (ended.status, ended.headers["Location"]) == (303, f"{TAB}?done=ended")
    assert switch().links_from is not None
    assert "open nothing any more" in office.get(TAB).text
    assert [words for words, _, _ in log()] == ["Revoked the links to pay"]


def test_a_viewer_reads_the_tab_and_is_offered_no_change(aws: Cloud) -> None:  # noqa: ARG001 - the cloud stands first
    office = open_office(Role.COLLECTOR)
    put(enabled=True, pause=Pause(TODAY, "Dispute"))

    page = office.get(TAB)

    assert "Only a manager can change this" in page.text
    assert "Paused through Jun 2, 2025" in page.text
    assert "Dispute" in page.text
    assert "<form" not in page.body.partition("<main")[2].partition("</main>")[0]
    assert office.post(TAB, {"csrf": office.csrf(), "enabled": "1"}).status == 403
    assert office.post(LINKS, {"csrf": office.csrf()}).status == 403


@pytest.mark.parametrize("target", ["/admin/customers/c9/automation", "/admin/customers/c9/automation/end-links"])
def test_a_customer_that_is_not_there_has_no_tab(office: Browser, target: str) -> None:
    assert office.get("/admin/customers/c9/automation").status == 404
    assert office.post(target, {"csrf": office.csrf()}).status == 404
    assert switch("c9").version == 0


# Where customers are added, enabled and listed


@pytest.mark.parametrize(("ticked", "on"), [({"automation": "1"}, True), ({}, False)])
def test_r70_a_customer_may_be_switched_on_where_it_is_added(office: Browser, ticked: dict[str, str], on: bool) -> None:
    form = held(office, "/admin/new-customer") | {"customer_id": "pine-7", "name": "Pine Ridge Camp"}

    answers = [office.post("/admin/new-customer", form | ticked).status for _ in range(2)]

    assert (answers, switch("pine-7").enabled) == ([303, 303], on)


def test_a_form_of_a_new_customer_that_was_wrong_keeps_its_box(office: Browser) -> None:
    refused = office.post("/admin/new-customer", held(office, "/admin/new-customer") | {"customer_id": "pine-7", "automation": "1"})

    assert refused.status == 422
    assert re.search(r'name="automation" value="1"[^>]* checked', refused.body)
    assert not switch("pine-7").enabled


@pytest.mark.parametrize("on", [True, False])
def test_r70_a_customer_may_be_switched_on_or_off_where_it_is_enabled(office: Browser, on: bool) -> None:
    add_customer("c2", "Pine Ridge Camp", enabled=False)
    put(enabled=not on, customer_id="c2")
    form = held(office, "/admin/customers/c2/switch")

    office.post("/admin/customers/c2/switch", form | ({"automation": "1"} if on else {}))

    who: Customer = wiring.directory_store().customer("ten_1", "c2")
    assert (who.enabled, switch("c2").enabled) == (True, on)


def test_list_head_and_file_tell_a_customers_automation(office: Browser) -> None:
    add_customer("c2", "Pine Ridge Camp")
    add_customer("c3", "Mill Creek Bakery")
    put(enabled=True, customer_id="c2")
    put(enabled=True, pause=Pause(date(2025, 6, 30), "Dispute"), customer_id="c3")

    page = office.get("/admin/customers").text
    rows = list(csv.DictReader(io.StringIO(office.get("/admin/customers.csv").body)))

    assert re.findall(r"(c[123]) Automation (off|on|paused until Jun 30, 2025)", page) == [
        ("c1", "off"),
        ("c2", "on"),
        ("c3", "paused until Jun 30, 2025"),
    ]
    assert [(row["customer_id"], row["automation"], row["paused_until"]) for row in rows] == [
        ("c1", "off", ""),
        ("c2", "on", ""),
        ("c3", "on", "2025-06-30"),
    ]
    for target in ("/admin/customers/c3", "/admin/customers/c3/payments", "/admin/customers/c3/emails"):
        assert "Automation Paused until Jun 30, 2025" in office.get(target).text
