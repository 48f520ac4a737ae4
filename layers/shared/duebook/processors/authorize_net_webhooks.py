"""Notifications of Authorize.Net: who signed them and what they are about.

Their content is a hint and no evidence: whoever gets one asks the gateway.

    {"notificationId": "…", "eventType": "net.authorize.payment.authcapture.created", "eventDate": "2026-01-05T10:20:30.1234567Z",
     "webhookId": "…", "payload": {"responseCode": 1, "authAmount": 12.50, "merchantReferenceId": "DB-…", "invoiceNumber": "DB-…",
      "entityName": "transaction", "id": "60000000001"}}
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from duebook.errors import InvalidInputError

SIGNATURE_HEADER = "X-ANET-Signature"
MAX_BODY_BYTES = 64 * 1024
_SIGNATURE = re.compile(r"sha512=([0-9a-f]{128})", re.IGNORECASE | re.ASCII)
_NOTIFICATION_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_EVENT_TYPE = re.compile(r"net\.authorize\.[0-9A-Za-z.]{1,80}")
_REFERENCE = re.compile(r"[0-9A-Za-z-]{1,64}")
_WORD = re.compile(r"[0-9A-Za-z]{1,64}")
_LONGEST_ORDER_ID = 20


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification as far as it counts.

    Args:
        id: The gateway's; the same one may come many times.
        event_type: Such as ``net.authorize.payment.void.created``.
        reference: What it is about: of a transaction the id to look up. None when nothing is named.
        order_id: As sent with the charge or refund, when told.
        entity: ``transaction``, ``customerProfile``, ``customerPaymentProfile``, ``subscription``, when told.
    """

    id: str
    event_type: str
    reference: str | None
    order_id: str | None
    entity: str | None


def signed_by(body: bytes, header: str | None, keys: Sequence[str]) -> bool:
    """Tell whether one of our keys signed this very body.

    All keys are tried whichever fits, so the time taken tells nothing.

    Args:
        body: As it arrived, byte for byte.
        header: ``sha512=`` and 128 hexadecimal digits, in either case.
        keys: The signature key, and the one before it during a change. Each counts as the text it is, never as hexadecimal.
    """
    found = _SIGNATURE.fullmatch(header or "")
    claimed = found[1].lower() if found else ""
    fits = [
        hmac.compare_digest(hmac.new(key.encode(), body, hashlib.sha512).hexdigest(), claimed)
        for key in keys
        if key  # an empty key would be anyone's
    ]
    return any(fits)


def read_notification(body: bytes) -> Notification:
    """Read a notification whose signature is good.

    Raises:
        InvalidInputError: Longer than allowed, not JSON, or a part of it is not what it should be.
    """
    if len(body) > MAX_BODY_BYTES:
        raise InvalidInputError(f"a notification has at most {MAX_BODY_BYTES} bytes")
    try:
        parsed = json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InvalidInputError("the notification is not JSON") from None
    if not isinstance(parsed, dict):
        raise InvalidInputError("the notification is not a JSON object")
    payload = parsed.get("payload", {})
    if not isinstance(payload, dict):
        raise InvalidInputError("payload is not an object")
    return Notification(
        id=_required(parsed, "notificationId", _NOTIFICATION_ID),
        event_type=_required(parsed, "eventType", _EVENT_TYPE),
        reference=_told(payload, "id", _REFERENCE),
        order_id=_order_id(payload, "merchantReferenceId") or _order_id(payload, "invoiceNumber"),
        entity=_told(payload, "entityName", _WORD),
    )


def _required(parent: Mapping[str, object], name: str, form: re.Pattern[str]) -> str:
    value = _told(parent, name, form)
    if value is None:
        raise InvalidInputError(f"{name} is missing")
    return value


def _told(parent: Mapping[str, object], name: str, form: re.Pattern[str]) -> str | None:
    value = parent.get(name)
    if value is None:
        return None
    written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(written, str) or form.fullmatch(written) is None:
        raise InvalidInputError(f"{name} is not what it should be")
    return written


def _order_id(payload: Mapping[str, object], name: str) -> str | None:
    value = payload.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_ORDER_ID:
        raise InvalidInputError(f"{name} is not what it should be")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
