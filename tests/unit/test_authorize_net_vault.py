"""Stored methods at Authorize.Net: made, found again, shown, refused, forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from duebook.domain.charges import TokenMethod
from duebook.domain.payments import Payer
from duebook.domain.processing import MethodToStore, StoredMethod
from duebook.errors import InvariantError, MethodRefusedError, ProcessorUnavailableError, TransientError
from duebook.processors.transport import AnswerLostError
from tests.canned_processor import client, refused

OK = {"messages": {"resultCode": "Ok", "message": [{"code": "I00001", "text": "Successful."}]}}
METHOD = MethodToStore(TokenMethod("tok", "card"), Payer("Ann Lee", "a@b.test", "84601"), "c-77", "USD")
PROFILE = {"customerProfileId": "900000001", "customerPaymentProfileIdList": [], **OK}
KEPT = {"customerProfileId": "900000001", "customerPaymentProfileId": "900000011", **OK}
CARD = {"creditCard": {"cardNumber": "XXXX1111", "expirationDate": "2030-12", "cardType": "Visa"}}
SHOWN = {"paymentProfile": {"customerPaymentProfileId": "900000011", "payment": CARD}, **OK}
KNOWN = {
    "messages": {"resultCode": "Error", "message": [{"code": "E00039", "text": "A duplicate record with ID 900000001 already exists."}]}
}


def test_r35_a_card_is_kept_in_its_customers_profile_and_shown() -> None:
    processor, transport = client(PROFILE, KEPT, SHOWN)

    kept = processor.store_method(METHOD, timeout_seconds=30)

    assert kept == StoredMethod("900000001/900000011", "visa", "1111", "2030-12")
    made, stored, read = (next(iter(sent.values())) for sent in transport.sent)
    assert made["profile"] == {"merchantCustomerId": "c-77"}
    assert stored["customerProfileId"] == "900000001"
    assert stored["paymentProfile"] == {
        "billTo": {"firstName": "Ann", "lastName": "Lee", "zip": "84601"},
        "payment": {"opaqueData": {"dataDescriptor": "COMMON.ACCEPT.INAPP.PAYMENT", "dataValue": "tok"}},
    }
    assert stored["validationMode"] == "testMode"
    assert read["unmaskExpirationDate"] is True


def test_the_token_goes_out_once_and_only_to_a_profile_that_is_known() -> None:
    processor, transport = client(KNOWN, KEPT, SHOWN)

    processor.store_method(METHOD, timeout_seconds=30)

    assert ["tok" in str(sent) for sent in transport.sent] == [False, True, False]


def test_a_long_customer_id_stands_whole_in_the_description() -> None:
    processor, transport = client(PROFILE, KEPT, SHOWN)

    processor.store_method(replace(METHOD, customer_id="c" * 30), timeout_seconds=30)

    profile = transport.sent[0]["createCustomerProfileRequest"]["profile"]
    assert profile == {"merchantCustomerId": "c" * 20, "description": "c" * 30}


@pytest.mark.parametrize("known", [KNOWN, KNOWN | {"customerProfileId": "900000001"}])
def test_a_customer_who_has_a_profile_keeps_it(known: dict[str, Any]) -> None:
    processor, _ = client(known, KEPT, SHOWN)

    assert processor.store_method(METHOD, timeout_seconds=30).vault_id == "900000001/900000011"


def test_the_same_card_again_is_the_same_stored_method() -> None:
    again = KNOWN | {"customerProfileId": "900000001", "customerPaymentProfileId": "900000011"}
    processor, _ = client(KNOWN, again, SHOWN)

    assert processor.store_method(METHOD, timeout_seconds=30) == StoredMethod("900000001/900000011", "visa", "1111", "2030-12")


def test_a_bank_account_shows_its_bank_and_last_four_digits() -> None:
    account = {"bankAccount": {"accountType": "checking", "accountNumber": "XXXX6789", "bankName": " First Bank "}}
    processor, transport = client(PROFILE, KEPT, {"paymentProfile": {"payment": account}, **OK})
    token = TokenMethod("tok", "bank_account", "business_checking")

    kept = processor.store_method(replace(METHOD, token=token), timeout_seconds=30)

    assert kept == StoredMethod("900000001/900000011", last4="6789", bank_name="First Bank")
    assert transport.sent[1]["createCustomerPaymentProfileRequest"]["paymentProfile"]["customerType"] == "business"


@pytest.mark.parametrize(
    "shown",
    [AnswerLostError("cut"), ProcessorUnavailableError("refused"), b"<html>", refused("E00040"), {"paymentProfile": "?", **OK}],
)
def test_a_method_that_is_kept_counts_although_it_cannot_be_shown(shown: Any) -> None:
    processor, _ = client(PROFILE, KEPT, shown)

    assert processor.store_method(METHOD, timeout_seconds=30) == StoredMethod("900000001/900000011")


@pytest.mark.parametrize("expiry", ["XXXX", "2030-13", "12/30", "", None])
def test_an_expiry_that_is_masked_or_odd_is_left_out(expiry: str | None) -> None:
    shown = {"paymentProfile": {"payment": {"creditCard": {"cardNumber": "XXXX1111", "expirationDate": expiry}}}, **OK}
    processor, _ = client(PROFILE, KEPT, shown)

    assert processor.store_method(METHOD, timeout_seconds=30).expiry is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused("E00113"), "token_expired"),
        (refused("E00114"), "token_expired"),
        (refused("E00115"), "token_expired"),
        (refused("E00116"), "token_expired"),
        (refused("E00042"), "too_many_methods"),
        (refused("E00013"), "configuration"),
        (refused("E00044"), "configuration"),
        (refused("E00007"), "configuration"),
        (refused("E00027") | {"validationDirectResponse": "3,1,6,(TESTMODE) The credit card number is invalid.,0"}, "incorrect_number"),
        (refused("E00027") | {"validationDirectResponse": "2,1,27,(TESTMODE) Declined.,0"}, "avs_failed"),
        (refused("E00027"), "do_not_honor"),
    ],
)
def test_a_method_that_is_not_taken_is_refused_with_a_reason(answer: dict[str, Any], reason: str) -> None:
    processor, _ = client(PROFILE, answer)

    with pytest.raises(MethodRefusedError) as raised:
        processor.store_method(METHOD, timeout_seconds=30)

    assert raised.value.reason == reason


def test_a_profile_that_is_refused_is_a_refusal_and_the_token_stays_unused() -> None:
    processor, transport = client(refused("E00044"))

    with pytest.raises(MethodRefusedError, match="E00044"):
        processor.store_method(METHOD, timeout_seconds=30)

    assert len(transport.sent) == 1


@pytest.mark.parametrize(
    "answers",
    [
        (AnswerLostError("cut"),),
        (refused("E00001"),),
        ({},),
        (OK,),
        (OK | {"customerProfileId": "0"},),
        (OK | {"customerProfileId": "../1"},),
        (refused("E00039"),),
        (PROFILE, AnswerLostError("cut")),
        (PROFILE, b"<html>"),
        (PROFILE, {}),
        (PROFILE, refused("E00053")),
        (PROFILE, OK),
        (PROFILE, KEPT | {"customerProfileId": "900000002"}),
        (PROFILE, KEPT | {"customerPaymentProfileId": "0"}),
        (PROFILE, refused("E00039")),
    ],
)
def test_a_lost_or_odd_answer_says_that_the_method_may_be_kept(answers: tuple[Any, ...]) -> None:
    processor, _ = client(*answers)

    with pytest.raises(TransientError) as raised:
        processor.store_method(METHOD, timeout_seconds=30)

    assert type(raised.value) is TransientError


def test_a_method_in_another_currency_is_refused_before_the_call() -> None:
    processor, transport = client()

    with pytest.raises(MethodRefusedError) as raised:
        processor.store_method(replace(METHOD, currency="CAD"), timeout_seconds=30)

    assert (raised.value.reason, transport.sent) == ("configuration", [])


def test_a_stored_method_is_forgotten_by_its_two_ids() -> None:
    processor, transport = client(OK)

    processor.delete_method("900000001/900000011", timeout_seconds=30)

    request = transport.sent[0]["deleteCustomerPaymentProfileRequest"]
    assert (request["customerProfileId"], request["customerPaymentProfileId"]) == ("900000001", "900000011")


def test_a_method_that_is_gone_already_is_forgotten() -> None:
    processor, _ = client(refused("E00040"))

    processor.delete_method("900000001/900000011", timeout_seconds=30)


@pytest.mark.parametrize("answer", [AnswerLostError("cut"), b"", {}, refused("E00001"), refused("E00007"), refused("E00105")])
def test_a_method_that_may_still_be_there_is_to_be_forgotten_again(answer: Any) -> None:
    processor, _ = client(answer)

    with pytest.raises(TransientError, match="may still be there"):
        processor.delete_method("900000001/900000011", timeout_seconds=30)


@pytest.mark.parametrize("vault_id", ["", "900000001", "1/2/3", "a/b", "9418594164541111"])
def test_another_processors_vault_id_stops_the_line(vault_id: str) -> None:
    processor, _ = client()

    with pytest.raises(InvariantError):
        processor.delete_method(vault_id, timeout_seconds=30)
