"""Looking at a page in light and in dark finds what axe finds in each, though dark costs a part of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.accessibility import COLOUR_RULES, RULES, violations, violations_in_both_schemes

GOOD = """<!doctype html><html lang="en"><head><title>Page</title><meta name="viewport" content="width=device-width">
<style>:root {{ color: #222; background: #fff }} a {{ color: #00c }} button {{ padding: 1rem; color: #222; background: #fff }} @media (prefers-color-scheme: dark) {{ {dark} }} @media (prefers-color-scheme: light) {{ {light} }}
</style></head><body><main><h1>Page</h1><p class="words">Words with <a href="/">a link</a> and more.</p>
<p><button>Press</button><button class="nameless"></button></p></main></body></html>"""
NAMELESS = ".nameless { display: none }"


def found(page: Page, *, light: str = "", dark: str = "") -> set[tuple[str, str]]:
    page.set_content(GOOD.format(light=light, dark=dark))
    return {(scheme, fault.split(":")[0]) for scheme, fault in violations_in_both_schemes(page)}


def test_a_good_page_has_no_fault_in_either(page: Page) -> None:
    assert found(page, light=NAMELESS, dark=NAMELESS) == set()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (".words { color: #ccc }", "color-contrast"),
        (".words a { color: #333; text-decoration: none }", "link-in-text-block"),
        (".nameless { display: inline-block }", "button-name"),
    ],
)
def test_a_fault_of_one_scheme_is_found_in_that_one(page: Page, scheme: str, fault: str, rule: str) -> None:
    styles = {"light": NAMELESS, "dark": NAMELESS}
    styles[scheme] += fault

    assert found(page, **styles) == {(scheme, rule)}


def test_the_rules_that_look_at_colours_are_those_that_axe_files_under_colour(page: Page) -> None:
    page.set_content(GOOD.format(light=NAMELESS, dark=NAMELESS))
    assert violations(page) == []

    tagged = page.evaluate(
        "rules => axe.getRules(rules).filter(({ tags }) => tags.includes('cat.color')).map(({ ruleId }) => ruleId)", list(RULES)
    )

    assert set(tagged) == set(COLOUR_RULES)
