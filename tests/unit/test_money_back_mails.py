"""The words in which people hear that money left a payment again: returned, charged back, voided, refunded."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from duebook.domain.email_activity import MailText
from duebook.domain.money import Money
from duebook.domain.money_back import ReopenedInvoice
from duebook.domain.payments import Payment
from duebook.mail.payment_returned import write_payment_returned
from duebook.mail.payment_returned_staff import write_payment_returned_staff
from duebook.mail.refund_notice import write_refund_notice
from tests.money_back_samples import BANK, CHARGED_BACK, CUSTOMER, EVERY, OPEN, ORIGIN, REFUND, REFUNDED, RETURNED, TENANT, VOIDED, back


def flat(text: str) -> str:
    without = re.sub(r"<style.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(without))


def said(mail: MailText, *sentences: str) -> None:
    for sentence in sentences:
        assert sentence in flat(mail.text), sentence
        assert sentence in flat(mail.html), sentence


def test_r38_a_payer_hears_why_a_payment_came_back_what_is_open_again_and_what_to_do():
    mail = write_payment_returned(back(RETURNED), portal_origin=ORIGIN)

    assert mail.subject == "Your payment of $120.00 to Blue Ridge was returned"
    said(
        mail,
        "Your bank sent back this payment to Blue Ridge, so it is no longer on the account of Halvorsen Construction."
        " The account had not enough funds.",
        "You can pay again once the money is in the account, or pay another way.",
        "Jul 20, 2026",
        "Jul 14, 2026, 9:05 PM CDT",
        "Bank account ending in 6789",
        "R01",
        "DB-REFERENCE",
        "Open again",
        "$100.00 open now",
        "$45.00 open now",
        "Contact Blue Ridge: help@blue.example or 555 0100.",
    )
    assert "- INV-2: $20.00 ($45.00 open now)\nTotal: $120.00\n" in mail.text
    assert f"{ORIGIN}/pay-my-balance" in mail.html
    assert "saved" not in flat(mail.html)


@pytest.mark.parametrize(
    ("code", "payer", "staff"),
    [
        ("R01", "once the money is in the account", "Ask the customer when the money will be in the account"),
        ("R02", "Please pay from another account, or another way.", "This one takes no debits."),
        ("R10", "If you did not mean to stop it, contact Blue Ridge before you pay again.", "another charge needs their new consent"),
        ("R99", "Please pay again, or another way.", "your processor can say more"),
        (None, "gave no reason that we know", "gave no reason that we know"),
    ],
)
def test_r38_what_to_do_follows_from_the_code(code: str | None, payer: str, staff: str):
    news = back(replace(RETURNED, ended_code=code))

    said(write_payment_returned(news, portal_origin=ORIGIN), payer)
    said(write_payment_returned_staff(news, portal_origin=ORIGIN), staff)


def test_r38_staff_hear_in_one_line_who_how_much_why_and_what_is_open_again():
    mail = write_payment_returned_staff(back(RETURNED), portal_origin=ORIGIN)

    assert mail.subject == "Payment returned: $120.00 from Halvorsen Construction (R01)"
    assert mail.text.startswith(
        "The bank sent back $120.00 from Halvorsen Construction. The account had not enough funds."
        " $100.00 of INV-1 and $20.00 of INV-2 are open again.\n"
    )
    said(mail, "What to do", "Halvorsen Construction (c1)", "60000000001")
    assert f"{ORIGIN}/admin/payments/pay_1" in mail.html


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("R01", "The saved account was flagged; it can still be charged."),
        ("R02", "The saved account was flagged and is not charged again."),
    ],
)
def test_r38_a_saved_account_is_told_as_flagged(code: str, note: str):
    news = back(replace(RETURNED, method_id="mth_1", ended_code=code))

    said(write_payment_returned_staff(news, portal_origin=ORIGIN), note)
    said(write_payment_returned(news, portal_origin=ORIGIN), "Your saved bank account is marked as returned.")


def test_r38_money_that_had_not_come_in_yet_is_told_as_such():
    news = back(replace(RETURNED, captured_at=None, settled_at=None), reopened=())

    said(write_payment_returned(news, portal_origin=ORIGIN), "sent back this payment to Blue Ridge, so Blue Ridge has not received it.")
    staff = write_payment_returned_staff(news, portal_origin=ORIGIN)
    said(staff, "It had not been applied yet; the invoices it was meant for can be paid again.")
    assert "unapplied" not in staff.text


def test_r25_staff_hear_what_was_unapplied_and_what_is_lost():
    news = back(RETURNED, reopened=OPEN[:1], lost=5_00)

    said(
        write_payment_returned_staff(news, portal_origin=ORIGIN),
        "$100.00 of INV-1 is open again.",
        "$15.00 of it was unapplied cash, which is gone now.",
        "$5.00 of it had been refunded before, and is booked as a write-off.",
    )


def test_r41_a_chargeback_goes_to_staff_with_its_code_and_how_to_answer():
    mail = write_payment_returned_staff(back(CHARGED_BACK, 50_00, OPEN[1:], lost=30_00), portal_origin=ORIGIN)

    assert mail.subject == "Chargeback: $50.00 from Halvorsen Construction (10.4)"
    said(
        mail,
        "The payer's bank took back $50.00 of a payment of $120.00 from Halvorsen Construction: a chargeback.",
        "$20.00 of INV-2 is open again.",
        "the last day stands in the processor's pages",
        "Visa ending in 4242",
        "Reason code",
    )


def test_r41_many_invoices_that_open_again_are_counted_for_staff_and_listed_for_the_payer():
    many = tuple(ReopenedInvoice(f"i{number}", f"INV-{number}", 100, 100) for number in range(200))
    news = back(RETURNED, 200_00, many)

    said(write_payment_returned_staff(news, portal_origin=ORIGIN), "$1.00 of INV-4, and 195 more invoices are open again.")
    said(write_payment_returned(news, portal_origin=ORIGIN), "INV-199", "Total")


def test_r41_a_payer_hears_of_a_refund_how_much_to_where_and_that_it_takes_days():
    mail = write_refund_notice(back(REFUNDED, 50_00, OPEN[1:]), portal_origin=ORIGIN)

    assert mail.subject == "Refund of $50.00 from Blue Ridge"
    said(
        mail,
        "Blue Ridge gave back $50.00 of your payment of $120.00. What that money had paid is open again.",
        "The money goes back the way it came: Visa ending in 4242. Banks take some days to show it.",
        "R1-REFERENCE",
        "DB-REFERENCE",
        "$45.00 open now",
    )
    assert "a broken door" not in mail.text + mail.html


def test_r41_a_whole_refund_of_unapplied_money_asks_for_nothing():
    payment = replace(BANK, refunds=(replace(REFUND, minor=120_00),))
    mail = write_refund_notice(back(payment, 120_00, ()), portal_origin=ORIGIN)

    said(mail, "Blue Ridge gave back all of your payment of $120.00.", "Bank account ending in 6789")
    for part in (mail.text, mail.html):
        assert "open again" not in part.lower()
        assert "pay-my-balance" not in part


@pytest.mark.parametrize(
    ("payment", "opening"),
    [
        (VOIDED, "Blue Ridge took this payment back before it was settled, so your card is not charged."),
        (replace(VOIDED, void=None), "This payment to Blue Ridge was taken back before it was settled, so your card is not charged."),
        (
            replace(VOIDED, method_type="bank_account", brand=None, captured_at=None),
            "Blue Ridge took this payment back before it was settled, so nothing is taken from your bank account.",
        ),
    ],
)
def test_r41_a_payer_hears_that_a_voided_payment_is_not_charged(payment: Payment, opening: str):
    mail = write_refund_notice(back(payment), portal_origin=ORIGIN)

    assert mail.subject == "Your payment of $120.00 to Blue Ridge was voided"
    said(mail, opening, "it drops out by itself within days", "Open again")
    assert "paid twice" not in mail.text + mail.html


def test_r41_staff_hear_of_a_void_that_was_not_theirs():
    mail = write_payment_returned_staff(back(replace(VOIDED, void=None)), portal_origin=ORIGIN)

    assert mail.subject == "Payment voided at the processor: $120.00 from Halvorsen Construction"
    said(
        mail, "was voided at the processor, and not in Duebook.", "If one of you voided it in the processor's pages, nothing is left to do."
    )


@pytest.mark.parametrize("mail", EVERY, ids=lambda mail: mail.subject)
def test_r36_no_mail_names_an_address_an_id_to_pay_with_or_a_number_beyond_the_last_four(mail: MailText):
    for part in (mail.text, flat(mail.html)):
        assert "ana@acme.example" not in part
        assert CUSTOMER.pay_online_id not in part
        assert not re.search(r"\d{12,}", part)
        assert "None" not in part
        assert "  \n" not in part
    assert "{" not in mail.text


def test_names_from_strangers_are_text_not_markup():
    news = replace(
        back(RETURNED), tenant=replace(TENANT, name="<b>Blue</b> & {Co}"), customer=replace(CUSTOMER, name='"><script>alert(1)</script>')
    )

    for write in (write_payment_returned, write_payment_returned_staff):
        mail = write(news, portal_origin=ORIGIN)
        assert "<script" not in mail.html
        assert "<b>Blue" not in mail.html
        assert "alert(1)" in mail.text


def test_another_currency_and_locale_read_as_they_do():
    payment = replace(REFUNDED, amount=Money(184_783, "EUR"), refunds=(replace(REFUND, minor=100_00),))
    news = replace(back(payment, 100_00, ()), tenant=replace(TENANT, locale="de-DE", time_zone="Europe/Berlin"))

    mail = write_refund_notice(news, portal_origin=ORIGIN)

    assert mail.subject == "Refund of 100,00\u00a0\u20ac from Blue Ridge"
    assert "Paid: 15.07.2026, 04:05 CEST" in mail.text
