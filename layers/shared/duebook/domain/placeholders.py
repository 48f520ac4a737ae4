"""Our placeholder language: ``{{customer.name}}``, and one block ``{{#invoices}} … {{/invoices}}`` that is repeated for each invoice.

Nothing can be computed, called or nested. A text is read once, from its start to its end; what is put in is never read again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from duebook.errors import InvariantError

BLOCK = "invoices"
MAX_PLACEHOLDERS = 500
MAX_NAME = 64
MAX_PROBLEMS = 20
MAX_VALUE = 500
MAX_ROWS = 100
MAX_FILLED = 100_000
"""Rows of a block are filled in up to this many characters; how many more there are is told in their place."""

_MARK = re.compile(r"\{\{|\}\}|\{%|\{#")
_NAME = re.compile(r"[a-z][a-z_0-9]*(?:\.[a-z][a-z_0-9]*)?")
_UNSEEN = "\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ufeff"
FORBIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_UNSEEN}\u2028\u2029]")
"""Control characters, halves of characters, and marks that turn the direction of what follows them; none is seen, none is needed."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name that may stand in a text.

    Args:
        name: As typed between the braces.
        meaning: One line for the person who writes the text.
        example: What may stand in its place.
        is_link: An address; it may stand as the whole ``href`` of a link.
    """

    name: str
    meaning: str
    example: str
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of one kind of mail: those that stand anywhere, and those of the block; without the latter there is no block."""

    names: tuple[Name, ...]
    row: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Literal:
    """Text as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A name whose value is put in."""

    name: str


@dataclass(frozen=True, slots=True)
class Block:
    """What is repeated for each invoice."""

    nodes: tuple[Literal | Placeholder, ...]


Node: TypeAlias = Literal | Placeholder | Block
Escape: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a text, and where; line and column count from 1."""

    field: str
    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text that was read: its nodes, and what is wrong with it (the first twenty things)."""

    nodes: tuple[Node, ...]
    problems: tuple[Problem, ...] = ()


