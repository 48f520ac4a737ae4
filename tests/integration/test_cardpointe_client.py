"""The CardPointe client against the simulator, where the gateway has ways of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from duebook.domain.charges import BANK_ACCOUNT, CARD, VaultMethod
from duebook.domain.identifiers import order_id_of
from duebook.domain.money import Money
from duebook.domain.payments import DeclineReason, Outcome
from duebook.domain.processing import RecordKind
from duebook.errors import ProcessorUnavailableError
from duebook.processors.cardpointe import CardPointe
from duebook.processors.credentials import CardPointeCredentials, FixedCredentials
from duebook.processors.rest_transport import RestTransport
from tests.processor_stands import NOON, ORDER, PAYMENT, Stand, a_charge, a_refund, found, open_stand, ref

Open = Callable[..., Stand]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Open a stand of the gateway with a merchant of the test's choosing."""
    stands: list[Stand] = []

    def open_one(**merchant: Any) -> Stand:
        stands.append(open_stand("cardpointe", tmp_path, **merchant))
        return stands[-1]

    yield open_one
    for stand in stands:
        stand.server.stop()


@pytest.fixture
def stand(opened: Open) -> Stand:
    return opened()


@pytest.mark.parametrize("platform", ["FNOR", "RPCT"])
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("4387751111111020", DeclineReason.DO_NOT_HONOR),
        ("4387751111111038", DeclineReason.DO_NOT_HONOR),
        ("4387751111111046", DeclineReason.EXPIRED_CARD),
    ],
)
def test_the_sandboxs_cards_decline_with_their_reasons_on_either_host(
    opened: Open, platform: str, number: str, reason: DeclineReason
) -> None:
    stand = opened(platform=platform)

    charged = stand.charge(stand.card(number=number))

    assert (charged.outcome, charged.reason) == (Outcome.DECLINED, reason)
    assert (charged.reason_code or "").startswith(f"{platform}-")


def test_want_of_funds_is_told_as_such(opened: Open) -> None:
    stand = opened(platform="FNOR")

    assert stand.charge(stand.card(number="4387751111111053")).reason is DeclineReason.INSUFFICIENT_FUNDS


@pytest.mark.parametrize(("platform", "code"), [("FNOR", "FNOR-05"), ("RPCT", "RPCT-116")])
def test_an_amount_brings_about_the_code_it_names(opened: Open, platform: str, code: str) -> None:
    stand = opened(platform=platform)
    stand.control("PUT", "options", {"amount_triggers": True})
    dollars = 1000 + int(code[-3:].replace("-", ""))

    charged = stand.charge(minor=dollars * 100)

    assert (charged.outcome, charged.reason_code) == (Outcome.DECLINED, code)


@pytest.mark.parametrize("platform", ["FNOR", "RPCT"])
def test_a_card_that_approves_a_part_leaves_nothing_charged(opened: Open, platform: str) -> None:
    stand = opened(platform=platform)

    charged = stand.charge(stand.card(number="4387750101010101"))

    assert (charged.outcome, charged.reason) == (Outcome.DECLINED, DeclineReason.INSUFFICIENT_FUNDS)
    assert found(stand.inquire()).outcome is Outcome.VOIDED
    assert (stand.calls("charge"), stand.calls("void")) == (1, 1)


@pytest.mark.parametrize("fault", ["drop_before", "error_500_after", "garbage"])
def test_r39_a_part_whose_void_got_no_answer_is_unknown(stand: Stand, fault: str) -> None:
    stand.fault("void", fault)

    charged = stand.charge(stand.card(number="4387750101010101"), seconds=1)

    standing = found(stand.inquire())
    assert (charged.outcome, charged.reason_code) == (Outcome.UNKNOWN, "approved_in_part")
    assert (standing.outcome, standing.amount) in {(Outcome.APPROVED, Money(500, "USD")), (Outcome.VOIDED, None)}


@pytest.mark.parametrize("number", ["4999006200620062", "5111006200620062"])
def test_r39_a_time_out_at_the_bank_is_unknown_and_declined_once_asked(stand: Stand, number: str) -> None:
    charged = stand.charge(stand.card(number=number))

    looked_up = found(stand.inquire())
    assert (charged.outcome, charged.reason_code) == (Outcome.UNKNOWN, "PPS-62")
    assert (looked_up.outcome, looked_up.reason, looked_up.amount) == (Outcome.DECLINED, DeclineReason.PROCESSOR_ERROR, None)


