"""Addresses of pages, as the edge reads them: the template's own function, run in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from local.stack import load_template
from portal.build import NOT_PAGES, PORTAL

CODE = load_template()["Resources"]["PrettyPaths"]["Properties"]["FunctionCode"]


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/", "/index.html"),
        ("/login", "/login.html"),
        ("/pay/", "/pay.html"),
        ("/fr-CA", "/fr-CA/index.html"),
        ("/fr-CA/", "/fr-CA/index.html"),
        ("/fr-CA/pay-my-balance", "/fr-CA/pay-my-balance.html"),
        ("/nowhere", "/404.html"),
        ("/fr-CA/nowhere", "/fr-CA/404.html"),
        ("/no/where", "/404.html"),
        ("/fr-CA/no/where", "/fr-CA/404.html"),
        ("/assets/0123456789ab/js/shell.js", "/assets/0123456789ab/js/shell.js"),
        ("/script-inventory.json", "/script-inventory.json"),
    ],
)
def test_a_pretty_path_names_its_file(page: Page, address: str, file: str) -> None:
    assert page.evaluate(f"uri => {{ {CODE}; return handler({{ request: {{ uri }} }}).uri; }}", address) == file


def test_the_edge_knows_every_page(page: Page) -> None:
    known = page.evaluate(f"() => {{ {CODE}; return pages; }}")

    assert known == sorted(path.stem for path in (PORTAL / "pages").glob("*.html") if path.name not in NOT_PAGES)
