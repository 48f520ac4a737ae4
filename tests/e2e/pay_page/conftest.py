"""A built portal and the stand-in for its payment calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from portal.build import build
from tests.e2e.pay_page.fake_payments import FakePayments, running
from tests.e2e.pay_page.invoices import four


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """One language and zone on every machine."""
    return {**browser_context_args, "locale": "en-US", "timezone_id": "America/Denver"}


@pytest.fixture(scope="session")
def served_payments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakePayments]:
    """The portal as built from the working tree."""
    dist: Path = tmp_path_factory.mktemp("portal") / "dist"
    build(dist)
    with running(dist) as api:
        yield api


@pytest.fixture
def api(served_payments: FakePayments) -> FakePayments:
    """A stand-in in which Ana is signed in and owes four invoices."""
    served_payments.reset()
    served_payments.invoices.extend(four())
    return served_payments


@pytest.fixture
def ana(page: Page, api: FakePayments) -> Iterator[Page]:
    """A page that fails its test if the console showed an error that the test did not provoke."""
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.set_default_timeout(15_000)
    yield page
    api.gate.set()
    provoked = ("Failed to load resource", "net::ERR")
    assert [text for text in problems if not any(sign in text for sign in provoked)] == []
