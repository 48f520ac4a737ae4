"""Time and keys in pages without counting milliseconds: a busy machine gets what it needs, an idle one waits for nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator, Page, Request

from tests.e2e.local_http import eventually

FOCUSED = """() => {
    const path = (one) => (one?.parentElement ? [...path(one.parentElement), [...one.parentElement.children].indexOf(one)] : []);
    return [document.hasFocus(), document.activeElement?.localName ?? "", path(document.activeElement).join()];
}"""
"""Whether this document has the focus, and which of its elements."""
ANSWERED_IN = 1.0
"""Seconds that a call may take on a busy machine, unless a test holds it back."""


def hold_time(page: Page) -> None:
    """Let a page's time stand still; from now on ``page.clock`` moves it."""
    now = datetime.now(UTC)
    page.clock.install(time=now)
    page.clock.pause_at(now + timedelta(minutes=1))


def let_time_pass(page: Page, until: Locator) -> None:
    """Let time pass in a page until it shows something. What is asked gets a second to be answered before more time passes."""
    under_way: list[Request] = []

    def asked(request: Request) -> None:
        under_way.append(request)

    def answered(request: Request) -> None:
        if request in under_way:
            under_way.remove(request)

    def shown() -> bool:
        eventually(lambda: until.is_visible() or not under_way, ANSWERED_IN)
        if until.is_visible():
            return True
        page.clock.fast_forward(31_000)
        return False

    page.on("request", asked)
    page.on("requestfinished", answered)
    page.on("requestfailed", answered)
    assert eventually(shown, 60)
    page.remove_listener("request", asked)
    page.remove_listener("requestfinished", answered)
    page.remove_listener("requestfailed", answered)


def let_it_give_up(page: Page) -> None:
    """Let time pass until the page has asked as often as it will for the outcome of a payment."""
    let_time_pass(page, page.get_by_role("heading", name="Not confirmed yet"))


def tab(page: Page, times: int = 1) -> None:
    """Press Tab, and wait until the focus has arrived: it passes between two processes where there is a frame."""
    for _ in range(times):
        before = _focus(page)
        page.keyboard.press("Tab")
        assert eventually(lambda before=before: (now := _focus(page)) is not None and now != before)  # type: ignore[misc]


def _focus(page: Page) -> list[object] | None:
    """Tell where the focus is; nothing while it is on its way."""
    in_page, *in_frames = [frame.evaluate(FOCUSED) for frame in page.frames]
    if in_page[1] != "iframe":
        return [in_page]
    return next((["frame", at, one] for at, one in enumerate(in_frames) if one[0] and one[1] != "body"), None)
