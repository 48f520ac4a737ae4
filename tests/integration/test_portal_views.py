"""Staff who look at the portal as a contact sees it: what they see, that nothing changes, how it ends, what the log tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from duebook import wiring, wiring_staff
from duebook.domain.directory import Contact, Role
from tests.integration import staff_office
from tests.integration.api import later
from tests.integration.cloud import Cloud
from tests.integration.reception import Browser, is_let_in
from tests.integration.staff_office import add_site, add_tenant, issue, open_office

TAB = "/admin/customers/c1/contacts"
ANA = Contact("con_ana", "Ana Halvorsen", "company", "ana@halvorsen.example")
NED = Contact("con_ned", "Ned Ode", "site", site_ids=("s1",))


@pytest.fixture
def office(aws: Cloud) -> staff_office.Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give a signed-in collector of a tenant whose customer has two contacts without portal access and one open invoice."""
    browser = open_office(Role.COLLECTOR)
    add_site("s1", "Depot")
    for contact in (ANA, NED):
        wiring.directory_store().put_contact("ten_1", "c1", contact, was=None)
    issue("inv_1", 400_00)
    return browser


def view(office: staff_office.Browser, contact_id: str = "con_ana") -> tuple[staff_office.Answer, Browser]:
    """Press the contact's button, and go on in a browser that holds the portal's cookie of the answer."""
    pressed = staff_office.Browser(office.cookie)
    answer = pressed.post(f"{TAB}/{contact_id}/view-portal", {"csrf": office.csrf(), "key": ""})
    return answer, Browser(pressed.cookie)


def log() -> list[tuple[str, str, str]]:
    return [(line.words, line.detail, line.actor.words) for line in wiring_staff.activity_store().of_customer("ten_1", "c1", limit=20)]


def test_a_company_contacts_portal_is_shown_as_it_is_and_noted(office: staff_office.Browser) -> None:
    assert "View portal as Ana Halvorsen" in office.get(TAB).text

    answer, browser = view(office)

    assert (answer.status, answer.headers["Location"]) == (303, "/pay")
    session = browser.session().body
    assert (session["contact"]["name"], session["membership"]["kind"], session["viewed_by"]) == (
        "Ana Halvorsen",
        "company",
        "Dana Whitlock",
    )
    assert browser.portal("GET", "/account").body["currencies"][0]["balance"] == 400_00
    assert [one["id"] for one in browser.portal("GET", "/invoices").body["items"]] == ["inv_1"]
    assert log() == [("Viewed the portal as a contact", "Ana Halvorsen", "Dana Whitlock")]
    assert {one.last_sign_in_at for one in wiring.directory_store().contacts("ten_1", "c1")} == {None}


def test_a_site_contacts_portal_shows_no_money(office: staff_office.Browser) -> None:
    answer, browser = view(office, "con_ned")

    assert answer.headers["Location"] == "/requests"
    assert browser.session().body["permissions"] == ["request_service"]
    assert browser.portal("GET", "/account").status == 403
    assert [one["id"] for one in browser.portal("GET", "/sites").body["items"]] == ["s1"]


def test_nothing_is_changed_from_there(office: staff_office.Browser) -> None:
    _, browser = view(office)
    quote = browser.portal("POST", "/quotes", {"currency": "USD", "selection": {"kind": "invoices", "invoice_ids": ["inv_1"]}})
    assert quote.status in {201, 409}, "what could be paid may be looked at"

    answers = [
        browser.portal("PATCH", "/profile", {"name": "Somebody else"}),
        browser.portal("POST", "/contacts", {"name": "Eve Stone", "kind": "company"}),
        browser.portal("DELETE", "/contacts/con_ned"),
        browser.portal("POST", "/requests", {"site_id": "s1", "product_id": "p", "service_id": "s"}),
        browser.call("POST", "/api/session/membership", {"membership_id": "mem_1"}),
        browser.call("DELETE", "/api/session/everywhere"),
    ]

    assert {(answer.status, answer.body["code"]) for answer in answers} == {(403, "view_only")}
    assert {one.name for one in wiring.directory_store().contacts("ten_1", "c1")} == {"Ana Halvorsen", "Ned Ode"}


def test_who_leaves_is_back_at_the_customer_and_the_cookie_opens_nothing_any_more(office: staff_office.Browser) -> None:
    _, browser = view(office)
    both = staff_office.Browser(f"{office.cookie}; {browser.cookie}")

    answer = both.get("/admin/leave-portal")

    assert (answer.status, answer.headers["Location"]) == (303, TAB)
    assert answer.headers["Set-Cookie"].startswith("session=;")
    assert not is_let_in(browser)
    assert office.get("/admin/leave-portal").headers["Location"] == "/admin/customers"


