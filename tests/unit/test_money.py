from __future__ import annotations

import pytest

from duebook.domain.money import Money, decimal_text, minor_digits, parse_amount, split
from duebook.errors import CurrencyMismatchError, InvalidInputError


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("425.5", "USD", 42550),
        ("425", "USD", 42500),
        (" 0.01 ", "USD", 1),
        ("007.10", "USD", 710),
        ("1200", "JPY", 1200),
        ("1.234", "KWD", 1234),
        ("1.2", "KWD", 1200),
    ],
)
def test_r5_typed_amounts_are_read_to_the_minor_unit(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "USD"),
        ("  ", "USD"),
        ("-1", "USD"),
        ("+1", "USD"),
        ("1e3", "USD"),
        ("1,000.00", "USD"),
        ("12.345", "USD"),
        ("1.5", "JPY"),
        ("1.2345", "KWD"),
        ("ten", "USD"),
        ("$5", "USD"),
        (".5", "USD"),
        ("5.", "USD"),
        ("٣", "USD"),
        ("1" * 400, "USD"),
        ("99999999999999", "USD"),
        ("NaN", "USD"),
        ("Infinity", "USD"),
    ],
)
def test_r5_bad_amounts_are_refused(text: str, currency: str) -> None:
    with pytest.raises(InvalidInputError, match=r"amount|decimals"):
        parse_amount(text, currency)


def test_r4_amounts_of_two_currencies_are_never_added() -> None:
    with pytest.raises(CurrencyMismatchError, match="CAD where USD"):
        Money(1, "USD") + Money(1, "CAD")


def test_r5_amounts_are_written_with_the_digits_of_their_currency() -> None:
    assert [decimal_text(Money(1235, code)) for code in ("USD", "JPY", "KWD")] == ["12.35", "1235", "1.235"]
    assert decimal_text(Money(-5, "USD")) == "-0.05"


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="not a currency"):
        minor_digits("XXX")


def test_split_gives_the_odd_cents_to_the_largest_remainders() -> None:
    assert [part.minor for part in split(Money(100, "USD"), [1, 1, 1])] == [34, 33, 33]
    assert [part.minor for part in split(Money(-100, "USD"), [1, 1, 1])] == [-34, -33, -33]
