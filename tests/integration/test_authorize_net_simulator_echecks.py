"""eChecks at the simulated Authorize.Net: what is accepted, what is shown of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.raw_gateway import BANK, MASKED_BANK, Gateway, outer, reason, response


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def bank_account(**changed: str) -> dict[str, Any]:
    plain = {"accountType": "checking", "routingNumber": "121042882", "accountNumber": "123456789", "nameOnAccount": "Ann Lee"}
    return {"bankAccount": {name: value for name, value in (plain | changed).items() if value}}


def minted(gateway: Gateway, **changed: str) -> dict[str, Any]:
    """Ask for a nonce as the hosted field does."""
    token = bank_account(**changed)["bankAccount"]
    body = {
        "securePaymentContainerRequest": {
            "merchantAuthentication": {"name": "login1", "clientKey": "public1"},
            "data": {"type": "TOKEN", "id": "1", "bankToken": token},
        }
    }
    return dict(json.loads(gateway.simulator.handle(json.dumps(body).encode()).decode("utf-8-sig")))


def test_an_echeck_is_approved_as_one(gateway: Gateway) -> None:
    answer = response(gateway.charge_bank())

    assert answer["responseCode"] == "1"
    assert (answer["accountType"], answer["accountNumber"]) == ("eCheck", "XXXX6789")
    assert (answer["avsResultCode"], answer["cvvResultCode"], answer["authCode"]) == ("P", "", "")
    assert "networkTransId" not in answer


def test_the_details_of_an_echeck_are_masked(gateway: Gateway) -> None:
    gateway.charge_bank()

    shown = gateway.details("60000000001")

    assert shown["payment"] == {
        "bankAccount": {
            "accountType": "checking",
            "routingNumber": "XXXX2882",
            "accountNumber": "XXXX6789",
            "nameOnAccount": "Ann Lee",
            "echeckType": "WEB",
        }
    }
    assert (shown["transactionStatus"], shown["AVSResponse"]) == ("capturedPendingSettlement", "P")


def test_no_bank_number_is_kept(gateway: Gateway) -> None:
    minted(gateway)
    gateway.charge_bank()
    gateway.ask("createCustomerProfileFromTransactionRequest", transId="60000000001", customer={"merchantCustomerId": "c-1"})

    kept = "\n".join(gateway.simulator.ledger._db.iterdump())

    assert "123456789" not in kept
    assert "121042882" not in kept


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"routingNumber": "121042883"}, "9"),
        ({"routingNumber": "12104288"}, "9"),
        ({"accountNumber": "12x"}, "10"),
        ({"nameOnAccount": ""}, "33"),
        ({"accountType": "current"}, "71"),
        ({"echeckType": "XYZ"}, "100"),
        ({"echeckType": "CCD"}, "244"),
        ({"accountType": "businessChecking", "echeckType": "PPD"}, "244"),
        ({"accountType": "businessChecking", "echeckType": "CCD"}, "1"),
        ({"accountType": "businessChecking"}, "1"),
        ({"accountType": "savings", "echeckType": "TEL"}, "1"),
    ],
)
def test_the_rules_of_echecks_answer_with_the_gateways_codes(gateway: Gateway, changed: dict[str, str], code: str) -> None:
    answer = gateway.charge(payment=bank_account(**changed))

    assert reason(answer) == code
    assert response(answer)["transId"] == ("60000000001" if code == "1" else "0")


def test_a_token_of_a_bank_account_works_once(gateway: Gateway) -> None:
    payment = {"opaqueData": minted(gateway)["opaqueData"]}

    first, second = gateway.charge(1, payment=payment), gateway.charge(2, payment=payment)

    assert (reason(first), outer(second)) == ("1", "E00114")


@pytest.mark.parametrize("left_out", ["routingNumber", "accountNumber", "accountType", "nameOnAccount"])
def test_no_token_without_all_of_a_bank_account(gateway: Gateway, left_out: str) -> None:
    assert outer(minted(gateway, **{left_out: ""})) == "E00014"


def test_a_token_holds_a_card_or_a_bank_account_and_not_both(gateway: Gateway) -> None:
    keys = {"name": "login1", "clientKey": "public1"}
    card = {"cardNumber": "4111111111111111", "expirationDate": "122030"}
    data = {"type": "TOKEN", "id": "1", "token": card, "bankToken": bank_account()["bankAccount"]}
    body = {"securePaymentContainerRequest": {"merchantAuthentication": keys, "data": data}}

    answer = json.loads(gateway.simulator.handle(json.dumps(body).encode()).decode("utf-8-sig"))

    assert outer(answer) == "E00013"


def test_the_sandboxes_limits_for_echecks_hold_when_switched_on(gateway: Gateway) -> None:
    before = reason(gateway.charge_bank(1, "100.01"))
    gateway.control("PUT", "options", {"amount_triggers": True})

    too_much, enough = gateway.charge_bank(2, "100.01"), gateway.charge_bank(3, "100.00")

    assert (before, reason(too_much), reason(enough)) == ("1", "2", "1")
    assert gateway.details(response(too_much)["transId"])["transactionStatus"] == "declined"


def test_a_month_of_echecks_has_its_limit_when_switched_on(gateway: Gateway) -> None:
    gateway.control("PUT", "options", {"amount_triggers": True})
    charged = [reason(gateway.charge_bank(number, "100.00")) for number in range(51)]
    gateway.later(days=31)

    in_the_next_month = gateway.charge_bank(60, "100.00")

    assert charged == ["1"] * 50 + ["2"]
    assert reason(in_the_next_month) == "1"


def test_a_merchant_without_echecks_refuses_them(gateway: Gateway) -> None:
    made = gateway.control("POST", "merchants", {"tenant_id": "ten_2", "currency": "USD", "echeck": False})
    gateway.login = made["credentials"]["api_login_id"]

    answer = gateway.charge_bank()

    assert reason(answer) == "18"
    assert "Echeck" not in gateway.ask("getMerchantDetailsRequest")["paymentMethods"]


def test_an_echeck_cannot_be_authorized_only(gateway: Gateway) -> None:
    answer = gateway.transact(transactionType="authOnlyTransaction", amount="25.00", payment=gateway.token(**BANK))

    assert reason(answer) == "53"


def test_the_same_echeck_twice_is_a_duplicate(gateway: Gateway) -> None:
    gateway.charge_bank()

    assert reason(gateway.charge_bank()) == "11"


def test_an_echeck_is_voided_before_settlement_and_refunded_after_it(gateway: Gateway) -> None:
    gateway.charge_bank(1)
    gateway.charge_bank(2)
    voided = gateway.transact(transactionType="voidTransaction", refTransId="60000000001")
    early = gateway.transact(transactionType="refundTransaction", amount="5.00", payment=MASKED_BANK, refTransId="60000000002")
    gateway.simulator.settle()

    refunded = gateway.transact(transactionType="refundTransaction", amount="5.00", payment=MASKED_BANK, refTransId="60000000002")
    gateway.simulator.settle()

    credit = gateway.details(response(refunded)["transId"])
    assert [reason(answer) for answer in (voided, early, refunded)] == ["1", "54", "1"]
    assert (credit["refTransId"], credit["transactionStatus"]) == ("60000000002", "refundSettledSuccessfully")
    assert credit["settleAmount"] == 5.0
    assert "bankAccount" in credit["payment"]


def test_an_echeck_is_refunded_to_its_own_account_only(gateway: Gateway) -> None:
    gateway.charge_bank()
    gateway.simulator.settle()
    other = {"bankAccount": MASKED_BANK["bankAccount"] | {"accountNumber": "XXXX0000"}}
    card = {"creditCard": {"cardNumber": "XXXX6789", "expirationDate": "XXXX"}}

    answers = [
        gateway.transact(transactionType="refundTransaction", amount="5.00", payment=payment, refTransId="60000000001")
        for payment in (other, card)
    ]

    assert [reason(answer) for answer in answers] == ["54", "54"]
