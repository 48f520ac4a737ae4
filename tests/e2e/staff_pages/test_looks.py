"""Every staff page, light and dark, at two widths: no accessibility fault, no complaint of the browser, no sideways scroll, few bytes.

A new page is one line in PAGES: its path, with ``{customer}``, ``{invoice}``, ``{payment}``, ``{check}``, ``{mail}``, ``{contact}`` or
``{site}`` where an id of the demo stands (``Demo.ids``). A state that takes more than opening is a ``Look`` with steps, which get the page::

    Look("/admin/customers/new", lambda page: page.get_by_role("button", name="Add customer").click(), "mistakes"),

``pytest tests/e2e/staff_pages -k ageing`` looks at one page; ``SHOTS=folder`` keeps a picture of each look. One local cloud with the
demo stands for all of them, so steps change nothing that another page shows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.accessibility import SCHEMES, SIDEWAYS, violations_in_both_schemes
from tests.e2e.staff_pages.conftest import Demo

WIDTHS = (1280, 320)
MOST_BYTES = 60 * 1024
WEIGHT = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"""
"""The bytes of a page and of what it has loaded by now, as they travelled."""


@dataclass(frozen=True, slots=True)
class Look:
    """A page, or a state of it.

    Args:
        path: With names of ids in braces.
        steps: What leads to the state, after opening the page.
        name: Of the state.
        status: What the page is answered with; steps may lead to another.
        signed_in: Whether somebody is.
    """

    path: str
    steps: Callable[[Page], None] | None = None
    name: str = ""
    status: int = 200
    signed_in: bool = True

    @property
    def title(self) -> str:
        """Name the look for test ids and pictures."""
        return re.sub(r"[^\w.=-]+", "-", f"{self.path} {self.name}".replace("{", "").replace("}", "")).strip("-")


