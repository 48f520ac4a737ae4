"""A contact's receipt: what it paid, every status, print, PDF, a copy by mail."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_api import problem
from tests.e2e.pay_page.fake_payments import FakePayments, payment
from tests.e2e.pay_page.steps import expect_receipt, press_pay, ready_to_pay


def _show(page: Page, api: FakePayments, **more: Any) -> None:
    api.payments["pay_0001"] = payment("pay_0001", **more)
    page.goto(f"{api.origin}/receipt?id=pay_0001")


def test_r23_the_receipt_tells_the_split_and_survives_a_reload(ana: Page, api: FakePayments) -> None:
    ready_to_pay(ana, api, "INV-10001", "INV-10003")
    press_pay(ana)
    expect_receipt(ana)

    ana.reload()

    expect_receipt(ana)
    shown = ana.get_by_role("region", name="Payment received")
    expect(shown.get_by_role("listitem")).to_have_text(["INV-10001 in full$420.00", "INV-10003 in full$199.43"])
    for text in ("$619.43", "Visa ending 4242", "8F3K-21", "Halvorsen Construction", "Remaining balance$1,228.40"):
        expect(shown).to_contain_text(text)


def test_r23_an_invoice_paid_in_part_says_what_is_still_open(ana: Page, api: FakePayments) -> None:
    applications = [{"invoice_id": "inv_1", "number": "INV-10001", "amount": 10000, "open": 32000}]
    _show(ana, api, amount=15000, applications=applications, unapplied=5000)

    expect(ana.get_by_role("listitem").filter(has_text="INV-10001")).to_have_text("INV-10001 in part, $320.00 still open$100.00")
    expect(ana.get_by_role("listitem").filter(has_text="Not applied yet")).to_contain_text("$50.00")


@pytest.mark.parametrize(
    ("status", "heading", "said"),
    [
        ("pending", "Payment submitted", "Bank payments take 3–5 business days."),
        ("review", "Payment submitted", "The payment processor is reviewing this payment."),
        ("unknown", "Checking your payment", "Please don't pay again."),
        ("returned", "Payment returned", "there wasn't enough money available in the account"),
        ("refunded", "Payment refunded", "This payment was paid back in full."),
        ("partly_refunded", "Payment partly refunded", "Paid back$10.00"),
        ("voided", "Payment cancelled", "cancelled before your bank completed it"),
        ("charged_back", "Payment disputed", "the money was taken back"),
        ("declined", "Payment not taken", "You have not been charged."),
    ],
)
def test_r38_r39_r41_every_status_has_its_words(ana: Page, api: FakePayments, status: str, heading: str, said: str) -> None:
    more: dict[str, Any] = {"return_code": "R01"} if status == "returned" else {"refunded": 1000} if "refunded" in status else {}

    _show(ana, api, status=status, **more)

    expect(ana.get_by_role("heading", name=heading)).to_be_visible()
    expect(ana.get_by_role("region", name=heading)).to_contain_text(said)
    has_receipt = status not in {"unknown", "declined"}
    expect(ana.get_by_role("link", name="Download PDF")).to_be_visible(visible=has_receipt)


def test_r37_the_receipt_downloads_and_is_mailed_to_the_contact(ana: Page, api: FakePayments) -> None:
    _show(ana, api)
    expect(ana.get_by_role("link", name="Download PDF")).to_have_attribute("href", "/api/portal/payments/pay_0001/receipt")

    ana.get_by_role("button", name="Email me a copy").click()

    expect(ana.get_by_text("Sent to ana@halvorsen.example.")).to_be_visible()
    assert len(api.sent("POST", "/api/portal/payments/pay_0001/receipt")) == 1


def test_a_receipt_that_is_not_one_s_own_is_not_found(ana: Page, api: FakePayments) -> None:
    ana.goto(f"{api.origin}/receipt?id=pay_9999")

    expect(ana.get_by_text("We couldn't find this payment.")).to_be_visible()
    expect(ana.get_by_role("link", name="All payments").last).to_have_attribute("href", "/payments")


def test_a_receipt_that_does_not_load_can_be_asked_for_again(ana: Page, api: FakePayments) -> None:
    api.script("GET /api/portal/payments/pay_0001", problem(503, "temporarily_unavailable"))
    _show(ana, api)
    expect(ana.get_by_text("We couldn't load your receipt.")).to_be_visible()

    ana.get_by_role("button", name="Try again").click()

    expect(ana.get_by_role("heading", name="Payment received")).to_be_visible()


def test_the_receipt_prints_on_one_page_with_name_and_address(ana: Page, api: FakePayments) -> None:
    applications = [{"invoice_id": f"inv_{one}", "number": f"INV-{one}", "amount": 100, "open": 0} for one in range(10)]
    _show(ana, api, applications=applications)
    expect(ana.get_by_role("heading", name="Payment received")).to_be_visible()

    ana.emulate_media(media="print")

    expect(ana.get_by_role("banner")).to_contain_text("Cedar Valley Portables")
    expect(ana.get_by_text("14 Canal Road")).to_be_visible()
    for name in ("Print", "Email me a copy", "Sign out"):
        expect(ana.get_by_role("button", name=name)).to_be_hidden()
    expect(ana.get_by_role("navigation", name="Your account")).to_be_hidden()
    assert len(re.findall(rb"/Type\s*/Page\b", ana.pdf(format="Letter"))) == 1
