"""Webhooks: who wants which events, and their delivery, signed, a moment after the answer, again and again until it is taken.

Source: Authorize.Net webhooks; the spacing of retries is known from third parties only.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from local.processors.authorize_net.call import Event, written
from local.processors.authorize_net.ledger import Ledger, Merchant

PREFIX = "net.authorize."
_PAYMENT = "authorization authcapture capture priorAuthCapture refund void"
_CUSTOMER = "created updated deleted paymentProfile.created paymentProfile.updated paymentProfile.deleted"
_SUBSCRIPTION = "created updated suspended terminated cancelled expiring expired failed"
PAYMENT_EVENTS = tuple(
    [f"{PREFIX}payment.{name}.created" for name in _PAYMENT.split()]
    + [f"{PREFIX}payment.fraud.{name}" for name in ("held", "approved", "declined")]
)
EVENT_TYPES = (
    *PAYMENT_EVENTS,
    *(f"{PREFIX}customer.{name}" for name in _CUSTOMER.split()),
    *(f"{PREFIX}customer.subscription.{name}" for name in _SUBSCRIPTION.split()),
)
RETRIES = (timedelta(minutes=3),) * 3 + (timedelta(hours=8),) * 3 + (timedelta(hours=48),) * 4
MODES = frozenset({"on", "off", "duplicated", "reordered", "delayed", "early"})
"""How events travel; several may be switched on. ``early`` is before the answer, ``delayed`` when told to."""
SIGNATURE_HEADER = "X-ANET-Signature"
MOMENT_SECONDS = 2.0
"""How long after its answer the gateway tells of a charge; whoever lost the answer sees it unknown until then."""
GATHER_SECONDS = 0.4
POLL_SECONDS = 0.2
TIMEOUT_SECONDS = 10.0
_WAITING, _DONE = "waiting", "done"

Post: TypeAlias = Callable[[str, bytes, Mapping[str, str]], int]
"""Posts a body with headers to an address and returns the status; 0 when nothing answered."""


@dataclass(slots=True)
class Webhook:
    """An address and the events it wants."""

    id: str
    login: str
    name: str
    url: str
    event_types: list[str]
    active: bool = True


@dataclass(slots=True)
class Notification:
    """One event on its way to one webhook."""

    id: str
    number: int
    login: str
    webhook_id: str
    event_type: str
    event_at: str
    payload: dict[str, Any]
    due_at: str
    status: str = "Waiting"
    """``Waiting``, ``RetryPending``, ``Delivered`` or ``Failed``."""
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        """The document as it is sent and signed."""
        document = {
            "notificationId": self.id,
            "eventType": self.event_type,
            "eventDate": event_date(self.event_at),
            "webhookId": self.webhook_id,
            "payload": self.payload,
        }
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def signature(key: str, body: bytes) -> str:
    """Return the header's value for a body; the key is its text as it stands, not what its digits mean."""
    return "sha512=" + hmac.new(key.encode("ascii"), body, hashlib.sha512).hexdigest().upper()


