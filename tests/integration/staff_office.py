"""A tenant with staff, customers and money for tests of the staff pages, and a browser without JavaScript."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from duebook import wiring, wiring_automation
from duebook.domain.directory import Customer, Role, Site, Staff, Support, Tenant
from duebook.domain.identifiers import order_id_of
from duebook.domain.invoices import Invoice, InvoiceLine
from duebook.domain.money import Money
from duebook.domain.payments import Payer, Payment, PaymentKey, PaymentState
from duebook.storage.dynamo import transact
from duebook.usecases.issue_invoice import InvoiceDesk, issue_invoice
from duebook.usecases.passwords import hash_password
from duebook.usecases.receive_payment import CashDesk, ReceivedMoney, receive_payment
from local import routes as gateway
from portal import build as portal_build
from portal.staff_assets import USED, write_staff_assets
from tests.integration.key_watch import serving

EMAIL, PASSWORD = "dana@blue-ridge.example", "lantern gravel harvest"
NOW = datetime.fromisoformat("2025-06-02T12:00:00+00:00")


@cache
def password_hash() -> str:
    """Hash the one password once; argon2 takes its time on purpose."""
    return hash_password(PASSWORD)


def add_tenant(tenant_id: str = "ten_1", email: str = EMAIL, *, role: Role = Role.VIEWER, **changes: Any) -> Tenant:
    """Write a tenant with one staff member, a viewer unless told otherwise."""
    tenant = replace(Tenant(tenant_id, "Blue Ridge Rentals", "America/New_York", support=Support("help@blue-ridge.example")), **changes)
    staff = Staff(f"stf_{tenant_id}", tenant_id, "Dana Whitlock", email, role, password_hash())
    wiring.directory_store().add_tenant(tenant, [], [staff], f"{tenant_id}-key")
    return tenant


def add_customer(customer_id: str = "c1", name: str = "Halvorsen Construction", *, tenant_id: str = "ten_1", **changes: Any) -> Customer:
    """Write a customer."""
    customer = replace(Customer(customer_id, name, f"kT7mWq4x{tenant_id[-1]}{customer_id}", NOW), **changes)
    wiring.directory_store().add_customer(tenant_id, customer)
    return customer


def add_site(site_id: str, name: str, customer_id: str = "c1", *, tenant_id: str = "ten_1") -> None:
    """Write a site."""
    wiring.directory_store().put_site(tenant_id, customer_id, Site(site_id, name, site_id), was=None)


def issue(invoice_id: str, minor: int, customer_id: str = "c1", *, on: str = "2025-05-01", tenant_id: str = "ten_1", **facts: Any) -> None:
    """Issue an invoice of one line; ``due`` is 30 days later unless told otherwise."""
    day = date.fromisoformat(on)
    due = facts.pop("due", None)
    lines = () if facts.get("multi_site") else (InvoiceLine("Service", Decimal(1), minor),)
    wanted = Invoice(
        invoice_id,
        customer_id,
        facts.pop("number", invoice_id.upper()),
        day,
        date.fromisoformat(due) if due else day + timedelta(days=30),
        facts.pop("currency", "USD"),
        lines,
        **facts,
    )
    desk = InvoiceDesk(
        wiring.directory_store(), wiring.account_store(), wiring.invoice_store(), wiring_automation.automation_store(), NOW, "key_1"
    )
    issue_invoice(tenant_id, wanted, desk)


def receive(
    payment_id: str, minor: int, customer_id: str = "c1", *, tenant_id: str = "ten_1", currency: str = "USD", **facts: Any
) -> Payment:
    """Receive a check of today, applied oldest first unless told otherwise."""
    money = ReceivedMoney(customer_id, Money(minor, currency), "check", "1017", None, facts.get("applications"))
    desk = CashDesk(
        wiring.directory_store(),
        wiring.account_store(),
        wiring.payment_store(),
        wiring.transient_store(),
        facts.get("now", NOW),
        f"stf_{tenant_id}",
    )
    return receive_payment(tenant_id, money, key=payment_id, payment_id=payment_id, today=NOW.date(), desk=desk)


def add_payment(payment_id: str, state: PaymentState, minor: int = 50_00, *, tenant_id: str = "ten_1", **changes: Any) -> Payment:
    """Write a guest's card payment as a document that brought no money."""
    payment = Payment(
        key=PaymentKey(tenant_id, changes.pop("customer_id", "c1"), payment_id),
        amount=Money(minor, "USD"),
        state=state,
        channel="guest",
        method_type="card",
        created_at=NOW,
        order_id=order_id_of(payment_id),
        brand="visa",
        last4="1111",
        payer=Payer("Ana Ruiz", "ana@halvorsen.example"),
    )
    payment = replace(payment, **changes)
    transact(wiring.client("dynamodb"), list(wiring.payment_store().added(payment)))
    return payment


