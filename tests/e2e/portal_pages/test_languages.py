"""The pages in Canadian French: reached from every page, kept while going on, and as sound as the English ones."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessibility import violations
from tests.e2e.fake_api import problem
from tests.e2e.portal_pages.fake_portal import EMAIL, GOOD_TOKEN, OLD_TOKEN, PASSWORD, FakePortal


def test_signing_in_in_french_goes_on_in_french(contact: Page, portal: FakePortal) -> None:
    portal.signed_in = False
    contact.goto(f"{portal.origin}/contacts?from=mail")
    expect(contact.get_by_role("heading", name="Sign in")).to_be_visible()
    contact.get_by_role("link", name="Français (Canada)").click()
    expect(contact).to_have_url(f"{portal.origin}/fr-CA/login?next=%2Fcontacts%3Ffrom%3Dmail")
    contact.goto(f"{portal.origin}/fr-CA/contacts")
    expect(contact.get_by_role("heading", name="Se connecter")).to_be_visible()

    contact.get_by_label("Courriel").fill(EMAIL)
    contact.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    contact.get_by_role("button", name="Se connecter").click()

    expect(contact).to_have_url(f"{portal.origin}/fr-CA/contacts")
    expect(contact.get_by_role("navigation", name="Votre compte").get_by_role("link")).to_have_text(
        ["Payer", "Paiements", "Modes enregistrés", "Demandes de service", "Contacts", "Profil"]
    )
    expect(contact.get_by_role("row").filter(has_text="Ana Halvorsen")).to_contain_text("15 juill. 2026")


def test_the_start_page_and_unknown_addresses_keep_their_language(contact: Page, portal: FakePortal) -> None:
    contact.goto(f"{portal.origin}/fr-CA/")
    expect(contact.locator("html")).to_have_attribute("lang", "fr-CA")
    contact.get_by_role("link", name="Se connecter").click()
    expect(contact).to_have_url(f"{portal.origin}/fr-CA/login")


def test_a_link_from_a_mail_survives_the_change_of_language(contact: Page, portal: FakePortal) -> None:
    contact.goto(f"{portal.origin}/set-password#token={GOOD_TOKEN}")

    contact.get_by_role("link", name="Français (Canada)").click()

    expect(contact).to_have_url(f"{portal.origin}/fr-CA/set-password")
    contact.get_by_label("Nouveau mot de passe", exact=True).fill("a long enough one")
    contact.get_by_role("button", name="Enregistrer et se connecter").click()
    expect(contact).to_have_url(re.compile(r"/fr-CA/pay$"))
    assert portal.sent("POST", "/api/password/set")[0] == {"token": GOOD_TOKEN, "password": "a long enough one"}


def test_what_the_server_says_in_english_is_said_in_french(contact: Page, portal: FakePortal) -> None:
    reason = {"field": "password", "message": "This password is too common."}
    portal.script("POST /api/password/set", problem(422, "invalid_input", errors=[reason]))
    contact.goto(f"{portal.origin}/fr-CA/set-password#token={OLD_TOKEN}")

    contact.get_by_label("Nouveau mot de passe", exact=True).fill("password password")
    contact.get_by_role("button", name="Enregistrer et se connecter").click()

    expect(contact.locator("#password-error")).to_contain_text("Ce mot de passe est trop facile à deviner")


@pytest.mark.parametrize("path", ["", "login", "forgot-password", "profile", "contacts", "requests", "pay-my-balance", "404"])
def test_french_pages_are_accessible_and_fit(contact: Page, portal: FakePortal, path: str) -> None:
    contact.emulate_media(reduced_motion="reduce")
    contact.goto(f"{portal.origin}/fr-CA/{path}")
    expect(contact.get_by_role("heading").first).to_be_visible()
    expect(contact.locator("[inert]:visible")).to_have_count(0)
    if path == "contacts":
        expect(contact.get_by_role("rowheader", name="Ben Ode")).to_be_visible()
    if path == "requests":
        contact.get_by_role("button", name="Nouvelle demande").click()
        contact.get_by_role("button", name="Envoyer la demande").click()
        expect(contact.locator("#request-summary")).to_be_focused()

    for width in (1280, 320):
        contact.set_viewport_size({"width": width, "height": 800})
        assert (width, violations(contact)) == (width, [])
        assert contact.evaluate("document.documentElement.scrollWidth") <= width
