"""Each fault at each call of the pay path, one at a time; afterwards the books, the processor and the people must agree."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import Session

from tests.faults.hooks import Fault, Site, faults_for
from tests.faults.stage import world
from tests.faults.story import STORIES, Story, play, prepare, violations
from tests.faults.world import BOARD

ROOT = Path(__file__).resolve().parents[2]
DUEBOOK = ROOT / "layers" / "shared" / "duebook"
ELSEWHERE = frozenset(
    {
        ("secret_store.py", "create_secret"),  # when a tenant is made or its processors are set
        ("secret_store.py", "put_secret_value"),
    }
)
"""Calls that no payment makes."""
CLIENTS = frozenset({"client", "self._client", "machine"})
OTHER_STORES = frozenset({"import_store.py"})


def clean_run(folder: Path, story: Story) -> list[Site]:
    with world(folder) as made:
        prepare()
        BOARD.arm(None)
        answer = play(made, story)
        BOARD.on = False
        assert violations(made, answer) == []
        return list(BOARD.calls)


def faulty_run(folder: Path, story: Story, fault: Fault) -> tuple[bool, list[str]]:
    with world(folder) as made:
        prepare()
        BOARD.arm(fault)
        answer = play(made, story)
        BOARD.on = False
        return BOARD.struck, violations(made, answer)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_r25_r39_r40_no_fault_at_any_call_charges_twice_or_loses_money(
    story: Story, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    sites = clean_run(tmp_path, story)
    first_of = {site: index for index, site in reversed(list(enumerate(sites)))}
    scenarios = [(site, Fault(kind, at)) for site, at in first_of.items() for kind in faults_for(site)]

    broken, missed = [], []
    for site, fault in scenarios:
        struck, found = faulty_run(tmp_path, story, fault)
        if not struck:
            missed.append((site, fault))
        broken += [(site, fault, text) for text in found]

    kinds = dict(Counter(fault.kind for _, fault in scenarios))
    covered = f"{story.name}: {len(first_of)} call sites, {len(scenarios)} scenarios, {len(broken)} violations; {kinds}"
    record_property("fault sweep", covered)
    assert missed == []
    assert broken == []


def test_the_sweep_reaches_every_call_of_the_pay_path(tmp_path: Path) -> None:
    reached = {(site.place.split(":")[0].rsplit("/", 1)[-1], site.operation) for story in STORIES for site in clean_run(tmp_path, story)}
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
