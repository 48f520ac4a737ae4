"""Contacts of the demo who can sign in to the portal, let in the way people are: access, invitation mail, password."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import urllib3

Json = dict[str, Any]
MAIL_SECONDS = 30
TOKEN = re.compile(r"/set-password#token=([\w%-]+)")


@dataclass(frozen=True, slots=True)
class Post:
    """One place where a person is a contact.

    Args:
        business: Which of the demo's businesses: ``blue`` or ``cedar``.
        customer_id: At which customer.
        contact_id: Known there as.
        kind: ``company`` or ``site``.
        site_ids: Of a site contact.
    """

    business: str
    customer_id: str
    contact_id: str
    kind: str = "company"
    site_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in.

    Args:
        role: As the start prints it.
        what: What there is to see.
        posts: One, or several for the switcher (R56).
    """

    role: str
    name: str
    email: str
    password: str
    what: str
    posts: tuple[Post, ...]

    def contact(self, post: Post) -> Json:
        """Write the contact's body at one of the places."""
        return {"name": self.name, "email": self.email, "kind": post.kind, "site_ids": list(post.site_ids), "portal_access": True}

    def facts(self) -> Json:
        """Return what is printed."""
        return {"role": self.role, "email": self.email, "password": self.password, "what": self.what}


PEOPLE = (
    Person(
        "Company contact",
        "Ana Halvorsen",
        "ana@halvorsen.example",
        "walnut saddle breeze",
        "Halvorsen Construction",
        (Post("blue", "halvorsen", "halvorsen-1"),),
    ),
    Person(
        "Site contact",
        "Ned Quill",
        "ned@halvorsen.example",
        "pebble orchid canyon",
        "Halvorsen Construction, Quarry Road",
        (Post("blue", "halvorsen", "halvorsen-ned", "site", ("halvorsen-quarry",)),),
    ),
    Person(
        "231 invoices",
        "Milo Crane",
        "milo@northgate.example",
        "velvet anchor maple",
        "Northgate Events",
        (Post("blue", "northgate", "northgate-1"),),
    ),
    Person(
        "Two companies",
        "Mina Sole",
        "mina@sole-books.example",
        "harbor thistle spoon",
        "Riverside School District, and Orchard Lane Weddings of Cedar Fork Rentals",
        (Post("blue", "riverside", "riverside-mina"), Post("cedar", "orchard", "orchard-mina")),
    ),
)


class NoMailError(RuntimeError):
    """An invitation did not come, or its link was refused."""


def let_in(origin: str, people: Sequence[Person] = PEOPLE) -> list[Json]:
    """Redeem the invitations of people who were given access; return what is printed of them.

    Raises:
        NoMailError: An invitation did not come, or its link was refused.
    """
    http = urllib3.PoolManager(retries=False)
    tokens = _invitations(http, origin, {person.email for person in people})
    for person in people:
        body = json.dumps({"token": tokens[person.email], "password": person.password}).encode()
        headers = {"Content-Type": "application/json", "Origin": origin}
        answer = http.request("POST", f"{origin}/api/password/set", body=body, headers=headers, timeout=30)
        if answer.status >= 300:
            raise NoMailError(f"{person.email}: {answer.status} {answer.data.decode(errors='replace')[:300]}")
    return [person.facts() for person in people]


def _invitations(http: urllib3.PoolManager, origin: str, wanted: set[str]) -> dict[str, str]:
    deadline = time.monotonic() + MAIL_SECONDS
    found: dict[str, str] = {}
    while wanted - set(found):
        if time.monotonic() > deadline:
            raise NoMailError(f"no invitation came to {sorted(wanted - set(found))}")
        time.sleep(0.1)
        mails = json.loads(http.request("GET", f"{origin}/local/mail", timeout=30).data)["items"]
        links = {mail["to"][0]: TOKEN.search(mail["text"]) for mail in mails if mail["kind"] == "invitation"}
        found = {to: link[1] for to, link in links.items() if link is not None}
    return found
