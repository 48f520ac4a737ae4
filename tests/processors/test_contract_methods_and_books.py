"""What every ``PaymentProcessor`` does with stored methods and its books: told once, proven for each client against its simulator."""

from __future__ import annotations

import pytest

from duebook.domain.charges import BANK_ACCOUNT, CARD, TokenMethod, VaultMethod
from duebook.domain.money import Money
from duebook.domain.payments import Outcome, Payer
from duebook.domain.processing import MethodToStore, ProcessorRecord, RecordKind
from duebook.errors import InvariantError, MethodRefusedError, ProcessorUnavailableError, TransientError
from tests.processor_stands import AMOUNT, NOON, ORDER, OTHER_PAYMENT, PAYMENT, Stand, a_refund, found, ref


def of_kind(records: list[ProcessorRecord], kind: RecordKind) -> list[ProcessorRecord]:
    return [record for record in records if record.kind is kind]


def kept(token: TokenMethod) -> MethodToStore:
    return MethodToStore(token, Payer("Ann Lee", "a@b.test", "84601"), "cus_1", "USD")


@pytest.mark.parametrize("by_merchant", [True, False])
def test_r35_a_stored_card_is_charged_again_and_again(stand: Stand, *, by_merchant: bool) -> None:
    stored = stand.processor.store_method(kept(stand.card()), timeout_seconds=10)
    method = VaultMethod(stored.vault_id, CARD, by_merchant=by_merchant)

    first = stand.charge(method)
    second = stand.charge(method, 990, OTHER_PAYMENT)

    assert (stored.brand, stored.last4, stored.expiry) == ("visa", "1111", "2030-12")
    assert (first.outcome, second.outcome) == (Outcome.APPROVED, Outcome.APPROVED)
    assert first.reference != second.reference


@pytest.mark.parametrize("by_merchant", [True, False])
def test_r35_a_stored_bank_account_is_charged(stand: Stand, *, by_merchant: bool) -> None:
    stored = stand.processor.store_method(kept(stand.bank_account()), timeout_seconds=10)

    charged = stand.charge(VaultMethod(stored.vault_id, BANK_ACCOUNT, "checking", by_merchant=by_merchant))

    assert (stored.brand, stored.last4, stored.expiry) == (None, "6789", None)
    assert charged.outcome is Outcome.PENDING
    assert found(stand.inquire()).outcome is Outcome.PENDING


def test_r35_the_same_card_again_is_the_same_stored_method(stand: Stand) -> None:
    ids = {stand.processor.store_method(kept(stand.card()), timeout_seconds=10).vault_id for _ in range(2)}

    assert len(ids) == 1


def test_r35_a_deleted_method_is_gone_and_deleting_it_again_is_no_error(stand: Stand) -> None:
    stored = stand.processor.store_method(kept(stand.card()), timeout_seconds=10)
    for _ in range(2):
        stand.processor.delete_method(stored.vault_id, timeout_seconds=10)

    charged = stand.charge(VaultMethod(stored.vault_id, CARD))

    assert charged.outcome is Outcome.FAILED
    assert stand.inquire() is None


def test_r35_a_token_that_the_processor_never_made_is_not_stored(stand: Stand) -> None:
    strange = kept(TokenMethod("9411110000001111" if stand.name == "cardpointe" else "bm9uZQ==", CARD))

    with pytest.raises(MethodRefusedError):
        stand.processor.store_method(strange, timeout_seconds=10)


def test_r35_a_method_in_another_currency_is_not_stored(stand: Stand) -> None:
    method = MethodToStore(stand.card(), Payer("Ann Lee", "a@b.test"), "cus_1", "CAD")

    with pytest.raises(MethodRefusedError):
        stand.processor.store_method(method, timeout_seconds=10)

    assert stand.calls("store_method") == 0


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_500_after", "garbage"])
def test_r35_a_method_without_an_answer_may_be_stored_and_says_so(stand: Stand, fault: str) -> None:
    stand.fault("store_method", fault)
    method = kept(stand.card())

    with pytest.raises(TransientError):
        stand.processor.store_method(method, timeout_seconds=10)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_500_after", "garbage"])
def test_r35_a_deletion_without_an_answer_is_said_again(stand: Stand, fault: str) -> None:
    stored = stand.processor.store_method(kept(stand.card()), timeout_seconds=10)
    stand.fault("delete_method", fault)

    with pytest.raises(TransientError):
        stand.processor.delete_method(stored.vault_id, timeout_seconds=10)

    stand.processor.delete_method(stored.vault_id, timeout_seconds=10)
    assert stand.charge(VaultMethod(stored.vault_id, CARD)).outcome is Outcome.FAILED


