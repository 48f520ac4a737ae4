"""A world from a photograph is as the one that was built: the same calls, nothing of what happened in the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.later_stories import LATER_STORIES, LaterStory
from tests.faults.stage import PHOTOGRAPHS, world
from tests.faults.story import prepare
from tests.faults.test_sweep import run
from tests.faults.world import World

TOLD = [story for story in LATER_STORIES if story.name in {"refunded, then charged back", "saved card"}]


@pytest.mark.parametrize("story", TOLD, ids=lambda story: story.title)
def test_a_story_makes_the_same_calls_in_a_built_world_and_in_copies_of_it(story: LaterStory, tmp_path: Path) -> None:
    PHOTOGRAPHS.clear()
    built, copied, again = (run(tmp_path, story) for _ in range(3))

    assert built == copied == again
    assert built[2] == []


@pytest.mark.parametrize("processor", ["authorize_net", "cardpointe"])
def test_a_copy_stands_where_its_ground_was_laid_and_what_is_done_in_it_stays_in_it(processor: str, tmp_path: Path) -> None:
    def lay(made: World) -> str:
        prepare(made)
        made.pay(5_000, key="laid")
        made.settle_down()
        made.later(hours=20)
        return made.token()

    for _ in range(3):
        with world(tmp_path, processor, lay) as made:
            assert [payment.amount.minor for payment in made.payments()] == made.charges() == [5_000]
            assert sorted(made.sent_mails()) == ["payment_received", "receipt"]
            assert made.pay(700, key="later", token=made.ground).status == 201
            made.settle_down()
            assert sorted(made.charges()) == [700, 5_000]
            assert made.findings() == []
