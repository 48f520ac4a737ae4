"""The activity log as pages: of a customer and of the business, by month, page by page, as a file."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta

import pytest

from duebook import wiring_staff
from duebook.domain.activity_log import Action, Actor
from duebook.usecases.log_action import log_action
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Browser, add_customer, open_office


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give a signed-in viewer of a tenant with one customer."""
    return open_office()


def write(action: Action, at: datetime = NOW, customer_id: str | None = "c1", actor: str = "stf_ten_1", **facts: object) -> None:
    log_action("ten_1", Actor(actor), action, customer_id=customer_id, now=at, log=wiring_staff.activity_store(), **facts)  # type: ignore[arg-type]


def test_a_line_tells_who_what_when_and_why_and_leads_there(office: Browser) -> None:
    write(Action.PAYMENT_REFUNDED, subject=("payment", "pay_1"), reason="Paid twice", detail="$20.00 of $50.00")
    write(Action.SITE_SAVED, NOW + timedelta(minutes=1), actor="key_0123456789ab", subject=("site", "north"), detail="North yard")

    answer = office.get("/admin/customers/c1/activity")

    assert "Refunded a payment $20.00 of $50.00 Jun 2, 2025, 8:00 AM EDT Dana Whitlock Paid twice" in answer.text
    assert "Saved a site North yard Jun 2, 2025, 8:01 AM EDT API key …89ab –" in answer.text
    assert 'href="/admin/payments/pay_1">Refunded a payment' in answer.body
    assert answer.body.index("Saved a site") < answer.body.index("Refunded a payment")


@pytest.mark.parametrize(
    ("action", "subject", "place"),
    [
        (Action.STATEMENTS_SENT, ("statement_run", "stm_1"), "/admin/statements/stm_1"),
        (Action.IMPORT_STARTED, ("import", "imp_1"), "/admin/imports/imp_1"),
        (Action.BREAK_RESOLVED, ("reconciliation", "brk_1"), "/admin/reconciliation/brk_1"),
        (Action.TEMPLATE_SAVED, ("template", "receipt"), "/admin/settings/templates/receipt"),
    ],
)
def test_what_was_acted_on_is_one_press_away(office: Browser, action: Action, subject: tuple[str, str], place: str) -> None:
    write(action, customer_id=None, subject=subject)

    assert f'<a href="{place}">' in office.get("/admin/activity").body


def test_the_business_sees_all_with_the_customers_name(office: Browser) -> None:
    add_customer("c2", "Pine Ridge Camp")
    write(Action.CUSTOMER_ADDED, customer_id="c2")
    write(Action.BRANDING_SAVED, customer_id=None)

    text = office.get("/admin/activity").text

    assert "Added the customer Jun 2, 2025, 8:00 AM EDT Dana Whitlock Pine Ridge Camp –" in text
    assert "Changed the branding Jun 2, 2025, 8:00 AM EDT Dana Whitlock – –" in text
    assert "Added the customer" not in office.get("/admin/customers/c1/activity").text


def test_a_month_is_that_of_the_tenants_zone(office: Browser) -> None:
    write(Action.CUSTOMER_SAVED, datetime.fromisoformat("2025-06-01T03:59:00+00:00"), detail="still May in New York")
    write(Action.CUSTOMER_SAVED, datetime.fromisoformat("2025-06-01T04:00:00+00:00"), detail="June")

    may, june = (office.get(f"/admin/customers/c1/activity?month=2025-0{month}").text for month in (5, 6))

    assert "still May" in may
    assert "still May" not in june
    assert "Dana Whitlock" in june
    assert "Nothing was done in this month." in office.get("/admin/customers/c1/activity?month=2025-04").text


def test_pages_and_the_file_hold_every_line_once(office: Browser) -> None:
    for number in range(60):
        write(Action.CUSTOMER_SAVED, NOW + timedelta(seconds=number), detail=f"line {number:02}")

    first = office.get("/admin/customers/c1/activity")
    (older,) = re.findall(r'href="([^"]+)">Older', first.body)
    second = office.get(older)
    rows = list(csv.DictReader(io.StringIO(office.get("/admin/customers/c1/activity.csv").body)))

    seen = re.findall(r"line \d\d", first.text + second.text)
    assert seen == [f"line {number:02}" for number in reversed(range(60))]
    assert [row["detail"] for row in rows] == seen
    assert (rows[0]["who"], rows[0]["what"], rows[0]["customer_id"]) == ("Dana Whitlock", "Changed the customer", "c1")


def test_a_cell_that_could_be_a_formula_is_made_harmless(office: Browser) -> None:
    write(Action.CUSTOMER_SAVED, reason="=HYPERLINK(1)")

    assert "'=HYPERLINK(1)" in office.get("/admin/activity.csv").body


@pytest.mark.parametrize("path", ["/admin/customers/nobody/activity", "/admin/customers/nobody/activity.csv"])
def test_another_customer_is_not_found(office: Browser, path: str) -> None:
    assert office.get(path).status == 404


def test_no_month_is_refused(office: Browser) -> None:
    assert office.get("/admin/activity?month=2025-13").status == 422


def test_an_empty_log_says_what_comes(office: Browser) -> None:
    assert "Nothing here yet." in office.get("/admin/customers/c1/activity").text
