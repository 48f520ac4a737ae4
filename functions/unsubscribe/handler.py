"""Ends mails that come by themselves for whoever follows the link in one; mail programs do so with one POST (RFC 8058)."""

from __future__ import annotations

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from duebook import wiring, wiring_mail
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import observed
from duebook.usecases.unsubscribe import read_leave_link, unsubscribe
from duebook.web.json_api import json_api, refusals, resolve
from duebook.web.leave_page import HTML, asking_page, done_page

app = json_api("Duebook: unsubscribing")

Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$")]


@app.get("/api/unsubscribe/<leave_token>", responses=HTML | refusals(404))
def get_unsubscribe(leave_token: Token) -> Response[str]:
    """Show whose mails would end; nothing happens yet."""
    sender = read_leave_link(leave_token, desk=wiring_mail.leave_desk(utc_now()), directory=wiring.directory_store())
    return asking_page(sender.name)


@app.post("/api/unsubscribe/<leave_token>", responses=HTML | refusals(404))
def post_unsubscribe(leave_token: Token) -> Response[str]:
    """Send no more mails that come by themselves to the address the link was mailed to."""
    sender = unsubscribe(leave_token, desk=wiring_mail.leave_desk(utc_now()), directory=wiring.directory_store())
    return done_page(sender.name)


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, event, context)
