"""The mailbox in a real browser: read a mail, follow its link, report a bounce."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import Page, expect

from local.cloud import LocalCloud
from tests.e2e.accessibility import SIDEWAYS, violations_in_both_schemes
from tests.e2e.local_http import Http, eventually, good
from tests.e2e.test_local_cloud import mail_with, send_mail


@pytest.fixture(scope="module")
def mailbox(cloud: LocalCloud) -> str:
    http = Http(cloud.origin)
    for mail_id in ("01OLDER", "01NEWER"):
        send_mail(cloud, mail_id, b"%PDF-1.7")
        assert eventually(partial(mail_with, http, mail_id))
    return f"{cloud.origin}/mailbox"


@pytest.mark.parametrize("width", [1280, 320])
def test_mailbox_has_no_accessibility_fault_and_no_sideways_scroll(page: Page, mailbox: str, width: int):
    page.set_viewport_size({"width": width, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    page.goto(mailbox)
    page.get_by_role("button", name="Receipt 01NEWER").click()
    expect(page.get_by_role("heading", name="Receipt 01NEWER")).to_be_visible()

    assert violations_in_both_schemes(page) == []
    assert not page.evaluate(SIDEWAYS)
    assert said == []


def test_link_in_a_mail_opens_the_local_portal(page: Page, mailbox: str, cloud: LocalCloud):
    page.goto(mailbox)
    page.get_by_role("button", name="Receipt 01OLDER").click()

    with page.context.expect_page() as opened:
        page.frame_locator("#frame").get_by_role("link", name="Pay").click()

    assert opened.value.url == f"{cloud.origin}/pay-my-balance"


def test_bounce_button_reports_the_mail_as_bounced(page: Page, mailbox: str, cloud: LocalCloud):
    page.goto(mailbox)
    page.get_by_role("button", name="Receipt 01OLDER").click()

    page.get_by_role("button", name="Bounce this").click()

    expect(page.get_by_role("status")).to_have_text("Reported as bounced.")
    expect(page.locator("#events")).to_contain_text("bounce")
    mail = mail_with(Http(cloud.origin), "01OLDER")
    assert mail is not None
    assert mail["events"][-1] == "bounce"


def test_text_headers_and_source_show_the_mail_as_it_was_sent(page: Page, mailbox: str):
    page.goto(mailbox)
    page.get_by_role("button", name="Receipt 01OLDER").click()

    for view, words in (("Text", "Paid."), ("Headers", "X-Duebook-Kind: receipt"), ("Source", "Content-Type: multipart/mixed")):
        page.get_by_role("button", name=view, exact=True).click()
        expect(page.locator("#plain")).to_contain_text(words)


def test_new_mail_appears_by_itself_and_clear_all_removes_everything(page: Page, mailbox: str, cloud: LocalCloud):
    page.goto(mailbox)
    expect(page.get_by_role("button", name="Receipt 01NEWER")).to_be_visible()
    send_mail(cloud, "01FRESH")
    expect(page.get_by_role("button", name="Receipt 01FRESH")).to_be_visible()

    page.get_by_role("button", name="Clear all").click()

    expect(page.get_by_text("No mail yet.")).to_be_visible()
    assert good(Http(cloud.origin)("GET", "/local/mail")) == {"items": []}
