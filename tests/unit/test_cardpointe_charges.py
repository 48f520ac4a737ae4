"""What the CardPointe Gateway's answer to a charge means, code by code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from duebook.domain.charges import CARD, TokenMethod, VaultMethod
from duebook.domain.money import Money
from duebook.domain.payments import DeclineReason, Evidence, Outcome
from duebook.errors import ProcessorUnavailableError
from duebook.processors.cardpointe_codes import LOOK_UP, REASONS, STATUSES
from duebook.processors.transport import AnswerLostError
from tests.canned_cardpointe import NOW, ORDER, a_bank_charge, a_charge, answered, bank_answered, client


def charged(*answers: object, minor: int = 1250) -> Evidence:
    return client(*answers)[0].charge(a_charge(minor=minor), timeout_seconds=5)


def bank_charged(*answers: object) -> Evidence:
    return client(*answers)[0].charge(a_bank_charge(), timeout_seconds=5)


def test_an_approved_card_names_reference_brand_last_four_and_amount() -> None:
    assert charged(answered()) == Evidence(Outcome.APPROVED, NOW, "100000000001", None, None, "visa", "1111", Money(1250, "USD"))


@pytest.mark.parametrize(("host", "text"), [("PSTR", "Success"), ("BPAY", "Approved")])
def test_an_accepted_bank_account_is_pending_under_the_merchant_id_that_answered(host: str, text: str) -> None:
    found = bank_charged(bank_answered(host=host, resptext=text))

    assert (found.outcome, found.reference, found.brand, found.last4) == (
        Outcome.PENDING,
        "100000000001@800000000002",
        None,
        "6789",
    )
    assert found.amount == Money(1250, "USD")


def test_a_merchant_id_that_the_gateway_chose_itself_is_kept_in_the_reference() -> None:
    assert bank_charged(bank_answered(merchid="800000000099")).reference == "100000000001@800000000099"


@pytest.mark.parametrize(
    ("host", "code", "reason"),
    [
        ("FNOR", "05", "do_not_honor"),
        ("FNOR", "NU", "insufficient_funds"),
        ("RPCT", "116", "insufficient_funds"),
        ("FNOR", "54", "expired_card"),
        ("RPCT", "101", "expired_card"),
        ("FNOR", "14", "incorrect_number"),
        ("FNOR", "C2", "incorrect_cvc"),
        ("RPCT", "517", "incorrect_cvc"),
        ("RPCT", "208", "lost_or_stolen"),
        ("RPCT", "209", "lost_or_stolen"),
        ("FNOR", "94", "duplicate"),
        ("RPCT", "913", "duplicate"),
        ("FNOR", "03", "configuration"),
        ("RPCT", "102", "fraud"),
        ("FNOR", "61", "amount_limit"),
        ("FNOR", "ZZ", "do_not_honor"),
        ("NEWHOST", "1", "do_not_honor"),
    ],
)
def test_a_hosts_decline_has_a_reason_that_a_payer_can_act_on(host: str, code: str, reason: str) -> None:
    found = charged(answered("C", code, host))

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.DECLINED, reason, f"{host}-{code}")
    assert (found.reference, found.amount) == ("100000000001", None)


@pytest.mark.parametrize(
    ("host", "code", "reason"),
    [
        ("PSTR", "28", "invalid_bank_account"),
        ("PSTR", "99", "invalid_bank_account"),
        ("PSTR", "37", "amount_limit"),
        ("PSTR", "01", "duplicate"),
        ("BPAY", "07", "invalid_bank_account"),
    ],
)
def test_a_bank_host_declines_with_a_reason_too(host: str, code: str, reason: str) -> None:
    found = bank_charged(bank_answered("C", code, host))

    assert (found.outcome, found.reason) == (Outcome.DECLINED, reason)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("11", "incorrect_number"),
        ("13", "incorrect_number"),
        ("99", "incorrect_number"),
        ("16", "expired_card"),
        ("37", "incorrect_cvc"),
        ("101", "avs_failed"),
        ("19", "fraud"),
        ("42", "amount_limit"),
        ("98", "token_expired"),
        ("96", "token_expired"),
        ("21", "configuration"),
        ("31", "configuration"),
        ("32", "configuration"),
        ("97", "configuration"),
        ("777", "configuration"),
    ],
)
def test_what_the_gateway_itself_refuses_is_failed_with_its_reason(code: str, reason: str) -> None:
    found = charged(answered("C", code, "PPS", token=None, account=None))

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.FAILED, reason, f"PPS-{code}")


@pytest.mark.parametrize("code", ["15", "34"])
def test_a_token_whose_expiry_the_gateway_forgot_is_to_be_typed_again(code: str) -> None:
    refused = answered("C", code, "PPS")
    stored = a_charge(VaultMethod("167/1", CARD))

    assert charged(refused).reason is DeclineReason.TOKEN_EXPIRED
    assert client(refused)[0].charge(stored, timeout_seconds=5).reason is not DeclineReason.TOKEN_EXPIRED


@pytest.mark.parametrize("code", sorted(LOOK_UP))
@pytest.mark.parametrize("stat", ["B", "C"])
def test_r39_trouble_on_the_way_is_unknown_under_either_verdict(stat: str, code: str) -> None:
    host, _, number = code.partition("-")

    found = charged(answered(stat, number, host, setlstat="Declined"))

    assert (found.outcome, found.reason_code, found.reason) == (Outcome.UNKNOWN, code, None)


@pytest.mark.parametrize(("host", "code"), [("FNOR", "28"), ("FNOR", "91"), ("RPCT", "511"), ("RPCT", "920"), ("PPS", "106")])
def test_r39_try_again_is_unknown_until_looked_up_and_never_sent_again(host: str, code: str) -> None:
    processor, gateway = client(answered("B", code, host))

    found = processor.charge(a_charge(), timeout_seconds=5)

    assert (found.outcome, found.reason_code) == (Outcome.UNKNOWN, f"{host}-{code}")
    assert len(gateway.sent) == 1


def test_a_charge_that_card_defense_holds_is_in_review() -> None:
    found = charged(answered("C", "18", "PPS"))

    assert (found.outcome, found.reference, found.reason_code) == (Outcome.REVIEW, "100000000001", "PPS-18")


def test_a_charge_under_review_for_its_amount_is_in_review() -> None:
    found = charged(answered(setlstat="Amount under review"))

    assert (found.outcome, found.reference, found.amount) == (Outcome.REVIEW, "100000000001", Money(1250, "USD"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"respstat": None}, "incomplete_answer"),
        ({"respstat": "X"}, "incomplete_answer"),
        ({"respstat": ["A"]}, "incomplete_answer"),
        ({"respstat": True}, "incomplete_answer"),
        ({"respstat": "C", "respproc": None}, "incomplete_answer"),
        ({"respstat": "C", "respcode": None}, "incomplete_answer"),
        ({"retref": None}, "approved_without_id"),
        ({"retref": ""}, "approved_without_id"),
        ({"retref": "000000000000"}, "approved_without_id"),
        ({"retref": "../../x"}, "approved_without_id"),
        ({"amount": None}, "incomplete_answer"),
        ({"amount": "twelve"}, "incomplete_answer"),
        ({"amount": "12.505"}, "incomplete_answer"),
        ({"amount": "1E1"}, "incomplete_answer"),
        ({"amount": "9" * 40}, "incomplete_answer"),
        ({"amount": "12.51"}, "other_amount"),
        ({"amount": "0.00"}, "other_amount"),
        ({"amount": "-12.50"}, "other_amount"),
        ({"currency": "CAD"}, "other_currency"),
        ({"orderId": "DB-OTHER"}, "other_reference"),
        ({"orderId": None, "orderid": "DB-OTHER"}, "other_reference"),
    ],
)
def test_r39_an_answer_that_does_not_add_up_is_unknown(changes: dict[str, Any], code: str) -> None:
    found = charged(answered(**changes))

    assert (found.outcome, found.reason_code) == (Outcome.UNKNOWN, code)


@pytest.mark.parametrize(
    "changes",
    [{"orderId": ""}, {"orderId": None}, {"orderId": None, "orderid": ORDER}, {"currency": "usd"}, {"retref": 100000000001}],
)
def test_what_a_gateway_may_leave_out_or_write_otherwise_changes_nothing(changes: dict[str, Any]) -> None:
    assert charged(answered(**changes)).outcome is Outcome.APPROVED


@pytest.mark.parametrize("amount", [b"12.5", b"12.50", b'"12.5"'])
def test_an_amount_may_come_as_a_text_or_a_number(amount: bytes) -> None:
    body = json.dumps(answered(amount="@")).encode().replace(b'"@"', amount)

    assert charged(body).amount == Money(1250, "USD")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Unauthorized",
        b"<html></html>",
        b"[]",
        b"null",
        b'"A"',
        b"\xff\xfe",
        b"{",
        b'{"respstat": NaN}',
        b"[" * 100_000,
        b'{"amount": ' + b"9" * 5000 + b"}",
        json.dumps([answered()]).encode(),
        AnswerLostError("cut"),
    ],
)
def test_r39_garbage_and_lost_answers_are_unknown(body: object) -> None:
    found = charged(body)

    assert (found.outcome, found.reason_code, found.reference) == (Outcome.UNKNOWN, "answer_lost", None)


def test_a_charge_that_was_not_sent_is_told_as_such() -> None:
    processor, _ = client(ProcessorUnavailableError("not reached"))

    with pytest.raises(ProcessorUnavailableError, match="not reached"):
        processor.charge(a_charge(), timeout_seconds=5)


@pytest.mark.parametrize(("host", "code"), [("FNOR", "10"), ("RPCT", "002"), ("FNOR", "00")])
def test_a_charge_approved_in_part_is_voided_at_once_and_declined_for_want_of_funds(host: str, code: str) -> None:
    processor, gateway = client(answered("A", code, host, amount="5.00"), answered(amount="0.00", authcode="REVERS"))

    found = processor.charge(a_charge(), timeout_seconds=5)

    assert gateway.paths == ["PUT auth", "PUT void"]
    assert gateway.sent[1].fields == {"merchid": "800000000001", "retref": "100000000001"}
    assert (found.outcome, found.reason, found.reason_code) == (Outcome.DECLINED, DeclineReason.INSUFFICIENT_FUNDS, f"{host}-{code}")
    assert (found.reference, found.amount) == ("100000000001", None)


@pytest.mark.parametrize(
    "void",
    [
        answered("C", "27", "PPS"),
        answered("A", authcode="PPS123"),
        answered("B", "62", "PPS"),
        b"garbage",
        500,
        401,
        429,
        AnswerLostError("cut"),
        ProcessorUnavailableError("not reached"),
    ],
)
def test_r39_a_part_that_may_still_stand_is_unknown_and_never_not_sent(void: object) -> None:
    answers = [answered("A", "10", amount="5.00"), void]

    found = charged(*answers)

    assert (found.outcome, found.reference, found.reason_code) == (Outcome.UNKNOWN, "100000000001", "approved_in_part")


@pytest.mark.parametrize(
    ("token", "brand"),
    [
        ("9411000000081111", "visa"),
        ("9545454545454545", "mastercard"),
        ("9227000000081111", "mastercard"),
        ("9371000000081111", "amex"),
        ("9365000000081111", "diners"),
        ("9356000000081111", "jcb"),
        ("9601000000081111", "discover"),
        ("9621000000081111", "unionpay"),
        ("9011000000081111", None),
        ("4111111111111111", None),
        ("garbage", None),
    ],
)
def test_the_brand_is_read_from_the_tokens_second_and_third_digit(token: str, brand: str | None) -> None:
    assert charged(answered(token=token)).brand == brand


def test_a_brand_that_is_told_counts_more_than_the_token() -> None:
    assert charged(answered(accttype="DISC")).brand == "discover"


def test_every_code_of_the_tables_has_a_class() -> None:
    source = Path(__file__).parents[2] / "layers/shared/duebook/processors/cardpointe_codes.py"
    hosts = {code.partition("-")[0] for code in REASONS}

    assert hosts == {"PPS", "FNOR", "RPCT", "PSTR"}
    assert len(REASONS) == sum(len(codes.split()) for codes in re.findall(r'DeclineReason\.[A-Z_]+: "([^"]*)"', source.read_text()))
    assert set(LOOK_UP) <= set(REASONS)
    assert set(STATUSES.values()) == {
        Outcome.APPROVED,
        Outcome.SETTLED,
        Outcome.RETURNED,
        Outcome.VOIDED,
        Outcome.DECLINED,
        Outcome.REVIEW,
    }


def test_a_card_that_answers_from_a_bank_host_is_still_the_card_we_charged() -> None:
    found = client(answered(host="PSTR"))[0].charge(a_charge(TokenMethod("9411000000081111", CARD)), timeout_seconds=5)

    assert found.outcome is Outcome.APPROVED
