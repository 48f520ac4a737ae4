"""One local cloud with the demo for all looks at staff pages, somebody signed in, and ids to open pages with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from playwright.sync_api import Browser

from local.cloud import LocalCloud
from tests.e2e.local_http import Http, eventually, good


@dataclass
class Demo:
    """The demo's first business, and its admin's session."""

    cloud: LocalCloud
    session: Any

    @property
    def origin(self) -> str:
        """Where it is reached."""
        return self.cloud.origin

    def call(self, path: str) -> Any:
        """Read from the staff API as the admin."""
        cookie = next(one for one in self.session["cookies"])
        return good(Http(self.origin)("GET", f"/api/staff{path}", headers={"Cookie": f"{cookie['name']}={cookie['value']}"}))

    @cached_property
    def ids(self) -> dict[str, str]:
        """What stands for ``{customer}``, ``{payment}`` … in paths of pages."""
        card = eventually(lambda: [one for one in self.call("/customers/halvorsen/payments")["items"] if one["channel"] == "guest"])[0]
        check = next(one for one in self.call("/customers/halvorsen/payments")["items"] if one["method"]["type"] == "check")
        mail = eventually(lambda: self.call("/customers/halvorsen/emails")["items"])[0]
        return {
            "customer": "halvorsen",
            "invoice": "halvorsen-inv-10141",
            "payment": card["id"],
            "check": check["id"],
            "mail": mail["id"],
            "bounced": self.call("/email-activity?status=bounced")["items"][0]["id"],
            "run": self.call("/statements")["items"][0]["id"],
            "contact": "halvorsen-1",
            "site": "halvorsen-quarry",
            "account": self.call("/settings/processors")["merchant_accounts"][0]["id"],
            "key": self.call("/settings/api-keys")["items"][-1]["id"],
            "automation_run": self.call("/automation/past_due_notices/runs")["items"][0]["id"],
            "request": self.call("/requests?status=read")["items"][0]["id"],
            "completed": self.call("/requests?status=completed")["items"][0]["id"],
            "declined": self.call("/requests?status=declined")["items"][0]["id"],
            "emptied": self._without_its_file(),
        }

    def _without_its_file(self) -> str:
        """Return the id of a statement mail after the files of all mails were deleted, as the bucket does after 45 days."""
        assert eventually(lambda: not self.call("/email-activity?status=queued")["items"])
        storage, bucket = self.cloud.cloud.client("s3"), self.cloud.cloud.stack.resources["DocumentsBucket"]
        for one in storage.list_objects_v2(Bucket=bucket, Prefix="attachments/")["Contents"]:
            storage.delete_object(Bucket=bucket, Key=one["Key"])
        return str(self.call("/email-activity?kind=statement")["items"][0]["id"])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Demo]:
    """Run the local cloud with the demo and sign its admin in, once for all pages."""
    with LocalCloud(tmp_path_factory.mktemp("staff-demo"), demo=True) as running:
        staff = running.demo_facts()["staff"]
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{running.origin}/admin")
        page.get_by_label("Email").fill(staff["email"])
        page.get_by_label("Password").fill(staff["password"])
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Home").wait_for()
        session = context.storage_state()
        context.close()
        yield Demo(running, session)
