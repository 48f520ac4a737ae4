"""Texts with placeholders: whatever is typed and whatever is put in, reading ends, and values stay values."""

from __future__ import annotations

from html import escape, unescape

from hypothesis import given
from hypothesis import strategies as st

from duebook.domain.email_activity import MailKind
from duebook.domain.mail_html import Tag, pieces
from duebook.domain.mail_templates import OwnText, checked
from duebook.domain.mail_texts import TEXTS
from duebook.domain.placeholders import FORBIDDEN, MAX_ROWS, Block, Literal, Placeholder, Vocabulary, as_value, fill, parse, unparsed
from duebook.mail.cleaning import clean_html
from duebook.mail.tenant_texts import Filling, TenantWords, written

KIND = MailKind.PAST_DUE_1
WORDS = TEXTS[KIND].vocabulary
NAMES = st.sampled_from([name.name for name in WORDS.names])
ROW_NAMES = st.sampled_from([name.name for name in WORDS.row])
PLAIN = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]), min_size=1, max_size=30)
PIECES = st.sampled_from(
    ["{{", "}}", "{", "}", "{%", "{#", "customer.name", "{{customer.name}}", "{{#invoices}}", "{{/invoices}}", "{{number}}", "<p>", "</p>",
     "<ul><li>", "</li></ul>", "<strong>", "</strong>", '<a href="', '">', "</a>", "https://x.example", "{{links.pay}}", "<script>", "&lt;", "&#123;",
     "\n", "\r\n", " ", "x", "<", ">", '"', "é", "\u202e", "\x00"]
)  # fmt: skip
ANYTHING = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=40).map("".join))
VALUES = st.text(max_size=120)


def literals(text: str) -> Literal:
    return Literal(text)


NODES = st.lists(st.one_of(PLAIN.map(literals), NAMES.map(Placeholder)), max_size=12).map(tuple)


@given(typed=ANYTHING)
def test_reading_ends_with_nodes_or_with_problems_that_stand_inside_the_text(typed: str):
    read = parse(typed, WORDS, "body")

    for problem in read.problems:
        assert 1 <= problem.line <= typed.count("\n") + 1
        assert 1 <= problem.column <= len(typed) + 1
    if not read.problems:
        assert parse(unparsed(read.nodes), WORDS, "body").nodes == read.nodes


@given(nodes=NODES)
def test_what_is_written_is_read_as_it_was(nodes: tuple[Literal | Placeholder, ...]):
    once = parse(unparsed(nodes), WORDS, "body")

    assert not once.problems
    assert unparsed(once.nodes) == unparsed(nodes)


@given(value=VALUES)
def test_a_value_is_never_read_again(value: str):
    (node,) = parse("{{customer.name}}", WORDS, "body").nodes

    assert fill([node], {"customer.name": value}, (), str) == as_value(value)
    assert fill([node], {"customer.name": value}, (), escape) == escape(as_value(value))


@given(value=VALUES)
def test_a_value_is_one_line_without_anything_unseen(value: str):
    put_in = as_value(value)

    assert put_in == " ".join(put_in.split())
    assert not FORBIDDEN.search(put_in)
    assert as_value(put_in) == put_in


@given(rows=st.integers(0, 3 * MAX_ROWS), long=st.booleans())
def test_a_block_tells_of_every_invoice_or_how_many_more_there_are(rows: int, long: bool):
    block = Block((Literal("x" * 2_000 if long else ""), Placeholder("number"), Literal("|")))
    filled = fill([block], {}, [{"number": str(number)} for number in range(rows)], str)
    told = filled.count("|")

    assert told + (int(filled.split("and ")[1].split(" more")[0]) if "more" in filled else 0) == rows
    assert len(filled) <= 110_000


@given(typed=ANYTHING, value=VALUES)
def test_r65_whatever_is_typed_is_refused_or_ends_as_closed_tags_of_ours(typed: str, value: str):
    known = checked(KIND, OwnText("Notice", typed), clean_html)
    if known.problems:
        return
    assert checked(KIND, known.text, clean_html) == known
    values = {name.name: "https://pay.example/" if name.is_link else value for name in WORDS.names}
    row = {name.name: value for name in WORDS.row}
    words = written(TenantWords(KIND, known.text, clean_html), Filling(values, (row, row)))
    body = clean_html(fill(known.body, values, (row, row), escape))
    tags = [piece for piece in pieces(body) if isinstance(piece, Tag) and piece.name != "br"]
    assert sum(-1 if tag.closes else 1 for tag in tags) == 0
    assert not FORBIDDEN.search(words.text)


@given(name=st.text("abcdefghijklmnopqrstuvwxyz._", min_size=1, max_size=30))
def test_r65_a_name_that_does_not_exist_is_refused(name: str):
    read = parse(f"{{{{{name}}}}}", Vocabulary(WORDS.names), "subject")

    assert bool(read.problems) == (name not in {one.name for one in WORDS.names})


@given(value=VALUES)
def test_what_is_shown_of_a_value_is_the_value(value: str):
    words = written(TenantWords(KIND, OwnText("x", "<p>[{{customer.name}}]</p>"), clean_html), Filling({"customer.name": value}))

    shown = unescape(str(words.html).split("[", 1)[1].rsplit("]", 1)[0])
    assert " ".join(shown.split()) == as_value(value)
