"""Staff work off the reconciliation list on pages."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from duebook import wiring
from duebook.domain.breaks import Break, BreakKind, BreakRow
from duebook.domain.directory import Role
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Browser, open_office, receive
from tests.integration.test_money_pages import form_of


def add_break(kind: BreakKind, subject: str, *, days: int = 0, tenant_id: str = "ten_1") -> str:
    """Write an open row."""
    found = Break(kind, "ma_1", subject, "USD", customer_id="c1", order_id=subject, ours=50_00, theirs=60_00, detail="Settled there.")
    row = BreakRow(tenant_id, found, NOW - timedelta(days=days), NOW)
    return wiring.reconciliation_store().save(row, was=None).found.break_id


@pytest.fixture
def office(aws: Cloud) -> Browser:
    """Give a collector's browser and two open rows."""
    aws.set_clock(NOW)
    browser = open_office(Role.COLLECTOR)
    receive("pay_01", 50_00)
    add_break(BreakKind.AMOUNT_DIFFERS, "DB-1", days=3)
    add_break(BreakKind.NOT_SETTLED, "DB-2")
    return browser


def test_rows_stand_newest_first_with_chips_by_kind_and_their_age(office: Browser) -> None:
    page = office.get("/admin/reconciliation")

    assert "All kinds 2 Amount differs 1 Not settled 1" in page.text
    assert page.text.index("Not settled Today Open DB-2") < page.text.index("Amount differs 3 days Open DB-1 $50.00 $60.00")
    assert "DB-2" not in office.get("/admin/reconciliation?kind=amount_differs").text
    assert "No row was resolved yet. Show open rows" in office.get("/admin/reconciliation?state=resolved").text
    none = office.get("/admin/reconciliation?kind=late_return").text
    assert "No open row is of the kind “Late return”. Show all kinds Show open and resolved" in none
    rows = list(csv.DictReader(io.StringIO(office.get("/admin/reconciliation.csv?kind=amount_differs").body)))
    assert [(row["ours"], row["theirs"], row["age_days"]) for row in rows] == [("50.00", "60.00", "3")]


def test_a_row_is_resolved_with_a_note_once(office: Browser) -> None:
    break_id = add_break(BreakKind.LATE_RETURN, "DB-3")
    page = office.get(f"/admin/reconciliation/{break_id}")
    assert "The bank sent money back after the payment had settled" in page.text

    form = form_of(page)
    without = office.post(f"/admin/reconciliation/{break_id}/resolve", form | {"note": ""})
    first, second = (office.post(f"/admin/reconciliation/{break_id}/resolve", form | {"note": "Called them"}) for _ in range(2))

    assert without.status == 422
    assert (first.status, second.status) == (303, 303)
    shown = office.get(first.headers["Location"])
    assert "Dana Whitlock Called them" in shown.text
    assert "Take it off the list" not in shown.text
    assert "DB-3" not in office.get("/admin/reconciliation").text
    assert office.post(f"/admin/reconciliation/{break_id}/resolve", form | {"note": "Another"}).status == 409


@pytest.mark.usefixtures("aws")
def test_r85_a_viewer_reads_rows_and_resolves_none() -> None:
    office = open_office(Role.VIEWER)
    break_id = add_break(BreakKind.LATE_RETURN, "DB-3")

    assert "Take it off the list" not in office.get(f"/admin/reconciliation/{break_id}").text
    assert office.post(f"/admin/reconciliation/{break_id}/resolve", {"csrf": office.csrf(), "note": "x"}).status == 403


def test_another_tenants_row_is_not_found(office: Browser) -> None:
    break_id = add_break(BreakKind.CHARGED_TWICE, "DB-9", tenant_id="ten_2")

    assert office.get(f"/admin/reconciliation/{break_id}").status == 404
    assert office.post(f"/admin/reconciliation/{break_id}/resolve", {"csrf": office.csrf(), "note": "x"}).status == 404
    assert "DB-9" not in office.get("/admin/reconciliation").text
