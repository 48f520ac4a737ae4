"""The mail as bytes: what stands in it, and that nobody breaks out of a header."""

from __future__ import annotations

import email
import email.policy
import struct
from dataclasses import replace
from email.message import EmailMessage

import pytest

from duebook.domain.email_activity import AttachedFile, Attachment, MailKey, MailKind, MailText, OutgoingMail
from duebook.domain.identifiers import derived_ulid
from duebook.errors import InvalidInputError
from duebook.mail.message import built
from tests.builders import NOON

KEY = MailKey("ten_1", derived_ulid(NOON, "x"))
TEXT = MailText("Receipt for $1.00", "<p>Gr\u00fc\u00dfe &amp; thanks</p>\n", "Gr\u00fc\u00dfe & thanks\n")
MAIL = OutgoingMail(KEY, MailKind.RECEIPT, "ana@acme.example", "Blue Ridge", "help@blue.example", TEXT, NOON)
FROM = "billing@duebook.example"


def read(mail: OutgoingMail) -> EmailMessage:
    return email.message_from_bytes(built(mail, FROM), policy=email.policy.default)


def test_a_mail_has_a_text_and_an_html_part_and_one_recipient():
    message = read(MAIL)

    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == TEXT.text  # type: ignore[union-attr]
    assert message.get_body(("html",)).get_content().replace("\r\n", "\n") == TEXT.html  # type: ignore[union-attr]
    assert message.get_all("To") == ["ana@acme.example"]
    assert message["Cc"] is None
    assert message["Bcc"] is None


def test_a_mail_names_the_tenant_answers_go_to_its_support_and_ses_adds_the_message_id():
    message = read(MAIL)

    assert message["From"] == "Blue Ridge <billing@duebook.example>"
    assert message["Reply-To"] == "help@blue.example"
    assert message["X-Duebook-Mail-Id"] == f"ten_1/{KEY.mail_id}"
    assert message["X-Duebook-Kind"] == "receipt"
    assert message["Date"] == "Mon, 02 Jun 2025 12:00:00 +0000"
    assert message["Message-ID"] is None


def test_lines_end_as_smtp_wants_and_stay_short():
    raw = built(replace(MAIL, content=replace(TEXT, text="word " * 500, html="<p>" + "word " * 500 + "</p>")), FROM)

    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


ATTACKS = [
    "Acme\r\nBcc: eve@evil.example",
    "Acme\nBcc: eve@evil.example",
    "Acme\x0bX\x0cY\x85Z\u2028Bcc: eve@evil.example",
    "=?utf-8?q?Acme=0ABcc=3A_eve=40evil=2Eexample?=",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_name_or_a_subject_cannot_break_out_of_its_header(attack: str):
    message = read(replace(MAIL, sender_name=attack, content=replace(TEXT, subject=attack)))

    assert message["Bcc"] is None
    assert message["From"].addresses[0].addr_spec == FROM
    assert len(message["From"].addresses) == 1
    assert set(message.keys()) == {
        "From", "To", "Reply-To", "Subject", "Date", "X-Duebook-Mail-Id", "X-Duebook-Kind", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["Acme, Inc. <eve@evil.example>", 'O"Brien & Sons', "M\u00fcller; GmbH", "\u65e5\u672c\u6c34\u9053"])
def test_any_tenant_name_stays_a_name(name: str):
    message = read(replace(MAIL, sender_name=name))

    (sender,) = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, FROM)


@pytest.mark.parametrize(
    "to",
    [
        "ana@acme.example\r\nBcc: eve@evil.example", "ana@acme.example, eve@evil.example", "Ana <ana@acme.example>", "ana", "", "@acme.example",
        "ana@", "ana@acme.example ", "ana@localhost", "\u00e4na@acme.example", "ana@acme.example\x00", "a b@acme.example", "ana@@acme.example",
    ],
)  # fmt: skip
def test_what_is_no_single_address_is_refused(to: str):
    with pytest.raises(InvalidInputError, match="not an email address"):
        built(replace(MAIL, to=to), FROM)


def test_a_domain_in_other_letters_is_written_as_mail_servers_know_it():
    assert read(replace(MAIL, to="ana@m\u00fcnchen.example"))["To"] == "ana@xn--mnchen-3ya.example"


