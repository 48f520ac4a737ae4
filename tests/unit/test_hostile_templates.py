"""Some 340 hostile texts: each is refused and told why, or does no harm in the mail it ends up in (R65)."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest

from duebook.domain.email_activity import MailKey, MailKind, MailText, OutgoingMail
from duebook.domain.mail_html import problems_of
from duebook.domain.mail_templates import CheckedText, OwnText, checked
from duebook.domain.mail_texts import MAX_BODY, MAX_SUBJECT, TEXTS
from duebook.domain.placeholders import FORBIDDEN, parse
from duebook.mail.cleaning import clean_html
from duebook.mail.message import built
from duebook.mail.tenant_texts import Filling, OwnWords, TenantWords, written
from tests.contract.reading import ROOT

CASES: list[dict[str, Any]] = json.loads((ROOT / "tests/shared/hostile_templates.json").read_text("utf-8"))
KIND = MailKind.RECEIPT
HARMLESS = OwnText("Receipt", "<p>Thank you.</p>")
HOSTILE_VALUES = (
    "<script>alert(1)</script>",
    '" onclick="alert(1)',
    "{{links.pay}} {{#invoices}}{{number}}{{/invoices}} {% if x %}",
    "x\r\nBcc: victim@evil.example\r\n\r\n<p>",
    "\u202e\x00\ud800&lt;b&gt;</td></tr></table>",
    "javascript:alert(1)",
)
STYLES_OF_OURS = {"class", "style"}


def text_of(case: dict[str, Any]) -> str:
    return str(case["text"]) * case.get("times", 1)


def as_typed(case: dict[str, Any]) -> OwnText:
    text = text_of(case)
    return OwnText(text, HARMLESS.body) if case["field"] == "subject" else OwnText(HARMLESS.subject, text)


def filling(value: str) -> Filling:
    names = TEXTS[KIND].vocabulary
    values = {name.name: "https://pay.example/x?a=1&b=2" if name.is_link else value for name in names.names}
    return Filling(values, tuple({name.name: value for name in names.row} for _ in range(3)))


@dataclass
class Page(HTMLParser):
    """What a parser of HTML makes of an answer."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    depth: int = 0

    def __post_init__(self):
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]):
        self.tags.append((tag, dict(attrs)))
        self.depth += tag != "br"

    def handle_endtag(self, tag: str):
        self.depth -= tag != "br"

    def handle_comment(self, data: str):
        self.others.append(data)

    def handle_decl(self, decl: str):
        self.others.append(decl)

    def handle_pi(self, data: str):
        self.others.append(data)

    def unknown_decl(self, data: str):
        self.others.append(data)


def is_harmless(words: OwnWords) -> bool:
    page = Page()
    page.feed(str(words.html))
    page.close()
    assert not page.others
    assert page.depth == 0, "every tag is closed, so nothing of the frame is swallowed"
    for tag, attributes in page.tags:
        assert tag in {"p", "br", "strong", "em", "a", "ul", "ol", "li", "h2"}
        assert set(attributes) <= STYLES_OF_OURS | ({"href"} if tag == "a" else set())
        if tag == "a":
            assert str(attributes["href"]).startswith(("https://", "http://", "mailto:", "HTTP"))
    assert not FORBIDDEN.search(words.text + words.subject)
    return True


def check_headers(words: OwnWords) -> None:
    key = MailKey("ten_1", "01J00000000000000000000000")
    content = MailText(words.subject, str(words.html), words.text)
    mail = OutgoingMail(key, KIND, "ana@acme.example", "Prairie", None, content, datetime(2026, 7, 1, tzinfo=UTC))
    read = message_from_bytes(built(mail, "mail@duebook.example"), policy=default)
    assert sorted({name.lower() for name, _ in read.items()} - {"mime-version", "content-type"}) == [
        "auto-submitted", "date", "from", "subject", "to", "x-duebook-kind", "x-duebook-mail-id"
    ]  # fmt: skip
    assert len(words.subject) <= MAX_SUBJECT
    assert "\n" not in str(read["subject"])
    assert str(read["to"]) == "ana@acme.example"


def test_the_corpus_is_large_enough():
    assert len(CASES) >= 150
    assert len({(case["field"], text_of(case)) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case['about']}" for number, case in enumerate(CASES)])
def test_r65_a_hostile_text_is_refused_with_its_line_or_does_no_harm(case: dict[str, Any]):
    typed = as_typed(case)
    known = checked(KIND, typed, clean_html)

    if known.problems:
        assert_is_clear(known, typed)
        return
    assert checked(KIND, known.text, clean_html) == known, "what is kept is kept as it is"
    for value in HOSTILE_VALUES:
        words = written(TenantWords(KIND, known.text, clean_html), filling(value))
        assert is_harmless(words)
        check_headers(words)


def assert_is_clear(known: CheckedText, typed: OwnText) -> None:
    for problem in known.problems:
        assert problem.field in {"subject", "body"}
        assert problem.line >= 1
        assert problem.column >= 1
        assert 10 < len(problem.message) < 250
        assert problem.message.isprintable()
        assert "Error" not in problem.message
    assert len(known.problems) <= 40
    assert known.text.body in {typed.body.replace("\r\n", "\n").replace("\r", "\n").strip(), HARMLESS.body}


def test_r65_what_can_be_clicked_is_never_a_value_of_somebody_else():
    for name in (name for name in TEXTS[KIND].vocabulary.names if not name.is_link):
        known = checked(KIND, OwnText("x", f'<a href="{{{{{name.name}}}}}">x</a>'), clean_html)
        assert known.problems


@pytest.mark.parametrize("case", [case for case in CASES if "times" in case], ids=lambda case: ascii(case["text"])[:20])
def test_r65_twice_the_text_is_at_most_twice_the_work(case: dict[str, Any]):
    """Steps of the interpreter are counted, not time; what one step hands to C looks at each character once."""
    once = max(1, 2_000 // len(case["text"]))
    small, large = (steps_of(case["text"] * times) for times in (once, 2 * once))

    assert large <= 2.2 * small + 200


def steps_of(text: str) -> int:
    count = 0

    def step(*_: Any) -> Any:
        nonlocal count
        count += 1
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        parse(text, TEXTS[KIND].vocabulary, "body")
        problems_of(text, TEXTS[KIND].vocabulary, "body")
    finally:
        sys.settrace(before)
    return count


def test_r65_what_is_too_long_never_reaches_the_cleaner():
    given: list[str] = []

    def clean(html: str) -> str:
        given.append(html)
        return html

    for body in ("x" * (MAX_BODY + 1), "<p>" * 1_001, "{{" * 400):
        assert checked(KIND, OwnText("x", body), clean).problems
    assert not given
