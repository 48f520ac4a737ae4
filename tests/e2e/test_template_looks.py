"""Mails in the words of the business, in a browser: every kind readable at any width, and hostile texts seen as a browser sees them (R65)."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from duebook.domain.directory import Support, Tenant
from duebook.domain.email_activity import MailKind, MailText
from duebook.domain.mail_samples import (
    TIERS,
    sample_access,
    sample_back,
    sample_customer,
    sample_invoice_news,
    sample_letter,
    sample_news,
    sample_past_due,
    sample_request,
)
from duebook.domain.mail_templates import OwnText, checked, default_text
from duebook.domain.mail_texts import TEXTS
from duebook.mail.cleaning import clean_html
from duebook.mail.previews import write_preview
from duebook.usecases.preview_template import ABOUT_ACCESS, ABOUT_MONEY_BACK, ABOUT_PAYMENTS, ABOUT_REQUESTS
from tests.e2e.accessibility import faults_in_mail

NOW = datetime(2026, 7, 15, 16, 0, tzinfo=UTC)
TENANT = Tenant("t1", "Blue Ridge", "America/Chicago", support=Support("help@blue.example", "555 0100"), accent="#0f7a8a")
CUSTOMER = sample_customer(NOW)
CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "shared/hostile_templates.json").read_text("utf-8"))
RICH = (
    "<h2>Hello {{customer.name}}</h2><p>In <strong>our own</strong> words, <em>as we speak</em>: "
    '<a href="https://blue.example/">our page</a>.</p><ul><li>One</li><li>Two</li></ul><ol><li>First</li></ol>Loose words at the end'
)
SEEN = """() => {
  const own = [...document.querySelectorAll('div[dir=auto] *')];
  return {
    elements: own.map((one) => [one.localName, [...one.attributes].map((each) => each.name).join(' ')]),
    links: own.filter((one) => one.localName === 'a').map((one) => one.protocol),
    tables: document.querySelectorAll('table').length, frames: document.querySelectorAll('iframe, script, object, embed, form, input').length,
    ran: window.ran === undefined,
  };
}"""
ALLOWED = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "h2"}


def written(kind: MailKind, text: OwnText | None) -> MailText:
    """Write a mail of a kind, with examples."""
    if kind in ABOUT_PAYMENTS:
        material: Any = sample_news(kind, CUSTOMER, TENANT, NOW, "USD")
    elif kind in ABOUT_MONEY_BACK:
        material = sample_back(kind, CUSTOMER, TENANT, NOW, "USD")
    elif kind in ABOUT_ACCESS:
        material = sample_access(CUSTOMER, TENANT)
    elif kind in ABOUT_REQUESTS:
        material = sample_request(kind, sample_access(CUSTOMER, TENANT), NOW)
    elif kind is MailKind.NEW_INVOICE:
        material = sample_invoice_news(CUSTOMER, TENANT, NOW.date(), "USD")
    elif kind in TIERS:
        material = sample_past_due(kind, CUSTOMER, TENANT, NOW.date(), "USD")
    else:
        material = sample_letter(CUSTOMER, TENANT, NOW.date(), "USD")
    return write_preview(kind, material, text, portal_origin="https://pay.blue.example", clean=clean_html)


@pytest.mark.parametrize("kind", list(TEXTS), ids=lambda kind: kind.value)
def test_every_kind_of_mail_is_readable_in_words_of_the_business(page: Page, kind: MailKind) -> None:
    block = "<ul>{{#invoices}}<li>{{number}}</li>{{/invoices}}</ul>" if TEXTS[kind].vocabulary.row else ""
    mail = written(kind, OwnText("Own {{customer.name}}", RICH + block))

    assert faults_in_mail(page, mail.html, (320, 600)) == []
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"mail-{kind.value}.png", full_page=True)


def test_r65_what_a_browser_sees_of_hostile_texts_is_our_frame_and_a_handful_of_tags(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.set_content(written(MailKind.RECEIPT, OwnText("x", "<p>x</p>")).html)
    frame = page.evaluate(SEEN)["tables"]
    looked_at = 0
    for case in CASES:
        known = checked(MailKind.RECEIPT, OwnText("x", str(case["text"]) * case.get("times", 1)), clean_html)
        if case["field"] == "subject" or known.problems or known.text == default_text(MailKind.RECEIPT):
            continue
        page.set_content(written(MailKind.RECEIPT, known.text).html)
        seen = page.evaluate(SEEN)
        assert {name for name, _ in seen["elements"]} <= ALLOWED, case
        assert {names for _, names in seen["elements"]} <= {"", "class style", "style", "href class style"}, case
        assert set(seen["links"]) <= {"https:", "http:", "mailto:"}, case
        assert (seen["tables"], seen["frames"], seen["ran"]) == (frame, 0, True), case
        looked_at += 1
    context.close()

    assert looked_at > 80
    assert asked == []
