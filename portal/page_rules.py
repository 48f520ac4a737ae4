"""What a built page may hold: no inline code, no foreign script. The strict CSP would block it in the browser anyway."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser

_PRELOADS = frozenset({"modulepreload", "preload", "stylesheet"})
_FOREIGN = ("http:", "https:", "//", "data:", "blob:", "javascript:")


class PageRuleError(ValueError):
    """A page holds something that must not be shipped."""


class _Reader(HTMLParser):
    """Collects a page's own script and style addresses, and what breaks a rule."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line, _ = self.getpos()
        given = {name: value or "" for name, value in attrs}
        self.problems += [f"line {line}: {problem}" for problem in _problems(tag, given)]
        if tag == "script" and "src" in given:
            self.scripts.append(given["src"])
        if tag == "link" and given.get("rel") == "modulepreload":
            self.scripts.append(given["href"])


def check_page(name: str, html: str) -> tuple[str, ...]:
    """Return the addresses of the scripts a page loads, each once.

    Raises:
        PageRuleError: An inline script or style, a style or event attribute, or a script from elsewhere.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.problems:
        raise PageRuleError(f"{name}: " + "; ".join(reader.problems))
    return tuple(dict.fromkeys(reader.scripts))


def _problems(tag: str, given: dict[str, str]) -> Iterable[str]:
    if tag == "script":
        yield from _script_problems(given)
    if tag == "style":
        yield "inline style"
    if tag == "link" and given.get("rel") in _PRELOADS:
        yield from _link_problems(given)
    for name, value in given.items():
        if name == "style":
            yield f"style attribute on {tag}"
        elif name.startswith("on"):
            yield f"event attribute {name} on {tag}"
        elif name in {"href", "src", "action", "formaction"} and value.strip().lower().startswith("javascript:"):
            yield f"script in {name} of {tag}"


def _script_problems(given: dict[str, str]) -> Iterable[str]:
    if "src" not in given:
        yield "inline script"
    elif given["src"].strip().lower().startswith(_FOREIGN):
        yield f"script from elsewhere: {given['src']}"
    elif not given.get("integrity"):
        yield f"script without integrity: {given['src']}"


def _link_problems(given: dict[str, str]) -> Iterable[str]:
    if given.get("href", "").strip().lower().startswith(_FOREIGN):
        yield f"{given['rel']} from elsewhere: {given['href']}"
    elif not given.get("integrity"):
        yield f"{given['rel']} without integrity: {given.get('href', '')}"
