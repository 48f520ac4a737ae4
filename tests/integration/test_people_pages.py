"""The tab *Contacts and sites*: who is written, who gets in and is told so, what is refused, what the log tells."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from duebook import wiring, wiring_staff
from duebook.domain.directory import Contact, Role
from tests.integration.cloud import Cloud
from tests.integration.staff_office import Answer, Browser, add_site, open_office

TAB = "/admin/customers/c1/contacts"
NEW = {"name": "Ana Halvorsen", "email": "ana@halvorsen.example", "kind": "company"}


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give a signed-in manager of a tenant with one customer."""
    return open_office(Role.MANAGER)


def send(office: Browser, target: str, **fields: str) -> Answer:
    """Open a form, and send it with what it holds but for what is typed."""
    page = office.get(target)
    return office.post(target, dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.body)) | fields)


def press(office: Browser, path: str, **fields: str) -> Answer:
    """Press a button of the tab."""
    return office.post(f"{TAB}/{path}", {"csrf": office.csrf(), "key": ""} | fields)


def contacts() -> dict[str, Contact]:
    return {one.name: one for one in wiring.directory_store().contacts("ten_1", "c1")}


def log() -> list[tuple[str, str]]:
    return [(line.words, line.detail) for line in wiring_staff.activity_store().of_customer("ten_1", "c1", limit=20)]


def test_r50_a_contact_with_access_is_added_and_the_invitation_is_told(office: Browser) -> None:
    answer = send(office, "/admin/customers/c1/new-contact", **NEW, portal_access="1")

    shown = office.get(answer.headers["Location"])
    ana = contacts()["Ana Halvorsen"]
    assert answer.headers["Location"] == f"{TAB}?done=given&contact={ana.contact_id}"
    assert "Ana Halvorsen has portal access. Invitation sent to ana@halvorsen.example ." in shown.text
    assert "On Invited Jun 2, 2025, not signed in yet" in shown.text
    assert ana.portal_access
    assert ana.invited_at
    assert sorted(log()) == [("Gave portal access", "Ana Halvorsen"), ("Saved a contact", "Ana Halvorsen")]


def test_the_same_form_twice_is_one_contact(office: Browser) -> None:
    page = office.get("/admin/customers/c1/new-contact")
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.body)) | NEW

    answers = [office.post("/admin/customers/c1/new-contact", form) for _ in range(2)]

    assert {answer.status for answer in answers} == {303}
    assert len(contacts()) == 1
    assert len(log()) == 1


def test_r51_access_without_an_email_address_is_refused_at_the_field_and_at_the_switch(office: Browser) -> None:
    refused = send(office, "/admin/customers/c1/new-contact", name="Lee", kind="company", portal_access="1")

    assert refused.status == 422
    assert 'href="#email">Portal access needs an email address' in refused.body
    assert 'value="Lee"' in refused.body
    assert re.search(r'name="portal_access" value="1" checked', refused.body)
    assert contacts() == {}

    send(office, "/admin/customers/c1/new-contact", name="Lee", kind="company")
    switched = press(office, f"{contacts()['Lee'].contact_id}/access", to="on")

    assert switched.status == 422
    assert "Lee: Add an email address first. Nothing was changed." in switched.text
    assert not contacts()["Lee"].portal_access


def test_the_switch_gives_and_ends_access_and_the_invitation_goes_again(office: Browser) -> None:
    send(office, "/admin/customers/c1/new-contact", **NEW)
    ana = contacts()["Ana Halvorsen"].contact_id

    given = office.get(press(office, f"{ana}/access", to="on").headers["Location"]).text
    again = office.get(press(office, f"{ana}/invitation").headers["Location"]).text
    ended = office.get(press(office, f"{ana}/access", to="off").headers["Location"]).text
    refused = press(office, f"{ana}/invitation")

    assert "Invitation sent to ana@halvorsen.example" in given
    assert "Invitation sent to ana@halvorsen.example" in again
    assert "Portal access is ended. Who was signed in with it is signed out." in ended
    assert (refused.status, "Switch portal access on first." in refused.text) == (422, True)
    assert {words for words, _ in log()} == {"Saved a contact", "Gave portal access", "Sent an invitation", "Ended portal access"}


def test_r53_a_disabled_customers_contact_is_not_invited_and_the_page_says_so(office: Browser) -> None:
    directory = wiring.directory_store()
    was = directory.customer("ten_1", "c1")
    directory.save_customer("ten_1", replace(was, enabled=False), was=was)

    answer = send(office, "/admin/customers/c1/new-contact", **NEW, portal_access="1")
    text = office.get(answer.headers["Location"]).text

    assert "No invitation was sent: the portal is not open to this customer now." in text
    assert "This customer is disabled." in text


