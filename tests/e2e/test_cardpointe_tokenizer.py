"""The simulated CardPointe tokenizer in a real browser: it has no button and tells JSON in a string."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from duebook.web.guest import TOKENIZER_OPTIONS
from local.processors.cardpointe.server import FIELD_PATH, SimulatorServer, create_server
from tests.e2e.accessibility import violations

Open = Callable[..., tuple[Page, FrameLocator]]

PARENT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Parent</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>iframe {{ width: 100%; height: 260px; border: 0 }}</style></head>
<body><main><h1>Pay</h1><button>Elsewhere</button><ol id="log"></ol>
<iframe title="Card details" sandbox="allow-scripts allow-same-origin allow-forms" src="{field}"></iframe></main><script>
const frame = document.querySelector("iframe");
addEventListener("message", (event) => {{
  if (event.source !== frame.contentWindow || event.origin !== "{origin}") return;
  const item = document.createElement("li");
  item.textContent = typeof event.data === "string" ? event.data : "no string";
  document.getElementById("log").append(item);
}});
</script></body></html>"""
OPTIONS = {"useexpiry": "true", "usecvv": "true", "enhancedresponse": "true", "tokenizewheninactive": "true", "inactivityto": "50"}


class _Parents(ThreadingHTTPServer):
    site: str


