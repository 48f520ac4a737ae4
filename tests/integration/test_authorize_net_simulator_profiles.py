"""Customer profiles (CIM) at the simulated Authorize.Net."""

from __future__ import annotations

from typing import Any

import pytest

from tests.raw_gateway import BANK, MASKED_CARD, Gateway, outer, reason, response


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def create(gateway: Gateway, customer: str = "c-1", mode: str = "none", **payment: Any) -> dict[str, Any]:
    profile: dict[str, Any] = {"merchantCustomerId": customer}
    if payment:
        profile["paymentProfiles"] = [payment]
    return gateway.ask("createCustomerProfileRequest", profile=profile, validationMode=mode)


def add(gateway: Gateway, profile_id: str, mode: str = "none", **payment: Any) -> dict[str, Any]:
    return gateway.ask("createCustomerPaymentProfileRequest", customerProfileId=profile_id, paymentProfile=payment, validationMode=mode)


def charge_kept(gateway: Gateway, profile_id: str, kept_id: str, number: int = 1, **more: Any) -> dict[str, Any]:
    request = {"transactionType": "authCaptureTransaction", "amount": "9.00"}
    profile = {"customerProfileId": profile_id, "paymentProfile": {"paymentProfileId": kept_id}}
    return gateway.transact(**request, profile=profile, order={"invoiceNumber": f"o-{number}"}, **more)


def test_a_customer_with_a_card_is_kept_and_shown_masked(gateway: Gateway) -> None:
    made = create(gateway, payment=gateway.token())

    shown = gateway.ask("getCustomerProfileRequest", merchantCustomerId="c-1")["profile"]

    (kept,) = shown["paymentProfiles"]
    assert made["customerPaymentProfileIdList"] == [kept["customerPaymentProfileId"]]
    assert (made["customerShippingAddressIdList"], made["validationDirectResponseList"]) == ([], [])
    assert kept["payment"] == {"creditCard": {"cardNumber": "XXXX1111", "expirationDate": "XXXX", "cardType": "Visa"}}
    assert shown["customerProfileId"] == made["customerProfileId"]


def test_an_expiry_is_shown_to_who_asks_for_it(gateway: Gateway) -> None:
    made = create(gateway, payment=gateway.token())
    ids = {
        "customerProfileId": made["customerProfileId"],
        "customerPaymentProfileId": made["customerPaymentProfileIdList"][0],
    }

    shown = gateway.ask("getCustomerPaymentProfileRequest", **ids, unmaskExpirationDate=True)["paymentProfile"]

    assert shown["payment"]["creditCard"]["expirationDate"] == "2030-12"


def test_the_same_customer_again_is_told_with_the_id_in_the_text(gateway: Gateway) -> None:
    first = create(gateway)

    again = create(gateway)

    assert outer(again) == "E00039"
    assert again["messages"]["message"][0]["text"] == f"A duplicate record with ID {first['customerProfileId']} already exists."


def test_the_same_method_again_is_told_with_the_ids_as_fields(gateway: Gateway) -> None:
    made = create(gateway)
    first = add(gateway, made["customerProfileId"], billTo={"firstName": "Ann"}, payment=gateway.token())

    again = add(gateway, made["customerProfileId"], billTo={"firstName": "Ann"}, payment=gateway.token())
    other = add(gateway, made["customerProfileId"], billTo={"firstName": "Bob"}, payment=gateway.token())

    assert outer(again) == "E00039"
    assert again["customerProfileId"] == made["customerProfileId"]
    assert again["customerPaymentProfileId"] == first["customerPaymentProfileId"]
    assert outer(other) == "I00001"


def test_a_customer_has_at_most_ten_methods(gateway: Gateway) -> None:
    made = create(gateway)
    accounts = [BANK | {"account": f"10000{number}"} for number in range(11)]

    answers = [add(gateway, made["customerProfileId"], payment=gateway.token(**account)) for account in accounts]

    assert [outer(answer) for answer in answers] == ["I00001"] * 10 + ["E00042"]


@pytest.mark.parametrize(
    ("root", "ids"),
    [
        ("getCustomerProfileRequest", {"customerProfileId": "1"}),
        ("getCustomerProfileRequest", {"email": "a@b.test"}),
        ("getCustomerPaymentProfileRequest", {"customerProfileId": "1", "customerPaymentProfileId": "1"}),
        ("deleteCustomerProfileRequest", {"customerProfileId": "1"}),
        ("deleteCustomerPaymentProfileRequest", {"customerProfileId": "1", "customerPaymentProfileId": "1"}),
        ("validateCustomerPaymentProfileRequest", {"customerProfileId": "1", "customerPaymentProfileId": "1"}),
        ("getTransactionListForCustomerRequest", {"customerProfileId": "1"}),
    ],
)
def test_what_is_not_there_answers_e00040(gateway: Gateway, root: str, ids: dict[str, str]) -> None:
    assert outer(gateway.ask(root, **ids)) == "E00040"


