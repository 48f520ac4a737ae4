"""A company contact looks after its people in a real browser through the whole local cloud."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import Tenant, eventually, good
from tests.e2e.test_portal_sign_in import PASSWORD, put_contact
from tests.e2e.test_portal_sign_in_story import link_mailed

pytestmark = pytest.mark.usefixtures("quiet_console")


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Tenant:
    """A business with one customer, a site and an invited contact."""
    made = tenant(name="Blue Ridge Portables")
    made.customer("acme", name="Acme Builders")
    good(made.call("PUT", "/customers/acme/sites/depot", {"name": "Riverside Depot", "number": "S-12"}))
    good(put_contact(made))
    good(put_contact(made, "cleo", name="Cleo Marsh", email=None, portal_access=False))
    return made


def enter(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.locator("#account")).to_contain_text("Acme Builders")


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def test_r51_r53_r55_a_site_contact_is_added_invited_kept_out_of_invoices_and_let_go(
    page: Page, browser: Browser, cloud: LocalCloud, business: Tenant
) -> None:
    enter(page, link_mailed(business, "invitation"))
    page.goto(f"{cloud.origin}/contacts")
    expect(row(page, "Ana Acme")).to_contain_text("You")
    page.get_by_role("switch", name="Portal access of Cleo Marsh").click()
    expect(row(page, "Cleo Marsh").get_by_role("alert")).to_have_text("Add an email address first.")

    page.get_by_role("button", name="Add contact").click()
    page.get_by_label("Name", exact=True).fill("Eve Stone")
    eve = f"eve@{business.tenant_id.lower().replace('_', '-')}.example"
    page.get_by_label("Email (optional)").fill(eve)
    page.get_by_role("radio", name="Site contact").check()
    page.get_by_label("Riverside Depot (S-12)").check()
    page.get_by_label("Portal access: send an invitation").check()
    page.get_by_role("button", name="Save contact").click()
    expect(page.locator("#done")).to_have_text(f"Eve Stone was added. Invitation sent to {eve}.")
    assert eventually(lambda: len(business.mails("invitation")) == 2)

    visitor = browser.new_context().new_page()
    enter(visitor, link_mailed(business, "invitation"))
    visitor.goto(f"{cloud.origin}/contacts")
    expect(visitor.get_by_role("main")).to_contain_text("Ask a company contact at Acme Builders to manage contacts.")

    page.get_by_role("switch", name="Portal access of Eve Stone").click()
    expect(row(page, "Eve Stone")).to_contain_text("Eve Stone can no longer sign in.")
    visitor.reload()
    expect(visitor.get_by_role("heading", name="Sign in")).to_be_visible()

    page.get_by_role("button", name="Delete Eve Stone").click()
    page.get_by_role("button", name="Delete contact").click()
    expect(row(page, "Eve Stone")).to_have_count(0)
    page.reload()
    expect(row(page, "Cleo Marsh")).to_be_visible()
    expect(row(page, "Eve Stone")).to_have_count(0)
    visitor.context.close()


def test_name_phone_and_password_are_changed_and_all_devices_signed_out(page: Page, cloud: LocalCloud, business: Tenant) -> None:
    enter(page, link_mailed(business, "invitation"))
    page.goto(f"{cloud.origin}/profile")
    page.get_by_label("Phone (optional)").fill("+1 555 0142")
    page.get_by_role("button", name="Save details").click()
    expect(page.locator("#details-saved")).to_be_visible()

    page.get_by_label("Current password", exact=True).fill("something else entirely")
    page.get_by_label("New password", exact=True).fill("walnut bridge thunder")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#current_password-error")).to_have_text("That isn't your current password.")
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#change-saved")).to_be_visible()

    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_text("You're signed out.")).to_be_visible()
    page.goto(f"{cloud.origin}/profile")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
