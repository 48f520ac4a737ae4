"""What signed-in contacts do that a processor takes part in: paying a quote, keeping and removing cards and bank accounts."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from duebook import wiring
from duebook.domain.methods import MethodState
from duebook.domain.payments import PaymentState
from duebook.domain.portal_access import ContactCaller, Permission
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import observed
from duebook.usecases.pay_quote import pay_quote, payer_of
from duebook.usecases.read_portal_payments import read_portal_payment
from duebook.usecases.remove_method import remove_method
from duebook.usecases.save_method import save_method, set_default
from duebook.web import methods as saved
from duebook.web import portal_payments as portal
from duebook.web.callers import made, paid
from duebook.web.contact_callers import contact_permitted
from duebook.web.json_api import answer, idempotency_key, json_api, resolve

ANSWER_SECONDS = 4.0
"""Kept back from the time left, so that the answer still reaches the payer after a slow processor."""
LONGEST_CALLS_SECONDS = 24.0
"""API Gateway gives up after 29 seconds; a payer told "unknown" in time is better off than one cut off."""

app = json_api("Duebook: payments in the portal")

MethodId = Annotated[portal.OurId, Path()]
Paying = Annotated[ContactCaller, contact_permitted(app, Permission.PAY_INVOICES)]
Keeping = Annotated[ContactCaller, contact_permitted(app, Permission.MANAGE_METHODS)]


@app.post("/api/portal/payments", responses=paid(portal.PortalPaymentView))
def post_portal_payment(caller: Paying, body: portal.PortalPaymentBody) -> Response[portal.PortalPaymentView]:
    """Charge a quote once, exactly as it was shown, and start applying the money."""
    payment = pay_quote(
        caller,
        body.quote_id,
        body.way(),
        key=idempotency_key(app.current_event.raw_event),
        desk=wiring.portal_desk(),
        timeout_seconds=_seconds_for_processor(),
    )
    status = HTTPStatus.ACCEPTED if payment.state is PaymentState.UNKNOWN else HTTPStatus.CREATED
    return answer(status, portal.portal_payment_view(read_portal_payment(caller, payment.key.payment_id, books=wiring.books())))


@app.post("/api/portal/payment-methods", responses=made(saved.SavedMethodView))
def post_payment_method(caller: Keeping, body: portal.PortalMethodBody) -> Response[saved.SavedMethodView]:
    """Keep a card or bank account at the processor for the customer, with the contact's consent."""
    payer = payer_of(caller, directory=wiring.directory_store())
    method = save_method(body.order(caller, payer, utc_now()), desk=wiring.method_desk(), timeout_seconds=_seconds_for_processor())
    return answer(HTTPStatus.CREATED, saved.method_view(method))


@app.put("/api/portal/payment-methods/<method_id>/default")
def put_default_method(caller: Keeping, method_id: MethodId) -> saved.SavedMethodView:
    """Make a saved method the default of its currency."""
    return saved.method_view(set_default(caller.tenant_id, caller.customer_id, method_id, methods=wiring.method_store()))


@app.delete("/api/portal/payment-methods/<method_id>", responses=saved.REMOVED)
def delete_payment_method(caller: Keeping, method_id: MethodId) -> Response[saved.RemovalView]:
    """Remove a saved method, at the processor too; 202 while that is not confirmed. It cannot be charged from here on."""
    method = remove_method(
        caller.tenant_id, caller.customer_id, method_id, desk=wiring.method_desk(), timeout_seconds=_seconds_for_processor()
    )
    status = HTTPStatus.OK if method.state is MethodState.REMOVED else HTTPStatus.ACCEPTED
    return answer(status, saved.removal_view(method))


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, event, context)


def _seconds_for_processor() -> float:
    left = app.lambda_context.get_remaining_time_in_millis() / 1000
    return max(1.0, min(LONGEST_CALLS_SECONDS, left - ANSWER_SECONDS))