def test_another_merchants_customer_is_not_there(gateway: Gateway) -> None:
    made = create(gateway, payment=gateway.token())
    other = gateway.control("POST", "merchants", {"tenant_id": "ten_2", "currency": "USD"})
    gateway.login = other["credentials"]["api_login_id"]

    read = gateway.ask("getCustomerProfileRequest", customerProfileId=made["customerProfileId"])
    charged = charge_kept(gateway, made["customerProfileId"], made["customerPaymentProfileIdList"][0])

    assert (outer(read), outer(charged)) == ("E00040", "E00040")


def test_a_token_is_used_up_whether_or_not_the_method_is_kept(gateway: Gateway) -> None:
    token, rest = gateway.token(), gateway.token()

    refused = add(gateway, "1", payment=token)
    create(gateway)
    nameless = gateway.ask("createCustomerProfileRequest", profile={"paymentProfiles": [{"payment": rest}]})

    assert (outer(refused), outer(nameless)) == ("E00040", "E00041")
    assert [outer(gateway.charge(number, payment=payment)) for number, payment in enumerate((token, rest))] == ["E00114", "E00114"]


@pytest.mark.parametrize(
    ("mode", "card", "code"),
    [
        ("none", {"number": "4111111111111112"}, "E00013"),
        ("testMode", {"number": "4111111111111112"}, "E00027"),
        ("testMode", {"expiry": "01/20"}, "E00027"),
        ("testMode", {"postal_code": "46282"}, "I00001"),
        ("liveMode", {"postal_code": "46282"}, "E00027"),
        ("liveMode", {}, "I00001"),
        ("someMode", {}, "E00013"),
    ],
)
def test_a_method_is_checked_as_far_as_the_mode_wants(gateway: Gateway, mode: str, card: dict[str, str], code: str) -> None:
    answer = create(gateway, mode=mode, payment=gateway.token(**card))

    assert outer(answer) == code
    assert bool(answer.get("validationDirectResponseList")) == (code == "I00001")


def test_kept_methods_are_charged_again_and_again(gateway: Gateway) -> None:
    made = create(gateway, payment=gateway.token())
    bank = add(gateway, made["customerProfileId"], payment=gateway.token(**BANK))

    card_twice = [charge_kept(gateway, made["customerProfileId"], made["customerPaymentProfileIdList"][0], number) for number in (1, 2)]
    by_bank = charge_kept(gateway, made["customerProfileId"], bank["customerPaymentProfileId"], 3)

    listed = gateway.ask("getTransactionListForCustomerRequest", customerProfileId=made["customerProfileId"])["transactions"]
    assert [reason(answer) for answer in (*card_twice, by_bank)] == ["1", "1", "1"]
    assert response(by_bank)["accountType"] == "eCheck"
    assert response(by_bank)["profile"] == {
        "customerProfileId": made["customerProfileId"],
        "customerPaymentProfileId": bank["customerPaymentProfileId"],
    }
    assert [line["invoiceNumber"] for line in listed] == ["o-1", "o-2", "o-3"]


@pytest.mark.parametrize(
    ("beside", "code"),
    [({"billTo": {"firstName": "Ann"}}, "E00093"), ({"payment": MASKED_CARD}, "E00090")],
)
def test_a_charge_of_a_profile_names_no_other_payment(gateway: Gateway, beside: dict[str, Any], code: str) -> None:
    made = create(gateway, payment=gateway.token())
    profile = {
        "customerProfileId": made["customerProfileId"],
        "paymentProfile": {"paymentProfileId": made["customerPaymentProfileIdList"][0]},
    }
    before = {name: value for name, value in beside.items() if name == "payment"}
    after = {name: value for name, value in beside.items() if name == "billTo"}

    answer = gateway.transact(transactionType="authCaptureTransaction", amount="9.00", **before, profile=profile, **after)

    assert outer(answer) == code


def test_a_charge_may_keep_its_method_and_stands_when_that_fails(gateway: Gateway) -> None:
    request = {"transactionType": "authCaptureTransaction", "amount": "9.00"}
    keep = {"createProfile": True}

    kept = gateway.transact(**request, payment=gateway.token(), profile=keep, customer={"id": "c-1"})
    nameless = gateway.transact(**request, payment=gateway.token(), profile=keep)
    again = gateway.transact(**request, payment=gateway.token(), profile=keep, order={"invoiceNumber": "2"}, customer={"id": "c-1"})

    assert [reason(answer) for answer in (kept, nameless, again)] == ["1", "1", "1"]
    assert [outer(answer["profileResponse"]) for answer in (kept, nameless, again)] == ["I00001", "E00102", "E00039"]
    made = kept["profileResponse"]
    charged = charge_kept(gateway, made["customerProfileId"], made["customerPaymentProfileIdList"][0])
    assert reason(charged) == "1"


