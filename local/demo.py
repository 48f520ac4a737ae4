"""Demo tenants with customers in every situation, made through the public staff API and dated from today."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import urllib3

from local.demo_automation import switch_on
from local.demo_brand import brand_of
from local.demo_mails import SlowMailError, send_statements
from local.demo_people import PEOPLE, NoMailError, let_in
from local.demo_requests import RequestRefusedError, ask_for_service

TIME_ZONE = "America/New_York"
ADDRESS = "1200 Quarry Road\nRoanoke, VA 24014"
STAFF = {"email": "dana@blue-ridge.example", "name": "Dana Whitlock", "password": "lantern gravel harvest"}
OTHER_STAFF = {"email": "lee@cedar-fork.example", "name": "Lee Okafor", "password": "copper meadow ladder"}
GOOD_CARD = {"number": "4111111111111111", "expiry": "2039-12", "cvv": "900", "postal_code": "20002"}
_THREADS = 3
_IMPORT_SECONDS = 60

Json = dict[str, Any]


class DemoError(RuntimeError):
    """The API refused a piece of the demo."""


@dataclass(slots=True)
class Office:
    """One tenant's staff at work over the public API."""

    origin: str
    api_key: str
    today: date
    http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=_THREADS, retries=False))

    def call(self, method: str, path: str, body: Json | None = None, headers: dict[str, str] | None = None) -> Json:
        """Make one call.

        Raises:
            DemoError: It was refused.
        """
        all_headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json", **(headers or {})}
        sent = json.dumps(body).encode() if body is not None else None
        answer = self.http.request(method, self.origin + path, body=sent, headers=all_headers, timeout=60)
        if answer.status >= 300:
            raise DemoError(f"{method} {path}: {answer.status} {answer.data.decode(errors='replace')[:500]}")
        said: Json = json.loads(answer.data or b"{}")
        return said

    def day(self, days_ago: int) -> str:
        """Return a date relative to today."""
        return (self.today - timedelta(days=days_ago)).isoformat()

    def customer(self, customer_id: str, name: str, *contacts: tuple[str, str]) -> str:
        """Make a customer with company contacts; return the Pay Online ID."""
        body = {"name": name, "email": contacts[0][1] if contacts else f"ap@{customer_id}.example", "postal_code": "20002"}
        made = self.call("PUT", f"/api/staff/customers/{customer_id}", body)
        for number, (who, email) in enumerate(contacts, 1):
            contact = {"name": who, "email": email, "kind": "company", "site_ids": [], "portal_access": False}
            self.call("PUT", f"/api/staff/customers/{customer_id}/contacts/{customer_id}-{number}", contact)
        return str(made["pay_online_id"])

    def site(self, customer_id: str, site_id: str, name: str, number: str) -> None:
        """Make a site."""
        self.call("PUT", f"/api/staff/customers/{customer_id}/sites/{site_id}", {"name": name, "number": number})

    def invoice(self, customer_id: str, number: str, days_ago: int, minor: int, **more: object) -> str:
        """Post an invoice of one line, due after thirty days; return its id."""
        invoice_id = f"{customer_id}-{number.lower()}"
        body: Json = {
            "customer_id": customer_id,
            "number": number,
            "invoice_date": self.day(days_ago),
            "due_date": self.day(days_ago - 30),
            "currency": "USD",
            "lines": [{"description": "Weekly service", "quantity": "1", "unit_price": minor}],
            **more,
        }
        self.call("PUT", f"/api/staff/invoices/{invoice_id}", body)
        return invoice_id

    def import_invoices(self, csv: str) -> None:
        """Bring in open invoices by a file whose columns are named as the fields.

        Raises:
            DemoError: A line was refused, or the import did not end.
        """
        names = csv.partition("\n")[0].split(",")
        body = {"kind": "open_invoices", "csv": csv, "mapping": {name: name for name in names}, "dry_run": False}
        path = f"/api/staff/imports/{self.call('POST', '/api/staff/imports', body)['id']}"
        deadline = time.monotonic() + _IMPORT_SECONDS
        while (run := self.call("GET", path))["status"] in {"queued", "running"} and time.monotonic() < deadline:
            time.sleep(0.1)
        if run["status"] != "done" or run["errors"]:
            raise DemoError(f"the import ended as {run['status']}: {run['errors'][:3]}")

    def check(self, customer_id: str, minor: int, days_ago: int, number: str) -> None:
        """Record a check; it pays the oldest invoices first."""
        body = {
            "customer_id": customer_id,
            "amount": minor,
            "currency": "USD",
            "method": {"kind": "check", "number": number},
            "received_on": self.day(days_ago),
        }
        self.call("POST", "/api/staff/payments", body, {"Idempotency-Key": f"demo-check-{customer_id}-{number}"})

    def pay_online(self, pay_online_id: str, minor: int, name: str, email: str) -> None:
        """Pay by card as the customer would."""
        token = self.call("POST", "/local/processors/authorize_net/tokens", {"card": GOOD_CARD})["token"]
        order = {
            "amount": minor,
            "currency": "USD",
            "method": {"kind": "token", "token": token, "type": "card"},
            "payer": {"name": name, "email": email},
        }
        self.call("POST", f"/api/pay/{pay_online_id}/payments", order, {"Idempotency-Key": f"demo-card-{pay_online_id}"})


