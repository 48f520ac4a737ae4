"""A collector looks at the portal as a customer's contact sees it, in a real browser through the whole local cloud."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import Tenant, good
from tests.e2e.test_portal_sign_in import put_contact
from tests.e2e.test_staff_office_story import as_admin

pytestmark = pytest.mark.usefixtures("quiet_console")


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Tenant:
    """A business whose customer owes one invoice and has one contact."""
    made = tenant(name="Blue Ridge Portables")
    made.customer("acme", name="Acme Builders")
    made.invoice("acme", "inv_1", 400_00)
    good(put_contact(made))
    return made


def test_staff_see_what_a_contact_sees_change_nothing_and_go_back(page: Page, cloud: LocalCloud, business: Tenant) -> None:
    as_admin(page, cloud, business, "/admin/customers/acme/contacts")
    page.get_by_role("button", name="View portal as Ana Acme").click()

    expect(page.get_by_role("heading", name="Make a payment")).to_be_visible()
    expect(page.get_by_text("You see the portal as Ana Acme. You can look at everything and change nothing.")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("INV_1")
    page.get_by_role("link", name="Payments", exact=True).click()
    expect(page.get_by_text("No payments yet.")).to_be_visible()
    page.get_by_role("link", name="Contacts", exact=True).click()
    page.get_by_role("button", name="Add contact").click()
    page.get_by_label("Name", exact=True).fill("Eve Stone")
    page.get_by_role("radio", name="Company contact").check()
    page.get_by_role("button", name="Save contact").click()
    expect(page.get_by_text("Your access doesn't cover this. Nothing was changed.")).to_be_visible()

    page.get_by_role("link", name="Back to the customer").click()

    expect(page.get_by_role("heading", name="Contacts", exact=True)).to_be_visible()
    page.get_by_role("link", name="Activity log").click()
    expect(page.get_by_role("main")).to_contain_text("Viewed the portal as a contact")
    page.goto(f"{cloud.origin}/contacts")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    people = good(business.call("GET", "/customers/acme/contacts"))["items"]
    assert [one["name"] for one in people] == ["Ana Acme"]


def test_a_payment_is_refused_and_nothing_reaches_the_processor(page: Page, cloud: LocalCloud, business: Tenant) -> None:
    as_admin(page, cloud, business, "/admin/customers/acme/contacts")
    page.get_by_role("button", name="View portal as Ana Acme").click()
    expect(page.get_by_role("heading", name="Make a payment")).to_be_visible()
    quote = {"currency": "USD", "selection": {"kind": "custom_amount", "amount": 100_00}}

    found = page.evaluate(
        """async ([quote, token]) => {
            const send = (path, body, key) => fetch(path, { method: "POST", body: JSON.stringify(body),
                headers: { "content-type": "application/json", ...(key && { "idempotency-key": key }) } });
            const { quote_id } = await (await send("/api/portal/quotes", quote)).json();
            const paid = await send("/api/portal/payments", { quote_id, method: { kind: "token", token, type: "card" } }, "look-1");
            return [paid.status, (await paid.json()).code];
        }""",
        [quote, business.token()],
    )

    assert found == [403, "view_only"]
    assert business.calls("charge") == []
