"""Mails in the words of the business, from the event to the mail that SES took (R65)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from duebook import wiring_mail, wiring_texts
from duebook.domain.activity_log import Actor
from duebook.domain.email_activity import MailKind
from duebook.domain.mail_templates import MailTemplate, OwnText
from duebook.domain.mail_texts import TEXTS
from duebook.domain.payments import Outcome
from duebook.runtime.clock import utc_now
from duebook.usecases.save_template import reset_text, save_text
from tests.faults.stage import issue, world
from tests.faults.world import TENANT, World
from tests.integration.mail_desk import sent, words
from tests.integration.test_payment_news_mails import found, paid

BODY = "<p>Dear {{customer.name}}, our own words for {{payment.amount}}.</p><ul>{{#invoices}}<li>{{number}}</li>{{/invoices}}</ul>"


@pytest.fixture
def duebook(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        issue("inv_1", 100_00, on="2025-04-01", number="INV-1")
        yield made


def keep(kind: MailKind, body: str = BODY) -> None:
    save_text(TENANT, kind, OwnText("Own: {{customer.name}}", body), was=None, desk=wiring_texts.text_desk(Actor("stf_1"), utc_now()))


def test_r65_receipt_and_staff_notice_take_the_words_of_the_business_and_keep_what_is_ours(duebook: World) -> None:
    keep(MailKind.RECEIPT)
    keep(MailKind.PAYMENT_RECEIVED)

    paid(duebook, 60_00, kind="card")

    (receipt,), notices = sent("receipt"), sent("payment_received")
    for mail in (receipt, *notices):
        assert str(mail["Subject"]).startswith("Own: ")
        assert "our own words for $60.00." in words(mail)
        assert "- INV-1" in words(mail)
    assert notices
    # The facts, the table and the button stay ours; our opening does not stand beside theirs.
    assert "Reference: " in words(receipt)
    assert "Pay my balance:" in words(receipt)
    assert "received this payment, and it is on the account" not in words(receipt)


def test_r65_back_to_the_default_a_receipt_reads_as_before(duebook: World) -> None:
    keep(MailKind.RECEIPT)
    reset_text(TENANT, MailKind.RECEIPT, desk=wiring_texts.text_desk(Actor("stf_1"), utc_now()))

    paid(duebook, 60_00)

    (receipt,) = sent("receipt")
    assert str(receipt["Subject"]).startswith("Receipt for $60.00 from ")
    assert "Thank you." in words(receipt)


def test_a_text_that_no_longer_fits_costs_no_mail(duebook: World, caplog: pytest.LogCaptureFixture) -> None:
    broken = OwnText("Own", "<p>{{customer.of_old}}</p>")
    wiring_texts.template_store().add(TENANT, MailTemplate(MailKind.RECEIPT, broken, duebook.now, "stf_1", 1))

    paid(duebook, 60_00)

    (receipt,) = sent("receipt")
    assert str(receipt["Subject"]).startswith("Receipt for $60.00 from ")
    assert "could not be used" in caplog.text


def test_r38_r65_what_the_bank_sent_back_is_told_in_their_words_to_the_payer_and_in_ours_to_staff(duebook: World) -> None:
    keep(MailKind.PAYMENT_RETURNED, "<p>{{return.reason}} {{#invoices}}{{number}} opened by {{amount}}.{{/invoices}}</p>")
    key = paid(duebook, 60_00)

    found(duebook, key, Outcome.RETURNED, code="R01")
    wiring_mail.tell_news(key, "returned")
    duebook.settle_down()

    mails = {str(mail["To"]): mail for mail in sent("payment_returned")}
    own = [mail for mail in mails.values() if str(mail["Subject"]).startswith("Own: ")]
    assert len(own) == 1
    assert "INV-1 opened by $60.00." in words(own[0])
    assert len(mails) > 1


def test_every_kind_that_is_sent_knows_a_value_for_each_name_it_offers():
    assert {kind for kind, known in TEXTS.items() if known.sent} >= {
        MailKind.RECEIPT, MailKind.PAYMENT_RECEIVED, MailKind.PAYMENT_NOT_MADE, MailKind.PAYMENT_RETURNED, MailKind.REFUND_NOTICE,
        MailKind.INVITATION, MailKind.PASSWORD_RESET, MailKind.STATEMENT, MailKind.NEW_INVOICE, MailKind.ACCOUNT_SUMMARY,
        MailKind.PAST_DUE_1, MailKind.PAST_DUE_2, MailKind.PAST_DUE_3,
    }  # fmt: skip
