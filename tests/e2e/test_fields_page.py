"""The card field for AWS in a real browser, with a stand-in for Authorize.Net's script and no network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

FIELDS = Path(__file__).parents[2] / "portal" / "fields"
FIELD = "https://fields.example.test/authorize-net.html?login=login1&key=public1"
LIVE, SANDBOX = "https://js.authorize.net", "https://jstest.authorize.net"
PARENT = f"""<!doctype html><html lang="en"><head><link rel="icon" href="data:,"><title>Parent</title></head><body>
<button id="pay">Pay</button><ol id="log"></ol>
<iframe title="Card" sandbox="allow-scripts allow-same-origin allow-forms" src="{FIELD}"></iframe><script>
const frame = document.querySelector("iframe");
addEventListener("message", (event) => {{
  if (event.source !== frame.contentWindow || event.origin !== "https://fields.example.test") return;
  const item = document.createElement("li");
  item.textContent = JSON.stringify(event.data);
  document.getElementById("log").append(item);
}});
document.getElementById("pay").onclick =
  () => frame.contentWindow.postMessage({{ type: "duebook.submit" }}, "https://fields.example.test");
</script></body></html>"""
LIBRARY = """
document.querySelector(".AcceptUI").addEventListener("click", (event) => {
  const asked = event.target.dataset;
  const { showCreditCard, showBankAccount } = JSON.parse(asked.paymentoptions);
  if (showCreditCard === showBankAccount) return;
  const bank = { opaqueData: { dataDescriptor: "COMMON.ACCEPT.INAPP.PAYMENT", dataValue: "opaque-bank" },
    encryptedBankData: { accountNumber: "XXXX6789" }, messages: { resultCode: "Ok", message: [] } };
  if (showBankAccount) return void window[asked.responsehandler](bank);
  window[asked.responsehandler](asked.apiloginid === "login1" && asked.clientkey === "public1"
    ? { opaqueData: { dataDescriptor: "COMMON.ACCEPT.INAPP.PAYMENT", dataValue: "opaque-1" },
        encryptedCardData: { cardNumber: "XXXX1111", expDate: "12/30", bin: "411111" },
        messages: { resultCode: "Ok", message: [{ code: "I_WC_01", text: "Successful." }] } }
    : { messages: { resultCode: "Error", message: [{ code: "E_WC_21", text: "…" }] } });
});
"""


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def open_page(host: str, *, reachable: bool = True, field: str = FIELD) -> Page:
        policy = (
            f"default-src 'none'; script-src 'self' {host}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            f"frame-src {host}; form-action 'none'; base-uri 'none'; frame-ancestors https://pay.example.test"
        )
        page = browser.new_page()
        pages.append(page)

        def serve(route: Route) -> None:
            name = route.request.url.split("?")[0].rpartition("/")[2]
            route.fulfill(path=FIELDS / name, headers={"Content-Security-Policy": policy})

        def script(route: Route) -> None:
            if reachable:
                route.fulfill(body=LIBRARY, content_type="text/javascript")
            else:
                route.abort()

        page.route("https://fields.example.test/**", serve)
        page.route("https://*.authorize.net/v3/AcceptUI.js", script)
        page.route("https://pay.example.test/", lambda route: route.fulfill(body=PARENT.replace(FIELD, field), content_type="text/html"))
        page.goto("https://pay.example.test/")
        return page

    yield open_page
    for page in pages:
        page.close()


def told(page: Page, kind: str) -> list[dict[str, Any]]:
    items = [json.loads(text) for text in page.locator("#log li").all_text_contents()]
    return [item for item in items if item["type"] == f"duebook.{kind}"]


@pytest.mark.parametrize("host", [LIVE, SANDBOX])
def test_r36_the_opaque_token_is_handed_up_in_the_same_shape(opened: Callable[..., Page], host: str) -> None:
    page = opened(host)
    expect(page.locator("#log")).to_contain_text("duebook.ready")

    page.click("#pay")
    expect(page.locator("#log")).to_contain_text("duebook.token")

    assert told(page, "token") == [
        {
            "type": "duebook.token",
            "token": "opaque-1",
            "method_type": "card",
            "brand": "visa",
            "last4": "1111",
            "expiry": "12/30",
        }
    ]
    expect(page.frame_locator("iframe").get_by_role("status")).to_have_text("Card ending 1111")


def test_r35_the_address_opens_the_form_for_a_bank_account(opened: Callable[..., Page]) -> None:
    page = opened(LIVE, field=f"{FIELD}&type=bank_account")
    expect(page.locator("#log")).to_contain_text("duebook.ready")
    expect(page.frame_locator("iframe").get_by_role("button", name="Enter bank account details")).to_be_visible()

    page.click("#pay")
    expect(page.locator("#log")).to_contain_text("duebook.token")

    assert told(page, "token") == [{"type": "duebook.token", "token": "opaque-bank", "method_type": "bank_account", "last4": "6789"}]
    expect(page.frame_locator("iframe").get_by_role("status")).to_have_text("Bank account ending 6789")


def test_a_person_may_open_the_form_in_the_field_too(opened: Callable[..., Page]) -> None:
    page = opened(LIVE)

    page.frame_locator("iframe").get_by_role("button", name="Enter card details").click()

    expect(page.locator("#log")).to_contain_text("duebook.token")


def test_a_form_that_cannot_be_loaded_says_so_and_is_never_ready(opened: Callable[..., Page]) -> None:
    page = opened(LIVE, reachable=False)

    expect(page.locator("#log")).to_contain_text("We couldn't load the payment form.")

    assert told(page, "ready") == []


def test_a_refused_card_form_hands_up_no_token(opened: Callable[..., Page]) -> None:
    page = opened(LIVE, field=FIELD.replace("public1", "wrong"))
    expect(page.locator("#log")).to_contain_text("duebook.ready")

    page.click("#pay")

    expect(page.locator("#log")).to_contain_text("The card could not be read.")
    assert told(page, "token") == []
