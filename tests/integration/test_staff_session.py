"""A staff member's session on pages: what counts as use of it, what each answer tells of its end, and what is said when it is over."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Browser, add_tenant, open_office

COUNT = "/admin/requests/new-count"


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give a signed-in browser of a tenant with one customer."""
    return open_office()


def left(office: Browser, path: str = COUNT, **headers: str) -> int:
    """Ask for a page and return the seconds that the session lasts then."""
    return int(office.get(path, **headers).headers["X-Session-Seconds"])


@pytest.mark.parametrize("path", [COUNT, "/admin/payments", "/admin/statements", "/admin/customers/c1/emails", "/admin"])
def test_what_a_script_asks_for_by_itself_keeps_nobody_signed_in(aws: Cloud, office: Browser, path: str) -> None:
    for minutes in (5, 15, 29):
        aws.set_clock(NOW + timedelta(minutes=minutes))
        assert left(office, path, x_partial="1", x_by_itself="1") == (30 - minutes) * 60
    aws.set_clock(NOW + timedelta(minutes=30))

    ended = office.get(path, x_partial="1", x_by_itself="1")

    assert (ended.status, "X-Session-Seconds" in ended.headers) == (401, False)


@pytest.mark.parametrize("path", [COUNT, "/admin/payments"])
def test_what_a_person_asks_for_keeps_them_signed_in_for_half_an_hour(aws: Cloud, office: Browser, path: str) -> None:
    aws.set_clock(NOW + timedelta(minutes=29))

    assert left(office, path, x_partial="1") == 30 * 60
    aws.set_clock(NOW + timedelta(minutes=58))
    assert left(office, path, x_partial="1", x_by_itself="1") == 60


def test_a_page_tells_when_its_session_ends_and_when_it_ends_in_any_case(aws: Cloud, office: Browser) -> None:
    for minutes in range(20, 12 * 60, 20):
        aws.set_clock(NOW + timedelta(minutes=minutes))
        office.get(COUNT)

    page = office.get("/admin/profile").body

    told = re.search(r'data-seconds="(\d+)" data-most-seconds="(\d+)" data-address="([^"]+)"', page)
    assert told
    assert told.groups() == ("1200", "1200", COUNT)


def test_a_part_of_a_second_counts_as_one_so_that_nobody_asks_at_once_again(aws: Cloud, office: Browser) -> None:
    aws.set_clock(NOW + timedelta(minutes=29, seconds=59, milliseconds=600))

    assert left(office, x_by_itself="1") == 1


def test_a_page_that_went_to_sign_in_at_the_end_is_told_why_and_led_back(aws: Cloud) -> None:  # noqa: ARG001 - the cloud stands
    add_tenant()
    office = Browser()

    shown = office.get("/admin/sign-in?next=%2Fadmin%2Fcustomers&ended=1")

    assert "Your session has ended. Sign in, and you go on where you were." in shown.text
    assert 'name="next" value="/admin/customers"' in shown.body
    assert 'id="session-end"' not in shown.body
