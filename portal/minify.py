"""Make a script smaller without changing what it does: comments and needless blanks go, every other token stays as written.

No parser. It tells literals, comments and blanks apart and leaves the rest alone. Where only a parser could say whether a
slash divides or begins a regular expression, it refuses, and the module is written differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<word>[\w$\#]+)
    |(?P<mark>.)""",
    re.DOTALL | re.VERBOSE,
)
_REGEX = re.compile(r"/(?:[^\\/\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*")
_TEMPLATE = re.compile(r"[`}](?:[^`\\$]|\\.|\$(?!\{))*(?:`|\$\{)", re.DOTALL)
_BEFORE_A_VALUE = frozenset("return typeof case in of delete void throw new else do await yield instanceof".split())
_HEADS = frozenset({"if", "while", "for", "with"})
_OPENING = {")": "(", "]": "[", "}": "{"}
_HEAD = "head("
_TEMPLATE_PART = "${"


class MinifyError(ValueError):
    """A script holds what this step cannot tell apart safely."""


def minified(script: str) -> str:
    """Return a script without comments and needless blanks. The end of a line stays wherever it may end a statement.

    Raises:
        MinifyError: A literal or a bracket has no end, or a slash may be two things.
    """
    out: list[str] = []
    gap = ""
    for kind, text in _Scanner(script).tokens():
        if kind == "blank":
            gap += "\n" if "\n" in text else " "
            continue
        if out and gap:
            out.append(_separator(out[-1], text, line_ended="\n" in gap))
        out.append(text)
        gap = ""
    return "".join(out) + "\n"


def _separator(before: str, after: str, *, line_ended: bool) -> str:
    last, first = before[-1], after[0]
    if line_ended and last not in "{([,;" and first not in "})],;.":
        return "\n"
    words = _in_word(last) and _in_word(first)
    signs = last in "+-/" and first in "+-/"
    number = last.isdigit() and first == "."
    return " " if words or signs or number else ""


def _in_word(sign: str) -> bool:
    return sign.isalnum() or sign in "_$#\\"


class _Scanner:
    """Cuts a script into blanks (comments are blanks), words, literals and single marks."""

    def __init__(self, script: str) -> None:
        self._script = script
        self._at = 0
        self._open: list[str] = []
        self._before = ""
        """The token before, blanks aside; of a closing bracket, what had opened it."""

    def tokens(self) -> Iterator[tuple[str, str]]:
        while self._at < len(self._script):
            kind, text = self._next()
            yield kind, text
            self._at += len(text)
        if self._open:
            raise MinifyError(f"{self._open[-1]} is never closed")

    def _next(self) -> tuple[str, str]:
        found = _TOKEN.match(self._script, self._at)
        if found is None:  # its last alternative takes any sign
            raise MinifyError(self._place())
        kind, text = str(found.lastgroup), found.group()
        if kind == "mark" and (text == "`" or (text == "}" and self._open[-1:] == [_TEMPLATE_PART])):
            return "template", self._template()
        if text == "/" and self._value_comes():
            return "regex", self._regex()
        if kind == "mark":
            self._nest(text)
        elif kind != "blank":
            self._before = text
        return kind, text

    def _template(self) -> str:
        text = self._whole(_TEMPLATE)
        if text.startswith("}"):
            self._open.pop()
        if text.endswith(_TEMPLATE_PART):
            self._open.append(_TEMPLATE_PART)
        self._before = "(" if text.endswith(_TEMPLATE_PART) else "`"
        return text

    def _regex(self) -> str:
        self._before = "`"
        return self._whole(_REGEX)

    def _whole(self, literal: re.Pattern[str]) -> str:
        found = literal.match(self._script, self._at)
        if found is None:
            raise MinifyError(f"{self._place()} begins a literal without an end")
        return found.group()

    def _nest(self, mark: str) -> None:
        if mark in _OPENING.values():
            self._open.append(_HEAD if mark == "(" and self._before in _HEADS else mark)
        elif mark in _OPENING:
            opened = self._open.pop() if self._open else ""
            if opened.removeprefix("head") != _OPENING[mark]:
                raise MinifyError(f"{self._place()} closes what was not opened")
            self._before = f"{opened}{mark}"
            return
        elif mark in "\"'":
            raise MinifyError(f"{self._place()} begins a literal without an end")
        self._before = mark

    def _value_comes(self) -> bool:
        """Whether a slash here begins a regular expression, because a value must follow what stands before it."""
        before = self._before
        if before in {"{}", f"{_HEAD})"}:
            raise MinifyError(f"{self._place()}: a slash after a brace or a head may divide or begin a regular expression")
        if before in {"()", "[]", "`"} or before[-1:] in {'"', "'"}:
            return False
        return not _in_word(before[-1:]) or before in _BEFORE_A_VALUE if before else True

    def _place(self) -> str:
        line = self._script.count("\n", 0, self._at) + 1
        return f"line {line}: {self._script[self._at : self._at + 20]!r}"
