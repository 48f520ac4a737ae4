"""The small script in the head of every page: the company's colours stand before the first paint, and nothing else is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from duebook.web.branding import colours_of
from portal.build import build
from tests.e2e.fake_api import running

KEY = "duebook.brands"


def brand(slug: str, accent: str | None = "#ffd400", **change: Any) -> dict[str, Any]:
    colours = colours_of(accent) if accent else None
    told = {name: getattr(colours, name) for name in colours.__slots__} if colours else None
    return {"slug": slug, "name": slug.title(), "logo_url": None, "colours": told} | change


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    dist: Path = tmp_path_factory.mktemp("portal") / "dist"
    build(dist)
    with running(dist) as api:
        yield api.portal


@pytest.fixture
def visitor(page: Page) -> Iterator[Page]:
    """A page that fails its test if the console showed an error, such as a breach of the content policy."""
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    assert [text for text in problems if "Failed to load resource" not in text] == []


def keep(page: Page, origin: str, *brands: object) -> None:
    page.goto(f"{origin}/maintenance")
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, json.dumps(brands)])


def painted(page: Page) -> str:
    return str(page.evaluate("document.documentElement.style.getPropertyValue('--action-light')"))


def kept(page: Page) -> list[dict[str, Any]]:
    return list(json.loads(page.evaluate("(key) => localStorage.getItem(key) ?? '[]'", KEY)))


def test_r57_the_script_stands_before_the_stylesheet_and_waits_for_nothing(visitor: Page, origin: str) -> None:
    visitor.goto(f"{origin}/pay-my-balance")

    order = visitor.evaluate("[...document.head.querySelectorAll('script, link[rel=stylesheet]')].map((one) => one.src || one.href)")
    script = visitor.locator("head script").first

    assert [path.rsplit("/", 1)[1] for path in order][:3] == ["brand.js", "early.js", "ui.css"]
    assert [script.get_attribute(name) for name in ("type", "defer", "async")] == [None] * 3
    assert (script.get_attribute("integrity") or "").startswith("sha384-")


def test_r57_the_last_company_is_painted_at_once_and_another_one_is_not_painted_in_its_colours(visitor: Page, origin: str) -> None:
    keep(visitor, origin, brand("acme"), brand("other", "#2f6f4f"))

    visitor.goto(f"{origin}/pay-my-balance")
    assert painted(visitor) == "#806a00"
    visitor.goto(f"{origin}/pay-my-balance?company=Other")
    assert painted(visitor) == "#2f6f4f"
    visitor.goto(f"{origin}/pay-my-balance?company=third")
    assert painted(visitor) == ""


@pytest.mark.parametrize(
    "spoilt",
    [
        "no list",
        [None, 7, {}],
        [brand("acme", colours={"accent": "red"})],
        [brand("acme") | {"logo_url": "https://elsewhere.example/x.png"}],
        [brand("acme") | {"logo_url": "/logos/../x.png"}],
        [brand("acme", colours=brand("acme")["colours"] | {"accent": "url(//elsewhere.example)"})],
    ],
)
def test_what_somebody_else_wrote_into_the_store_is_left_out(visitor: Page, origin: str, spoilt: Any) -> None:
    visitor.goto(f"{origin}/maintenance")
    visitor.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, json.dumps(spoilt)])

    visitor.goto(f"{origin}/pay-my-balance")

    assert painted(visitor) == ""
    assert visitor.evaluate("duebookBrand.cached") is None


def test_r57_a_brand_is_asked_for_kept_and_shown_by_the_next_page(visitor: Page, origin: str) -> None:
    answer = brand("acme", logo_url="/logos/" + "a" * 32 + ".png") | {
        "accent": "#ffd400",
        "support": {"email": "x@y.example", "phone": None},
    }
    asked: list[str] = []

    def tell(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(json=answer)

    visitor.route("**/api/brand?*", tell)
    visitor.goto(f"{origin}/pay-my-balance?company=acme")

    assert visitor.evaluate("duebookBrand.load(duebookBrand.asked)")["name"] == "Acme"
    assert painted(visitor) == "#806a00"
    assert [set(one) for one in kept(visitor)] == [{"slug", "name", "logo_url", "colours"}]
    visitor.goto(f"{origin}/receipt")
    assert painted(visitor) == "#806a00"
    assert asked == [f"{origin}/api/brand?company=acme"]


def test_a_company_that_is_gone_is_forgotten_and_one_without_an_answer_is_kept(visitor: Page, origin: str) -> None:
    keep(visitor, origin, brand("acme"), brand("other"))
    visitor.goto(f"{origin}/pay-my-balance")
    statuses = iter((500, 404))
    visitor.route("**/api/brand?*", lambda route: route.fulfill(status=next(statuses), json={}))

    assert visitor.evaluate("duebookBrand.load('acme').then(String)") == "undefined"
    assert [one["slug"] for one in kept(visitor)] == ["acme", "other"]
    assert visitor.evaluate("duebookBrand.load('acme').then(String)") == "null"
    assert [one["slug"] for one in kept(visitor)] == ["other"]


def test_a_company_without_a_colour_takes_away_the_one_before_and_five_are_kept(visitor: Page, origin: str) -> None:
    keep(visitor, origin, *(brand(f"one-{number}") for number in range(5)))
    visitor.goto(f"{origin}/pay-my-balance")

    visitor.evaluate("(brand) => duebookBrand.keep(brand)", brand("plain", None))

    assert painted(visitor) == ""
    assert [one["slug"] for one in kept(visitor)] == ["plain", "one-0", "one-1", "one-2", "one-3"]
