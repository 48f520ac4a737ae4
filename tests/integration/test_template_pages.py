"""The pages of mail texts, as a browser without JavaScript uses them (R65)."""

from __future__ import annotations

import html
import re

import pytest

from duebook import wiring, wiring_texts
from duebook.domain.directory import Role
from duebook.domain.email_activity import MailKind
from duebook.domain.mail_texts import TEXTS
from tests.integration.cloud import Cloud
from tests.integration.staff_office import EMAIL, Browser, issue, open_office, receive

HERE = "/admin/settings/templates"
RECEIPT = f"{HERE}/receipt"
OURS = {"subject": "Paid: {{payment.amount}}", "body": "<p>Dear {{customer.name}}, thank you.</p>"}


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands first
    return open_office(Role.MANAGER)


def form(browser: Browser, **fields: str) -> dict[str, str]:
    """Fill the form that the page shows."""
    page = browser.get(RECEIPT).body
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return {"csrf": browser.csrf(), "version": found[1], "customer": "", "do": "save"} | OURS | fields


def save(browser: Browser, **fields: str) -> None:
    assert browser.post(RECEIPT, form(browser, **fields)).status == 303


def test_r65_every_kind_stands_in_the_list_and_leads_to_its_editor(office: Browser) -> None:
    save(office)

    page = office.get(HERE)

    assert page.status == 200
    for kind, known in TEXTS.items():
        assert f'href="{HERE}/{kind.value}">{html.escape(known.label)}</a>' in page.body
    assert page.body.count('<span class="tag info">Yours</span>') == 1
    assert "subject and body" in page.body
    assert "Dana Whitlock" in page.body


def test_r65_a_text_is_saved_and_shown_as_it_is_kept(office: Browser) -> None:
    answer = office.post(RECEIPT, form(office, body="Dear {{ customer.name }},\r\n\r\nthank you. <script>x</script>"))

    assert (answer.status, answer.headers["Location"]) == (303, f"{RECEIPT}?done=saved")
    page = office.get(f"{RECEIPT}?done=saved").body
    assert "Saved. The next mail of this kind reads like this." in page
    assert "&lt;p&gt;Dear {{customer.name}},&lt;/p&gt;\n&lt;p&gt;thank you.&lt;/p&gt;" in page
    assert "Version 1" in page


def test_r65_an_unknown_placeholder_is_told_with_its_line_and_what_was_typed_stays(office: Browser) -> None:
    answer = office.post(RECEIPT, form(office, body="<p>Hello</p>\r\n<p>{{customer.nmae}}</p>", subject="A {{x}}"))

    assert answer.status == 422
    assert "2 things need correcting. Nothing was saved." in answer.body
    assert "Line 2: {{customer.nmae}} does not exist here. Did you mean {{customer.name}}?" in html.unescape(answer.body)
    assert "{{customer.nmae}}&lt;/p&gt;" in answer.body
    assert 'aria-describedby="body-error body-hint" aria-invalid="true"' in answer.body
    assert wiring_texts.template_store().in_use("ten_1", MailKind.RECEIPT) is None


def test_who_types_over_a_newer_version_is_told_and_nothing_is_lost(office: Browser) -> None:
    old = form(office, subject="Mine")
    save(office)

    answer = office.post(RECEIPT, old)

    assert answer.status == 409
    assert "somebody else has saved this text meanwhile" in answer.body
    assert 'value="Mine"' in answer.body


def test_r65_the_preview_has_the_figures_of_a_customer_named_by_id_or_name(office: Browser) -> None:
    issue("inv_1", 100_00, number="INV-1")
    receive("pay_01", 60_00)
    typed = form(office, customer="halvorsen", **{"as": "html"})

    for customer in ("c1", "halvorsen"):
        shown = office.post(f"{RECEIPT}/preview", typed | {"customer": customer})
        assert "Subject: <strong><bdi>Paid: $60.00</bdi></strong>" in shown.body
        assert "Dear Halvorsen Construction, thank you." in shown.body
        assert "The figures are examples" not in shown.body
    as_text = office.post(f"{RECEIPT}/preview", typed | {"as": "text"}).body
    assert "<pre" in as_text
    assert "Dear Halvorsen Construction, thank you." in as_text
    assert "There is no customer" in office.post(f"{RECEIPT}/preview", typed | {"customer": "nobody"}).body


