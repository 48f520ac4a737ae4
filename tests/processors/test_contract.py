"""What every ``PaymentProcessor`` does with charges, voids and refunds: told once, proven for each client against its simulator."""

from __future__ import annotations

import pytest

from duebook.domain.charges import BANK_ACCOUNT, CARD
from duebook.domain.money import Money
from duebook.domain.payments import Outcome
from duebook.errors import ProcessorUnavailableError
from tests.processor_stands import AMOUNT, ORDER, OTHER_PAYMENT, Stand, a_charge, a_refund, found, ref

CARRIED_OUT = ["drop_after", "error_500_after", "timeout_after", "slow_drip", "garbage", "huge"]
LOST = [("drop_before", False), *((fault, True) for fault in CARRIED_OUT)]


def test_a_card_is_approved_with_reference_brand_and_last_four(stand: Stand) -> None:
    charged = stand.charge()

    assert (charged.outcome, charged.reason, charged.brand, charged.last4) == (Outcome.APPROVED, None, "visa", "1111")
    assert charged.reference
    assert charged.amount in (None, AMOUNT)


def test_a_bank_account_is_pending_until_it_settles(stand: Stand) -> None:
    charged = stand.charge(stand.bank_account())
    waiting = found(stand.inquire())
    stand.settle()
    settled = found(stand.inquire())

    assert (charged.outcome, charged.brand, charged.last4) == (Outcome.PENDING, None, "6789")
    assert (waiting.outcome, settled.outcome) == (Outcome.PENDING, Outcome.SETTLED)
    assert charged.reference == waiting.reference == settled.reference


def test_a_decline_has_a_reason_and_is_found_as_a_decline(stand: Stand) -> None:
    charged = stand.charge(stand.declined_card())
    looked_up = found(stand.inquire())

    assert (charged.outcome, looked_up.outcome) == (Outcome.DECLINED, Outcome.DECLINED)
    assert charged.reason == looked_up.reason == "do_not_honor"


def test_a_held_charge_is_in_review_wherever_it_is_seen(stand: Stand) -> None:
    stand.fault("charge", "review")

    assert stand.charge().outcome is Outcome.REVIEW
    assert found(stand.inquire()).outcome is Outcome.REVIEW


def test_a_charge_is_found_by_our_order_id_before_and_after_settlement(stand: Stand) -> None:
    charged = stand.charge()
    before = found(stand.inquire())
    stand.settle()
    after = found(stand.inquire())

    assert (before.outcome, after.outcome) == (Outcome.APPROVED, Outcome.SETTLED)
    assert before.amount == after.amount == AMOUNT
    assert charged.reference == before.reference == after.reference


def test_a_charge_that_was_never_made_is_not_found(stand: Stand) -> None:
    stand.charge(payment_id=OTHER_PAYMENT)

    assert stand.inquire() is None


def test_a_charge_is_looked_up_by_the_processors_id(stand: Stand) -> None:
    charged = stand.charge()

    seen = stand.processor.look_up(charged.reference or "", timeout_seconds=5)

    assert seen is not None
    assert (seen.order_id, seen.evidence.outcome, seen.evidence.amount) == (ORDER, Outcome.APPROVED, AMOUNT)


@pytest.mark.parametrize("reference", ["", "99999999999", "no id"])
def test_an_id_that_names_no_charge_is_not_found(stand: Stand, reference: str) -> None:
    assert stand.processor.look_up(reference, timeout_seconds=5) is None


def test_a_refunds_id_names_no_charge(stand: Stand) -> None:
    charge = ref(stand.charge())
    stand.settle()
    refunded = stand.refund(a_refund(charge, 1250))

    assert stand.processor.look_up(refunded.reference or "", timeout_seconds=5) is None


@pytest.mark.parametrize("currency", ["CAD", "JPY", "KWD"])
def test_another_currency_is_refused_before_the_call(stand: Stand, currency: str) -> None:
    charged = stand.processor.charge(a_charge(stand.card(), currency=currency), timeout_seconds=5)

    assert (charged.outcome, charged.reason, charged.reason_code) == (Outcome.FAILED, "configuration", "other_currency")
    assert stand.calls("charge") == 0


@pytest.mark.parametrize(("fault", "charged"), LOST)
@pytest.mark.parametrize("method_type", [CARD, BANK_ACCOUNT])
def test_r39_a_lost_answer_is_unknown_and_the_look_up_tells_the_truth(stand: Stand, fault: str, method_type: str, *, charged: bool) -> None:
    method = stand.card() if method_type == CARD else stand.bank_account()
    stand.fault("charge", fault)

    lost = stand.charge(method, seconds=0.5)

    looked_up = stand.inquire()
    assert (lost.outcome, lost.reference) == (Outcome.UNKNOWN, None)
    assert (looked_up is not None) is charged
    stands = Outcome.APPROVED if method_type == CARD else Outcome.PENDING
    assert looked_up is None or (looked_up.outcome, looked_up.amount) == (stands, AMOUNT)
    assert stand.calls("charge") == charged


def test_r39_an_answer_for_another_amount_is_never_an_approval(stand: Stand) -> None:
    stand.fault("charge", "wrong_amount")

    answered = stand.charge()

    assert answered.outcome is not Outcome.APPROVED or answered.amount != AMOUNT


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_500_after", "garbage", "huge"])
def test_r39_a_look_up_without_an_answer_is_asked_again_later(stand: Stand, fault: str) -> None:
    stand.charge()
    stand.fault("inquire", fault)

    with pytest.raises(ProcessorUnavailableError):
        stand.inquire()

    assert found(stand.inquire()).outcome is Outcome.APPROVED


