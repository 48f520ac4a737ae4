"""Notifications of Authorize.Net: signature and content."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from duebook.errors import InvalidInputError
from duebook.processors.authorize_net_webhooks import MAX_BODY_BYTES, Notification, read_notification, signed_by

KEY = "0123456789ABCDEF" * 8
OTHER = "FEDCBA9876543210" * 8
BODY = b'{"notificationId":"11111111-2222-4333-8444-555555555555","eventType":"net.authorize.payment.void.created"}'
DIGEST = "B25413A3729C28C6EE40A736C95BBF7C115648E5CEE6E26E6471E4B0BA8A01BE731072F6538A47900428BBE676FA95430368E8626248473CA44DFE2242084454"
CAPTURE: dict[str, Any] = {
    "notificationId": "11111111-2222-4333-8444-555555555555",
    "eventType": "net.authorize.payment.authcapture.created",
    "eventDate": "2026-01-05T10:20:30.1234567Z",
    "webhookId": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    "payload": {
        "responseCode": 1,
        "authAmount": 12.50,
        "merchantReferenceId": "DB-000123",
        "invoiceNumber": "DB-000123",
        "entityName": "transaction",
        "id": "60000000001",
    },
}


@pytest.mark.parametrize("header", [f"sha512={DIGEST}", f"sha512={DIGEST.lower()}", f"SHA512={DIGEST}"])
def test_the_literal_key_text_signs_the_raw_body_in_either_case(header: str) -> None:
    assert signed_by(BODY, header, [KEY])


def test_two_keys_are_good_while_one_replaces_the_other() -> None:
    header = f"sha512={DIGEST}"

    assert [signed_by(BODY, header, keys) for keys in ([OTHER, KEY], [KEY, OTHER], [OTHER], [], [""])] == [True, True, False, False, False]


def test_an_empty_key_signs_nothing() -> None:
    header = "sha512=" + hmac.new(b"", BODY, hashlib.sha512).hexdigest()

    assert not signed_by(BODY, header, ["", KEY])


def test_a_key_read_as_hexadecimal_signs_nothing() -> None:
    header = "sha512=" + hmac.new(bytes.fromhex(KEY), BODY, hashlib.sha512).hexdigest()

    assert not signed_by(BODY, header, [KEY])


@pytest.mark.parametrize("body", [BODY + b"\n", BODY[:-1], b"", BODY.replace(b"void", b"Void")])
def test_a_body_changed_in_one_byte_is_not_signed(body: bytes) -> None:
    assert not signed_by(body, f"sha512={DIGEST}", [KEY])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha512=",
        DIGEST,
        f"sha256={DIGEST}",
        f"sha512={DIGEST[:-1]}",
        f"sha512={DIGEST}0",
        f"sha512= {DIGEST}",
        f"sha512={DIGEST}\n",
        "sha512=" + "é" * 128,
        "sha512=" + "\uff10" * 128,
    ],
)
def test_a_missing_or_odd_header_signs_nothing(header: str | None) -> None:
    assert not signed_by(BODY, header, [KEY])


def test_a_notification_says_what_it_is_about() -> None:
    found = read_notification(json.dumps(CAPTURE).encode())

    assert found == Notification(
        "11111111-2222-4333-8444-555555555555",
        "net.authorize.payment.authcapture.created",
        "60000000001",
        "DB-000123",
        "transaction",
    )


def test_a_notification_about_a_customer_names_its_profile() -> None:
    payload = {"merchantCustomerId": "c-77", "entityName": "customerProfile", "id": 900000001}

    found = read_notification(json.dumps(CAPTURE | {"payload": payload}).encode())

    assert (found.reference, found.order_id, found.entity) == ("900000001", None, "customerProfile")


def test_the_invoice_number_stands_in_for_a_missing_reference() -> None:
    payload = {"id": "60000000001", "merchantReferenceId": "", "invoiceNumber": "INV-1"}

    assert read_notification(json.dumps(CAPTURE | {"payload": payload}).encode()).order_id == "INV-1"


def test_a_notification_without_content_is_about_nothing() -> None:
    found = read_notification(BODY)

    assert (found.reference, found.order_id, found.entity) == (None, None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"notificationId": None},
        {"notificationId": ""},
        {"notificationId": "x" * 65},
        {"notificationId": "a/b"},
        {"notificationId": {}},
        {"eventType": None},
        {"eventType": "something.else"},
        {"eventType": "net.authorize." + "x" * 90},
        {"payload": []},
        {"payload": None},
        {"payload": "x"},
        {"payload": {"id": True}},
        {"payload": {"id": 1.5}},
        {"payload": {"id": ["60000000001"]}},
        {"payload": {"id": "6000 0000"}},
        {"payload": {"id": "1", "merchantReferenceId": "x" * 21}},
        {"payload": {"id": "1", "invoiceNumber": 7}},
        {"payload": {"id": "1", "entityName": "two words"}},
    ],
)
def test_a_notification_with_an_odd_part_is_invalid(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        read_notification(json.dumps(CAPTURE | changes).encode())


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"\xff\xfe{}", b"{", b'{"a": NaN}', b"[" * 60_000, b" " * (MAX_BODY_BYTES + 1), b'{"a": ' + b"9" * 5000 + b"}"],
)
def test_what_is_no_notification_at_all_is_invalid(body: bytes) -> None:
    with pytest.raises(InvalidInputError):
        read_notification(body)
