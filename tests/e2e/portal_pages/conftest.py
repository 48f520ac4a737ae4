"""A built portal and the stand-in for the API of signed-in contacts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from portal.build import build
from tests.e2e.portal_pages.fake_portal import FakePortal, running


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """One language and zone on every machine."""
    return {**browser_context_args, "locale": "en-US", "timezone_id": "America/Denver"}


@pytest.fixture(scope="session")
def served_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakePortal]:
    """The portal as built from the working tree."""
    dist: Path = tmp_path_factory.mktemp("portal") / "dist"
    build(dist)
    with running(dist) as portal:
        yield portal


@pytest.fixture
def portal(served_portal: FakePortal) -> FakePortal:
    """A stand-in in which Ana is signed in."""
    served_portal.reset()
    return served_portal


@pytest.fixture
def contact(page: Page, portal: FakePortal) -> Iterator[Page]:
    """A page that fails its test if the console showed an error that the test did not provoke."""
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.set_default_timeout(15_000)
    yield page
    portal.gate.set()
    provoked = ("Failed to load resource", "net::ERR")
    assert [text for text in problems if not any(sign in text for sign in provoked)] == []
