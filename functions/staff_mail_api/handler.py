"""Staff and the tenant's own system: mails and what became of them."""

from __future__ import annotations

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from duebook import wiring
from duebook.domain.directory import Caller, Role, Tenant
from duebook.runtime.clock import today_in, utc_now
from duebook.runtime.observability import observed
from duebook.usecases.read_mails import read_mails
from duebook.web import mail_answers as answers
from duebook.web import schemas_mails as asked
from duebook.web.callers import permitted
from duebook.web.fields import CallerId
from duebook.web.json_api import json_api, resolve

app = json_api("Duebook: mails of staff")
directory, mails = wiring.directory_store, wiring.email_store

Viewer = Annotated[Caller, permitted(app, Role.VIEWER)]
Id = Annotated[CallerId, Path()]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[CallerId | None, Query()]


@app.get("/api/staff/customers/<customer_id>/emails")
def list_customer_emails(caller: Viewer, customer_id: Id, limit: Limit = 50, cursor: Cursor = None) -> answers.MailListView:
    """List the mails that concern a customer, newest first."""
    directory().customer(caller.tenant_id, customer_id)
    found = mails().of_customer(caller.tenant_id, customer_id, limit=limit + 1, before=cursor)
    return answers.mail_list_view(found, limit)


@app.get("/api/staff/email-activity")
def list_email_activity(
    caller: Viewer, query: Annotated[asked.MailQuery, Query()], limit: Limit = 50, cursor: Cursor = None
) -> answers.MailActivityView:
    """List the tenant's mails of some days, newest first, with counts by status; of today unless told otherwise."""
    tenant = _tenant(caller)
    wanted = query.filter(today_in(tenant.time_zone, utc_now()))
    page = read_mails(caller.tenant_id, wanted, time_zone=tenant.time_zone, limit=limit, before=cursor, mails=mails())
    return answers.mail_activity_view(page)


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, event, context)


def _tenant(caller: Caller) -> Tenant:
    return directory().tenant(caller.tenant_id)
