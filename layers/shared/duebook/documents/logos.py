"""Logos on paper: only what is a picture of sane size is handed to the typesetter."""

from __future__ import annotations

LONGEST_BYTES = 1_000_000
MOST_PIXELS = 4_000
_PNG = b"\x89PNG\r\n\x1a\n"


def fit_logo(logo: bytes) -> str | None:
    """Return the file ending of a picture that can be set, or None for anything else.

    A picture's size in pixels is read from its head: a small file may unfold to one of gigabytes.
    """
    if len(logo) > LONGEST_BYTES:
        return None
    if logo.startswith(_PNG) and logo[12:16] == b"IHDR":
        return "png" if _is_sane(int.from_bytes(logo[16:20]), int.from_bytes(logo[20:24])) else None
    if logo[:4] == b"RIFF" and logo[8:12] == b"WEBP":
        return "webp" if _is_sane(*_webp_size(logo)) else None
    return None


def _is_sane(width: int, height: int) -> bool:
    return 0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS


def _webp_size(logo: bytes) -> tuple[int, int]:
    """Read width and height of the three kinds of WebP. Source: RFC 9649, section 2."""
    match logo[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(logo[24:27], "little"), 1 + int.from_bytes(logo[27:30], "little")
        case b"VP8L":
            bits = int.from_bytes(logo[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            return int.from_bytes(logo[26:28], "little") & 0x3FFF, int.from_bytes(logo[28:30], "little") & 0x3FFF
        case _:
            return 0, 0
