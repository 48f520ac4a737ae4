"""What the contract tests read: the template in its long form, functions, policies, folders."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from local.stack import load_template

ROOT = Path(__file__).resolve().parent.parent.parent
FUNCTION = "AWS::Serverless::Function"
STATE_MACHINE = "AWS::Serverless::StateMachine"

Tree = dict[str, Any]


@cache
def template() -> Tree:
    return load_template()


def resources(resource_type: str | None = None) -> Tree:
    return {name: one for name, one in template()["Resources"].items() if resource_type in {None, one["Type"]}}


def functions() -> Tree:
    """Folder -> properties of the function whose code is there."""
    return {Path(one["Properties"]["CodeUri"]).name: one["Properties"] for one in resources(FUNCTION).values()}


def logical_id(folder: str) -> str:
    return "".join(part.capitalize() for part in folder.split("_")) + "Function"


def events(properties: Tree, event_type: str) -> Tree:
    return {name: one["Properties"] for name, one in properties.get("Events", {}).items() if one["Type"] == event_type}


def statements(policies: list[Tree]) -> Iterator[Tree]:
    for policy in policies:
        assert set(policy) <= {"Statement", "Version"}, f"a policy template, not a statement of its own: {policy}"
        yield from policy["Statement"]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def mentions(tree: Any, name: str) -> bool:
    """Whether a reference to the resource ``name`` stands anywhere inside."""
    text = json.dumps(tree)
    return f'"{name}"' in text or f"${{{name}}}" in text or f"${{{name}." in text


def environment(properties: Tree) -> set[str]:
    """The variables a function finds, those of all functions included."""
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    return set(shared) | set(properties.get("Environment", {}).get("Variables", {}))


def handler(folder: str) -> Any:
    """Import a function's handler as tests do. It must import without any setting."""
    return importlib.import_module(f"functions.{folder}.handler")


def pages_of(folder: str) -> set[str]:
    """Method and path of each page that a function of staff pages serves."""
    return {f"{method} {path}" for path, views in handler(folder).app.routes.items() for method in views}


def handler_folders() -> list[str]:
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
