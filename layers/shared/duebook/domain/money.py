"""Exact money: whole numbers of the minor unit of one currency."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from duebook.errors import CurrencyMismatchError, InvalidInputError

NO_MINOR_UNIT = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
THREE_DIGITS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
TWO_DIGITS = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
    MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS
    SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW""".split()
)
CURRENCIES = NO_MINOR_UNIT | TWO_DIGITS | THREE_DIGITS

MAX_MINOR = 10**13
"""No single amount reaches ten thousand billion minor units: far above any invoice, far below a double's 2**53."""

_TYPED_AMOUNT = re.compile(r"(\d{1,15})(?:\.(\d{1,6}))?")


def minor_digits(currency: str) -> int:
    """Return the digits of the minor unit: 2 for USD, 0 for JPY, 3 for KWD.

    Raises:
        InvalidInputError: Not a currency of ISO 4217 in use.

    Source: ISO 4217, list one.
    """
    if currency in TWO_DIGITS:
        return 2
    if currency in NO_MINOR_UNIT:
        return 0
    if currency in THREE_DIGITS:
        return 3
    raise InvalidInputError(f"{currency[:8]!r} is not a currency code", field="currency")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the minor unit of one currency: cents for USD, yen for JPY.

    Whole numbers keep sums exact. Negative amounts are legal here; a record that forbids them checks for itself.

    Source: ISO 4217 (digits of the minor unit per currency).
    """

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + other.in_currency(self.currency).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - other.in_currency(self.currency).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{decimal_text(self)} {self.currency}"

    def in_currency(self, currency: str) -> Money:
        """Return this amount, or raise CurrencyMismatchError; nothing is converted."""
        if self.currency != currency:
            raise CurrencyMismatchError(f"{self.currency} where {currency} was expected")
        return self


def decimal_text(amount: Money) -> str:
    """Write an amount with the currency's digits and no grouping: ``1234.50``, ``1235`` for JPY, ``-0.125`` for KWD."""
    digits = minor_digits(amount.currency)
    return f"{Decimal(amount.minor).scaleb(-digits):.{digits}f}"


def parse_amount(text: str, currency: str) -> Money:
    """Read a typed amount such as ``425.5`` (425.50 USD): plain digits, one decimal point, nothing else.

    Args:
        text: What a person or a file gave; outer blanks are trimmed, nothing else is forgiven.
        currency: ISO 4217 code; its digits bound the decimals.

    Raises:
        InvalidInputError: Empty, words, a sign, an exponent, too many decimals, or above MAX_MINOR.
    """
    digits = minor_digits(currency)
    match = _TYPED_AMOUNT.fullmatch(text.strip())
    if match is None or not text.isascii():
        raise InvalidInputError(f"an amount is digits with at most {digits} decimals, such as {_example(digits)}")
    whole, fraction = match[1], match[2] or ""
    if len(fraction) > digits:
        raise InvalidInputError(f"{currency} has {digits} decimals, {len(fraction)} were given")
    minor = int(whole + fraction.ljust(digits, "0"))
    if minor > MAX_MINOR:
        raise InvalidInputError(f"an amount is at most {decimal_text(Money(MAX_MINOR, currency))} {currency}")
    return Money(minor, currency)


def split(amount: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """Divide an amount by whole weights so that the parts add up to it again (largest remainder, first wins ties).

    Raises:
        InvalidInputError: No weights, a negative one, or all zero.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise InvalidInputError("weights are whole numbers of zero or more, at least one above zero")
    sign = -1 if amount.minor < 0 else 1
    shares = [divmod(abs(amount.minor) * weight, total) for weight in weights]
    left = abs(amount.minor) - sum(share for share, _ in shares)
    order = sorted(range(len(weights)), key=lambda index: (-shares[index][1], index))
    lucky = frozenset(order[:left])
    return tuple(Money(sign * (share + (index in lucky)), amount.currency) for index, (share, _) in enumerate(shares))


def _example(digits: int) -> str:
    return "425" if digits == 0 else f"425.{'50'.ljust(digits, '0')[:digits]}"