def event_date(moment: str) -> str:
    """Write an instant with the gateway's seven decimals."""
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def post_over_http(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Post for real."""
    request = urllib.request.Request(url, body, dict(headers), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return 0


class Webhooks:
    """All webhooks of a simulator.

    Args:
        ledger: Keeps them and what was sent.
        now: The simulator's clock; retries wait by it.
        post: Sends; another one than HTTP only in tests.
    """

    def __init__(self, ledger: Ledger, now: Callable[[], datetime], post: Post = post_over_http) -> None:
        self.post = post
        self._ledger = ledger
        self._now = now
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._wake = threading.Event()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def register(self, webhook: Webhook) -> None:
        """Keep a webhook, or change it."""
        self._ledger.put_item("webhook", webhook.id, asdict(webhook), owner=webhook.login)

    def remove(self, webhook: Webhook) -> None:
        """Forget a webhook."""
        self._ledger.remove_item("webhook", webhook.id)

    def of(self, login: str) -> list[Webhook]:
        """Return a merchant's webhooks."""
        return [Webhook(**found) for found in self._ledger.items("webhook", owner=login)]

    def find(self, login: str, webhook_id: str) -> Webhook | None:
        """Return one of a merchant's webhooks."""
        found = self._ledger.item("webhook", webhook_id)
        return Webhook(**found) if found and found["login"] == login else None

    def notifications(self, login: str | None = None) -> list[Notification]:
        """Return what was or will be sent, oldest first."""
        return [Notification(**found) for found in self._ledger.items("notification", owner=login)]

    def publish(self, merchant: Merchant, events: Iterable[Event], now: datetime) -> None:
        """Send events to whoever wants them, as the switches say. Call it without the books' lock."""
        modes = self._modes()
        made = []
        if "off" not in modes:
            hooks = [hook for hook in self.of(merchant.api_login_id) if hook.active]
            for event in events:
                made += [self._noted(hook, event, now) for hook in hooks if PREFIX + event.type in hook.event_types]
        if not made:
            return
        if "early" in modes and "delayed" not in modes:
            self.deliver()
        elif "delayed" not in modes:
            self._start()

    def deliver(self) -> int:
        """Send all that waits now, whether or not its time has come; return how many were sent."""
        return self._send(due_only=False)

    def ping(self, webhook: Webhook) -> int:
        """Send an example event and return the status."""
        payload = {"responseCode": 1, "avsResponse": "Y", "authAmount": 45.0, "entityName": "transaction", "id": "245"}
        now = written(self._now())
        event_type = webhook.event_types[0] if webhook.event_types else PAYMENT_EVENTS[0]
        sample = Notification(str(uuid.uuid4()), 0, webhook.login, webhook.id, event_type, now, payload, now)
        return self._posted(webhook, sample)

    def close(self) -> None:
        """Stop sending."""
        self._over.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(TIMEOUT_SECONDS)

    def resume(self) -> None:
        """Go on with what waits: from an earlier run, or since deliveries were held up."""
        if "delayed" not in self._modes() and self._waiting():
            self._start()

    def _modes(self) -> frozenset[str]:
        switched = (self._ledger.recall("option", "all") or {}).get("webhooks") or ["on"]
        return frozenset([switched] if isinstance(switched, str) else switched)

    def _noted(self, webhook: Webhook, event: Event, now: datetime) -> Notification:
        moment = written(now)
        number = self._ledger.next_number("notification", 1)
        made = Notification(str(uuid.uuid4()), number, webhook.login, webhook.id, PREFIX + event.type, moment, event.payload, moment)
        self._keep(made)
        return made

    def _keep(self, one: Notification) -> None:
        shelf = _WAITING if one.status in {"Waiting", "RetryPending"} else _DONE
        self._ledger.put_item("notification", str(one.number), asdict(one), owner=one.login, shelf=shelf)

    def _waiting(self) -> list[Notification]:
        return [Notification(**found) for found in self._ledger.items("notification", shelf=_WAITING)]

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._over.is_set():
                self._thread = threading.Thread(target=self._run, name="authorize-net-webhooks", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while not self._over.is_set():
            self._wake.wait()
            self._wake.clear()
            self._over.wait(GATHER_SECONDS if "reordered" in self._modes() else MOMENT_SECONDS)
            while not self._over.is_set() and self._waiting():
                if "delayed" not in self._modes():
                    self._send(due_only=True)
                if self._wake.wait(POLL_SECONDS):
                    break

    def _send(self, *, due_only: bool) -> int:
        with self._sending:
            modes, now = self._modes(), self._now()
            due = [one for one in self._waiting() if not due_only or datetime.fromisoformat(one.due_at) <= now]
            for one in reversed(due) if "reordered" in modes else due:
                if self._over.is_set():
                    break
                self._attempt(one, now, times=2 if "duplicated" in modes else 1)
            return len(due)

    def _attempt(self, one: Notification, now: datetime, *, times: int) -> None:
        webhook = self.find(one.login, one.webhook_id)
        if webhook is None or not webhook.active:
            one.status = "Failed"
            self._keep(one)
            return
        for _ in range(times):
            status = self._posted(webhook, one)
            one.log.append({"attempt": len(one.log) + 1, "status": status, "at": written(now)})
        failed = sum(1 for line in one.log if line["status"] // 100 != 2)
        if status // 100 == 2:
            one.status = "Delivered"
        elif failed > len(RETRIES):
            one.status = "Failed"
            webhook.active = False
            self.register(webhook)
        else:
            one.status = "RetryPending"
            one.due_at = written(now + RETRIES[failed - 1])
        self._keep(one)

    def _posted(self, webhook: Webhook, one: Notification) -> int:
        merchant = self._ledger.merchant(webhook.login)
        body = one.body
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Authorize.Net webhooks (simulated)"}
        if merchant is not None and merchant.signature_key:
            headers[SIGNATURE_HEADER] = signature(merchant.signature_key, body)
        return self.post(webhook.url, body, headers)