PAGES: tuple[Look, ...] = (
    Look("/admin/sign-in", signed_in=False),
    Look("/admin/sign-in?next=%2Fadmin%2Fcustomers&ended=1", signed_in=False),
    Look("/admin"),
    Look("/admin/customers"),
    Look("/admin/customers?q=zebra"),
    Look("/admin/customers/{customer}"),
    Look("/admin/customers/northgate"),
    Look("/admin/customers/maple"),
    Look("/admin/customers?overdue=1&access=1"),
    Look("/admin/new-customer"),
    Look("/admin/new-customer", lambda page: send(page, "Add customer", Name="Pine", Email="pine"), "mistakes"),
    Look("/admin/customers/{customer}/edit"),
    Look("/admin/customers/{customer}/switch"),
    Look("/admin/customers/{customer}/contacts"),
    Look("/admin/customers/{customer}/new-contact"),
    Look("/admin/customers/{customer}/new-contact", lambda page: send(page, "Add contact", Name="Lee"), "mistakes"),
    Look("/admin/customers/{customer}/contacts/{contact}"),
    Look("/admin/customers/{customer}/contacts/{contact}/remove"),
    Look("/admin/customers/{customer}/new-site"),
    Look("/admin/customers/{customer}/sites/{site}"),
    Look("/admin/customers/{customer}/automation"),
    Look("/admin/customers/{customer}/automation?done=on", lambda page: page.locator("main details summary").click(), "links"),
    Look("/admin/customers/{customer}/automation", lambda page: send(page, "Save automation", Why="On a payment plan"), "mistakes"),
    Look("/admin/customers/maple/automation"),
    Look("/admin/customers/{customer}/activity"),
    Look("/admin/activity"),
    Look("/admin/ageing"),
    Look("/admin/ageing?as_of=2020-01-01"),
    Look("/admin/ageing?as_of=2999-01-01", status=422),
    Look("/admin/profile"),
    Look("/admin/customers/nobody", status=404),
    Look("/admin/payments/{payment}/nothing", status=404),
    # Payments, invoices, reconciliation.
    Look("/admin/customers/{customer}/payments"),
    Look("/admin/payments/{payment}"),
    Look("/admin/payments/{check}?done=recorded"),
    Look("/admin/payments"),
    Look("/admin/payments?q=zebra&method=cash&status=declined"),
    Look("/admin/payments?customer={customer}"),
    Look("/admin/payments?customer=e"),
    Look("/admin/payments?customer=zebra"),
    Look("/admin/payments/{check}/refund"),
    Look("/admin/payments/{check}/refund", lambda page: send(page, "Show what happens", **{"Amount (USD)": "1e9"}), "mistakes"),
    Look("/admin/payments/{check}/refund", lambda page: ahead(page, "Show what happens", Reason="Half a day late"), "confirm"),
    Look("/admin/payments/{check}/void"),
    Look("/admin/payments/{check}/void", lambda page: send(page, "Void the payment", Reason="  "), "mistakes"),
    Look("/admin/payments/{check}/void", lambda page: under_way(page, "Void the payment", "Voiding…", Reason="Twice"), "under-way"),
    Look("/admin/payments/{check}/unapply"),
    Look("/admin/payments/{check}/unapply", lambda page: send(page, "Un-apply what is ticked", Reason="Wrong site"), "mistakes"),
    Look("/admin/payments/{check}/receipt"),
    Look("/admin/payments/{check}/receipt", lambda page: send(page, "Send the receipt", To="nobody"), "mistakes"),
    Look("/admin/payments/{check}/apply", status=422),
    Look("/admin/customers/{customer}/payments/new"),
    Look("/admin/customers/{customer}/payments/new", lambda page: named(page, "999999"), "mistakes"),
    Look(
        "/admin/customers/{customer}/payments/new",
        lambda page: ahead(page, "Show what it pays", **{"Amount (USD)": "90000"}),
        "confirm",
    ),
    Look("/admin/invoices"),
    Look("/admin/invoices?status=overdue"),
    Look("/admin/invoices?q=zebra"),
    Look("/admin/invoices?customer={customer}"),
    Look("/admin/customers/{customer}/invoices"),
    Look("/admin/customers/{customer}/invoices?status=void"),
    Look("/admin/customers/northgate/invoices"),
    Look("/admin/invoices/{invoice}"),
    Look("/admin/invoices/{invoice}/void"),
    Look("/admin/invoices/halvorsen-inv-10150/void", lambda page: send(page, "Void the invoice", Reason="  "), "mistakes"),
    Look("/admin/invoices/{invoice}/pay-online"),
    Look("/admin/reconciliation"),
    Look("/admin/reconciliation?state=resolved"),
    # Mails, statements, templates.
    Look("/admin/customers/{customer}/emails"),
    Look("/admin/customers/riverside/emails"),
    Look("/admin/customers/{customer}/statement"),
    Look("/admin/email-activity"),
    Look("/admin/email-activity?q=zebra&status=rejected"),
    Look("/admin/email-activity?customer=e"),
    Look("/admin/email-activity?customer={customer}"),
    Look("/admin/email-activity/{mail}"),
    Look("/admin/email-activity/{mail}?view=text"),
    Look("/admin/email-activity/{bounced}"),
    Look("/admin/email-activity/{bounced}/send-again"),
    Look("/admin/email-activity/{bounced}/fix-address"),
    Look("/admin/email-activity/suppressions"),
    Look("/admin/email-activity/suppressions/release?address=jo@riverside.example"),
    Look("/admin/documents/statements/mill-creek"),
    Look("/admin/documents/mails/{emptied}/1", status=410),
    Look("/admin/statements"),
    Look("/admin/statements/new"),
    Look("/admin/statements/new?q=zebra"),
    Look("/admin/statements/new", lambda page: press(page, "Send…", "Send to"), "confirm"),
    Look("/admin/statements/{run}"),
    Look("/admin/statements/{run}/retry"),
    # Billing automation.
    Look("/admin/automation"),
    Look("/admin/automation?saved=past_due_notices"),
    Look("/admin/automation/new_invoices"),
    Look("/admin/automation/account_summary"),
    Look("/admin/automation/account_summary", lambda page: chosen(page, "Twice a month"), "twice"),
    Look("/admin/automation/past_due_notices"),
    Look("/admin/automation/past_due_notices", lambda page: chosen(page, "Every week"), "weekly"),
    Look(
        "/admin/automation/past_due_notices",
        lambda page: send(page, "Save", **{"Tier 2 from": "1", "Cron expression": "0 8 31 2 *"}),
        "mistakes",
    ),
    Look("/admin/automation/past_due_notices", lambda page: both_changed(page), "which"),  # noqa: PLW0108 - the step stands below
    Look("/admin/automation/runs"),
    Look("/admin/automation/runs?automation=account_summary"),
    Look("/admin/automation/runs/past_due_notices/{automation_run}"),
    Look("/admin/automation/runs/past_due_notices/{automation_run}?outcome=failed"),
    Look("/admin/settings/templates"),
    Look("/admin/settings/templates/receipt"),
    Look("/admin/settings/templates/past_due_1?customer={customer}"),
    Look("/admin/settings/templates/receipt", lambda page: send(page, "Save", Subject="Paid", Text="<p>\n{{customer.nmae}}"), "mistakes"),
    Look("/admin/settings/templates/receipt/reset"),
    # Service requests.
    Look("/admin/customers/{customer}/requests"),
    Look("/admin/customers/maple/requests"),
    Look("/admin/requests"),
    Look("/admin/requests", lambda page: ending(page, "Stay signed in?"), "session-end"),
    Look("/admin/requests", lambda page: ending(page, "Sign in again soon", last=True), "session-end-for-good"),
    Look("/admin/requests?status=new,declined&q=zebra"),
    Look("/admin/requests/{request}"),
    Look("/admin/requests/{request}/job"),
    Look("/admin/requests/{request}/rental", lambda page: send(page, "Save rental", Note="4111 1111 1111 1111"), "mistakes"),
    Look("/admin/requests/{request}/decline", lambda page: send(page, "Show the mail", Reason=" "), "mistakes"),
    Look(
        "/admin/requests/{request}/decline",
        lambda page: press(page, "Show the mail", "Decline, and send this mail?", Reason="Our units are all out until Friday."),
        "confirm",
    ),
    Look("/admin/requests/{completed}"),
    Look("/admin/requests/{declined}?done=late"),
    Look("/admin/settings/catalog"),
    Look("/admin/settings/catalog", lambda page: send(page, "Add service"), "mistakes"),
    Look("/admin/settings/catalog/product/holding-tank"),
    # Settings and imports.
    Look("/admin/settings/branding"),
    Look("/admin/settings/profile"),
    Look("/admin/settings/profile", lambda page: send(page, "Save profile", Name=" ", **{"Time zone": "Mars"}), "mistakes"),
    Look("/admin/settings/processors"),
    Look("/admin/settings/processors", lambda page: press(page, "Test the credentials", "Test call"), "test"),
    Look("/admin/settings/processors/new"),
    Look("/admin/settings/processors/new?processor=authorize_net"),
    Look("/admin/settings/processors/new?processor=cardpointe", lambda page: send(page, "Add", Currency="JPY"), "mistakes"),
    Look("/admin/settings/processors/{account}/credentials"),
    Look("/admin/settings/processors/{account}/switch"),
    Look("/admin/settings/staff"),
    Look("/admin/settings/staff/new"),
    Look("/admin/settings/staff/new", lambda page: send(page, "Add and send the mail", Name="Lee", Email="lee"), "mistakes"),
    Look("/admin/settings/staff", lambda page: follow(page, "Change role"), "role"),
    Look("/admin/settings/staff", lambda page: follow(page, "Send a link"), "link"),
    Look("/admin/settings/api-keys"),
    Look("/admin/settings/api-keys/new"),
    Look(
        "/admin/settings/api-keys/new",
        lambda page: press(page, "Make the key", "Your new API key", **{"What it is for": "Dispatch"}),
        "made",
    ),
    Look("/admin/settings/api-keys/{key}/revoke"),
    Look("/admin/imports"),
    Look("/admin/imports/new"),
    Look("/admin/imports/new", lambda page: send(page, "Upload"), "mistakes"),
    Look("/admin/imports/new", lambda page: upload(page), "columns"),  # noqa: PLW0108 - the step stands below
    Look("/admin/imports/new", lambda page: try_out(page), "dry-run"),  # noqa: PLW0108 - the same
    Look("/admin/set-password"),
)


