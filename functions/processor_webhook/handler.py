"""Notifications of processors: signed, stored once, and a reason to ask the processor; never believed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from duebook import wiring
from duebook.domain.directory import MerchantAccount
from duebook.processors.authorize_net_webhooks import MAX_BODY_BYTES, SIGNATURE_HEADER, Notification, read_notification, signed_by
from duebook.runtime.observability import logger, observed
from duebook.usecases.receive_notification import Notice, find_senders, receive_notification
from duebook.web.fields import Strict
from duebook.web.json_api import answer, json_api, resolve
from duebook.web.requests import bounded_body, client_address, header

LOOK_UP_SECONDS = 8.0
"""The sender waits for seconds only, and comes again; the schedule asks as well."""
PAYMENTS = "net.authorize.payment."

app = json_api("Duebook: notifications of processors")

TenantId = Annotated[str, Path()]


class Received(Strict):
    """All that a sender is told."""

    received: bool = True


@app.post("/api/webhooks/authorize-net/<tenant_id>")
def post_notification(tenant_id: TenantId) -> Response[Received]:
    """Take a notification of Authorize.Net, look the transaction up and record how it stands."""
    event: dict[str, Any] = app.current_event.raw_event
    body = bounded_body(event, MAX_BODY_BYTES)
    signature = header(event, SIGNATURE_HEADER.lower())

    def fits(account: MerchantAccount) -> bool:
        keys = wiring.authorize_net_credentials(tenant_id, account.account_id).current().signature_keys
        return signed_by(body, signature, keys)

    desk = wiring.notification_desk()
    senders = find_senders(tenant_id, "authorize_net", fits, address=client_address(event), desk=desk)
    notification = read_notification(body)
    outcome = receive_notification(tenant_id, senders, _notice(notification), desk=desk, timeout_seconds=LOOK_UP_SECONDS)
    logger().info("notification", outcome=outcome, event_type=notification.event_type)
    return answer(HTTPStatus.OK, Received())


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, event, context)


def _notice(notification: Notification) -> Notice:
    is_payment = notification.event_type.startswith(PAYMENTS) and notification.entity in {None, "transaction"}
    return Notice(notification.id, notification.reference if is_payment else None, notification.order_id)
