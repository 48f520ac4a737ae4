"""The REST interface that sets webhooks up (``/rest/v1``), with Basic authentication and without a byte order mark."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from local.processors.authorize_net.ledger import Merchant
from local.processors.authorize_net.simulator import AuthorizeNetSimulator
from local.processors.authorize_net.webhooks import EVENT_TYPES, Notification, Webhook, event_date

PREFIX = "/rest/v1/"
LARGEST_PAGE = 1000
_SHOWN_STATUS = {"Waiting": "RetryPending"}

Document: TypeAlias = dict[str, Any] | list[Any]


class RestRefused(Exception):  # noqa: N818 - the gateway's word
    """A request that is refused, with its status and the gateway's reason."""

    def __init__(self, status: int, reason: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.reason = reason


def respond(
    simulator: AuthorizeNetSimulator, method: str, path: str, query: Mapping[str, str], authorization: str, body: bytes
) -> tuple[int, Document]:
    """Answer one request; ``path`` is what follows the prefix."""
    try:
        merchant = _merchant(simulator, authorization)
        return 200, _answer(simulator, merchant, method, [part for part in path.split("/") if part], query, body)
    except RestRefused as refused:
        correlation = str(uuid.uuid4())
        return refused.status, {"status": refused.status, "reason": refused.reason, "message": str(refused), "correlationId": correlation}


def _answer(
    simulator: AuthorizeNetSimulator, merchant: Merchant, method: str, parts: list[str], query: Mapping[str, str], body: bytes
) -> Document:
    webhooks, login = simulator.webhooks, merchant.api_login_id
    match (method, parts):
        case ("GET", ["eventtypes"]):
            return [{"name": name} for name in EVENT_TYPES]
        case ("GET", ["webhooks"]):
            return [_shown(webhook) for webhook in webhooks.of(login)]
        case ("POST", ["webhooks"]):
            webhook = _read(Webhook(str(uuid.uuid4()), login, "", "", []), _document(body))
            webhooks.register(webhook)
            return _shown(webhook)
        case (_, ["webhooks", webhook_id, *rest]):
            return _one(simulator, _found(simulator, login, webhook_id), method, rest, body)
        case ("GET", ["notifications"]):
            return _listed(webhooks.notifications(login), query)
        case ("GET", ["notifications", notification_id]):
            for one in webhooks.notifications(login):
                if one.id == notification_id:
                    return {**_line(one), "payload": one.payload, "retryLog": [_attempt(line) for line in one.log]}
    raise RestRefused(404, "NOT_FOUND", "The resource was not found.")


def _one(simulator: AuthorizeNetSimulator, webhook: Webhook, method: str, rest: list[str], body: bytes) -> Document:
    match (method, rest):
        case ("GET", []):
            return _shown(webhook)
        case ("PUT", []):
            changed = _read(webhook, _document(body))
            simulator.webhooks.register(changed)
            return _shown(changed)
        case ("DELETE", []):
            simulator.webhooks.remove(webhook)
            return {}
        case ("POST", ["pings"]):
            if webhook.active:
                raise RestRefused(400, "INVALID_DATA", "Only an inactive webhook can be pinged.")
            status = simulator.webhooks.ping(webhook)
            if status // 100 != 2:
                raise RestRefused(400, "INVALID_DATA", f"The webhook's address answered with {status}.")
            return {}
    raise RestRefused(404, "NOT_FOUND", "The resource was not found.")


def _merchant(simulator: AuthorizeNetSimulator, authorization: str) -> Merchant:
    kind, _, encoded = authorization.partition(" ")
    try:
        login, _, key = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        login = key = ""
    merchant = simulator.ledger.merchant(login) if kind.lower() == "basic" and login else None
    if merchant is None or merchant.transaction_key != key:
        raise RestRefused(401, "UNAUTHORIZED", "Authentication failed.")
    return merchant


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise RestRefused(400, "INVALID_DATA", "The body is no JSON object.")
    return document


def _read(webhook: Webhook, document: Mapping[str, Any]) -> Webhook:
    url, types = str(document.get("url", webhook.url)), document.get("eventTypes", webhook.event_types)
    status = document.get("status", "active" if webhook.active else "inactive")
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise RestRefused(400, "INVALID_DATA", "url is an address that events can be posted to.")
    if not isinstance(types, list) or not types or not set(types) <= set(EVENT_TYPES):
        raise RestRefused(400, "INVALID_DATA", "eventTypes names at least one event type, and none that is unknown.")
    if status not in {"active", "inactive"}:
        raise RestRefused(400, "INVALID_DATA", "status is active or inactive.")
    return Webhook(webhook.id, webhook.login, str(document.get("name", webhook.name)), url, list(types), status == "active")


def _found(simulator: AuthorizeNetSimulator, login: str, webhook_id: str) -> Webhook:
    webhook = simulator.webhooks.find(login, webhook_id)
    if webhook is None:
        raise RestRefused(404, "NOT_FOUND", "The webhook was not found.")
    return webhook


def _shown(webhook: Webhook) -> dict[str, Any]:
    return {
        "_links": {"self": {"href": f"{PREFIX}webhooks/{webhook.id}"}},
        "webhookId": webhook.id,
        "eventTypes": webhook.event_types,
        "status": "active" if webhook.active else "inactive",
        "url": webhook.url,
        **({"name": webhook.name} if webhook.name else {}),
    }


def _listed(found: list[Notification], query: Mapping[str, str]) -> Document:
    offset, limit = (_number(query, name, usual) for name, usual in (("offset", 0), ("limit", 100)))
    wanted = query.get("deliveryStatus", "").lower()
    first, last = (_instant(query, name) for name in ("from_date", "to_date"))
    chosen = [
        one
        for one in found
        if wanted in ("", _status(one).lower())
        and (first is None or datetime.fromisoformat(one.event_at) >= first)
        and (last is None or datetime.fromisoformat(one.event_at) <= last)
    ]
    shown = [_line(one) for one in chosen[offset : offset + min(limit, LARGEST_PAGE)]]
    return {"_links": {"self": {"href": f"{PREFIX}notifications?offset={offset}&limit={limit}"}}, "notifications": shown}


def _line(one: Notification) -> dict[str, Any]:
    return {
        "_links": {"self": {"href": f"{PREFIX}notifications/{one.id}"}},
        "notificationId": one.id,
        "deliveryStatus": _status(one),
        "eventType": one.event_type,
        "eventDate": event_date(one.event_at),
        "webhookId": one.webhook_id,
    }


def _status(one: Notification) -> str:
    return _SHOWN_STATUS.get(one.status, one.status)


def _attempt(line: Mapping[str, Any]) -> dict[str, Any]:
    return {"deliveryAttempt": line["attempt"], "responseCode": line["status"], "attemptDate": event_date(line["at"])}


def _number(query: Mapping[str, str], name: str, usual: int) -> int:
    given = query.get(name, str(usual))
    if not (given.isascii() and given.isdigit()):
        raise RestRefused(400, "INVALID_DATA", f"{name} is a whole number.")
    return int(given)


def _instant(query: Mapping[str, str], name: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(query[name]) if name in query else None
    except ValueError:
        raise RestRefused(400, "INVALID_DATA", f"{name} is no date.") from None
    return moment.astimezone() if moment is not None and moment.tzinfo is None else moment
