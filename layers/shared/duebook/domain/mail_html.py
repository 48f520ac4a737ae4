"""The HTML a tenant's text may hold, read strictly: a handful of tags, one attribute, and nothing that is not closed.

It is read after cleaning, whose output has this form; whatever has not is refused, so a gap in the cleaner opens nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from duebook.domain.placeholders import BLOCK, MAX_PROBLEMS, Problem, Vocabulary, problem_at

TAGS = frozenset({"p", "br", "strong", "em", "a", "ul", "ol", "li", "h2"})
SCHEMES = frozenset({"http", "https", "mailto"})
MAX_TAGS = 1_000
MAX_DEPTH = 12
MAX_BLOCK = 2_000
"""Characters of what is repeated for each invoice."""
MAX_HREF = 1_000

_BEGUN = re.compile(r"<[a-zA-Z/!?]")
_TOKEN = re.compile(
    rf'<(?P<close>/?)(?P<tag>{"|".join(sorted(TAGS, key=len, reverse=True))})(?: href="(?P<href>[^"<>]*)")?>|\{{\{{(?P<block>[#/]){BLOCK}\}}\}}|[<>]'
)
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s\"<>{}]+", re.IGNORECASE)
_LINK_NAME = re.compile(r"\{\{([a-z_.0-9]+)\}\}")
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_OF_BLOCKS = re.compile(r"<(?:p|ul|ol|li|h2|br)\b", re.IGNORECASE)

NO_ADDRESS = "This link leads nowhere a mail may lead: it begins with https://, http:// or mailto:, or is one link placeholder alone."
IN_BLOCK = f"What stands between {{{{#{BLOCK}}}}} and {{{{/{BLOCK}}}}} must open and close its own tags."


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of cleaned HTML; ``href`` of a link is as it stands, with entities."""

    name: str
    closes: bool = False
    href: str | None = None


def tags_begun(html: str) -> int:
    """Count what may begin a tag, so that cleaning is never given too much to do."""
    return sum(1 for _ in _BEGUN.finditer(html))


def with_paragraphs(html: str) -> str:
    """Return a text that was typed without tags of its own as paragraphs: an empty line parts them, a line end is a break."""
    if _OF_BLOCKS.search(html):
        return html
    parts = [part.strip() for part in _PARAGRAPH.split(html.strip())]
    return "\n".join(f"<p>{part.replace(chr(10), f'<br>{chr(10)}')}</p>" for part in parts if part)


def pieces(html: str) -> Iterator[str | Tag]:
    """Read cleaned and filled HTML as text and tags.

    Raises:
        ValueError: It is not of the form that cleaning gives.
    """
    position = 0
    for token in _TOKEN.finditer(html):
        if token["tag"] is None:
            if token["block"] is None:
                raise ValueError("a bracket stands outside of any tag")
            continue
        if token.start() > position:
            yield html[position : token.start()]
        position = token.end()
        yield Tag(token["tag"], bool(token["close"]), token["href"])
    if position < len(html):
        yield html[position:]


def problems_of(html: str, vocabulary: Vocabulary, field: str) -> tuple[Problem, ...]:
    """Tell what is wrong with a cleaned text: links, tags that cross the block, depth."""
    links = frozenset(name.name for name in vocabulary.names if name.is_link)
    found: list[Problem] = []
    open_tags: list[str] = []
    floor, opened_at = 0, None
    for token in _TOKEN.finditer(html):
        message = None
        if token["block"] == "#":
            floor, opened_at = len(open_tags), token.end()
        elif token["block"] == "/":
            if opened_at is not None:
                message = _of_block(token.start() - opened_at, closed=len(open_tags) == floor)
            floor, opened_at = 0, None
        elif token["tag"] is None:
            message = "The angle brackets here are no tag."
        else:
            message = _of_tag(token, open_tags, floor, links)
        if message and len(found) < MAX_PROBLEMS:
            found.append(problem_at(field, html, token.start(), message))
    return tuple(found)


def _of_block(length: int, *, closed: bool) -> str | None:
    if not closed:
        return IN_BLOCK
    return f"What is repeated for each invoice is longer than {MAX_BLOCK:,} characters." if length > MAX_BLOCK else None


def _of_tag(token: re.Match[str], open_tags: list[str], floor: int, links: Sequence[str] | frozenset[str]) -> str | None:
    tag = token["tag"]
    if tag == "br":
        return None
    if token["close"]:
        if len(open_tags) <= floor or open_tags[-1] != tag:
            return IN_BLOCK
        open_tags.pop()
        return None
    open_tags.append(tag)
    if len(open_tags) > MAX_DEPTH:
        return f"Tags stand more than {MAX_DEPTH} deep in one another."
    return NO_ADDRESS if tag == "a" and not _leads_somewhere(token["href"], links) else None


def _leads_somewhere(href: str | None, links: Sequence[str] | frozenset[str]) -> bool:
    if href is None or len(href) > MAX_HREF:
        return False
    name = _LINK_NAME.fullmatch(href)
    return name[1] in links if name else _ADDRESS.fullmatch(href) is not None
