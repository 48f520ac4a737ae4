"""Watches every key that goes to AWS while a handler serves a call: nothing outside the caller's tenant, or a contact's customer.

``api.call`` says for whom a handler works; ``cloud.build`` puts the watch between our clients and AWS. Guests and the
people of the staff pages are known from the moment their Pay Online ID, or session, was looked up. What lies beside the caller's own keys and may be touched all the same is
listed here, each with its reason; anything else fails the test, also where the handler would have answered "not found".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

SEPARATOR = "#"
ANY = "[^#]+"


class StrayKeyError(BaseException):
    """A key outside what the caller may reach was about to be sent. No handler catches it."""


@dataclass
class Served:
    """For whom a handler works. A staff call has no customer; a guest's is learnt."""

    tenant_id: str | None = None
    customer_id: str | None = None
    strays: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is about to be sent: partition and sort key; the sort key of a query is a pattern of its condition."""

    place: str
    pk: str
    sk: str = ""

    def __str__(self) -> str:
        return f"{self.place} {self.pk} / {self.sk}"


ALSO: dict[str, tuple[tuple[str, str, str], ...]] = {
    "anybody": (
        ("tries#[^#]+#.*", "IS", "misses and guesses are counted by address or name, whosever it is"),
        ("waiting#[0-9]", f"{ANY}#{{tenant}}", "the mark of a mail of this tenant, until it is handed over"),
        ("LOGIN#[0-9a-f]+", "IS", "a person's login: one for all tenants, found by the hash of an address of this tenant's contact"),
        ("LOGIN#[0-9a-f]+", "MEMBER#{tenant}#{customer}", "that the contact may sign in with it"),
        ("link#[0-9a-f]+", "IS", "a mailed link of a contact, by its token's hash"),
        ("portal-view#[0-9a-f]+", "IS", "a staff member's look at the portal, by its token's hash"),
        ("OWEDLINKS", "{tenant}#[^#]+", "the order for an invitation or for a mail about a request, until it is queued"),
        ("REMOVALS", "{tenant}#{customer}#[^#]+", "the mark of a saved method that is not gone at its processor yet"),
    ),
    "staff": (
        ("session#[0-9a-f]+", "IS", "the caller's own session, by its token's hash"),
        ("PAYONLINE#[^#]+", "IS", "a Pay Online ID leads to one customer over all tenants, so a new one is put here"),
        ("SLUG#[^#]+", "IS", "a short name leads to one business over all tenants"),
        ("STAFFLOGIN#[^#]+", "IS", "an address signs one staff member in over all tenants: a new one's is put here, a gone one's deleted"),
        ("APIKEY#[0-9a-f]+", "IS", "an API key is found by its hash: a new one is put here, a revoked one deleted"),
        ("TENANTS", "{tenant}", "the tenant's own line in the list for nightly work"),
        ("IMPORTS", "{tenant}#[^#]+", "the mark of an import that is not over yet"),
        ("STATEMENTRUNS", "{tenant}#[^#]+", "the mark of a run of statements that is not over yet"),
        ("NEWINVOICES#[0-3]", "{tenant}#[^#]+", "the mark of an invoice that is still to be mailed, beside those of all tenants"),
        ("SCHEDULES", "{tenant}#[^#]+", "when an automation of the tenant goes next, beside those of all tenants"),
    ),
    "contact": (
        (
            "{tenant}",
            "PROFILE|PROCESSORS|(CUS|AUTO)#{customer}",
            "the business's name and zone, its merchant accounts, the customer's own rows",
        ),
        ("{tenant}", "CATALOG#…", "the products and services that all customers may ask for"),
        ("{tenant}#requests#(all|new)", "req_[0-9A-Z]{26}", "the line of a request that the contact makes, in the lists of staff"),
        ("{tenant}#requests#counts", "COUNTS", "how many requests stand where, one more now"),
        ("{tenant}#ref#(INV|PAY|CRM)#[^#]+", "REF", "an id is one in its tenant; the item tells whose it is and nothing else"),
        (
            "{tenant}#vault#[^#]+#[^#]+",
            "CUS#.*|…",
            "whether another customer uses the same stored card, before it is removed at the processor",
        ),
        ("{tenant}", "TEMPLATE#[a-z_0-9]+", "the business's words for the mail that the contact asks for"),
        ("{tenant}#[0-9]{4}-[0-9]{2}", "[0-9A-Z]{26}", "a mail about the customer, among the tenant's mails of a month"),
        ("{tenant}#body#[0-9A-Z]{26}", "BODY", "that mail's text"),
        ("{tenant}#counts#[0-9]{4}-[0-9]{2}", "[-0-9]{10}#[0-9]", "how many mails of the day there are, one more now"),
        ("{tenant}#address#[0-9a-f]+", "ADDRESS", "whether mail to the contact's address is wanted"),
        ("session#[0-9a-f]+", "IS", "the staff session behind a look at the portal"),
        ("{tenant}", "STAFF#[^#]+", "the staff member who looks"),
        ("contact-session#[0-9a-f]+|payer-session#[0-9a-f]+", "IS", "the caller's own session, by its token's hash"),
    ),
}
"""What may be touched beside the caller's own keys: partition, sort key, why."""
LEARNT = ("/api/pay/", "/admin")
"""Where nobody tells for whom a handler works until it has looked it up: by a Pay Online ID, by a session of the staff pages."""
OWN = ("{tenant}", "{tenant}#.*", "(quote|idempotency|notification)#{tenant}#.*")
OWN_OF_CUSTOMER = ("{tenant}#{customer}", "{tenant}#{customer}#.*", "(quote|idempotency)#{tenant}#{customer}#.*")
FILES = ("(attachments|imports|imports/next|import-drafts|import-errors|documents|statements)/{tenant}/.*", r"logos/[0-9a-f]+\.png")
"""In S3. A logo's name is made from its picture alone, and anybody may fetch it."""
SECRETS = (r"[^/]+/{tenant}/.*",)

