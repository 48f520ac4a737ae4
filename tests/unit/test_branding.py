"""The colours of a brand: the table that the browser once filled, the surfaces of the stylesheet, and what staff are told."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from duebook.web import branding
from duebook.web.branding import accent_note, brand_colours, colours_of, contrast, css_colours, hue_of

ROOT = Path(__file__).parents[2]
TABLE: dict[str, list[dict[str, Any]]] = json.loads((ROOT / "tests" / "shared" / "brand_colours.json").read_text("utf-8"))
STYLES = (ROOT / "portal" / "css" / "ui.css").read_text("utf-8")
SURFACES = ("surface", "bg", "sunken", "sel")


def tokens(text: str) -> dict[str, str]:
    """Custom properties with a plain colour, in six digits."""
    found = re.findall(r"--([\w-]+): (#[0-9a-f]{3}(?:[0-9a-f]{3})?);", text)
    return {name: value if len(value) == 7 else "#" + "".join(digit * 2 for digit in value[1:]) for name, value in found}


def themes() -> tuple[dict[str, str], dict[str, str]]:
    light, _, rest = STYLES.partition("@media (prefers-color-scheme: dark)")
    return tokens(light), tokens(rest.partition("/* ---- base ---- */")[0])


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["chosen"])
def test_r57_a_chosen_colour_becomes_what_the_shared_table_says(case: dict[str, str]) -> None:
    chosen = case["chosen"]

    assert asdict(colours_of(chosen)) == {name: value.lower() for name, value in case.items() if name != "chosen"}


def test_r57_the_surfaces_are_those_of_the_stylesheet() -> None:
    light, dark = themes()

    assert {light[name] for name in SURFACES} == set(branding.LIGHT_SURFACES)
    assert {dark[name] for name in SURFACES} == set(branding.DARK_SURFACES)


def test_every_derived_property_is_one_that_the_stylesheet_uses() -> None:
    assert [name for name in css_colours(colours_of("#ffd400")) if f"var({name}" not in STYLES] == []


def test_without_a_colour_or_with_nonsense_the_neutral_ones_of_the_stylesheet_hold() -> None:
    assert [brand_colours(one) for one in (None, "", "red", "#12", "#12345g")] == [None] * 5


def test_contrast_runs_from_one_to_twenty_one() -> None:
    assert contrast("#777777", "#777777") == 1
    assert round(contrast("#000000", "#ffffff"), 2) == 21


@pytest.mark.parametrize(
    ("accent", "said"),
    [
        (
            "#ffd400",
            "Your yellow #ffd400 is used for the bar. Buttons use #806a00 so that text can be read. On dark screens they keep your colour.",
        ),
        (
            "#2F6F4F",
            "Your green #2f6f4f is used for the bar and for buttons. On dark screens buttons use #729d87 so that text can be read.",
        ),
        (
            "#808080",
            "Your grey #808080 is used for the bar. Buttons use #6c6c6c so that text can be read. On dark screens they use #929292.",
        ),
        (None, "No colour is chosen. Pages use a neutral blue-grey."),
    ],
)
def test_r57_staff_are_told_in_words_what_a_colour_became(accent: str | None, said: str) -> None:
    assert accent_note(accent) == said


@pytest.mark.parametrize(
    ("colour", "name"),
    [("#e30613", "red"), ("#ff7a00", "orange"), ("#00ff00", "green"), ("#00bcd4", "turquoise"), ("#1a5fd0", "blue"), ("#7b1fa2", "violet"),
     ("#c2185b", "pink"), ("#ff0010", "red"), ("#000000", "black"), ("#ffffff", "white"), ("#777777", "grey")],
)  # fmt: skip
def test_colours_are_called_what_people_call_them(colour: str, name: str) -> None:
    assert hue_of(colour) == name
