"""Staff and the tenant's own system: payments received and charged, saved cards and bank accounts."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from time import monotonic
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from duebook import wiring
from duebook.domain.directory import Caller, Role, Tenant
from duebook.domain.methods import MethodState
from duebook.domain.payments import PaymentState
from duebook.domain.refunds import IN_FLIGHT
from duebook.runtime.clock import today_in, utc_now
from duebook.runtime.ids import new_id
from duebook.runtime.observability import observed
from duebook.usecases.change_applications import apply_by_hand, unapply
from duebook.usecases.charge_saved_method import SavedCharge, charge_saved_method
from duebook.usecases.read_methods import list_methods
from duebook.usecases.read_payment_list import payments_of_customer, payments_of_days
from duebook.usecases.read_payments import read_payment
from duebook.usecases.receive_payment import receive_payment
from duebook.usecases.refund_payment import refund_payment
from duebook.usecases.remove_method import remove_method
from duebook.usecases.save_method import save_method, set_default
from duebook.usecases.try_credentials import try_credentials
from duebook.usecases.void_payment import void_payment
from duebook.web import methods as saved
from duebook.web import schemas_payments as payment_bodies
from duebook.web import schemas_staff as bodies
from duebook.web import staff_answers as answers
from duebook.web import views
from duebook.web.callers import known_later, made, paid, permitted
from duebook.web.fields import AnyDay, CallerId
from duebook.web.json_api import answer, idempotency_key, json_api, resolve
from duebook.web.settings_answers import CredentialTestView, credential_test_view

app = json_api("Duebook: staff payments")
directory, accounts = wiring.directory_store, wiring.account_store

ANSWER_SECONDS = 4.0
"""What remains of the time of a call for writing down what the processor said and answering."""
LONGEST_CALL_SECONDS = 22.0

Viewer = Annotated[Caller, permitted(app, Role.VIEWER)]
Collector = Annotated[Caller, permitted(app, Role.COLLECTOR)]
Manager = Annotated[Caller, permitted(app, Role.MANAGER)]
Admin = Annotated[Caller, permitted(app, Role.ADMIN)]
Id = Annotated[CallerId, Path()]
OurId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,64}$")]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[CallerId | None, Query()]


@app.post("/api/staff/payments", responses=paid(answers.StaffPaymentView))
def post_payment(caller: Collector, body: payment_bodies.PaymentBody) -> Response[answers.StaffPaymentView]:
    """Record a check, cash or other money and apply it, or charge a saved method."""
    now, key, wanted = utc_now(), idempotency_key(app.current_event.raw_event), body.money()
    if isinstance(wanted, SavedCharge):
        payment = charge_saved_method(
            caller.tenant_id,
            wanted,
            key=key,
            actor=caller.caller_id,
            till=wiring.till(),
            methods=wiring.method_store(),
            timeout_seconds=_seconds_for_processor(),
        )
        status = HTTPStatus.ACCEPTED if payment.state is PaymentState.UNKNOWN else HTTPStatus.CREATED
        return answer(status, _payment(caller, payment.key.payment_id))
    payment = receive_payment(
        caller.tenant_id, wanted, key=key, payment_id=new_id("pay", now), today=_today(caller), desk=wiring.cash_desk(caller, now)
    )
    return answer(HTTPStatus.CREATED, _payment(caller, payment.key.payment_id))


@app.get("/api/staff/payments")
def list_payments(
    caller: Viewer,
    first: Annotated[AnyDay | None, Query(alias="from")] = None,
    last: Annotated[AnyDay | None, Query(alias="to")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> answers.PaymentPage:
    """List payments of some days in the tenant's zone, both ends included, newest first; of today unless told otherwise."""
    tenant = _tenant(caller)
    to = last or today_in(tenant.time_zone, utc_now())
    found, following = payments_of_days(
        caller.tenant_id, first or to, to, time_zone=tenant.time_zone, limit=limit, before=cursor, books=wiring.books()
    )
    return answers.PaymentPage(items=[views.payment_view(paid) for paid in found], next_cursor=following)


@app.get("/api/staff/customers/<customer_id>/payments")
def list_customer_payments(caller: Viewer, customer_id: Id, limit: Limit = 50, cursor: Cursor = None) -> answers.PaymentPage:
    """List a customer's payments, newest first; declined and failed attempts too."""
    found, following = payments_of_customer(caller.tenant_id, customer_id, limit=limit, before=cursor, books=wiring.books())
    return answers.PaymentPage(items=[views.payment_view(paid) for paid in found], next_cursor=following)


@app.get("/api/staff/payments/<payment_id>")
def get_payment(caller: Viewer, payment_id: OurId) -> answers.StaffPaymentView:
    """Show a payment with what it pays and its history."""
    return _payment(caller, payment_id)


@app.post("/api/staff/payments/<payment_id>/apply")
def post_apply(caller: Collector, payment_id: OurId, body: bodies.ApplyBody) -> answers.StaffPaymentView:
    """Apply a payment's unapplied cash to the invoices named, or to the oldest."""
    applications = bodies.pairs(body.applications) if body.applications else None
    apply_by_hand(caller.tenant_id, payment_id, applications, body.reason, desk=wiring.application_desk(caller, utc_now()))
    return _payment(caller, payment_id)


