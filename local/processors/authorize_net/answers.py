"""Pieces that every answer is made of."""

from __future__ import annotations

from typing import Any


class Refused(Exception):  # noqa: N818 - the gateway's word for the whole request
    """The request as a whole is refused with a code such as E00007."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def ok_messages() -> dict[str, Any]:
    """Return the outer messages of success."""
    return messages("Ok", "I00001", "Successful.")


def nothing_found() -> dict[str, Any]:
    """Return the outer messages of a list without lines."""
    return messages("Ok", "I00004", "No records found.")


def unsuccessful() -> dict[str, Any]:
    """Return the outer messages beside a transaction that failed."""
    return messages("Error", "E00027", "The transaction was unsuccessful.")


def messages(result_code: str, code: str, text: str) -> dict[str, Any]:
    """Return outer messages."""
    return {"resultCode": result_code, "message": [{"code": code, "text": text}]}


def refusal(code: str, text: str, ref_id: str | None) -> dict[str, Any]:
    """Return the answer to a refused request."""
    answer: dict[str, Any] = {} if ref_id is None else {"refId": ref_id}
    return {**answer, "messages": messages("Error", code, text)}
