"""Saved methods and the gateway's notifications over the local cloud, where every policy of the template holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.local_http import GOOD_CARD, Http, Tenant, eventually, good

OTHER_CARD = GOOD_CARD | {"number": "5424000000000015"}


@pytest.fixture
def acme(tenant: Callable[..., Tenant]) -> Tenant:
    made = tenant()
    made.customer("acme")
    made.invoice("acme", "inv-1", 100_00)
    return made


def save(tenant: Tenant, card: dict[str, Any] | None = None) -> dict[str, Any]:
    body = {"token": tenant.token(card), "type": "card", "currency": "USD", "payer": {"name": "Ana Halvorsen"}, "consent": True}
    return good(tenant.call("POST", "/customers/acme/payment-methods", body))


def charge(tenant: Tenant, method_id: str, minor: int, key: str) -> dict[str, Any]:
    body = {"customer_id": "acme", "amount": minor, "currency": "USD", "method": {"kind": "saved", "method_id": method_id}}
    return good(tenant.call("POST", "/payments", body, {"Idempotency-Key": key}))


def state(tenant: Tenant, payment_id: str) -> str:
    return str(good(tenant.call("GET", f"/payments/{payment_id}"))["status"])


def test_r35_a_saved_card_is_charged_preferred_and_removed(acme: Tenant):
    first, second = save(acme), save(acme, OTHER_CARD)

    good(acme.call("PUT", f"/customers/acme/payment-methods/{second['id']}/default", {}))
    paid = charge(acme, second["id"], 25_00, "saved-1")
    gone = good(acme.call("DELETE", f"/customers/acme/payment-methods/{first['id']}"))

    assert (paid["status"], paid["method"]["last4"]) == ("captured", "0015")
    assert gone == {"id": first["id"], "state": "removed"}
    left = good(acme.call("GET", "/customers/acme/payment-methods"))["items"]
    assert [(one["id"], one["default"]) for one in left] == [(second["id"], True)]


def test_r39_a_lost_answer_is_known_by_the_notification_before_the_schedule_asks(acme: Tenant, http: Http):
    method = save(acme)
    fault = {"operation": "charge", "fault": "drop_after", "times": 1, "tenant_id": acme.tenant_id}
    good(http("PUT", "/local/processors/authorize_net/faults", {"faults": [fault]}))

    payment = charge(acme, method["id"], 30_00, "saved-2")

    assert payment["status"] in {"unknown", "captured"}
    assert eventually(lambda: state(acme, payment["id"]) == "captured")
    assert len(acme.calls("charge")) == 1


def test_a_removal_that_the_gateway_does_not_confirm_is_finished_by_a_repeat(acme: Tenant, http: Http):
    method = save(acme)
    fault = {"operation": "delete_method", "fault": "drop_after", "times": 1, "tenant_id": acme.tenant_id}
    good(http("PUT", "/local/processors/authorize_net/faults", {"faults": [fault]}))

    told = acme.call("DELETE", f"/customers/acme/payment-methods/{method['id']}")

    assert (told.status, told.json["state"]) == (202, "removing")
    assert good(acme.call("DELETE", f"/customers/acme/payment-methods/{method['id']}"))["state"] == "removed"
    assert good(acme.call("GET", "/customers/acme/payment-methods"))["items"] == []
