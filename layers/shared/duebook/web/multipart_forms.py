"""Forms with a file in them, as a browser sends them without any script: multipart/form-data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from python_multipart import create_form_parser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File

from duebook.errors import InvalidInputError
from duebook.web.requests import MOST_FORM_FIELDS, bounded_body, form_fields, header

MULTIPART = "multipart/form-data"
MOST_FORM_BYTES = 4_000_000
"""More than any file we take, so that one that is too large is told what is allowed; Lambda takes 6 MB, written in base64."""
INCOMPLETE = "the form is not complete"


@dataclass(frozen=True, slots=True)
class FilledForm:
    """What was typed, and which files were chosen, by the names of the fields; ``names`` tells what the files were called."""

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add_field(self, part: Field) -> None:
        """Take a typed value."""
        self._check_count()
        self.fields[_text(part.field_name)] = _text(part.value)

    def add_file(self, part: File) -> None:
        """Take a file; a field where none was chosen is left out."""
        self._check_count()
        part.file_object.seek(0)
        content = part.file_object.read()
        if content or part.file_name:
            self.files[_text(part.field_name)] = content
            self.names[_text(part.field_name)] = _text(part.file_name)

    def _check_count(self) -> None:
        if len(self.fields) + len(self.files) >= MOST_FORM_FIELDS:
            raise InvalidInputError(f"a form has at most {MOST_FORM_FIELDS} fields")


def filled_form(event: Mapping[str, Any]) -> FilledForm:
    """Return a posted form with its files, all held in memory; a form without files may come as any other.

    Raises:
        InvalidInputError: It is too long, has too many fields, or is cut off.
    """
    content_type = header(event, "content-type") or ""
    if not content_type.lower().startswith(MULTIPART):
        return FilledForm(form_fields(event))
    body = bounded_body(event, MOST_FORM_BYTES)
    form = FilledForm()
    ended: list[bool] = []
    try:
        parser = create_form_parser(
            {"Content-Type": content_type.encode("ascii", "replace")},
            form.add_field,
            form.add_file,
            config={"MAX_MEMORY_FILE_SIZE": MOST_FORM_BYTES, "UPLOAD_ERROR_ON_BAD_CTE": True},
        )
        parser.on_end = lambda: ended.append(True)
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise InvalidInputError(INCOMPLETE) from error
    if not ended:
        raise InvalidInputError(INCOMPLETE)
    return form


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
