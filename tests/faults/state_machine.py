"""Runs our state machine definitions in process, as far as they go: Task, Parallel, Pass, Fail, Retry, Catch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.faults.hooks import CrashError

ROOT = Path(__file__).resolve().parents[2]
Invoke = Callable[[str, dict[str, Any]], Any]


class TaskFailedError(Exception):
    """A state failed and nothing caught it."""


def run(name: str, execution_input: Mapping[str, Any], invoke: Invoke) -> str:
    """Run a definition to its end and return the name of the last state.

    Args:
        name: Of the file under statemachines/.
        execution_input: The execution's input.
        invoke: Calls the function behind a substitution such as ``ApplyPaymentFunctionArn``.

    Raises:
        TaskFailedError: It ended in a Fail state.
    """
    return _branch(_definition(name), execution_input, invoke)


@cache
def _definition(name: str) -> Mapping[str, Any]:
    definition: Mapping[str, Any] = yaml.safe_load((ROOT / "statemachines" / f"{name}.asl.yaml").read_text(encoding="utf-8"))
    return definition


def _branch(definition: Mapping[str, Any], execution_input: Mapping[str, Any], invoke: Invoke) -> str:
    name = definition["StartAt"]
    while True:
        state = definition["States"][name]
        if state["Type"] == "Fail":
            raise TaskFailedError(name)
        following = _one(state, execution_input, invoke)
        if following is None:
            return str(name)
        name = following


def _one(state: Mapping[str, Any], execution_input: Mapping[str, Any], invoke: Invoke) -> str | None:
    tries = 1 + max((retry["MaxAttempts"] for retry in state.get("Retry", ())), default=0)
    for attempt in range(tries):
        try:
            _work(state, execution_input, invoke)
        except (Exception, CrashError):  # a function that fails in any way failed its task
            if attempt + 1 < tries:
                continue
            if not state.get("Catch"):
                raise
            return str(state["Catch"][0]["Next"])
        break
    return None if state.get("End") else str(state["Next"])


def _work(state: Mapping[str, Any], execution_input: Mapping[str, Any], invoke: Invoke) -> None:
    match state["Type"]:
        case "Task":
            arguments = state["Arguments"]
            payload = {key: _value(value, execution_input) for key, value in arguments["Payload"].items()}
            invoke(arguments["FunctionName"].strip("${}"), payload)
        case "Parallel":
            for branch in state["Branches"]:
                _branch(branch, execution_input, invoke)
        case "Pass":
            pass
        case kind:
            raise NotImplementedError(kind)


def _value(expression: str, execution_input: Mapping[str, Any]) -> Any:
    if expression == "{% $states.context.Execution.Input %}":
        return dict(execution_input)
    return "failed" if expression.startswith("{%") else expression
