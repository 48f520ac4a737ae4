"""Typst: a sheet becomes a PDF that can be read aloud (PDF/UA-1)."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from io import BytesIO
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import segno
import typst

from duebook.documents.logos import fit_logo
from duebook.documents.sender import FRAMES
from duebook.domain.documents import Sheet
from duebook.errors import InvariantError

FONTS = "font_source_sans_pro"
FACES = ("SourceSansPro-Regular.otf", "SourceSansPro-Semibold.otf")
"""Latin, Greek and Cyrillic; what they lack is looked for in the fonts that typst carries."""
ACCESSIBLE: list[Any] = ["ua-1"]


@dataclass(frozen=True, slots=True)
class Printed:
    """A document, and what had to be left out so that it could be made at all.

    Args:
        pdf: The file.
        is_accessible: It keeps to PDF/UA-1. It does not when a text has a character of no font: that one is an empty box.
        has_logo: The sender's logo is on it.
    """

    pdf: bytes
    is_accessible: bool
    has_logo: bool


class Typesetter:
    """Sets sheets, one after the other; frames and fonts are read once."""

    def __init__(self) -> None:
        self._room = TemporaryDirectory(prefix="duebook-documents-")
        root = Path(self._room.name)
        fonts = root / "fonts"
        fonts.mkdir()
        for face in FACES:
            (fonts / face).symlink_to(_font_folder() / face)
        for frame in FRAMES.glob("*.typ"):
            shutil.copy(frame, root)
        found = typst.Fonts(include_system_fonts=False, font_paths=[str(fonts)])
        self._root = root
        self._compiler = typst.Compiler(root=str(root), font_paths=found, ignore_system_fonts=True)

    def print(self, sheet: Sheet, logo: bytes | None = None) -> Printed:
        """Set a sheet as a PDF.

        Args:
            sheet: In words.
            logo: PNG or WebP; one that cannot be shown is left out.

        Raises:
            InvariantError: It cannot be set at all; the frame is at fault.
        """
        made_at = datetime.combine(sheet.dated_on, time(), UTC)
        refused: typst.TypstError | None = None
        with self._placed(logo) as name:
            # A logo can be broken, a text can have a character of no font. Neither keeps a customer from the invoice.
            for standards, shown in product((ACCESSIBLE, []), dict.fromkeys((name, None))):
                try:
                    pdf: Any = self._compiler.compile(
                        input=str(self._frame(sheet)),
                        sys_inputs=_inputs(sheet, shown),
                        format="pdf",
                        pdf_standards=standards,
                        timestamp=made_at,
                    )
                except typst.TypstError as error:
                    refused = error
                else:
                    return Printed(pdf, is_accessible=bool(standards), has_logo=shown is not None)
        raise InvariantError(f"the frame {sheet.frame} cannot be set") from refused

    def _frame(self, sheet: Sheet) -> Path:
        return self._root / f"{sheet.frame}.typ"

    @contextmanager
    def _placed(self, logo: bytes | None) -> Iterator[str | None]:
        """Put a logo where the frame finds it, while it is needed."""
        suffix = fit_logo(logo) if logo else None
        if logo is None or suffix is None:
            yield None
            return
        # Named for its bytes: typst keeps files it has read.
        file = self._root / f"logo-{hashlib.sha256(logo).hexdigest()[:32]}.{suffix}"
        file.write_bytes(logo)
        try:
            yield file.name
        finally:
            file.unlink()


def _inputs(sheet: Sheet, logo: str | None) -> dict[str, str]:
    view: dict[str, Any] = {**_with_code(sheet.view), "logo": logo}
    if "statements" in view:
        view["statements"] = [_with_code(one) for one in view["statements"]]
    return {"view": json.dumps(view, ensure_ascii=False)}


def _with_code(view: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the code of a link where there is one."""
    pay: Mapping[str, Any] | None = view.get("pay")
    return {**view, "pay": {**pay, "qr": _qr_code(pay["link"])}} if pay else dict(view)


def _qr_code(link: str) -> str:
    drawn = BytesIO()
    segno.make(link, error="m", micro=False).save(drawn, kind="svg", border=0, xmldecl=False, omitsize=True)
    return drawn.getvalue().decode()


def _font_folder() -> Path:
    found = importlib.util.find_spec(FONTS)
    if found is None or found.origin is None:
        raise InvariantError(f"the package {FONTS} is not installed")
    return Path(found.origin).parent / "files"
