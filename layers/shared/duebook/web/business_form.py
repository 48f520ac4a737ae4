"""The form of the business profile: what an admin typed, what is wrong with it, and the profile it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from babel import Locale

from duebook.domain.directory import Support, Tenant
from duebook.mail.formats import locale_of
from duebook.usecases.change_settings import Profile
from duebook.web.form_checks import Checks, line, lines
from duebook.web.time_zones import zone_named

MOST_ADDRESSES = 20
LOCALES = (
    "en-US", "en-CA", "en-GB", "en-AU", "en-IE", "en-NZ", "fr-CA", "fr-FR", "fr-CH", "es-US", "es-ES", "es-MX", "pt-BR", "pt-PT",
    "de-DE", "de-AT", "de-CH", "it-IT", "nl-NL", "da-DK", "nb-NO", "sv-SE", "fi-FI", "pl-PL", "ja-JP", "ar-SA", "he-IL",
)  # fmt: skip
"""Those that are offered; the API takes any."""
FORM_IDS: Mapping[str, str] = {"support.email": "support_email", "support.phone": "support_phone"}
"""Fields that the profile names otherwise than the form."""
FIELDS = ("name", "time_zone", "locale", "address", "support_email", "support_phone", "notify")


@dataclass(frozen=True, slots=True)
class BusinessForm:
    """What stands in the form's fields."""

    name: str
    time_zone: str
    locale: str
    address: str
    support_email: str
    support_phone: str
    notify: str
    use_unapplied_cash: bool = False

    @classmethod
    def of_tenant(cls, tenant: Tenant) -> BusinessForm:
        """Fill the form with what holds now."""
        support = tenant.support
        return cls(
            tenant.name,
            tenant.time_zone,
            tenant.locale,
            tenant.address or "",
            support.email or "",
            support.phone or "",
            "\n".join(tenant.notify),
            tenant.use_unapplied_cash,
        )

    @classmethod
    def of_form(cls, sent: Mapping[str, str]) -> BusinessForm:
        """Read the form as it was sent."""
        typed = {name: sent.get(name, "").strip() for name in FIELDS}
        return cls(**typed, use_unapplied_cash="use_unapplied_cash" in sent)

    def profile(self, tenant: Tenant, normal_email: Callable[[str], str]) -> Profile:
        """Make the profile that the form asks for; what the form does not show stays.

        Args:
            tenant: As it is.
            normal_email: Writes an address in its normal form, or raises ValueError.

        Raises:
            UnprocessableError: Fields are wrong; ``facts["problems"]`` tells each.
        """
        checks = Checks()
        email = checks.take("support_email", self.support_email, normal_email)
        phone = checks.take("support_phone", self.support_phone, line)
        addresses = checks.take("notify", self.notify, lambda text: _addresses(text, normal_email)) or ""
        profile = Profile(
            name=checks.take("name", self.name, line, missing="Type the name that your customers know you by.") or "",
            time_zone=checks.take("time_zone", self.time_zone, zone_named, missing="Choose a time zone.") or "",
            locale=checks.take("locale", self.locale, lambda tag: _offered(tag, tenant.locale), missing="Choose a format.") or "",
            support=Support(email, phone),
            address=checks.take("address", self.address, lines),
            accent=tenant.accent,
            notify=tuple(addresses.split()),
            use_unapplied_cash=self.use_unapplied_cash,
        )
        checks.refuse_if_wrong()
        return profile


def locale_choices(now: str) -> list[tuple[str, str]]:
    """Return the offered locales with their names, and the one that holds now where it is another."""
    tags = LOCALES if now in LOCALES else (*LOCALES, now)
    return sorted(((tag, _named(tag)) for tag in tags), key=lambda one: one[1])


def _named(tag: str) -> str:
    return str(locale_of(tag).get_display_name(Locale("en")) or tag)


def _offered(tag: str, now: str) -> str:
    if tag not in {*LOCALES, now}:
        raise ValueError("Choose one of the list.")
    return tag


def _addresses(text: str, normal_email: Callable[[str], str]) -> str:
    typed = text.replace(",", " ").replace(";", " ").split()
    if len(typed) > MOST_ADDRESSES:
        raise ValueError(f"At most {MOST_ADDRESSES} addresses.")
    found = []
    for one in typed:
        try:
            found.append(line(normal_email(one)))
        except ValueError as error:
            raise ValueError(f"“{one[:80]}” is not an email address.") from error
    return " ".join(dict.fromkeys(found))
