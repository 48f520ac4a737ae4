"""Service requests: asking for what the company shows, what became of it, and asking again; one press is one request."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.fake_api import Answer, problem
from tests.e2e.portal_pages.fake_portal import EMAIL, PASSWORD, YARD, FakePortal, membership, request

POST = "/api/portal/requests"
LIST = "GET /api/portal/requests"
TOMORROW = "2099-08-03"


def open_requests(page: Page, portal: FakePortal) -> None:
    page.goto(f"{portal.origin}/requests")
    expect(page.get_by_role("button", name="New request")).to_be_visible()


def fill(page: Page, product: str = "ADA unit", service: str = "Delivery", site: str = "Riverside Depot (S-12)") -> None:
    page.get_by_role("button", name="New request").click()
    page.get_by_label("Site", exact=True).select_option(site)
    page.get_by_label("Product").select_option(product)
    page.get_by_label("Service", exact=True).select_option(service)


def send(page: Page) -> Locator:
    button = page.get_by_role("button", name="Send request")
    button.click()
    return button


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def declined(number: int = 5, **more: object) -> dict[str, object]:
    return request(
        number, "declined", decline_reason="Our ADA units are all out until August 10.", product_id="ada", product_name="ADA unit", **more
    )


def test_r54_r81_a_site_contact_asks_for_its_site_and_sees_the_request_sent(contact: Page, portal: FakePortal) -> None:
    portal.signed_in = False
    portal.memberships = [membership(kind="site")]
    portal.sites = portal.sites[:1]
    contact.goto(f"{portal.origin}/login")
    contact.get_by_label("Email").fill(EMAIL)
    contact.get_by_label("Password", exact=True).fill(PASSWORD)
    contact.get_by_role("button", name="Sign in").click()
    expect(contact).to_have_url(f"{portal.origin}/requests")
    expect(contact.get_by_role("navigation", name="Your account").get_by_role("link")).to_have_text(["Service requests", "Profile"])
    expect(contact.get_by_text("You haven't asked for service yet.")).to_be_visible()

    contact.get_by_role("button", name="New request").click()
    expect(contact.get_by_role("heading", name="New request")).to_be_focused()
    expect(contact.get_by_label("Site", exact=True)).to_have_value("depot")
    assert contact.get_by_label("Site", exact=True).locator("option").all_inner_texts() == ["Choose…", "Riverside Depot (S-12)"]
    contact.get_by_label("Product").select_option("ADA unit")
    contact.get_by_label("Service", exact=True).select_option("Weekly service")
    contact.get_by_label("When (optional)").fill(TOMORROW)
    contact.get_by_label("PO number (optional)").fill(" PO-88213 ")
    contact.get_by_label("Note (optional)").fill("Gate code 4411.\nBeside the trailer.")
    send(contact)

    expect(contact.locator("#done")).to_have_text("Your request was sent to Cedar Valley Portables.")
    expect(contact.locator("#live")).to_have_text("Your request was sent to Cedar Valley Portables.")
    expect(contact.get_by_role("heading", name="Your requests")).to_be_focused()
    sent = row(contact, "ADA unit Weekly service")
    for text in ("Riverside Depot (S-12)", "Aug 3, 2099", "PO-88213", "Gate code 4411.", "Sent"):
        expect(sent).to_contain_text(text)
    assert portal.sent("POST", POST) == [
        {
            "site_id": "depot",
            "product_id": "ada",
            "service_id": "weekly",
            "wanted_on": TOMORROW,
            "po_number": "PO-88213",
            "note": "Gate code 4411.\nBeside the trailer.",
        }
    ]
    assert "$" not in contact.locator("body").inner_text()


def test_r82_the_customer_reads_the_statuses_in_words_of_its_own(contact: Page, portal: FakePortal) -> None:
    portal.requests = [request(9), request(8, "read"), request(7, "completed", scheduled_on="2026-08-05"), declined()]
    open_requests(contact, portal)

    rows = contact.locator("#list tbody tr")
    for place, status in enumerate(("Sent", "Seen", "Accepted", "Declined")):
        expect(rows.nth(place).locator(".tag")).to_have_text(status)
    expect(rows.nth(0)).to_contain_text("Ana Halvorsen")
    expect(rows.nth(2)).to_contain_text("Planned for Aug 5, 2026.")
    expect(rows.nth(3)).to_contain_text("Our ADA units are all out until August 10.")
    expect(contact.get_by_role("button", name=re.compile("^Ask again"))).to_have_count(1)
    expect(contact.get_by_role("button", name="Ask again ADA unit, Delivery")).to_be_visible()


def test_r81_only_what_the_company_shows_can_be_chosen(contact: Page, portal: FakePortal) -> None:
    open_requests(contact, portal)

    contact.get_by_role("button", name="New request").click()

    options = contact.get_by_label("Product").locator("option")
    expect(options).to_have_text(["Choose…", "Standard unit", "ADA unit", "Hand-wash station"])
    expect(contact.get_by_label("Product")).to_have_value("")


@pytest.mark.parametrize("empty", ["products", "services"])
def test_r81_nothing_shown_says_that_requests_are_not_possible_and_whom_to_call(contact: Page, portal: FakePortal, empty: str) -> None:
    portal.catalog[empty] = []
    portal.requests = [declined()]
    contact.goto(f"{portal.origin}/requests")

    note = contact.locator("#closed")
    expect(note).to_contain_text("Service requests are not possible now. Contact Cedar Valley Portables.")
    expect(note.get_by_role("link", name="+1 555 0142")).to_have_attribute("href", "tel:+15550142")
    expect(row(contact, "ADA unit")).to_be_visible()
    expect(contact.get_by_role("button", name=re.compile("New request|Ask again"))).to_have_count(0)


def test_without_a_site_nothing_can_be_asked_for(contact: Page, portal: FakePortal) -> None:
    portal.sites = []
    contact.goto(f"{portal.origin}/requests")

    expect(contact.locator("#closed")).to_contain_text("There is no site here yet that service could go to.")
    expect(contact.get_by_text("You haven't asked for service yet.")).to_be_visible()
    expect(contact.get_by_role("button", name="New request")).to_have_count(0)


def test_what_is_missing_is_said_at_the_top_and_at_each_field(contact: Page, portal: FakePortal) -> None:
    open_requests(contact, portal)
    contact.get_by_role("button", name="New request").click()
    contact.get_by_label("When (optional)").fill("2020-01-01")
    contact.get_by_label("PO number (optional)").fill("4111 1111 1111 1111")
    contact.get_by_label("Note (optional)").fill("The card is 4111-1111-1111-1111, thanks")
    send(contact)

    summary = contact.locator("#request-summary")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(
        [
            "Choose a site.",
            "Choose a product.",
            "Choose a service.",
            "Choose today or a later day.",
            "This looks like a card number. Please take it out.",
            "This looks like a card number. Please take it out.",
        ]
    )
    expect(contact).to_have_title("Error: Service requests")
    expect(contact.get_by_label("Product")).to_have_attribute("aria-invalid", "true")
    expect(contact.get_by_label("Product")).to_have_attribute("aria-describedby", "product_id-error")
    summary.get_by_role("link", name="Choose a product.").click()
    expect(contact.get_by_label("Product")).to_be_focused()
    contact.get_by_label("Product").select_option("ADA unit")
    expect(contact.get_by_label("Product")).not_to_have_attribute("aria-invalid", "true")
    expect(contact.get_by_label("Note (optional)")).to_have_value("The card is 4111-1111-1111-1111, thanks")
    assert portal.sent("POST", POST) == []


def test_the_day_cannot_be_before_today_at_the_company(contact: Page, portal: FakePortal) -> None:
    contact.clock.set_fixed_time("2026-08-02T05:30:00Z")  # in Denver it is still August 1
    open_requests(contact, portal)
    contact.get_by_role("button", name="New request").click()

    expect(contact.get_by_label("When (optional)")).to_have_attribute("min", "2026-08-01")


def test_the_server_has_the_last_word_on_each_field_and_what_is_hidden_meanwhile_is_no_longer_offered(
    contact: Page, portal: FakePortal
) -> None:
    open_requests(contact, portal)
    fill(contact)
    contact.get_by_label("Note (optional)").fill("Gate code 4411.")
    portal.catalog["products"] = [one for one in portal.catalog["products"] if one["id"] != "ada"]
    refusal = {"field": "product_id", "message": "This product cannot be chosen now."}
    portal.script(f"POST {POST}", problem(422, "invalid_input", errors=[refusal]))
    send(contact)

    expect(contact.locator("#product_id-error")).to_have_text("This product cannot be chosen now.")
    expect(contact.locator("#request-summary").get_by_role("link")).to_have_text(["This product cannot be chosen now."])
    expect(contact.get_by_label("Product").locator("option")).to_have_text(["Choose…", "Standard unit", "Hand-wash station"])
    expect(contact.get_by_label("Service", exact=True)).to_have_value("delivery")
    expect(contact.get_by_label("Note (optional)")).to_have_value("Gate code 4411.")
    contact.get_by_label("Product").select_option("Standard unit")
    send(contact)
    expect(row(contact, "Standard unit Delivery")).to_be_visible()
    assert len(set(portal.keys)) == 2


def test_requests_that_are_closed_while_one_asks_say_so_and_keep_what_was_typed(contact: Page, portal: FakePortal) -> None:
    open_requests(contact, portal)
    fill(contact)
    contact.get_by_label("Note (optional)").fill("Gate code 4411.")
    portal.catalog["products"] = []
    portal.script(f"POST {POST}", problem(409, "requests_closed"))
    send(contact)

    expect(contact.locator("#request-note")).to_have_text("Service requests are not possible now. Contact Cedar Valley Portables.")
    expect(contact.locator("#closed")).to_be_visible()
    expect(contact.get_by_label("Note (optional)")).to_have_value("Gate code 4411.")


def test_a_double_click_and_enter_send_one_request(contact: Page, portal: FakePortal) -> None:
    open_requests(contact, portal)
    fill(contact)
    portal.gate.clear()

    contact.get_by_role("button", name="Send request").dblclick()
    working = contact.get_by_role("button", name="Sending…")
    expect(working).to_have_attribute("aria-disabled", "true")
    contact.get_by_label("PO number (optional)").press("Enter")
    portal.gate.set()

    expect(contact.locator("#done")).to_be_visible()
    assert len(portal.sent("POST", POST)) == 1
    expect(contact.locator("#list tbody tr")).to_have_count(1)


@pytest.mark.parametrize("answer", [Answer(0, {}), problem(503, "temporarily_unavailable")])
def test_an_answer_that_was_lost_makes_no_second_request_not_even_after_a_reload(contact: Page, portal: FakePortal, answer: Answer) -> None:
    open_requests(contact, portal)
    fill(contact)
    portal.script(f"POST {POST}", answer, answer)
    send(contact)
    expect(contact.locator("#request-note")).to_contain_text("We couldn't tell whether your request was sent.")
    expect(contact.locator("#request-note")).to_be_focused()
    expect(contact.get_by_label("Product")).to_have_value("ada")
    send(contact)
    expect(contact.locator("#request-note")).to_be_focused()
    contact.reload()
    fill(contact)
    send(contact)

    expect(contact.locator("#done")).to_be_visible()
    assert len(portal.keys) == 3
    assert len(set(portal.keys)) == 1
    fill(contact)
    send(contact)
    expect(contact.locator("#list tbody tr")).to_have_count(2)
    assert len(set(portal.keys)) == 2


def test_an_answer_that_only_speaks_of_the_caller_keeps_the_key(contact: Page, portal: FakePortal) -> None:
    """After a lost answer a refusal for haste says nothing of the first try, so the third still is the same request."""
    open_requests(contact, portal)
    fill(contact)
    portal.script(f"POST {POST}", Answer(0, {}), problem(429, "too_many_requests", wait=40))
    send(contact)
    expect(contact.locator("#request-note")).to_be_visible()
    send(contact)
    expect(contact.locator("#request-note")).to_have_text("Too many tries. Wait 40 seconds, then try again.")
    send(contact)

    expect(contact.locator("#done")).to_be_visible()
    assert len(set(portal.keys)) == 1


def test_r83_asking_again_copies_a_declined_request_into_the_form(contact: Page, portal: FakePortal) -> None:
    portal.requests = [declined(wanted_on=TOMORROW, po_number="PO-1", note="Gate code 4411.", site=YARD)]
    open_requests(contact, portal)

    contact.get_by_role("button", name="Ask again").click()

    expect(contact.get_by_role("heading", name="New request")).to_be_focused()
    expect(contact.locator("#copied p:visible")).to_have_text(
        "This is a copy of your request of Jul 6, 2026. Change what you like, then send it."
    )
    expect(contact.get_by_label("Site", exact=True)).to_have_value("yard")
    expect(contact.get_by_label("Product")).to_have_value("ada")
    expect(contact.get_by_label("Service", exact=True)).to_have_value("delivery")
    expect(contact.get_by_label("When (optional)")).to_have_value(TOMORROW)
    expect(contact.get_by_label("PO number (optional)")).to_have_value("PO-1")
    expect(contact.get_by_label("Note (optional)")).to_have_value("Gate code 4411.")
    send(contact)

    rows = contact.locator("#list tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0).locator(".tag")).to_have_text("Sent")
    expect(rows.nth(1).locator(".tag")).to_have_text("Declined")


def test_asking_again_leaves_out_what_is_no_longer_offered_and_a_day_that_is_over(contact: Page, portal: FakePortal) -> None:
    portal.catalog["products"] = portal.catalog["products"][:1]
    portal.requests = [declined(wanted_on="2026-07-11")]
    open_requests(contact, portal)

    contact.get_by_role("button", name="Ask again").click()

    expect(contact.locator("#copied")).to_contain_text("No longer available: ADA unit. Choose something else.")
    expect(contact.get_by_label("Product")).to_have_value("")
    expect(contact.get_by_label("When (optional)")).to_have_value("")


def test_cancelling_goes_back_to_what_opened_the_form(contact: Page, portal: FakePortal) -> None:
    portal.requests = [declined()]
    open_requests(contact, portal)
    contact.get_by_role("button", name="Ask again").click()
    contact.get_by_role("button", name="Cancel").click()
    expect(contact.get_by_role("button", name="Ask again")).to_be_focused()

    contact.get_by_role("button", name="New request").click()
    expect(contact.locator("#copied")).to_be_hidden()
    expect(contact.get_by_label("Product")).to_have_value("")
    contact.get_by_role("button", name="Cancel").click()

    expect(contact.get_by_role("button", name="New request")).to_be_focused()


def test_asking_by_keyboard_alone(contact: Page, portal: FakePortal) -> None:
    open_requests(contact, portal)
    press = contact.keyboard.press
    contact.get_by_role("button", name="New request").focus()
    press("Enter")
    for first_letter in ("R", "A", "D"):
        press("Tab")
        press(first_letter)
    for _ in range(6):  # a day has several parts to step through
        press("Tab")
        if contact.locator("#po_number:focus").count():
            break
    contact.keyboard.type("PO-7")
    press("Tab")
    contact.keyboard.type("Please call first.")
    press("Tab")
    expect(contact.get_by_role("button", name="Send request")).to_be_focused()
    press("Enter")

    expect(row(contact, "ADA unit Delivery")).to_contain_text("Please call first.")


def test_older_requests_come_when_asked_for(contact: Page, portal: FakePortal) -> None:
    portal.script(LIST, Answer(200, {"items": [request(9), request(8)], "next_cursor": "older"}))
    portal.script(LIST, problem(503, "temporarily_unavailable"))
    portal.script(LIST, Answer(200, {"items": [], "next_cursor": "older still"}))
    portal.script(LIST, Answer(200, {"items": [request(7)], "next_cursor": None}))
    open_requests(contact, portal)
    rows = contact.locator("#list tbody tr")
    expect(rows).to_have_count(2)

    more = contact.get_by_role("button", name="Show older requests")
    more.click()
    expect(contact.locator("#more-problem")).to_contain_text("Something went wrong on our side.")
    more.click()

    expect(rows).to_have_count(3)
    expect(contact.locator("#live")).to_have_text("1 more request.")
    expect(contact.get_by_role("heading", name="Your requests")).to_be_focused()
    expect(more).to_be_hidden()


def test_a_session_that_ends_keeps_what_was_typed_and_the_key(contact: Page, portal: FakePortal) -> None:
    open_requests(contact, portal)
    fill(contact)
    contact.get_by_label("Note (optional)").fill("Gate code 4411.")
    portal.signed_in = False
    send(contact)
    expect(contact.get_by_role("heading", name="Sign in")).to_be_visible()
    contact.get_by_label("Email").fill(EMAIL)
    contact.get_by_label("Password", exact=True).fill(PASSWORD)
    contact.get_by_role("button", name="Sign in").click()

    expect(contact.get_by_role("heading", name="New request")).to_be_visible()
    expect(contact.get_by_label("Product")).to_have_value("ada")
    expect(contact.get_by_label("Note (optional)")).to_have_value("Gate code 4411.")
    send(contact)
    expect(contact.locator("#done")).to_be_visible()
    assert len(portal.keys) == 2
    assert len(set(portal.keys)) == 1
