"""The simulated fields for card and bank account in a real browser: what it asks, what it tells, and to whom."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from local.processors.authorize_net import controls
from local.processors.authorize_net.server import SimulatorServer, create_server
from tests.e2e.accessibility import violations

Open = Callable[..., tuple[Page, FrameLocator, list[str]]]

PARENT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Parent</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>iframe {{ width: 100%; border: 0 }}</style></head>
<body><main><h1>Pay</h1><button id="pay">Pay</button><button id="bank">Bank</button><button id="forge">Forge</button><ol id="log"></ol>
<iframe title="Card details" sandbox="allow-scripts allow-same-origin allow-forms" src="{field}"></iframe>
<iframe title="Stranger" src="{stranger}" height="20"></iframe></main><script>
const frame = document.querySelector("iframe");
addEventListener("message", (event) => {{
  if (event.source !== frame.contentWindow || event.origin !== "{origin}") return;
  if (event.data.type === "duebook.resize") frame.height = event.data.height;
  const item = document.createElement("li");
  item.textContent = JSON.stringify(event.data);
  document.getElementById("log").append(item);
}});
document.getElementById("pay").onclick = () => frame.contentWindow.postMessage({{ type: "duebook.submit" }}, "{origin}");
document.getElementById("bank").onclick = () =>
  frame.contentWindow.postMessage({{ type: "duebook.method", method_type: "bank_account" }}, "{origin}");
document.getElementById("forge").onclick = () => document.querySelectorAll("iframe")[1].contentWindow.postMessage("go", "*");
</script></body></html>"""
STRANGER = """<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Stranger</title><body><script>
addEventListener("message", () => parent.frames[0].postMessage({ type: "duebook.submit" }, "*"));
addEventListener("message", () => { document.title = "forged"; document.body.dataset.forged = "yes"; });
</script></body></html>"""


class _Pages(ThreadingHTTPServer):
    pages: dict[str, str]


class _Page(BaseHTTPRequestHandler):
    server: _Pages

    def do_GET(self) -> None:
        content = self.server.pages.get(self.path, "").encode()
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorServer]:
    server = create_server("127.0.0.1", 0, tmp_path_factory.mktemp("simulator"))
    server.start()
    yield server
    server.stop()


def _pages(pages: dict[str, str]) -> Iterator[_Pages]:
    server = _Pages(("127.0.0.1", 0), _Page)
    server.pages = pages
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def stranger() -> Iterator[_Pages]:
    yield from _pages({"/": STRANGER})


@pytest.fixture(scope="module")
def parent(simulator: SimulatorServer, stranger: _Pages) -> Iterator[_Pages]:
    merchant: Any = controls.post_merchant(simulator.simulator, {}, {"tenant_id": "ten_1", "currency": "USD"})
    known = merchant["credentials"]
    address = f"{simulator.origin}/authorize-net.html?login={known['api_login_id']}&key={known['public_client_key']}"
    elsewhere = f"http://127.0.0.1:{stranger.server_port}/"
    ours = PARENT.format(field=address, origin=simulator.origin, stranger=elsewhere)
    misled = PARENT.format(field=f"{address}&origin=http://127.0.0.1:9", origin=simulator.origin, stranger=elsewhere)
    bank = PARENT.format(field=f"{address}&type=bank_account", origin=simulator.origin, stranger=elsewhere)
    yield from _pages({"/": ours, "/misled": misled, "/bank": bank})


@pytest.fixture
def opened(browser: Browser, parent: _Pages) -> Iterator[Open]:
    contexts: list[BrowserContext] = []

    def open_page(path: str = "/", **options: Any) -> tuple[Page, FrameLocator, list[str]]:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"http://127.0.0.1:{parent.server_port}{path}")
        expect(page.locator("#log")).to_contain_text("duebook.ready")
        return page, page.frame_locator("iframe >> nth=0"), complaints

    yield open_page
    for context in contexts:
        context.close()


def fill(
    field: FrameLocator, number: str = "4111 1111 1111 1111", expiry: str = "12/39", cvv: str = "123", postal_code: str = "84601"
) -> None:
    field.get_by_label("Card number").fill(number)
    field.get_by_label("Expiry date").fill(expiry)
    field.get_by_label("Security code").fill(cvv)
    field.get_by_label("ZIP or postal code").fill(postal_code)


