"""A person pays a balance in a real browser through the whole local cloud, and everyone sees what became of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import DECLINED_CARD, GOOD_CARD, Json, Tenant, eventually, good
from tests.e2e.patience import let_it_give_up

pytestmark = pytest.mark.usefixtures("quiet_console")

WHOLE = "$1,847.83"


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Tenant:
    """A business with one customer that owes three invoices."""
    made = tenant(name="Blue Ridge Portables")
    made.customer("halvorsen", name="Halvorsen Construction")
    made.invoice("halvorsen", "inv-998", 400_00, invoice_date="2026-01-05", number="INV-998")
    made.invoice("halvorsen", "inv-999", 700_00, invoice_date="2026-02-05", number="INV-999")
    made.invoice("halvorsen", "inv-1000", 747_83, invoice_date="2026-03-05", number="INV-1000")
    return made


def pay_online_id(business: Tenant) -> str:
    return str(good(business.call("GET", "/customers/halvorsen"))["pay_online_id"])


def open_balance(page: Page, cloud: LocalCloud, business: Tenant) -> None:
    page.goto(f"{cloud.origin}/pay-my-balance")
    page.get_by_label("Pay Online ID").fill(pay_online_id(business))
    page.get_by_role("button", name="Show my balance").click()
    expect(page.get_by_role("region", name="Your balance")).to_contain_text(WHOLE)
    expect(page.locator("[data-part=cover]")).to_be_hidden()


def fill_in(page: Page, card: Json) -> None:
    year, month = card["expiry"].split("-")
    page.get_by_label("Name").fill("Ana Halvorsen")
    page.get_by_label("Email").fill("ana@halvorsen.example")
    field = page.frame_locator("pay-method iframe")
    field.get_by_label("Card number").fill(card["number"])
    field.get_by_label("Expiry date").fill(f"{month}/{year[2:]}")
    field.get_by_label("Security code").fill(card["cvv"])
    field.get_by_label("ZIP or postal code").fill(card["postal_code"])
    expect(page.get_by_label("Billing postal code")).to_be_hidden()


def test_r10_r16_r23_a_person_pays_part_of_a_balance_and_everyone_sees_it(page: Page, cloud: LocalCloud, business: Tenant) -> None:
    open_balance(page, cloud, business)
    expect(page.get_by_role("banner")).to_contain_text("Blue Ridge Portables")
    page.get_by_label("Another amount").check()
    page.get_by_label("Amount", exact=True).fill("900")
    fill_in(page, GOOD_CARD)

    page.get_by_role("button", name="Pay $900.00").click()

    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    receipt = page.get_by_role("main")
    for text in ("$900.00", "Visa ending 1111", "$947.83", "ana@halvorsen.example"):
        expect(receipt).to_contain_text(text)
    [charge] = business.calls("charge")
    assert (charge["amount"], charge["outcome"]) == (900_00, "approved")

    mail = eventually(lambda: next(iter(business.mails("receipt")), None))
    assert mail
    assert "$900.00" in mail["text"]
    page.goto(f"{cloud.origin}/mailbox")
    page.get_by_role("button", name=mail["subject"]).first.click()
    expect(page.get_by_role("heading", name=mail["subject"])).to_be_visible()

    page.goto(f"{cloud.origin}/admin/sign-in")
    page.get_by_label("Email").fill(business.staff["email"])
    page.get_by_label("Password", exact=True).fill(business.staff["password"])
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{cloud.origin}/admin/customers/halvorsen/payments")
    staff = page.get_by_role("main")
    for text in ("INV-998", "INV-999", "$400.00", "$500.00", "$900.00"):
        expect(staff).to_contain_text(text)


def test_r39_a_declined_card_can_be_followed_by_another_one(page: Page, cloud: LocalCloud, business: Tenant) -> None:
    open_balance(page, cloud, business)
    fill_in(page, DECLINED_CARD)
    page.get_by_role("button", name=f"Pay {WHOLE}").click()
    expect(page.get_by_text("You have not been charged.").first).to_be_visible()
    expect(page.locator("[data-part=cover]")).to_be_hidden()

    fill_in(page, GOOD_CARD)
    page.get_by_role("button", name=f"Pay {WHOLE}").click()

    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    assert [charge["outcome"] for charge in business.calls("charge")] == ["declined", "approved"]
    page.go_back()
    expect(page.get_by_role("heading", name="You're all paid up")).to_be_visible()


def test_r39_r40_an_answer_the_processor_lost_is_found_out_and_charged_once(page: Page, cloud: LocalCloud, business: Tenant) -> None:
    lost = {"operation": "charge", "fault": "drop_after", "times": 1, "tenant_id": business.tenant_id}
    # The schedule ticks each minute, also in this one: for now it gets no answer.
    out_of_reach = [lost | {"operation": operation, "fault": "drop_before", "times": 50} for operation in ("inquire", "report")]
    good(business.http("PUT", "/local/processors/authorize_net/faults", {"faults": [lost, *out_of_reach]}))
    # Its webhook would tell within a moment; here the schedule has to ask.
    good(business.http("PUT", "/local/processors/authorize_net/options", {"webhooks": "off"}))
    page.clock.install()
    open_balance(page, cloud, business)
    fill_in(page, GOOD_CARD)

    page.get_by_role("button", name=f"Pay {WHOLE}").click()

    # The clock must not run ahead of the card field's own answer.
    expect(page.get_by_role("heading", name="Checking your payment")).to_be_visible(timeout=30_000)
    let_it_give_up(page)
    expect(page.get_by_text("We will email ana@halvorsen.example within 15 minutes.")).to_be_visible()
    good(business.http("PUT", "/local/processors/authorize_net/faults", {"faults": []}))
    assert eventually(lambda: _settled(business), seconds=90)
    page.get_by_role("button", name="Check again").click()

    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    assert len(business.calls("charge")) == 1
    good(business.http("PUT", "/local/processors/authorize_net/options", {"webhooks": "on"}))


def _settled(business: Tenant) -> bool:
    good(business.http("POST", "/local/run/settlement", {"tenant_id": business.tenant_id}))
    payments = good(business.call("GET", "/customers/halvorsen/payments"))["items"]
    return [payment["status"] for payment in payments] == ["captured"]
