"""The words of a receipt and of a staff notice."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from duebook.domain.account import Account
from duebook.domain.decisions import ApplyPayment, CapturePayment, IssueInvoice, decide
from duebook.domain.directory import Customer, Support, Tenant
from duebook.domain.money import Money
from duebook.domain.payment_news import PaidInvoice, PaymentNews, payment_news
from duebook.domain.payments import Payer, Payment, PaymentKey, PaymentState
from duebook.mail.payment_received import notice_view, write_payment_received
from duebook.mail.receipt import receipt_view, write_receipt
from duebook.mail.words import NEUTRAL_ACCENT
from tests.builders import KEY, NOON, after, open_item, usd

ORIGIN = "https://pay.blue.example"
AT = datetime(2026, 7, 15, 2, 5, tzinfo=UTC)
PAYMENT = Payment(
    PaymentKey("t1", "c1", "pay_1"),
    usd(184_783),
    PaymentState.CAPTURED,
    "guest",
    "card",
    AT,
    "DB-REFERENCE",
    brand="visa",
    last4="4242",
    payer=Payer("Ana Reyes", "ana@acme.example"),
    captured_at=AT,
)
TENANT = Tenant(
    "t1",
    "Blue Ridge",
    "America/Chicago",
    support=Support("help@blue.example", "555 0100"),
    address="410 Depot Street\nAsheville, NC",
    accent="#0f7a8a",
)
CUSTOMER = Customer("c1", "Halvorsen Construction", "abcDEFGH2345", NOON)
PAID = (PaidInvoice("i1", "INV-1", 100_000, 0), PaidInvoice("i2", "INV-2", 64_783, 0), PaidInvoice("i3", "INV-3", 12_000, 26_555))
NEWS = PaymentNews(PAYMENT, TENANT, CUSTOMER, PAID, 8_000, 26_555, nothing_owed=False)


def plain(text: str) -> str:
    without = re.sub(r"<style.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(without))


@pytest.mark.parametrize("part", ["html", "text"])
def test_r16_r23_a_receipt_tells_amount_date_reference_method_split_and_rest(part: str):
    mail = write_receipt(NEWS, portal_origin=ORIGIN)
    words = plain(getattr(mail, part))

    assert mail.subject == "Receipt for $1,847.83 from Blue Ridge"
    for said in (
        "$1,847.83", "Jul 14, 2026, 9:05 PM CDT", "DB-REFERENCE", "Visa ending in 4242", "Ana Reyes", "Halvorsen Construction",
        "INV-1", "$1,000.00", "INV-2", "$647.83", "Paid in full", "INV-3", "$120.00", "Paid in part, $265.55 still open",
        "$80.00 did not go to an invoice", "Remaining balance to pay online: $265.55.", "help@blue.example or 555 0100", "410 Depot Street",
    ):  # fmt: skip
        assert said in words
    assert f"{ORIGIN}/pay-my-balance" in getattr(mail, part)
    assert f"{ORIGIN}/receipt#pay_1" in getattr(mail, part)


def test_r13_a_receipt_names_no_address_number_or_pay_online_id_it_need_not():
    mail = write_receipt(NEWS, portal_origin=ORIGIN)

    for part in (mail.html, mail.text):
        assert "ana@acme.example" not in part
        assert CUSTOMER.pay_online_id not in part


@pytest.mark.parametrize(
    ("payable_left", "nothing_owed", "note"),
    [
        (26_555, False, "Remaining balance to pay online: $265.55."),
        (0, False, "Remaining balance to pay online: nothing."),
        (0, True, "You're all paid up."),
    ],
)
def test_the_rest_that_is_told_is_what_a_guest_may_know(payable_left: int, nothing_owed: bool, note: str):
    news = replace(NEWS, payable_left=payable_left, nothing_owed=nothing_owed)

    assert receipt_view(news, portal_origin=ORIGIN).balance_note == note


def test_a_payment_without_a_rest_says_nothing_of_one():
    mail = write_receipt(replace(NEWS, unapplied=0), portal_origin=ORIGIN)

    assert "credit" not in mail.text
    assert "Not applied" not in mail.html


def test_names_from_strangers_are_text_not_markup():
    news = replace(NEWS, tenant=replace(TENANT, name="<b>Blue</b> & Co"), customer=replace(CUSTOMER, name='"><script>alert(1)</script>'))
    mails = [write_receipt(news, portal_origin=ORIGIN), write_payment_received(news, portal_origin=ORIGIN)]

    for mail in mails:
        assert "<script" not in mail.html
        assert "<b>Blue" not in mail.html
    assert "&lt;b&gt;Blue&lt;/b&gt; &amp; Co" in mails[0].html
    assert "<b>Blue</b> & Co" in mails[0].text


@pytest.mark.parametrize("accent", [None, "", "red", "#fff", "#0f7a8a;background:url(//evil.example)", "#0f7a8g"])
def test_an_accent_that_is_no_colour_is_the_neutral_one(accent: str | None):
    news = replace(NEWS, tenant=replace(TENANT, accent=accent))

    assert receipt_view(news, portal_origin=ORIGIN).accent == NEUTRAL_ACCENT


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"brand": None, "last4": None}, "Card"),
        ({"brand": "mastercard", "last4": "0015"}, "Mastercard ending in 0015"),
        ({"brand": None, "method_type": "bank_account", "last4": "6789"}, "Bank account ending in 6789"),
        ({"brand": "American Express", "last4": "1002"}, "American Express ending in 1002"),
    ],
)
def test_the_method_is_named_by_brand_and_last_four(changes: dict[str, str | None], words: str):
    news = replace(NEWS, payment=replace(PAYMENT, **changes))  # type: ignore[arg-type]

    assert dict(receipt_view(news, portal_origin=ORIGIN).facts)["Paid with"] == words


def test_r38_money_of_a_bank_account_is_told_with_the_day_it_was_paid_and_the_day_it_arrived():
    paid_at = AT - timedelta(days=3)
    payment = replace(PAYMENT, method_type="bank_account", brand=None, last4="6789", created_at=paid_at)
    news = replace(NEWS, payment=payment)

    for view in (receipt_view(news, portal_origin=ORIGIN), notice_view(news, portal_origin=ORIGIN)):
        facts = dict(view.facts)
        assert (facts["Paid"], facts["Arrived"]) == ("Jul 11, 2026, 9:05\u00a0PM CDT", "Jul 14, 2026")
        assert facts["Paid with"] == "Bank account ending in 6789"
        assert "Date" not in facts


def test_a_receipt_in_another_currency_and_locale_reads_as_they_do():
    payment = replace(PAYMENT, amount=Money(184_783, "EUR"))
    news = replace(NEWS, payment=payment, tenant=replace(TENANT, locale="de-DE", time_zone="Europe/Berlin"), paid=(), unapplied=0)

    view = receipt_view(news, portal_origin=ORIGIN)

    assert view.amount == "1.847,83\u00a0\u20ac"
    assert dict(view.facts)["Date"] == "15.07.2026, 04:05 CEST"


def test_r16_a_staff_notice_is_one_line_that_tells_all():
    view = notice_view(NEWS, portal_origin=ORIGIN)
    mail = write_payment_received(NEWS, portal_origin=ORIGIN)

    assert mail.subject == "Payment received: $1,847.83 from Halvorsen Construction"
    assert view.summary == "Halvorsen Construction paid $1,847.83: INV-1 and INV-2 in full, $120.00 of INV-3, and $80.00 unapplied."
    assert mail.text.startswith(view.summary)
    assert f"{ORIGIN}/admin/payments/pay_1" in mail.html
    assert "ana@acme.example" not in mail.html + mail.text


def test_a_staff_notice_of_many_invoices_names_five_and_counts_the_rest():
    paid = tuple(PaidInvoice(f"i{number}", f"INV-{number}", 100, 0) for number in range(200))

    view = notice_view(replace(NEWS, paid=paid, unapplied=0), portal_origin=ORIGIN)

    assert view.summary.endswith(": INV-0, INV-1, INV-2, INV-3, INV-4, and 195 more invoices in full.")


def test_r25_money_that_no_invoice_took_is_told_as_such():
    news = replace(NEWS, paid=(), unapplied=184_783)

    assert "paid $1,847.83: $1,847.83 unapplied." in notice_view(news, portal_origin=ORIGIN).summary
    assert "What it paid" not in write_receipt(news, portal_origin=ORIGIN).html


def test_r23_the_news_of_a_payment_are_its_applications_and_what_is_left():
    old, new = open_item("inv_1", open=100_00), open_item("inv_2", invoiced_on="2025-02-28", open=100_00)
    account = after(
        Account(KEY),
        IssueInvoice("inv_1", 100_00, old),
        IssueInvoice("inv_2", 100_00, new),
        CapturePayment("pay_1", 120_00, "clearing:ma_1"),
    )
    applied = decide(account, ApplyPayment("pay_1", online_only=True), posted_at=NOON, actor="test")

    news = payment_news(PAYMENT, applied.lines, after(account, ApplyPayment("pay_1", online_only=True)), TENANT, CUSTOMER)

    assert news.paid == (PaidInvoice("inv_1", "inv_1", 100_00, 0), PaidInvoice("inv_2", "inv_2", 20_00, 80_00))
    assert (news.unapplied, news.payable_left, news.nothing_owed) == (0, 80_00, False)