def fill_bank(field: FrameLocator, routing: str = "121042882", account: str = "0012-345 6789", name: str = "Ann Lee") -> None:
    field.get_by_label("Name on the account").fill(name)
    field.get_by_label("Routing number").fill(routing)
    field.get_by_label("Account number").fill(account)


def told(page: Page, kind: str) -> list[dict[str, Any]]:
    items = [json.loads(text) for text in page.locator("#log li").all_text_contents()]
    return [item for item in items if item["type"] == f"duebook.{kind}"]


def test_r36_the_parent_gets_a_token_brand_last_four_and_expiry_and_nothing_else(opened: Open, simulator: SimulatorServer) -> None:
    page, field, complaints = opened()

    fill(field)
    page.click("#pay")
    expect(page.locator("#log")).to_contain_text("duebook.token")

    (message,) = told(page, "token")
    kept = simulator.simulator.ledger.token(message.pop("token"))
    assert message == {
        "type": "duebook.token",
        "method_type": "card",
        "brand": "visa",
        "last4": "1111",
        "expiry": "12/39",
    }
    assert kept is not None
    assert kept.card["zip"] == "84601"
    assert "4111111111111111" not in page.locator("#log").inner_text()
    assert complaints == []


def test_enter_in_the_field_makes_a_token_too(opened: Open) -> None:
    page, field, _ = opened()

    fill(field)
    field.get_by_label("Security code").press("Enter")

    expect(page.locator("#log")).to_contain_text("duebook.token")


