"""A built portal and its stand-in API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from duebook.web.branding import colours_of
from portal.build import build
from tests.e2e.fake_api import FakeApi, running

GUEST = "kT7mWq4xRb"


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """One language and zone on every machine."""
    return {**browser_context_args, "locale": "en-US", "timezone_id": "America/Denver"}


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeApi]:
    """The portal as built from the working tree."""
    dist: Path = tmp_path_factory.mktemp("portal") / "dist"
    build(dist)
    with running(dist) as api:
        yield api


@pytest.fixture
def api(served: FakeApi) -> FakeApi:
    """A stand-in that knows one customer with one balance."""
    served.reset()
    served.found[GUEST] = {
        "tenant": {
            "name": "Cedar Valley Portables",
            "logo_url": None,
            "accent": "#0b7a5c",
            "colours": asdict(colours_of("#0b7a5c")),
            "support": {"email": "billing@cedar-valley.example", "phone": "+1 555 0142"},
        },
        "customer_name": "Halvorsen Construction",
        "balances": [served.balance()],
    }
    return served


@pytest.fixture
def guest(page: Page, api: FakeApi) -> Iterator[Page]:
    """A page that fails its test if the console showed an error that the test did not provoke."""
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.set_default_timeout(15_000)
    yield page
    api.release()
    provoked = ("Failed to load resource", "net::ERR")
    assert [text for text in problems if not any(sign in text for sign in provoked)] == []
