"""Invoices and receipts to be printed: a tenant, a customer, as many lines as wanted."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from duebook.domain.directory import Customer, Site, Support, Tenant
from duebook.domain.documents import Billed, Credit, CreditKind, InvoiceFacts, ReceiptFacts
from duebook.domain.invoices import Invoice, InvoiceLine, InvoiceStatus, invoice_total
from duebook.domain.money import Money
from duebook.domain.payment_news import PaidInvoice
from duebook.domain.payments import Payer, Payment, PaymentKey, PaymentState

ORIGIN = "https://pay.blue-ridge.example"
NOON = datetime(2025, 6, 2, 16, 0, tzinfo=UTC)
TENANT = Tenant(
    "ten_1",
    "Blue Ridge Sanitation",
    "America/New_York",
    support=Support("office@blue-ridge.example", "(828) 555-0142"),
    address="412 Quarry Road\nAsheville, NC 28803\nUnited States",
    accent="#2b6a4d",
)
CUSTOMER = Customer(
    "c1", "Halvorsen Construction LLC", "kT7mWq4x1c", NOON, address="Accounts payable\n44 Harbor Road, Suite 210\nWilmington, NC 28401"
)
SITE = Site("s1", "Riverside Towers", "014", "1900 Riverside Drive\nWilmington, NC 28412")
SERVICES = (
    ("Portable restroom, standard, weekly service", "4", 92_50),
    ("Hand-wash station, weekly service", "2", 58_00),
    ("Holding tank, 250 gal, pump-out", "1.5", 145_00),
    ("Delivery and pick-up", "1", 75_00),
    ("Roll-off dumpster, 20 yd, swap\nIncludes 3 tons; overage is billed by weight", "1", 485_00),
    ("Fence panel, 6 ft, monthly rental", "36", 4_75),
    ("Long-stay discount", "1", -40_00),
)


def tenant(**changes: Any) -> Tenant:
    """Return the tenant with changes."""
    return replace(TENANT, **changes)


def customer(**changes: Any) -> Customer:
    """Return the customer with changes."""
    return replace(CUSTOMER, **changes)


def lines(count: int) -> tuple[InvoiceLine, ...]:
    """Return so many lines, no two alike."""
    found = []
    for number in range(count):
        text, quantity, price = SERVICES[number % len(SERVICES)]
        dated = f"{text}, week {number // len(SERVICES) + 1}" if count > len(SERVICES) and "\n" not in text else text
        found.append(InvoiceLine(dated, Decimal(quantity), price + number // len(SERVICES)))
    return tuple(found)


def billed(count: int = 7, *, site: Site | None = SITE, open_balance: int | None = None, reserved: int = 0, **changes: Any) -> Billed:
    """Return an invoice of so many lines; open in full unless told otherwise."""
    invoice = replace(
        Invoice("inv_1", "c1", "INV-10145", date(2025, 5, 1), date(2025, 5, 31), "USD", lines(count), tax=61_18, site_id="s1"), **changes
    )
    total = invoice_total(invoice)
    return Billed(invoice, total, total if open_balance is None else open_balance, reserved, site)


def invoice_facts(one: Billed | None = None, **changes: Any) -> InvoiceFacts:
    """Return an overdue invoice of seven lines unless told otherwise."""
    facts = InvoiceFacts(TENANT, CUSTOMER, one or billed(), (), (), InvoiceStatus.OVERDUE, as_of=date(2025, 6, 2))
    return replace(facts, **changes)


def part_paid(count: int = 7) -> InvoiceFacts:
    """Return an invoice of which a check and a credit memo took something off, and a bank payment is under way."""
    check = payment(method_type="check", check_number="20817", brand=None, last4=None, received_on="2025-05-20", channel="staff")
    taken = (
        Credit(CreditKind.CREDIT_MEMO, 25_00, date(2025, 5, 12), number="CM-311"),
        Credit(CreditKind.PAYMENT, 400_00, date(2025, 5, 20), payment=check),
    )
    one = billed(count)
    return invoice_facts(replace(one, open_balance=one.total - 425_00, reserved=100_00), credits=taken)


def multi_site(count: int = 3, lines_each: int = 4) -> InvoiceFacts:
    """Return a parent with an open child for each of so many sites; the second is paid in part."""
    names = ("Riverside Towers", "Depot Street Lofts", "County Fairgrounds", "Airport Cargo Apron", "Mill Pond Phase II")
    children = []
    for number in range(count):
        site = Site(f"s{number}", names[number % len(names)], f"{number + 14:03}")
        child = billed(lines_each, site=site, invoice_id=f"inv_{number}", number=f"INV-10200-{number + 1}", tax=12_40, parent_id="par_1")
        children.append(replace(child, open_balance=child.total - 100_00) if number == 1 else child)
    parent = Invoice("par_1", "c1", "INV-10200", date(2025, 5, 1), date(2025, 6, 15), "USD", multi_site=True)
    total, still_open = sum(child.total for child in children), sum(child.open_balance for child in children)
    whole = Billed(parent, total, still_open, 0)
    taken = (Credit(CreditKind.PAYMENT, 100_00, date(2025, 5, 20), payment=payment()),) if count > 1 else ()
    return invoice_facts(whole, children=tuple(children), credits=taken, status=InvoiceStatus.UNPAID)


def payment(state: PaymentState = PaymentState.CAPTURED, minor: int = 1_847_83, **changes: Any) -> Payment:
    """Return a card payment of 1,847.83 USD unless told otherwise."""
    made = Payment(
        key=PaymentKey("ten_1", "c1", "pay_01JWR2D8M4"),
        amount=Money(minor, "USD"),
        state=state,
        channel="portal",
        method_type="card",
        created_at=NOON,
        order_id="DB-7KQ2M4WX",
        brand="visa",
        last4="4242",
        payer=Payer("Ana Ruiz", "ana@halvorsen.example"),
        captured_at=NOON,
    )
    return replace(made, **changes)


def receipt_facts(count: int = 4, paid: Payment | None = None, **changes: Any) -> ReceiptFacts:
    """Return a payment over so many invoices, the last one in part."""
    whole = paid or payment()
    each = whole.amount.minor // max(count, 1)
    parts = [PaidInvoice(f"inv_{number}", f"INV-{10101 + number}", each, 0) for number in range(count)]
    if parts:
        rest = whole.amount.minor - each * (count - 1)
        parts[-1] = PaidInvoice(parts[-1].invoice_id, parts[-1].number, rest, 152_17)
    facts = ReceiptFacts(TENANT, CUSTOMER, whole, tuple(parts), 0, 3_412_50, as_of=date(2025, 6, 2))
    return replace(facts, **changes)


def logo_png(width: int = 360, height: int = 90) -> bytes:
    """Draw a plain logo: a green mark with a white wave, on nothing."""
    rows = []
    for y in range(height):
        row = bytearray(b"\x00")
        for x in range(width):
            inside = 4 <= x < height - 4 and 4 <= y < height - 4
            wave = abs(y - height / 2 - (x % 30 - 15) * 0.7) < 6
            word = height < x < width - 4 and abs(y - height / 2) < 9
            row += bytes((255, 255, 255, 255) if inside and wave else (43, 106, 77, 255) if inside or word else (0, 0, 0, 0))
        rows.append(bytes(row))
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + body
