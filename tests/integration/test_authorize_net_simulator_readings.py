"""Points on which what is known of Authorize.Net differs: the simulator offers both readings."""

from __future__ import annotations

from typing import Any

import pytest

from local.processors.authorize_net.controls import ControlRefusedError
from tests.raw_gateway import MASKED_CARD, Gateway, outer, reason, response


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def refund(gateway: Gateway) -> dict[str, Any]:
    return gateway.transact(transactionType="refundTransaction", amount="5.00", payment=MASKED_CARD, refTransId="60000000001")


def test_a_decline_comes_as_ok_or_as_error(gateway: Gateway) -> None:
    usual = gateway.charge(1, payment=gateway.token(postal_code="46282"))
    gateway.control("PUT", "options", {"declined_result_code": "Error"})
    other = gateway.charge(2, payment=gateway.token(postal_code="46282"))

    assert [(answer["messages"]["resultCode"], outer(answer)) for answer in (usual, other)] == [("Ok", "I00001"), ("Error", "E00027")]
    assert {response(answer)["responseCode"] for answer in (usual, other)} == {"2"}


def test_a_decline_is_listed_among_the_unsettled_or_not(gateway: Gateway) -> None:
    gateway.charge(1, payment=gateway.token(postal_code="46282"))
    usual = gateway.unsettled()
    gateway.control("PUT", "options", {"quirks": ["declines_unlisted"]})

    assert (len(usual), gateway.unsettled()) == (1, [])


def test_a_refund_names_its_charge_or_not(gateway: Gateway) -> None:
    gateway.charge()
    gateway.simulator.settle()
    usual = refund(gateway)
    gateway.control("PUT", "options", {"quirks": ["blank_refund_reference"]})
    other = refund(gateway)

    assert [response(answer)["refTransID"] for answer in (usual, other)] == ["60000000001", ""]


@pytest.mark.parametrize(("days", "code"), [(120, "54"), (180, "1")])
def test_the_time_to_refund_is_a_switch(gateway: Gateway, days: int, code: str) -> None:
    gateway.control("PUT", "options", {"refund_days": days})
    gateway.charge()
    gateway.simulator.settle()
    gateway.later(days=150)

    assert reason(refund(gateway)) == code


@pytest.mark.parametrize(("options", "code"), [({}, "1"), ({"partial_response_code": "4"}, "4")])
def test_a_partial_approval_has_response_code_one_or_four(gateway: Gateway, options: dict[str, Any], code: str) -> None:
    gateway.control("PUT", "options", options)
    allowed = {"setting": [{"settingName": "allowPartialAuth", "settingValue": "true"}]}

    answer = gateway.charge(1, payment=gateway.token(postal_code="46225"), transactionSettings=allowed)

    assert (response(answer)["responseCode"], reason(answer)) == (code, "295")


def test_a_method_just_kept_may_need_a_moment(gateway: Gateway) -> None:
    gateway.control("PUT", "options", {"profile_delay_seconds": 1})
    profile = {"merchantCustomerId": "c-1", "paymentProfiles": [{"payment": gateway.token()}]}
    made = gateway.ask("createCustomerProfileRequest", profile=profile)
    ids = {"customerProfileId": made["customerProfileId"]}
    charged = {**ids, "paymentProfile": {"paymentProfileId": made["customerPaymentProfileIdList"][0]}}

    at_once = gateway.transact(transactionType="authCaptureTransaction", amount="9.00", profile=charged)
    gateway.later(seconds=1)
    later = gateway.transact(transactionType="authCaptureTransaction", amount="9.00", profile=charged)

    assert (outer(at_once), reason(later)) == ("E00040", "1")


def test_messages_may_come_without_their_list_and_answers_with_more_or_less_in_them(gateway: Gateway) -> None:
    gateway.control("PUT", "options", {"quirks": ["lone_message", "unknown_keys", "empty_transaction"]})
    spent = gateway.token()
    gateway.charge(1, payment=spent)

    answer = gateway.charge(2, payment=spent)

    assert answer["messages"]["message"] == {"code": "E00114", "text": "Invalid OTS Token."}
    assert answer["transactionResponse"] == {"SupplementalDataQualificationIndicator": 0}


@pytest.mark.parametrize(
    "options",
    [
        {"quirks": ["no_such_quirk"]},
        {"quirks": "lone_message"},
        {"quirks": [{}]},
        {"webhooks": [[]]},
        {"auto_settle": "yes"},
        {"refund_days": "120"},
        {"nothing": 1},
    ],
)
def test_a_switch_that_is_none_is_refused(gateway: Gateway, options: dict[str, Any]) -> None:
    with pytest.raises(ControlRefusedError):
        gateway.control("PUT", "options", options)