@pytest.mark.parametrize("look", PAGES, ids=lambda look: look.title)
def test_a_page_has_no_fault_no_complaint_no_sideways_scroll_and_few_bytes(browser: Browser, demo: Demo, look: Look):
    """Open a page as on a first visit, once, and look at it in both colours and widths."""
    session = demo.session if look.signed_in else None
    context = browser.new_context(viewport={"width": 1280, "height": 900}, storage_state=session, reduced_motion="reduce")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        opened = page.goto(demo.origin + look.path.format(**demo.ids))
        assert opened is not None
        assert opened.status == look.status
        assert page.evaluate(WEIGHT) <= MOST_BYTES
        if look.steps:
            look.steps(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            keep(page, f"{look.title}-{width}")
            assert (width, violations_in_both_schemes(page)) == (width, [])
            assert not page.evaluate(SIDEWAYS), f"scrolls sideways at {width}"
        # By now scripts have fetched what they fetch.
        assert look.steps or page.evaluate(WEIGHT) <= MOST_BYTES
        # Chromium complains of every answer that is not 2xx.
        assert [words for words in said if "the server responded with a status of" not in words] == []
    finally:
        context.close()


def send(page: Page, button: str, **typed: str) -> None:
    """Type into fields by their labels and send the form, whatever the browser itself thinks of it."""
    for label, value in typed.items():
        page.get_by_label(label, exact=True).or_(page.get_by_label(f"{label} (optional)")).first.fill(value)
    if page.get_by_label("Portal access").count():
        page.get_by_label("Portal access").check()
    page.locator("form:has(button)").last.evaluate("form => form.noValidate = true")
    page.get_by_role("button", name=button).click()
    page.get_by_role("alert").wait_for()


def ahead(page: Page, button: str, **typed: str) -> None:
    """Type into fields by their labels and go on to the step that confirms."""
    for label, value in typed.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name=button).click()
    page.get_by_role("button", name="Change").wait_for()