def test_signing_out_of_the_portal_ends_the_view_and_not_the_staff_session(office: staff_office.Browser) -> None:
    _, browser = view(office)
    copied = Browser(browser.cookie)

    assert browser.call("DELETE", "/api/session").status == 204

    assert not is_let_in(copied)
    assert office.get(TAB).status == 200


def test_a_view_ends_after_an_hour_however_much_it_is_used(aws: Cloud, office: staff_office.Browser) -> None:
    _, browser = view(office)

    for _ in range(2):
        later(aws, minutes=25)
        assert is_let_in(browser)
    later(aws, minutes=25)

    assert not is_let_in(browser)
    assert browser.session().status == 401
    assert office.get(TAB).status == 200, "looking counts as use of the staff session"


@pytest.mark.parametrize("end", ["sign out", "removed", "new generation"])
def test_a_view_ends_with_the_staff_session_it_was_begun_from(office: staff_office.Browser, end: str) -> None:
    _, browser = view(office)
    directory = wiring.directory_store()
    dana = directory.staff("ten_1", "stf_ten_1")
    assert dana is not None

    if end == "sign out":
        office.post("/admin/sign-out", {"csrf": office.csrf()})
    elif end == "removed":
        wiring_staff.staff_store().remove(dana, beside=None)
    else:
        wiring_staff.staff_store().save(replace(dana, generation=dana.generation + 1))

    assert not is_let_in(browser)


@pytest.mark.parametrize("end", ["contact", "customer", "plan"])
def test_a_view_ends_with_what_it_shows(office: staff_office.Browser, end: str) -> None:
    _, browser = view(office)
    directory = wiring.directory_store()
    customer, tenant = directory.customer("ten_1", "c1"), directory.tenant("ten_1")
    if end == "contact":
        ana = directory.contact("ten_1", "c1", "con_ana")
        assert ana is not None
        directory.delete_contact("ten_1", "c1", ana)
    elif end == "customer":
        directory.save_customer("ten_1", replace(customer, enabled=False), was=customer)
    else:
        directory.save_tenant(replace(tenant, plan="basic"), was=tenant)

    assert not is_let_in(browser)


def test_where_the_portal_is_closed_there_is_nothing_to_view_and_nothing_is_noted(office: staff_office.Browser) -> None:
    directory = wiring.directory_store()
    was = directory.customer("ten_1", "c1")
    directory.save_customer("ten_1", replace(was, enabled=False), was=was)

    answer, browser = view(office)

    assert answer.status == 422
    assert "This customer is disabled, so its portal is closed. There is nothing to view. Nothing was changed." in answer.text
    assert "View portal" not in answer.text
    assert browser.cookie == office.cookie
    assert log() == []


def test_another_businesss_contact_is_not_found(office: staff_office.Browser) -> None:
    add_tenant("ten_2", "eve@red-barn.example")
    staff_office.add_customer("c9", tenant_id="ten_2")
    wiring.directory_store().put_contact("ten_2", "c9", ANA, was=None)

    answers = [
        office.post(f"/admin/customers/{customer}/contacts/{contact}/view-portal", {"csrf": office.csrf(), "key": ""})
        for customer, contact in (("c9", "con_ana"), ("c1", "con_nobody"))
    ]

    assert [answer.status for answer in answers] == [404, 404]


def test_a_staff_token_that_calls_itself_a_view_opens_nothing(office: staff_office.Browser) -> None:
    _, browser = view(office)
    assert browser.cookie is not None
    token = browser.cookie.partition("=")[2]

    assert not is_let_in(Browser(f"session={token.replace('view_', 'con_')}"))
    assert not is_let_in(Browser(f"session={token.replace('view_', 'payer_')}"))
    assert not is_let_in(Browser(f"session=view_{(office.cookie or '').partition('=')[2]}"))
    assert staff_office.Browser(f"staff={token}").get(TAB).headers["Location"].startswith("/admin/sign-in")


def test_a_viewer_of_staff_is_not_offered_it(aws: Cloud) -> None:  # noqa: ARG001 - the cloud stands before the office opens
    browser = open_office(Role.VIEWER)
    wiring.directory_store().put_contact("ten_1", "c1", ANA, was=None)

    assert "View portal" not in browser.get(TAB).text


def test_staff_of_another_business_cannot_use_the_cookie_to_find_the_customer(office: staff_office.Browser) -> None:
    _, browser = view(office)
    add_tenant("ten_2", "eve@red-barn.example", role=Role.ADMIN)
    eve = staff_office.Browser()
    eve.sign_in("eve@red-barn.example")

    answer = staff_office.Browser(f"{eve.cookie}; {browser.cookie}").get("/admin/leave-portal")

    assert answer.headers["Location"] == "/admin/customers"
    assert is_let_in(browser)
