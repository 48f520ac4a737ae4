"""Each fault at each call of the pay path, one at a time; afterwards the books, the processor and the people must agree."""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest
from botocore import xform_name
from botocore.session import Session

from tests.faults.hooks import PROCESSOR_FAULTS, Fault, Site, faults_for
from tests.faults.later_stories import LATER_STORIES, LaterStory, later_violations, play_later
from tests.faults.stage import world
from tests.faults.story import STORIES, Story, play, prepare, violations
from tests.faults.world import BOARD

ROOT = Path(__file__).resolve().parents[2]
DUEBOOK = ROOT / "layers" / "shared" / "duebook"
ELSEWHERE = frozenset(
    {
        ("secret_store.py", "create_secret"),  # when a tenant is made or its processors are set
        ("secret_store.py", "put_secret_value"),
        ("link_queue.py", "send_message"),  # when somebody asks for a link to sign in
        ("dynamo.py", "update_item"),  # when an API key is used
        ("wiring_statements.py", "start_execution"),  # test_statement_runs.py
        ("wiring_automation_runs.py", "start_execution"),  # test_automation_runs.py
    }
)
"""Calls that no payment makes."""
CLIENTS = frozenset({"client", "self._client", "machine"})
OTHER_STORES = frozenset({"attachment_store.py", "import_store.py"})


LONG = os.environ.get("LONG") == "1"
ONE_IN = 1 if LONG else 13
"""Of the later stories' scenarios one in so many is played in CI, others for each story; ``make faults LONG=1`` plays all.

Six or seven faults go with each call: a number that shares no factor with these meets every kind of fault.
"""
PAIRS = 300 if LONG else 4
"""Of each story so many pairs of faults are played: the second strikes somewhere after the first."""
Either: TypeAlias = Story | LaterStory


def run(folder: Path, story: Either, *faults: Fault) -> tuple[list[Site], int, list[str]]:
    """Play a story with faults armed; return the calls, how many struck, and what does not hold."""
    processor = story.processor if isinstance(story, LaterStory) else "authorize_net"
    with world(folder, processor, prepare) as made:
        BOARD.arm(*faults)
        if isinstance(story, LaterStory):
            play_later(made, story)
            BOARD.on = False
            return list(BOARD.calls), BOARD.struck, later_violations(made)
        answer = play(made, story)
        BOARD.on = False
        return list(BOARD.calls), BOARD.struck, violations(made, answer)


@cache
def clean_run(story: Either) -> list[Site]:
    """Play a story without faults, once a process, and return its calls."""
    with TemporaryDirectory() as folder:
        calls, _, found = run(Path(folder), story)
    assert found == []
    return calls


def swept(folder: Path, name: str, story: Either, scenarios: list[tuple[Site, Fault]]) -> tuple[str, list[object]]:
    """Play scenarios; return a line that counts them, and all that was wrong."""
    wrong: list[object] = []
    for site, fault in scenarios:
        _, struck, found = run(folder, story, fault)
        wrong += [(site, fault, text) for text in found]
        if not struck:
            wrong.append((site, fault, "did not strike"))
    kinds = dict(Counter(fault.kind for _, fault in scenarios))
    sites = len({site for site, _ in scenarios})
    return f"{name}: {sites} call sites, {len(scenarios)} scenarios, {len(wrong)} violations; {kinds}", wrong


def scenarios_of(calls: list[Site]) -> list[tuple[Site, Fault]]:
    """List each fault at the first call from each place."""
    first_of = {site: index for index, site in reversed(list(enumerate(calls)))}
    return [(site, Fault(kind, at)) for site, at in first_of.items() for kind in faults_for(site)]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_r25_r39_r40_no_fault_at_any_call_charges_twice_or_loses_money(
    story: Story, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    text, wrong = swept(tmp_path, story.name, story, scenarios_of(clean_run(story)))
    record_property("fault sweep", text)
    assert wrong == []


@pytest.mark.parametrize("story", [*STORIES, *LATER_STORIES], ids=lambda story: getattr(story, "title", story.name))
def test_r25_r39_r41_no_two_faults_in_one_story_lose_money(
    story: Either, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    calls = clean_run(story)
    dice = Random(story.name)
    wrong: list[object] = []
    for _ in range(PAIRS):
        first = dice.randrange(len(calls))
        pair = Fault(dice.choice(faults_for(calls[first])), first), Fault(dice.choice(PROCESSOR_FAULTS), first + dice.randint(1, 40))
        _, struck, found = run(tmp_path, story, *pair)
        wrong += [(pair, text) for text in found if struck]
    record_property("fault sweep", f"{getattr(story, 'title', story.name)}: {PAIRS} pairs, {len(wrong)} violations")
    assert wrong == []


@pytest.mark.parametrize("story", LATER_STORIES, ids=lambda story: story.title)
def test_r38_r39_r41_no_fault_in_the_later_life_of_a_payment_loses_money_or_a_word(
    story: LaterStory, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    scenarios = scenarios_of(clean_run(story))
    offset = LATER_STORIES.index(story) % ONE_IN
    text, wrong = swept(tmp_path, story.title, story, scenarios[offset::ONE_IN])
    record_property("fault sweep", text)
    assert wrong == []


def test_the_sweep_reaches_every_call_of_the_pay_path() -> None:
    reached = {
        (site.place.split(":")[0].rsplit("/", 1)[-1], site.operation) for story in (*STORIES, *LATER_STORIES) for site in clean_run(story)
    }
    written = {(path.name, operation) for path in DUEBOOK.rglob("*.py") if path.name not in OTHER_STORES for operation in _operations(path)}

    assert written - reached - {(file, _camel(name)) for file, name in ELSEWHERE} == set()


def _operations(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in CLIENTS
    }
    return {_camel(name) for name in called if name in _NAMES}


def _names() -> dict[str, str]:
    session = Session()
    services = ("dynamodb", "stepfunctions", "sqs", "ses", "secretsmanager")
    return {xform_name(operation): operation for service in services for operation in session.get_service_model(service).operation_names}


_NAMES = _names()


def _camel(name: str) -> str:
    return _NAMES[name]
