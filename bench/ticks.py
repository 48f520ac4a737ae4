"""Time ticks on the payment page in a browser slowed down fourfold: one box, and the 200 oldest of 231.

python -m bench.ticks
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from bench.figures import Figure, table
from portal.build import build
from tests.e2e.conftest import BROWSER_FLAGS, find_browser
from tests.e2e.pay_page.fake_payments import running
from tests.e2e.pay_page.invoices import many

TIMES = 7
SLOWER = 4
UNTIL_PAINTED = """async (box) => {
    const began = performance.now();
    box.click();
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    return performance.now() - began;
}"""


def measure() -> list[Figure]:
    """Press and wait until it is painted, some times over; the median counts."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        dist = Path(scratch) / "dist"
        build(dist)
        with running(dist) as api:
            api.invoices.extend(many(231))
            browser = playwright.chromium.launch(executable_path=find_browser(), args=list(BROWSER_FLAGS))
            page = browser.new_page(locale="en-US")
            page.goto(f"{api.origin}/pay")
            page.get_by_role("checkbox", name="Select INV-10001", exact=True).wait_for()
            page.locator(".pager select").select_option("200")
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            one = median(_pressed(page, '[data-id="inv_7"] input') for _ in range(TIMES))
            most = median(_all(page) for _ in range(TIMES))
            browser.close()
    return [
        Figure("payment page: one tick, 200 rows, processor slowed fourfold", one, "ms", limit=200),
        Figure("payment page: the 200 oldest of 231, processor slowed fourfold", most, "ms", limit=250),
    ]


def _pressed(page: Page, selector: str) -> float:
    return float(page.locator(selector).evaluate(UNTIL_PAINTED))


def _all(page: Page) -> float:
    if page.get_by_role("button", name="Clear selection").is_visible():
        page.get_by_role("button", name="Clear selection").click()
    return _pressed(page, "[data-part=all]")


if __name__ == "__main__":
    found = measure()
    sys.stdout.write(table(found) + "\n")
    sys.exit(any(figure.is_over for figure in found))
