"""Documents from staff pages: who is led to them, of which invoices, and what stands there when there is nothing to lead to."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from pypdf import PdfReader

from duebook import wiring, wiring_automation, wiring_mail
from duebook.domain.directory import Role
from duebook.domain.email_activity import EventType
from duebook.domain.payments import PaymentState
from duebook.usecases.issue_invoice import InvoiceDesk
from duebook.usecases.void_invoice import void_invoice
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Answer, Browser, add_customer, add_payment, add_tenant, issue, open_office, receive
from tests.integration.test_mail_pages import write_mail

PDF = b"%PDF-1.7 a statement"


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give the signed-in browser of a viewer: looking at documents takes no more."""
    return open_office()


def key_of(answer: Answer) -> str:
    """Return the object that an answer leads to, by a link of five minutes."""
    assert answer.status == 303, answer.text
    link = urlsplit(answer.headers["Location"])
    assert parse_qs(link.query).get("X-Amz-Expires") == ["300"]
    return unquote(link.path).split("/", 1)[1].removeprefix("duebook-documents/")


def told(aws: Cloud, answer: Answer) -> str:
    """Return the words of the PDF that an answer leads to."""
    stored = aws.client("s3").get_object(Bucket="duebook-documents", Key=key_of(answer))
    pages = PdfReader(BytesIO(stored["Body"].read())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


def void(invoice_id: str) -> None:
    desk = InvoiceDesk(
        wiring.directory_store(), wiring.account_store(), wiring.invoice_store(), wiring_automation.automation_store(), NOW, "key_1"
    )
    void_invoice("ten_1", invoice_id, "billed twice", desk)


def test_an_invoice_downloads_from_its_page_open_or_not(office: Browser, aws: Cloud):
    issue("i1", 100_00)
    issue("i2", 40_00, on="2025-05-20")
    issue("i3", 70_00, on="2025-05-21")
    issue("i4", 10_00, on="2025-05-22", draft=True)
    receive("pay_1", 100_00)
    void("i3")

    texts = {one: told(aws, office.get(f"/admin/documents/invoices/{one}")) for one in ("i1", "i2", "i3", "i4")}

    assert 'href="/admin/documents/invoices/i1"' in office.get("/admin/invoices/i1").body
    assert "I1 Paid" in texts["i1"]
    assert "Payment, Jun 2, 2025 (Check 1017) -100.00" in texts["i1"]
    assert "Balance due $40.00" in texts["i2"]
    assert "This invoice is void. Nothing is owed on it." in texts["i3"]
    assert "Pay Online ID" in texts["i2"]
    assert "Pay Online ID" not in texts["i1"] + texts["i3"] + texts["i4"]
    assert "This is a draft." in texts["i4"]


def test_r6_a_settled_multi_site_invoice_tells_all_its_children_that_are_not_void(office: Browser, aws: Cloud):
    issue("p1", 0, multi_site=True)
    for number, minor in ((1, 60_00), (2, 30_00), (3, 15_00)):
        issue(f"k{number}", minor, parent_id="p1")
    void("k3")
    receive("pay_1", 90_00)

    text = told(aws, office.get("/admin/documents/invoices/p1"))

    assert "P1 Paid" in text
    assert "Total $90.00" in text
    assert "K1" in text
    assert "K3" not in text


def test_a_receipt_downloads_from_a_payments_page_unless_it_was_not_made(office: Browser, aws: Cloud):
    issue("i1", 100_00)
    receive("pay_1", 60_00)
    add_payment("pay_2", PaymentState.DECLINED)

    text = told(aws, office.get("/admin/documents/receipts/pay_1"))

    assert "Payment received" in text
    assert "In part, $40.00 still open" in text
    assert "Download receipt (PDF)" in office.get("/admin/payments/pay_1").text
    assert "Download receipt" not in office.get("/admin/payments/pay_2").text
    assert office.get("/admin/documents/receipts/pay_2").status == 404


def test_r60_a_statement_is_previewed_as_it_would_be_sent(office: Browser, aws: Cloud):
    issue("i1", 100_00, on="2025-03-01")

    open_items, activity = (
        told(aws, office.get(f"/admin/documents/statements/c1{query}")) for query in ("", "?kind=activity&from=2025-05-10&to=2025-06-02")
    )

    assert "As of Jun 2, 2025" in open_items
    assert "Closing balance" in activity


@pytest.mark.usefixtures("aws")
def test_where_there_is_nothing_to_state_a_page_says_so_and_leads_back():
    office = open_office(Role.COLLECTOR)
    add_customer("c2", "Pine Ridge Camp")

    now, period = (
        office.get(f"/admin/documents/statements/c2{query}")
        for query in ("?as_of=2025-05-31", "?kind=activity&from=2025-05-01&to=2025-05-31")
    )

    assert (now.status, period.status) == (200, 200)
    assert "Nothing to state Open items as of May 31, 2025: Pine Ridge Camp owes nothing" in now.text
    assert "Activity from May 1, 2025 to May 31, 2025: Pine Ridge Camp owed and held nothing, and nothing moved." in period.text
    assert 'href="/admin/customers/c2/statement?kind=activity&amp;from=2025-05-01&amp;to=2025-05-31"' in period.body


def test_days_that_mean_nothing_are_told_as_a_page(office: Browser):
    for query, words in (
        ("as_of=soon", "Type a day"),
        ("as_of=2025-07-01", "not come yet"),
        ("kind=activity&from=2025-06-02&to=2025-06-01", ""),
    ):
        answer = office.get(f"/admin/documents/statements/c1?{query}")
        assert (answer.status, answer.headers["Content-Type"]) == (422, "text/html; charset=utf-8"), query
        assert words in answer.text


def test_a_file_that_went_with_a_mail_downloads_from_the_mails_page(office: Browser, aws: Cloud):
    kept = wiring_mail.attachment_store().put("ten_1", "run-c1", PDF, shown_as="Statement-2025-06.pdf")
    mail = write_mail("1", EventType.SENT, attachments=(kept,))

    answer = office.get(f"/admin/documents/mails/{mail.key.mail_id}/1")

    assert f'href="/admin/documents/mails/{mail.key.mail_id}/1"' in office.get(f"/admin/email-activity/{mail.key.mail_id}").body
    assert aws.client("s3").get_object(Bucket="duebook-documents", Key=key_of(answer))["Body"].read() == PDF
    disposition = parse_qs(urlsplit(answer.headers["Location"]).query)["response-content-disposition"]
    assert disposition == ['attachment; filename="Statement-2025-06.pdf"']
    for number in ("0", "2", "x", "-1", "01", "²"):
        assert office.get(f"/admin/documents/mails/{mail.key.mail_id}/{number}").status == 404, number


def test_a_file_that_is_no_longer_kept_says_so_and_until_when_it_was(office: Browser, aws: Cloud):
    kept = wiring_mail.attachment_store().put("ten_1", "run-c1", PDF, shown_as="Statement-2025-06.pdf")
    mail = write_mail("1", EventType.SENT, attachments=(kept,))
    aws.client("s3").delete_object(Bucket="duebook-documents", Key=kept.path)
    aws.set_clock(NOW + timedelta(days=46))
    office.sign_in()

    answer = office.get(f"/admin/documents/mails/{mail.key.mail_id}/1")

    assert answer.status == 410
    assert "This file is no longer kept" in answer.text
    assert "of this mail until Jul 17, 2025" in answer.text


def test_documents_of_another_business_are_not_found(office: Browser):
    add_tenant("ten_2", "else@where.example")
    add_customer("c9", "Elsewhere", tenant_id="ten_2")
    issue("i9", 100_00, "c9", tenant_id="ten_2")
    receive("pay_9", 50_00, "c9", tenant_id="ten_2")

    for path in ("invoices/i9", "receipts/pay_9", "statements/c9"):
        assert office.get(f"/admin/documents/{path}").status == 404, path
