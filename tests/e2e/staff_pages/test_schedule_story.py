"""Past-due notices are turned on in a real browser, with the schedule editor by itself and without JavaScript (R70, R73)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from local.cloud import LocalCloud
from tests.e2e.accessibility import violations_in_both_schemes
from tests.e2e.local_http import Tenant, good

SOON = 30_000


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Tenant:
    """A business with one customer."""
    made = tenant(name="Blue Ridge Portables")
    made.customer("halvorsen", name="Halvorsen Construction", email="ana@halvorsen.example")
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
    page = signed_in(context.new_page(), cloud, business)
    page.context.set_default_timeout(SOON)
    yield page
    context.close()


@pytest.fixture
def has_script(request: pytest.FixtureRequest) -> bool:
    """Tell whether the page has JavaScript."""
    return bool(request.node.callspec.params["office"])


def card(page: Page) -> Locator:
    """Return the card of past-due notices."""
    return page.get_by_role("region", name=re.compile("Past-due notices"))


def saved(business: Tenant) -> str:
    """Return the schedule as the API tells it."""
    return str(good(business.call("GET", "/settings/automation"))["past_due_notices"]["schedule"])


def settled(page: Page, *, has_script: bool) -> None:
    """Have the page follow what was typed: by itself, or by its button."""
    if not has_script:
        page.get_by_role("button", name="Preview").click()


def test_past_due_notices_are_turned_on_with_a_schedule_of_their_own(office: Page, business: Tenant, *, has_script: bool):
    office.get_by_role("link", name="Automation").click()
    expect(office.get_by_text("All three are off: nothing goes out by itself.")).to_be_visible()
    if has_script:
        assert violations_in_both_schemes(office) == []

    card(office).get_by_role("link", name="Edit").click()
    office.get_by_label("Send past-due notices").check()
    office.get_by_label("Repeat").select_option("Every week")
    settled(office, has_script=has_script)
    office.get_by_label("Friday").check()
    office.get_by_label("Monday").uncheck()
    settled(office, has_script=has_script)
    expect(office.get_by_label("Cron expression")).to_have_value("0 9 * * 5")
    expect(office.get_by_text("At 09:00 on Friday.")).to_be_visible()
    expect(office.get_by_role("list", name="The next 5 runs").get_by_role("listitem")).to_have_count(5)
    expect(office.get_by_role("listitem").filter(has_text=re.compile(r"Friday, .* (EST|EDT) (in \d+ \w+|tomorrow)")).first).to_be_visible()
    office.get_by_role("button", name="Save").click()

    expect(office.get_by_text("Saved. Past-due notices: on.")).to_be_visible()
    expect(card(office)).to_contain_text("At 09:00 on Friday")
    assert saved(business) == "0 9 * * 5"


def test_an_expression_that_is_none_is_refused_and_one_of_ones_own_is_kept_as_typed(office: Page, business: Tenant, *, has_script: bool):
    office.get_by_role("link", name="Automation").click()
    card(office).get_by_role("link", name="Edit").click()
    field = office.get_by_label("Cron expression")

    field.fill("0 8 31 2 *")
    office.get_by_role("button", name="Save").click()
    expect(office.get_by_role("alert").filter(has_text="This schedule never runs")).to_be_visible()
    expect(office).to_have_title(re.compile("^Error: "))
    expect(field).to_have_value("0 8 31 2 *")

    field.fill("*/5 * * * *")
    settled(office, has_script=has_script)
    expect(office.get_by_text("A schedule runs hourly at most").last).to_be_visible()

    field.fill("0  7 1 1,7 *")
    settled(office, has_script=has_script)
    expect(office.get_by_text("At 07:00 on day 1 of the month, in January and July.")).to_be_visible()
    expect(office.get_by_label("Repeat")).to_have_value("custom")
    office.get_by_role("button", name="Save").click()

    expect(office.get_by_text("Saved. Past-due notices: off.")).to_be_visible()
    assert saved(business) == "0 7 1 1,7 *"


def test_the_preview_follows_the_keyboard_and_typing_goes_on_undisturbed(page: Page, cloud: LocalCloud, business: Tenant):
    signed_in(page, cloud, business).goto(f"{cloud.origin}/admin/automation/past_due_notices")
    field = page.get_by_label("Cron expression")

    field.press("Control+A")
    field.press_sequentially("0 6 * * 1", delay=20)
    expect(page.get_by_text("At 06:00 on Monday.")).to_be_visible()
    field.press_sequentially(",3", delay=20)

    expect(page.get_by_text("At 06:00 on Monday and Wednesday.")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("0 6 * * 1,3")
    expect(page.get_by_label("Repeat")).to_have_value("every_week")
    expect(page.get_by_label("Wednesday")).to_be_checked()
    expect(page.locator("#live")).to_have_text("At 06:00 on Monday and Wednesday")
    assert saved(business) == "0 9 * * 1-5"


def test_the_preview_goes_over_a_clock_change(page: Page, cloud: LocalCloud, business: Tenant, clock: Callable[[str | None], None]):
    clock("2027-03-12T15:00:00+00:00")
    signed_in(page, cloud, business).goto(f"{cloud.origin}/admin/automation/past_due_notices")

    page.get_by_label("Cron expression").fill("30 2 * * *")

    changed = page.get_by_role("listitem").filter(has_text="Clock change")
    expect(changed).to_have_count(1)
    expect(changed).to_contain_text("2:30 does not exist on Mar 14; runs at 3:00")
