"""Documents: what printing an invoice costs, each time another one, and what a cold function pays before the first."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from statistics import median

from PIL import Image

from bench.figures import Figure
from duebook.documents.invoice import write_invoice
from duebook.documents.typesetter import Typesetter
from duebook.domain.directory import Customer, Site, Support, Tenant
from duebook.domain.documents import Billed, InvoiceFacts
from duebook.domain.invoices import Invoice, InvoiceLine, InvoiceStatus, invoice_total
from local.ministack import ROOT

LIMIT_MS = 80
TWO_PAGES, MANY = 40, 400
TIMES = 15
COLD = """
import sys, time
sys.path[:0] = ["layers/shared"]
began = time.process_time()
from duebook.documents import invoice, typesetter
typesetter.Typesetter()
print(time.process_time() - began)
"""


def measure() -> list[Figure]:
    """Print invoices of two pages and of many, with a logo."""
    setter, logo = Typesetter(), _logo()
    setter.print(write_invoice(_facts(0, TWO_PAGES), portal_origin="https://pay.bench.example"), logo)
    two = median(_cpu_ms(setter, number, TWO_PAGES, logo) for number in range(1, TIMES + 1))
    many = median(_cpu_ms(setter, number, MANY, logo) for number in range(100, 103))
    cold = median(float(subprocess.check_output([sys.executable, "-c", COLD], cwd=ROOT, text=True)) for _ in range(5)) * 1000
    return [
        Figure("invoice PDF of two pages: CPU, warm", two, "ms", LIMIT_MS),
        Figure(f"invoice PDF of {MANY} lines: CPU, warm", many, "ms"),
        Figure("typesetter, words and fonts, when first used: CPU", cold, "ms"),
    ]


def _cpu_ms(setter: Typesetter, number: int, lines: int, logo: bytes) -> float:
    began = time.process_time()
    printed = setter.print(write_invoice(_facts(number, lines), portal_origin="https://pay.bench.example"), logo)
    spent = (time.process_time() - began) * 1000
    assert printed.is_accessible
    assert printed.has_logo
    return spent


def _facts(number: int, count: int) -> InvoiceFacts:
    """Write an invoice of which no line was printed before: what typst remembers of the last one does not help."""
    tenant = Tenant("ten_1", "Bench Sanitation", "America/New_York", support=Support("office@bench.example"), address="1 Main Street\nTown")
    customer = Customer(
        f"c{number}", f"Customer {number}", f"aBcDeF{number:06}", datetime(2026, 1, 1, tzinfo=UTC), address="2 Side Street\nTown"
    )
    lines = tuple(
        InvoiceLine(f"Weekly service {number}-{line} at site {line * 7 % 97}", Decimal(line % 5 + 1), 1_000 + number * 31 + line * 17)
        for line in range(count)
    )
    invoice = Invoice(
        f"i{number}", customer.customer_id, f"INV-{number}", date(2026, 1, 5), date(2026, 2, 4), "USD", lines, tax=number * 100 + 1
    )
    total = invoice_total(invoice)
    billed = Billed(invoice, total, total, 0, Site("s1", f"Site {number}", f"{number:03}"))
    return InvoiceFacts(
        tenant, customer, billed, (), (), InvoiceStatus.OVERDUE if number % 2 else InvoiceStatus.UNPAID, as_of=date(2026, 2, 5)
    )


def _logo() -> bytes:
    """Draw a picture as large as logos are kept: 512 by 128 pixels of noise-free stripes."""
    picture = Image.new("RGBA", (512, 128), (43, 106, 77, 255))
    for x in range(0, 512, 8):
        picture.paste((255, 255, 255, 0), (x, 0, x + 3, 128))
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