_served: ContextVar[Served | None] = ContextVar("served", default=None)


@contextmanager
def serving(event: Mapping[str, Any]) -> Iterator[Served | None]:
    """Watch keys while a handler answers an event, for the caller that the authorizer named, or that a first look-up will name."""
    context = event.get("requestContext", {})
    told = context.get("authorizer") or {}
    if "tenant_id" not in told and not str(event.get("path", "")).startswith(LEARNT):
        yield None
        return
    served = Served(told.get("tenant_id"), told.get("customer_id"))
    token = _served.set(served)
    try:
        yield served
    finally:
        _served.reset(token)
    if served.strays:
        raise StrayKeyError("; ".join(served.strays))


def watch(client: Any) -> None:
    """Put the watch before a client; a second time changes nothing."""
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register_first(f"before-parameter-build.{service}", _before, unique_id=f"key-watch-{service}")
    client.meta.events.register_last(f"after-call.{service}", _after, unique_id=f"key-watch-{service}-after")


def _before(params: Mapping[str, Any], model: Any, **_: Any) -> None:
    served = _served.get()
    if served is None or served.tenant_id is None:
        return
    found = [str(key) for key in keys_of(model.service_model.service_name, model.name, params) if not may_touch(served, key)]
    if found:
        whose = "/".join(filter(None, (served.tenant_id, served.customer_id)))
        served.strays.append(f"{model.name} for {whose}: {', '.join(found)}")
        raise StrayKeyError(served.strays[-1])


def _after(parsed: Mapping[str, Any], **_: Any) -> None:
    """Learn from a Pay Online ID, or a staff session, whose call this is."""
    served = _served.get()
    item = parsed.get("Item") or {}
    pk = item.get("pk", {}).get("S", "")
    if served is None or served.tenant_id is not None:
        return
    if pk.startswith("PAYONLINE#"):
        served.tenant_id, served.customer_id = item["tenant_id"]["S"], item["customer_id"]["S"]
    elif pk.startswith("session#"):
        served.tenant_id = json.loads(item["doc"]["S"])["tenant_id"]


def may_touch(served: Served, key: Key) -> bool:
    """Tell whether a key is the caller's own or one of those listed."""
    if key.place in {"s3", "secretsmanager"}:
        return any(_fits(served, pattern, key.pk) for pattern in (FILES if key.place == "s3" else SECRETS))
    if any(_fits(served, own, key.pk) for own in (OWN_OF_CUSTOMER if served.customer_id else OWN)):
        return True
    also = ALSO["anybody"] + ALSO["contact" if served.customer_id else "staff"]
    return any(_fits(served, pk, key.pk) and _fits(served, sk, key.sk) for pk, sk, _ in also)


def keys_of(service: str, operation: str, params: Mapping[str, Any]) -> list[Key]:
    """List the keys that a request names.

    Raises:
        StrayKeyError: The operation names no keys, so nobody can say what it touches.
    """
    if service == "s3":
        return [Key("s3", params["Key"])] if "Key" in params else []
    if service == "secretsmanager":
        return [Key("secretsmanager", params.get("SecretId") or params["Name"])]
    match operation:
        case "GetItem" | "UpdateItem" | "DeleteItem":
            return [_key(params["TableName"], params["Key"])]
        case "PutItem":
            return [_key(params["TableName"], params["Item"])]
        case "Query":
            return _of_query(params)
        case "BatchGetItem":
            return [_key(table, key) for table, wanted in params["RequestItems"].items() for key in wanted["Keys"]]
        case "TransactWriteItems" | "TransactGetItems":
            return [_key(one["TableName"], one.get("Key") or one["Item"]) for action in params["TransactItems"] for one in action.values()]
    raise StrayKeyError(f"{operation} names no keys: {dict(params)}")


def _key(table: str, item: Mapping[str, Any]) -> Key:
    return Key(table, item["pk"]["S"], item["sk"]["S"])


def _of_query(params: Mapping[str, Any]) -> list[Key]:
    values = params["ExpressionAttributeValues"]
    condition = re.fullmatch(r"\w+ = (:\w+)(?: AND (.*))?", params["KeyConditionExpression"])
    if condition is None:
        raise StrayKeyError(f"Query with {params['KeyConditionExpression']}")
    prefix = re.fullmatch(r"begins_with\(\w+, (:\w+)\)", condition[2] or "")
    sk = f"{values[prefix[1]]['S']}…" if prefix else "…"
    where = f"{params['TableName']}{':' + params['IndexName'] if 'IndexName' in params else ''}"
    found = [Key(where, values[condition[1]]["S"], sk)]
    if "ExclusiveStartKey" in params:
        found.append(_key(params["TableName"], params["ExclusiveStartKey"]))
    return found


def _fits(served: Served, pattern: str, text: str) -> bool:
    names = {"{tenant}": re.escape(served.tenant_id or ""), "{customer}": re.escape(served.customer_id) if served.customer_id else ANY}
    for name, value in names.items():
        pattern = pattern.replace(name, value)
    return re.fullmatch(pattern, text) is not None