@app.post("/api/staff/payments/<payment_id>/unapply")
def post_unapply(caller: Collector, payment_id: OurId, body: bodies.UnapplyBody) -> answers.StaffPaymentView:
    """Take applications of a payment back."""
    unapply(caller.tenant_id, payment_id, bodies.pairs(body.applications), body.reason, desk=wiring.application_desk(caller, utc_now()))
    return _payment(caller, payment_id)


@app.post("/api/staff/payments/<payment_id>/refund", responses=known_later(answers.StaffPaymentView, 201, "Made"))
def post_refund(caller: Manager, payment_id: OurId, body: payment_bodies.RefundBody) -> Response[answers.StaffPaymentView]:
    """Give a part or all of a settled payment back; 202 while the processor's answer is not known."""
    _, refund = refund_payment(
        caller.tenant_id,
        payment_id,
        body.wish(),
        key=idempotency_key(app.current_event.raw_event),
        desk=wiring.reversal_desk(caller),
        timeout_seconds=_seconds_for_processor(),
    )
    status = HTTPStatus.ACCEPTED if refund.state in IN_FLIGHT else HTTPStatus.CREATED
    return answer(status, _payment(caller, payment_id))


@app.post("/api/staff/payments/<payment_id>/void", responses=known_later(answers.StaffPaymentView, 200, "Voided"))
def post_void(caller: Manager, payment_id: OurId, body: bodies.ReasonBody) -> Response[answers.StaffPaymentView]:
    """Take a payment back whole before it has settled; 202 while the processor's answer is not known."""
    payment = void_payment(
        caller.tenant_id, payment_id, body.reason, desk=wiring.reversal_desk(caller), timeout_seconds=_seconds_for_processor()
    )
    status = HTTPStatus.OK if payment.state is PaymentState.VOIDED else HTTPStatus.ACCEPTED
    return answer(status, _payment(caller, payment_id))


@app.get("/api/staff/customers/<customer_id>/payment-methods")
def list_payment_methods(caller: Viewer, customer_id: Id) -> saved.SavedMethodPage:
    """List a customer's saved cards and bank accounts: by currency, the default first."""
    found = list_methods(caller.tenant_id, customer_id, methods=wiring.method_store(), directory=directory())
    return saved.method_page(found, _tenant(caller).name)


@app.post("/api/staff/customers/<customer_id>/payment-methods", responses=made(saved.SavedMethodView))
def post_payment_method(caller: Collector, customer_id: Id, body: saved.MethodBody) -> Response[saved.SavedMethodView]:
    """Keep a card or bank account at the processor, with the customer's consent."""
    order = body.order(caller, customer_id, utc_now())
    method = save_method(order, desk=wiring.method_desk(), timeout_seconds=_seconds_for_processor())
    return answer(HTTPStatus.CREATED, saved.method_view(method))


@app.put("/api/staff/customers/<customer_id>/payment-methods/<method_id>/default")
def put_default_method(caller: Collector, customer_id: Id, method_id: OurId) -> saved.SavedMethodView:
    """Make a saved method the default of its currency."""
    return saved.method_view(set_default(caller.tenant_id, customer_id, method_id, methods=wiring.method_store()))


@app.delete("/api/staff/customers/<customer_id>/payment-methods/<method_id>", responses=saved.REMOVED)
def delete_payment_method(caller: Collector, customer_id: Id, method_id: OurId) -> Response[saved.RemovalView]:
    """Remove a saved method, at the processor too; 202 while that is not confirmed. It cannot be charged from here on."""
    method = remove_method(caller.tenant_id, customer_id, method_id, desk=wiring.method_desk(), timeout_seconds=_seconds_for_processor())
    status = HTTPStatus.OK if method.state is MethodState.REMOVED else HTTPStatus.ACCEPTED
    return answer(status, saved.removal_view(method))


@app.post("/api/staff/settings/processors/<account_id>/test")
def post_credential_test(caller: Admin, account_id: OurId) -> CredentialTestView:
    """Tell whether a processor takes a merchant account's credentials: asked anew, nothing is charged."""
    tried = try_credentials(caller.tenant_id, account_id, directory=directory(), processor_of=wiring.payment_processor, monotonic=monotonic)
    return credential_test_view(tried)


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, event, context)


def _seconds_for_processor() -> float:
    """Leave the time that recording and answering take; a refund may ask twice."""
    left = app.lambda_context.get_remaining_time_in_millis() / 1000
    return max(1.0, min(LONGEST_CALL_SECONDS, (left - ANSWER_SECONDS) / 2))


def _tenant(caller: Caller) -> Tenant:
    return directory().tenant(caller.tenant_id)


def _today(caller: Caller) -> date:
    return today_in(_tenant(caller).time_zone, utc_now())


def _payment(caller: Caller, payment_id: str) -> answers.StaffPaymentView:
    paid = read_payment(caller.tenant_id, payment_id, payments=wiring.payment_store(), accounts=accounts())
    return views.payment_view(paid)