def test_the_preview_is_a_document_that_runs_and_loads_nothing_and_only_its_page_may_frame(office: Browser) -> None:
    shown, page = office.get(f"{RECEIPT}/preview"), office.get(RECEIPT)

    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script" not in policy
    assert page.headers["Content-Security-Policy"].endswith("frame-src 'self'")
    assert "frame-src" not in office.get(HERE).headers["Content-Security-Policy"]
    assert re.search(r'<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"', page.body)
    assert "The figures are examples. Name a customer" in shown.body


def test_a_text_that_cannot_be_used_is_told_in_the_preview(office: Browser) -> None:
    shown = office.post(f"{RECEIPT}/preview", form(office, body="<p>\r\n{{<b>x</b>}}</p>"))

    assert "This text cannot be used yet." in shown.body
    assert "Line 2:" in shown.body
    assert "<b>x" not in shown.body


def test_r65_a_test_goes_to_who_typed_it_and_what_was_typed_stays(office: Browser) -> None:
    answer = office.post(RECEIPT, form(office, do="test"))

    assert answer.status == 200
    assert f"A test is on its way to {EMAIL}." in answer.body
    assert "thank you.&lt;/p&gt;" in answer.body
    (mail,) = wiring.email_store().of_address("ten_1", EMAIL, limit=5)
    assert (mail.kind, mail.subject) == (MailKind.TEST, "Test: Paid: $500.00")
    assert wiring_texts.template_store().in_use("ten_1", MailKind.RECEIPT) is None


def test_r65_reset_is_asked_first_and_an_earlier_version_comes_back(office: Browser) -> None:
    save(office)
    question = office.get(f"{RECEIPT}/reset")
    assert "Go back to the default?" in question.body

    assert office.post(f"{RECEIPT}/reset", {"csrf": office.csrf(), "version": "1"}).status == 303
    assert "Back to the default" in office.get(f"{RECEIPT}?done=reset").body
    assert "Use this version again" in office.get(f"{RECEIPT}/versions/1").body
    assert "It is in use." in office.get(f"{RECEIPT}/versions/2").body

    assert office.post(f"{RECEIPT}/versions/1", {"csrf": office.csrf(), "version": "2"}).status == 303
    found = wiring_texts.template_store().newest("ten_1", MailKind.RECEIPT)
    assert found
    assert found.text
    assert (found.version, found.text.subject) == (3, OURS["subject"])


@pytest.mark.parametrize("path", ["/nothing", "/test", "/receipt/versions/9", "/receipt/versions/x", "/receipt/versions/１"])  # noqa: RUF001
def test_what_is_not_there_is_told_as_a_page(office: Browser, path: str) -> None:
    assert office.get(HERE + path).status in {400, 404}


def test_r85_a_viewer_sees_texts_and_previews_and_is_offered_nothing_else(aws: Cloud) -> None:  # noqa: ARG001
    viewer = open_office(Role.VIEWER)

    page = viewer.get(RECEIPT).body

    assert "Only a manager or an admin can change this." in page
    assert f'action="{RECEIPT}"' not in page
    assert "/reset" not in page
    assert viewer.get(f"{RECEIPT}/preview?customer=c1").status == 200
    assert viewer.post(RECEIPT, {"csrf": viewer.csrf(), "do": "save"} | OURS).status == 403


def test_a_form_of_another_session_is_refused(office: Browser) -> None:
    for path in (RECEIPT, f"{RECEIPT}/preview", f"{RECEIPT}/reset", f"{RECEIPT}/versions/1"):
        assert office.post(path, form(office) | {"csrf": "another"}).status == 403
