"""What the portal pages about money load: how much, and nothing that their inventory does not name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.pay_page.fake_payments import FakePayments, payment
from tests.e2e.pay_page.invoices import many
from tests.e2e.pay_page.steps import field_is_ready, go_on, open_pay, ready_to_pay, tick


def _bytes(page: Page, api: FakePayments, task: Callable[[], None]) -> dict[str, int]:
    """Bytes of what the portal answered meanwhile, as sent."""
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - the page marks what it is given
    task()
    return {request.url: request.sizes()["responseBodySize"] for request in requests if request.url.startswith(api.origin)}


def _sum(sizes: dict[str, int], ending: str = "") -> int:
    return sum(size for url, size in sizes.items() if url.endswith(ending))


def test_a_first_visit_with_50_invoices_stays_within_its_bytes(ana: Page, api: FakePayments) -> None:
    api.invoices[:] = many(50)

    sizes = _bytes(ana, api, lambda: open_pay(ana, api))

    assert _sum(sizes) <= 60_000
    assert 0 < _sum(sizes, ".js") <= 17_000
    assert 0 < _sum(sizes, ".css") <= 8_000


def test_the_second_half_comes_once_something_is_chosen_and_all_of_it_stays_within_60_kilobytes(ana: Page, api: FakePayments) -> None:
    api.invoices[:] = many(50)

    def choose() -> None:
        open_pay(ana, api)
        tick(ana, "INV-10001")
        go_on(ana)
        field_is_ready(ana)

    sizes = _bytes(ana, api, choose)

    assert any(url.endswith("/pay-step.js") for url in sizes)
    assert _sum(sizes) <= 60_000
    assert _sum(sizes, ".js") <= 26_500


@pytest.mark.parametrize("name", ["payments", "methods", "receipt"])
def test_other_pages_stay_within_their_bytes(ana: Page, api: FakePayments, name: str) -> None:
    api.payments.update({f"pay_{number}": payment(f"pay_{number}") for number in range(50)})

    def visit() -> None:
        ana.goto(f"{api.origin}/{name}?id=pay_1")
        expect(ana.locator("#sign-out")).to_be_visible()
        ana.wait_for_load_state("networkidle")

    sizes = _bytes(ana, api, visit)

    assert _sum(sizes) <= 60_000
    assert 0 < _sum(sizes, ".js") <= 20_000


def test_a_page_loads_the_scripts_of_its_inventory_and_no_other(ana: Page, api: FakePayments) -> None:
    loaded: set[str] = set()
    ana.on("request", lambda request: loaded.add(request.url) if request.resource_type == "script" else None)

    ready_to_pay(ana, api)

    inventory = ana.request.get(f"{api.origin}/script-inventory.json").json()
    listed = {api.origin + row["url"] for row in inventory["scripts"] if "pay.html" in row["pages"]}
    assert {url for url in loaded if url.startswith(api.origin)} == listed
