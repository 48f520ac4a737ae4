"""Check what people typed into a form of the staff pages: one problem a field, told in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from duebook.domain.card_numbers import is_card_like
from duebook.domain.directory import Role
from duebook.errors import UnprocessableError

LONGEST = 200
LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Checks:
    """What is wrong with a form, by its fields."""

    problems: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, typed: str, check: Callable[[str], str], *, missing: str = "") -> str | None:
        """Return a field as it was checked; None when it is empty or wrong.

        Args:
            name: Of the field.
            typed: What stands in it.
            check: Returns it in its normal form, or raises ValueError or UnprocessableError with what is wrong.
            missing: What to say of an empty field; without it the field may be empty.
        """
        if not typed.strip():
            if missing:
                self.problems[name] = missing
            return None
        try:
            return check(typed.strip())
        except (ValueError, UnprocessableError) as error:
            self.problems[name] = str(error)
            return None

    def refuse_if_wrong(self) -> None:
        """End here when something is wrong.

        Raises:
            UnprocessableError: ``facts["problems"]`` tells each field.
        """
        if self.problems:
            raise UnprocessableError("the form is not right", problems=self.problems)


def problems_by_field(error: UnprocessableError, names: Mapping[str, str], otherwise: str) -> dict[str, str]:
    """Return what is wrong by the form's own fields.

    Args:
        error: Of the form, or of a use case that names its own field.
        names: Fields that the use case names otherwise than the form.
        otherwise: The form's field that stands for a fault without one.
    """
    told: Any = error.facts.get("problems")
    if told is not None:
        return dict(told)
    named = str(error.facts.get("field") or otherwise)
    return {names.get(named, named): str(error)}


def line(text: str) -> str:
    """Return a text of one line.

    Raises:
        ValueError: It is too long, has control characters, or looks like a card number.
    """
    if len(text) > LONGEST:
        raise ValueError(f"At most {LONGEST} characters.")
    if any(ord(char) < ord(" ") for char in text):
        raise ValueError("One line, without control characters.")
    return _no_card(text)


def lines(text: str) -> str:
    """Return a text of several lines, as people type addresses; ends of lines are made one.

    Raises:
        ValueError: It is too long, has control characters, or looks like a card number.
    """
    plain = "\n".join(one.rstrip() for one in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()
    if len(plain) > LONGEST_TEXT:
        raise ValueError(f"At most {LONGEST_TEXT:,} characters.")
    if any(ord(char) < ord(" ") and char != "\n" for char in plain):
        raise ValueError("No control characters.")
    return _no_card(plain)


def role_of(text: str) -> Role:
    """Return a role that was chosen.

    Raises:
        ValueError: There is no such role.
    """
    if text not in {role.value for role in Role}:
        raise ValueError("Choose a role of the list.")
    return Role(text)


def _no_card(text: str) -> str:
    if is_card_like(text):
        raise ValueError("This looks like a card number. Type card numbers only into the card field.")
    return text
