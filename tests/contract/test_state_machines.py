"""State machines: no task without an end in time, a second try and a place to fail to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.contract.reading import ROOT, STATE_MACHINE, Tree, mentions, resources

DEFINITIONS = sorted((ROOT / "statemachines").glob("*.asl.yaml"))


def definition(name: str) -> Tree:
    tree: Tree = yaml.safe_load((ROOT / "statemachines" / f"{name}.asl.yaml").read_text(encoding="utf-8"))
    return tree


def states_of(machine: Tree) -> Iterator[tuple[str, Tree, Tree]]:
    """Every state with its name and the scope (the machine, branch or item processor) it stands in."""
    for name, state in machine["States"].items():
        yield name, state, machine
        for branch in state.get("Branches", []):
            yield from states_of(branch)
        if "ItemProcessor" in state:
            yield from states_of(state["ItemProcessor"])


def every(state_type: str) -> list[Any]:
    found = [
        pytest.param(state, scope, id=f"{path.name.split('.')[0]}: {name}")
        for path in DEFINITIONS
        for name, state, scope in states_of(definition(path.name.split(".")[0]))
        if state["Type"] == state_type
    ]
    assert found
    return found


def test_every_definition_is_a_state_machine_of_the_template_and_the_other_way_round():
    used = {one["Properties"]["DefinitionUri"] for one in resources(STATE_MACHINE).values()}

    assert used == {f"statemachines/{path.name}" for path in DEFINITIONS}


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.name)
def test_a_machine_speaks_jsonata_says_what_it_does_and_ends_in_time(path):
    machine = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert machine["QueryLanguage"] == "JSONata"
    assert machine["Comment"]
    assert machine["TimeoutSeconds"] > 0


@pytest.mark.parametrize(("state", "scope"), every("Task"))
def test_a_task_ends_in_time_tries_again_with_jitter_and_fails_to_a_named_state(state: Tree, scope: Tree):
    (retry,) = state["Retry"]
    (catch,) = state["Catch"]

    assert 0 < state["TimeoutSeconds"] <= 900
    assert "States.TaskFailed" in retry["ErrorEquals"]
    assert "States.ALL" not in retry["ErrorEquals"]
    assert retry["MaxAttempts"] >= 3
    assert retry["BackoffRate"] > 1
    assert retry["MaxDelaySeconds"] <= 300
    assert retry["JitterStrategy"] == "FULL"
    assert catch["ErrorEquals"] == ["States.ALL"]
    assert catch["Next"] in scope["States"]


@pytest.mark.parametrize(("state", "scope"), every("Task"))
def test_a_task_is_given_its_name_and_ids_only(state: Tree, scope: Tree):
    payload = state["Arguments"]["Payload"]

    assert scope["States"]
    assert set(payload) <= {"task", "payment", "run", "batch", "outcome", "error"}
    assert payload.get("payment", payload.get("run")) == "{% $states.context.Execution.Input %}"


@pytest.mark.parametrize(("state", "scope"), every("Parallel"))
def test_a_parallel_state_fails_to_a_named_state(state: Tree, scope: Tree):
    assert [(catch["ErrorEquals"], catch["Next"] in scope["States"]) for catch in state["Catch"]] == [(["States.ALL"], True)]


@pytest.mark.parametrize(("state", "scope"), every("Map"))
def test_a_map_is_bounded_and_fails_to_a_named_state(state: Tree, scope: Tree):
    assert 0 < state["MaxConcurrency"] <= 10
    assert state["ItemProcessor"]["ProcessorConfig"] == {"Mode": "INLINE"}
    assert [(catch["ErrorEquals"], catch["Next"] in scope["States"]) for catch in state["Catch"]] == [(["States.ALL"], True)]


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.name)
def test_every_next_state_exists_and_every_state_is_reached(path):
    machine = yaml.safe_load(path.read_text(encoding="utf-8"))
    scopes = {id(scope): scope for _, _, scope in states_of(machine)}

    for scope in scopes.values():
        targets = {scope["StartAt"]}
        for state in scope["States"].values():
            targets |= {state["Next"]} if "Next" in state else set()
            targets |= {each["Next"] for each in (*state.get("Catch", []), *state.get("Choices", []))}
            targets |= {state["Default"]} if "Default" in state else set()
        assert targets == set(scope["States"])


@pytest.mark.parametrize("name", sorted(resources(STATE_MACHINE)))
def test_every_substitution_is_given_and_used_and_may_be_invoked(name: str):
    properties = resources(STATE_MACHINE)[name]["Properties"]
    text = (ROOT / properties["DefinitionUri"]).read_text(encoding="utf-8")
    substitutions = properties["DefinitionSubstitutions"]

    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(substitutions)
    for value in substitutions.values():
        assert value["Fn::GetAtt"][0] in resources()
        assert mentions(properties["Policies"], value["Fn::GetAtt"][0])


def test_the_tasks_named_in_the_definition_are_the_tasks_the_handlers_know():
    tasks = {
        (state["Arguments"]["FunctionName"], state["Arguments"]["Payload"]["task"])
        for path in DEFINITIONS
        for _, state, _ in states_of(definition(path.name.split(".")[0]))
        if state["Type"] == "Task"
    }
    folders = {
        "${ApplyPaymentFunctionArn}": "apply_payment",
        "${NotifyPaymentFunctionArn}": "notify_payment",
        "${PrintStatementsFunctionArn}": "print_statements",
        "${RunAutomationsFunctionArn}": "run_automations",
        "${RunStatementsFunctionArn}": "run_statements",
    }

    for function, task in tasks:
        folder = folders[function]
        assert json.dumps(task) in (ROOT / "functions" / folder / "handler.py").read_text(encoding="utf-8")
