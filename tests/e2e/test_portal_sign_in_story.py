"""A contact is invited, signs in and is let go, in a real browser through the whole local cloud."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from local.cloud import LocalCloud
from tests.e2e.accessibility import faults_in_mail
from tests.e2e.local_http import Tenant, eventually, good
from tests.e2e.test_portal_sign_in import PASSWORD, ana_of, put_contact

pytestmark = pytest.mark.usefixtures("quiet_console")


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Tenant:
    """A business with one customer and its invited contact."""
    made = tenant(name="Blue Ridge Portables")
    made.customer("acme", name="Acme Builders")
    made.invoice("acme", "inv-1", 425_50)
    good(put_contact(made))
    return made


def link_mailed(business: Tenant, kind: str) -> str:
    mails = eventually(lambda: business.mails(kind))
    assert mails, f"no {kind} mail came"
    found = re.search(r"http\S+/set-password#token=\S+", mails[-1]["text"])
    assert found is not None
    return found[0]


def test_r50_r53_the_mails_button_leads_to_a_password_and_in_and_access_off_ends_the_open_page(
    page: Page, cloud: LocalCloud, business: Tenant
) -> None:
    page.goto(link_mailed(business, "invitation"))
    expect(page).to_have_url(f"{cloud.origin}/set-password")
    page.get_by_label("New password", exact=True).fill("password1234")
    page.locator("#set button.wide").click()
    expect(page.locator("#set")).to_contain_text("too common")

    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.locator("#set button.wide").click()
    expect(page.locator("#account")).to_contain_text("Acme Builders")

    good(put_contact(business, portal_access=False))
    page.reload()
    expect(page).to_have_url(re.compile(r"/login\?"))
    page.get_by_role("textbox", name="Email").fill(ana_of(business))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("#login button.wide").click()
    expect(page.locator("#login")).to_contain_text("That email and password don't match.")


def test_r52_a_forgotten_password_is_set_anew_without_ever_having_been_invited_in(page: Page, cloud: LocalCloud, business: Tenant) -> None:
    page.goto(f"{cloud.origin}/forgot-password")
    page.get_by_role("textbox", name="Email").fill(ana_of(business))
    page.locator("form button.wide").click()

    page.goto(link_mailed(business, "password_reset"))
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.locator("#set button.wide").click()
    expect(page.locator("#account")).to_contain_text("Acme Builders")


def test_mails_with_links_are_readable_by_everybody_at_any_width_in_light_and_dark(business: Tenant, page: Page) -> None:
    good(business.http("POST", "/api/password/forgot", {"email": ana_of(business)}, {"Origin": business.http.origin}))
    faults: list[object] = []
    for kind in ("invitation", "password_reset"):
        mails = eventually(lambda kind=kind: business.mails(kind))  # type: ignore[misc]
        faults += [(kind, fault) for fault in faults_in_mail(page, mails[0]["html"], (320, 700))]

    assert faults == []
