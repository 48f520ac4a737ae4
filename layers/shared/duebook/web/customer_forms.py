"""The forms about a customer: what was typed, what is wrong with it, and what it makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from duebook.domain.card_numbers import is_card_like
from duebook.domain.directory import Contact, Customer, Site
from duebook.errors import UnprocessableError
from duebook.usecases.put_customer import CustomerDetails

LONGEST = 200
LONGEST_NUMBER = 64
LONGEST_ADDRESS = 2_000
LONGEST_POSTAL_CODE = 12
FIRST_CHARACTER = 32
CALLER_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
SITE_BOX = "site:"
"""What the names of the boxes of sites begin with; the site's id follows."""
KINDS = ("company", "site")

NormalEmail = Callable[[str], str]
"""Writes an address in its normal form, or raises ValueError."""


@dataclass(slots=True)
class Checks:
    """Reads what was typed, field by field, and keeps what is wrong."""

    typed: Mapping[str, str]
    problems: dict[str, str] = field(default_factory=dict)

    def line(self, name: str, *, missing: str = "", longest: int = LONGEST, check: Callable[[str], str] | None = None) -> str | None:
        """Read one line; None when it is empty, which is a problem if ``missing`` says so."""
        return self._read(name, " ".join(self.typed.get(name, "").split()), missing, longest, check)

    def lines(self, name: str, *, longest: int = LONGEST_ADDRESS) -> str | None:
        """Read several lines; None when they are empty."""
        text = "\n".join(line.strip() for line in self.typed.get(name, "").splitlines()).strip()
        return self._read(name, text, "", longest, None)

    def done(self) -> None:
        """End the reading.

        Raises:
            UnprocessableError: Fields are wrong; ``facts["problems"]`` tells each.
        """
        if self.problems:
            raise UnprocessableError("the form is not right", problems=dict(self.problems))

    def _read(self, name: str, text: str, missing: str, longest: int, check: Callable[[str], str] | None) -> str | None:
        try:
            if text:
                return check(_harmless(text, longest)) if check else _harmless(text, longest)
        except ValueError as error:
            self.problems[name] = str(error)
            return None
        if missing:
            self.problems[name] = missing
        return None


@dataclass(frozen=True, slots=True)
class CustomerForm:
    """What stands in the form of a customer."""

    values: Mapping[str, str]

    NAMES = ("customer_id", "name", "email", "phone", "address", "postal_code", "locale", "version", "automation")
    NOT_HELD = ("version", "automation")
    """What the customer itself does not hold."""

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> CustomerForm:
        """Read the form as it was sent."""
        return cls({name: form.get(name, "") for name in cls.NAMES})

    @classmethod
    def of_customer(cls, who: Customer) -> CustomerForm:
        """Fill the form with what holds now."""
        held = {name: str(getattr(who, name) or "") for name in cls.NAMES if name not in cls.NOT_HELD}
        return cls(held | {"version": str(who.version), "automation": ""})

    @classmethod
    def blank(cls, customer_id: str) -> CustomerForm:
        """Return an empty form that proposes an id."""
        return cls(dict.fromkeys(cls.NAMES, "") | {"customer_id": customer_id})

    def new_id(self) -> str:
        """Read the id of a new customer.

        Raises:
            UnprocessableError: It is none.
        """
        return checked_id(self.values["customer_id"].strip(), "customer_id")

    def details(self, normal_email: NormalEmail, *, enabled: bool = True) -> CustomerDetails:
        """Make what the form says of a customer.

        Raises:
            UnprocessableError: Fields are wrong.
        """
        checks = Checks(self.values)
        details = CustomerDetails(
            name=checks.line("name", missing="Type the customer's name.") or "",
            email=checks.line("email", check=_email_by(normal_email)),
            phone=checks.line("phone"),
            address=checks.lines("address"),
            postal_code=checks.line("postal_code", longest=LONGEST_POSTAL_CODE),
            locale=checks.line("locale", check=_locale),
            enabled=enabled,
        )
        checks.done()
        return details