def seed(origin: str, now: datetime, facts_file: Path) -> str | None:
    """Make the demo; write what people need to know about it beside the data.

    Returns:
        What of it is missing because mails took too long; the rest can be used all the same.

    Raises:
        DemoError: The API refused a piece of it.
    """
    today = now.astimezone(ZoneInfo(TIME_ZONE)).date()
    accounts = [{"processor": "authorize_net", "currency": "USD"}, {"processor": "cardpointe", "currency": "CAD"}]
    blue = _tenant(origin, today, "Blue Ridge Sanitation", STAFF, accounts)
    cedar = _tenant(origin, today, "Cedar Fork Rentals", OTHER_STAFF, [])
    stories: tuple[Callable[[], Json], ...] = (
        lambda: _long_list(blue),
        lambda: _mixed_ages(blue),
        lambda: _multi_site(blue),
        lambda: _paid_up(blue),
        lambda: _two_currencies(blue),
        lambda: _yen(blue),
        lambda: _no_merchant_account(cedar),
    )
    with ThreadPoolExecutor(_THREADS) as pool:
        facts = [fact.result() for fact in [pool.submit(story) for story in stories]]
    wanted = ("12 open", "231 open", "multi-site", "paid up", "USD and CAD", "yen", "no merchant account")
    ordered = sorted(facts, key=lambda fact: next(at for at, words in enumerate(wanted) if words in fact["what"]))
    contacts = _people(origin, {"blue": blue, "cedar": cedar})
    told = {"staff": STAFF, "other_staff": OTHER_STAFF, "contacts": contacts, "pay_online_ids": ordered}
    facts_file.write_text(json.dumps(told, indent=1))
    _requests(blue)
    try:
        send_statements(blue.call, blue.origin)
    except SlowMailError as error:
        return str(error)
    switch_on(blue.call, blue.today)
    return None


def _requests(office: Office) -> None:
    try:
        ask_for_service(office.call, office.origin, office.today)
    except RequestRefusedError as error:
        raise DemoError(str(error)) from error


def _people(origin: str, offices: Mapping[str, Office]) -> list[Json]:
    for person in PEOPLE:
        for post in person.posts:
            path = f"/api/staff/customers/{post.customer_id}/contacts/{post.contact_id}"
            offices[post.business].call("PUT", path, person.contact(post))
    try:
        return let_in(origin)
    except NoMailError as error:
        raise DemoError(str(error)) from error


def _tenant(origin: str, today: date, name: str, staff: Json, accounts: list[Json]) -> Office:
    office = Office(origin, "", today)
    domain = staff["email"].partition("@")[2]
    body = {
        "name": name,
        "time_zone": TIME_ZONE,
        "staff": staff,
        "merchant_accounts": accounts,
        "support": {"email": f"office@{domain}", "phone": "+1 540 555 0142"},
    }
    office.api_key = office.call("POST", "/local/tenants", body)["api_key"]
    profile = {key: body[key] for key in ("name", "time_zone", "support")}
    office.call("PUT", "/api/staff/settings/profile", profile | {"address": ADDRESS} | brand_of(name))
    return office


def _mixed_ages(office: Office) -> Json:
    """Twelve open invoices from this week to a quarter old, one of them part paid, some history before."""
    customer = "halvorsen"
    contacts = (("Ana Halvorsen", "ana@halvorsen.example"), ("Piet Moss", "ap@halvorsen.example"))
    pay_online_id = office.customer(customer, "Halvorsen Construction", *contacts)
    office.site(customer, "halvorsen-quarry", "Quarry Road", "001")
    office.site(customer, "halvorsen-depot", "Depot Street", "002")
    for number, (days_ago, minor) in enumerate(((150, 182_50), (143, 95_00), (128, 240_00)), 10101):
        office.invoice(customer, f"INV-{number}", days_ago, minor)
    office.check(customer, 517_50, 110, "2207")
    ages = (97, 90, 76, 69, 62, 48, 41, 34, 27, 20, 13, 6)
    amounts = (184_25, 96_40, 312_00, 58_75, 129_99, 210_00, 75_50, 412_80, 88_00, 143_25, 67_30, 230_15)
    for number, (days_ago, minor) in enumerate(zip(ages, amounts, strict=True), 10141):
        site = "halvorsen-quarry" if number % 2 else "halvorsen-depot"
        office.invoice(customer, f"INV-{number}", days_ago, minor, site_id=site)
    office.pay_online(pay_online_id, 60_00, "Ana Halvorsen", "ana@halvorsen.example")
    return {"pay_online_id": pay_online_id, "what": "Halvorsen Construction: 12 open invoices of mixed ages"}


