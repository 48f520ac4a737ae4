"""The page's JavaScript modules: which import which, which strings they name, what they are for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

MOST_MODULES = 8
MOST_DEPTH = 2

_IMPORT = re.compile(r"""^(?:import|export)\b(?:[^;"']*?\bfrom)?\s*["']([^"']+)["']""", re.MULTILINE)
_KEY = re.compile(r"""["']([a-z0-9][a-z0-9_-]*(?:\.[a-z0-9_-]+)+)["']""")
_FORMS = ("zero", "one", "two", "few", "many", "other")
_PURPOSE = re.compile(r"\A\s*/\*\*?\s*(.*?)\s*\*/", re.DOTALL)


class ModuleError(ValueError):
    """A module breaks a rule: a missing import, too many of them, no purpose, an unknown string."""


def closure(source: Path, entry: str) -> tuple[str, ...]:
    """Return a page's modules, its entry first, as paths below the portal such as ``js/money.js``.

    Raises:
        ModuleError: An import that is not a file of ours, more than 8 modules, or imports more than 2 deep.
    """
    depth = {entry: 0}
    queue = [entry]
    while queue:
        importer = queue.pop(0)
        for imported in imports_of(source, importer):
            if imported not in depth:
                depth[imported] = depth[importer] + 1
                queue.append(imported)
    if len(depth) > MOST_MODULES:
        raise ModuleError(f"{entry} needs {len(depth)} modules, {MOST_MODULES} are allowed")
    if max(depth.values()) > MOST_DEPTH:
        raise ModuleError(f"{entry} imports {max(depth.values())} deep, {MOST_DEPTH} is allowed")
    return tuple(depth)


def imports_of(source: Path, module: str) -> tuple[str, ...]:
    """Return what one module imports, resolved to paths below the portal.

    Raises:
        ModuleError: The file does not exist, or the import is not relative.
    """
    path = source / module
    if not path.is_file():
        raise ModuleError(f"{module} does not exist")
    found: list[str] = []
    for target in _IMPORT.findall(path.read_text("utf-8")):
        if not target.startswith("./"):
            raise ModuleError(f"{module} imports {target!r}: imports are relative, beginning with ./")
        found.append((Path(module).parent / target).as_posix())
    return tuple(found)


def purpose_of(source: Path, module: str) -> str:
    """Return the sentence at the top of a module.

    Raises:
        ModuleError: There is none.
    """
    match = _PURPOSE.match((source / module).read_text("utf-8"))
    if match is None:
        raise ModuleError(f"{module} does not begin with a comment that says what it is for")
    return re.sub(r"\s*\n\s*\*?\s*", " ", match[1])


def strings_for(source: Path, modules: Iterable[str], table: Mapping[str, str]) -> dict[str, str]:
    """Return the part of a string table that these modules name; a plural key brings all its forms.

    Raises:
        ModuleError: A module names a string the table does not hold.
    """
    chosen: dict[str, str] = {}
    for module in modules:
        for key in keys_named(source, module):
            forms = {name: table[name] for name in (key, *(f"{key}.{form}" for form in _FORMS)) if name in table}
            if not forms:
                raise ModuleError(f"{module} names the string {key!r}, which the table does not hold")
            chosen |= forms
    return dict(sorted(chosen.items()))


def keys_named(source: Path, module: str) -> tuple[str, ...]:
    """Return the dotted keys written in a module, except storage names (``duebook.…``) and the server's field names."""
    text = (source / module).read_text("utf-8")
    return tuple(key for key in dict.fromkeys(_KEY.findall(text)) if not key.startswith(("duebook.", "payer.")))
