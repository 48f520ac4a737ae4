"""The words of billing automation's mails: new invoices, account summaries, past-due notices."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from duebook.domain.account_letters import AccountLetter
from duebook.domain.automation_letters import InvoiceNews, PastDueLetter
from duebook.domain.directory import Customer, Tenant
from duebook.domain.email_activity import MailKind, MailText
from duebook.domain.mail_templates import OwnText, default_text
from duebook.domain.mail_texts import TEXTS
from duebook.domain.pay_links import wants_token
from duebook.mail.account_summary import write_account_summary
from duebook.mail.cleaning import clean_html
from duebook.mail.new_invoice import write_new_invoice
from duebook.mail.past_due import write_past_due
from duebook.mail.previews import write_preview
from duebook.mail.tenant_texts import TenantWords
from tests.automation_mail_samples import (
    CUSTOMER,
    EURO,
    EVERY,
    ORIGIN,
    PDF,
    SIGNS_IN,
    TENANT,
    TWO,
    WAITING,
    account,
    item,
    letter,
    many,
    news,
    news_of_paid,
    past_due,
    summary,
)
from tests.statement_samples import period_statement

GMAIL_CUTS_AT = 102 * 1024
DUE = {1: MailKind.PAST_DUE_1, 2: MailKind.PAST_DUE_2, 3: MailKind.PAST_DUE_3}
KINDS = (MailKind.NEW_INVOICE, MailKind.ACCOUNT_SUMMARY, *DUE.values())
HOSTILE = '<script>alert(1)</script> & "Sons" {{links.pay}}'
ONE = account(item("INV-1", -30, 120_00))


def flat(text: str) -> str:
    without = re.sub(r"<style.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(without))


def said(mail: MailText, *sentences: str) -> None:
    for sentence in sentences:
        assert sentence in flat(mail.text), sentence
        assert sentence in flat(mail.html), sentence


def unsaid(mail: MailText, *sentences: str) -> None:
    for sentence in sentences:
        assert sentence not in flat(mail.text), sentence
        assert sentence not in flat(mail.html), sentence


def written(kind: MailKind, *, tenant: Tenant = TENANT, customer: Customer = CUSTOMER, own: OwnText | None = None) -> MailText:
    """Write a mail of a kind about one past-due invoice."""
    words = TenantWords(kind, own, clean_html) if own else None
    late = account(item("INV-1", 34, 120_00))
    if kind is MailKind.NEW_INVOICE:
        return write_new_invoice(news(late, 120_00, tenant=tenant, customer=customer), None, portal_origin=ORIGIN, words=words)
    if kind is MailKind.ACCOUNT_SUMMARY:
        return write_account_summary(summary(late, tenant=tenant, customer=customer), portal_origin=ORIGIN, words=words)
    tier = int(kind.value[-1])
    return write_past_due(past_due(tier, late, tenant=tenant, customer=customer), portal_origin=ORIGIN, words=words)


def material(kind: MailKind) -> InvoiceNews | AccountLetter | PastDueLetter:
    if kind is MailKind.NEW_INVOICE:
        return news(ONE, 120_00)
    return letter(TWO) if kind is MailKind.ACCOUNT_SUMMARY else past_due(int(kind.value[-1]), TWO)


def test_r72_a_new_invoice_says_what_it_comes_to_when_it_is_due_and_how_to_pay():
    mail = write_new_invoice(news(ONE, 120_00), PDF, portal_origin=ORIGIN)

    assert mail.subject == "Invoice INV-1 from Blue Ridge"
    assert mail.attachments == (PDF,)
    said(
        mail,
        "This is invoice INV-1 of Jul 15, 2026 for Halvorsen Construction from Blue Ridge.",
        "$120.00",
        "Aug 14, 2026",
        "The invoice is attached as a PDF.",
        "Pay my balance",
        "abcDEFGH2345",
        "Contact Blue Ridge: help@blue.example or 555 0100.",
        "You get this mail because Blue Ridge sends new invoices of Halvorsen Construction to this address.",
    )
    unsaid(mail, "past due", "Paid already", "Open on other invoices", "not applied")


def test_r72_what_is_paid_of_a_new_invoice_and_what_else_is_open_stand_beside_it():
    mail = write_new_invoice(news(account(item("INV-0", 9, 40_00), item("INV-1", -30, 120_00)), 150_00), None, portal_origin=ORIGIN)

    assert mail.attachments == ()
    assert "Paid already: $30.00\nLeft to pay: $120.00\nOpen on other invoices: $40.00\n" in mail.text
    unsaid(mail, "attached")


def test_r25_a_new_invoice_that_unapplied_cash_paid_at_once_asks_for_nothing():
    mail = write_new_invoice(news_of_paid(), None, portal_origin=ORIGIN)

    said(mail, "This invoice is paid already.", "You have $12.50 that is not applied to an invoice yet.")
    unsaid(mail, "ask us to use it", "Pay my balance", "abcDEFGH2345")
    assert "Paid already: $120.00\nLeft to pay: $0.00\n" in mail.text


def test_r2_a_new_invoice_that_is_not_payable_online_says_so_and_has_no_button():
    mail = write_new_invoice(news(account(item("INV-1", -30, 120_00, pay_online=False)), 120_00), None, portal_origin=ORIGIN)

    said(mail, "This invoice cannot be paid online.")
    unsaid(mail, "Pay my balance")


def test_r75_the_first_notice_is_friendly_and_lists_every_past_due_invoice():
    mail = write_past_due(past_due(1, TWO), portal_origin=ORIGIN)

    assert mail.subject == "A reminder from Blue Ridge: $120.00 is past due"
    said(
        mail,
        "This is a friendly reminder that $120.00 on the account of Halvorsen Construction with Blue Ridge is past due.",
        "If you have paid already, thank you: there is nothing more to do.",
        "You have $5.00 that is not applied to an invoice yet; ask us to use it.",
    )
    assert (
        "- INV-1: $100.00 (Due Jun 5, 2026, 40 days past due)\n- INV-2: $20.00 (Due Jul 12, 2026, 3 days past due)\nTotal: $120.00\n"
        in mail.text
    )


def test_r75_the_tiers_become_firmer_and_each_thanks_who_has_paid():
    first, second, third = (write_past_due(past_due(tier, TWO), portal_origin=ORIGIN) for tier in DUE)

    assert second.subject == "Past due: $120.00 on your account with Blue Ridge"
    said(second, "is past due, the oldest invoice for 40 days. Please pay it now, or tell us what is wrong.")
    assert third.subject == "Please settle your account with Blue Ridge: $120.00 is long past due"
    said(
        third, "is long past due, the oldest invoice for 40 days. Please pay it in full now, or contact us, so that we find a way together."
    )
    for mail in (first, second, third):
        said(mail, "If you have paid already, thank you")
        assert not re.search(r"legal|collection|lawyer|court|final|second notice|suspend", flat(mail.html), re.IGNORECASE)


def test_a_day_is_one_day_and_not_several():
    mail = write_past_due(past_due(1, account(item("INV-1", 1, 100_00))), portal_origin=ORIGIN)

    said(mail, "1 day past due")
    unsaid(mail, "1 days", "Total:")


def test_r76_what_a_pending_payment_has_reserved_is_not_in_a_notice():
    held = account(item("INV-1", 40, 100_00), item("INV-2", 3, 50_00), reserved=(("INV-1", 100_00), ("INV-2", 20_00)))

    mail = write_past_due(past_due(1, held), portal_origin=ORIGIN)

    said(mail, "INV-2", "$30.00", "3 days past due")
    unsaid(mail, "INV-1", "$100.00", "$50.00", "40 days")


def test_r73_an_account_summary_lists_open_invoices_with_what_is_on_its_way():
    mail = write_account_summary(summary(WAITING), portal_origin=ORIGIN)

    assert mail.subject == "Your account with Blue Ridge: $120.00"
    said(mail, "This is the account of Halvorsen Construction with Blue Ridge on Jul 15, 2026.", "$100.00 of it is past due")
    assert "Being processed: $25.00\n" in mail.text
    assert "- INV-1: $100.00 (Due Jun 5, 2026, 40 days past due, $25.00 being processed, not payable online)\n" in mail.text
    assert "- INV-2: $20.00 (Due Jul 18, 2026)\nTotal: $120.00\n" in mail.text


def test_r73_an_account_summary_of_recent_transactions_tells_the_newest_first():
    facts = period_statement()
    mail = write_account_summary(facts, portal_origin=ORIGIN)

    told = facts.sections[0].activity
    assert told is not None
    listed = re.findall(r"^- .*$", mail.text, re.MULTILINE)
    assert len(listed) == len(told.movements)
    assert listed[0] == "- Payment: -$2,000.00 (Jun 12, 2025, $1,722.78 of it kept as unapplied cash)"
    assert listed[2] == "- Refund: $20.00 (Jun 10, 2025, from unapplied cash)"
    assert "Balance before Jun 1, 2025: " in mail.text
    said(mail, "Payment returned by the bank", "Invoice INV-10006", "kept as unapplied cash")


def test_r73_a_quiet_month_says_that_nothing_happened():
    facts = period_statement()
    (part,) = facts.sections
    assert part.activity is not None
    quiet = replace(facts, sections=(replace(part, activity=replace(part.activity, movements=())),))

    said(write_account_summary(quiet, portal_origin=ORIGIN), "No transactions since Jun 1, 2025")


def test_two_hundred_invoices_are_listed_up_to_fifty_and_the_mail_stays_small():
    told = many(200)
    for mail in (write_past_due(past_due(3, told), portal_origin=ORIGIN), write_account_summary(summary(told), portal_origin=ORIGIN)):
        said(mail, "INV-1000", "INV-1049", "and 150 more", "$20,100.00")
        unsaid(mail, "INV-1050")
        assert "- and 150 more: $18,825.00\nTotal: $20,100.00\n" in mail.text
        assert len(mail.html.encode()) < GMAIL_CUTS_AT / 2


def test_several_currencies_share_the_fifty_lines_and_are_never_added_up():
    mail = write_past_due(past_due(2, many(40, "EUR"), many(3, "JPY"), many(40)), portal_origin=ORIGIN)

    assert mail.subject == "Past due: €820.00, ¥600, and $820.00 on your account with Blue Ridge"
    said(mail, "Total past due in EUR", "Total past due in JPY", "Past-due invoices in USD", "¥300", "and 24 more")
    assert len(re.findall(r"^- INV", mail.text, re.MULTILINE)) == 16 + 3 + 16


def test_figures_and_dates_are_written_as_the_customer_reads_them():
    french = replace(CUSTOMER, locale="fr-FR")

    mail = write_past_due(past_due(1, account(item("INV-3", 50, 1_234_56), currency="EUR"), customer=french), portal_origin=ORIGIN)

    assert mail.subject == "A reminder from Blue Ridge: 1 234,56 € is past due"
    said(mail, "26 mai 2026")


def test_yen_have_no_decimals():
    said(write_new_invoice(news(account(item("INV-1", -30, 12_345), currency="JPY"), 12_345), None, portal_origin=ORIGIN), "¥12,345")


@pytest.mark.parametrize("kind", KINDS)
def test_r74_the_button_waits_for_its_token_and_the_pay_online_id_stands_beside_it(kind: MailKind):
    mail = written(kind)

    assert mail.html.count(f'href="{SIGNS_IN}"') == 1
    assert f"\n{SIGNS_IN}\n" in mail.text
    assert wants_token(kind, mail, ORIGIN)
    assert f'href="{ORIGIN}/pay-my-balance"' in mail.html
    said(mail, "abcDEFGH2345")


@pytest.mark.parametrize("kind", KINDS)
def test_r58_without_the_pro_plan_the_button_leads_to_the_page_for_guests(kind: MailKind):
    mail = written(kind, tenant=replace(TENANT, plan="basic"))

    assert f'href="{ORIGIN}/pay-my-balance#id=abcDEFGH2345"' in mail.html
    assert not wants_token(kind, mail, ORIGIN)
    unsaid(mail, "password")


@pytest.mark.parametrize("kind", KINDS)
def test_r12_a_customer_who_is_switched_off_gets_no_button_and_no_id(kind: MailKind):
    mail = written(kind, customer=replace(CUSTOMER, enabled=False))

    assert "/pay" not in mail.html + mail.text
    assert "abcDEFGH2345" not in mail.html + mail.text


@pytest.mark.parametrize("kind", KINDS)
def test_r65_own_words_take_the_place_of_our_opening_and_their_link_is_the_buttons(kind: MailKind):
    own = OwnText("Own: {{account.overdue}}", '<p>In our words, {{customer.name}}. <a href="{{links.pay}}">Pay</a></p>')

    mail = written(kind, own=own)

    assert mail.subject == "Own: $120.00"
    said(mail, "In our words, Halvorsen Construction.", "INV-1", "$120.00", "abcDEFGH2345")
    unsaid(mail, "This is ", "If you have paid already")
    assert mail.html.count(f'href="{SIGNS_IN}"') == 2


def test_r74_what_a_list_of_mails_shows_beside_the_subject_holds_no_link_that_lets_somebody_in():
    mail = written(MailKind.PAST_DUE_1, own=OwnText("Own", "<p>Pay here: {{links.pay}}</p>"))

    shown = re.search(r'<div aria-hidden="true"[^>]*>(.*?)</div>', mail.html, re.DOTALL)
    assert shown is not None
    assert shown[1].startswith(f"Pay here: {ORIGIN}/pay&")
    assert mail.html.count("#token=") == 2


@pytest.mark.parametrize("kind", KINDS)
def test_r65_the_default_text_reads_as_our_own_words(kind: MailKind):
    ours, default = written(kind), written(kind, own=default_text(kind))

    assert (default.subject, default.text) == (ours.subject, ours.text)


@pytest.mark.parametrize("kind", KINDS)
def test_r65_the_default_text_lists_no_invoices_since_the_list_follows(kind: MailKind):
    assert "{{#invoices}}" not in default_text(kind).body
    assert TEXTS[kind].sent
    assert "follow below your text" in TEXTS[kind].about


def test_r75_the_list_of_own_words_holds_past_due_invoices_alone_and_of_a_summary_all_open_ones():
    own = OwnText("Own", "<ul>{{#invoices}}<li>{{number}} {{balance}} {{days_past_due}}</li>{{/invoices}}</ul>")
    told = account(item("INV-1", 40, 100_00), item("INV-2", -3, 20_00), reserved=(("INV-1", 25_00),))

    notice = write_past_due(past_due(1, told), portal_origin=ORIGIN, words=TenantWords(MailKind.PAST_DUE_1, own, clean_html))
    open_ones = write_account_summary(summary(told), portal_origin=ORIGIN, words=TenantWords(MailKind.ACCOUNT_SUMMARY, own, clean_html))

    assert "- INV-1 $75.00 40\n" in notice.text
    assert "INV-2" not in notice.text
    assert "- INV-1 $100.00 40\n- INV-2 $20.00 0\n" in open_ones.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("own", [None, OwnText("{{customer.name}}", "<p>{{customer.name}}</p>")], ids=["ours", "own"])
def test_hostile_names_stay_words(kind: MailKind, own: OwnText | None):
    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.seen: set[str] = set()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:  # noqa: ARG002 - the signature is the parser's
            self.seen.add(tag)

    plain, hostile = Tags(), Tags()
    plain.feed(written(kind, own=own).html)
    mail = written(kind, tenant=replace(TENANT, name=HOSTILE), customer=replace(CUSTOMER, name=HOSTILE), own=own)
    hostile.feed(mail.html)

    assert hostile.seen == plain.seen
    assert "<script>alert" in mail.text
    assert "\n" not in mail.subject


def test_a_number_with_a_line_break_stays_in_its_line():
    mail = written_with_number("INV-1\r\nBcc: all@evil.example <b>")

    assert mail.subject == "Invoice INV-1 Bcc: all@evil.example <b> from Blue Ridge"
    assert "<b>from" not in mail.html


def written_with_number(number: str) -> MailText:
    return write_new_invoice(news(account(item(number, -30, 120_00)), 120_00), None, portal_origin=ORIGIN)


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_lets_nobody_in_and_reads_otherwise_as_the_mail_does(kind: MailKind):
    shown = write_preview(kind, material(kind), None, portal_origin=ORIGIN, clean=clean_html)

    assert not wants_token(kind, shown, ORIGIN)
    assert f'href="{ORIGIN}/pay-my-balance#id=abcDEFGH2345"' in shown.html
    said(shown, "Pay my balance")


@pytest.mark.parametrize("mail", EVERY, ids=lambda mail: mail.subject)
def test_no_mail_holds_more_than_two_empty_lines_or_an_open_brace(mail: MailText):
    assert "\n\n\n" not in mail.text
    assert "{{" not in mail.html + mail.text
    assert len(mail.html.encode()) < GMAIL_CUTS_AT / 2


def test_several_currencies_each_name_what_is_unapplied_in_them():
    both = account(item("INV-1", 2, 100_00), unapplied=5_00), account(currency="EUR", unapplied=7_00)

    said(
        write_account_summary(summary(*both), portal_origin=ORIGIN),
        "You have $5.00 that is not applied to an invoice yet; ask us to use it.",
        "You have €7.00 that is not applied to an invoice yet.",
    )
    said(write_past_due(past_due(1, EURO), portal_origin=ORIGIN), "€80.00")