class _Parent(BaseHTTPRequestHandler):
    server: _Parents

    def do_GET(self) -> None:
        field = f"{self.server.site}{FIELD_PATH}?{urlsplit(self.path).query}".replace("&", "&amp;")
        content = PARENT.format(field=field, origin=self.server.site).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorServer]:
    server = create_server("127.0.0.1", 0, tmp_path_factory.mktemp("gateway"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def parent(simulator: SimulatorServer) -> Iterator[str]:
    server = _Parents(("127.0.0.1", 0), _Parent)
    server.site = simulator.origin
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened(browser: Browser, parent: str) -> Iterator[Open]:
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(options: dict[str, str] | None = None, **context_options: Any) -> tuple[Page, FrameLocator]:
        context = browser.new_context(**context_options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{parent}?{urlencode(OPTIONS if options is None else options)}")
        return page, page.frame_locator("iframe")

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def fill(field: FrameLocator, number: str = "4111 1111 1111 1111", month: str = "12", year: str = "2030", cvv: str = "123") -> None:
    field.get_by_label("Card number").fill(number)
    field.get_by_label("Expiration month").select_option(label=month)
    field.get_by_label("Expiration year").select_option(label=year)
    field.get_by_label("CVV").fill(cvv)


def told(page: Page, count: int = 1) -> list[dict[str, Any]]:
    expect(page.locator("#log li")).to_have_count(count)
    return [json.loads(text) for text in page.locator("#log li").all_text_contents()]


def test_r36_it_makes_a_token_by_itself_when_all_is_typed_and_the_person_pauses(opened: Open, simulator: SimulatorServer) -> None:
    page, field = opened()

    fill(field)

    (message,) = told(page)
    token = message["token"]
    assert message == {"message": token, "token": token, "errorCode": "0", "errorMessage": "", "expiry": "203012"}
    assert (token[:3], token[-4:], len(token)) == ("941", "1111", 16)
    held = simulator.simulator.ledger.held(token)
    assert held is not None
    assert (held.expiry, held.cvv) == ("1230", "123")


def test_a_plain_answer_is_a_message_and_an_expiry(opened: Open) -> None:
    page, field = opened({name: value for name, value in OPTIONS.items() if name != "enhancedresponse"})

    fill(field)

    assert set(told(page)[0]) == {"message", "expiry"}


def test_without_the_pause_option_leaving_a_field_makes_the_token(opened: Open) -> None:
    page, field = opened({})

    field.get_by_label("Card number").fill("4111111111111111")
    expect(page.locator("#log li")).to_have_count(0)
    page.get_by_role("button").click()

    assert set(told(page)[0]) == {"message"}


def test_bank_accounts_are_typed_as_routing_and_account(opened: Open, simulator: SimulatorServer) -> None:
    page, field = opened({"enhancedresponse": "true", "fullmobilekeyboard": "true", "cardlabel": "Routing/account"})

    field.get_by_label("Routing/account").fill("036001808/12345678")
    field.get_by_label("Routing/account").blur()

    account = simulator.simulator.ledger.account(told(page)[0]["token"])
    assert account is not None
    assert (account.ach, account.last4) == (True, "5678")


@pytest.mark.parametrize(
    ("change", "event", "code"),
    [
        ({"number": "4111 1111 1111 1112"}, "invalidcreditcardevent", "1001"),
        ({"cvv": "12"}, "invalidcvvevent", "1002"),
        ({"number": "4111 1111 1111 1112"}, "invalidinputevent", "1001"),
    ],
)
def test_bad_input_is_told_only_when_asked_for(opened: Open, change: dict[str, str], event: str, code: str) -> None:
    page, field = opened({**OPTIONS, event: "true"})
    quiet_page, quiet_field = opened()

    fill(field, **change)
    fill(quiet_field, **change)

    expect(page.locator("#log li").first).to_contain_text(code)
    assert json.loads(page.locator("#log li").first.inner_text())["message"] == ""
    wrong = "CVV" if "cvv" in change else "Card number"
    expect(quiet_field.get_by_label(wrong)).to_have_attribute("aria-invalid", "true")
    assert told(quiet_page, 0) == []


def test_a_plain_error_is_a_sentence(opened: Open) -> None:
    page, field = opened({"invalidinputevent": "true"})

    field.get_by_label("Card number").fill("4111")
    field.get_by_label("Card number").blur()

    assert told(page) == [{"message": "", "validationError": "Invalid card number"}]


def test_editing_after_the_token_clears_the_other_fields_and_takes_the_token_back(opened: Open) -> None:
    page, field = opened({**OPTIONS, "invalidinputevent": "true"})
    fill(field)
    told(page)

    field.get_by_label("CVV").fill("9")

    expect(field.get_by_label("Card number")).to_have_value("")
    assert told(page, 2)[1]["message"] == ""


def test_typed_expiry_month_names_and_labels_follow_the_options(opened: Open) -> None:
    _, names = opened({**OPTIONS, "usemonthnames": "true", "cvvlabel": "Security code", "placeholder": "1234"})
    page, typed = opened({**OPTIONS, "useexpiryfield": "true", "tokenpropname": "mytoken", "formatinput": "true"})

    names.get_by_label("Expiration month").select_option(label="December")
    expect(names.get_by_text("Security code")).to_be_visible()
    expect(names.get_by_label("Card number")).to_have_attribute("placeholder", "1234")
    typed.get_by_label("Card number").press_sequentially("4111111111111111")
    typed.get_by_label("Expiration month").fill("12")
    typed.get_by_label("Expiration year").fill("2030")
    typed.get_by_label("CVV").fill("123")

    expect(typed.get_by_label("Card number")).to_have_value("4111 1111 1111 1111")
    assert told(page)[0]["mytoken"].startswith("941")


def test_styles_are_let_through_by_a_list(opened: Open) -> None:
    css = "input{color:rgb(1, 2, 3);position:fixed;background:url(https://evil.example/x)} body{margin:3px}"
    _, field = opened({**OPTIONS, "css": css})

    shown = field.get_by_label("Card number").evaluate(
        "node => { const style = getComputedStyle(node); return [style.color, style.position, style.backgroundImage]; }"
    )

    assert shown == ["rgb(1, 2, 3)", "static", "none"]


def test_unique_tokens_differ_and_typing_is_told_when_asked_for(opened: Open) -> None:
    tokens = set()
    for _ in range(2):
        page, field = opened({"unique": "true", "sendcardtypingevent": "true"})
        field.get_by_label("Card number").fill("4111111111111111")
        field.get_by_label("Card number").blur()
        typing, made = told(page, 2)
        assert typing == {"cardTyping": True}
        tokens.add(made["message"])

    assert len(tokens) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_tokenizer_is_accessible_and_fits_320_pixels(opened: Open, scheme: str) -> None:
    page, field = opened(color_scheme=scheme, viewport={"width": 320, "height": 700})
    expect(field.get_by_label("CVV")).to_be_visible()

    widths = field.locator("html").evaluate("root => [root.scrollWidth, root.clientWidth]")

    assert violations(page.frames[1]) == []
    assert widths[0] <= widths[1]


def test_what_our_page_asks_for_makes_a_token_with_its_own_labels(opened: Open) -> None:
    page, field = opened(dict(TOKENIZER_OPTIONS))

    field.get_by_label(TOKENIZER_OPTIONS["cardlabel"]).fill("4111111111111111")
    field.get_by_label(TOKENIZER_OPTIONS["expirylabel"]).select_option(label="12")
    field.get_by_label("Expiration year").select_option(label="2030")
    field.get_by_label(TOKENIZER_OPTIONS["cvvlabel"]).fill("123")

    expect(page.locator("#log")).to_contain_text('"errorCode":"0"')
