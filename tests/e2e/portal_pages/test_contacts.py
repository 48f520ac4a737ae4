"""Contacts of a customer: who may sign in, who is at which site, and what becomes of a change that is refused."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.fake_api import Answer, problem
from tests.e2e.local_http import eventually
from tests.e2e.portal_pages.fake_portal import FakePortal, contact, membership

BEN = "/api/portal/contacts/ben"
LIST = "GET /api/portal/contacts"


def open_contacts(page: Page, portal: FakePortal) -> None:
    page.goto(f"{portal.origin}/contacts")
    expect(row(page, "Ana Halvorsen")).to_be_visible()


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def access(page: Page, name: str) -> Locator:
    return page.get_by_role("switch", name=f"Portal access of {name}")


def test_company_contacts_and_by_site_the_site_contacts(contact: Page, portal: FakePortal) -> None:
    open_contacts(contact, portal)

    company = contact.get_by_role("table", name="Company contacts")
    site = contact.get_by_role("table", name="Site contacts")
    expect(company.get_by_role("rowheader")).to_have_text(["Ana Halvorsen You", "Ben Ode", "Cleo Marsh"], use_inner_text=True)
    expect(site.get_by_role("rowheader", name="Riverside Depot (S-12)")).to_be_visible()
    expect(row(contact, "Dev Patel")).to_contain_text("Also: Harbour Yard (S-40)")
    expect(row(contact, "Ana Halvorsen")).to_contain_text("Jul 15, 2026")


def test_r51_access_without_an_email_is_refused_and_undone(contact: Page, portal: FakePortal) -> None:
    open_contacts(contact, portal)

    access(contact, "Cleo Marsh").click()

    expect(row(contact, "Cleo Marsh").get_by_role("alert")).to_have_text("Add an email address first.")
    expect(access(contact, "Cleo Marsh")).not_to_be_checked()
    assert portal.sent("PATCH", "/api/portal/contacts/cleo") == []


def test_r51_access_given_sends_an_invitation_that_can_be_sent_again(contact: Page, portal: FakePortal) -> None:
    open_contacts(contact, portal)

    access(contact, "Dev Patel").check()

    expect(row(contact, "Dev Patel")).to_contain_text("Invitation sent to dev@halvorsen.example.")
    expect(contact.locator("#live")).to_have_text("Invitation sent to dev@halvorsen.example.")
    assert portal.sent("PATCH", "/api/portal/contacts/dev") == [{"portal_access": True}]
    contact.get_by_role("button", name="Resend invitation to Dev Patel").click()
    expect(row(contact, "Dev Patel")).to_contain_text("Invitation sent to dev@halvorsen.example.")
    assert len(portal.sent("POST", "/api/portal/contacts/dev/invitation")) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (problem(422, "invalid_input", errors=[{"field": "email", "message": "This email cannot be used."}]), "This email cannot be used."),
        (problem(503, "temporarily_unavailable"), "Something went wrong on our side. Nothing was charged. Try again in a moment."),
        (problem(429, "too_many_requests", wait=40), "Too many tries. Wait 40 seconds, then try again."),
        (Answer(0, {}), "No answer came, so we don't know whether this was saved. Reload the page to see, then try again."),
    ],
)
def test_a_switch_that_is_refused_goes_back_and_says_why(contact: Page, portal: FakePortal, answer: Answer, said: str) -> None:
    open_contacts(contact, portal)
    portal.script(f"PATCH {BEN}", answer)

    access(contact, "Ben Ode").click()

    expect(row(contact, "Ben Ode").get_by_role("alert")).to_have_text(said)
    expect(access(contact, "Ben Ode")).to_be_checked()
    expect(access(contact, "Ben Ode")).to_be_focused()


def test_a_second_press_while_a_switch_is_saved_does_nothing(contact: Page, portal: FakePortal) -> None:
    open_contacts(contact, portal)
    portal.gate.clear()

    access(contact, "Ben Ode").click()
    expect(row(contact, "Ben Ode")).to_contain_text("Saving…")
    access(contact, "Ben Ode").click()
    portal.gate.set()

    expect(row(contact, "Ben Ode")).to_contain_text("Ben Ode can no longer sign in.")
    assert portal.sent("PATCH", BEN) == [{"portal_access": False}]


def test_r55_nobody_ends_their_own_access(contact: Page, portal: FakePortal) -> None:
    open_contacts(contact, portal)

    own = row(contact, "Ana Halvorsen")
    expect(own).to_contain_text("Your own access is on.")
    expect(own.get_by_role("switch")).to_have_count(0)
    expect(own.get_by_role("button", name=re.compile("^Delete"))).to_have_count(0)
    own.get_by_role("button", name="Edit Ana Halvorsen").click()
    expect(contact.get_by_role("group", name="What may this contact do?")).to_be_hidden()
    contact.get_by_label("Phone (optional)").fill("+1 555 0199")
    contact.get_by_role("button", name="Save contact").click()

    expect(own).to_contain_text("+1 555 0199")
    assert portal.sent("PATCH", "/api/portal/contacts/ana") == [
        {"name": "Ana Halvorsen", "email": "ana@halvorsen.example", "phone": "+1 555 0199"}
    ]


def test_r55_a_site_contact_is_added_with_an_invitation(contact: Page, portal: FakePortal) -> None:
    open_contacts(contact, portal)

    contact.get_by_role("button", name="Add contact").click()
    expect(contact.get_by_role("heading", name="Add contact")).to_be_focused()
    contact.get_by_label("Name", exact=True).fill("Eve Stone")
    contact.get_by_label("Email (optional)").fill("eve@halvorsen.example")
    contact.get_by_role("radio", name="Site contact").check()
    contact.get_by_label("Harbour Yard (S-40)").check()
    contact.get_by_label("Portal access: send an invitation").check()
    contact.get_by_role("button", name="Save contact").click()

    expect(contact.get_by_text("Eve Stone was added. Invitation sent to eve@halvorsen.example.").first).to_be_visible()
    expect(row(contact, "Eve Stone").get_by_role("button", name="Edit Eve Stone")).to_be_focused()
    expect(contact.get_by_role("table", name="Site contacts")).to_contain_text("Harbour Yard (S-40)")
    assert portal.sent("POST", "/api/portal/contacts") == [
        {
            "name": "Eve Stone",
            "email": "eve@halvorsen.example",
            "phone": None,
            "kind": "site",
            "site_ids": ["yard"],
            "portal_access": True,
        }
    ]


def test_sites_that_come_while_the_form_is_open_already_can_be_chosen(contact: Page, portal: FakePortal) -> None:
    held: list[Route] = []
    contact.route("**/api/portal/sites*", lambda route: held.append(route))  # noqa: PLW0108 - the page marks what it is given
    contact.goto(f"{portal.origin}/contacts")
    contact.get_by_role("button", name="Add contact").click()
    contact.get_by_role("radio", name="Site contact").check()
    expect(contact.get_by_role("group", name="Which sites?")).to_be_visible()
    expect(contact.get_by_text("Your company has no sites here yet")).to_be_hidden()
    held[0].continue_()

    contact.get_by_label("Harbour Yard (S-40)").check()

    expect(contact.get_by_role("radio", name="Site contact")).to_be_checked()


def test_what_is_wrong_with_a_contact_is_said_at_the_top_and_at_each_field(contact: Page, portal: FakePortal) -> None:
    open_contacts(contact, portal)
    contact.get_by_role("button", name="Add contact").click()
    contact.get_by_label("Phone (optional)").fill("none")
    contact.get_by_role("radio", name="Site contact").check()
    contact.get_by_label("Portal access: send an invitation").check()

    contact.get_by_role("button", name="Save contact").click()

    summary = contact.locator("#contact-summary")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(
        [
            "Enter a name.",
            "Add an email address first.",
            "Enter a phone number with its digits, like +1 555 0142.",
            "Choose at least one site.",
        ]
    )
    expect(contact).to_have_title("Error: Contacts")
    summary.get_by_role("link", name="Enter a name.").click()
    expect(contact.get_by_label("Name", exact=True)).to_be_focused()
    expect(contact.get_by_label("Phone (optional)")).to_have_value("none")
    assert portal.sent("POST", "/api/portal/contacts") == []


def test_a_contact_is_deleted_only_after_a_yes(contact: Page, portal: FakePortal) -> None:
    open_contacts(contact, portal)
    contact.get_by_role("button", name="Delete Ben Ode").click()
    dialog = contact.get_by_role("dialog", name="Delete Ben Ode?")
    expect(dialog.get_by_role("button", name="Keep contact")).to_be_focused()
    contact.keyboard.press("Escape")
    expect(contact.get_by_role("button", name="Delete Ben Ode")).to_be_focused()
    assert portal.sent("DELETE", BEN) == []

    contact.get_by_role("button", name="Delete Ben Ode").click()
    dialog.get_by_role("button", name="Delete contact").click()

    expect(row(contact, "Ben Ode")).to_have_count(0)
    expect(contact.get_by_role("heading", name="Company contacts")).to_be_focused()
    expect(contact.locator("#done")).to_have_text("Ben Ode was deleted.")
    assert portal.sent("DELETE", BEN) == [None]


def test_a_delete_that_is_refused_says_so_in_the_dialog(contact: Page, portal: FakePortal) -> None:
    open_contacts(contact, portal)
    portal.script(f"DELETE {BEN}", problem(409, "own_access"))
    contact.get_by_role("button", name="Delete Ben Ode").click()

    contact.get_by_role("button", name="Delete contact").click()

    expect(contact.get_by_role("dialog").get_by_role("alert")).to_contain_text("You can't end your own access")
    expect(row(contact, "Ben Ode")).to_have_count(1)


def test_search_and_filter_narrow_the_list_and_are_told(contact: Page, portal: FakePortal) -> None:
    open_contacts(contact, portal)

    contact.get_by_role("searchbox", name="Search").fill("harbour")
    expect(contact.locator("#live")).to_have_text("1 contact found.")
    expect(row(contact, "Dev Patel")).to_be_visible()
    expect(row(contact, "Ben Ode")).to_have_count(0)
    contact.get_by_role("button", name="On", exact=True).click()
    expect(contact.get_by_text("No contact matches. Clear the search or show all.")).to_be_visible()
    contact.get_by_role("button", name="Clear search").click()

    expect(row(contact, "Ben Ode")).to_be_visible()
    expect(contact.get_by_role("searchbox", name="Search")).to_be_focused()


def test_the_file_for_spreadsheets_runs_no_formula(contact: Page, portal: FakePortal) -> None:
    portal.contacts[1] |= {"name": '=HYPERLINK("http://x")', "phone": "+1 555 0142"}
    portal.contacts[2] |= {"name": "Marsh, Cleo"}
    open_contacts(contact, portal)

    with contact.expect_download() as started:
        contact.get_by_role("button", name="Download CSV").click()

    text = started.value.path().read_text("utf-8-sig")
    assert started.value.suggested_filename == "contacts.csv"
    assert '"\'=HYPERLINK(""http://x"")"' in text
    assert '"\'+1 555 0142"' in text
    assert '"Marsh, Cleo"' in text
    assert text.count("\n") == 5


def test_many_contacts_are_read_page_by_page_and_shown_fifty_at_a_time(contact: Page, portal: FakePortal) -> None:
    crowd = [contact_of(number) for number in range(1, 121)]
    portal.script(LIST, Answer(200, {"items": [portal.contacts[0], *crowd[:100]], "next_cursor": "next"}))
    portal.script(LIST, Answer(200, {"items": crowd[100:], "next_cursor": None}))
    open_contacts(contact, portal)

    pager = contact.get_by_role("navigation", name="Pages of the list").first
    expect(pager).to_contain_text("1–50 of 121")
    pager.get_by_role("button", name="Next").click()

    expect(pager).to_contain_text("51–100 of 121")
    expect(contact.get_by_role("heading", name="Company contacts")).to_be_focused()
    pager.get_by_label("Rows per page").select_option("200")
    expect(row(contact, "Person 120")).to_be_visible()
    expect(pager.get_by_role("button", name="Next")).to_have_attribute("aria-disabled", "true")


def contact_of(number: int) -> dict[str, object]:
    return contact(f"p{number}", f"Person {number}", None)


# ---- the six states of the list


def test_loading_shows_rows_of_the_final_height(contact: Page, portal: FakePortal) -> None:
    contact.route("**/api/portal/**", lambda _route: None)

    contact.goto(f"{portal.origin}/contacts")

    expect(contact.locator("#list [data-state=loading]")).to_be_visible()
    expect(contact.locator("#list")).to_have_attribute("aria-busy", "true")
    expect(contact.locator("#list .skeleton")).to_have_count(9)


def test_an_empty_list_says_so(contact: Page, portal: FakePortal) -> None:
    portal.script(LIST, Answer(200, {"items": [], "next_cursor": None}))

    contact.goto(f"{portal.origin}/contacts")

    expect(contact.get_by_text("There are no contacts yet.")).to_be_visible()


def test_a_list_that_failed_can_be_tried_again(contact: Page, portal: FakePortal) -> None:
    portal.script(LIST, problem(500, "internal"))
    contact.goto(f"{portal.origin}/contacts")
    expect(contact.get_by_role("alert")).to_contain_text("We couldn't load your contacts.")

    contact.get_by_role("button", name="Try again").click()

    expect(row(contact, "Ana Halvorsen")).to_be_visible()
    expect(contact.get_by_role("alert")).to_have_count(0)


def test_offline_and_back_reads_the_list_once_and_keeps_what_was_typed(contact: Page, portal: FakePortal) -> None:
    open_contacts(contact, portal)
    contact.get_by_role("button", name="Add contact").click()
    contact.get_by_label("Name", exact=True).fill("Eve Stone")
    contact.context.set_offline(True)
    expect(contact.get_by_text("You're offline. What you typed is kept.")).to_be_visible()
    contact.get_by_role("button", name="Save contact").click()
    expect(contact.locator("#contact-note")).to_contain_text("You're offline. Nothing was changed.")
    reads = len(portal.sent("GET", "/api/portal/contacts"))

    contact.context.set_offline(False)

    expect(contact.get_by_text("You're offline. What you typed is kept.")).to_be_hidden()
    expect(contact.get_by_label("Name", exact=True)).to_have_value("Eve Stone")
    assert eventually(lambda: len(portal.sent("GET", "/api/portal/contacts")) > reads)
    contact.wait_for_timeout(300)
    assert len(portal.sent("GET", "/api/portal/contacts")) == reads + 1


def test_a_list_that_could_not_load_offline_says_so_and_loads_once_back(contact: Page, portal: FakePortal) -> None:
    contact.goto(f"{portal.origin}/profile")
    expect(contact.get_by_role("heading", name="Your details")).to_be_visible()
    portal.script(LIST, problem(503, "temporarily_unavailable"))

    def cut(route: Route) -> None:
        contact.context.set_offline(True)
        route.abort()

    contact.route("**/api/portal/contacts*", cut)
    contact.goto(f"{portal.origin}/contacts")
    expect(contact.get_by_text("You're offline, so we couldn't load this.")).to_be_visible()

    contact.unroute("**/api/portal/contacts*")
    portal.scripted.clear()
    contact.context.set_offline(False)

    expect(row(contact, "Ana Halvorsen")).to_be_visible()


def test_a_network_that_is_back_and_needs_a_moment_more_is_asked_once_more(contact: Page, portal: FakePortal) -> None:
    contact.route("**/api/portal/contacts*", lambda route: route.abort())
    contact.goto(f"{portal.origin}/contacts")
    expect(contact.get_by_text("We couldn't load your contacts.")).to_be_visible()
    contact.context.set_offline(True)
    expect(contact.get_by_text("You're offline.")).to_be_visible()

    with contact.expect_event("requestfailed"):
        contact.context.set_offline(False)
    contact.unroute("**/api/portal/contacts*")

    expect(row(contact, "Ana Halvorsen")).to_be_visible()


def test_r54_a_site_contact_is_kept_out(contact: Page, portal: FakePortal) -> None:
    portal.memberships = [membership(kind="site")]

    contact.goto(f"{portal.origin}/contacts")

    expect(contact.get_by_role("main")).to_contain_text(
        "Your access covers service requests. Ask a company contact at Halvorsen Construction to manage contacts."
    )
    expect(contact.get_by_role("navigation", name="Your account").get_by_role("link")).to_have_text(["Service requests", "Profile"])
    assert portal.sent("GET", "/api/portal/contacts") == []
