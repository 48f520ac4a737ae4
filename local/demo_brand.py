"""How the demo's businesses look: a colour, and a logo drawn here, so that no picture of anybody's lies in the project."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

SIZE = 4
"""Drawn this much larger and made smaller, so that edges are smooth."""

Ridge = tuple[str, Sequence[tuple[int, int]]]

RIDGES: tuple[Ridge, ...] = (
    ("#7fb3c8", ((0, 96), (40, 34), (74, 70), (104, 26), (160, 96))),
    ("#2f7a99", ((0, 96), (0, 72), (36, 56), (70, 84), (112, 52), (160, 88), (160, 96))),
    ("#16445a", ((0, 96), (0, 90), (52, 74), (96, 92), (160, 72), (160, 96))),
)
TREES: tuple[Ridge, ...] = (
    ("#3c6e3f", ((28, 92), (56, 20), (84, 92))),
    ("#6a9a4b", ((72, 92), (96, 36), (120, 92))),
    ("#5b3a22", ((52, 92), (60, 92), (60, 100), (52, 100))),
    ("#5b3a22", ((92, 92), (100, 92), (100, 100), (92, 100))),
)
BRANDS = {
    "Blue Ridge Sanitation": ("#2f7a99", (160, 100), RIDGES),
    "Cedar Fork Rentals": ("#e0a13c", (148, 104), TREES),
}
"""By the business's name: its colour, and size and shapes of its logo."""


def brand_of(name: str) -> dict[str, str]:
    """Return colour and logo of a demo business as the profile takes them; nothing for one we do not know."""
    if name not in BRANDS:
        return {}
    accent, size, shapes = BRANDS[name]
    return {"accent": accent, "logo": base64.b64encode(_drawn(size, shapes)).decode()}


def _drawn(size: tuple[int, int], shapes: Sequence[Ridge]) -> bytes:
    picture = Image.new("RGBA", (size[0] * SIZE, size[1] * SIZE), (255, 255, 255, 0))
    draw = ImageDraw.Draw(picture)
    for colour, points in shapes:
        draw.polygon([(across * SIZE, down * SIZE) for across, down in points], fill=colour)
    out = io.BytesIO()
    picture.resize((size[0] * 2, size[1] * 2), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()