def test_r54_a_site_contact_names_its_sites(office: Browser) -> None:
    add_site("north", "North yard")
    add_site("south", "South yard")
    typed = {"name": "Ned", "kind": "site"}

    without = send(office, "/admin/customers/c1/new-contact", **typed)
    send(office, "/admin/customers/c1/new-contact", **typed, **{"site:north": "1", "site:south": "1"})

    assert "Choose at least one site." in without.text
    assert set(contacts()["Ned"].site_ids) == {"north", "south"}
    assert "North yard South yard" in office.get(TAB).text


def test_a_site_that_is_not_the_customers_is_refused(office: Browser) -> None:
    add_site("north", "North yard")

    answer = send(office, "/admin/customers/c1/new-contact", name="Ned", kind="site", **{"site:elsewhere": "1"})

    assert answer.status == 422
    assert contacts() == {}


def test_another_address_is_a_new_access_and_is_invited_anew(office: Browser) -> None:
    send(office, "/admin/customers/c1/new-contact", **NEW, portal_access="1")
    ana = contacts()["Ana Halvorsen"]

    answer = send(office, f"{TAB}/{ana.contact_id}", **(NEW | {"email": "ana@new.example"}), portal_access="1")

    assert "Invitation sent to ana@new.example" in office.get(answer.headers["Location"]).text
    assert contacts()["Ana Halvorsen"].access_since != ana.access_since


def test_two_people_at_one_contact_do_not_overwrite_each_other_unseen(office: Browser) -> None:
    send(office, "/admin/customers/c1/new-contact", **NEW)
    ana = contacts()["Ana Halvorsen"].contact_id
    old = {"csrf": office.csrf(), "key": "form_9", "version": "0", "own_id": ana}
    send(office, f"{TAB}/{ana}", **(NEW | {"phone": "555-0100"}))

    answer = office.post(f"{TAB}/{ana}", old | NEW | {"phone": "555-0199"})

    assert answer.status == 422
    assert "Somebody changed this while you were typing." in answer.text
    assert 'value="555-0199"' in answer.body
    assert contacts()["Ana Halvorsen"].phone == "555-0100"


def test_removing_asks_first_and_a_second_time_changes_nothing(office: Browser) -> None:
    send(office, "/admin/customers/c1/new-contact", **NEW, portal_access="1")
    ana = contacts()["Ana Halvorsen"].contact_id

    asked = office.get(f"{TAB}/{ana}/remove").text
    answers = [office.post(f"{TAB}/{ana}/remove", {"csrf": office.csrf(), "key": "form_1"}) for _ in range(2)]

    assert "Remove Ana Halvorsen ?" in asked
    assert "They are signed out of the portal at once" in asked
    assert [answer.status for answer in answers] == [303, 303]
    assert contacts() == {}
    assert [words for words, _ in log()].count("Removed a contact") == 1
    assert wiring.directory_store().customer("ten_1", "c1").access_ids == frozenset()


def test_sites_are_added_and_changed_and_a_mistake_keeps_what_was_typed(office: Browser) -> None:
    refused = send(office, "/admin/customers/c1/new-site", name="North yard", number="", address="12 Mill Road")
    added = send(office, "/admin/customers/c1/new-site", name="North yard", number="001", address="12 Mill Road\nRoanoke")
    (site,) = wiring.directory_store().sites("ten_1", "c1")
    changed = send(office, f"/admin/customers/c1/sites/{site.site_id}", name="North yard", number="002")

    assert "Type the number the site has in your books." in refused.text
    assert "12 Mill Road</textarea>" in refused.body
    assert "The site is saved." in office.get(added.headers["Location"]).text
    assert changed.status == 303
    (site,) = wiring.directory_store().sites("ten_1", "c1")
    assert (site.number, site.address) == ("002", None)
    assert log() == [("Saved a site", "North yard")] * 2


@pytest.mark.parametrize("own_id", ["", "con_1", "x" * 80, "con_01JWR0000000000000000000AA#"])
def test_an_id_that_our_form_did_not_propose_is_refused(office: Browser, own_id: str) -> None:
    answer = office.post("/admin/customers/c1/new-contact", {"csrf": office.csrf(), "own_id": own_id, **NEW})

    assert answer.status == 400
    assert contacts() == {}


@pytest.mark.parametrize("path", ["contacts/nobody", "contacts/nobody/remove", "sites/nowhere"])
def test_what_is_not_there_is_not_found(office: Browser, path: str) -> None:
    assert office.get(f"/admin/customers/c1/{path}").status == 404


def test_a_form_of_an_earlier_session_changes_nothing(office: Browser) -> None:
    page = office.get("/admin/customers/c1/new-contact")
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.body)) | NEW

    assert office.post("/admin/customers/c1/new-contact", form | {"csrf": "csrf_of_another"}).status == 403
    assert contacts() == {}
