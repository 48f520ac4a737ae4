"""Invoices and receipts in words: what stands in them, in which language, and how strangers' texts are made fit for paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from string import Formatter
from typing import Any

import pytest

from duebook.documents.invoice import NAMED_CREDITS, write_invoice
from duebook.documents.logos import fit_logo
from duebook.documents.receipt import HEADINGS, has_receipt, write_receipt_sheet
from duebook.documents.sender import edition
from duebook.documents.texts import BREAK_HERE, file_name, language_of, one_line, some_lines
from duebook.documents.words_en import WORDS as ENGLISH
from duebook.documents.words_fr import WORDS as FRENCH
from duebook.domain.documents import Credit, CreditKind, InvoiceFacts, Sheet, fingerprint
from duebook.domain.invoices import InvoiceStatus
from duebook.domain.payments import NOT_MADE, PaymentState
from duebook.domain.refunds import Refund, StepState
from tests.document_samples import (
    NOON,
    ORIGIN,
    billed,
    customer,
    invoice_facts,
    logo_png,
    multi_site,
    part_paid,
    payment,
    receipt_facts,
    tenant,
)


def invoice(facts: InvoiceFacts | None = None) -> Sheet:
    return write_invoice(facts or part_paid(), portal_origin=ORIGIN)


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name}


# ---------------------------------------------------------------- languages


def test_both_languages_say_the_same_things_with_the_same_parts():
    assert {name: placeholders(words) for name, words in FRENCH.items()} == {name: placeholders(words) for name, words in ENGLISH.items()}


@pytest.mark.parametrize(
    ("locale", "lang", "region", "paper"),
    [
        ("en-US", "en", "US", "us-letter"),
        ("en", "en", "US", "us-letter"),
        ("en-CA", "en", "CA", "us-letter"),
        ("fr-CA", "fr", "CA", "us-letter"),
        ("fr-FR", "fr", "FR", "a4"),
        ("en-GB", "en", "GB", "a4"),
        ("de-DE", "en", None, "a4"),
        ("es-MX", "en", None, "us-letter"),
        ("nonsense!", "en", "US", "us-letter"),
        (None, "en", "US", "us-letter"),
    ],
)
def test_the_locale_decides_words_and_paper(locale: str | None, lang: str, region: str | None, paper: str):
    found = language_of(locale)

    assert (found.lang, found.region, found.paper) == (lang, region, paper)


@pytest.mark.parametrize(
    ("locale", "figure", "quantity"),
    [("en-US", "1,234.50", "1,200.25"), ("fr-CA", "1 234,50", "1 200,25"), ("de-DE", "1.234,50", "1.200,25")],
)
def test_figures_read_as_in_the_locale(locale: str, figure: str, quantity: str):
    language = language_of(locale)

    assert language.figure(1_234_50, "USD").replace("\u00a0", " ") == figure
    assert language.quantity(Decimal("1200.2500")).replace("\u00a0", " ") == quantity


@pytest.mark.parametrize(("currency", "figure"), [("JPY", "12,345"), ("USD", "123.45"), ("KWD", "12.345")])
def test_r5_a_figure_has_the_digits_of_its_currency(currency: str, figure: str):
    assert language_of("en-US").figure(12_345, currency) == figure


def test_the_customers_locale_comes_before_the_businesss():
    sheet = invoice(invoice_facts(customer=customer(locale="fr-CA"), tenant=tenant(locale="en-US")))

    assert (sheet.view["heading"], sheet.view["badge"]["words"]) == ("Facture", "En retard")


# ---------------------------------------------------------------- strangers' texts


def test_unseen_characters_are_left_out_and_blanks_folded():
    assert one_line("  Acme\u202e \x07Con\u0301struction\n\tLLC\ufeff ") == "Acme Co\u0144struction LLC"


def test_a_long_text_is_cut_and_a_long_word_may_be_broken():
    assert one_line("word " * 200, 20) == "word word word word…"
    assert max(len(part) for part in one_line("W" * 200).split(BREAK_HERE)) <= 12
    assert BREAK_HERE not in one_line("INV-2026-00000000000012")
    assert one_line("W" * 200).replace(BREAK_HERE, "") == "W" * 200


def test_an_address_has_few_lines():
    assert some_lines("one\n\n two \nthree", 3) == ["one", "two", "three"]
    assert some_lines("a\nb\nc\nd", 3) == ["a", "b", "…"]
    assert some_lines(None) == []


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("INV-10145", "INV-10145.pdf"),
        ("FV/2025/Łódź 1", "FV-2025-odz-1.pdf"),
        ("../../etc", "etc.pdf"),
        ('"; x="', "x.pdf"),
        ("Ω", "document.pdf"),
    ],
)
def test_a_file_is_named_with_plain_characters(number: str, name: str):
    assert file_name(number) == name


# ---------------------------------------------------------------- invoices


def test_an_invoice_tells_lines_tax_what_was_taken_off_and_what_is_left():
    view = invoice().view

    assert view["totals"] == [
        ("Subtotal", "1,394.50", "plain"),
        ("Tax", "61.18", "plain"),
        ("Total", "$1,455.68", "strong"),
        ("Credit memo CM-311, May 12, 2025", "-25.00", "plain"),
        ("Payment, May 20, 2025 (Check 20817)", "-400.00", "plain"),
        ("Balance due", "$1,030.68", "grand"),
    ]
    assert view["groups"][0]["rows"][2] == (["Holding tank, 250 gal, pump-out"], "1.5", "145.00", "217.50")
    assert view["groups"][0]["rows"][-1][3] == "-40.00"
    assert view["due"] == {"label": "Balance due", "amount": "$1,030.68", "note": "Was due May 31, 2025", "late": True}
    assert view["notes"] == [
        "Payments are shown as of Jun 2, 2025.",
        "$100.00 of this is being processed already. Please do not pay it again.",
    ]


def test_an_invoice_of_which_nothing_was_paid_tells_its_total_once():
    view = invoice(invoice_facts(billed(1, tax=0), status=InvoiceStatus.UNPAID)).view

    assert view["totals"] == [("Balance due", "$370.00", "grand")]
    assert (view["badge"], view["due"]["note"], view["notes"]) == (None, "Due May 31, 2025", [])


@pytest.mark.parametrize(
    ("status", "badge", "notes"),
    [
        (InvoiceStatus.PAID, {"words": "Paid", "tone": "good"}, []),
        (InvoiceStatus.VOID, {"words": "Void", "tone": "bad"}, ["This invoice is void. Nothing is owed on it."]),
        (InvoiceStatus.DRAFT, {"words": "Draft", "tone": "wait"}, ["This is a draft. It is not issued yet, and nothing is owed on it."]),
    ],
)
def test_an_invoice_that_is_not_open_says_so_and_asks_for_no_payment(status: InvoiceStatus, badge: dict[str, str], notes: list[str]):
    view = invoice(invoice_facts(billed(1, open_balance=0), status=status)).view

    assert (view["badge"], view["notes"], view["pay"]) == (badge, notes, None)


def test_the_code_opens_the_payment_page_with_the_pay_online_id():
    pay = invoice(invoice_facts(customer=customer(pay_online_id="a b&c"))).view["pay"]

    assert pay["link"] == "https://pay.blue-ridge.example/pay-my-balance#id=a%20b%26c"
    assert "".join(pay["place"]) == "pay.blue-ridge.example/pay-my-balance"


@pytest.mark.parametrize("facts", [invoice_facts(billed(1, pay_online=False)), invoice_facts(customer=customer(enabled=False))])
def test_r2_what_cannot_be_paid_online_shows_no_code(facts: InvoiceFacts):
    assert invoice(facts).view["pay"] is None


def test_many_payments_are_told_as_the_newest_and_a_sum():
    paid = tuple(Credit(CreditKind.PAYMENT, 10_00, date(2025, 5, 1) + timedelta(days=day), payment()) for day in range(9))
    one = billed()

    totals = invoice(invoice_facts(replace(one, open_balance=one.total - 90_00), credits=paid)).view["totals"]

    told = [total for total in totals if total[1].startswith("-")]
    assert len(told) == NAMED_CREDITS + 1
    assert told[0][:2] == ("Earlier payments and credits", "-30.00")


def test_r6_a_parent_is_told_site_by_site_with_its_childrens_taxes_and_rests():
    view = invoice(multi_site()).view

    assert [group["title"] for group in view["groups"]] == [
        "Riverside Towers (014)",
        "Depot Street Lofts (015)",
        "County Fairgrounds (016)",
    ]
    assert view["groups"][1]["closing"] == [
        ("Tax", "12.40", "plain"),
        ("Total of this site", "790.90", "strong"),
        ("Still open of this site", "690.90", "plain"),
    ]
    assert view["totals"][0] == ("Total", "$2,372.70", "strong")
    assert ("Sites", ["3"]) in view["facts"]


def test_a_parent_of_very_many_lines_names_its_children_without_them():
    view = invoice(multi_site(30, 100)).view

    assert len(view["groups"]) == 1
    assert len(view["groups"][0]["rows"]) == 30
    assert view["groups"][0]["rows"][0][0] == ["Riverside Towers (014)", "Invoice INV-10200-1, May 1, 2025"]


# ---------------------------------------------------------------- receipts


@pytest.mark.parametrize("state", PaymentState)
def test_every_payment_that_was_made_or_may_be_has_a_receipt_and_no_other(state: PaymentState):
    paid = payment(state, captured_at=None)

    assert has_receipt(paid) == (state not in NOT_MADE)
    if state not in NOT_MADE:
        assert write_receipt_sheet(receipt_facts(1, paid)).view["heading"]


def test_headings_have_words_in_every_language():
    for heading in HEADINGS.values():
        assert {heading, f"{heading}_text"} <= set(ENGLISH) & set(FRENCH)


def test_r38_money_on_its_way_is_submitted_and_pays_nothing_yet():
    paid = payment(PaymentState.PENDING, captured_at=None, method_type="bank_account", brand=None, last4="6789")

    view = write_receipt_sheet(receipt_facts(2, paid)).view

    assert (view["heading"], view["tone"]) == ("Payment submitted", "wait")
    assert view["table"]["caption"] == "What it will pay"
    assert view["table"]["columns"][1] == "Will be paid"
    assert ("Paid with", ["Bank account ending in 6789"]) in view["facts"]
    assert view["notes"] == ["Remaining balance of the account as of Jun 2, 2025: $3,412.50. This payment is not taken off it yet."]


def test_r38_a_returned_payment_says_so_and_why():
    view = write_receipt_sheet(receipt_facts(0, payment(PaymentState.RETURNED, ended_code="R01"))).view

    assert (view["heading"], view["tone"], view["table"]) == ("Payment returned", "bad", None)
    assert view["opening"] == "The bank sent this payment back (R01). What it had paid is open again."


def test_r41_refunds_stand_on_the_receipt():
    refunds = (
        Refund("rfd_1", "o1", 100_00, "moved", "stf_1", NOON, StepState.MADE),
        Refund("rfd_2", "o2", 5_00, "moved", "stf_1", NOON, StepState.REFUSED),
        Refund("rfd_3", "o3", 7_00, "moved", "stf_1", NOON, StepState.UNKNOWN),
    )

    view = write_receipt_sheet(receipt_facts(2, payment(refunds=refunds))).view

    assert view["heading"] == "Payment received, refunded in part"
    assert view["opening"] == "Blue Ridge Sanitation received this payment and gave $100.00 of it back."
    assert view["table"]["below"] == [("Refunded Jun 2, 2025", "100.00")]
    assert "Refund under way, Jun 2, 2025: $7.00." in view["notes"]


# ---------------------------------------------------------------- names of documents


def changed(**facts: Any) -> str:
    return fingerprint(invoice(replace(part_paid(), **facts)))


def test_documents_share_a_name_only_when_they_read_and_look_alike():
    same = [fingerprint(invoice()), fingerprint(invoice())]
    others = [
        changed(customer=customer(name="Another")),
        changed(tenant=tenant(logo_url="/logos/1.png")),
        changed(tenant=tenant(accent="#112233")),
        changed(status=InvoiceStatus.UNPAID),
        fingerprint(replace(invoice(), edition="next")),
    ]

    assert len({*same}) == 1
    assert len({*same, *others}) == 6
    assert edition() == edition()


# ---------------------------------------------------------------- logos


@pytest.mark.parametrize(
    ("logo", "ending"),
    [
        (logo_png(8, 8), "png"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (30_000).to_bytes(4) + (30_000).to_bytes(4), None),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + (99).to_bytes(3, "little") + (49).to_bytes(3, "little"), "webp"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + b"\xff" * 6, None),
        (b"RIFF\x00\x00\x00\x00WEBPVP8L" + bytes(5) + (63 | 31 << 14).to_bytes(4, "little"), "webp"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(10) + (64).to_bytes(2, "little") + (32).to_bytes(2, "little"), "webp"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"\xff\xd8\xff\xe0JFIF", None),
        (b"", None),
    ],
)
def test_only_a_picture_of_sane_size_is_set(logo: bytes, ending: str | None):
    assert fit_logo(logo) == ending
