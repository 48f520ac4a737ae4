"""What the CardPointe Gateway is sent, field by field, and what must never be sent."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from duebook.domain.charges import BANK_ACCOUNT, CARD, Charge, TokenMethod, VaultMethod
from duebook.domain.payments import DeclineReason, Outcome, Payer
from duebook.errors import ProcessorUnavailableError
from duebook.processors.cardpointe_messages import Reference, Request, looks_like_a_card, plain
from duebook.processors.credentials import CardPointeCredentials
from duebook.processors.rest_transport import RestAnswer
from tests.canned_cardpointe import (
    BANK_TOKEN,
    KEYS,
    LONG_AGO,
    ORDER,
    REFUND_ORDER,
    TOKEN,
    a_bank_charge,
    a_charge,
    a_charge_ref,
    a_refund,
    answered,
    bank_answered,
    client,
    missing,
    record,
)


def sent_for(charge: Charge, answer: dict[str, Any]) -> dict[str, Any]:
    processor, gateway = client(answer)
    processor.charge(charge, timeout_seconds=30)
    (sent,) = gateway.sent
    assert (sent.method, sent.path) == ("PUT", "/cardconnect/rest/auth")
    return sent.fields


def test_a_card_is_authorised_and_captured_at_once_under_our_order_id() -> None:
    assert sent_for(a_charge(), answered()) == {
        "merchid": "800000000001",
        "account": TOKEN,
        "amount": "12.50",
        "currency": "USD",
        "capture": "Y",
        "receipt": "Y",
        "orderid": ORDER,
        "ecomind": "E",
        "name": "Ann Lee",
        "postal": "84601",
        "userfields": [{"customer": "c-77"}],
        "cof": "C",
        "cofscheduled": "N",
    }


def test_a_bank_account_goes_to_its_own_merchant_id_as_a_web_entry() -> None:
    fields = sent_for(a_bank_charge(), bank_answered())

    assert (fields["merchid"], fields["account"], fields["accttype"], fields["achEntryCode"]) == ("800000000002", BANK_TOKEN, "ECHK", "WEB")
    assert "cof" not in fields


@pytest.mark.parametrize(
    ("kind", "accttype", "entry"),
    [(None, "ECHK", "WEB"), ("checking", "ECHK", "WEB"), ("savings", "ESAV", "WEB"), ("business_checking", "ECHK", "CCD")],
)
def test_the_kind_of_a_bank_account_decides_type_and_entry_class(kind: str | None, accttype: str, entry: str) -> None:
    fields = sent_for(a_bank_charge(kind), bank_answered())

    assert (fields["accttype"], fields["achEntryCode"]) == (accttype, entry)


def test_without_a_merchant_id_for_bank_accounts_the_cards_one_takes_them() -> None:
    processor, gateway = client(bank_answered(), keys=CardPointeCredentials("800000000001", "u", "p"))

    processor.charge(a_bank_charge(), timeout_seconds=5)

    assert gateway.sent[0].fields["merchid"] == "800000000001"


@pytest.mark.parametrize(("by_merchant", "ecomind", "cof"), [(True, "T", "M"), (False, "E", "C")])
def test_a_stored_card_is_charged_by_its_profile_and_says_who_started_it(ecomind: str, cof: str, *, by_merchant: bool) -> None:
    method = VaultMethod("16700000000000000001/1", CARD, by_merchant=by_merchant)

    fields = sent_for(a_charge(method), answered())

    assert (fields["profile"], fields["ecomind"], fields["cof"], fields["cofscheduled"]) == ("16700000000000000001/1", ecomind, cof, "N")
    assert "account" not in fields
    assert "accttype" not in fields


@pytest.mark.parametrize(
    ("kind", "by_merchant", "entry"), [("checking", True, "PPD"), ("checking", False, "WEB"), ("business_checking", True, "CCD")]
)
def test_a_stored_bank_account_is_charged_with_its_type_at_its_merchant_id(kind: str, entry: str, *, by_merchant: bool) -> None:
    method = VaultMethod("16700000000000000001/2/ESAV", BANK_ACCOUNT, kind, by_merchant=by_merchant)

    fields = sent_for(a_charge(method), bank_answered())

    assert (fields["profile"], fields["accttype"], fields["merchid"]) == ("16700000000000000001/2", "ESAV", "800000000002")
    assert fields["achEntryCode"] == entry


@pytest.mark.parametrize(("minor", "written"), [(1, "0.01"), (100, "1.00"), (1250, "12.50"), (123456789, "1234567.89")])
def test_an_amount_always_carries_two_decimals_because_without_a_point_it_would_be_cents(minor: int, written: str) -> None:
    assert sent_for(a_charge(minor=minor), answered(amount=written))["amount"] == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("José Müller-李", "Jose Muller-"),
        ("  Ann \x00\n Lee ", "Ann Lee"),
        ("李小龍", ""),
        ("A" * 40, "A" * 30),
        ("x" * 29 + " y", "x" * 29),
        ("\ud800Ann", "Ann"),
    ],
)
def test_a_name_never_costs_the_payment(text: str, written: str) -> None:
    assert plain(text, 30) == written


def test_what_the_payer_left_out_is_left_out() -> None:
    assert "postal" not in sent_for(a_charge(payer=Payer("Ann Lee", "a@b.test")), answered())


def test_a_name_that_ascii_cannot_write_gives_way_to_the_customers_number() -> None:
    assert sent_for(a_charge(payer=Payer("李小龍", "a@b.test")), answered())["name"] == "c-77"


def test_requests_are_json_in_ascii() -> None:
    assert Request("PUT", "/x", {"name": "é"}).body == b'{"name":"\\u00e9"}'


def test_the_login_goes_in_the_header_and_nowhere_else() -> None:
    processor, gateway = client(answered())

    processor.charge(a_charge(), timeout_seconds=5)

    (sent,) = gateway.sent
    assert base64.b64decode(sent.authorization.removeprefix("Basic ")) == b"testing:testing123"
    assert "testing123" not in f"{sent.path} {json.dumps(sent.fields)} {KEYS!r}"


@pytest.mark.parametrize(
    ("charge", "currency", "code"),
    [
        (a_charge(currency="CAD"), "USD", "other_currency"),
        (a_charge(currency="JPY"), "JPY", "currency_without_two_decimals"),
        (a_charge(currency="KWD"), "KWD", "currency_without_two_decimals"),
        (a_charge(currency="XXX"), "XXX", "no_currency"),
        (a_charge(minor=0), "USD", "amount_not_above_zero"),
        (a_charge(minor=-5), "USD", "amount_not_above_zero"),
        (a_bank_charge(currency="CAD"), "CAD", "bank_account_needs_usd"),
        (a_charge(order_id="4111111111111111"), "USD", "faulty_order_id"),
        (a_charge(order_id="DB-4111111111111111"), "USD", "faulty_order_id"),
        (a_charge(order_id="DB-00000000000000017"), "USD", "faulty_order_id"),
        (a_charge(order_id="DB/1"), "USD", "faulty_order_id"),
        (a_charge(order_id=""), "USD", "faulty_order_id"),
        (a_charge(VaultMethod("1/2?x", CARD)), "USD", "faulty_vault_id"),
        (a_charge(VaultMethod("../1/2", CARD)), "USD", "faulty_vault_id"),
    ],
)
def test_what_the_processor_cannot_carry_is_refused_before_the_call(charge: Charge, currency: str, code: str) -> None:
    processor, gateway = client(currency=currency)

    found = processor.charge(charge, timeout_seconds=5)

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.FAILED, DeclineReason.CONFIGURATION, code)
    assert gateway.sent == []


def test_canadian_dollars_are_charged_where_the_account_is_canadian() -> None:
    processor, gateway = client(answered(currency="CAD"), currency="CAD")

    found = processor.charge(a_charge(currency="CAD"), timeout_seconds=5)

    assert found.outcome is Outcome.APPROVED
    assert gateway.sent[0].fields["currency"] == "CAD"


@pytest.mark.parametrize(
    ("order_id", "looks"),
    [("DB-4111111111111111", True), ("DB-4111111111111112", False), ("DB-A4111111111", False), ("DB-0000000000000001", False)],
)
def test_an_order_id_hides_no_card_number(order_id: str, *, looks: bool) -> None:
    assert looks_like_a_card(order_id) is looks


def test_a_void_names_the_gateways_own_id_because_an_order_id_may_hit_another_record() -> None:
    processor, gateway = client(answered(authcode="REVERS"))

    processor.void(a_charge_ref("100000000001@800000000002"), timeout_seconds=5)

    assert gateway.paths == ["PUT void"]
    assert gateway.sent[0].fields == {"merchid": "800000000002", "retref": "100000000001"}


def test_a_refund_goes_to_the_merchant_id_of_its_charge_under_an_order_id_of_its_own() -> None:
    processor, gateway = client(answered(amount="5.00", retref="100000000005", orderId=REFUND_ORDER))

    processor.refund(a_refund(500, "100000000001@800000000002"), timeout_seconds=5)

    assert gateway.paths == ["PUT refund"]
    assert gateway.sent[0].fields == {
        "merchid": "800000000002",
        "retref": "100000000001",
        "amount": "5.00",
        "orderid": REFUND_ORDER,
    }


@pytest.mark.parametrize("reference", ["", "1/2", "1@", "@8", "1 2", "1@8@9", "x" * 21])
def test_a_reference_that_we_did_not_give_out_is_refused_before_the_call(reference: str) -> None:
    processor, gateway = client()

    found = [
        processor.void(a_charge_ref(reference), timeout_seconds=5),
        processor.refund(a_refund(reference=reference), timeout_seconds=5),
    ]

    assert [(one.outcome, one.reason_code) for one in found] == [(Outcome.FAILED, "faulty_reference")] * 2
    assert processor.look_up(reference, timeout_seconds=5) is None
    assert gateway.sent == []


@pytest.mark.parametrize("written", ["100000000001", "100000000001@800000000002"])
def test_a_reference_reads_as_it_was_written(written: str) -> None:
    assert str(Reference.parse(written)) == written


@pytest.mark.parametrize(
    "refund", [a_refund(currency="CAD"), a_refund(0), a_refund(-1), a_refund(order_id="4111111111111111"), a_refund(order_id="x" * 20)]
)
def test_a_refund_that_must_not_be_sent_is_failed(refund: Any) -> None:
    processor, gateway = client()

    assert processor.refund(refund, timeout_seconds=5).outcome is Outcome.FAILED
    assert gateway.sent == []


def test_questions_about_an_order_go_to_all_merchant_ids_of_the_login() -> None:
    processor, gateway = client(record(), record(), record(orderId=REFUND_ORDER))

    processor.inquire(ORDER, submitted_at=LONG_AGO, timeout_seconds=5)
    processor.look_up("100000000001@800000000002", timeout_seconds=5)
    processor.inquire_refund(a_refund(), submitted_at=LONG_AGO, timeout_seconds=5)

    assert gateway.paths == [
        f"GET inquireByOrderid/{ORDER}/800000000001/0",
        "GET inquire/100000000001/800000000002",
        f"GET inquireByOrderid/{REFUND_ORDER}/800000000001/0",
    ]
    assert [sent.fields for sent in gateway.sent] == [{}, {}, {}]


class Rotating:
    """Credentials whose password was changed at the processor."""

    def __init__(self, fresh: CardPointeCredentials) -> None:
        self.fresh = fresh

    def current(self) -> CardPointeCredentials:
        return KEYS

    def refreshed(self) -> CardPointeCredentials:
        return self.fresh


def test_a_changed_password_is_picked_up_in_the_same_call() -> None:
    fresh = CardPointeCredentials(KEYS.merchant_id, "testing", "new")
    processor, gateway = client(401, answered(), credentials=Rotating(fresh))

    found = processor.charge(a_charge(), timeout_seconds=5)

    assert found.outcome is Outcome.APPROVED
    assert [base64.b64decode(sent.authorization.removeprefix("Basic ")) for sent in gateway.sent] == [b"testing:testing123", b"testing:new"]


def test_a_login_that_stays_refused_is_asked_no_third_time() -> None:
    fresh = CardPointeCredentials(KEYS.merchant_id, "testing", "new")
    processor, gateway = client(401, 401, credentials=Rotating(fresh))

    found = processor.charge(a_charge(), timeout_seconds=5)

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.FAILED, DeclineReason.CONFIGURATION, "http_401")
    assert len(gateway.sent) == 2


@pytest.mark.parametrize("status", [400, 401, 404])
def test_what_the_door_refused_was_not_sent_on_and_is_a_matter_of_configuration(status: int) -> None:
    processor, gateway = client(status, status, status)

    charged = processor.charge(a_charge(), timeout_seconds=5)
    voided = processor.void(a_charge_ref(), timeout_seconds=5)
    refunded = processor.refund(a_refund(), timeout_seconds=5)

    assert {(one.outcome, one.reason, one.reason_code) for one in (charged, voided, refunded)} == {
        (Outcome.FAILED, DeclineReason.CONFIGURATION, f"http_{status}")
    }
    assert len(gateway.sent) == 3


@pytest.mark.parametrize("status", [403, 413, 418])
def test_r39_another_status_leaves_open_what_was_done(status: int) -> None:
    processor, _ = client(status)

    found = processor.charge(a_charge(), timeout_seconds=5)

    assert (found.outcome, found.reason_code) == (Outcome.UNKNOWN, f"http_{status}")


def test_a_request_for_a_pause_means_that_nothing_was_done() -> None:
    processor, _ = client(RestAnswer(429, b"", 17), RestAnswer(429, b"{}"))

    with pytest.raises(ProcessorUnavailableError, match="a pause of 17 seconds"):
        processor.inquire(ORDER, submitted_at=LONG_AGO, timeout_seconds=5)
    with pytest.raises(ProcessorUnavailableError, match="a pause of some seconds"):
        processor.charge(a_charge(), timeout_seconds=5)


def test_a_login_that_cannot_be_read_stops_a_charge_before_it_is_sent_and_never_after() -> None:
    class Failing:
        def __init__(self) -> None:
            self.reads = 0

        def current(self) -> CardPointeCredentials:
            self.reads += 1
            if self.reads > 1:
                raise ProcessorUnavailableError("the secret cannot be read")
            return KEYS

        def refreshed(self) -> CardPointeCredentials:
            raise ProcessorUnavailableError("the secret cannot be read")

    processor, gateway = client(answered(), credentials=Failing())

    found = processor.charge(a_charge(), timeout_seconds=5)

    assert found.outcome is Outcome.APPROVED
    with pytest.raises(ProcessorUnavailableError, match="cannot be read"):
        processor.charge(a_charge(), timeout_seconds=5)
    assert len(gateway.sent) == 1


def test_the_card_token_stays_out_of_evidence_and_messages() -> None:
    processor, _ = client(answered("C", "05"), missing())

    declined = processor.charge(a_charge(TokenMethod(TOKEN, CARD)), timeout_seconds=5)

    assert TOKEN not in repr(declined)