def with_plain_line_ends(text: str) -> str:
    """Return a text whose lines end in one newline each, whichever system it was typed on."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def problem_at(field: str, text: str, start: int, message: str) -> Problem:
    """Say what is wrong at a place of a text."""
    return Problem(field, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start), message)


def parse(text: str, vocabulary: Vocabulary, field: str) -> Parsed:
    """Read a text in one pass.

    Args:
        text: With plain line ends.
        vocabulary: The names that may stand in it.
        field: Named by its problems.
    """
    reading = _Reading(text, vocabulary, field)
    position = 0
    while (mark := _MARK.search(text, position)) and len(reading.problems) < MAX_PROBLEMS:
        reading.take(Literal(text[position : mark.start()]))
        position = reading.mark(mark.group(), mark.start())
    reading.take(Literal(text[position:]))
    return reading.finished()


def unparsed(nodes: Sequence[Node]) -> str:
    """Write nodes as a text again, each placeholder without blanks between its braces."""
    parts: list[str] = []
    for node in nodes:
        match node:
            case Literal(text):
                parts.append(text)
            case Placeholder(name):
                parts.append(f"{{{{{name}}}}}")
            case Block(inner):
                parts.append(f"{{{{#{BLOCK}}}}}{unparsed(inner)}{{{{/{BLOCK}}}}}")
    return "".join(parts)


def fill(nodes: Sequence[Node], values: Mapping[str, str], rows: Sequence[Mapping[str, str]], escape: Escape) -> str:
    """Put values in the place of names. A value becomes one line without control characters, escaped for where it stands.

    Args:
        nodes: As read.
        values: By name.
        rows: Of the block, one mapping for each invoice; beyond a hundred, or a hundred thousand characters, they are counted.
        escape: Makes a value harmless where it stands.

    Raises:
        InvariantError: A name has no value here.
    """
    ready = {name: escape(as_value(value)) for name, value in values.items()}
    parts: list[str] = []
    for node in nodes:
        match node:
            case Block(inner):
                parts += _repeated(inner, ready, rows, escape)
            case _:
                parts.append(_filled(node, ready))
    return "".join(parts)


def as_value(text: str) -> str:
    """Return a value as it is put in: one line, nothing unseen, not too long."""
    return " ".join(FORBIDDEN.sub(" ", text[: 2 * MAX_VALUE]).split())[:MAX_VALUE]


def _repeated(
    inner: Sequence[Literal | Placeholder], ready: Mapping[str, str], rows: Sequence[Mapping[str, str]], escape: Escape
) -> list[str]:
    parts: list[str] = []
    length = 0
    for row in rows[:MAX_ROWS]:
        if length > MAX_FILLED:
            break
        known = {**ready, **{name: escape(as_value(value)) for name, value in row.items()}}
        parts.append("".join(_filled(node, known) for node in inner))
        length += len(parts[-1])
    if len(rows) > len(parts):
        parts.append(escape(f" … and {len(rows) - len(parts)} more"))
    return parts


def _filled(node: Literal | Placeholder, known: Mapping[str, str]) -> str:
    if isinstance(node, Literal):
        return node.text
    if node.name not in known:
        raise InvariantError(f"this mail has nothing to put in the place of {{{{{node.name}}}}}")
    return known[node.name]


class _Reading:
    """A text on its way to its nodes."""

    def __init__(self, text: str, vocabulary: Vocabulary, field: str) -> None:
        self.problems: list[Problem] = []
        self._text = text
        self._field = field
        self._names = frozenset(one.name for one in vocabulary.names)
        self._row_names = frozenset(one.name for one in vocabulary.row)
        self._nodes: list[Node] = []
        self._inner: list[Literal | Placeholder] | None = None
        self._opened_at = 0
        self._blocks = 0
        self._count = 0

    def take(self, node: Literal | Placeholder) -> None:
        """Add a node where the reading stands."""
        if node == Literal(""):
            return
        if self._inner is None:
            self._nodes.append(node)
        else:
            self._inner.append(node)

    def mark(self, mark: str, start: int) -> int:
        """Read on from a pair of braces and return where to go on."""
        if mark != "{{":
            self._note(start, _STRAY[mark])
            return start + len(mark)
        end = self._text.find("}}", start + 2, start + 2 + MAX_NAME + len("{{ # }}"))
        if end < 0:
            self._note(start, "This {{ is not closed: after the name stands }}.")
            return start + 2
        self._count += 1
        if self._count == MAX_PLACEHOLDERS + 1:
            self._note(start, f"There are more than {MAX_PLACEHOLDERS} placeholders.")
        self._name(self._text[start + 2 : end].strip(" \t"), start)
        return end + 2

    def finished(self) -> Parsed:
        """Return what was read."""
        if self._inner is not None:
            self._note(self._opened_at, f"This {{{{#{BLOCK}}}}} is not closed: at its end stands {{{{/{BLOCK}}}}}.")
            self._nodes.append(Block(tuple(self._inner)))
        return Parsed(tuple(self._nodes), tuple(self.problems[:MAX_PROBLEMS]))

    def _name(self, name: str, start: int) -> None:
        if name == f"#{BLOCK}":
            self._open(start)
        elif name == f"/{BLOCK}":
            self._close(start)
        elif name[:1] in {"#", "/"}:
            self._note(start, self._no_block(name))
        elif name in self._names or (self._inner is not None and name in self._row_names):
            self.take(Placeholder(name))
        else:
            self._note(start, self._unknown(name))

    def _open(self, start: int) -> None:
        if not self._row_names:
            self._note(start, self._no_block(BLOCK))
        elif self._inner is not None:
            self._note(start, "A block cannot stand inside a block.")
        elif self._blocks:
            self._note(start, f"There is one {{{{#{BLOCK}}}}} block at most.")
        else:
            self._blocks, self._inner, self._opened_at = 1, [], start

    def _close(self, start: int) -> None:
        if self._inner is None:
            self._note(start, f"This {{{{/{BLOCK}}}}} closes nothing: before it stands {{{{#{BLOCK}}}}}.")
            return
        self._nodes.append(Block(tuple(self._inner)))
        self._inner = None

    def _no_block(self, name: str) -> str:
        if not self._row_names:
            return "This text has no list of invoices, so no block can stand here."
        return f"{_short(name)} is no block. The one block is {{{{#{BLOCK}}}}} … {{{{/{BLOCK}}}}}."

    def _unknown(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            return f"{_short(name) or 'Nothing'} is not a name. Between the braces stands one name and nothing else."
        if name in self._row_names:
            return f"{{{{{name}}}}} stands between {{{{#{BLOCK}}}}} and {{{{/{BLOCK}}}}} only."
        known = self._names if self._inner is None else self._names | self._row_names
        near = get_close_matches(name, sorted(known), 1)
        return f"{{{{{name}}}}} does not exist here." + (f" Did you mean {{{{{near[0]}}}}}?" if near else "")

    def _note(self, start: int, message: str) -> None:
        self.problems.append(problem_at(self._field, self._text, start, message))


_STRAY: Mapping[str, str] = {
    "}}": "This }} closes nothing: before the name stands {{.",
    "{%": "There are no commands such as {% if %}: only names in double braces.",
    "{#": "There are no comments such as {# … #}: only names in double braces.",
}


def _short(name: str) -> str:
    plain = "".join(char if char.isprintable() else f"(U+{ord(char):04X})" for char in name)
    return plain if len(plain) <= MAX_NAME else f"{plain[:MAX_NAME]}…"
