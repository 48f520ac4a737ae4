"""What people type into staff pages' forms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.domain.money import Money
from duebook.errors import UnprocessableError
from duebook.runtime.ids import new_id
from duebook.web.typed_fields import FORM_KEY, amount_text, form_key, typed_amount, typed_line, typed_reason

NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "locale", "currency", "minor"),
    [
        ("425.5", "en-US", "USD", 425_50),
        (" 1,234.50 ", "en-US", "USD", 1_234_50),
        ("1.234,50", "de-DE", "EUR", 1_234_50),
        ("1 234,5", "fr-FR", "EUR", 1_234_50),
        ("1\u202f234,5", "fr-FR", "EUR", 1_234_50),
        ("5,000", "ja-JP", "JPY", 5_000),
        ("0.125", "en", "KWD", 125),
    ],
)
def test_r5_an_amount_is_read_as_the_business_writes_it(text: str, locale: str, currency: str, minor: int) -> None:
    assert typed_amount(text, currency, locale) == Money(minor, currency)


@pytest.mark.parametrize("text", ["", "0", "-4", "+4", "1e3", "12,34", "1.2.3", "1,23.4", "٣", "NaN", "1.234", ".5", "5.", "$5", "1 234"])
def test_r5_nothing_else_is_an_amount(text: str) -> None:
    with pytest.raises(UnprocessableError, match=r"Type an amount such as 425\.50|above zero"):
        typed_amount(text, "USD", "en-US")


@given(st.integers(1, 10**13), st.sampled_from(["USD", "JPY", "KWD"]), st.sampled_from(["en-US", "de-DE", "fr-FR", "de-CH", "en-IN"]))
def test_what_is_offered_can_be_read_again(minor: int, currency: str, locale: str) -> None:
    assert typed_amount(amount_text(minor, currency, locale), currency, locale) == Money(minor, currency)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 501, "see 4111 1111 1111 1111"])
def test_a_reason_is_said_and_holds_no_card_number(text: str) -> None:
    with pytest.raises(UnprocessableError):
        typed_reason(text)


def test_a_reason_is_one_line_of_words() -> None:
    assert typed_reason("  late\r\n by  a day ") == "late by a day"
    assert typed_line(" ", field="number") is None


def test_a_forms_key_is_ours_and_not_older_than_a_session() -> None:
    key = new_id(FORM_KEY, NOW)

    assert form_key({"key": key}, NOW + timedelta(hours=12)) == (key, NOW)
    for form in ({}, {"key": "form_1"}, {"key": f"pay_{key[5:]}"}, {"key": key + "#"}, {"key": new_id(FORM_KEY, NOW + timedelta(hours=1))}):
        with pytest.raises(UnprocessableError, match="out of date"):
            form_key(form, NOW)
    with pytest.raises(UnprocessableError, match="out of date"):
        form_key({"key": key}, NOW + timedelta(hours=14))
