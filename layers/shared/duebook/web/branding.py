"""The colours of a business's pages, made from the one it chose so that text stays readable (R57)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

LIGHT_SURFACES = ("#ffffff", "#f6f7f8", "#eef1f3", "#eaf3ff")
DARK_SURFACES = ("#11161b", "#1a2128", "#222b33", "#1b2c44")
"""What buttons and links stand on: --surface, --bg, --sunken and --sel of portal/css/ui.css, in either theme."""
READABLE = 4.5
"""Contrast of text with what it stands on. Source: WCAG 2.2, success criterion 1.4.3."""
STEPS = 50
HOVER_SHARE = 0.15
WHITE, BLACK = "#ffffff", "#000000"
ACCENT = re.compile(r"#[0-9A-Fa-f]{6}")
GREY_SPREAD = 24
"""Channels closer together than this look grey; below and above these two, black and white."""
NEARLY_BLACK, NEARLY_WHITE = 40, 240
STRAIGHT_PART = 0.04045
"""Up to this share of a channel its light grows in a straight line. Source: IEC 61966-2-1 (sRGB)."""
HUES: tuple[tuple[int, str], ...] = (
    (15, "red"), (40, "orange"), (68, "yellow"), (165, "green"), (195, "turquoise"), (255, "blue"), (290, "violet"), (345, "pink"),
    (360, "red"),
)  # fmt: skip
"""Up to which angle of the colour circle a hue is called what."""


@dataclass(frozen=True, slots=True)
class Colours:
    """A brand's colours, each ``#rrggbb``: the chosen one as it is, and what buttons and links use in either theme."""

    accent: str
    on_accent: str
    action_light: str
    action_light_hover: str
    on_action_light: str
    action_dark: str
    action_dark_hover: str
    on_action_dark: str


@lru_cache(maxsize=256)
def colours_of(accent: str) -> Colours:
    """Derive a brand's colours. No colour is refused.

    The bar keeps the colour. Buttons take it mixed towards black (light theme) or white (dark theme), in steps of 2 %, until it
    can be read on every surface; what stands on a colour is black or white, whichever contrasts more.

    Args:
        accent: ``#rrggbb`` as chosen.
    """
    chosen = accent.lower()
    light, dark = _readable(chosen, BLACK, LIGHT_SURFACES), _readable(chosen, WHITE, DARK_SURFACES)
    return Colours(
        accent=chosen,
        on_accent=_readable_on(chosen),
        action_light=light,
        action_light_hover=_mix(light, BLACK, HOVER_SHARE),
        on_action_light=_readable_on(light),
        action_dark=dark,
        action_dark_hover=_mix(dark, WHITE, HOVER_SHARE),
        on_action_dark=_readable_on(dark),
    )


def brand_colours(accent: str | None) -> Colours | None:
    """Return the colours of a business, or None for the neutral ones of the stylesheet."""
    return colours_of(accent) if accent and ACCENT.fullmatch(accent) else None


def accent_note(accent: str | None) -> str:
    """Say in words what a chosen colour became."""
    colours = brand_colours(accent)
    if colours is None:
        return "No colour is chosen. Pages use a neutral blue-grey."
    chosen, light, dark = colours.accent, colours.action_light, colours.action_dark
    yours = f"Your {hue_of(chosen)} {chosen} is used for the bar"
    if light == dark == chosen:
        return f"{yours} and for buttons."
    if light == chosen:
        return f"{yours} and for buttons. On dark screens buttons use {dark} so that text can be read."
    if dark == chosen:
        return f"{yours}. Buttons use {light} so that text can be read. On dark screens they keep your colour."
    return f"{yours}. Buttons use {light} so that text can be read. On dark screens they use {dark}."


def hue_of(colour: str) -> str:
    """Name a colour as people do."""
    red, green, blue = _channels(colour)
    top, low = max(red, green, blue), min(red, green, blue)
    if top - low < GREY_SPREAD:
        return _grey(top)
    if top == red:
        sixth = (green - blue) / (top - low)
    elif top == green:
        sixth = 2 + (blue - red) / (top - low)
    else:
        sixth = 4 + (red - green) / (top - low)
    angle = sixth * 60 % 360
    return next(name for limit, name in HUES if angle <= limit)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21.

    Source: WCAG 2.2, relative luminance and contrast ratio.
    """
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def css_colours(colours: Colours) -> Mapping[str, str]:
    """Return the custom properties of the stylesheet that a page sets."""
    return {
        "--accent": colours.accent,
        "--on-accent": colours.on_accent,
        "--action-light": colours.action_light,
        "--action-light-hover": colours.action_light_hover,
        "--on-action-light": colours.on_action_light,
        "--action-dark": colours.action_dark,
        "--action-dark-hover": colours.action_dark_hover,
        "--on-action-dark": colours.on_action_dark,
    }


def _readable(colour: str, towards: str, surfaces: tuple[str, ...]) -> str:
    mixes = (_mix(colour, towards, step / STEPS) for step in range(STEPS))
    return next((one for one in mixes if all(contrast(one, surface) >= READABLE for surface in surfaces)), towards)


def _readable_on(colour: str) -> str:
    return WHITE if contrast(colour, WHITE) >= contrast(colour, BLACK) else BLACK


def _mix(colour: str, towards: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(towards), strict=True)
    # Halves go up, as in the browser's Math.round.
    return "#" + "".join(f"{int(part + (goal - part) * share + 0.5):02x}" for part, goal in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return float(share / 12.92 if share <= STRAIGHT_PART else ((share + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _grey(lightness: int) -> str:
    if lightness < NEARLY_BLACK:
        return "black"
    return "white" if lightness > NEARLY_WHITE else "grey"
