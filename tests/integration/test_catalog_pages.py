"""Products and services in the settings: added, renamed, shown and hidden, never deleted (R80, R81)."""

from __future__ import annotations

import re

import pytest

from duebook import wiring_requests, wiring_staff
from duebook.domain.activity_log import Action
from duebook.domain.directory import Role
from duebook.domain.service_requests import CatalogEntry, EntryKind
from duebook.usecases.ask_for_service import requestable
from portal.page_rules import check_page
from tests.integration.request_office import open_catalog, put_catalog
from tests.integration.staff_office import Answer, Browser, open_office
from tests.integration.test_money_pages import form_of

CATALOG = "/admin/settings/catalog"
pytestmark = pytest.mark.usefixtures("aws")


def entries() -> dict[str, CatalogEntry]:
    return {one.name: one for one in wiring_requests.request_store().catalog("ten_1")}


def add(browser: Browser, kind: str, name: str) -> Answer:
    page = browser.get(CATALOG)
    key = re.search(rf'value="{kind}">\s*<input type="hidden" name="key" value="([^"]+)"', page.body)
    assert key
    return browser.post(CATALOG, {"csrf": browser.csrf(), "kind": kind, "key": key[1], f"name_{kind}": name})


def change(browser: Browser, kind: str, entry_id: str, **typed: str) -> Answer:
    path = f"{CATALOG}/{kind}/{entry_id}"
    return browser.post(path, form_of(browser.get(path)) | typed)


def test_r80_products_and_services_are_added_and_customers_can_choose_them() -> None:
    office = open_office(Role.MANAGER)
    empty = office.get(CATALOG)
    added = add(office, "product", "Portable toilet")
    half = office.get(CATALOG)
    add(office, "service", "Delivery")
    full = office.get(added.headers["Location"])

    assert "Show at least one of the products and one of the services." in empty.text
    assert "Customers cannot send requests now. Show at least one of the services." in half.text
    assert "Added. Customers can choose it now." in full.text
    assert "Customers cannot send requests now." not in full.text
    products, services = requestable("ten_1", requests=wiring_requests.request_store())
    assert ([one.name for one in products], [one.name for one in services]) == (["Portable toilet"], ["Delivery"])
    check_page(CATALOG, full.body)


def test_the_same_form_sent_twice_adds_once() -> None:
    office = open_office(Role.MANAGER)
    page = form_of(office.get(CATALOG)) | {"name_service": "Delivery"}

    first, second = office.post(CATALOG, page), office.post(CATALOG, page)

    assert (first.status, second.status) == (303, 303)
    assert list(entries()) == ["Delivery"]


@pytest.mark.parametrize(
    ("name", "words"), [("", "Type the name of the product."), ("portable TOILET", "There is a product of this name already.")]
)
def test_a_name_that_is_missing_or_taken_is_told_at_its_field(name: str, words: str) -> None:
    office = open_office(Role.MANAGER)
    open_catalog()

    wrong = add(office, "product", name)

    assert wrong.status == 422
    assert f'<p class="wrong" id="name_product-error">{words}</p>' in wrong.body
    assert set(entries()) == {"Portable toilet", "Delivery"}


def test_a_hidden_entry_of_the_name_is_pointed_out() -> None:
    office = open_office(Role.MANAGER)
    put_catalog(EntryKind.PRODUCT, "tent", "Tent", shown=False)

    assert "There is a product of this name already, hidden: show that one." in add(office, "product", "Tent").text


def test_r80_an_entry_is_renamed_and_hidden_and_shown_again_and_the_log_tells() -> None:
    office = open_office(Role.MANAGER)
    open_catalog()
    put_catalog(EntryKind.PRODUCT, "tent", "Tent")

    change(office, "product", "tent", name="Party tent", shown="")
    hidden = entries()["Party tent"]
    listed = office.get(CATALOG).text
    change(office, "product", "tent", name="Party tent", shown="1")

    assert hidden.shown is False
    assert "Party tent Hidden Change Portable toilet Shown Change" in listed
    assert entries()["Party tent"].shown is True
    log = wiring_staff.activity_store().of_tenant("ten_1", limit=10)
    assert {(Action.CATALOG_SAVED, f"Party tent ({how})") for how in ("shown", "hidden")} <= {(line.action, line.detail) for line in log}


def test_r81_hiding_the_last_one_that_is_shown_warns_first() -> None:
    office = open_office(Role.MANAGER)
    open_catalog()
    path = f"{CATALOG}/product/toilet"

    form = office.get(path)
    asked = office.post(path, form_of(form) | {"name": "Portable toilet", "shown": ""})
    still_shown = entries()["Portable toilet"].shown
    done = office.post(path, form_of(asked) | {"name": "Portable toilet", "shown": "", "sure": "1"})

    assert "hiding it closes requests for customers" in form.text
    assert (asked.status, still_shown) == (200, True)
    assert "This is the only product that is shown. While it is hidden, customers cannot send requests" in asked.text
    assert "Customers cannot send requests now. Show at least one of the products." in office.get(done.headers["Location"]).text
    assert entries()["Portable toilet"].shown is False


def test_r80_nothing_is_deleted_and_what_is_not_there_is_not_found() -> None:
    office = open_office(Role.ADMIN)
    open_catalog()

    assert "Delete" not in office.get(CATALOG).text
    assert office.get(f"{CATALOG}/product/nobodys").status == 404
    assert office.get(f"{CATALOG}/thing/toilet").status == 404


def test_r85_who_is_below_manager_reads_the_lists_and_changes_none() -> None:
    office = open_office(Role.COLLECTOR)
    open_catalog()

    page = office.get(CATALOG)

    assert "Portable toilet Shown" in page.text
    assert "Changing these lists takes the role manager; yours is collector." in page.text
    assert "New product" not in page.text
    assert office.get(f"{CATALOG}/product/toilet").status == 403
    assert office.post(CATALOG, {"csrf": office.csrf()}).status == 403