@pytest.mark.parametrize("reply_to", [None, "", "call us", "a@b.example\nBcc: eve@evil.example"])
def test_an_unusable_support_address_is_left_out(reply_to: str | None):
    assert read(replace(MAIL, reply_to=reply_to))["Reply-To"] is None


PDF = AttachedFile(Attachment("Statement.pdf", "application/pdf", "attachments/ten_1/s.pdf"), b"%PDF-1.7 \x00\xff")


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x06\x00\x00\x00"


def test_an_attachment_stands_beside_the_text_byte_for_byte():
    message = read(replace(MAIL, files=(PDF,)))

    assert message.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in message.iter_parts()] == ["multipart/alternative", "application/pdf"]
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("Statement.pdf", PDF.content)


@pytest.mark.parametrize("name", ["a\r\nBcc: eve@evil.example", '../../x"; filename="y.exe', "Grüße.pdf", "", "n" * 400])
def test_r62_no_name_of_a_file_breaks_out_of_its_header(name: str):
    message = read(replace(MAIL, files=(replace(PDF, attachment=replace(PDF.attachment, name=name)),)))

    (file,) = message.iter_attachments()
    assert message["Bcc"] is None
    assert file["Bcc"] is None
    assert not {"/", "\\", '"', "\r", "\n"} & set(file.get_filename() or "")


def test_a_file_of_no_media_type_is_refused():
    odd = replace(PDF, attachment=replace(PDF.attachment, content_type="application/pdf\r\nX: y"))

    with pytest.raises(InvalidInputError, match="media type"):
        built(replace(MAIL, files=(odd,)), FROM)


@pytest.mark.parametrize(
    ("size", "shown"), [((512, 512), (48, 48)), ((512, 64), (200, 25)), ((100, 20), (100, 20)), ((512, 1), (200, 1)), ((1, 512), (1, 48))]
)
def test_a_logo_goes_with_the_html_and_is_shown_no_larger_than_its_box(size: tuple[int, int], shown: tuple[int, int]):
    content = replace(TEXT, html="<table><!-- logo --><p>Blue Ridge</p></table>")

    message = read(replace(MAIL, content=content, logo=png(*size)))

    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    picture = list(message.walk())[-1]
    html = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert picture["Content-ID"] == "<logo@duebook>"
    assert f'<img src="cid:logo@duebook" alt="" width="{shown[0]}" height="{shown[1]}"' in html


@pytest.mark.parametrize("logo", [None, b"", b"GIF89a", png(0, 5)])
def test_without_a_usable_logo_a_mail_shows_none(logo: bytes | None):
    message = read(replace(MAIL, content=replace(TEXT, html="<p><!-- logo -->x</p>"), logo=logo))

    assert message.get_content_type() == "multipart/alternative"
    assert message.get_body(("html",)).get_content().strip() == "<p>x</p>"  # type: ignore[union-attr]


def test_a_link_to_unsubscribe_stands_whole_in_its_header_however_long():
    link = "https://pay.a-business-with-a-rather-long-name.example.com/api/unsubscribe/Zq3vN8kLw2RtYb6HcXe1Ag"

    raw = built(replace(MAIL, leave_link=link), FROM)

    assert raw.startswith(f"List-Unsubscribe: <{link}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode())
    assert read(replace(MAIL, leave_link=link))["Subject"] == TEXT.subject


def test_the_link_to_unsubscribe_stands_at_the_foot_of_text_and_html_as_well():
    link = "https://pay.example/api/unsubscribe/Zq3vN8kLw2RtYb6HcXe1Ag"
    content = replace(TEXT, html="<p>Thank you</p><!-- leave -->", text="Thank you\n")

    left, stays = (read(replace(MAIL, content=content, leave_link=one)) for one in (link, None))

    text, html = (left.get_body((kind,)).get_content().strip().replace("\r", "") for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert text == f"Thank you\n\nUnsubscribe from statements and reminders:\n{link}"
    assert f'href="{link}"' in html
    assert html.endswith(">Unsubscribe from statements and reminders</a></p>")
    assert "nsubscribe" not in stays.as_string()


@pytest.mark.parametrize("link", ["https://a.example/x>\r\nBcc: eve@evil.example", "javascript:alert(1)", "https://a.example/ü"])
def test_what_is_no_plain_link_is_not_written_as_one(link: str):
    with pytest.raises(InvalidInputError, match="not a link"):
        built(replace(MAIL, leave_link=link), FROM)
