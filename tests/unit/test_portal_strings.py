"""The tables of words: every language says everything, with the same values in its sentences."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from duebook.usecases.pay_quote import CONSENT_VERSION
from portal.build import DEFAULT_LANGUAGE, PORTAL

STRINGS = PORTAL / "strings"
SAME_IN_BOTH = re.compile(
    r"(?:\W|\{\w+\}|Duebook|PDF|Date|Site|Sites|Document|Contacts|Actions|CSV|contacts\.csv|[A-Z]\w+ ?(?:Club|Express)?)*"
)
"""Names and words that another language may share."""


def table(language: str) -> dict[str, str]:
    """All words of a language."""
    return {key: text for path in sorted((STRINGS / language).glob("*.json")) for key, text in json.loads(path.read_text("utf-8")).items()}


def values_of(sentence: str) -> Counter[str]:
    return Counter(re.findall(r"\{(\w+)\}", sentence))


TRANSLATIONS = sorted(path.name for path in STRINGS.iterdir() if path.is_dir() and path.name != DEFAULT_LANGUAGE)


def test_canadian_french_is_shipped() -> None:
    assert "fr-CA" in TRANSLATIONS


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_has_every_sentence_and_no_other_in_the_same_files(language: str) -> None:
    own, files = table(language), {path.name for path in (STRINGS / language).glob("*.json")}

    assert own.keys() ^ table(DEFAULT_LANGUAGE).keys() == set()
    assert files == {path.name for path in (STRINGS / DEFAULT_LANGUAGE).glob("*.json")}


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translated_sentence_holds_the_same_values(language: str) -> None:
    own = table(language)

    different = {
        key: (text, own[key]) for key, text in table(DEFAULT_LANGUAGE).items() if values_of(text).keys() != values_of(own[key]).keys()
    }
    # What counts one thing may do without the number.
    assert {key for key in different if not key.endswith(".one")} == set()


@pytest.mark.parametrize("language", [DEFAULT_LANGUAGE, *TRANSLATIONS])
def test_what_is_counted_has_a_form_for_one_and_for_others(language: str) -> None:
    own = table(language)

    assert [key for key in own if key.endswith(".one") and f"{key[:-3]}other" not in own] == []


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_nothing_was_left_in_english(language: str) -> None:
    own = table(language)

    left = [key for key, text in table(DEFAULT_LANGUAGE).items() if own[key] == text and not SAME_IN_BOTH.fullmatch(text)]
    assert left == ["language.direction"]


def test_french_keeps_its_colons_with_the_word_before() -> None:
    assert [text for text in table("fr-CA").values() if re.search(r"\w :|\w:\s", text)] == []


def test_the_wording_that_a_payer_agrees_to_has_the_version_on_record():
    shown = json.loads((PORTAL / "strings" / "en" / "pay.json").read_text("utf-8"))["method.save.hint"]

    # Another wording is another version: change both.
    assert CONSENT_VERSION == "2026-11-payment"
    assert shown == (
        "Your company's contacts can use it here. The business you pay can use it for payments you ask for. "
        "Remove it any time under Saved methods."
    )
