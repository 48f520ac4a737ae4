"""Runs our state machine definitions in process, as far as they go: Task, Parallel, Map, Pass, Fail, Retry, Catch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.faults.hooks import CrashError

ROOT = Path(__file__).resolve().parents[2]
Invoke = Callable[[str, dict[str, Any]], Any]


class TaskFailedError(Exception):
    """A state failed and nothing caught it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What expressions may read: the execution's input, a state's own, and of a Map the item."""

    execution: Mapping[str, Any]
    invoke: Invoke
    state: Any = None
    item: Any = None


def run(name: str, execution_input: Mapping[str, Any], invoke: Invoke) -> str:
    """Run a definition to its end and return the name of the last state.

    Args:
        name: Of the file under statemachines/.
        execution_input: The execution's input.
        invoke: Calls the function behind a substitution such as ``ApplyPaymentFunctionArn``.

    Raises:
        TaskFailedError: It ended in a Fail state.
    """
    return _branch(_definition(name), Scope(execution_input, invoke, dict(execution_input)))


@cache
def _definition(name: str) -> Mapping[str, Any]:
    definition: Mapping[str, Any] = yaml.safe_load((ROOT / "statemachines" / f"{name}.asl.yaml").read_text(encoding="utf-8"))
    return definition


def _branch(definition: Mapping[str, Any], scope: Scope) -> str:
    name = definition["StartAt"]
    while True:
        state = definition["States"][name]
        if state["Type"] == "Fail":
            raise TaskFailedError(name)
        following, output = _one(state, scope)
        if following is None:
            return str(name)
        name, scope = following, replace(scope, state=output)


def _one(state: Mapping[str, Any], scope: Scope) -> tuple[str | None, Any]:
    tries = 1 + max((retry["MaxAttempts"] for retry in state.get("Retry", ())), default=0)
    output: Any = None
    for attempt in range(tries):
        try:
            output = _work(state, scope)
        except (Exception, CrashError):  # a function that fails in any way failed its task
            if attempt + 1 < tries:
                continue
            if not state.get("Catch"):
                raise
            return str(state["Catch"][0]["Next"]), None
        break
    return (None if state.get("End") else str(state["Next"])), output


def _work(state: Mapping[str, Any], scope: Scope) -> Any:
    match state["Type"]:
        case "Task":
            arguments = state["Arguments"]
            payload = {key: _value(value, scope) for key, value in arguments["Payload"].items()}
            return scope.invoke(arguments["FunctionName"].strip("${}"), payload)
        case "Parallel":
            for branch in state["Branches"]:
                _branch(branch, scope)
        case "Map":
            for item in _value(state["Items"], scope):
                _branch(state["ItemProcessor"], replace(scope, state=item, item=item))
        case "Pass":
            pass
        case kind:
            raise NotImplementedError(kind)
    return None


def _value(expression: str, scope: Scope) -> Any:
    match expression:
        case "{% $states.context.Execution.Input %}":
            return dict(scope.execution)
        case "{% $states.context.Map.Item.Value %}":
            return scope.item
        case "{% $states.input.batches %}" | "{% $states.input.outcome %}":
            return scope.state[expression.split()[1].rsplit(".", 1)[1]]
        case _:
            return "failed" if expression.startswith("{%") else expression
