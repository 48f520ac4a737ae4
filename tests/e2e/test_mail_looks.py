"""Mails that few stories reach, in a browser: readable by everybody at any width, in light and dark."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Browser

from duebook.domain.email_activity import MailText
from tests.e2e.accessibility import violations
from tests.money_back_samples import EVERY

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.mark.parametrize("mail", EVERY, ids=lambda mail: mail.subject)
def test_a_mail_of_money_that_went_back_is_readable_at_any_width_in_light_and_dark(browser: Browser, mail: MailText) -> None:
    faults: list[object] = []
    for scheme in SCHEMES:
        for width in (320, 600):
            context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
            page = context.new_page()
            page.set_content(mail.html)
            faults += [(scheme, width, fault) for fault in violations(page, leave_out={"landmark-one-main", "region"})]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append((scheme, width, "sideways scroll"))
            context.close()

    assert faults == []
