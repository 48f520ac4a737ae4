"""Service requests of the demo: what can be asked for, and some that are new, seen, accepted and declined."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import urllib3

from local.demo_people import PEOPLE

Json = dict[str, Any]
Call = Callable[..., Json]
PRODUCTS = {"standard-unit": "Standard unit", "ada-unit": "ADA unit", "hand-wash-station": "Hand-wash station"}
SERVICES = {"delivery": "Delivery", "weekly-service": "Weekly service", "pickup": "Pickup"}
HIDDEN = {"holding-tank": "Holding tank"}
"""A product of the list that customers don't see now."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request of the demo, and what became of it.

    Args:
        role: Who asks, as named in ``PEOPLE``.
        in_days: When it is wanted, from today on; None: any day.
        answer: What staff did: the end of a path, and what was said there. Days are given as from today on.
    """

    role: str
    site_id: str
    product_id: str
    service_id: str
    in_days: int | None = None
    po_number: str | None = None
    note: str | None = None
    answer: tuple[str, Json] | None = field(default=None)


WISHES = (
    Wish(
        "Company contact",
        "halvorsen-depot",
        "ada-unit",
        "delivery",
        2,
        "PO-88190",
        "For a public day at the depot.",
        ("decline", {"reason": "Our ADA units are all out until the end of next week. Please ask again for a day after that."}),
    ),
    Wish(
        "Company contact",
        "halvorsen-quarry",
        "hand-wash-station",
        "weekly-service",
        po_number="PO-88204",
        answer=("convert", {"kind": "job", "number": "J-4471", "scheduled_on": 4}),
    ),
    Wish("Company contact", "halvorsen-depot", "standard-unit", "pickup", 6, "PO-88213", answer=("view", {})),
    Wish("Site contact", "halvorsen-quarry", "standard-unit", "delivery", 3, note="Gate code 4411. Beside the north trailer, please."),
    Wish("Site contact", "halvorsen-quarry", "standard-unit", "weekly-service"),
)


class RequestRefusedError(RuntimeError):
    """A contact of the demo was not let in, or a request was refused."""


def ask_for_service(call: Call, origin: str, today: date) -> None:
    """Keep the lists of what can be asked for, ask as contacts do, and answer as staff do.

    Args:
        call: Makes one call of the first business's staff API.
        origin: Of the local cloud.
        today: In the business's zone.

    Raises:
        RequestRefusedError: A contact was not let in, or a request was refused.
    """
    for kind, entries, shown in (("products", PRODUCTS, True), ("services", SERVICES, True), ("products", HIDDEN, False)):
        for entry_id, name in entries.items():
            call("PUT", f"/api/staff/settings/catalog/{kind}/{entry_id}", {"name": name, "shown": shown})
    http = urllib3.PoolManager(retries=False)
    cookies = {role: _signed_in(http, origin, role) for role in sorted({wish.role for wish in WISHES})}
    for number, wish in enumerate(WISHES, 1):
        headers = {"Cookie": cookies[wish.role], "Idempotency-Key": f"demo-request-{number}"}
        asked = _post(http, origin, "/api/portal/requests", _body(wish, today), headers)
        if wish.answer:
            verb, said = wish.answer
            call("POST", f"/api/staff/requests/{json.loads(asked.data)['id']}/{verb}", _dated(said, today))


def _body(wish: Wish, today: date) -> Json:
    return {
        "site_id": wish.site_id,
        "product_id": wish.product_id,
        "service_id": wish.service_id,
        "wanted_on": None if wish.in_days is None else _day(today, wish.in_days),
        "po_number": wish.po_number,
        "note": wish.note,
    }


def _dated(said: Json, today: date) -> Json:
    return {name: _day(today, value) if name == "scheduled_on" else value for name, value in said.items()}


def _day(today: date, in_days: int) -> str:
    return (today + timedelta(days=in_days)).isoformat()


def _signed_in(http: urllib3.PoolManager, origin: str, role: str) -> str:
    """Sign in with what the start prints; return the session's cookie."""
    person = next(one for one in PEOPLE if one.role == role)
    answer = _post(http, origin, "/api/session", {"email": person.email, "password": person.password}, {})
    return str(answer.headers["Set-Cookie"]).split(";", 1)[0]


def _post(http: urllib3.PoolManager, origin: str, path: str, body: Json, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
    all_headers = {"Content-Type": "application/json", "Origin": origin, **headers}
    answer = http.request("POST", origin + path, body=json.dumps(body).encode(), headers=all_headers, timeout=60)
    if answer.status >= 300:
        raise RequestRefusedError(f"POST {path}: {answer.status} {answer.data.decode(errors='replace')[:300]}")
    return answer
