"""The short name of a business in its sign-in address."""

from __future__ import annotations

from itertools import islice

import pytest

from duebook.domain.slugs import NUMBERED, SLUG, checked_slug, slug_from, slugs_for
from duebook.errors import UnprocessableError


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Blue Ridge Sanitation", "blue-ridge-sanitation"),
        ("  Dolly's  Porta-Potties, LLC. ", "dollys-porta-potties-llc"),
        ("Café Müller & Söhne", "cafe-muller-sohne"),
        ("A1", "company-a1"),
        ("Ёлка", "company"),
        ("#SLUG#ten_1", "slug-ten-1"),
        ("The Extraordinarily Long Name of a Family Business", "the-extraordinarily-long-name-of-a-famil"),
        ("Forty letters and then a blank are cut - here", "forty-letters-and-then-a-blank-are-cut-h"),
    ],
)
def test_r57_a_slug_is_made_from_the_name(name: str, slug: str) -> None:
    assert slug_from(name) == slug
    assert checked_slug(slug) == slug


def test_r57_a_second_business_of_a_name_is_numbered_and_the_last_try_is_its_own() -> None:
    tried = list(slugs_for("Blue Ridge", "ten_01JX7ABCDEFGH"))

    assert list(islice(tried, 3)) == ["blue-ridge", "blue-ridge-2", "blue-ridge-3"]
    assert tried[-1] == "blue-ridge-1jx7abcdefgh"
    assert len(tried) == NUMBERED + 1


def test_a_numbered_slug_keeps_its_length() -> None:
    assert all(SLUG.fullmatch(one) for one in slugs_for("x" * 60, "ten_01JX7ABCDEFGH"))


@pytest.mark.parametrize("text", ["", "ab", "Blue", "blue ridge", "blue_ridge", "-blue", "blue-", "blue#ridge", "x" * 41, "bluë"])
def test_what_is_no_slug_is_refused_with_what_one_is(text: str) -> None:
    with pytest.raises(UnprocessableError, match="3 to 40 small letters, digits and hyphens"):
        checked_slug(text)
