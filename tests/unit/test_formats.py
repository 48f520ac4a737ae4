"""Money, dates and times as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from duebook.domain.money import Money
from duebook.mail.formats import count_text, day_in_zone, day_text, list_text, moment_in_zone, money_text, time_in_zone

AT = datetime(2026, 7, 15, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "text"),
    [
        (184_783, "USD", "en-US", "$1,847.83"),
        (5, "USD", "en-US", "$0.05"),
        (-12_000, "USD", "en-US", "-$120.00"),
        (1_235, "JPY", "en-US", "\u00a51,235"),
        (1_235, "KWD", "en-US", "KWD\u00a01.235"),
        (123_500, "AFN", "en-US", "AFN\u00a01,235.00"),
        (184_783, "EUR", "de-DE", "1.847,83\u00a0\u20ac"),
        (184_783, "USD", "nonsense", "$1,847.83"),
        (10**13, "USD", "en-US", "$100,000,000,000.00"),
    ],
)
def test_r5_money_reads_as_its_currency_and_locale_say(minor: int, currency: str, locale: str, text: str):
    assert money_text(Money(minor, currency), locale) == text


def test_dates_are_in_the_tenants_zone_and_medium_style():
    assert day_text(date(2026, 7, 15)) == "Jul 15, 2026"
    assert day_in_zone(AT, "America/Chicago") == "Jul 14, 2026"
    assert day_in_zone(AT, "UTC", "de-DE") == "15.07.2026"


def test_times_name_their_zone():
    assert time_in_zone(AT, "America/Chicago") == "9:05\u00a0PM"
    assert moment_in_zone(AT, "America/Chicago") == "Jul 14, 2026, 9:05\u00a0PM CDT"
    assert moment_in_zone(AT, "America/Sao_Paulo") == "Jul 14, 2026, 11:05\u00a0PM UTC-03:00"


def test_lists_and_counts():
    assert list_text(["INV-1", "INV-2", "INV-3"]) == "INV-1, INV-2, and INV-3"
    assert list_text([]) == ""
    assert count_text(1_204) == "1,204"
