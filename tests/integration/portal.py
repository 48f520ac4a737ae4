"""The portal as one signed-in contact sees it: calls pass the authorizer's context to the handler that the template names."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from duebook.domain.portal_access import ContactCaller
from duebook.web.contact_callers import contact_context
from local.routes import route_of
from tests.integration.api import Answer, Handler, call, rest_event

_keys = count(1)


@dataclass(frozen=True, slots=True)
class Portal:
    """Calls below /api/portal as a contact."""

    caller: ContactCaller

    def as_(self, **changed: Any) -> Portal:
        """Return the portal as another contact sees it."""
        return Portal(replace(self.caller, **changed))

    def call(self, method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Call a route."""
        handler = portal_handler(method, f"/api/portal{urlsplit(url).path}")
        event = rest_event(method, f"/api/portal{url}", body=body, headers=headers, authorizer=contact_context(self.caller))
        return call(handler, event)

    def get(self, url: str) -> Answer:
        """GET."""
        return self.call("GET", url)

    def post(self, url: str, body: object, key: str | None = None) -> Answer:
        """POST, with a new Idempotency-Key unless one is given."""
        return self.call("POST", url, body, {"Idempotency-Key": key or f"key-{next(_keys)}"})

    def quote(self, *invoice_ids: str, currency: str = "USD") -> Any:
        """Ask for a quote of some invoices and return it."""
        answer = self.post("/quotes", {"currency": currency, "selection": {"kind": "invoices", "invoice_ids": list(invoice_ids)}})
        assert answer.status == 201, answer.text
        return answer.body

    def quote_amount(self, amount: int, currency: str = "USD") -> Answer:
        """Ask for a quote of an amount."""
        return self.post("/quotes", {"currency": currency, "selection": {"kind": "custom_amount", "amount": amount}})


def portal_handler(method: str, path: str) -> Handler:
    """Return the handler that API Gateway would call."""
    led = route_of(method, path)
    assert led, f"API Gateway knows no {method} {path}"
    handler: Handler = importlib.import_module(f"functions.{led[0].folder}.handler").lambda_handler
    return handler