@pytest.mark.parametrize("ach_platform", ["BPAY", "PSTR"])
def test_bank_accounts_are_pending_at_either_host_and_a_wrong_routing_number_is_declined(opened: Open, ach_platform: str) -> None:
    stand = opened(ach_platform=ach_platform)
    token = stand.control("POST", "tokens", {"bank_account": {"routing": "123456789", "account": "0123456789"}})["token"]

    good = stand.charge(stand.bank_account())
    wrong = stand.charge(replace(stand.bank_account(), token=token), payment_id="pay_01KE6Q3ZJ8V5RXA2M7T4N9PW2K")

    assert (good.outcome, wrong.outcome, wrong.reason) == (Outcome.PENDING, Outcome.DECLINED, DeclineReason.INVALID_BANK_ACCOUNT)
    assert "@" in (good.reference or "")


def test_canadian_cards_are_charged_in_their_own_currency_and_bank_accounts_are_not(opened: Open) -> None:
    stand = opened(currency="CAD")
    card = a_charge(stand.card(), currency="CAD")
    account = a_charge(stand.bank_account(), currency="CAD", payment_id="pay_01KE6Q3ZJ8V5RXA2M7T4N9PW2K")

    charged = stand.processor.charge(card, timeout_seconds=5)
    refused = stand.processor.charge(account, timeout_seconds=5)

    assert (charged.outcome, charged.amount) == (Outcome.APPROVED, Money(1250, "CAD"))
    assert (refused.outcome, refused.reason_code) == (Outcome.FAILED, "bank_account_needs_usd")


def test_a_merchant_id_of_another_currency_refuses_at_the_gateway(opened: Open) -> None:
    stand = opened()
    keys = stand.control("POST", "merchants", {"tenant_id": "ten_2", "currency": "CAD"})["credentials"]
    processor = CardPointe(
        transport=RestTransport(stand.server.origin),
        credentials=FixedCredentials(CardPointeCredentials.from_secret(keys)),
        currency="USD",
        now=lambda: NOON,
    )

    refused = processor.charge(a_charge(stand.card()), timeout_seconds=5)

    assert (refused.outcome, refused.reason, refused.reason_code) == (Outcome.FAILED, DeclineReason.CONFIGURATION, "PPS-32")


def test_a_wrong_password_is_a_matter_of_configuration(stand: Stand) -> None:
    keys = CardPointeCredentials("800000000001", "someone", "wrong")
    processor = CardPointe(
        transport=RestTransport(stand.server.origin), credentials=FixedCredentials(keys), currency="USD", now=lambda: NOON
    )

    refused = processor.charge(a_charge(stand.card()), timeout_seconds=5)

    assert (refused.outcome, refused.reason, refused.reason_code) == (Outcome.FAILED, DeclineReason.CONFIGURATION, "http_401")
    with pytest.raises(ProcessorUnavailableError, match="status 401"):
        processor.inquire(ORDER, submitted_at=NOON, timeout_seconds=5)


def test_what_was_typed_serves_one_authorisation_and_two_minutes(stand: Stand) -> None:
    card = stand.card()
    stand.charge(card)
    again = stand.charge(card, payment_id="pay_01KE6Q3ZJ8V5RXA2M7T4N9PW2K")
    old = stand.card()
    stand.later(minutes=3)
    late = stand.charge(old, payment_id="pay_01KE6Q3ZJ8V5RXA2M7T4N9PW3M")

    assert [(one.outcome, one.reason) for one in (again, late)] == [(Outcome.FAILED, DeclineReason.TOKEN_EXPIRED)] * 2


def test_r39_two_charges_of_one_order_stand_side_by_side_and_a_look_up_says_so(stand: Stand) -> None:
    stand.charge()
    stand.charge()

    with pytest.raises(ProcessorUnavailableError, match="2 stand under one order id"):
        stand.inquire()


@pytest.mark.parametrize("noise", [True, False])
@pytest.mark.parametrize("shape", ["always", "several"])
def test_a_look_up_copes_with_objects_lists_and_fields_nobody_documented(stand: Stand, shape: str, *, noise: bool) -> None:
    stand.control("PUT", "options", {"inquire_list": shape, "noise": noise})
    stand.charge()

    assert found(stand.inquire()).outcome is Outcome.APPROVED
    assert stand.inquire("pay_01KE6Q3ZJ8V5RXA2M7T4N9PW2K") is None


def test_r39_a_charge_asked_for_at_once_and_not_there_may_still_arrive(stand: Stand) -> None:
    with pytest.raises(ProcessorUnavailableError, match="may still arrive"):
        stand.processor.inquire(ORDER, submitted_at=NOON, timeout_seconds=5)