@dataclass(frozen=True, slots=True)
class ContactForm:
    """What stands in the form of a contact."""

    values: Mapping[str, str]
    site_ids: tuple[str, ...] = ()
    portal_access: bool = False

    NAMES = ("name", "email", "phone", "kind", "version")

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> ContactForm:
        """Read the form as it was sent."""
        sites = tuple(name.removeprefix(SITE_BOX) for name in form if name.startswith(SITE_BOX))
        return cls({name: form.get(name, "") for name in cls.NAMES}, sites, "portal_access" in form)

    @classmethod
    def of_contact(cls, contact: Contact | None) -> ContactForm:
        """Fill the form with what holds now, or leave it empty for a new contact."""
        if contact is None:
            return cls(dict.fromkeys(cls.NAMES, "") | {"kind": KINDS[0]})
        held = {name: str(getattr(contact, name) or "") for name in ("name", "email", "phone", "kind")}
        return cls(held | {"version": str(contact.version)}, contact.site_ids, contact.portal_access)

    def contact(self, contact_id: str, normal_email: NormalEmail) -> Contact:
        """Make the contact that the form asks for.

        Raises:
            UnprocessableError: Fields are wrong.
        """
        checks = Checks(self.values)
        kind = self.values["kind"]
        made = Contact(
            contact_id=contact_id,
            name=checks.line("name", missing="Type the contact's name.") or "",
            kind=kind,
            email=checks.line("email", check=_email_by(normal_email)),
            phone=checks.line("phone"),
            site_ids=self.site_ids if kind == "site" else (),
            portal_access=self.portal_access,
        )
        if kind not in KINDS:
            checks.problems["kind"] = "Choose what the contact acts for."
        if kind == "site" and not self.site_ids:
            checks.problems["kind"] = "Choose at least one site."
        if self.portal_access and made.email is None and "email" not in checks.problems:
            checks.problems["email"] = "Portal access needs an email address: the invitation goes there."
        checks.done()
        return made


@dataclass(frozen=True, slots=True)
class SiteForm:
    """What stands in the form of a site."""

    values: Mapping[str, str]

    NAMES = ("name", "number", "address", "version")

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> SiteForm:
        """Read the form as it was sent."""
        return cls({name: form.get(name, "") for name in cls.NAMES})

    @classmethod
    def of_site(cls, site: Site | None) -> SiteForm:
        """Fill the form with what holds now, or leave it empty for a new site."""
        return cls({name: str(getattr(site, name, "") or "") for name in cls.NAMES} | {"version": str(site.version) if site else ""})

    def site(self, site_id: str) -> Site:
        """Make the site that the form asks for.

        Raises:
            UnprocessableError: Fields are wrong.
        """
        checks = Checks(self.values)
        made = Site(
            site_id,
            checks.line("name", missing="Type the site's name.") or "",
            checks.line("number", missing="Type the number the site has in your books.", longest=LONGEST_NUMBER) or "",
            checks.lines("address"),
        )
        checks.done()
        return made


def checked_id(text: str, name: str) -> str:
    """Return an id that people typed.

    Raises:
        UnprocessableError: It is none.
    """
    if not CALLER_ID.fullmatch(text) or is_card_like(text):
        words = "Type 1 to 64 letters, digits, dots, hyphens or underscores."
        raise UnprocessableError(words, problems={name: words})
    return text


def problems_of(error: UnprocessableError, otherwise: str) -> dict[str, str]:
    """Return what is wrong by the form's fields; an error without a field stands at ``otherwise``."""
    told: Any = error.facts.get("problems")
    return dict(told) if told is not None else {str(error.facts.get("field") or otherwise): str(error)}


def is_as_read(form: Mapping[str, str], version: int) -> bool:
    """Tell whether what a form was filled with still holds."""
    return form.get("version") == str(version)


def reloaded(form: CustomerForm, version: int) -> CustomerForm:
    """Return a form as typed that may be sent once more over what somebody else changed meanwhile."""
    return replace(form, values={**form.values, "version": str(version)})


def _email_by(normal_email: NormalEmail) -> Callable[[str], str]:
    def check(text: str) -> str:
        return normal_email(text)

    return check


def _locale(text: str) -> str:
    if not LOCALE.fullmatch(text):
        raise ValueError("Type a language and region such as en-US or fr-CA.")
    return text


def _harmless(text: str, longest: int) -> str:
    if len(text) > longest:
        raise ValueError(f"At most {longest} characters.")
    if any(ord(char) < FIRST_CHARACTER and char != "\n" for char in text):
        raise ValueError("There is a character here that cannot be kept.")
    if is_card_like(text):
        raise ValueError("This looks like a card number. Card numbers do not belong here.")
    return text