def test_wrong_details_are_named_at_their_field_and_the_first_one_has_focus(opened: Open) -> None:
    page, field, _ = opened()

    fill(field, number="4111 1111 1111 1112", expiry="01/20", cvv="12")
    page.click("#pay")

    expect(field.get_by_text("Check the card number.")).to_be_visible()
    expect(field.get_by_text("This card has expired.")).to_be_visible()
    expect(field.get_by_text("The security code has 3 digits.")).to_be_visible()
    expect(field.get_by_label("Card number")).to_be_focused()
    expect(field.get_by_label("Card number")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#log")).to_contain_text("Check the card details.")
    assert told(page, "token") == []


def test_a_corrected_field_loses_its_error_and_keeps_what_was_typed(opened: Open) -> None:
    page, field, _ = opened()
    fill(field, number="4111")
    page.click("#pay")
    expect(field.get_by_text("Check the card number.")).to_be_visible()

    field.get_by_label("Card number").fill("4111111111111111")

    expect(field.get_by_text("Check the card number.")).to_be_hidden()
    expect(field.get_by_label("Expiry date")).to_have_value("12/39")


def test_a_submit_from_a_stranger_is_ignored(opened: Open) -> None:
    page, field, _ = opened()
    fill(field)

    page.click("#forge")
    expect(page.frame_locator("iframe >> nth=1").locator("body")).to_have_attribute("data-forged", "yes")
    page.click("#pay")
    expect(page.locator("#log")).to_contain_text("duebook.token")

    assert len(told(page, "token")) == 1


def test_the_browser_decides_who_embeds_the_field_not_the_address(opened: Open) -> None:
    page, field, _ = opened("/misled")

    fill(field)
    page.click("#pay")

    expect(page.locator("#log")).to_contain_text("duebook.token")


def test_the_field_tells_its_height_and_fits_320_pixels(opened: Open) -> None:
    page, field, _ = opened(viewport={"width": 320, "height": 700})

    heights = [message["height"] for message in told(page, "resize")]
    widths = field.locator("html").evaluate("root => [root.scrollWidth, root.clientWidth]")

    assert heights
    assert all(height > 100 for height in heights)
    assert widths[0] <= widths[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_field_is_accessible_in_both_colour_schemes(opened: Open, scheme: str) -> None:
    page, field, _ = opened(color_scheme=scheme)
    page.click("#pay")
    expect(field.get_by_text("Enter the card number.")).to_be_visible()

    assert violations(page.frames[1]) == []


def test_a_field_with_a_wrong_key_says_so_without_a_token(opened: Open) -> None:
    page, field, _ = opened()
    page.locator("iframe >> nth=0").evaluate("frame => { frame.src = frame.src.replace(/key=[^&]+/, 'key=wrong') }")
    expect(page.locator("#log li", has_text="duebook.ready")).to_have_count(2)

    fill(field)
    page.click("#pay")

    expect(field.get_by_text("This card field is not set up.")).to_be_visible()
    assert told(page, "token") == []


def test_r36_the_parent_gets_a_bank_accounts_token_bank_and_last_four_and_nothing_else(opened: Open, simulator: SimulatorServer) -> None:
    page, field, complaints = opened("/bank")

    fill_bank(field)
    field.get_by_label("Account type").select_option("Savings")
    expect(field.get_by_text("Wells Fargo Bank")).to_be_visible()
    page.click("#pay")
    expect(page.locator("#log")).to_contain_text("duebook.token")

    (message,) = told(page, "token")
    kept = simulator.simulator.ledger.token(message.pop("token"))
    assert message == {"type": "duebook.token", "method_type": "bank_account", "last4": "6789", "bank_name": "Wells Fargo Bank"}
    assert kept is not None
    assert (kept.bank["kind"], kept.bank["name"], kept.card) == ("savings", "Ann Lee", {})
    assert "00123456789" not in page.locator("#log").inner_text()
    assert complaints == []


def test_a_bank_that_is_not_known_is_left_out(opened: Open) -> None:
    page, field, _ = opened("/bank")

    fill_bank(field, routing="111000025")
    page.click("#pay")
    expect(page.locator("#log")).to_contain_text("duebook.token")

    assert "bank_name" not in told(page, "token")[0]


def test_a_wrong_check_digit_of_the_routing_number_is_seen_before_anything_is_sent(opened: Open) -> None:
    page, field, _ = opened("/bank")

    fill_bank(field, routing="121042883", account="12a", name="A name that is far too long for a bank")
    page.click("#pay")

    expect(field.get_by_text("Check the routing number.")).to_be_visible()
    expect(field.get_by_text("The account number has 4 to 17 digits.")).to_be_visible()
    expect(field.get_by_text("Shorten the name to 22 characters.")).to_be_visible()
    expect(field.get_by_label("Name on the account")).to_be_focused()
    expect(page.locator("#log")).to_contain_text("Check the bank account details.")
    assert told(page, "token") == []


def test_the_page_around_switches_between_card_and_bank_account(opened: Open) -> None:
    page, field, _ = opened()
    fill(field)

    page.click("#bank")
    expect(field.get_by_label("Routing number")).to_be_visible()
    expect(field.get_by_label("Card number")).to_be_hidden()
    fill_bank(field)
    page.click("#pay")
    expect(page.locator("#log")).to_contain_text("duebook.token")

    assert [(message["method_type"], message["collects"]) for message in told(page, "ready")] == [
        ("card", ["postal_code"]),
        ("bank_account", []),
    ]
    assert [message["method_type"] for message in told(page, "token")] == ["bank_account"]


def test_the_bank_account_field_fits_320_pixels(opened: Open) -> None:
    page, field, _ = opened("/bank", viewport={"width": 320, "height": 700})

    widths = field.locator("html").evaluate("root => [root.scrollWidth, root.clientWidth]")

    assert told(page, "resize")
    assert widths[0] <= widths[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bank_account_field_is_accessible_in_both_colour_schemes(opened: Open, scheme: str) -> None:
    page, field, _ = opened("/bank", color_scheme=scheme)
    page.click("#pay")
    expect(field.get_by_text("Enter the routing number.")).to_be_visible()

    assert violations(page.frames[1]) == []


def test_only_pages_of_this_machine_may_embed_the_field(simulator: SimulatorServer) -> None:
    with urlopen(f"{simulator.origin}/authorize-net.html") as answer:
        policy = answer.headers["Content-Security-Policy"]

    assert "frame-ancestors http://localhost:* http://127.0.0.1:*" in policy
    assert "unsafe" not in policy
    assert "<script>" not in (Path(controls.__file__).parent / "field" / "authorize-net.html").read_text()
