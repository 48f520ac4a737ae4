"""Two businesses, three customers, each with one real thing of every kind that has an id; and anybody who may call the API.

Used where a caller must not be able to tell other people's things from nothing. ``mine`` and ``neighbour`` are customers of one
business, ``stranger`` is another business's.
"""

from __future__ import annotations

import copy
import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.secretsmanager.models import secretsmanager_backends

from duebook import wiring, wiring_automation, wiring_identity, wiring_staff, wiring_statements
from duebook.domain.automation import Automation
from duebook.domain.automation_runs import AutomationRun, Batch, Done, Outcome, RunStatus, counted
from duebook.domain.breaks import Break, BreakKind, BreakRow
from duebook.domain.directory import MerchantAccount, Role, Staff, Support, Tenant
from duebook.domain.email_activity import MailKind
from duebook.domain.identifiers import derived_ulid
from duebook.domain.identity import Membership, membership_id
from duebook.domain.pay_links import PayLink
from duebook.domain.portal_access import COMPANY, PAYER, SITE, ContactCaller
from duebook.domain.portal_views import begun_view
from duebook.domain.statement_runs import given_up
from duebook.domain.suppression import unsubscribed
from duebook.runtime.ids import hashed
from duebook.storage.dynamo import transact
from duebook.storage.transient_store import Session
from duebook.web.contact_callers import contact_context
from local.routes import Route, routes
from tests.faults.banks import SIGNATURE_KEY
from tests.faults.stage import world
from tests.faults.world import TENANT, World
from tests.integration.api import ORIGIN, Answer, StaffApi, call, invoice_body, rest_event
from tests.integration.portal import Portal
from tests.integration.reception import PASSWORD, Browser, deliver, latest_token

OTHER_TENANT = "ten_2"
SECRET = {"api_login_id": "login1", "transaction_key": "key1", "signature_key": SIGNATURE_KEY}
KNOWN_NAMES = {"mail_kind": "receipt", "automation": "past_due_notices"}
"""What stands in paths and is nobody's: names that are the same for everybody."""
CSV = "customer_id,name\nc_77,Rivera Concrete\n"
ONLOOKER = Staff("stf_look", TENANT, "Dana Whitlock", "dana@look.example", Role.COLLECTOR)
"""Who of the first business's staff looks at the portal as its contact sees it."""
_count = count(1)


@dataclass
class Belongings:
    """What one customer has: an id of every kind. A quote is made anew each time, because paying uses it up."""

    world: World
    tenant_id: str
    customer_id: str
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def staff(self) -> StaffApi:
        """The business's staff."""
        return StaffApi(self.tenant_id)

    @property
    def portal(self) -> Portal:
        """The portal as the customer's company contact sees it."""
        return Portal(ContactCaller(self.tenant_id, self.customer_id, self.ids["contact"], COMPANY))

    def give(self, kind: str) -> str:
        """Return the id of a thing of a kind, or a token or password that works.

        Raises:
            KeyError: Nobody said yet how to make a real one: do it in ``_furnish``.
        """
        if kind == "token":
            return self.world.token()
        if kind == "password":
            return PASSWORD
        if kind in KNOWN_NAMES:
            return KNOWN_NAMES[kind]
        if kind.startswith("cursor "):
            return self._cursor(kind.removeprefix("cursor "))
        if kind == "quote":
            return str(self.portal.quote_amount(1_00).body["quote_id"])
        return self.ids[kind]

    def _cursor(self, name: str) -> str:
        """Take a cursor from a list of one's own that has a second page."""
        own = {"customer_id": self.customer_id, "automation": KNOWN_NAMES["automation"], "run_id": self.ids.get("automation_run", "")}
        path = filled(name.removeprefix("GET /api"), own) + "?limit=1&currency=USD"
        portal = path.startswith("/portal")
        answer = self.portal.get(path.removeprefix("/portal")) if portal else self.staff.get(path.removeprefix("/staff"))
        found = answer.body["next_cursor"]
        assert isinstance(found, str), f"{name} of {self.customer_id} has no second page: put more there"
        return found


