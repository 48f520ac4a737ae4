"""How money, dates and times read in a tenant's locale and zone: the same in mails and on staff pages."""

from __future__ import annotations

import re
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

from duebook.domain.money import Money, minor_digits

FALLBACK = "en-US"
NARROW_BLANK = "\u202f"
BLANK = "\u00a0"
_LETTER_BY_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@cache
def locale_of(tag: str) -> Locale:
    """Return Babel's locale of a BCP 47 tag such as ``en-US``; an unknown one reads as American English."""
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale.parse(FALLBACK, sep="-")


def money_text(amount: Money, locale: str = FALLBACK) -> str:
    """Write an amount as people read it: ``$1,847.83``, ``¥1,235``, ``1.847,83 €``.

    The digits are those of ISO 4217, as everywhere in Duebook; Babel's own table knows fewer for some currencies.
    """
    digits = minor_digits(amount.currency)
    found = locale_of(locale)
    pattern = copy(found.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    value = Decimal(amount.minor).scaleb(-digits)
    text = str(pattern.apply(value, found, currency=amount.currency, currency_digits=False))
    # Babel leaves out the blank that CLDR (and the browser) puts between a code such as KWD and the digits.
    return _LETTER_BY_DIGIT.sub(BLANK, text).replace(NARROW_BLANK, BLANK)


def day_text(day: date, locale: str = FALLBACK) -> str:
    """Write a calendar day in medium style: ``Jul 15, 2026``."""
    return format_date(day, "medium", locale=locale_of(locale))


def day_in_zone(at: datetime, time_zone: str, locale: str = FALLBACK) -> str:
    """Write the calendar day of an instant in an IANA zone."""
    return day_text(at.astimezone(ZoneInfo(time_zone)).date(), locale)


def time_in_zone(at: datetime, time_zone: str, locale: str = FALLBACK) -> str:
    """Write the time of day of an instant in an IANA zone: ``2:05 PM``."""
    text = format_time(at.astimezone(ZoneInfo(time_zone)), "short", locale=locale_of(locale))
    return text.replace(NARROW_BLANK, BLANK)


def moment_in_zone(at: datetime, time_zone: str, locale: str = FALLBACK) -> str:
    """Write day, time and short name of the zone: ``Jul 15, 2026, 2:05 PM CDT``."""
    found = locale_of(locale)
    local = at.astimezone(ZoneInfo(time_zone))
    text = format_datetime(local, "medium", locale=found)
    short = format_time(local, "medium", locale=found)
    text = text.replace(short, format_time(local, "short", locale=found))
    return f"{text} {_zone_name(local)}".replace(NARROW_BLANK, BLANK)


def count_text(number: int, locale: str = FALLBACK) -> str:
    """Write a count with the locale's grouping: ``1,204``."""
    return format_decimal(number, locale=locale_of(locale))


def list_text(parts: list[str], locale: str = FALLBACK) -> str:
    """Join words as the locale does: ``INV-1, INV-2, and INV-3``."""
    return format_list(parts, locale=locale_of(locale)) if parts else ""


def _zone_name(local: datetime) -> str:
    name = local.tzname() or ""
    return name if name.isalpha() else f"UTC{local.isoformat()[-6:]}"