def test_a_processor_that_is_not_there_was_sent_nothing(stand: Stand) -> None:
    card = stand.card()
    charge = ref(stand.charge())
    stand.server.stop()

    for ask in (
        lambda: stand.charge(card),
        lambda: stand.void(charge),
        lambda: stand.refund(a_refund(charge, 1250)),
        stand.inquire,
        lambda: stand.processor.look_up(charge.reference, timeout_seconds=5),
        stand.records,
    ):
        with pytest.raises(ProcessorUnavailableError):
            ask()


def test_r41_a_void_takes_an_unsettled_charge_back_whole_and_again_is_the_same(stand: Stand) -> None:
    charge = ref(stand.charge())

    first, second = stand.void(charge), stand.void(charge)

    assert (first.outcome, second.outcome) == (Outcome.VOIDED, Outcome.VOIDED)
    assert found(stand.inquire()).outcome is Outcome.VOIDED


def test_r41_a_bank_payment_that_was_not_sent_yet_is_voided_too(stand: Stand) -> None:
    charge = ref(stand.charge(stand.bank_account()), BANK_ACCOUNT)

    assert stand.void(charge).outcome is Outcome.VOIDED
    assert found(stand.inquire()).outcome is Outcome.VOIDED


def test_r41_a_settled_charge_cannot_be_voided_any_more(stand: Stand) -> None:
    charge = ref(stand.charge())
    stand.settle()

    voided = stand.void(charge)

    assert voided.outcome is Outcome.FAILED
    assert voided.reason_code
    assert found(stand.inquire()).outcome is Outcome.SETTLED


@pytest.mark.parametrize(("fault", "voided"), LOST)
def test_r41_a_void_without_an_answer_is_unknown_and_the_look_up_tells(stand: Stand, fault: str, *, voided: bool) -> None:
    charge = ref(stand.charge())
    stand.fault("void", fault)

    lost = stand.void(charge, seconds=0.5)

    assert lost.outcome is Outcome.UNKNOWN
    assert found(stand.inquire()).outcome is (Outcome.VOIDED if voided else Outcome.APPROVED)


@pytest.mark.parametrize("method_type", [CARD, BANK_ACCOUNT])
@pytest.mark.parametrize("minor", [1, 500, 1250])
def test_r41_a_part_or_all_of_a_settled_charge_is_given_back_and_found(stand: Stand, method_type: str, minor: int) -> None:
    charge = ref(stand.charge(stand.card() if method_type == CARD else stand.bank_account()), method_type)
    stand.settle()
    refund = a_refund(charge, minor)

    made = stand.refund(refund)

    before = found(stand.inquire_refund(refund))
    stand.settle()
    after = found(stand.inquire_refund(refund))
    assert (made.outcome, before.outcome, after.outcome) == (Outcome.APPROVED, Outcome.APPROVED, Outcome.SETTLED)
    assert made.reference == before.reference == after.reference != charge.reference
    assert before.amount in (None, Money(minor, "USD"))
    assert found(stand.inquire()).outcome is Outcome.SETTLED


def test_r41_refunds_add_up_to_the_charge_and_no_further(stand: Stand) -> None:
    charge = ref(stand.charge())
    stand.settle()

    parts = [stand.refund(a_refund(charge, minor, number)) for number, minor in ((1, 1000), (2, 251), (3, 250))]

    assert [made.outcome for made in parts] == [Outcome.APPROVED, Outcome.FAILED, Outcome.APPROVED]
    assert parts[1].reason_code


def test_r41_more_than_was_charged_is_not_given_back(stand: Stand) -> None:
    charge = ref(stand.charge())
    stand.settle()

    assert stand.refund(a_refund(charge, 1251)).outcome is Outcome.FAILED
    assert stand.inquire_refund(a_refund(charge, 1251)) is None or found(stand.inquire_refund(a_refund(charge, 1251))).outcome in {
        Outcome.DECLINED,
        Outcome.FAILED,
    }


@pytest.mark.parametrize("minor", [500, 1250])
def test_r41_nothing_is_given_back_before_settlement_and_the_charge_stands_whole(stand: Stand, minor: int) -> None:
    charge = ref(stand.charge())

    refused = stand.refund(a_refund(charge, minor))

    standing = found(stand.inquire())
    assert refused.outcome is Outcome.FAILED
    assert refused.reason_code
    assert (standing.outcome, standing.amount) == (Outcome.APPROVED, AMOUNT)


@pytest.mark.parametrize(("fault", "made"), LOST)
def test_r41_a_refund_without_an_answer_is_unknown_and_found_by_its_own_order_id(stand: Stand, fault: str, *, made: bool) -> None:
    charge = ref(stand.charge())
    stand.settle()
    refund = a_refund(charge, 500)
    stand.fault("refund", fault)

    lost = stand.refund(refund, seconds=0.5)

    looked_up = stand.inquire_refund(refund)
    assert lost.outcome is Outcome.UNKNOWN
    assert (looked_up is not None) is made
    assert looked_up is None or looked_up.outcome is Outcome.APPROVED
    assert stand.calls("refund") == made
