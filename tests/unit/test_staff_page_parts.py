"""Small decisions of the staff pages: where a link may lead, which invoices stand on a page, what a file knows of its assets."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from duebook.domain.open_items import OpenItem
from duebook.usecases.read_customer import grouped, part_of
from duebook.web.pages import Formats, MissingBuildError, Pages, link, own_path
from portal.staff_assets import USED, write_staff_assets
from tests.builders import open_item


@pytest.mark.parametrize("wanted", ["/admin", "/admin/customers?q=a%20b&after=c1", "/admin/payments/pay_1", "/admin?x=//y"])
def test_a_path_of_ours_is_kept(wanted: str):
    assert own_path(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [None, "", "admin", "/", "/admins", "//admin", "/admin//x", "https://x/admin", "/admin/\\x", "/admin/a b", "/admin\n", "/admin/é"],
)
def test_anything_else_leads_home(wanted: str | None):
    assert own_path(wanted) == "/admin"


def test_a_link_leaves_out_what_is_empty_and_escapes_the_rest():
    assert link("/admin/customers", q="a&b", after=None, status="") == "/admin/customers?q=a%26b"


def invoices(*parents: str | None) -> list[OpenItem]:
    return [open_item(f"inv_{number}", parent_id=parent, open=10) for number, parent in enumerate(parents)]


def test_r6_children_gather_at_the_place_of_the_oldest():
    groups = grouped(invoices(None, "ms", None, "ms"), {})

    assert [[item.invoice_id for item in group.items] for group in groups] == [["inv_0"], ["inv_1", "inv_3"], ["inv_2"]]


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_pages_show_every_invoice_once_and_groups_keep_their_sums(most: int):
    groups = grouped(invoices(None, "a", "a", None, "a", "b", "b"), {})

    pages = [part_of(groups, start, most) for start in range(0, 7, most)]

    shown = [item.invoice_id for page in pages for group in page for item in group.items]
    assert shown == [item.invoice_id for group in groups for item in group.items]
    assert {group.open_minor for page in pages for group in page if group.parent == "a"} == {30}
    assert all(sum(len(group.items) for group in page) <= most for page in pages)


def test_days_and_instants_read_in_the_business_zone():
    formats = Formats("en-US", "America/New_York")
    late = datetime(2025, 6, 3, 3, 0, tzinfo=UTC)

    assert (formats.day_of(late), formats.iso_day_of(late)) == ("Jun 2, 2025", "2025-06-02")
    assert formats.start_of_day(date(2025, 6, 2)).astimezone(UTC) == datetime(2025, 6, 2, 4, 0, tzinfo=UTC)


def test_the_assets_file_is_written_when_something_changed_only(tmp_path: Path):
    target = tmp_path / "assets.json"
    write_staff_assets("/assets/1/", dict.fromkeys(USED, "sha384-a"), [target])
    before = target.stat().st_mtime_ns

    write_staff_assets("/assets/1/", dict.fromkeys(USED, "sha384-a"), [target])
    same = target.stat().st_mtime_ns
    write_staff_assets("/assets/2/", dict.fromkeys(USED, "sha384-b"), [target])

    assert same == before
    assert json.loads(target.read_text())["css/ui.css"] == {"url": "/assets/2/css/ui.css", "integrity": "sha384-b"}


def test_pages_without_a_build_say_what_to_run(tmp_path: Path):
    with pytest.raises(MissingBuildError, match=r"run python portal/build\.py"):
        Pages(tmp_path, tmp_path / "assets.json").render("any.html")
