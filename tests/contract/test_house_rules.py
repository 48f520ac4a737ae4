"""House rules that no linter knows, checked on the syntax tree."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.contract.reading import ROOT

PACKAGE = ROOT / "layers" / "shared" / "duebook"
HANDLERS = sorted((ROOT / "functions").glob("*/handler.py"))
MAY_CATCH = {
    "authorize",
    "authorize_contact",
    "staff_document_pages",
    "staff_mail_pages",
    "staff_pages",
    "staff_payment_pages",
    "staff_request_pages",
    "staff_settings_pages",
}
"""API Gateway takes an authorizer's refusal as one fixed exception; Chalice's middleware sees only a finished 500."""
MADE_BY_THE_BUILD = {"assets.json", "__pycache__"}
LONGEST_FUNCTION = 30
LONGEST_FILE = 400


def sources(*folders: str, endings: tuple[str, ...] = (".py", ".js")) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in endings]
    return sorted(path for path in found if not {"dist", "__pycache__", "node_modules"} & set(path.parts))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", sorted((PACKAGE / "domain").glob("*.py")), ids=short)
def test_the_domain_has_no_floats_and_divides_only_whole_numbers(path: Path):
    for node in ast.walk(tree(path)):
        line = getattr(node, "lineno", 0)
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), f"line {line}: a float"
        assert not (isinstance(node, ast.Name) and node.id == "float"), f"line {line}: float"
        assert not (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)), f"line {line}: /"


@pytest.mark.parametrize("path", sorted((PACKAGE / "domain").glob("*.py")), ids=short)
def test_the_domain_waits_for_nothing_and_logs_nothing(path: Path):
    for node in ast.walk(tree(path)):
        assert not isinstance(node, ast.Await | ast.AsyncFunctionDef), f"line {getattr(node, 'lineno', 0)}"
        assert not (isinstance(node, ast.Name) and node.id in {"print", "logging", "logger", "open"}), f"line {getattr(node, 'lineno', 0)}"


@pytest.mark.parametrize("path", HANDLERS, ids=short)
def test_a_handler_parses_calls_and_answers_in_thirty_lines_a_function(path: Path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= LONGEST_FUNCTION, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", HANDLERS, ids=short)
def test_a_handler_opens_no_client(path: Path):
    imported = {name.split(".")[0] for node in ast.walk(tree(path)) for name in _modules(node)}

    assert not imported & {"boto3", "botocore"}


@pytest.mark.parametrize("path", [path for path in HANDLERS if path.parent.name not in MAY_CATCH], ids=short)
def test_a_handler_catches_nothing(path: Path):
    for node in ast.walk(tree(path)):
        assert not isinstance(node, ast.Try), f"line {getattr(node, 'lineno', 0)}: errors have one table, in web/json_api.py"


@pytest.mark.parametrize("folder", sorted(path.parent for path in HANDLERS), ids=short)
def test_a_function_folder_holds_one_module_and_at_most_templates(folder: Path):
    inside = {path.name for path in folder.iterdir()} - MADE_BY_THE_BUILD

    assert inside <= {"__init__.py", "handler.py", "templates"}


@pytest.mark.parametrize("path", sorted([*PACKAGE.rglob("__init__.py"), *(ROOT / "functions").rglob("__init__.py")]), ids=short)
def test_a_package_says_what_it_is_and_loads_nothing(path: Path):
    (only,) = tree(path).body

    assert isinstance(only, ast.Expr)
    assert isinstance(only.value, ast.Constant)
    assert isinstance(only.value.value, str)


@pytest.mark.parametrize("path", sources("layers/shared/duebook", "functions", "local", "bench", "portal", "tests"), ids=short)
def test_a_file_stays_under_four_hundred_lines(path: Path):
    lines = len(path.read_text(encoding="utf-8").splitlines())

    assert lines <= LONGEST_FILE


@pytest.mark.parametrize("path", sources("layers/shared/duebook", "functions", endings=(".py",)), ids=short)
def test_nothing_is_imported_inside_a_function_but_in_wiring(path: Path):
    if path.name.startswith("wiring"):
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [each.lineno for each in ast.walk(node) if isinstance(each, ast.Import | ast.ImportFrom)]
            assert not inner, f"{node.name}: line {inner}"


@pytest.mark.parametrize("path", sources("layers/shared/duebook", "functions", endings=(".py",)), ids=short)
def test_nobody_catches_every_exception(path: Path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            names = {each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)} if node.type else {"everything"}
            assert not names & {"Exception", "BaseException", "everything"}, f"line {node.lineno}"


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="an archive without history")
def test_nothing_that_a_build_writes_is_kept():
    git = shutil.which("git")
    assert git is not None

    kept = subprocess.run(
        [git, "ls-files", "--cached", "--ignored", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert kept.stdout.splitlines() == []


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
