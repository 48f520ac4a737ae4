"""Reconciliation finds every seeded break among thousands of payments, and invents none."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duebook.domain.breaks import Break, BreakKind
from duebook.domain.reconciliation import compare, over
from tests.simulated_books import MERCHANTS, World, broken, simulated

SEEDS = range(12)
PAYMENTS = 2_000


def found_in(world: World) -> list[Break]:
    payments = world.payments()
    return [one for merchant in MERCHANTS for one in compare(payments, world.reading(merchant))]


def named(found: list[Break]) -> Counter[tuple[BreakKind, str]]:
    return Counter((one.kind, one.subject) for one in found)


@pytest.mark.parametrize("seed", SEEDS)
def test_books_that_agree_have_no_break(seed: int):
    assert found_in(simulated(seed, PAYMENTS)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_r41_every_seeded_break_of_every_kind_is_found_and_none_is_invented(seed: int):
    world = simulated(seed, PAYMENTS)
    assert len(BreakKind) >= 12

    seeded = [broken(world, kind) for kind in BreakKind for _ in range(world.chance.randint(1, 3))]

    assert named(found_in(world)) == Counter(seeded)


@pytest.mark.parametrize("kind", BreakKind)
def test_a_break_of_each_kind_alone_is_found(kind: BreakKind):
    for seed in range(20):
        world = simulated(seed, 200)

        seeded = broken(world, kind)

        assert named(found_in(world)) == Counter([seeded]), f"seed {seed}"


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), kinds=st.sets(st.sampled_from(BreakKind), max_size=6))
def test_the_order_of_records_and_payments_does_not_matter(seed: int, kinds: set[BreakKind]):
    world = simulated(seed, 150)
    seeded = [broken(world, kind) for kind in sorted(kinds)]

    first, second = found_in(world), found_in(world)

    assert first == second
    assert named(first) == Counter(seeded)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_break_that_is_mended_is_not_reported_again_and_counts_as_over(seed: int):
    world, sound = simulated(seed, 400), simulated(seed, 400)
    for kind in (
        BreakKind.AMOUNT_DIFFERS,
        BreakKind.CHARGED_TWICE,
        BreakKind.VOIDED_THERE,
        BreakKind.REFUND_NOT_MADE,
        BreakKind.NOT_SETTLED,
    ):
        broken(world, kind)

    earlier = found_in(world)

    assert found_in(sound) == []
    assert len(earlier) == 5
    assert all(over([one], sound.payments(), sound.reading(one.merchant_account_id)) for one in earlier)


def test_a_break_out_of_sight_is_not_taken_for_mended():
    world = simulated(1, 200)
    for kind in BreakKind:
        broken(world, kind)
    nothing_read = {merchant: world.reading(merchant) for merchant in MERCHANTS}

    for one in found_in(world):
        reading = nothing_read[one.merchant_account_id]
        blind = type(reading)(reading.merchant_account_id, (), reading.now, reading.now)
        assert over([one], [], blind) == (), one.kind
