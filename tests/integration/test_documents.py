"""PDFs of invoices and receipts: who gets them, what they tell, and that they are printed once."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from pypdf import PdfReader

from duebook import wiring
from duebook.domain.directory import Contact
from duebook.domain.email_activity import MailKind
from duebook.domain.payments import NOT_MADE, PaymentState
from duebook.domain.portal_access import ContactCaller
from tests.document_samples import logo_png
from tests.integration.api import Answer, StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.portal import Portal
from tests.integration.staff_office import add_payment


@pytest.fixture
def portal(staff: StaffApi, aws: Cloud) -> Portal:
    staff.put("/customers/c1/sites/s1", {"name": "Quarry Road", "number": "001", "address": "12 Quarry Road"})
    aws.directory.put_contact("ten_1", "c1", Contact("con_1", "Pat Miller", "company", "pat@miller.example", portal_access=True), was=None)
    return Portal(ContactCaller("ten_1", "c1", "con_1", "company"))


def key_of(answer: Answer) -> str:
    """Return the object that an answer leads to."""
    assert answer.status == 303, answer.text
    return unquote(urlsplit(answer.headers["Location"]).path).split("/", 1)[1].removeprefix("duebook-documents/")


def stored(aws: Cloud, answer: Answer) -> Any:
    return aws.client("s3").get_object(Bucket="duebook-documents", Key=key_of(answer))


def told(aws: Cloud, answer: Answer) -> str:
    """Return the words of the PDF that an answer leads to."""
    reader = PdfReader(BytesIO(stored(aws, answer)["Body"].read()))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).replace("\u00a0", " ").split())


def printed(aws: Cloud) -> dict[str, Any]:
    found = aws.client("s3").list_objects_v2(Bucket="duebook-documents", Prefix="documents/").get("Contents", [])
    return {one["Key"]: one["LastModified"] for one in found}


# ---------------------------------------------------------------- invoices


def test_r37_an_open_invoice_downloads_by_a_link_of_five_minutes(staff: StaffApi, portal: Portal, aws: Cloud):
    staff.invoice("i1", 250_00, number="INV-10145", site_id="s1", due_date="2025-05-15", tax=12_50)

    answer = portal.get("/invoices/i1/pdf")

    assert answer.status == 303, answer.text
    link = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert link.get("X-Amz-Expires") == ["300"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert stored(aws, answer)["ContentDisposition"] == 'attachment; filename="INV-10145.pdf"'
    assert stored(aws, answer)["ContentType"] == "application/pdf"
    text = told(aws, answer)
    pay_online_id = staff.get("/customers/c1").body["pay_online_id"]
    for said in ("Acme Site Services", "Miller Construction", "INV-10145", "Overdue", "Quarry Road (001)", "12 Quarry Road", pay_online_id):
        assert said in text
    for said in ("Subtotal 250.00", "Tax 12.50", "Total $262.50", "Balance due $262.50", "Page 1 of 1", "Was due May 15, 2025"):
        assert said in text


def test_r37_what_was_paid_so_far_stands_on_the_invoice(staff: StaffApi, portal: Portal, aws: Cloud):
    staff.invoice("i1", 100_00)
    staff.check(30_00)
    staff.put(
        "/credit-memos/m1", {"customer_id": "c1", "number": "CM-7", "date": "2025-05-20", "currency": "USD", "amount": 20_00, "reason": "x"}
    )
    staff.post("/credit-memos/m1/apply", {"reason": "agreed"})

    text = told(aws, portal.get("/invoices/i1/pdf"))

    assert "Credit memo CM-7, May 20, 2025 -20.00" in text
    assert "Payment, Jun 2, 2025 (Check 1007) -30.00" in text
    assert "Balance due $50.00" in text


def test_r6_r7_a_parent_shows_its_open_children_by_site_and_no_paid_one(staff: StaffApi, portal: Portal, aws: Cloud):
    staff.put("/customers/c1/sites/s2", {"name": "Harbor Yard", "number": "002"})
    parent = {"customer_id": "c1", "number": "INV-9", "invoice_date": "2025-05-01", "due_date": "2025-06-20", "currency": "USD"}
    staff.put("/invoices/p1", parent | {"kind": "multi_site", "lines": []})
    for number, site in enumerate(("s1", "s2", "s1"), 1):
        due = {"due_date": "2025-06-20", "invoice_date": f"2025-05-0{number}"}
        staff.invoice(f"k{number}", 10_00 * number, number=f"INV-9-{number}", parent_id="p1", site_id=site, **due)
    staff.check(15_00)

    text = told(aws, portal.get("/invoices/p1/pdf"))

    assert "INV-9-1" not in text
    assert "Harbor Yard (002) Invoice INV-9-2, May 2, 2025" in text
    assert "Still open of this site 15.00" in text
    assert "Quarry Road (001) Invoice INV-9-3, May 3, 2025" in text
    assert "Total $50.00" in text
    assert "Balance due $45.00" in text


@pytest.mark.parametrize("state", ["draft", "paid", "void", "unknown", "of another customer", "of another tenant"])
def test_r7_r37_an_invoice_that_the_customer_does_not_see_is_not_found(state: str, staff: StaffApi, stranger: StaffApi, portal: Portal):
    match state:
        case "draft":
            staff.invoice("i1", draft=True)
        case "paid":
            staff.invoice("i1", 100_00)
            staff.check(100_00)
        case "void":
            staff.invoice("i1")
            staff.post("/invoices/i1/void", {"reason": "wrong site"})
        case "of another customer":
            staff.customer("c2")
            staff.invoice("i1", customer_id="c2")
        case "of another tenant":
            stranger.customer("c1")
            stranger.invoice("i1")

    answer = portal.get("/invoices/i1/pdf")

    assert answer.status == 404
    assert (answer.body["code"], answer.body["detail"]) == ("not_found", "no invoice i1")


@pytest.mark.parametrize("url", ["/invoices/i1/pdf", "/payments/pay_1/receipt"])
def test_r54_a_site_contact_gets_no_document(url: str, staff: StaffApi, portal: Portal):
    staff.invoice("i1")

    answer = portal.as_(kind="site", site_ids=("s1",)).get(url)

    assert (answer.status, answer.body["code"]) == (403, "access_denied")


def test_a_document_is_printed_once_and_anew_when_what_it_tells_has_changed(staff: StaffApi, portal: Portal, aws: Cloud, monkeypatch: Any):
    staff.invoice("i1", 100_00)
    first = key_of(portal.get("/invoices/i1/pdf"))
    with monkeypatch.context() as without:
        without.setattr("duebook.wiring_documents.typesetter", lambda: pytest.fail("printed again"))
        assert key_of(portal.get("/invoices/i1/pdf")) == first
    staff.check(40_00)

    second = key_of(portal.get("/invoices/i1/pdf"))

    assert first != second
    assert set(printed(aws)) == {first, second}
    assert first.startswith("documents/ten_1/")


def test_the_logo_is_on_the_invoice_and_another_one_makes_another_document(staff: StaffApi, portal: Portal, aws: Cloud):
    staff.invoice("i1", 100_00)
    plain = key_of(portal.get("/invoices/i1/pdf"))
    url = wiring.logo_store().put(logo_png())
    tenant = aws.directory.tenant("ten_1")
    aws.directory.save_tenant(replace(tenant, logo_url=url))

    answer = portal.get("/invoices/i1/pdf")

    assert key_of(answer) != plain
    assert PdfReader(BytesIO(stored(aws, answer)["Body"].read())).pages[0].images


# ---------------------------------------------------------------- receipts


def test_r23_r37_a_receipt_tells_what_the_payment_paid(staff: StaffApi, portal: Portal, aws: Cloud):
    staff.invoice("i1", 100_00, number="INV-1")
    staff.invoice("i2", 100_00, number="INV-2", invoice_date="2025-05-02")
    payment = staff.check(130_00)

    answer = portal.get(f"/payments/{payment['id']}/receipt")

    text = told(aws, answer)
    assert stored(aws, answer)["ContentDisposition"] == f'attachment; filename="Receipt-{payment["reference"]}.pdf"'
    for said in ("Payment received", "$130.00", "Jun 2, 2025", payment["reference"], "Check 1007", "Miller Construction"):
        assert said in text
    assert "INV-1 In full 100.00" in text
    assert "INV-2 In part, $70.00 still open 30.00" in text
    assert "Remaining balance of the account as of Jun 2, 2025: $70.00." in text


def test_r25_a_receipt_tells_what_no_invoice_took(staff: StaffApi, portal: Portal, aws: Cloud):
    staff.invoice("i1", 100_00)
    payment = staff.check(130_00)

    text = told(aws, portal.get(f"/payments/{payment['id']}/receipt"))

    assert "Kept as credit on the account 30.00" in text
    assert "As of Jun 2, 2025 nothing is owed on this account." in text


def test_r37_a_receipt_of_another_customer_is_not_found(staff: StaffApi, portal: Portal):
    staff.customer("c2")
    staff.invoice("i1", customer_id="c2")
    payment = staff.check(50_00, customer_id="c2")

    for method in ("GET", "POST"):
        answer = portal.call(method, f"/payments/{payment['id']}/receipt")

        assert (answer.status, answer.body["code"]) == (404, "not_found")


# ---------------------------------------------------------------- a copy by mail


def test_r37_a_copy_of_the_receipt_is_mailed_to_who_asks_once_a_minute(staff: StaffApi, portal: Portal, aws: Cloud):
    staff.invoice("i1", 100_00, number="INV-1")
    payment = staff.check(100_00)
    url = f"/payments/{payment['id']}/receipt"

    answers = [portal.call("POST", url) for _ in range(3)]
    later(aws, seconds=61)
    answers.append(portal.call("POST", url))

    assert [(answer.status, answer.body) for answer in answers] == [(202, {"to": "pat@miller.example"})] * 4
    mails = wiring.email_store().of_customer("ten_1", "c1", limit=10)
    assert [(mail.kind, mail.to) for mail in mails] == [(MailKind.RECEIPT, "pat@miller.example")] * 2
    text = wiring.email_store().text(mails[0].key)
    assert text is not None
    assert "INV-1: $100.00 (Paid in full)" in text.text
    assert "because you asked for it" in text.text
    assert f"http://localhost:8080/receipt?id={payment['id']}" in text.text


def test_r37_a_contact_without_an_address_is_told_so(staff: StaffApi, portal: Portal, aws: Cloud):
    staff.invoice("i1", 100_00)
    payment = staff.check(100_00)
    aws.directory.put_contact("ten_1", "c1", Contact("con_2", "Sam", "company"), was=None)

    answer = portal.as_(contact_id="con_2").call("POST", f"/payments/{payment['id']}/receipt")

    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert wiring.email_store().of_customer("ten_1", "c1", limit=10) == []


def test_r38_a_copy_of_money_on_its_way_says_so(portal: Portal):
    add_payment("pay_1", PaymentState.PENDING, method_type="bank_account", brand=None)

    answer = portal.call("POST", "/payments/pay_1/receipt")

    [mail] = wiring.email_store().of_customer("ten_1", "c1", limit=10)
    text = wiring.email_store().text(mail.key)
    assert answer.status == 202
    assert mail.subject == "Payment of $50.00 to Acme Site Services submitted"
    assert text is not None
    assert "PAYMENT SUBMITTED" in text.text
    assert "received this payment" not in text.text + text.html


@pytest.mark.parametrize(
    "state", [PaymentState.UNKNOWN, PaymentState.RETURNED, PaymentState.VOIDED, PaymentState.DECLINED, PaymentState.FAILED]
)
def test_no_receipt_is_mailed_that_would_not_be_true(state: PaymentState, portal: Portal):
    add_payment("pay_1", state)

    answer = portal.call("POST", "/payments/pay_1/receipt")

    assert answer.status == (404 if state in NOT_MADE else 409)
    assert wiring.email_store().of_customer("ten_1", "c1", limit=10) == []


@pytest.mark.parametrize("state", [PaymentState.DECLINED, PaymentState.FAILED])
def test_r39_an_attempt_that_was_not_made_has_no_receipt(state: PaymentState, portal: Portal):
    add_payment("pay_1", state)

    assert portal.get("/payments/pay_1/receipt").status == 404
