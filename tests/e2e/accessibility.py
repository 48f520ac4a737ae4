"""What axe finds on a page: WCAG 2.2 A and AA, and best practice."""

from __future__ import annotations

from collections.abc import Collection
from importlib.resources import files
from typing import Any, Literal

from playwright.sync_api import Frame, Page

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
COLOUR_RULES = ("color-contrast", "link-in-text-block")
"""Of these rules those that look at colours; all others look at markup, words and boxes."""
RUN = """rules => axe.run(document, { runOnly: rules, iframes: false, resultTypes: ["violations"] })"""
SHAPE = """() => document.documentElement.outerHTML + [...document.querySelectorAll("*")].map((one) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    return [x, y, width, height, one.checkVisibility({ visibilityProperty: true, opacityProperty: true })];
}).join()"""
"""Markup, boxes and what is seen."""
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"
FEWEST_CHECKS = 5
LANDMARKS = ("landmark-one-main", "region")
"""Marks of a page, which a mail has none of."""


def violations(page: Page | Frame, *, leave_out: Collection[str] = (), only: Collection[str] = RULES) -> list[str]:
    """Return what is wrong, as rule and elements; frames inside are looked at by themselves.

    Args:
        page: As it stands now.
        leave_out: Rules that do not apply, such as page landmarks in a mail.
        only: Rules, or tags of rules, to look for.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(RUN, list(only))
    assert only != RULES or len(found["passes"]) >= FEWEST_CHECKS, "axe looked at an empty page"
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}" for one in found["violations"] if one["id"] not in leave_out]


def violations_in_both_schemes(page: Page, *, leave_out: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return what is wrong in light and in dark.

    Where dark differs in nothing but colours, only the rules that look at colours can find something else there. Nothing may move:
    a button that fades from light to dark has the colours of neither.
    """
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = [("light", fault) for fault in violations(page, leave_out=leave_out)]
    shape = page.evaluate(SHAPE)
    page.emulate_media(color_scheme="dark")
    only = COLOUR_RULES if page.evaluate(SHAPE) == shape else RULES
    return found + [("dark", fault) for fault in violations(page, leave_out=leave_out, only=only)]


def faults_in_mail(page: Page, html: str, widths: Collection[int]) -> list[object]:
    """Return what is wrong with a mail, at each width and in both schemes."""
    faults: list[object] = []
    page.set_content(html)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        faults += [(width, fault) for fault in violations_in_both_schemes(page, leave_out=LANDMARKS)]
        if page.evaluate(SIDEWAYS):
            faults.append((width, "sideways scroll"))
    return faults