def test_a_charge_made_before_is_kept_afterwards(gateway: Gateway) -> None:
    gateway.charge_bank()

    made = gateway.ask("createCustomerProfileFromTransactionRequest", transId="60000000001", customer={"merchantCustomerId": "c-1"})
    nameless = gateway.ask("createCustomerProfileFromTransactionRequest", transId="60000000001")
    unknown = gateway.ask("createCustomerProfileFromTransactionRequest", transId="1")

    assert gateway.details("60000000001")["profile"]["customerProfileId"] == made["customerProfileId"]
    assert [outer(answer) for answer in (made, nameless, unknown)] == ["I00001", "E00102", "E00099"]


def test_a_deleted_method_is_gone_and_a_deleted_customer_takes_all_along(gateway: Gateway) -> None:
    made = create(gateway, payment=gateway.token())
    profile_id, (card_id,) = made["customerProfileId"], made["customerPaymentProfileIdList"]
    bank_id = add(gateway, profile_id, payment=gateway.token(**BANK))["customerPaymentProfileId"]
    ids = {"customerProfileId": profile_id, "customerPaymentProfileId": card_id}

    first = gateway.ask("deleteCustomerPaymentProfileRequest", **ids)
    second = gateway.ask("deleteCustomerPaymentProfileRequest", **ids)
    by_card = charge_kept(gateway, profile_id, card_id)
    gateway.ask("deleteCustomerProfileRequest", customerProfileId=profile_id)
    by_bank = charge_kept(gateway, profile_id, bank_id)

    assert [outer(answer) for answer in (first, second, by_card, by_bank)] == ["I00001", "E00040", "E00040", "E00040"]


def test_a_method_is_changed_without_its_number(gateway: Gateway) -> None:
    made = create(gateway, payment=gateway.token())
    ids = {
        "customerProfileId": made["customerProfileId"],
        "customerPaymentProfileId": made["customerPaymentProfileIdList"][0],
    }
    masked = {"creditCard": {"cardNumber": "XXXX1111", "expirationDate": "2031-01"}}
    changed = {"billTo": {"zip": "10001"}, "payment": masked, "customerPaymentProfileId": ids["customerPaymentProfileId"]}

    answer = gateway.ask("updateCustomerPaymentProfileRequest", customerProfileId=ids["customerProfileId"], paymentProfile=changed)

    shown = gateway.ask("getCustomerPaymentProfileRequest", **ids, unmaskExpirationDate=True)["paymentProfile"]
    assert outer(answer) == "I00001"
    assert shown["billTo"] == {"zip": "10001"}
    assert shown["payment"]["creditCard"] == {"cardNumber": "XXXX1111", "expirationDate": "2031-01", "cardType": "Visa"}
    assert reason(charge_kept(gateway, profile_id=ids["customerProfileId"], kept_id=ids["customerPaymentProfileId"])) == "1"


def test_a_kept_method_is_checked_on_demand(gateway: Gateway) -> None:
    made = create(gateway, payment=gateway.token())
    ids = {
        "customerProfileId": made["customerProfileId"],
        "customerPaymentProfileId": made["customerPaymentProfileIdList"][0],
    }

    answer = gateway.ask("validateCustomerPaymentProfileRequest", **ids, validationMode="testMode")

    assert answer["directResponse"].startswith("1,1,1,(TESTMODE) This transaction has been approved.,000000,P,0,none,")


def test_the_elements_of_a_profile_have_their_order_too(gateway: Gateway) -> None:
    wrong = gateway.ask("createCustomerProfileRequest", profile={"email": "a@b.test", "merchantCustomerId": "c-1"})
    long = create(gateway, customer="c" * 21)

    assert (outer(wrong), outer(long)) == ("E00003", "E00015")
    assert "'paymentProfiles, shipToList, profileType'" in wrong["messages"]["message"][0]["text"]


def test_keeping_and_deleting_are_listed_among_the_calls_and_a_customer_alone_is_not(gateway: Gateway) -> None:
    made = create(gateway)
    kept = add(gateway, made["customerProfileId"], payment=gateway.token())
    ids = {"customerProfileId": made["customerProfileId"], "customerPaymentProfileId": kept["customerPaymentProfileId"]}
    add(gateway, made["customerProfileId"], payment=gateway.token())

    gateway.ask("deleteCustomerPaymentProfileRequest", **ids)

    calls = gateway.control("GET", "calls")["items"]
    assert [(call["operation"], call["outcome"]) for call in calls] == [
        ("store_method", "approved"),
        ("store_method", "error"),
        ("delete_method", "approved"),
    ]
