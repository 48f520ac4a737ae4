from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.domain.card_numbers import is_card_like
from duebook.domain.charges import VaultMethod
from duebook.domain.methods import (
    Consent,
    MethodState,
    SavedMethod,
    blocks_charges,
    flag_reason,
    flagged,
    heir,
    in_order,
    is_correction,
    is_expired,
    method_id_of,
    name_of,
    removed,
    removing,
    saved_again,
    to_charge,
    with_default,
)
from duebook.domain.return_codes import CHANGE_CODES, UNKNOWN_REASON, return_reason
from duebook.errors import MethodFlaggedError, NotFoundError

NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)
CONSENT = Consent(NOW, "stf_1", "2025-06", "staff")


def method(number: int = 1, **facts: Any) -> SavedMethod:
    """A card saved so many minutes after noon."""
    plain: dict[str, Any] = {
        "type": "card",
        "currency": "USD",
        "merchant_account_id": "ma_1",
        "brand": "visa",
        "last4": "1111",
        "version": 1,
    }
    return SavedMethod(
        "ten_1",
        "c1",
        f"mth_{number}",
        vault_id=f"vault/{number}",
        consent=CONSENT,
        created_at=NOW + timedelta(minutes=number),
        **(plain | facts),
    )


def after_words(*codes: str) -> SavedMethod:
    """A bank account after several words of the bank."""
    account = method(type="bank_account")
    for code in codes:
        account = flagged(account, code, None, NOW) or account
    return account


# ---------------------------------------------------------------- ids and names


def test_the_same_stored_method_has_the_same_id_and_another_customer_s_never():
    first = method_id_of("ten_1", "c1", "ma_1", "900/1")

    assert first == method_id_of("ten_1", "c1", "ma_1", "900/1")
    assert len({first, method_id_of("ten_1", "c2", "ma_1", "900/1"), method_id_of("ten_2", "c1", "ma_1", "900/1")}) == 3
    assert len(first) == 30
    assert not is_card_like(first)


def test_what_is_shown_of_a_record_holds_no_word_of_the_processor():
    assert "vault/" not in repr(method(7))


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({}, "visa ending in 1111"),
        ({"brand": None}, "card ending in 1111"),
        ({"type": "bank_account", "brand": None, "bank_name": "First Bank", "last4": "6789"}, "First Bank ending in 6789"),
        ({"type": "bank_account", "brand": None, "last4": None}, "bank account"),
    ],
)
def test_people_know_a_method_by_brand_or_bank_and_last_four(facts: dict[str, Any], name: str):
    assert name_of(method(**facts)) == name


@pytest.mark.parametrize(
    ("expiry", "today", "expired"),
    [
        ("2025-06", date(2025, 6, 30), False),
        ("2025-06", date(2025, 7, 1), True),
        ("2024-12", date(2025, 1, 1), True),
        ("2026-01", date(2025, 12, 31), False),
        (None, date(2025, 1, 1), False),
    ],
)
def test_a_card_is_good_through_its_last_month(expiry: str | None, today: date, expired: bool):
    assert is_expired(method(expiry=expiry), today) is expired


# ---------------------------------------------------------------- the default


def test_one_default_a_currency_and_the_newest_of_the_others_first():
    usd = [method(1), method(2, default=True), method(3)]
    cad = method(4, currency="CAD", default=True)

    assert [one.method_id for one in in_order([cad, *usd])] == ["mth_4", "mth_2", "mth_3", "mth_1"]


def test_making_a_default_changes_it_and_the_one_before_and_no_other_currency():
    methods = [method(1, default=True), method(2), method(3, currency="CAD", default=True)]

    changed = with_default(methods, "mth_2")

    assert [(one.method_id, one.default) for one in changed] == [("mth_1", False), ("mth_2", True)]


def test_making_the_default_the_default_changes_nothing():
    assert with_default([method(1, default=True), method(2)], "mth_1") == ()


@pytest.mark.parametrize("state", [MethodState.REMOVING, MethodState.REMOVED])
def test_a_method_on_its_way_out_cannot_be_the_default(state: MethodState):
    with pytest.raises(NotFoundError, match="no payment method mth_1"):
        with_default([method(1, state=state), method(2)], "mth_1")


