"""Mails that few stories reach, in a browser: readable by everybody at any width, in light and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from duebook.domain.email_activity import MailText
from tests.automation_mail_samples import EVERY as OF_AUTOMATION
from tests.e2e.accessibility import faults_in_mail
from tests.money_back_samples import EVERY


@pytest.mark.parametrize("mail", EVERY, ids=lambda mail: mail.subject)
def test_a_mail_of_money_that_went_back_is_readable_at_any_width_in_light_and_dark(page: Page, mail: MailText) -> None:
    assert faults_in_mail(page, mail.html, (320, 600)) == []


@pytest.mark.parametrize("mail", OF_AUTOMATION, ids=lambda mail: mail.subject)
def test_a_mail_of_billing_automation_is_readable_at_any_width_in_light_and_dark(page: Page, mail: MailText) -> None:
    assert faults_in_mail(page, mail.html, (320, 600, 1280)) == []
