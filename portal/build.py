"""Build the portal: static pages, content-hashed assets and the inventory of every script they load.

python portal/build.py            writes portal/dist
python portal/build.py --out DIR
"""

from __future__ import annotations

import argparse
import base64
import fcntl
import functools
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

if not __package__:  # run as a file, python portal/build.py: the package stands one folder up
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from portal import icons, modules
from portal.minify import MinifyError, minified
from portal.page_rules import PageRuleError, check_page
from portal.staff_assets import USED, write_staff_assets

PORTAL = Path(__file__).resolve().parent
DEFAULT_LANGUAGE = "en"
_OLDER_ASSETS_KEPT = 3
_ASSET_FOLDERS = ("js", "css", "icons")
NOT_PAGES = frozenset({"layout.html", "account.html", "parts.html"})
_small = functools.cache(minified)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build wrote.

    Args:
        assets: Address of the assets folder, such as ``/assets/0123456789ab/``.
        pages: Pages below the output folder, such as ``pay-my-balance.html``.
        scripts: The inventory's rows.
    """

    assets: str
    pages: tuple[str, ...]
    scripts: tuple[dict[str, Any], ...]


def build(out_dir: Path, *, source: Path = PORTAL) -> Built:
    """Build every page in every language into ``out_dir``, which is replaced as a whole but for a few older asset folders.

    Raises:
        PageRuleError: A page holds inline code or a foreign script.
        ModuleError: A module breaks a rule.
    """
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    with _alone(out_dir.parent), tempfile.TemporaryDirectory(dir=out_dir.parent, prefix=".portal-") as scratch:
        fresh = Path(scratch) / "new"
        built = _build_into(fresh, source)
        _keep_older_assets(out_dir / "assets", fresh / "assets")
        if out_dir.exists():
            out_dir.rename(Path(scratch) / "old")
        fresh.rename(out_dir)
    return built


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one build at a time write below a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _keep_older_assets(before: Path, fresh: Path) -> None:
    """Carry over the newest asset folders of earlier builds: pages that are open, or were rendered with them, still load."""
    older = [folder for folder in before.iterdir() if not (fresh / folder.name).exists()] if before.is_dir() else []
    for folder in sorted(older, key=lambda one: one.stat().st_mtime, reverse=True)[:_OLDER_ASSETS_KEPT]:
        shutil.copytree(folder, fresh / folder.name)


def asset_base(source: Path = PORTAL) -> str:
    """Return the address of the assets folder that a build of ``source`` writes; the staff pages link to the same one."""
    digest = hashlib.sha256()
    for path in _asset_files(source):
        content = shipped(path)
        digest.update(f"{path.relative_to(source).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return f"/assets/{digest.hexdigest()[:12]}/"


def shipped(path: Path) -> bytes:
    """Return what a browser gets for a source: scripts without comments, everything else as it is.

    Raises:
        MinifyError: A script holds what cannot be made smaller safely.
    """
    if path.suffix != ".js":
        return path.read_bytes()
    try:
        return _small(path.read_text("utf-8")).encode()
    except MinifyError as error:
        raise MinifyError(f"{path.name}, {error}") from error


def integrity(path: Path) -> str:
    """Return the value of an ``integrity`` attribute for a source, as it is shipped.

    Source: W3C Subresource Integrity, section 3.
    """
    return "sha384-" + base64.b64encode(hashlib.sha384(shipped(path)).digest()).decode("ascii")


def _build_into(out_dir: Path, source: Path) -> Built:
    base = asset_base(source)
    for path in _asset_files(source):
        target = out_dir / base.strip("/") / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(shipped(path))
    users: dict[str, list[str]] = {}
    tables = _string_tables(source)
    for language in tables:
        env = _environment(language, tables, source, base)
        for page in _page_names(source):
            target = out_dir / _page_path(page, language)
            html = env.get_template(f"{page}.html").render(page=page) + "\n"
            for address in check_page(target.relative_to(out_dir).as_posix(), html):
                users.setdefault(address.removeprefix(base), []).append(target.relative_to(out_dir).as_posix())
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(html, "utf-8")
    built = Built(base, _written_pages(out_dir), _inventory(source, base, users))
    inventory = {"assets": base, "stylesheet": _stylesheet(source, base), "scripts": built.scripts}
    (out_dir / "script-inventory.json").write_text(json.dumps(inventory, indent=2) + "\n", "utf-8")
    return built


def _asset_files(source: Path) -> list[Path]:
    found = (path for folder in _ASSET_FOLDERS for path in (source / folder).rglob("*"))
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def _page_names(source: Path) -> list[str]:
    return sorted(path.stem for path in (source / "pages").glob("*.html") if path.name not in NOT_PAGES)


def _page_path(page: str, language: str) -> str:
    return f"{page}.html" if language == DEFAULT_LANGUAGE else f"{language}/{page}.html"


def _written_pages(out_dir: Path) -> tuple[str, ...]:
    return tuple(sorted(path.relative_to(out_dir).as_posix() for path in out_dir.rglob("*.html")))


def _string_tables(source: Path) -> dict[str, dict[str, str]]:
    """Read one folder of tables per language. What a translation lacks is shown in the default language.

    Raises:
        PageRuleError: Two tables of a language hold the same key.
    """
    own: dict[str, dict[str, str]] = {}
    for path in sorted((source / "strings").glob("*/*.json")):
        table, part = own.setdefault(path.parent.name, {}), json.loads(path.read_text("utf-8"))
        if twice := sorted(table.keys() & part.keys()):
            raise PageRuleError(f"{path.parent.name}/{path.name} repeats {twice[0]}")
        table |= part
    return {language: own[DEFAULT_LANGUAGE] | table for language, table in own.items()}


def _environment(language: str, tables: Mapping[str, Mapping[str, str]], source: Path, base: str) -> Environment:
    table = tables[language]
    env = Environment(
        loader=FileSystemLoader(source / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        language=language,
        page_module="",
        has_form=False,
        t=_translator(table),
        icon=lambda name: Markup(icons.svg(name)),  # noqa: S704 - our own drawings
        asset=lambda path: f"{base}{path}",
        integrity=functools.cache(lambda path: integrity(source / path)),
        modules=lambda entry: modules.closure(source, entry)[1:] if entry else (),
        late_module="",
        strings_of=lambda *entries: modules.strings_for(source, _modules_of(source, *entries), table).items(),
        late_modules=lambda entry, late: [one for one in modules.closure(source, late) if one not in modules.closure(source, entry)],
        page_url=lambda name: _page_url(name, language),
        other_languages=[(other, tables[other]["language.name"]) for other in tables if other != language],
        page_url_in=_page_url,
    )
    return env


def _page_url(page: str, language: str) -> str:
    name = "" if page == "index" else page
    return f"/{name}" if language == DEFAULT_LANGUAGE else f"/{language}/{name}"


def _modules_of(source: Path, *entries: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for entry in entries if entry for one in modules.closure(source, entry)))


def _translator(table: Mapping[str, str]) -> Callable[..., str]:
    def translate(key: str, **values: str) -> str:
        return table[key].format(**values) if values else table[key]

    return translate


def _inventory(source: Path, base: str, users: Mapping[str, list[str]]) -> tuple[dict[str, Any], ...]:
    files = sorted(path.relative_to(source).as_posix() for path in (source / "js").rglob("*.js"))
    return tuple(
        {
            "file": file,
            "url": f"{base}{file}",
            "purpose": modules.purpose_of(source, file),
            "sha384": integrity(source / file),
            "pages": users.get(file, []),
        }
        for file in files
    )


def _stylesheet(source: Path, base: str) -> dict[str, str]:
    return {"url": f"{base}css/ui.css", "sha384": integrity(source / "css" / "ui.css")}


def main(arguments: list[str]) -> int:
    """Build from the command line; say what was written and how long it took."""
    parser = argparse.ArgumentParser(prog="portal/build.py", description=__doc__)
    parser.add_argument("--out", type=Path, default=PORTAL / "dist", help="folder to write (default: portal/dist)")
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    built = build(options.out)
    write_staff_assets(built.assets, {name: integrity(PORTAL / name) for name in USED})
    seconds = time.perf_counter() - started
    sys.stdout.write(f"{len(built.pages)} pages, {len(built.scripts)} scripts in {options.out} ({seconds:.2f} s)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
