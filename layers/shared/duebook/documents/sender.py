"""What every document shares: who sends it, on which paper, in which words, and how a payment was made."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from duebook.documents import words_en, words_fr
from duebook.documents.texts import Language, one_line, some_lines
from duebook.domain.directory import Tenant
from duebook.domain.payments import Payment
from duebook.mail.words import BRANDS, accent_of

FRAMES = Path(__file__).parent / "frames"


@cache
def edition() -> str:
    """Return a mark of frames and words together: whoever changes one of them gets new documents."""
    frames = b"".join(path.read_bytes() for path in sorted(FRAMES.glob("*.typ")))
    return hashlib.sha256(frames + repr((words_en.WORDS, words_fr.WORDS)).encode()).hexdigest()[:16]


def page_view(tenant: Tenant, language: Language, *, title: str, running: str) -> dict[str, Any]:
    """Write what the frame around every document needs."""
    return {
        "lang": language.lang,
        "region": language.region,
        "paper": language.paper,
        "title": title,
        "running": running,
        "accent": accent_of(tenant.accent),
        "page_of": language.say("page_of"),
        "logo_alt": language.say("logo_alt", name=one_line(tenant.name, 120)),
        "contact": _contact(tenant, language),
        "sender": {"name": one_line(tenant.name, 120), "lines": some_lines(tenant.address, longest=100)},
    }


def method_words(payment: Payment, language: Language) -> str:
    """Name how it was paid: ``Visa ending in 4242``, ``Check 1017``."""
    brand = BRANDS.get((payment.brand or "").lower().replace(" ", "_")) if payment.method_type == "card" else None
    known = payment.method_type if payment.method_type in {"card", "bank_account", "check", "cash"} else "other"
    method = brand or language.say(known)
    if payment.last4:
        return language.say("ending_in", method=method, last4=one_line(payment.last4, 8))
    return language.say("numbered", method=method, number=one_line(payment.check_number, 40)) if payment.check_number else method


def day_received(payment: Payment, tenant_day: date) -> date:
    """Return the day a payment counts for: as staff wrote it, else the day given, in the tenant's zone."""
    return date.fromisoformat(payment.received_on) if payment.received_on else tenant_day


def _contact(tenant: Tenant, language: Language) -> str:
    ways = [one_line(way, 254) for way in (tenant.support.email, tenant.support.phone) if way]
    if not ways:
        return one_line(tenant.name, 120)
    return language.say("questions", ways=language.say("or", first=ways[0], second=ways[1]) if len(ways) > 1 else ways[0])
