"""The payment page as whoever follows a bill's link sees it (R74)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_api import NEVER_ARRIVED, Answer, problem
from tests.e2e.pay_page.fake_payments import FakePayments, saved_method
from tests.e2e.pay_page.steps import expect_receipt, field_is_ready, go_on, open_by_link, open_pay, press_pay, tick

TRADE = ("POST", "/api/session/pay-link")


def test_r74_the_token_leaves_the_address_before_anything_is_asked_and_is_traded_once(ana: Page, api: FakePayments) -> None:
    addresses: list[str] = []
    ana.on("request", lambda request: addresses.append(request.url))

    open_by_link(ana, api)

    assert api.sent(*TRADE) == [{"token": "pay_good"}]
    assert ana.url == f"{api.origin}/pay"
    assert not [address for address in addresses if "pay_good" in address.partition("#")[0]]
    ana.reload()
    expect(ana.get_by_role("heading", name="What are you paying today?")).to_be_visible()
    assert len(api.sent(*TRADE)) == 1
    ana.go_back()
    assert "token" not in ana.url


def test_r74_a_payer_pays_and_sees_the_receipt(ana: Page, api: FakePayments) -> None:
    api.methods.append(saved_method("mth_1"))
    open_by_link(ana, api)
    tick(ana, "INV-10001")
    go_on(ana)
    field_is_ready(ana)

    expect(ana.get_by_role("radio", name=re.compile("ending 4242"))).to_have_count(0)
    expect(ana.get_by_label("Save this for next time")).to_be_hidden()
    press_pay(ana)
    expect_receipt(ana)

    assert [method["kind"] for method in api.charges] == ["token"]
    assert "save" not in api.charges[0]
    assert not [call for call in api.calls if "payment-methods" in call[1]]
    back = ana.get_by_role("link", name="Back to my balance")
    expect(back).to_have_attribute("href", "/pay")


def test_r74_there_is_no_way_to_pages_that_a_payer_may_not_use(ana: Page, api: FakePayments) -> None:
    open_by_link(ana, api)

    expect(ana.get_by_role("navigation").get_by_role("link")).to_have_text(["Pay"])
    for name in ("payments", "methods", "contacts", "profile"):
        ana.goto(f"{api.origin}/{name}")
        ana.wait_for_url(f"{api.origin}/pay")
    api.invoices.clear()
    ana.goto(f"{api.origin}/pay")
    expect(ana.get_by_role("heading", name="You're all paid up")).to_be_visible()
    expect(ana.get_by_role("link", name="See your payments")).to_be_hidden()


@pytest.mark.parametrize("token", ["pay_old", "…"])
def test_r74_a_link_that_has_ended_says_what_to_do(ana: Page, api: FakePayments, token: str) -> None:
    api.signed_in = False

    ana.goto(f"{api.origin}/pay#token={token}")

    expect(ana.get_by_role("alert")).to_contain_text("This link has ended")
    expect(ana.get_by_role("link", name="Use my Pay Online ID")).to_have_attribute("href", "/pay-my-balance")
    expect(ana.get_by_role("alert").get_by_role("link", name="Sign in")).to_have_attribute("href", "/login")
    assert ana.url == f"{api.origin}/pay"
    assert [path for _, path, _ in api.calls] == ["/api/session/pay-link"]


@pytest.mark.parametrize("answer", [problem(503, "temporarily_unavailable"), NEVER_ARRIVED], ids=["refused", "lost"])
def test_a_link_that_could_not_be_traded_is_tried_again(ana: Page, api: FakePayments, answer: Answer) -> None:
    api.signed_in = False
    api.script("POST /api/session/pay-link", answer)
    ana.goto(f"{api.origin}/pay#token=pay_good")

    ana.get_by_role("button", name="Try again").click()

    expect(ana.get_by_role("heading", name="What are you paying today?")).to_be_visible()
    assert len(api.sent(*TRADE)) == 2


def test_another_link_opened_while_the_page_is_here_is_traded_too(ana: Page, api: FakePayments) -> None:
    open_pay(ana, api)
    expect(ana.get_by_role("navigation").get_by_role("link", name="Contacts")).to_be_visible()

    ana.evaluate("location.hash = 'token=pay_good'")

    expect(ana.get_by_role("navigation").get_by_role("link")).to_have_text(["Pay"])
    assert ana.url == f"{api.origin}/pay"
