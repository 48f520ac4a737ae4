"""Our own mail frames, rendered with Jinja2. A tenant's text is put in as it is, filled and cleaned; Jinja2 never reads it."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from duebook.domain.email_activity import MailText

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FRAMES = Path(__file__).parent / "frames"


@cache
def frames() -> Environment:
    """Return the frames: HTML escaped, a name that does not exist is an error."""
    return Environment(
        loader=FileSystemLoader(FRAMES),
        autoescape=select_autoescape(("html",), default_for_string=False, default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def rendered(frame: str, subject: str, view: DataclassInstance) -> MailText:
    """Render a view into the HTML and the text frame of a name.

    Args:
        frame: File name of both frames without suffix.
        subject: One line.
        view: A dataclass whose fields are the names in the frames.
    """
    names: dict[str, Any] = {field.name: getattr(view, field.name) for field in fields(view)} | {"subject": subject}
    html, text = (frames().get_template(f"{frame}.{suffix}").render(names) for suffix in ("html", "txt"))
    return MailText(subject, html, text)