@given(
    st.lists(
        st.builds(
            lambda number, currency, code, state: method(
                number, currency=currency, state=state, flagged=after_words(code).flagged if code else None
            ),
            st.integers(1, 6),
            st.sampled_from(["USD", "CAD"]),
            st.sampled_from([None, "R01", "R02"]),
            st.sampled_from(list(MethodState)),
        ),
        max_size=6,
        unique_by=lambda one: one.method_id,
    ),
    st.lists(st.tuples(st.sampled_from(["default", "remove"]), st.integers(1, 6)), max_size=12),
)
def test_there_is_never_more_than_one_default_a_currency(methods: list[SavedMethod], acts: list[tuple[str, int]]):
    shelf = {one.method_id: one for one in methods}
    for act, number in acts:
        chosen = shelf.get(f"mth_{number}")
        if chosen is None or chosen.state is not MethodState.ACTIVE:
            continue
        if act == "default":
            changed = list(with_default(shelf.values(), chosen.method_id))
        else:
            next_one = heir(shelf.values(), chosen)
            changed = [removing(chosen), *([next_one] if next_one else [])]
        shelf |= {one.method_id: one for one in changed}

    for currency in ("USD", "CAD"):
        assert sum(one.default for one in shelf.values() if one.currency == currency) <= 1
    assert not any(one.default for one in shelf.values() if one.state is not MethodState.ACTIVE)


def test_the_newest_that_can_be_charged_inherits_the_default():
    gone = method(4, default=True)
    dead = replace(method(3), flagged=after_words("R02").flagged)
    methods = [method(1), method(2), dead, gone, method(5, currency="CAD")]

    inherits = heir(methods, gone)

    assert inherits is not None
    assert (inherits.method_id, inherits.default) == ("mth_2", True)


def test_nobody_inherits_what_was_not_the_default_or_where_nothing_is_left():
    assert heir([method(1, default=True), method(2)], method(2)) is None
    assert heir([method(1, default=True)], method(1, default=True)) is None


# ---------------------------------------------------------------- what banks say


@pytest.mark.parametrize("code", ["R02", "R03", "R04", "R05", "R07", "R08", "R10", "R16", "R20", "R29", "r02"])
def test_r38_a_return_that_will_come_again_keeps_an_account_from_being_charged(code: str):
    account = after_words(code)

    with pytest.raises(MethodFlaggedError, match="Nothing was charged"):
        to_charge(account, by_merchant=True)


@pytest.mark.parametrize("code", ["R01", "R09", "C01", "C02", "C07", "R99"])
def test_r38_want_of_money_and_corrections_warn_and_charge_on(code: str):
    account = after_words(code)

    assert account.flagged is not None
    assert to_charge(account, by_merchant=True) == VaultMethod("vault/1", "bank_account", None, by_merchant=True)


@pytest.mark.parametrize("words", list(permutations(["R01", "C01", "R02"])))
def test_r38_the_same_words_in_any_order_end_in_the_same_flag(words: tuple[str, ...]):
    flag = after_words(*words).flagged

    assert flag is not None
    assert flag.code == "R02"


def test_r38_a_second_notice_of_the_same_return_changes_nothing():
    once = after_words("R01")

    assert flagged(once, "R01", None, NOW + timedelta(days=1)) is None


def test_a_word_about_a_removed_method_changes_nothing():
    assert flagged(removed(removing(method()), NOW), "R02", None, NOW) is None


def test_every_correction_is_told_as_one_and_asks_for_an_act():
    for code in CHANGE_CODES:
        assert is_correction(code)
        assert flag_reason(code, "123456789").startswith("The bank sent a correction. ")
        assert "123456789" not in flag_reason(code, "123456789")
        assert not blocks_charges(code)


def test_a_code_that_nobody_knows_is_told_with_the_processor_s_words_but_without_long_numbers():
    assert flag_reason("R02", "Account Closed") == return_reason("R02")
    assert flag_reason("R99") == UNKNOWN_REASON
    assert flag_reason("R99", "see  acct 12345 6789") == "The bank sent the payment back (R99: see acct …)."


# ---------------------------------------------------------------- saved again, removed


def test_saved_again_keeps_age_and_default_and_takes_new_consent_and_expiry():
    known = method(1, default=True, expiry="2025-06", version=3)
    told = replace(method(1, expiry="2028-06", last4=None, version=0), created_at=NOW + timedelta(days=9))

    after = saved_again(known, told)

    assert (after.created_at, after.default, after.expiry, after.last4, after.version) == (known.created_at, True, "2028-06", "1111", 3)


@pytest.mark.parametrize(("code", "stays"), [("R02", True), ("R16", True), ("R07", False), ("R10", False), ("R01", False), ("C01", False)])
def test_new_consent_answers_an_objection_and_never_a_dead_account(code: str, stays: bool):
    again = saved_again(after_words(code), replace(method(type="bank_account"), version=0))

    assert (again.flagged is not None) is stays


def test_a_removed_method_that_is_saved_again_begins_anew():
    gone = replace(removed(removing(replace(after_words("R02"), default=True)), NOW), version=5)
    told = method(1, version=0)

    assert saved_again(gone, told) == replace(told, version=5)


def test_what_is_left_of_a_removed_method_is_what_the_consent_was_for():
    gone = removed(removing(method(1, default=True)), NOW)

    assert (gone.vault_id, gone.default, gone.consent, gone.last4) == ("", False, CONSENT, "1111")
    with pytest.raises(NotFoundError, match="no payment method mth_1"):
        to_charge(gone, by_merchant=True)
