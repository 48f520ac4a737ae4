"""Mails through the whole local cloud: what they look like, what becomes of them, whom they no longer reach."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.accessibility import faults_in_mail
from tests.e2e.local_http import Http, Json, Tenant, eventually, good


def paid(business: Tenant, minor: int = 50_00) -> Json:
    """Let a customer pay a whole invoice and return the receipt."""
    customer = business.customer("acme")
    business.invoice("acme", "inv-1", minor)
    assert business.pay(customer["pay_online_id"], minor).status == 201
    found = eventually(lambda: business.mails("receipt"))
    assert found
    return found[0]


def status_becomes(business: Tenant, mail_id: str, status: str) -> bool:
    def look() -> bool:
        items = good(business.call("GET", "/customers/acme/emails"))["items"]
        return any(item["id"] == mail_id and item["status"] == status for item in items)

    return eventually(look)


@pytest.mark.parametrize("kind", ["receipt", "payment_received"])
def test_a_mail_is_readable_by_everybody_at_any_width_in_light_and_dark(tenant: Callable[..., Tenant], page: Page, kind: str) -> None:
    business = tenant()
    paid(business)
    (mail,) = eventually(lambda: business.mails(kind))

    assert faults_in_mail(page, mail["html"], (320, 700)) == []


def test_r62_r64_a_bounce_is_told_and_the_address_is_no_longer_written_to(tenant: Callable[..., Tenant], http: Http) -> None:
    business = tenant()
    first = paid(business)

    assert http("POST", f"/local/mail/{first['id']}/events", {"type": "bounce", "bounce_type": "hard"}).status < 300

    assert status_becomes(business, first["id"], "bounced")
    business.invoice("acme", "inv-2", 20_00)
    customer = good(business.call("GET", "/customers/acme"))
    assert business.pay(customer["pay_online_id"], 20_00).status == 201
    assert eventually(lambda: len(business.mails("payment_received")) == 2)
    statuses = eventually(lambda: _statuses(business, "receipt"))
    assert statuses == ["suppressed", "bounced"]
    assert len(business.mails("receipt")) == 1


def test_r63_a_complaint_stays_although_a_delivery_is_told_after_it(tenant: Callable[..., Tenant], http: Http) -> None:
    business = tenant()
    mail = paid(business)

    for event in ("complaint", "delivery", "delay", "complaint"):
        assert http("POST", f"/local/mail/{mail['id']}/events", {"type": event}).status < 300

    assert status_becomes(business, mail["id"], "complaint")


def _statuses(business: Tenant, kind: str) -> list[str] | None:
    items = good(business.call("GET", "/customers/acme/emails"))["items"]
    found = [item["status"] for item in items if item["kind"] == kind]
    return found if "suppressed" in found else None
