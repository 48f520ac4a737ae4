"""Guest calls: what is owed behind a Pay Online ID, and paying it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from duebook import wiring
from duebook.domain.directory import Customer
from duebook.domain.payments import PaymentKey, PaymentState
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import observed
from duebook.runtime.settings import optional, setting
from duebook.usecases.find_payer import MISS, find_customer, read_payer
from duebook.usecases.take_payment import take_payment
from duebook.web.callers import paid
from duebook.web.guest import FieldSites, GuestPayment, PaymentView, PayOverview, overview_view, payment_view
from duebook.web.json_api import answer, idempotency_key, json_api, resolve
from duebook.web.requests import client_address, header

ANSWER_SECONDS = 4.0
"""Kept back from the time left, so that the answer still reaches the payer after a slow processor."""
LONGEST_CHARGE_SECONDS = 24.0
"""API Gateway gives up after 29 seconds; a payer told "unknown" in time is better off than one cut off."""

# An ID with characters that no route matches is a miss like any other.
app = json_api("Duebook: pay my balance", nothing=MISS)

PayOnlineId = Annotated[str, Path()]
PaymentId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,64}$")]


@app.get("/api/pay/<pay_online_id>")
def get_pay_overview(pay_online_id: PayOnlineId) -> PayOverview:
    """Show the balance payable online, by currency."""
    tenant_id, customer = _found(pay_online_id)
    payer = read_payer(tenant_id, customer, directory=wiring.directory_store(), accounts=wiring.account_store())
    return overview_view(payer, FieldSites(setting("FIELDS_ORIGIN"), optional("CARDPOINTE_URL")))


@app.post("/api/pay/<pay_online_id>/payments", responses=paid(PaymentView))
def post_payment(pay_online_id: PayOnlineId, body: GuestPayment) -> Response[PaymentView]:
    """Charge the payer's method once and start applying the money."""
    tenant_id, customer = _found(pay_online_id)
    payment = take_payment(
        body.order(tenant_id, customer.customer_id),
        key=idempotency_key(_event()),
        till=wiring.till(),
        timeout_seconds=_seconds_for_charge(),
    )
    status = HTTPStatus.ACCEPTED if payment.state is PaymentState.UNKNOWN else HTTPStatus.CREATED
    return answer(status, payment_view(payment))


@app.get("/api/pay/<pay_online_id>/payments/<payment_id>")
def get_payment(pay_online_id: PayOnlineId, payment_id: PaymentId) -> PaymentView:
    """Show what became of a payment."""
    tenant_id, customer = _found(pay_online_id)
    return payment_view(wiring.payment_store().get(PaymentKey(tenant_id, customer.customer_id, payment_id)))


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, event, context)


def _event() -> dict[str, Any]:
    event: dict[str, Any] = app.current_event.raw_event
    return event


def _found(pay_online_id: str) -> tuple[str, Customer]:
    return find_customer(
        pay_online_id,
        proof=header(_event(), "x-pay-online-proof"),
        address=client_address(_event()),
        directory=wiring.directory_store(),
        accounts=wiring.account_store(),
        transient=wiring.transient_store(),
        now=utc_now(),
    )


def _seconds_for_charge() -> float:
    left = app.lambda_context.get_remaining_time_in_millis() / 1000
    return max(1.0, min(LONGEST_CHARGE_SECONDS, left - ANSWER_SECONDS))
