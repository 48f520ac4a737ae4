"""The smaller script does what the longer one does: only comments and needless blanks go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal.build import PORTAL
from portal.minify import MinifyError, minified


@pytest.mark.parametrize(
    ("script", "smaller"),
    [
        ("/** A module. */\n\nconst a = 1; // one\n", "const a=1;\n"),
        ("const a = b\n++c\n", "const a=b\n++c\n"),
        ("return\nvalue;", "return\nvalue;\n"),
        ("call()\n[1, 2].map(f)", "call()\n[1,2].map(f)\n"),
        ("a = function () {}\nb()", "a=function(){}\nb()\n"),
        ("f({\n  a,\n  b,\n});", "f({a,b,});\n"),
        ("one\n  .two()\n  .three()", "one.two().three()\n"),
        ("a + +b - -c + ++d", "a+ +b- -c+ ++d\n"),
        ("a / /x  y/.source", "a/ /x  y/.source\n"),
        ("1 .toString()", "1 .toString()\n"),
        ("`two  spaces ${ a  +  `in  ${ b }  ` }  // no comment`", "`two  spaces ${a+`in  ${b}  `}  // no comment`\n"),
        ("`${ { a: 1 }.a }  }`", "`${{a:1}.a}  }`\n"),
        ("`\\`  ${a}$  \\${  b }`", "`\\`  ${a}$  \\${  b }`\n"),
        ("const f = (a) => /b  c/.test(a);", "const f=(a)=>/b  c/.test(a);\n"),
        ("const f = a ?? /b  c/;", "const f=a??/b  c/;\n"),
        ("return /x  'y/.test(z)", "return/x  'y/.test(z)\n"),
        ('const r = /[/]  "/g;', 'const r=/[/]  "/g;\n'),
        ("const r = /\\/  \\[/;", "const r=/\\/  \\[/;\n"),
        ("(a) / 2 / b[0] / `c`", "(a)/2/b[0]/`c`\n"),
        ("`${a}` / 2", "`${a}`/2\n"),
        ("'it''s  // no comment'", "'it''s  // no comment'\n"),
        ("class A {\n  #own = 1;\n  static b = 2;\n}", "class A{#own=1;static b=2;}\n"),
        ("x in /a  b/", "x in/a  b/\n"),
        ("a.b/* c */.d", "a.b.d\n"),
        ("let a/* */of", "let a of\n"),
        ("return /* a\nline */ value", "return\nvalue\n"),
        ("é = ü  in ß", "é=ü in ß\n"),
    ],
)
def test_comments_and_needless_blanks_go_and_nothing_else(script: str, smaller: str) -> None:
    assert minified(script) == smaller


@pytest.mark.parametrize(
    "script",
    ["if (a) /b/.test(c)", "{}\n/b/.test(c)", "'open", '"open\n"', "`open ${a", "a = /open", "f(a]", "}", "{ (a)"],
)
def test_what_cannot_be_told_apart_is_refused(script: str) -> None:
    with pytest.raises(MinifyError):
        minified(script)


@pytest.mark.parametrize("path", sorted((PORTAL / "js").glob("*.js")), ids=lambda path: path.name)
def test_our_modules_lose_signs_only_and_a_second_pass_finds_nothing(path: Path) -> None:
    script = path.read_text("utf-8")

    smaller = minified(script)

    assert minified(smaller) == smaller
    assert len(smaller) < len(script)
    rest = iter(without_blanks(script))
    assert all(sign in rest for sign in without_blanks(smaller))


def without_blanks(script: str) -> str:
    return re.sub(r"\s", "", script)
