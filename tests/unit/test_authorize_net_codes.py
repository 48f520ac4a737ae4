"""What an answer of Authorize.Net means, code by code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from duebook.domain.payments import DeclineReason, Evidence, Outcome
from duebook.errors import ProcessorUnavailableError
from duebook.processors import authorize_net_codes as codes
from duebook.processors.authorize_net_answers import charge_evidence
from duebook.processors.authorize_net_codes import LOOK_UP_CODES, REASONS
from duebook.processors.authorize_net_json import decoded
from duebook.processors.transport import AnswerLostError
from tests.canned_processor import CHARGE, NOW, answered, client, refused


def evidence(answer: Mapping[str, Any]) -> Evidence:
    return charge_evidence(answer, "p-000123", NOW)


def test_an_approved_charge_names_reference_brand_and_last_four() -> None:
    found = evidence(answered())

    assert found == Evidence(Outcome.APPROVED, NOW, "60000000001", None, None, "visa", "1111")


@pytest.mark.parametrize("result_code", ["Ok", "Error"])
def test_a_decline_is_read_from_the_response_code_whatever_the_outer_result_says(result_code: str) -> None:
    answer = answered("2", "2") | {"messages": {"resultCode": result_code, "message": [{"code": "E00027", "text": ""}]}}

    found = evidence(answer)

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.DECLINED, DeclineReason.DO_NOT_HONOR, "2")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("2", "do_not_honor"),
        ("3", "do_not_honor"),
        ("4", "lost_or_stolen"),
        ("208", "lost_or_stolen"),
        ("27", "avs_failed"),
        ("45", "avs_failed"),
        ("44", "incorrect_cvc"),
        ("65", "incorrect_cvc"),
        ("250", "fraud"),
        ("251", "fraud"),
        ("254", "fraud"),
        ("9999", "do_not_honor"),
    ],
)
def test_a_decline_has_a_reason_that_a_payer_can_act_on(code: str, reason: str) -> None:
    found = evidence(answered("2", code))

    assert (found.outcome, found.reason) == (Outcome.DECLINED, reason)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("6", "incorrect_number"),
        ("37", "incorrect_number"),
        ("315", "incorrect_number"),
        ("7", "expired_card"),
        ("8", "expired_card"),
        ("317", "expired_card"),
        ("78", "incorrect_cvc"),
        ("9", "invalid_bank_account"),
        ("49", "amount_limit"),
        ("13", "configuration"),
        ("17", "configuration"),
        ("39", "configuration"),
    ],
)
def test_a_fault_that_the_gateway_finds_is_failed_with_its_reason(code: str, reason: str) -> None:
    found = evidence(answered("3", code))

    assert (found.outcome, found.reason, found.reference) == (Outcome.FAILED, reason, None)


@pytest.mark.parametrize("code", ["11", "318", *sorted(LOOK_UP_CODES, key=int), "777"])
def test_r39_trouble_on_the_way_duplicates_and_strange_codes_are_unknown_until_looked_up(code: str) -> None:
    found = evidence(answered("3", code))

    assert (found.outcome, found.reason_code, found.reason) == (Outcome.UNKNOWN, code, None)


@pytest.mark.parametrize("code", ["193", "252", "253"])
def test_a_held_charge_is_in_review_with_its_reference(code: str) -> None:
    found = evidence(answered("4", code))

    assert (found.outcome, found.reference, found.reason_code) == (Outcome.REVIEW, "60000000001", code)


@pytest.mark.parametrize("code", ["E00001", "E00049", "E00053", "E00104", "E00027"])
def test_r39_a_request_that_may_have_been_carried_out_is_unknown(code: str) -> None:
    found = evidence(refused(code))

    assert (found.outcome, found.reason_code) == (Outcome.UNKNOWN, code)


@pytest.mark.parametrize("code", ["E00113", "E00114", "E00115", "E00116"])
def test_a_used_or_old_token_is_failed_so_that_the_payer_may_enter_the_card_again(code: str) -> None:
    found = evidence(refused(code))

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.FAILED, DeclineReason.TOKEN_EXPIRED, code)


@pytest.mark.parametrize("code", ["E00003", "E00008", "E00011", "E00013", "E00015"])
def test_a_refused_request_is_a_matter_of_configuration(code: str) -> None:
    found = evidence(refused(code))

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.FAILED, DeclineReason.CONFIGURATION, code)


@pytest.mark.parametrize("empty", [{}, {"SupplementalDataQualificationIndicator": 0}, None, "", []])
def test_an_empty_transaction_is_no_transaction(empty: object) -> None:
    found = evidence({"transactionResponse": empty, "messages": {"resultCode": "Ok", "message": []}})

    assert (found.outcome, found.reason_code) == (Outcome.UNKNOWN, "empty_answer")


def test_a_lone_message_in_place_of_a_list_is_understood() -> None:
    answer = {"messages": {"resultCode": "Error", "message": {"code": "E00114", "text": "…"}}}

    assert evidence(answer).reason is DeclineReason.TOKEN_EXPIRED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"transId": "0"}, "approved_without_id"),
        ({"transId": ""}, "approved_without_id"),
        ({"transId": None}, "approved_without_id"),
        ({"splitTenderId": "77"}, "approved_in_part"),
        ({"prePaidCard": {"requestedAmount": "12.50", "approvedAmount": "1.23"}}, "approved_in_part"),
        ({"messages": [{"code": "295"}]}, "approved_in_part"),
    ],
)
def test_an_approval_that_does_not_add_up_is_unknown(changes: dict[str, Any], code: str) -> None:
    found = evidence(answered(**changes))

    assert (found.outcome, found.reason_code, found.reference) == (Outcome.UNKNOWN, code, None)


def test_a_prepaid_card_that_pays_the_whole_is_approved() -> None:
    paid = {"requestedAmount": "12.50", "approvedAmount": "12.50", "balanceOnCard": "5.00"}

    assert evidence(answered(prePaidCard=paid)).outcome is Outcome.APPROVED


def test_an_approval_in_test_mode_is_failed_because_nothing_was_charged() -> None:
    found = evidence(answered(transId="0", testRequest="1"))

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.FAILED, DeclineReason.CONFIGURATION, "test_mode")


def test_an_answer_to_another_request_is_unknown() -> None:
    found = evidence(answered() | {"refId": "p-000999"})

    assert (found.outcome, found.reason_code) == (Outcome.UNKNOWN, "other_reference")


@pytest.mark.parametrize("code", ["5", "0", "approved", 7])
def test_a_response_code_outside_the_list_is_unknown(code: str | int) -> None:
    answer = answered()
    answer["transactionResponse"]["responseCode"] = code

    assert evidence(answer).outcome is Outcome.UNKNOWN


def test_an_approved_bank_debit_is_pending() -> None:
    found = evidence(answered(accountType="eCheck", accountNumber="XXXX6789"))

    assert (found.outcome, found.brand, found.last4) == (Outcome.PENDING, None, "6789")


@pytest.mark.parametrize(("kind", "outcome"), [("", Outcome.PENDING), ("Visa", Outcome.APPROVED)])
def test_what_was_charged_is_what_the_answer_says_or_else_what_was_asked_for(kind: str, outcome: Outcome) -> None:
    found = charge_evidence(answered(accountType=kind), "p-000123", NOW, bank=True)

    assert found.outcome is outcome


@pytest.mark.parametrize(
    ("brand", "ours"), [("MasterCard", "mastercard"), ("AmericanExpress", "amex"), ("DinersClub", "diners"), ("Elo", "elo")]
)
def test_brands_are_named_in_lower_case(brand: str, ours: str) -> None:
    assert evidence(answered(accountType=brand)).brand == ours


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"<html></html>",
        b"[]",
        b'"Ok"',
        b'{"a": NaN}',
        b"[" * 100_000,
        b'{"transactionResponse": {"responseCode": "1"',
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_r39_what_is_not_a_json_object_is_unknown(body: bytes) -> None:
    processor, _ = client(body)

    found = processor.charge(CHARGE, timeout_seconds=30)

    assert (found.outcome, found.reason_code) == (Outcome.UNKNOWN, "answer_lost")


def test_a_byte_order_mark_is_skipped() -> None:
    assert decoded(b'\xef\xbb\xbf{"refId":"p-1"}') == {"refId": "p-1"}


def test_r39_a_lost_answer_is_unknown_and_is_never_sent_again() -> None:
    processor, transport = client(AnswerLostError("cut"))

    found = processor.charge(CHARGE, timeout_seconds=30)

    assert found.outcome is Outcome.UNKNOWN
    assert len(transport.sent) == 1


def test_a_request_that_was_not_sent_is_an_error_and_no_evidence() -> None:
    processor, _ = client(ProcessorUnavailableError("refused"))

    with pytest.raises(ProcessorUnavailableError, match="refused"):
        processor.charge(CHARGE, timeout_seconds=30)


CLASSES = {
    "approve": "1",
    "already": "310 311",
    "decline": "2 3 4 27 41 44 45 65 141 145 165 191 250 251 254 " + " ".join(str(code) for code in range(200, 225)),
    "review": "104 105 106 107 108 109 110 193 252 253",
    "part": "295 296 297 298",
    "duplicate": "11 318",
    "look up": "19 20 21 22 23 25 26 35 36 52 57 58 59 60 61 62 63 120 121 122 152 153 180 181 261 901",
    "card or account": "6 7 8 9 10 37 71 78 100 101 128 243 244 245 246 247 248 315 316 317",
    "amount": "49",
    "set-up": "5 12 13 15 16 17 18 28 33 39 53 64 66 68 69 70 72 73 74 75 76 77 155 170 171 172 173 195 289",
    "void or refund": "47 50 51 54 55 327 328",
}
"""Section by section what the list of response reason codes says of each of them."""


def test_every_code_of_the_list_is_in_one_class_and_has_one_consequence() -> None:
    listed = [code for written in CLASSES.values() for code in written.split()]

    def of(*names: str) -> set[str]:
        return {code for name in names for code in CLASSES[name].split()}

    assert len(listed) == len(set(listed))
    assert set(REASONS) == of("decline", "card or account", "amount", "set-up", "duplicate")
    assert of("look up") == LOOK_UP_CODES
    assert of("review") == codes.REVIEW_CODES
    assert of("part") == codes.PARTIAL_CODES
    assert of("duplicate") == codes.DUPLICATE_CODES
    assert {code for code in listed if codes.step_reason(code) and code not in REASONS} == of("void or refund")


OUTCOMES = [
    ("2", "decline", Outcome.DECLINED),
    ("3", "card or account", Outcome.FAILED),
    ("3", "amount", Outcome.FAILED),
    ("3", "set-up", Outcome.FAILED),
    ("3", "look up", Outcome.UNKNOWN),
    ("3", "duplicate", Outcome.UNKNOWN),
    ("3", "review", Outcome.UNKNOWN),
    ("3", "part", Outcome.UNKNOWN),
    ("3", "void or refund", Outcome.UNKNOWN),
    ("4", "review", Outcome.REVIEW),
    ("4", "part", Outcome.UNKNOWN),
    ("1", "review", Outcome.UNKNOWN),
    ("1", "part", Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("response", "code", "outcome"), [(r, c, o) for r, name, o in OUTCOMES for c in CLASSES[name].split()])
def test_each_code_under_its_response_code_has_its_outcome(response: str, code: str, outcome: Outcome) -> None:
    assert evidence(answered(response, code)).outcome is outcome


MESSAGES = {
    "unknown": "E00001 E00027 E00049 E00053 E00104",
    "token_expired": "E00040 E00113 E00114 E00115 E00116",
    "configuration": """E00002 E00003 E00004 E00005 E00006 E00007 E00008 E00009 E00010 E00011 E00012 E00013 E00014 E00015 E00016
        E00029 E00039 E00041 E00042 E00043 E00044 E00045 E00051 E00089 E00090 E00091 E00092 E00093 E00094 E00098 E00099 E00100
        E00101 E00102 E00103 E00105""",
}


@pytest.mark.parametrize(("code", "told"), [(code, told) for told, written in MESSAGES.items() for code in written.split()])
def test_each_refusal_of_a_whole_request_has_its_outcome(code: str, told: str) -> None:
    found = evidence(refused(code))

    assert (found.reason.value if found.reason else found.outcome.value) == told


@pytest.mark.parametrize("response", ["3", "4", "0"])
def test_a_refusal_without_a_code_is_never_taken_for_the_reason_of_that_number(response: str) -> None:
    answer = answered(response)
    answer["transactionResponse"] |= {"errors": [], "messages": []}

    found = evidence(answer)

    assert (found.reason, found.outcome) in {(None, Outcome.UNKNOWN), (None, Outcome.REVIEW)}


def test_every_code_with_a_reason_is_a_number() -> None:
    assert all(code.isdigit() for code in REASONS)
    assert not set(REASONS) & LOOK_UP_CODES


def test_the_manual_lists_each_reason_with_exactly_its_codes() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "processors.md").read_text()
    section = manual.partition("## Reasons")[2].partition("\n## ")[0]

    told: dict[str, str] = {}
    for reason, written in re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE):
        for first, last in re.findall(r"(?<!\w)(\d+)(?:–(\d+))?(?!\w)", re.sub(r"\(.*?\)", "", written)):
            told |= {str(code): reason for code in range(int(first), int(last or first) + 1)}

    assert told == {code: reason for code, reason in REASONS.items() if reason is not DeclineReason.DUPLICATE}
