"""Bank accounts and stored methods, by the Authorize.Net client against the simulator over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from duebook.domain.charges import VaultMethod
from duebook.domain.payments import DeclineReason, Outcome
from duebook.errors import MethodRefusedError, TransientError
from tests.charge_desk import BUSINESS, Desk, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from open_desk(tmp_path)


@pytest.mark.parametrize(
    ("changes", "code", "reason"),
    [
        ({"routing": "031000504"}, "9", DeclineReason.INVALID_BANK_ACCOUNT),
        ({"account": "12X"}, "10", DeclineReason.INVALID_BANK_ACCOUNT),
    ],
)
def test_a_bank_account_that_cannot_be_is_failed(desk: Desk, changes: dict[str, str], code: str, reason: DeclineReason) -> None:
    found = desk.pay(desk.token("bank_account", **changes))

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.FAILED, reason, code)


def test_a_business_account_is_charged(desk: Desk) -> None:
    assert desk.pay(desk.token("bank_account", **BUSINESS)).outcome is Outcome.PENDING


def test_r35_a_card_is_kept_charged_by_staff_and_forgotten(desk: Desk) -> None:
    kept = desk.store(desk.token("card"))
    by_staff = VaultMethod(kept.vault_id, "card", by_merchant=True)

    charged = desk.pay(by_staff)
    desk.processor.delete_method(kept.vault_id, timeout_seconds=5)
    desk.processor.delete_method(kept.vault_id, timeout_seconds=5)
    gone = desk.pay(by_staff, "DB-0123456789ABCDEG")

    assert (kept.brand, kept.last4, kept.expiry) == ("visa", "1111", "2030-12")
    assert (charged.outcome, charged.last4) == (Outcome.APPROVED, "1111")
    assert (gone.outcome, gone.reason, gone.reason_code) == (Outcome.FAILED, DeclineReason.TOKEN_EXPIRED, "E00040")


def test_r35_a_bank_account_is_kept_with_its_banks_name_and_charged(desk: Desk) -> None:
    kept = desk.store(desk.token("bank_account"))

    charged = desk.pay(VaultMethod(kept.vault_id, "bank_account", by_merchant=True))

    assert (kept.last4, kept.brand, kept.expiry) == ("6789", None, None)
    assert (charged.outcome, charged.last4) == (Outcome.PENDING, "6789")


def test_r35_the_same_card_again_is_the_same_method_and_another_customers_is_not(desk: Desk) -> None:
    first, again = desk.store(desk.token("card")), desk.store(desk.token("card"))
    other_card = desk.store(desk.token("card", number="5424000000000015"))
    long_ids = [desk.store(desk.token("card"), f"cus_{'0' * 30}{end}") for end in "12"]

    assert again == first
    assert other_card.vault_id.partition("/")[0] == first.vault_id.partition("/")[0]
    assert len({stored.vault_id.partition("/")[0] for stored in (first, *long_ids)}) == 3


def test_a_method_with_a_wrong_number_is_refused_although_the_gateway_says_why_in_words_only(desk: Desk) -> None:
    with pytest.raises(MethodRefusedError, match="E00027") as raised:
        desk.store(desk.token("card", number="4111111111111112"))

    assert raised.value.reason == "do_not_honor"


def test_a_token_that_was_used_keeps_nothing(desk: Desk) -> None:
    token = desk.token("card")
    desk.pay(token)

    with pytest.raises(MethodRefusedError) as raised:
        desk.store(token)

    assert raised.value.reason == "token_expired"


def test_an_eleventh_method_of_a_customer_is_refused(desk: Desk) -> None:
    for number in range(10):
        desk.store(desk.token("bank_account", account=f"12345{number:04}"))

    with pytest.raises(MethodRefusedError) as raised:
        desk.store(desk.token("bank_account", account="123459999"))

    assert raised.value.reason == "too_many_methods"


def test_r39_a_method_whose_answer_is_lost_may_be_kept_and_the_same_card_finds_it(desk: Desk) -> None:
    desk.store(desk.token("card", number="5424000000000015"))
    desk.bench.faults({"operation": "store_method", "fault": "drop_after"})

    with pytest.raises(TransientError):
        desk.store(desk.token("card"))
    desk.bench.faults()

    assert desk.store(desk.token("card")).vault_id == desk.store(desk.token("card")).vault_id


def test_a_method_that_may_still_be_there_is_to_be_forgotten_again(desk: Desk) -> None:
    kept = desk.store(desk.token("card"))
    desk.bench.faults({"operation": "delete_method", "fault": "drop_after", "times": 1})

    with pytest.raises(TransientError, match="may still be there"):
        desk.processor.delete_method(kept.vault_id, timeout_seconds=5)

    desk.processor.delete_method(kept.vault_id, timeout_seconds=5)
