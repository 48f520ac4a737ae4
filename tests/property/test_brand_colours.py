"""Whatever colour a business chooses, its pages stay readable."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from duebook.web.branding import DARK_SURFACES, LIGHT_SURFACES, READABLE, colours_of, contrast, hue_of

ACCENTS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(accent=ACCENTS)
@example(accent="#000000")
@example(accent="#ffffff")
@example(accent="#ffd400")
def test_r57_buttons_and_links_can_be_read_on_every_surface_in_light_and_dark(accent: str) -> None:
    colours = colours_of(accent)

    for colour in (colours.action_light, colours.action_light_hover):
        assert min(contrast(colour, surface) for surface in LIGHT_SURFACES) >= READABLE
    for colour in (colours.action_dark, colours.action_dark_hover):
        assert min(contrast(colour, surface) for surface in DARK_SURFACES) >= READABLE


@given(accent=ACCENTS)
def test_r57_what_stands_on_a_colour_of_the_brand_can_be_read(accent: str) -> None:
    colours = colours_of(accent)

    assert colours.accent == accent
    assert contrast(colours.on_accent, colours.accent) >= READABLE
    for colour in (colours.action_light, colours.action_light_hover):
        assert contrast(colours.on_action_light, colour) >= READABLE
    for colour in (colours.action_dark, colours.action_dark_hover):
        assert contrast(colours.on_action_dark, colour) >= READABLE


@given(accent=ACCENTS)
def test_every_colour_has_a_name(accent: str) -> None:
    assert hue_of(accent)