def test_r35_another_processors_method_is_never_sent(stand: Stand) -> None:
    with pytest.raises(InvariantError, match="another processor"):
        stand.processor.delete_method("someone else's", timeout_seconds=10)

    charged = stand.charge(VaultMethod("someone else's", CARD))
    assert (charged.outcome, charged.reason_code) == (Outcome.FAILED, "faulty_vault_id")


def test_the_books_tell_a_settled_charge_by_our_order_id(stand: Stand) -> None:
    charged = stand.charge()
    stand.settle()

    (record,) = of_kind(stand.records(), RecordKind.CHARGE)

    assert (record.outcome, record.order_id, record.amount) == (Outcome.SETTLED, ORDER, AMOUNT)
    assert record.reference == charged.reference
    assert record.batch_id
    assert abs((record.at - NOON).days) <= 1


def test_the_books_tell_refunds_apart_from_charges(stand: Stand) -> None:
    charge = ref(stand.charge())
    stand.settle()
    refund = a_refund(charge, 500)
    made = stand.refund(refund)
    stand.settle()

    records = stand.records()

    (settled,) = [record for record in of_kind(records, RecordKind.REFUND) if record.outcome is Outcome.SETTLED]
    assert (settled.reference, settled.order_id, settled.amount) == (made.reference, refund.order_id, Money(500, "USD"))
    assert {record.order_id for record in of_kind(records, RecordKind.CHARGE)} == {ORDER}


def test_the_books_tell_what_failed_to_be_charged_as_nothing(stand: Stand) -> None:
    stand.charge(stand.declined_card())
    stand.settle()

    assert [record for record in stand.records() if record.outcome in {Outcome.SETTLED, Outcome.APPROVED}] == []


@pytest.mark.parametrize("code", ["R01", "R10"])
def test_r38_a_return_after_settlement_names_the_charge_and_the_banks_code(stand: Stand, code: str) -> None:
    charged = stand.charge(stand.bank_account())
    stand.settle()
    stand.control("POST", "return", {"payment_id": PAYMENT, "code": code})
    stand.later(hours=1)

    records = stand.records()

    returns = of_kind(records, RecordKind.RETURN)
    assert {(record.outcome, record.order_id, record.code, record.amount) for record in returns} == {
        (Outcome.RETURNED, ORDER, code, AMOUNT)
    }
    assert {record.charge_reference for record in returns} <= {charged.reference, None}


def test_r38_the_second_word_of_a_return_is_the_same_record(stand: Stand) -> None:
    stand.charge(stand.bank_account())
    stand.settle()
    stand.control("POST", "return", {"payment_id": PAYMENT, "code": "R01"})
    stand.later(hours=1)

    first, second = (of_kind(stand.records(), RecordKind.RETURN) for _ in range(2))

    assert first == second
    assert first


def test_r38_a_notification_of_change_moves_no_money(stand: Stand) -> None:
    stand.charge(stand.bank_account())
    stand.settle()
    stand.control("POST", "return", {"payment_id": PAYMENT, "code": "C01"})
    stand.later(hours=1)

    records = stand.records()

    (notice,) = of_kind(records, RecordKind.NOTIFICATION_OF_CHANGE)
    assert notice.amount.minor == 0
    assert notice.order_id in (ORDER, None)
    assert of_kind(records, RecordKind.RETURN) == []
    assert found(stand.inquire()).outcome is Outcome.SETTLED


@pytest.mark.parametrize("minor", [1250, 700])
def test_a_chargeback_names_the_charge_and_how_much_was_taken(stand: Stand, minor: int) -> None:
    charged = stand.charge()
    stand.settle()
    stand.control("POST", "chargeback", {"payment_id": PAYMENT, "reason_code": "10.4", "amount": minor})
    stand.later(hours=1)

    (dispute,) = of_kind(stand.records(), RecordKind.CHARGEBACK)

    assert (dispute.outcome, dispute.order_id, dispute.amount) == (Outcome.CHARGED_BACK, ORDER, Money(minor, "USD"))
    assert dispute.charge_reference == charged.reference


def test_a_chargeback_that_was_won_is_told(stand: Stand) -> None:
    stand.charge()
    stand.settle()
    stand.control("POST", "chargeback", {"payment_id": PAYMENT, "reason_code": "10.4"})
    stand.control("POST", "chargeback", {"payment_id": PAYMENT, "reason_code": "10.4", "reversed": True})
    stand.later(hours=1)

    (won,) = of_kind(stand.records(), RecordKind.CHARGEBACK_REVERSAL)

    assert (won.order_id, won.amount) == (ORDER, AMOUNT)


@pytest.mark.parametrize("fault", ["drop_before", "error_500_after", "garbage"])
def test_books_that_cannot_be_read_are_read_again_later(stand: Stand, fault: str) -> None:
    stand.charge()
    stand.settle()
    stand.fault("report", fault)

    with pytest.raises(ProcessorUnavailableError):
        stand.records()

    assert len(of_kind(stand.records(), RecordKind.CHARGE)) == 1
