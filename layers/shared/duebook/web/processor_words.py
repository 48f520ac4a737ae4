"""Merchant accounts and test calls in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from duebook.domain.processing import CredentialFault
from duebook.usecases.try_credentials import TriedCredentials

PROCESSOR_NAMES: Mapping[str, str] = {"authorize_net": "Authorize.Net", "cardpointe": "CardPointe"}
LOGIN_NAMES: Mapping[str, str] = {"authorize_net": "API login ID", "cardpointe": "Merchant ID"}
"""What the login that may be shown is called there."""


def tried_words(tried: TriedCredentials) -> str:
    """Tell what came of a test call, and what to do."""
    name = PROCESSOR_NAMES[tried.account.processor]
    if tried.told is None:
        return f"{name} did not answer. This says nothing about the credentials: wait a moment, then test again."
    match tried.told.fault:
        case None:
            return f"The credentials work: {name} let us in. Nothing was charged."
        case CredentialFault.REFUSED:
            return f"{name} refused the credentials. Replace them with the ones shown in your account there."
        case CredentialFault.SWITCHED_OFF:
            return f"{name} let us in, but the merchant ID {tried.told.code} is switched off there. Ask {name} to switch it on."
        case CredentialFault.NO_BANK_ACCOUNTS:
            return f"{name} let us in, but the merchant ID {tried.told.code} takes no bank accounts. Ask {name} to switch ACH on."
        case CredentialFault.OTHER:
            return f"{name} did not let us in. It gave the code {tried.told.code}; its support can say why."


def tried_page(tried: TriedCredentials, now: datetime) -> dict[str, Any]:
    """Return what the page of a test call shows."""
    return {
        "section": "/admin/settings",
        "tab": "Processors",
        "account": tried.account,
        "processor": PROCESSOR_NAMES[tried.account.processor],
        "login_name": LOGIN_NAMES[tried.account.processor],
        "works": tried.told.works if tried.told else None,
        "words": tried_words(tried),
        "took": f"{tried.took_ms / 1000:.1f}",
        "at": now,
    }
