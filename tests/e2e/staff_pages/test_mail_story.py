"""Mails and statements in a real browser through the whole local cloud: sent, paid from, bounced, mended, released."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import GOOD_CARD, Json, Tenant, eventually, good

SOON = 30_000


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Tenant:
    """A business with one customer that owes an invoice."""
    made = tenant(name="Blue Ridge Portables")
    made.customer("halvorsen", name="Halvorsen Construction", email="ana@halvorsen.example")
    made.invoice("halvorsen", "inv-998", 400_00, number="INV-998")
    return made


def signed_in(page: Page, cloud: LocalCloud, business: Tenant) -> Page:
    """Sign the business's admin in."""
    page.set_default_timeout(SOON)
    page.goto(f"{cloud.origin}/admin/sign-in")
    page.get_by_label("Email").fill(business.staff["email"])
    page.get_by_label("Password", exact=True).fill(business.staff["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible(timeout=SOON)
    return page


@pytest.fixture(params=[True, False], ids=["with-javascript", "without"])
def office(request: pytest.FixtureRequest, browser: Browser, cloud: LocalCloud, business: Tenant) -> Iterator[Page]:
    """Staff pages with the admin signed in, with and without JavaScript."""
    context = browser.new_context(java_script_enabled=request.param)
    yield signed_in(context.new_page(), cloud, business)
    context.close()


def shows(page: Page, words: str) -> None:
    """Wait until a page shows some words, loading it again as people do where it does not follow by itself."""

    def look() -> bool:
        if words in page.get_by_role("main").inner_text():
            return True
        page.reload()
        return False

    assert eventually(look, 40), page.get_by_role("main").inner_text()


def becomes(business: Tenant, mail_id: str, status: str) -> None:
    """Wait until a mail has a status."""
    assert eventually(lambda: good(business.call("GET", f"/email-activity/{mail_id}"))["status"] == status, 40)


def statement_mails(business: Tenant, to: str) -> list[Json]:
    """Return the statements that reached an address's mailbox."""
    return [mail for mail in business.mails("statement") if to in mail["to"]]


def test_a_statement_is_sent_opened_and_paid_from_and_staff_see_both(page: Page, browser: Browser, cloud: LocalCloud, business: Tenant):
    office = signed_in(page, cloud, business)
    office.goto(f"{cloud.origin}/admin/customers/halvorsen/emails")
    office.get_by_role("link", name="Send statement").click()
    expect(office.get_by_text("It goes to ana@halvorsen.example")).to_be_visible(timeout=SOON)
    office.get_by_role("button", name="Send statement").click()
    # The page follows the run by itself.
    expect(office.get_by_text("1 of 1 sent.").first).to_be_visible(timeout=SOON)
    [mail] = eventually(lambda: statement_mails(business, "ana@halvorsen.example"), 40)

    context = browser.new_context()
    payer = context.new_page()
    payer.set_default_timeout(SOON)
    payer.goto(f"{cloud.origin}/mailbox")
    payer.get_by_role("button", name=mail["subject"]).first.click()
    with payer.expect_popup() as opened:
        payer.frame_locator("#frame").get_by_role("link", name=re.compile("Pay")).first.click()
    guest = opened.value
    expect(guest.get_by_role("region", name="Your balance")).to_contain_text("$400.00", timeout=SOON)
    year, month = GOOD_CARD["expiry"].split("-")
    guest.get_by_label("Name").fill("Ana Halvorsen")
    guest.get_by_label("Email").fill("ana@halvorsen.example")
    field = guest.frame_locator("pay-method iframe")
    field.get_by_label("Card number").fill(GOOD_CARD["number"])
    field.get_by_label("Expiry date").fill(f"{month}/{year[2:]}")
    field.get_by_label("Security code").fill(GOOD_CARD["cvv"])
    field.get_by_label("ZIP or postal code").fill(GOOD_CARD["postal_code"])
    guest.get_by_role("button", name="Pay $400.00").click()
    expect(guest.get_by_role("heading", name="Payment received")).to_be_visible(timeout=SOON)
    context.close()

    office.goto(f"{cloud.origin}/admin/customers/halvorsen/payments")
    shows(office, "INV-998")
    becomes(business, mail["id"], "delivered")
    office.goto(f"{cloud.origin}/admin/customers/halvorsen/emails")
    row = office.get_by_role("row").filter(has=office.get_by_role("link", name=mail["subject"]))
    expect(row).to_contain_text("Delivered")


def test_a_run_with_two_failing_addresses_is_mended_and_retried(office: Page, cloud: LocalCloud, business: Tenant):
    business.customer("nobody", name="Nobody Known", email=None)
    business.invoice("nobody", "inv-1", 10_00)
    business.customer("gone", name="Gone Away", email="old@gone.example")
    business.invoice("gone", "inv-2", 20_00)
    assert good(business.call("POST", "/statements", {"customer_ids": ["gone"], "kind": "open_items", "delivery": "email"}))
    [first] = eventually(lambda: statement_mails(business, "old@gone.example"), 40)
    business.http("POST", f"/local/mail/{first['id']}/events", {"type": "bounce", "bounce_type": "hard"})
    becomes(business, first["id"], "bounced")

    office.goto(f"{cloud.origin}/admin/statements/new")
    expect(office.get_by_role("heading", name="3 customers match")).to_be_visible(timeout=SOON)
    office.get_by_role("button", name="Send…").click()
    office.get_by_role("button", name="Send to 3").click()
    shows(office, "1 of 3 sent, 2 failed.")
    run = office.url.split("?")[0]
    expect(office.get_by_role("row").filter(has_text="Nobody Known")).to_contain_text("No address")
    expect(office.get_by_role("row").filter(has_text="Gone Away")).to_contain_text("Suppressed")

    business.customer("nobody", name="Nobody Known", email="known@nobody.example")
    office.goto(f"{cloud.origin}/admin/email-activity/{first['id']}")
    office.get_by_role("link", name="Remove from suppression list").click()
    office.get_by_label("Reason").fill("They moved and made a new mailbox")
    office.get_by_role("button", name="Remove from list").click()
    expect(office.get_by_text("off the suppression list")).to_be_visible(timeout=SOON)
    office.goto(run)
    office.get_by_role("link", name="Retry failed").click()
    office.get_by_role("button", name="Retry failed").click()
    shows(office, "3 of 3 sent.")

    assert len(eventually(lambda: statement_mails(business, "known@nobody.example"), 40)) == 1
    assert len(statement_mails(business, "ana@halvorsen.example")) == 1


def test_r63_r64_a_bounce_suppresses_until_it_is_released_and_a_late_delivered_hides_nothing(
    office: Page, cloud: LocalCloud, business: Tenant
):
    order = {"customer_ids": ["halvorsen"], "kind": "open_items", "delivery": "email"}
    good(business.call("POST", "/statements", order))
    [first] = eventually(lambda: statement_mails(business, "ana@halvorsen.example"), 40)
    for event in ({"type": "bounce", "bounce_type": "hard"}, {"type": "delivery"}):
        business.http("POST", f"/local/mail/{first['id']}/events", event)
    becomes(business, first["id"], "bounced")
    office.goto(f"{cloud.origin}/admin/email-activity/{first['id']}")
    shows(office, "There is no such mailbox. Ask for the right address.")
    expect(office.get_by_role("heading", name="What became of it")).to_contain_text("Bounced")

    office.get_by_role("link", name="Send again").click()
    expect(office.get_by_text("This address is on the suppression list.")).to_be_visible(timeout=SOON)
    office.get_by_role("button", name="Send again").click()
    shows(office, "Held back: the address is on the suppression list")
    office.get_by_role("link", name="Remove from suppression list").click()
    office.get_by_label("Reason").fill("She made room")
    office.get_by_role("button", name="Remove from list").click()
    office.get_by_role("link", name="Send again").click()
    office.get_by_role("button", name="Send again").click()
    shows(office, "Delivered: the receiving server took it")

    office.goto(f"{cloud.origin}/admin/customers/halvorsen/emails")
    for words in ("Bounced 1", "Suppressed 1", "Delivered 1"):
        expect(office.get_by_role("link", name=words, exact=True)).to_be_visible(timeout=SOON)


def test_r63_filters_survive_a_reload(page: Page, cloud: LocalCloud, business: Tenant):
    good(business.call("POST", "/statements", {"customer_ids": ["halvorsen"], "kind": "open_items", "delivery": "email"}))
    [mail] = eventually(lambda: statement_mails(business, "ana@halvorsen.example"), 40)
    becomes(business, mail["id"], "delivered")
    office = signed_in(page, cloud, business)
    office.goto(f"{cloud.origin}/admin/email-activity")

    office.get_by_label("Subject or address").fill("zebra")
    expect(office.get_by_text("text “zebra”").first).to_be_visible(timeout=SOON)
    office.get_by_label("Subject or address").fill("statement")
    expect(office).to_have_url(re.compile("q=statement"), timeout=SOON)
    office.get_by_role("link", name="Delivered", exact=False).filter(has_text="1").first.click()
    expect(office).to_have_url(re.compile("status=delivered"), timeout=SOON)
    office.get_by_label("Kind").select_option("Statement")
    expect(office).to_have_url(re.compile("kind=statement"), timeout=SOON)
    office.reload()

    assert all(part in office.url for part in ("q=statement", "status=delivered", "kind=statement"))
    expect(office.get_by_label("Subject or address")).to_have_value("statement")
    expect(office.get_by_role("link", name=mail["subject"])).to_be_visible(timeout=SOON)
