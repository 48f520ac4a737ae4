"""A tenant's own words in a mail: filled, cleaned once more, styled as our frames are, and once more as plain text (R65)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape, unescape

from markupsafe import Markup

from duebook.domain.email_activity import MailKind
from duebook.domain.mail_html import Tag, pieces
from duebook.domain.mail_templates import Cleaner, OwnText, checked
from duebook.domain.placeholders import fill
from duebook.errors import InvariantError
from duebook.mail.message import MAX_SUBJECT, one_line

MAX_PREHEADER = 140
_TEXT = "margin:0 0 12px;font-size:16px;line-height:24px;color:#16202a;"
_LIST = f"{_TEXT}padding:0 0 0 24px;"
STYLES: Mapping[str, str] = {
    "p": f' class="ink" style="{_TEXT}"',
    "h2": ' class="ink" style="margin:16px 0 8px;font-size:18px;line-height:26px;font-weight:650;color:#16202a;"',
    "ul": f' class="ink" style="{_LIST}"',
    "ol": f' class="ink" style="{_LIST}"',
    "li": ' style="margin:0 0 4px;"',
    "a": ' class="link" style="color:#28506b;"',
}
"""What stands in each tag: mail programs drop style sheets."""
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Filling:
    """What a mail knows: values by name, and a mapping for each invoice of its list."""

    values: Mapping[str, str]
    rows: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A tenant's words as they stand in a mail."""

    subject: str
    html: Markup
    text: str

    @property
    def preheader(self) -> str:
        """What the list of mails shows beside the subject."""
        return one_line(self.text, MAX_PREHEADER)


def _say_nothing(_reason: str) -> None:
    """Leave a failure unsaid."""


@dataclass(frozen=True, slots=True)
class TenantWords:
    """A tenant's text for one kind of mail, and what making a mail of it takes.

    Args:
        kind: Of mail.
        text: As it was kept.
        clean: Cleans HTML.
        failed: Hears why a text could not be used; the mail then goes out in our words.
    """

    kind: MailKind
    text: OwnText
    clean: Cleaner
    failed: Callable[[str], None] = field(default=_say_nothing)


def own_words(words: TenantWords | None, filling: Callable[[], Filling]) -> OwnWords | None:
    """Put a tenant's text into words, or return None where our own words stand.

    A text that cannot be used, which should not happen, is reported and left out: no mail is lost for its words.

    Args:
        words: None: the tenant has no text for this kind.
        filling: Tells what the mail knows; asked only when there is a text.
    """
    if words is None:
        return None
    try:
        return written(words, filling())
    except (InvariantError, ValueError) as error:
        words.failed(str(error))
        return None


def written(words: TenantWords, filling: Filling) -> OwnWords:
    """Fill a text, clean what came of it and style it.

    Raises:
        InvariantError: It holds what this kind of mail does not know, or what would not have been kept.
        ValueError: What came of it is not of the form that cleaning gives.
    """
    known = checked(words.kind, words.text, words.clean)
    if known.problems:
        raise InvariantError(known.problems[0].message)
    subject = one_line(fill(known.subject, filling.values, (), str), MAX_SUBJECT)
    html = words.clean(fill(known.body, filling.values, filling.rows, escape))
    # The mark says that autoescaping lets it through: every piece of it was read as a tag of ours or as text without brackets.
    return OwnWords(subject, Markup(styled(html)), plain_text(html))  # noqa: S704


def styled(html: str) -> str:
    """Return cleaned HTML with the styles of our frames.

    Raises:
        ValueError: It is not of the form that cleaning gives.
    """
    return "".join(_styled(pieces(html)))


def _styled(found: Iterator[str | Tag]) -> Iterator[str]:
    for piece in found:
        if isinstance(piece, str):
            yield piece
        elif piece.closes:
            yield f"</{piece.name}>"
        else:
            href = f' href="{piece.href}"' if piece.href is not None else ""
            yield f"<{piece.name}{href}{STYLES.get(piece.name, '')}>"


def plain_text(html: str) -> str:
    """Return cleaned HTML as plain text: paragraphs apart, lists with dashes or numbers, addresses of links in brackets.

    Raises:
        ValueError: It is not of the form that cleaning gives.
    """
    page = _Page()
    for piece in pieces(html):
        if isinstance(piece, str):
            page.say(_BLANKS.sub(" ", unescape(piece)))
        elif piece.closes:
            page.close(piece.name)
        else:
            page.open(piece)
    return page.text()


class _Page:
    """Plain text on its way."""

    def __init__(self) -> None:
        self._lines: list[list[str]] = [[]]
        self._lists: list[int | None] = []
        self._links: list[tuple[str, int]] = []

    def say(self, words: str) -> None:
        """Add words to the line."""
        line = self._lines[-1]
        if words != " " or line:
            line.append(words if line else words.lstrip())

    def open(self, tag: Tag) -> None:
        """Begin what a tag begins."""
        match tag.name:
            case "br":
                self._break(1)
            case "p" | "h2":
                self._break(1 if self._lists else 2)
            case "ul" | "ol":
                self._break(1 if self._lists else 2)
                self._lists.append(0 if tag.name == "ol" else None)
            case "li":
                self._item()
            case "a":
                self._links.append((unescape(tag.href or ""), len(self._lines[-1])))

    def close(self, name: str) -> None:
        """End what a tag ends."""
        if name in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if name == "a" and self._links:
            address, start = self._links.pop()
            shown = "".join(self._lines[-1][start:]).strip()
            if address and address.removeprefix("mailto:") != shown and address != shown:
                self.say(f" ({address})")
        if name in {"p", "h2", "ul", "ol"}:
            self._break(1 if self._lists else 2)

    def text(self) -> str:
        """Return what was written."""
        return _GAPS.sub("\n\n", "\n".join("".join(line).rstrip() for line in self._lines)).strip()

    def _break(self, lines: int) -> None:
        self._links = [(address, 0) for address, _ in self._links]
        if lines == 1 or self._lines[-1]:
            self._lines.append([])
        if lines == 2 and self._lines[-2:-1] != [[]]:  # noqa: PLR2004 - an empty line between paragraphs
            self._lines.append([])

    def _item(self) -> None:
        if self._lines[-1]:
            self._lines.append([])
        depth = "  " * (len(self._lists) - 1)
        if self._lists and self._lists[-1] is not None:
            self._lists[-1] += 1
            self._lines[-1].append(f"{depth}{self._lists[-1]}. ")
        else:
            self._lines[-1].append(f"{depth}- ")
