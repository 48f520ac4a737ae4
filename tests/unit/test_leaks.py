"""The scanner for card and account numbers: what it finds, what it lets pass, and that it knows what the suites type."""

from __future__ import annotations

import re
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.leaks import BANK_ACCOUNTS, SECURITY_CODES, in_mail, in_text

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"note": "4111111111111111"}', "card"),
        ("key-4111111111111111", "card"),
        ("4111 1111 1111 1111", "card"),
        ("4111-1111-1111-1111.", "card"),
        ("3714 496353 98431", "card"),
        ('"9418594164541111"', "card"),
        ("account 9876543210", "bank account"),
        ("031000503/9876543210", "bank account"),
        ('{\\"cvv2\\": \\"123\\"}', "security code"),
        ("<cardCode>900</cardCode>", "security code"),
        ('{"doc": {"S": "900"}}', "security code"),
    ],
)
def test_a_number_is_found_however_it_is_written(text: str, kind: str) -> None:
    assert {leak.kind for leak in in_text("here", text)} == {kind}


def test_a_token_is_found_and_a_find_does_not_repeat_the_number() -> None:
    found = in_text("here", "the token eyJjb2RlIjoiNTBfMl8w, the card 4111111111111111", ["eyJjb2RlIjoiNTBfMl8w"])

    assert [leak.kind for leak in found] == ["token", "card"]
    assert "4111111111111111" not in repr(found)
    assert "eyJjb2RlIjoiNTBfMl8w" not in repr(found)


def test_a_number_in_an_encoded_part_of_a_mail_is_found() -> None:
    message = EmailMessage()
    message["Subject"] = "Receipt"
    message.set_content("Paid with 4111 1111 1111 1111", cte="base64")

    assert [leak.kind for leak in in_mail("mail", message.as_bytes())] == ["card"]


@pytest.mark.parametrize(
    "text",
    [
        "Visa ending 1111",
        '{"N": "900"}',
        '{"amount": 900, "quantity": 12.5}',
        "1748865600001",
        "DB-9A4T9MXSPYDR5RVG",
        "15428d0c-4111-1111-1111-111111111111",
        "0000000000000000",
        "4111111111111112",
        "0.4111111111111111",
    ],
)
def test_amounts_instants_and_ids_pass(text: str) -> None:
    assert in_text("here", text) == []


def test_every_account_number_and_security_code_that_a_story_types_is_known() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for folder in ("e2e", "faults") for path in (TESTS / folder).glob("*.py"))

    assert set(re.findall(r'"account": "(\d{5,17})"', written)) <= BANK_ACCOUNTS
    assert set(re.findall(r'"cvv": "(\d{3,4})"', written)) <= set(SECURITY_CODES)
