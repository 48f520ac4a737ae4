"""Mails of the demo that fared differently: delivered, on the way, late, bounced, complained about, held back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import urllib3

Json = dict[str, Any]
Call = Callable[..., Json]
WAIT_SECONDS = 90
FATES: dict[str, tuple[Json, ...]] = {
    "halvorsen": ({"type": "send"}, {"type": "delivery"}),
    "riverside": ({"type": "send"}, {"type": "bounce", "bounce_type": "hard"}),
    "maple": ({"type": "send"}, {"type": "delivery"}, {"type": "complaint"}),
    "kita": ({"type": "send"}, {"type": "delay"}),
    "northgate": ({"type": "send"},),
}
"""What becomes of each customer's statement."""
AGAIN = ("riverside",)
"""Who gets another one, which is held back."""


class SlowMailError(RuntimeError):
    """A statement or its mail did not come about in time."""


def send_statements(call: Call, origin: str) -> None:
    """Send statements and let the mail service report on them.

    Args:
        call: Makes one call of the first business's staff API.
        origin: Of the local cloud.

    Raises:
        SlowMailError: Something did not come about in time.
    """
    http = urllib3.PoolManager(retries=False)
    _local(http, origin, "PUT", "/local/mail/options", {"auto_delivery": False})
    try:
        _run(call, sorted(FATES))
        sent = _eventually(lambda: _statements(call, len(FATES)), "the statements' mails")
        for mail in sent:
            for event in FATES[mail["customer_id"]]:
                _local(http, origin, "POST", f"/local/mail/{mail['id']}/events", event)
        _eventually(lambda: call("GET", "/api/staff/suppressions")["items"], "the bounce")
        _run(call, sorted(AGAIN))
    finally:
        _local(http, origin, "PUT", "/local/mail/options", {"auto_delivery": True})


def _run(call: Call, customer_ids: list[str]) -> None:
    order = {"customer_ids": customer_ids, "kind": "open_items", "delivery": "email"}
    run_id = call("POST", "/api/staff/statements", order)["id"]
    alive = {"preparing", "running", "stopping"}
    _eventually(lambda: call("GET", f"/api/staff/statements/{run_id}")["status"] not in alive, "the run of statements")


def _statements(call: Call, wanted: int) -> list[Json]:
    """Return the statements' mails once all of them were handed over."""
    found: list[Json] = call("GET", "/api/staff/email-activity?kind=statement")["items"]
    return found if len(found) == wanted and all(mail["status"] != "queued" for mail in found) else []


def _local(http: urllib3.PoolManager, origin: str, method: str, path: str, body: Json) -> None:
    answer = http.request(method, origin + path, body=json.dumps(body).encode(), headers={"Content-Type": "application/json"}, timeout=30)
    if answer.status >= 300:
        raise SlowMailError(f"{method} {path}: {answer.status} {answer.data.decode(errors='replace')[:300]}")


def _eventually(look: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise SlowMailError(f"{what} did not come in {WAIT_SECONDS} s")
        time.sleep(0.2)
    return found
