"""A checked request on its way to the code that answers it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from local.processors.authorize_net.faults import Fault
from local.processors.authorize_net.ledger import Ledger, Merchant

QUIRKS = frozenset({"blank_refund_reference", "declines_unlisted", "empty_transaction", "lone_message", "unknown_keys"})
"""Points on which what is known of the gateway differs; each names the reading that is not the usual one."""

Answered: TypeAlias = tuple[dict[str, Any], str | None]
"""The answer without its frame, and the outcome for the list of calls (None for approved)."""
_AMOUNT = re.compile(r"[0-9]{1,13}(\.[0-9]{1,4})?")


@dataclass(frozen=True, slots=True)
class Event:
    """Something a webhook tells: its type without ``net.authorize.`` and its payload."""

    type: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A request, whose it is, and the books to answer it from."""

    root: str
    body: Mapping[str, Any]
    merchant: Merchant
    now: datetime
    ledger: Ledger
    fault: Fault | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def ref_id(self) -> str:
        """The caller's own reference of this request."""
        return str(self.body.get("refId") or "")

    @property
    def transaction(self) -> Mapping[str, Any]:
        """The transaction asked for, empty when the request has none."""
        return child(self.body, "transactionRequest")

    @property
    def options(self) -> Mapping[str, Any]:
        """The switches of the simulator."""
        return self.ledger.recall("option", "all") or {}

    def quirk(self, name: str) -> bool:
        """Say whether the other reading of a doubtful point is switched on."""
        return name in self.options.get("quirks", ())

    @property
    def forced_code(self) -> str | None:
        """The code to refuse this call with, when a fault wants that."""
        return (self.fault.code or "2") if self.fault is not None and self.fault.kind == "decline" else None

    def amount_struck(self, minor: int) -> int:
        """Return the amount to book: another one when a fault wants that."""
        if self.fault is None or self.fault.kind != "wrong_amount":
            return minor
        named = self.fault.code or ""
        return int(named) if named.isdigit() else minor + 1_00

    def tell(self, event_type: str, payload: dict[str, Any]) -> None:
        """Note something for the webhooks."""
        self.events.append(Event(event_type, payload))


def child(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object inside another, empty when it is missing or something else."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def setting(request: Mapping[str, Any], name: str) -> str | None:
    """Return a transaction setting in lower case, or None."""
    settings = child(request, "transactionSettings").get("setting")
    for one in settings if isinstance(settings, list) else [settings]:
        if isinstance(one, dict) and one.get("settingName") == name:
            return str(one.get("settingValue")).lower()
    return None


def truthy(value: object) -> bool:
    """Read a boolean as JSON or XML writes it."""
    return value is True or str(value).lower() in {"true", "1"}


def written(moment: datetime) -> str:
    """Write an instant so that its text sorts like it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def minor_amount(given: object) -> int | None:
    """Read an amount of two decimals as minor units; None when it is not one."""
    text = str(given)
    if isinstance(given, bool) or not _AMOUNT.fullmatch(text):
        return None
    minor = Decimal(text) * 100
    return int(minor) if minor == int(minor) and minor > 0 else None
