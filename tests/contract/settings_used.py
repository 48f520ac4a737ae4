"""Which settings a handler asks for, read from the code: its own module, what it imports, and what it takes from wiring."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.contract.reading import ROOT

PACKAGE = ROOT / "layers" / "shared"
ASKING = {"setting", "optional"}
LOCAL_ONLY = {"LOCAL_CLOCK_FILE"}
"""Set by the local cloud beside what the template states."""
TABLE_NAMES = {"LEDGER_TABLE", "ACCOUNTS_TABLE", "DIRECTORY_TABLE", "EMAIL_ACTIVITY_TABLE", "TRANSIENT_TABLE"}
"""Asked for together by ``wiring.tables``; a function states those it may use (see the test on rights)."""


def settings_used(folder: str) -> set[str]:
    """Names of the settings that the function in ``functions/<folder>`` may ask for."""
    wiring = {name: body for path in sorted((PACKAGE / "duebook").glob("wiring*.py")) for name, body in _functions_of(path).items()}
    seen: set[Path] = set()
    names: set[str] = set()
    wired: set[str] = set()
    waiting = [ROOT / "functions" / folder / "handler.py"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        tree = _tree(path)
        names |= _asked(tree)
        wired |= _taken_from_wiring(tree)
        waiting += [found for found in _imported(tree) if not found.name.startswith("wiring")]
    while wired:
        name = wired.pop()
        body = wiring.pop(name, None)
        if body is not None:
            names |= _asked(body)
            wired |= {node.id for node in ast.walk(body) if isinstance(node, ast.Name) and node.id in wiring} | _taken_from_wiring(body)
    return names - LOCAL_ONLY - TABLE_NAMES


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _functions_of(path: Path) -> dict[str, ast.AST]:
    return {node.name: node for node in _tree(path).body if isinstance(node, ast.FunctionDef)}


def _taken_from_wiring(tree: ast.AST) -> set[str]:
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_wiring(node.value)}


def _is_wiring(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id.startswith("wiring")


def _asked(tree: ast.AST) -> set[str]:
    return {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ASKING
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def _imported(tree: ast.Module) -> list[Path]:
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
            modules |= {f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            modules |= {one.name for one in node.names}
    paths = [PACKAGE / (module.replace(".", "/") + ".py") for module in modules if module.startswith("duebook.")]
    return [path for path in paths if path.exists()]