def _long_list(office: Office) -> Json:
    """More open invoices than one payment may hold, brought in by a file."""
    pay_online_id = office.customer("northgate", "Northgate Events", ("Milo Crane", "milo@northgate.example"))
    lines = ["customer_id,customer_name,invoice_id,number,invoice_date,due_date,currency,amount"]
    for number in range(1, 232):
        days_ago, minor = 236 - number, 45_00 + (number * 37_13) % 190_00
        dates = f"{office.day(days_ago)},{office.day(days_ago - 30)}"
        amount = f"{minor // 100}.{minor % 100:02d}"
        lines.append(f"northgate,Northgate Events,northgate-{number:04d},NG-{number:04d},{dates},USD,{amount}")
    office.import_invoices("\n".join(lines))
    return {"pay_online_id": pay_online_id, "what": "Northgate Events: 231 open invoices"}


def _multi_site(office: Office) -> Json:
    """Two parents, each with an invoice per school."""
    customer = "riverside"
    pay_online_id = office.customer(customer, "Riverside School District", ("Jo Abara", "jo@riverside.example"))
    schools = ("Oak Street School", "Hilltop School", "Ferry Lane School", "Mill Pond School")
    for at, school in enumerate(schools, 1):
        office.site(customer, f"riverside-{at}", school, f"{at:03d}")
    for parent, days_ago in (("MS-700", 52), ("MS-701", 21)):
        header = office.invoice(customer, parent, days_ago, 0, kind="multi_site", lines=[])
        for at in range(1, len(schools) + 1):
            more = {"parent_id": header, "site_id": f"riverside-{at}"}
            office.invoice(customer, f"{parent}-{at}", days_ago, 120_00 + at * 15_25, **more)
    office.invoice(customer, "INV-10190", 12, 64_00)
    return {"pay_online_id": pay_online_id, "what": "Riverside School District: multi-site invoices of four schools"}


def _paid_up(office: Office) -> Json:
    """Nothing owed any more."""
    pay_online_id = office.customer("mill-creek", "Mill Creek Bakery", ("Rosa Lind", "rosa@mill-creek.example"))
    amounts = (88_00, 88_00, 91_50)
    for at, minor in enumerate(amounts):
        office.invoice("mill-creek", f"MC-{at + 1:03d}", 80 - 28 * at, minor)
    office.check("mill-creek", sum(amounts), 9, "1044")
    return {"pay_online_id": pay_online_id, "what": "Mill Creek Bakery: paid up"}


def _two_currencies(office: Office) -> Json:
    """One customer that is billed in two currencies."""
    pay_online_id = office.customer("maple", "Maple & Main Builders", ("Theo Roy", "theo@maple-main.example"))
    _invoices(office, "maple", "MU", "USD", ((44, 310_00), (16, 155_25)))
    _invoices(office, "maple", "MC", "CAD", ((51, 420_00), (30, 99_95), (9, 260_10)))
    return {"pay_online_id": pay_online_id, "what": "Maple & Main Builders: balances in USD and CAD, paid through two processors"}


def _yen(office: Office) -> Json:
    """A currency without a minor unit, and without a merchant account."""
    pay_online_id = office.customer("kita", "Kita Kogyo", ("Yui Kita", "yui@kita.example"))
    _invoices(office, "kita", "KK", "JPY", ((40, 48_000), (12, 51_250)))
    return {"pay_online_id": pay_online_id, "what": "Kita Kogyo: a balance in yen, which no card account takes"}


def _no_merchant_account(office: Office) -> Json:
    """A tenant that cannot take cards."""
    pay_online_id = office.customer("orchard", "Orchard Lane Weddings", ("Kim Vale", "kim@orchard.example"))
    _invoices(office, "orchard", "CF", "USD", ((25, 275_00), (4, 120_00)))
    return {"pay_online_id": pay_online_id, "what": "Orchard Lane Weddings, of Cedar Fork Rentals: no merchant account, cannot pay online"}


def _invoices(office: Office, customer: str, prefix: str, currency: str, ages: Iterable[tuple[int, int]]) -> None:
    for at, (days_ago, amount) in enumerate(ages, 1):
        office.invoice(customer, f"{prefix}-{at:03d}", days_ago, amount, currency=currency)
