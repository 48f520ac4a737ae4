"""What axe finds on a page: WCAG 2.2 A and AA, and best practice."""

from __future__ import annotations

from collections.abc import Collection
from importlib.resources import files

from playwright.sync_api import Frame, Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
RUN = "rules => axe.run(document, { runOnly: rules, iframes: false, resultTypes: ['violations'] })"
FEWEST_CHECKS = 5


def violations(page: Page | Frame, *, leave_out: Collection[str] = ()) -> list[str]:
    """Return what is wrong, as rule and elements; frames inside are looked at by themselves.

    Args:
        page: As it stands now.
        leave_out: Rules that do not apply, such as page landmarks in a mail.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(RUN, list(RULES))
    assert len(found["passes"]) >= FEWEST_CHECKS, "axe looked at an empty page"
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}" for one in found["violations"] if one["id"] not in leave_out]
