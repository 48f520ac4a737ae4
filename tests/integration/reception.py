"""A browser of a contact: it keeps the portal's cookie, calls the session API, passes the authorizer, and opens mails."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from duebook import wiring
from duebook.runtime.settings import setting
from tests.integration.api import ORIGIN, Answer, FakeContext, call, rest_event
from tests.integration.cloud import Cloud
from tests.integration.mail_desk import sent
from tests.integration.portal import portal_handler

PASSWORD = "lantern gravel harvest"
ARN = "arn:aws:execute-api:us-east-1:123456789012:abc123/live/GET/api/portal/account"
TOKEN = re.compile(r"#token=([A-Za-z0-9_%-]+)")


@dataclass
class Browser:
    """One browser, at first signed out."""

    cookie: str | None = None
    address: str = "203.0.113.7"
    headers: dict[str, str] = field(default_factory=lambda: {"Origin": ORIGIN})

    def event(self, method: str, url: str, body: object = None) -> dict[str, Any]:
        """Write a call with the cookie the browser holds."""
        sent_headers = self.headers | {"X-Forwarded-For": self.address} | ({"Cookie": self.cookie} if self.cookie else {})
        return rest_event(method, url, body=body, headers=sent_headers)

    def call(self, method: str, url: str, body: object = None) -> Answer:
        """Call the session API, and keep the cookie it sets."""
        handler = importlib.import_module("functions.session_api.handler").lambda_handler
        answer = call(handler, self.event(method, url, body))
        if "Set-Cookie" in answer.headers:
            cookie = answer.headers["Set-Cookie"]
            self.cookie = None if "Max-Age=0" in cookie else cookie.split(";")[0]
        return answer

    def sign_in(self, email: str, password: str = PASSWORD) -> Answer:
        """Sign in with the form."""
        return self.call("POST", "/api/session", {"email": email, "password": password})

    def session(self) -> Answer:
        """Ask who is signed in."""
        return self.call("GET", "/api/session")

    def set_password(self, token: str, password: str = PASSWORD) -> Answer:
        """Redeem a mailed link."""
        return self.call("POST", "/api/password/set", {"token": token, "password": password})

    def forgot(self, email: str) -> Answer:
        """Ask for a link, and let the mail be written and sent."""
        answer = self.call("POST", "/api/password/forgot", {"email": email})
        deliver()
        return answer

    def authorized(self, method: str = "GET", url: str = "/api/portal/account", body: object = None) -> dict[str, Any]:
        """Ask the authorizer as API Gateway does; a refusal raises ``Unauthorized``."""
        handler = importlib.import_module("functions.authorize_contact.handler").lambda_handler
        found: dict[str, Any] = handler(self.event(method, url, body) | {"type": "REQUEST", "methodArn": ARN}, FakeContext())
        return found

    def portal(self, method: str, url: str, body: object = None) -> Answer:
        """Call the portal through its authorizer."""
        path = f"/api/portal{url}"
        found = self.authorized(method, path, body)
        assert found["policyDocument"]["Statement"][0]["Effect"] == "Allow"
        event = self.event(method, path, body)
        event["requestContext"]["authorizer"] = found["context"]
        return call(portal_handler(method, path.partition("?")[0]), event)


def is_let_in(browser: Browser) -> bool:
    """Tell whether the authorizer lets a browser's calls through."""
    unauthorized = importlib.import_module("duebook.web.authorizers").Unauthorized
    try:
        return bool(browser.authorized()["policyDocument"]["Statement"][0]["Effect"] == "Allow")
    except unauthorized:
        return False


@contextmanager
def calls_made(aws: Cloud) -> Iterator[list[str]]:
    """Note which AWS calls are made, by name and in order."""
    seen: list[str] = []

    def note(model: Any, **_rest: Any) -> None:
        seen.append(model.name)

    events = [aws.client(service).meta.events for service in ("dynamodb", "sqs")]
    for one in events:
        one.register("before-call", note)
    try:
        yield seen
    finally:
        for one in events:
            one.unregister("before-call", note)


def deliver() -> None:
    """Run what the two queues wake: links are made, mails are sent."""
    _drain("LINK_QUEUE_URL", "send_link")
    _drain("MAIL_QUEUE_URL", "send_mail")


def mails(kind: str, to: str) -> list[EmailMessage]:
    """Return the mails of a kind that went to an address, oldest first."""
    return [message for message in sent(kind) if message["To"] == to]


def token_in(message: EmailMessage) -> str | None:
    """Return the token of a mail's link, or None."""
    body = message.get_body(("plain",))
    assert body is not None
    found = TOKEN.search(str(body.get_content()))
    return found[1] if found else None


def latest_token(kind: str, to: str) -> str:
    """Return the token of the latest such mail."""
    token = token_in(mails(kind, to)[-1])
    assert token is not None
    return token


def _drain(queue: str, function: str) -> None:
    client, url = wiring.client("sqs"), setting(queue)
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        records = [{"messageId": one["MessageId"], "body": one["Body"], "eventSource": "aws:sqs"} for one in messages]
        handler = importlib.import_module(f"functions.{function}.handler").lambda_handler
        answer = handler({"Records": records}, FakeContext())
        assert answer == {"batchItemFailures": []}, json.dumps(answer)
        for one in messages:
            client.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