@cache
def routes() -> tuple[tuple[str, str], ...]:
    """List method and path of each page."""
    folders = sorted({route.folder for route in gateway.routes() if route.folder.endswith("_pages")})
    return tuple((method, path) for folder in folders for path, views in handler(folder).app.routes.items() for method in views)


def page_of(method: str, path: str) -> str:
    """Return the page that an address is, exact ones first."""
    for known in sorted((known for verb, known in routes() if verb == method), key=lambda known: known.count("{")):
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", known), path):
            return known
    raise AssertionError(f"{method} {path} is no page")


def event_of(method: str, target: str, *, form: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Write an event as REST APIs of API Gateway do."""
    parts = urlsplit(target)
    route, parameters = gateway.route_of(method, parts.path) or (None, {})
    assert route, f"API Gateway knows no {method} {parts.path}"
    query = dict(parse_qsl(parts.query))
    kind = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
    sent = {"Host": "localhost:8080", "Accept": "text/html", **kind, **(headers or {})}
    return {
        "resource": route.path,
        "path": parts.path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route.path,
            "httpMethod": method,
            "path": f"/live{parts.path}",
            "stage": "live",
            "requestId": "req-1",
            "identity": {"sourceIp": "203.0.113.9"},
        },
        "body": urlencode(form) if form is not None else None,
        "isBase64Encoded": False,
    }


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def text(self) -> str:
        """The page's words without tags, blanks folded."""
        plain = re.sub(r"<(script|style)[^>]*>.*?</\1>|<[^>]+>", " ", self.body, flags=re.DOTALL)
        return " ".join(plain.replace("&amp;", "&").replace("&#34;", '"').replace("&#39;", "'").replace("\u00a0", " ").split())


@dataclass(slots=True)
class Browser:
    """Opens staff pages and keeps the session cookie."""

    cookie: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, target: str, **headers: str) -> Answer:
        """Open a page."""
        return self._send(event_of("GET", target, headers=self._headers(headers)))

    def post(self, target: str, form: dict[str, str], **headers: str) -> Answer:
        """Send a form."""
        own = {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}
        return self._send(event_of("POST", target, form=form, headers=self._headers(own | headers)))

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD, wanted: str = "") -> Answer:
        """Send the sign-in form."""
        return self.post("/admin/sign-in", {"email": email, "password": password, "next": wanted})

    def csrf(self) -> str:
        """Return what forms of this session carry."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/admin/profile").body)
        assert found, "no form on the page"
        return found[1]

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        return self.headers | cookie | {name.replace("_", "-"): value for name, value in headers.items()}

    def _send(self, event: dict[str, Any]) -> Answer:
        with serving(event):
            answer = handler_for(event).lambda_handler(event, None)
        headers = answer["headers"]
        if "Set-Cookie" in headers:
            self.cookie = headers["Set-Cookie"].split(";")[0]
        return Answer(answer["statusCode"], headers, answer["body"])


def handler_for(event: dict[str, Any]) -> Any:
    """Import the handler that API Gateway calls with an event."""
    return handler(next(one.folder for one in gateway.routes() if (one.method, one.path) == (event["httpMethod"], event["resource"])))


@cache
def handler(folder: str) -> Any:
    """Import a handler, after writing the assets file it reads, as the portal's build does."""
    write_staff_assets(portal_build.asset_base(), {name: portal_build.integrity(portal_build.PORTAL / name) for name in USED})
    return importlib.import_module(f"functions.{folder}.handler")


def open_office(role: Role = Role.VIEWER) -> Browser:
    """Write a tenant with one customer and sign its one staff member in."""
    add_tenant(role=role)
    add_customer()
    browser = Browser()
    assert browser.sign_in().status == 303
    return browser
