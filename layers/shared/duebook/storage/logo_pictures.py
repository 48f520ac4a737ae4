"""Turn an uploaded picture into a logo of ours: checked, made small, written anew, so that nothing of what was sent is passed on."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageOps

from duebook.errors import UnprocessableError

MOST_BYTES = 200 * 1024
LONGEST_SIDE = 512
SMALLER_SIDES = (LONGEST_SIDE, 256, 128)
"""A picture that stays large as a PNG is made smaller until it is not."""
MOST_PIXELS_A_SIDE = 4096
"""Read from the head of the file before a pixel is unpacked: a small file may claim gigabytes."""
_PNG, _RIFF, _WEBP = b"\x89PNG\r\n\x1a\n", b"RIFF", b"WEBP"
TOO_MANY_PIXELS = f"The picture has too many pixels; {MOST_PIXELS_A_SIDE} a side are allowed."
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
"""What Pillow raises of a broken file."""


def logo_png(sent: bytes) -> bytes:
    """Return the PNG to keep of a PNG or WebP picture; its first frame, at most 512 pixels a side, without its metadata.

    Raises:
        UnprocessableError: It is too large, no such picture, or broken; field ``logo``.
    """
    if len(sent) > MOST_BYTES:
        raise _refused(f"The logo has {len(sent) // 1024 + 1} KB, {MOST_BYTES // 1024} KB are allowed.")
    if not (sent.startswith(_PNG) or (sent.startswith(_RIFF) and sent[8:12] == _WEBP)):
        raise _refused(f"{_what(sent)} Send the logo as a PNG or WebP picture.")
    try:
        return _small_png(_opened(sent))
    except Image.DecompressionBombError as error:
        raise _refused(TOO_MANY_PIXELS) from error
    except _UNREADABLE as error:
        raise _refused("The picture is damaged and cannot be read. Save it anew as PNG and try again.") from error


def _opened(sent: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(sent), formats=("PNG", "WEBP"))
    if max(picture.size) > MOST_PIXELS_A_SIDE:
        raise _refused(TOO_MANY_PIXELS)
    turned = ImageOps.exif_transpose(picture)
    # Pasted onto a new one, so that colour profiles, texts and positions stay behind.
    clean = Image.new("RGBA", turned.size)
    clean.paste(turned.convert("RGBA"))
    return clean


def _small_png(picture: Image.Image) -> bytes:
    written = b""
    for side in SMALLER_SIDES:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        opaque = picture.getchannel("A").getextrema() == (255, 255)
        out = io.BytesIO()
        (picture.convert("RGB") if opaque else picture).save(out, "PNG", optimize=True)
        written = out.getvalue()
        if len(written) <= MOST_BYTES:
            break
    return written


def _what(sent: bytes) -> str:
    head = sent[:512].lstrip().lower()
    if head.startswith((b"<svg", b"<?xml", b"<!doctype")):
        return "SVG drawings can carry programs and are not taken."
    if head.startswith(b"\xff\xd8"):
        return "This is a JPEG picture."
    if head.startswith(b"gif8"):
        return "This is a GIF picture."
    return "This is not a picture we know."


def _refused(words: str) -> UnprocessableError:
    return UnprocessableError(words, field="logo")
