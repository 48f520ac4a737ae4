"""Requests to a processor that has a path for each call, and says with the status whether it took them up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from duebook.processors.transport import CONNECT_SECONDS, HTTP_OK, Wire

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""Enough for a day's settled batches of a busy merchant; still far below a function's memory."""
REQUEST_TIMEOUT = 408
TOO_MANY_REQUESTS = 429
_REFUSED, _BROKEN = 400, 500
_WAIT = "X-Rate-Limit-Retry-After-Seconds"
_WAIT_DIGITS = 5


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """An answer that can be read.

    Args:
        status: 200, or 4xx but 408: then nothing was carried out.
        body: As it came.
        retry_after_seconds: With 429, when told.
    """

    status: int
    body: bytes
    retry_after_seconds: int | None = None


class Rest(Protocol):
    """Carries one request to a processor's path and brings the answer back."""

    def send(self, method: str, path: str, body: bytes | None, *, authorization: str, timeout_seconds: float) -> RestAnswer:
        """Send once.

        Args:
            method: Such as ``PUT``.
            path: Below the processor's address, encoded, with a leading slash.
            body: JSON, or None.
            authorization: The header's value.
            timeout_seconds: For connecting, sending and the whole answer.

        Raises:
            ProcessorUnavailableError: No byte of the request was sent.
            AnswerLostError: Sent, wholly or in part; no usable answer (another status too) within the time and size allowed.
        """
        ...


class RestTransport:
    """A transport over HTTPS; see ``transport.Wire`` for its arguments and for why each request has its own connection."""

    def __init__(
        self,
        url: str,
        *,
        connect_timeout_seconds: float = CONNECT_SECONDS,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire = Wire(url, connect_timeout_seconds=connect_timeout_seconds, max_answer_bytes=max_answer_bytes, monotonic=monotonic)
        self._base = self._wire.path.rstrip("/")

    def send(self, method: str, path: str, body: bytes | None, *, authorization: str, timeout_seconds: float) -> RestAnswer:
        """Send once; see ``Rest.send``."""
        answered = self._wire.exchange(
            method,
            f"{self._base}{path}",
            body,
            headers={"Authorization": authorization},
            timeout_seconds=timeout_seconds,
            accept=_is_answer,
        )
        wait = answered.headers.get(_WAIT, "")
        seconds = int(wait) if wait.isascii() and wait.isdigit() and len(wait) <= _WAIT_DIGITS else None
        return RestAnswer(answered.status, answered.body, seconds)


def _is_answer(status: int) -> bool:
    return status == HTTP_OK or (_REFUSED <= status < _BROKEN and status != REQUEST_TIMEOUT)
