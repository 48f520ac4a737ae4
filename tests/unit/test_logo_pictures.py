"""What becomes of an uploaded logo: only pixels are kept, few of them, and nothing else of the file."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from duebook.errors import UnprocessableError
from duebook.storage.logo_pictures import LONGEST_SIDE, MOST_BYTES, logo_png


def picture(size: tuple[int, int] = (64, 32), kind: str = "PNG", colour: tuple[int, ...] = (200, 40, 10, 255), **how: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", size, colour).save(out, kind, **how)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def claiming(wide: int, high: int) -> bytes:
    """A small PNG whose head claims a size."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")


def read(png: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(png))
    found.load()
    return found


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_picture_becomes_a_png_of_the_same_pixels(kind: str) -> None:
    found = read(logo_png(picture(kind=kind, lossless=True)))

    assert (found.format, found.size) == ("PNG", (64, 32))
    assert found.convert("RGBA").getpixel((3, 3)) == (200, 40, 10, 255)


def test_transparency_stays() -> None:
    assert read(logo_png(picture(colour=(1, 2, 3, 0)))).getchannel("A").getextrema() == (0, 0)


def test_the_longer_side_has_at_most_512_pixels_and_the_shape_stays() -> None:
    assert read(logo_png(picture((1600, 400)))).size == (LONGEST_SIDE, 128)
    assert read(logo_png(picture((20, 4000)))).size == (3, LONGEST_SIDE)


def test_texts_profiles_and_positions_stay_behind() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "somebody at home")
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    sent = picture(pnginfo=texts, exif=exif, icc_profile=b"a profile that is none", dpi=(300, 300))

    kept = logo_png(sent)

    assert b"somebody at home" in sent
    assert read(kept).info == {}
    assert [word for word in (b"somebody", b"secret", b"iCCP", b"tEXt", b"eXIf") if word in kept] == []


def test_what_hangs_behind_the_picture_is_cut_off() -> None:
    assert b"<script>" not in logo_png(picture() + b"<script>alert(1)</script>")


def test_only_the_first_frame_of_a_moving_picture_is_kept() -> None:
    frames = [Image.new("RGBA", (8, 8), colour) for colour in ((255, 0, 0, 255), (0, 0, 255, 255))]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=100, lossless=True)

    assert read(logo_png(out.getvalue())).convert("RGBA").getpixel((1, 1)) == (255, 0, 0, 255)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG drawings can carry programs"),
        (lambda: b"\n<?xml version='1.0'?><svg/>", "SVG drawings can carry programs"),
        (lambda: b"\xff\xd8\xff\xe0" + bytes(40), "This is a JPEG picture. Send the logo as a PNG or WebP picture"),
        (lambda: b"GIF89a" + bytes(40), "This is a GIF picture"),
        (lambda: b"hello", "This is not a picture we know"),
        (lambda: b"", "This is not a picture we know"),
        (lambda: b"RIFF\x00\x00\x00\x00WAVEfmt ", "This is not a picture we know"),
        (lambda: bytes(MOST_BYTES + 1), "201 KB, 200 KB are allowed"),
        (lambda: picture()[:60], "damaged"),
        (lambda: b"RIFF\x10\x00\x00\x00WEBPVP8L" + bytes(20), "damaged"),
        (lambda: claiming(50_000, 50_000), "too many pixels; 4096 a side are allowed"),
        (lambda: claiming(1, 4097), "4096 a side"),
    ],
)
def test_what_is_no_logo_is_refused_with_its_reason(sent: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(UnprocessableError, match=reason) as refused:
        logo_png(sent())

    assert refused.value.facts == {"field": "logo"}


def test_a_text_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = chunk(b"zTXt", b"k\x00\x00" + zlib.compress(bytes(70_000_000), 9))
    whole = picture()

    with pytest.raises(UnprocessableError, match="damaged"):
        logo_png(whole[:33] + bomb + whole[33:])


def test_a_picture_that_stays_large_is_made_smaller_until_it_is_not() -> None:
    noise = Image.effect_noise((512, 512), 120).convert("RGBA")
    out = io.BytesIO()
    noise.save(out, "WEBP", quality=60)

    kept = logo_png(out.getvalue())

    assert len(kept) <= MOST_BYTES
    assert read(kept).size in {(512, 512), (256, 256)}


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(kind=st.sampled_from(["PNG", "WEBP"]), places=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_file_is_a_logo_or_a_refusal_and_nothing_else(kind: str, places: list[tuple[int, int]]) -> None:
    sent = bytearray(picture(kind=kind))
    for place, byte in places:
        sent[place % len(sent)] = byte

    with suppress(UnprocessableError):
        assert max(read(logo_png(bytes(sent))).size) <= LONGEST_SIDE
