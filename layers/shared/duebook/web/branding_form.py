"""The form of *Branding*: what an admin typed, what is wrong with it, and the profile it makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from duebook.domain.card_numbers import is_card_like
from duebook.domain.directory import Support, Tenant
from duebook.domain.slugs import checked_slug
from duebook.errors import UnprocessableError
from duebook.usecases.change_settings import NewLogo, Profile
from duebook.web.branding import Colours, accent_note, brand_colours
from duebook.web.multipart_forms import FilledForm

LONGEST = 200
HEX = re.compile(r"#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
NO_COLOUR = "Type the colour as # and six digits, such as #2f6f4f."
FORM_IDS: Mapping[str, str] = {"support.email": "support_email", "support.phone": "support_phone"}
"""Fields that the profile names otherwise than the form."""


@dataclass(frozen=True, slots=True)
class BrandingForm:
    """What stands in the form's fields."""

    name: str
    accent: str
    slug: str
    support_email: str
    support_phone: str
    remove_logo: bool = False
    logo: bytes | None = None

    @classmethod
    def of_tenant(cls, tenant: Tenant) -> BrandingForm:
        """Fill the form with what holds now."""
        return cls(tenant.name, tenant.accent or "", tenant.slug or "", tenant.support.email or "", tenant.support.phone or "")

    @classmethod
    def of_form(cls, sent: FilledForm) -> BrandingForm:
        """Read the form as it was sent."""
        typed = {name: sent.fields.get(name, "").strip() for name in ("name", "accent", "slug", "support_email", "support_phone")}
        return cls(**typed, remove_logo="remove_logo" in sent.fields, logo=sent.files.get("logo"))

    def profile(self, tenant: Tenant, normal_email: Callable[[str], str]) -> Profile:
        """Make the profile that the form asks for; what the form does not show stays.

        Args:
            tenant: As it is.
            normal_email: Writes an address in its normal form, or raises ValueError.

        Raises:
            UnprocessableError: Fields are wrong; ``facts["problems"]`` tells each.
        """
        problems: dict[str, str] = {}
        email = _checked(problems, "support_email", self.support_email, normal_email)
        phone = _checked(problems, "support_phone", self.support_phone, _line)
        profile = Profile(
            name=_checked(problems, "name", self.name, _name) or "",
            time_zone=tenant.time_zone,
            locale=tenant.locale,
            support=Support(email, phone),
            address=tenant.address,
            accent=_checked(problems, "accent", self.accent, full_hex),
            slug=_checked(problems, "slug", self.slug, checked_slug),
            logo=self._logo(),
        )
        if problems:
            raise UnprocessableError("the form is not right", problems=problems)
        return profile

    def _logo(self) -> NewLogo | None:
        if self.logo is not None:
            return NewLogo(self.logo)
        return NewLogo(None) if self.remove_logo else None


@dataclass(frozen=True, slots=True)
class Look:
    """How a colour looks: derived, told in words, or what is wrong with it."""

    colours: Colours | None
    note: str
    problem: str | None = None


def look_of(accent: str) -> Look:
    """Show what a typed colour would become."""
    try:
        chosen = full_hex(accent) if accent else None
    except ValueError as error:
        return Look(None, accent_note(None), str(error))
    return Look(brand_colours(chosen), accent_note(chosen))


def problems_of(error: UnprocessableError) -> dict[str, str]:
    """Return what is wrong by the form's own fields."""
    told: Any = error.facts.get("problems")
    if told is not None:
        return dict(told)
    field = str(error.facts.get("field") or "name")
    return {FORM_IDS.get(field, field): str(error)}


def full_hex(text: str) -> str:
    """Return a typed colour as ``#rrggbb``; the # may be left out, and three digits stand for six.

    Raises:
        ValueError: It is no such colour.
    """
    found = HEX.fullmatch(text.strip())
    if found is None:
        raise ValueError(NO_COLOUR)
    digits = found[1].lower()
    return f"#{digits if len(digits) == len('rrggbb') else ''.join(digit * 2 for digit in digits)}"


def _checked(problems: dict[str, str], field: str, typed: str, check: Callable[[str], str]) -> str | None:
    if not typed and field != "name":
        return None
    try:
        return check(typed)
    except (ValueError, UnprocessableError) as error:
        problems[field] = str(error)
        return None


def _name(text: str) -> str:
    if not text:
        raise ValueError("Type the name that your customers know you by.")
    return _line(text)


def _line(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"At most {LONGEST} characters.")
    if any(ord(char) < ord(" ") for char in text):
        raise ValueError("One line, without control characters.")
    if is_card_like(text):
        raise ValueError("This looks like a card number. Type card numbers only into the card field.")
    return text