@dataclass
class Town:
    """The three customers, and who calls."""

    world: World
    mine: Belongings
    neighbour: Belongings
    stranger: Belongings
    cookies: dict[str, str] = field(default_factory=dict)
    rewind: Callable[[], None] = lambda: None
    """Puts tables and secrets back to how they were when everything was built."""

    def context(self, role: str, route: Route) -> dict[str, str] | None:
        """Return what the route's authorizer tells of a caller; None for nobody, and where no authorizer stands."""
        if role == "nobody" or route.authorizer == "NONE":
            return None
        if role == "payer":
            own = ContactCaller(self.mine.tenant_id, self.mine.customer_id, PAYER, PAYER, address=self.mine.ids["payer_address"])
            return contact_context(own)
        if role == "onlooker":
            own = ContactCaller(self.mine.tenant_id, self.mine.customer_id, self.mine.ids["contact"], COMPANY, viewed_by=ONLOOKER.staff_id)
            return contact_context(own)
        if role in {"company", "site"}:
            kind, sites = (SITE, (self.mine.ids["site"],)) if role == "site" else (COMPANY, ())
            contact = self.mine.ids["site_contact" if role == "site" else "contact"]
            return contact_context(ContactCaller(self.mine.tenant_id, self.mine.customer_id, contact, kind, sites))
        return {"tenant_id": self.mine.tenant_id, "caller_id": "key_1", "role": role}

    def send(
        self,
        role: str,
        route: Route,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call a route's handler, as API Gateway would for a caller it let through; ``path`` is filled in."""
        sent = {"Origin": ORIGIN, "Idempotency-Key": f"neighbour-{next(_count)}", **(headers or {})}
        if role in self.cookies:
            sent.setdefault("Cookie", self.cookies[role])
        if body is None and route.method not in {"GET", "DELETE"}:
            sent.setdefault("Content-Type", "application/json")
        url = path + (f"?{urlencode(query, doseq=True)}" if query else "")
        return call(handler_of(route.folder), rest_event(route.method, url, body=body, headers=sent, authorizer=self.context(role, route)))


@cache
def handler_of(folder: str) -> Any:
    """Import a function's handler."""
    return importlib.import_module(f"functions.{folder}.handler").lambda_handler


def filled(path: str, ids: Mapping[str, str]) -> str:
    """Write a route's path with values."""
    return re.sub(r"\{(\w+)\}", lambda found: quote(ids[found[1]], safe=""), path)


def nobodys(real: str) -> str:
    """Return an id that is like a real one and that nobody has."""
    last = real[-1]
    return real[:-1] + ("q" if last.islower() else "Q" if last.isupper() else "7" if last != "7" else "8")


def route_named(name: str) -> Route:
    """Find a route by method and path."""
    return next(route for route in routes() if route.name == name)


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """Build everything."""
    with world(folder) as made:
        wiring.secret_store().write(OTHER_TENANT, "ma_1", SECRET)
        other = Tenant(OTHER_TENANT, "Red Barn Rentals", "UTC", support=Support("help@red.example"))
        account = MerchantAccount("ma_1", "authorize_net", "USD", login="login1", public_key="public1")
        wiring.directory_store().add_tenant(other, [account], [], "hash2")
        people = [(TENANT, "cus_a", "a"), (TENANT, "cus_b", "b"), (OTHER_TENANT, "cus_c", "c")]
        mine, neighbour, stranger = (_furnish(Belongings(made, *one[:2]), one[2]) for one in people)
        found = Town(made, mine, neighbour, stranger)
        for role, email in (("company", "ana@a.example"), ("site", "sam@a.example")):
            browser = Browser()
            browser.set_password(latest_token("invitation", email))
            assert browser.cookie is not None
            found.cookies[role] = browser.cookie
        browser = Browser()
        browser.call("POST", "/api/session/pay-link", {"token": mine.ids["pay_link"]})
        assert browser.cookie is not None
        found.cookies["payer"] = browser.cookie
        found.cookies["onlooker"] = _looking(mine)
        found.rewind = _rewinder()
        yield found


def _looking(mine: Belongings) -> str:
    """Let a staff member look at the portal as the first contact sees it, and return the cookie."""
    now, own = mine.world.now, hashed("staff_session")
    wiring_staff.staff_store().add(ONLOOKER)
    ends_at = now + timedelta(hours=12)
    wiring.transient_store().add_session(own, Session(TENANT, ONLOOKER.staff_id, "csrf", now, now + timedelta(minutes=30), ends_at))
    whose = Membership(TENANT, mine.customer_id, mine.ids["contact"])
    wiring_identity.portal_view_store().add(hashed("view_1"), begun_view(ONLOOKER.staff_id, own, whose, now))
    return "session=view_1"


def _furnish(one: Belongings, letter: str) -> Belongings:
    staff, customer = one.staff, f"/customers/{one.customer_id}"
    ids = one.ids
    staff.customer(f"cus_z{letter}")
    ids["slug"] = one.tenant_id.replace("_", "-")
    _fine(staff.put("/settings/profile", {"name": f"Business {one.tenant_id}", "time_zone": "America/New_York", "slug": ids["slug"]}))
    ids |= {"customer": one.customer_id, "tenant": one.tenant_id}
    ids["pay_online"] = staff.customer(one.customer_id, name=f"Customer {letter}")["pay_online_id"]
    for number, kind in enumerate(("site", "other_site"), start=1):
        ids[kind] = f"site_{number}{letter}"
        _fine(staff.put(f"{customer}/sites/{ids[kind]}", {"name": f"Yard {number}", "number": f"00{number}"}))
    for kind, person, sites in (
        ("contact", "ana", []),
        ("site_contact", "sam", [ids["site"]]),
        ("other_contact", "kim", []),
        ("portal_contact", "lou", []),
    ):
        ids[kind] = f"con_{person}_{letter}"
        body = {"name": person, "email": f"{person}@{letter}.example", "kind": "site" if sites else "company", "site_ids": sites}
        _fine(staff.put(f"{customer}/contacts/{ids[kind]}", body | {"portal_access": True}))
    deliver()
    ids["link"] = latest_token("invitation", f"kim@{letter}.example")
    ids["pay_link"], ids["payer_address"] = f"pay_{letter * 43}", f"ana@{letter}.example"
    now = one.world.now
    bill = PayLink(one.tenant_id, one.customer_id, ids["payer_address"], "mail", now, now + timedelta(days=30), ids["contact"])
    wiring_identity.pay_link_store().add_link(hashed(ids["pay_link"]), bill)
    ids["membership"] = membership_id(Membership(one.tenant_id, one.customer_id, ids["contact"]))
    _bill(one, letter)
    _pay(one)
    _note(one, letter)
    return one


def _bill(one: Belongings, letter: str) -> None:
    staff, ids = one.staff, one.ids
    ids |= {"invoice": f"inv_{letter}", "parent": f"par_{letter}", "child": f"chi_{letter}", "credit_memo": f"crm_{letter}"}
    for number in range(1, 4):
        staff.invoice(f"old_{number}{letter}", 5_00 * number, customer_id=one.customer_id, invoice_date=f"2025-0{number}-03")
    staff.invoice(ids["invoice"], 400_00, customer_id=one.customer_id, site_id=ids["site"])
    ids["untouched_invoice"] = f"new_{letter}"
    staff.invoice(ids["untouched_invoice"], 60_00, customer_id=one.customer_id, invoice_date="2025-05-30")
    parent = invoice_body(customer_id=one.customer_id, number=ids["parent"], kind="multi_site", lines=[], due_date="2025-07-01")
    _fine(staff.put(f"/invoices/{ids['parent']}", parent))
    child = {"customer_id": one.customer_id, "parent_id": ids["parent"], "site_id": ids["other_site"], "due_date": "2025-07-01"}
    staff.invoice(ids["child"], 90_00, **child)
    memo = {"customer_id": one.customer_id, "number": "CM1", "date": "2025-05-02", "currency": "USD", "amount": 12_00, "reason": "Late"}
    _fine(staff.put(f"/credit-memos/{ids['credit_memo']}", memo))
    applied = {"applications": [{"invoice_id": ids["invoice"], "amount": 2_00}], "reason": "Asked for"}
    _fine(staff.post(f"/credit-memos/{ids['credit_memo']}/apply", applied))


def _pay(one: Belongings) -> None:
    ids = one.ids
    ids["check"] = one.staff.check(7_00, one.customer_id)["id"]
    part = [{"invoice_id": ids["invoice"], "amount": 5_00}]
    ids["part_applied"] = one.staff.check(20_00, one.customer_id, applications=part)["id"]
    card = {"token": one.world.token(), "type": "card", "currency": "USD", "postal_code": "84601", "consent": True}
    ids["method"] = _fine(one.portal.post("/payment-methods", card))["id"]
    saved = {"kind": "saved", "method_id": ids["method"]}
    paid = _fine(one.portal.post("/payments", {"quote_id": one.give("quote"), "method": saved}))
    ids["payment"] = paid["id"]
    one.world.settle_down()


def _note(one: Belongings, letter: str) -> None:
    started = one.staff.post("/imports", {"kind": "customers", "csv": CSV, "dry_run": True})
    one.ids["import"] = _fine(started)["id"]
    one.ids["api_key"] = _fine(one.staff.post("/settings/api-keys", {"name": f"System {letter}"}))["id"]
    _account_of_its_own(one, letter)
    now = one.world.now
    for number in range(2):
        found = Break(BreakKind.CHARGE_WITHOUT_PAYMENT, "ma_1", f"900{number}{letter}", "USD", customer_id=one.customer_id, theirs=4_00)
        wiring.reconciliation_store().save(BreakRow(one.tenant_id, found, now, now), was=None)
        one.ids["break"] = found.break_id
        one.ids["address"] = f"left{number}@{letter}.example"
        wiring.email_store().change_address(one.tenant_id, one.ids["address"], lambda known: unsubscribed(known, now))
    mails = wiring.email_store().of_customer(one.tenant_id, one.customer_id, limit=50)
    one.ids["leave_link"] = f"leave-link-of-customer-{letter}"
    wiring.email_store().add_leave_link(hashed(one.ids["leave_link"]), one.tenant_id, f"ap@{letter}.example", now)
    _state(one, letter)
    _run_notices(one)
    _ask_for_service(one, letter)
    one.ids["mail"] = next(mail.key.mail_id for mail in mails if mail.kind is MailKind.RECEIPT)


def _state(one: Belongings, letter: str) -> None:
    """Order statements, give one run up, and keep a statement too large for a mail."""
    for _ in range(3):
        run_id = _fine(one.staff.post("/statements", {"customer_ids": [one.customer_id], "kind": "open_items", "delivery": "email"}))["id"]
        one.ids["statement_run"], one.ids["given_up_run"] = run_id, one.ids.get("statement_run", run_id)
    runs = wiring_statements.run_store()
    run = runs.get(one.tenant_id, one.ids["given_up_run"])
    runs.save(given_up(run, one.world.now), was=run)
    one.ids["file_token"] = f"file_{letter * 43}"
    links = wiring_statements.file_link_store()
    links.put(one.tenant_id, "large", b"%PDF-", "Statement.pdf", token_hash=hashed(one.ids["file_token"]), now=one.world.now)


def _run_notices(one: Belongings) -> None:
    """Put two runs of past-due notices on record that looked at two customers each."""
    store, now = wiring_automation.run_store(), one.world.now
    outcomes = (Done(one.customer_id, "Customer", Outcome.SENT), Done("cus_other", "Other", Outcome.PAUSED))
    batch = Batch(0, tuple(outcome.customer_id for outcome in outcomes), outcomes)
    for number in range(2):
        one.ids["automation_run"] = derived_ulid(now, f"run {number} of {one.customer_id}")
        run = AutomationRun(
            one.tenant_id,
            one.ids["automation_run"],
            Automation.PAST_DUE_NOTICES,
            planned_at=now,
            created_at=now,
            status=RunStatus.DONE,
            total=2,
            counts=counted(outcomes),
            batches=1,
            ended_at=now,
        )
        transact(wiring.client("dynamodb"), store.added(run, [batch]))


def _ask_for_service(one: Belongings, letter: str) -> None:
    """Let the customer ask for service twice, for what its business offers to all of its customers."""
    ids = one.ids
    for kind, entry_id in (("product", f"prd_{letter}"), ("service", f"srv_{letter}")):
        ids[kind] = entry_id
        _fine(one.staff.put(f"/settings/catalog/{kind}s/{entry_id}", {"name": f"The {kind} {letter}"}))
    for _ in range(2):
        wish = {"site_id": ids["site"], "product_id": ids["product"], "service_id": ids["service"]}
        ids["service_request"] = _fine(one.portal.post("/requests", wish))["id"]
    deliver()


def _account_of_its_own(one: Belongings, letter: str) -> None:
    """Add a merchant account, switched off, whose id no other business has."""
    one.ids["merchant_account"] = f"ma_{letter}9"
    extra = MerchantAccount(one.ids["merchant_account"], "authorize_net", "CAD", enabled=False, login="login1")
    wiring.secret_store().write(one.tenant_id, extra.account_id, SECRET)
    known = wiring.directory_store().merchant_accounts(one.tenant_id)
    wiring.directory_store().save_merchant_accounts(one.tenant_id, [*known, extra])


def _fine(answer: Answer) -> Any:
    assert answer.status in {200, 201, 202}, answer.text
    return answer.body


def _rewinder() -> Callable[[], None]:
    tables: Mapping[str, Any] = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables
    vault: Any = secretsmanager_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    items = {name: copy.deepcopy(table.items) for name, table in tables.items()}
    secrets = copy.deepcopy(vault.secrets)

    def rewind() -> None:
        for name, table in tables.items():
            table.items = copy.deepcopy(items[name])
        vault.secrets = copy.deepcopy(secrets)

    return rewind
