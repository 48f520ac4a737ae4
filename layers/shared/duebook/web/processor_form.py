"""The form of a merchant account: which keys each processor takes, and what is wrong with typed ones. Keys are never shown again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from duebook.domain.money import CURRENCIES
from duebook.usecases.create_tenant import check_currency
from duebook.web.form_checks import Checks

LONGEST_KEY = 2000
_MERCHANT_ID = re.compile(r"[0-9A-Za-z]{1,16}")


@dataclass(frozen=True, slots=True)
class KeyField:
    """One of the things a processor knows a merchant by.

    Args:
        name: As the processor's client calls it.
        label: As the processor's own pages call it.
        hint: Where it is found, or what it is for.
        secret: Never shown again, also not in the form that was wrong.
        optional: The account works without it.
    """

    name: str
    label: str
    hint: str = ""
    secret: bool = True
    optional: bool = False


KEYS: Mapping[str, tuple[KeyField, ...]] = {
    "authorize_net": (
        KeyField("api_login_id", "API login ID", "At Authorize.Net: Account, Settings, API Credentials & Keys.", secret=False),
        KeyField("transaction_key", "Transaction key", "Made on the same page. It is shown there once."),
        KeyField("public_client_key", "Public client key", "At Authorize.Net: Account, Settings, Manage Public Client Key.", secret=False),
        KeyField("signature_key", "Signature key", "Proves that notifications come from Authorize.Net.", optional=True),
    ),
    "cardpointe": (
        KeyField("merchant_id", "Merchant ID", "Letters and digits, as on your CardPointe statements.", secret=False),
        KeyField("username", "API user name", "Of the gateway's API, not of the web pages.", secret=False),
        KeyField("password", "API password"),
        KeyField("ach_merchant_id", "Merchant ID for bank accounts", "Where ACH has one of its own.", secret=False, optional=True),
    ),
}


@dataclass(frozen=True, slots=True)
class ProcessorForm:
    """What stands in the form's fields; of the keys, those that are no secret."""

    processor: str
    currency: str = "USD"
    enabled: bool = True
    typed: Mapping[str, str] | None = None

    @classmethod
    def of_form(cls, processor: str, sent: Mapping[str, str]) -> ProcessorForm:
        """Read the form as it was sent."""
        typed = {key.name: sent.get(key.name, "").strip() for key in KEYS[processor]}
        return cls(processor, sent.get("currency", "").strip().upper(), "enabled" in sent, typed)

    def shown(self, key: KeyField) -> str:
        """Return what may stand in a field again."""
        return "" if key.secret else (self.typed or {}).get(key.name, "")

    def checked(self) -> dict[str, str]:
        """Return the credentials that were typed.

        Raises:
            UnprocessableError: Fields are wrong; ``facts["problems"]`` tells each, and no value.
        """
        checks = Checks()
        checks.take("currency", self.currency, _currency, missing="Type the currency, such as USD.")
        found = {}
        for key in KEYS[self.processor]:
            missing = "" if key.optional else f"Type the {_in_a_sentence(key.label)}."
            value = checks.take(key.name, (self.typed or {}).get(key.name, ""), partial(_key, key.name), missing=missing)
            if value:
                found[key.name] = value
        checks.refuse_if_wrong()
        return found


def _in_a_sentence(label: str) -> str:
    return label if label.startswith("API") else f"{label[0].lower()}{label[1:]}"


def _key(name: str, text: str) -> str:
    if name in {"merchant_id", "ach_merchant_id"} and not _MERCHANT_ID.fullmatch(text):
        raise ValueError("Letters and digits only, at most 16.")
    if name == "username" and (":" in text or len(text) > 200):  # noqa: PLR2004 - as the API takes it
        raise ValueError("At most 200 characters, without a colon.")
    if len(text) > LONGEST_KEY or not text.isprintable():
        raise ValueError("This is no such key: copy it again.")
    return text


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("This is not a currency code. Type three letters, such as USD.")
    check_currency(code)
    return code
