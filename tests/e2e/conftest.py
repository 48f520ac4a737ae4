"""What people's stories share: one local cloud on free ports, tenants of their own, a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import Http, Tenant, good
from tests.e2e.state_watch import StateWatch

# What is right comes at once; a machine with much to do may need longer than the five seconds a page is given otherwise.
expect.set_options(timeout=15_000)
# The headless shell is Chromium without the windows, menus and panels of its own that nobody sees here.
BROWSER_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def watched() -> list[StateWatch]:
    """Hold the watch over the local cloud, once there is one."""
    return []


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, watched: list[StateWatch]) -> Iterator[LocalCloud]:
    """Run the whole local cloud, empty, with a state folder of its own."""
    with LocalCloud(tmp_path_factory.mktemp("cloud"), wait_scale=0.1) as running:
        watched.append(StateWatch(running))
        yield running
    # The emulator has saved by now: tables, queues, executions and documents, whatever became of them.
    assert watched.pop().all_that_was_kept() == []


@pytest.fixture(scope="module", autouse=True)
def no_card_or_account_number_is_left_behind(watched: list[StateWatch]) -> Iterator[None]:
    """Look through tables, logs and mails after each file of tests: a later one may empty them."""
    yield
    assert [leak for watch in watched for leak in watch.what_is_new()] == []


@pytest.fixture
def http(cloud: LocalCloud) -> Http:
    """Give a client of the front door."""
    return Http(cloud.origin)


@pytest.fixture
def clock(http: Http) -> Iterator[Callable[[str | None], None]]:
    """Give a way to set the local time; it runs again after the test."""

    def set_to(now: str | None) -> None:
        good(http("PUT", "/local/clock", {"now": now}))

    yield set_to
    set_to(None)


@pytest.fixture
def tenant(http: Http) -> Callable[..., Tenant]:
    """Give a factory of tenants with one merchant account in USD, unless told otherwise."""
    numbers = count(1)

    def make(**more: object) -> Tenant:
        body = {"name": f"Tenant {next(numbers)}", "time_zone": "America/New_York", "plan": "pro", **more}
        made = good(http("POST", "/local/tenants", body))
        return Tenant(http, made["tenant_id"], made["api_key"], made["staff"])

    return make


@pytest.fixture
def quiet_console(page: Page) -> Iterator[None]:
    """Fail a test if the console of its page shows anything but a refused call."""
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield
    assert [text for text in problems if "Failed to load resource" not in text] == []


def find_browser() -> str | None:
    """Return a Chromium or Chrome that is installed: from CHROMIUM, else by its usual names."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in BROWSER_NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the installed browser; skip without one, but fail on a build machine."""
    found = find_browser()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("No Chromium or Chrome is installed, and CI must run the browser stories.")
        pytest.skip("no Chromium or Chrome on this machine; CHROMIUM may name one")
    return {**browser_type_launch_args, "executable_path": found, "args": list(BROWSER_FLAGS)}