def press(page: Page, button: str, heading: str, **typed: str) -> None:
    """Type into fields by their labels, press a button and wait for the page it leads to."""
    for label, value in typed.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name=button).first.click()
    page.get_by_role("heading", name=heading).wait_for()


def under_way(page: Page, button: str, words: str, **typed: str) -> None:
    """Send a form that gets no answer, so that nothing comes of it."""
    page.route("**/*", lambda route: route.fulfill(status=204) if route.request.method == "POST" else route.continue_())
    for label, value in typed.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name=button).click()
    page.get_by_role("button", name=words).wait_for()


def ending(page: Page, heading: str, *, last: bool = False) -> None:
    """Let a page that brings the badge's number along hear that its session is about to end, or that it cannot last longer."""
    page.route("**/admin/requests/new-count", lambda route: route.fulfill(body="2", headers={"X-Session-Seconds": "60"}))
    page.clock.install()
    page.reload()
    page.clock.fast_forward("11:59:00" if last else "28:00")
    page.get_by_role("dialog", name=heading).wait_for()


def follow(page: Page, words: str) -> None:
    """Follow the first such link of a table."""
    before = page.url
    page.get_by_role("link", name=words).first.click()
    page.wait_for_url(lambda url: url != before)


def chosen(page: Page, repeat: str) -> None:
    """Choose how often a schedule repeats and wait for the fields and the runs that follow."""
    page.get_by_label("Repeat").select_option(repeat)
    page.locator(f"[name=made_repeat][value={page.get_by_label('Repeat').input_value()}]").wait_for(state="attached")


def both_changed(page: Page) -> None:
    """Save a schedule whose repeat and expression say different things."""
    page.locator("#repeat").evaluate("field => { field.value = 'every_day'; }")
    page.locator("#expression").evaluate("field => { field.value = '0 7 1 * *'; }")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("group", name="Which is meant?").wait_for()


def upload(page: Page) -> None:
    """Upload a file with a good line and bad ones."""
    text = "Customer No,Company,E-mail,Territory of the sales representative\nc_901,Ruiz Paving,ana@ruiz.example,West\nc_902,,x,West\n"
    page.get_by_label("CSV file").set_input_files({"name": "customers.csv", "mimeType": "text/csv", "buffer": text.encode()})
    press(page, "Upload", "Name the columns")


def try_out(page: Page) -> None:
    """Begin a dry run and wait for its result."""
    upload(page)
    press(page, "Begin the dry run", "What is wrong, line by line")


def named(page: Page, amount: str) -> None:
    """Pay the oldest open invoice more than it takes."""
    page.get_by_label("Amount (USD)").fill("10")
    page.get_by_label("The amounts typed below").check()
    page.locator("details summary").click()
    page.locator("details input").first.fill(amount)
    page.get_by_role("button", name="Show what it pays").click()
    page.get_by_role("alert").wait_for()


def keep(page: Page, name: str) -> None:
    """Keep a picture in each scheme where SHOTS says so."""
    if folder := os.environ.get("SHOTS"):
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"{name}-{scheme}.png", full_page=True)
