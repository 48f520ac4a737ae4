"""Pages as HTML: templates, headers, links; money and dates in the business's locale and zone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from duebook.domain.money import Money
from duebook.domain.payments import Payment, status_of
from duebook.mail.formats import count_text, day_in_zone, day_text, moment_in_zone, money_text
from duebook.runtime.settings import setting
from duebook.web.navigation import BADGES, MAIN, SETTINGS
from duebook.web.requests import header

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types partial"
)
HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "x-partial",
}
"""On every HTML answer of the staff pages; CloudFront adds Strict-Transport-Security."""

CSV_HEADERS: Mapping[str, str] = {
    "Content-Type": "text/csv; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}

STATUS_WORDS: Mapping[str, tuple[str, str]] = {
    "submitting": ("Processing", "info"),
    "pending": ("Processing", "info"),
    "review": ("Held for review", "warn"),
    "unknown": ("Being checked", "warn"),
    "captured": ("Received", "ok"),
    "partly_refunded": ("Partly refunded", "warn"),
    "refunded": ("Refunded", "warn"),
    "declined": ("Declined", "danger"),
    "failed": ("Failed", "danger"),
    "voided": ("Voided", "warn"),
    "returned": ("Returned", "danger"),
    "charged_back": ("Charged back", "danger"),
}
"""A payment's status as people read it, and the tone of its tag."""

PROBLEMS: Mapping[int, str] = {
    400: "The address or the form is not complete. Go back and try again.",
    403: "This page cannot be opened from there. Go back, load the page again and try once more.",
    404: "There is nothing at this address. It may be mistyped, or belong to another business.",
    405: "This address takes what a form sends and shows nothing by itself. Go back and open the page the form is on.",
    409: "Somebody changed this at the same moment. Go back and try again.",
    500: "Something went wrong on our side, and we have been told. If you were changing something, look whether it was done before you try again.",
    503: "The page could not be loaded just now. Wait a moment, then try again.",
}
"""What a page says for an HTTP status when something went wrong."""

FRAMES = Path(__file__).parent / "frames"
"""Templates that the functions of staff pages share: layout, parts, heads."""

_OWN_PATH = re.compile(r"/admin(?:[/?][!-\[\]-~]*)?")


class MissingBuildError(RuntimeError):
    """The portal was not built, so the pages know neither their stylesheet nor their script."""


@dataclass(frozen=True, slots=True)
class Formats:
    """How money, days and instants read for one business.

    Args:
        locale: BCP 47.
        time_zone: IANA.
    """

    locale: str = "en-US"
    time_zone: str = "UTC"

    def money(self, minor: int, currency: str) -> str:
        """Write an amount of minor units."""
        return money_text(Money(minor, currency), self.locale)

    def day(self, day: date | str) -> str:
        """Write a calendar day, given as such or as YYYY-MM-DD."""
        return day_text(date.fromisoformat(day) if isinstance(day, str) else day, self.locale)

    def day_of(self, at: datetime) -> str:
        """Write the day of an instant in the business's zone."""
        return day_in_zone(at, self.time_zone, self.locale)

    def iso_day_of(self, at: datetime) -> str:
        """Write the day of an instant in the business's zone as YYYY-MM-DD."""
        return at.astimezone(ZoneInfo(self.time_zone)).date().isoformat()

    def moment(self, at: datetime) -> str:
        """Write an instant with its time and zone."""
        return moment_in_zone(at, self.time_zone, self.locale)

    def start_of_day(self, day: date) -> datetime:
        """Return the instant at which a day begins in the business's zone."""
        return datetime.combine(day, time.min, ZoneInfo(self.time_zone))

    def count(self, number: int) -> str:
        """Write a count."""
        return count_text(number, self.locale)


@dataclass(frozen=True, slots=True)
class Asset:
    """A built file: its address, and its hash for ``integrity``."""

    url: str
    integrity: str


@dataclass(slots=True)
class Pages:
    """The templates of a function, with the built assets they link to.

    Args:
        templates: Folder of the templates.
        assets_file: Written by the portal's build and deployed beside the templates.
    """

    templates: Path
    assets_file: Path
    _environment: Environment | None = field(default=None, init=False)

    def render(self, name: str, **context: Any) -> str:
        """Return a page.

        Raises:
            MissingBuildError: The portal was never built.
        """
        if self._environment is None:
            self._environment = self._made()
        return self._environment.get_template(name).render(**context)

    def _made(self) -> Environment:
        made = Environment(
            loader=FileSystemLoader([self.templates, FRAMES]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        assets = self._assets()
        made.globals.update(
            asset=assets.__getitem__, status_words=status_words, link=link, nav=MAIN, nav_badges=BADGES, settings_tabs=SETTINGS
        )
        return made

    def _assets(self) -> dict[str, Asset]:
        try:
            facts = json.loads(self.assets_file.read_text("utf-8"))
        except FileNotFoundError as error:
            raise MissingBuildError(f"{self.assets_file.name} is missing: run python portal/build.py") from error
        return {name: Asset(**fact) for name, fact in facts.items()}


def status_words(payment: Payment) -> tuple[str, str]:
    """Return a payment's status as people read it, and the tone of its tag."""
    if payment.parked is not None:
        return "Needs a look", "danger"
    return STATUS_WORDS[status_of(payment)]


def link(path: str, **query: str | None) -> str:
    """Write a link; empty values are left out."""
    text = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{text}" if text else path


def ways_to_clear(path: str, address: Mapping[str, str | None], filters: Iterable[tuple[str, tuple[str, ...]]]) -> list[tuple[str, str]]:
    """Return words and link of clearing each filter that is set, for a list that is empty.

    Args:
        path: Of the list.
        address: Its filters, by their names in the address.
        filters: Words of each filter and its names.
    """
    return [
        (words, link(path, **{name: value for name, value in address.items() if name not in names}))
        for words, names in filters
        if any(address.get(name) for name in names)
    ]


def own_path(wanted: str | None, otherwise: str = "/admin") -> str:
    """Return where to go after signing in: only a path below /admin, never another site."""
    return wanted if wanted and _OWN_PATH.fullmatch(wanted) and "//" not in wanted.split("?")[0] else otherwise


def is_form_of_ours(event: Mapping[str, Any]) -> bool:
    """Tell whether a form was sent by a page of ours: a browser says so in Sec-Fetch-Site or Origin, other clients send neither."""
    site, origin = header(event, "sec-fetch-site"), header(event, "origin")
    if site is not None:
        return site == "same-origin"
    return origin is None or origin == setting("PORTAL_ORIGIN")