@pytest.mark.parametrize("answer", ["accepted", "refused"])
def test_r41_a_second_void_is_a_void_however_the_gateway_answers_it(stand: Stand, answer: str) -> None:
    stand.control("PUT", "options", {"repeat_void": answer})
    charge = ref(stand.charge())

    assert [stand.void(charge).outcome for _ in range(2)] == [Outcome.VOIDED, Outcome.VOIDED]


@pytest.mark.parametrize("code", ["26", "27", "39"])
def test_r41_a_void_that_comes_too_late_is_failed_with_whichever_code(stand: Stand, code: str) -> None:
    stand.control("PUT", "options", {"late_void": code})
    charge = ref(stand.charge())
    stand.settle()

    voided = stand.void(charge)

    assert (voided.outcome, voided.reason_code) == (Outcome.FAILED, f"PPS-{code}")


def test_r41_a_refund_before_settlement_is_refused_with_its_code(stand: Stand) -> None:
    charge = ref(stand.charge())

    assert stand.refund(a_refund(charge, 500)).reason_code == "PPS-28"


def test_bank_payments_are_voided_refunded_and_stored_at_their_own_merchant_id(stand: Stand) -> None:
    charge = ref(stand.charge(stand.bank_account()), BANK_ACCOUNT)
    stand.settle()

    refunded = stand.refund(a_refund(charge, 500))

    assert refunded.outcome is Outcome.APPROVED
    assert (refunded.reference or "").partition("@")[2] == charge.reference.partition("@")[2] != ""


@pytest.mark.parametrize("numbers", [True, False])
def test_r38_a_reject_before_settlement_is_the_charge_that_came_back(stand: Stand, *, numbers: bool) -> None:
    stand.control("PUT", "options", {"funding_numbers": numbers})
    charged = stand.charge(stand.bank_account())
    stand.control("POST", "return", {"payment_id": PAYMENT, "code": "R03"})
    stand.later(hours=1)

    (record,) = stand.records()

    assert (record.kind, record.reference, record.outcome, record.code) == (
        RecordKind.CHARGE,
        charged.reference,
        Outcome.RETURNED,
        "R03",
    )
    assert (record.order_id, record.amount) == (ORDER, Money(1250, "USD"))
    assert found(stand.inquire()).outcome is Outcome.RETURNED


@pytest.mark.parametrize("numbers", [True, False])
def test_r38_a_return_is_read_from_texts_and_from_numbers(stand: Stand, *, numbers: bool) -> None:
    stand.control("PUT", "options", {"funding_numbers": numbers})
    stand.charge(stand.bank_account(), minor=1010)
    stand.settle()
    stand.control("POST", "return", {"payment_id": PAYMENT, "code": "R01"})
    stand.later(hours=1)

    returns = [record for record in stand.records() if record.kind is RecordKind.RETURN]

    assert [(record.code, record.amount, record.order_id) for record in returns] == [("R01", Money(1010, "USD"), ORDER)]


def test_figures_that_come_the_next_day_are_read_then(stand: Stand) -> None:
    stand.control("PUT", "options", {"funding_next_day": True})
    stand.charge(stand.bank_account())
    stand.settle()
    stand.control("POST", "return", {"payment_id": PAYMENT, "code": "R01"})

    early = [record.kind for record in stand.records()]
    stand.later(days=1)
    late = [record.kind for record in stand.records()]

    assert RecordKind.RETURN not in early
    assert RecordKind.RETURN in late


def test_an_amount_under_review_is_told_once_it_is_batched_and_settles_later(stand: Stand) -> None:
    stand.fault("charge", "review")
    stand.charge()
    stand.settle()
    first = [record.outcome for record in stand.records()]
    stand.later(days=1)
    stand.settle()
    second = [record.outcome for record in stand.records()]

    assert first == [Outcome.REVIEW]
    assert Outcome.SETTLED in second


def test_a_gateway_that_asks_for_a_pause_is_asked_again_later(stand: Stand) -> None:
    stand.charge()
    stand.control("PUT", "options", {"rate_limit_per_minute": 2})

    with pytest.raises(ProcessorUnavailableError, match="a pause of"):
        stand.records()

    stand.later(minutes=2)
    assert stand.processor.look_up("100000000001", timeout_seconds=5) is not None


def test_r35_a_stored_method_of_another_merchant_id_is_not_charged(opened: Open) -> None:
    stand = opened()

    charged = stand.charge(VaultMethod("16700000000000000099/1", CARD))

    assert (charged.outcome, charged.reason_code) == (Outcome.FAILED, "PPS-96")
    assert stand.inquire() is None


def test_the_order_id_arrives_unmasked(stand: Stand) -> None:
    stand.charge()

    (entry,) = stand.control("GET", "ledger")["items"]

    assert entry["order_id"] == ORDER == order_id_of(PAYMENT)
