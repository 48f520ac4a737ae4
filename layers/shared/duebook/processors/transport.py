"""One request to a processor: sent once, answered within a bounded time and size.

The seams of the processor clients are ``Transport.post`` and ``rest_transport.Rest.send``. What went wrong is told apart by
one question: can the processor have seen the request? ``ProcessorUnavailableError`` says no, ``AnswerLostError`` says
perhaps. A test wraps a transport to crash before or after the call; nothing needs patching.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Protocol, cast

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from duebook.errors import InvalidInputError, ProcessorUnavailableError, TransientError
from duebook.processors.deadline_socket import DeadlineSocket

CONNECT_SECONDS = 5.0
MAX_ANSWER_BYTES = 256 * 1024
HTTP_OK = 200
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})


class AnswerLostError(TransientError):
    """The request may have been carried out, but no usable answer came. Clients turn it into an unknown outcome."""

    code = "answer_lost"


class Transport(Protocol):
    """Carries one request body to a processor and brings the answer's body back."""

    def post(self, body: bytes, timeout_seconds: float) -> bytes:
        """Send once and return the body of a 200 answer.

        Raises:
            ProcessorUnavailableError: No byte of the request was sent.
            AnswerLostError: Sent, wholly or in part; no usable answer within the time and size allowed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """HTTPS to one host with a fresh connection for each request.

    A kept connection may die unnoticed while a function sleeps, and the next charge over it would have an unknown
    outcome for no reason. A fresh one also splits cleanly: what fails before it stands was never sent.

    Args:
        url: Where to. Plain ``http`` is accepted for this machine only.
        connect_timeout_seconds: For name, connection and TLS together with each read in them.
        max_answer_bytes: A longer answer counts as lost.
        monotonic: Seconds that only go up.
    """

    def __init__(
        self,
        url: str,
        *,
        connect_timeout_seconds: float = CONNECT_SECONDS,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        parsed = parse_url(url)
        local = parsed.scheme == "http" and parsed.host in _THIS_MACHINE
        if parsed.host is None or not (parsed.scheme == "https" or local):
            raise InvalidInputError(f"{url[:80]!r} is no https address")
        self.host = parsed.host
        self.path = parsed.request_uri
        self._port = parsed.port
        self._tls = None if local else ssl.create_default_context()
        self._connect_timeout_seconds = connect_timeout_seconds
        self._max_answer_bytes = max_answer_bytes
        self._monotonic = monotonic

    def exchange(
        self,
        method: str,
        path: str,
        body: bytes | None,
        *,
        headers: Mapping[str, str],
        timeout_seconds: float,
        accept: Callable[[int], bool],
    ) -> Answered:
        """Send once. The time covers connecting, sending and the whole answer.

        Args:
            method: Such as ``POST``.
            path: From the host on, encoded.
            body: None for none.
            headers: Beside those of every request.
            timeout_seconds: For everything.
            accept: Says whether an answer with this status is usable; the body of others is not read.

        Raises:
            ProcessorUnavailableError: No byte of the request was sent.
            AnswerLostError: Sent, wholly or in part; no usable answer within the time and size allowed.
        """
        if timeout_seconds <= 0:
            raise ProcessorUnavailableError(f"no time is left to ask {self.host}")
        deadline = self._monotonic() + timeout_seconds
        connection = self._connected(min(self._connect_timeout_seconds, timeout_seconds))
        try:
            # The wrapper counts down over every send and read, so an answer that drips byte by byte ends in time too.
            connection.sock = cast("Any", DeadlineSocket(connection.sock, deadline, self._monotonic))
            common = {"Content-Type": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
            connection.request(method, path, body=body, headers={**common, **headers}, preload_content=False)
            return self._answer(connection, accept)
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise AnswerLostError(f"no usable answer from {self.host}: {type(error).__name__}") from error
        finally:
            connection.close()

    def _connected(self, timeout_seconds: float) -> HTTPConnection:
        if self._tls is None:
            connection = HTTPConnection(self.host.strip("[]"), self._port, timeout=timeout_seconds)
        else:
            connection = HTTPSConnection(self.host, self._port, timeout=timeout_seconds, ssl_context=self._tls)
        try:
            connection.connect()
        except (HTTPError, OSError) as error:
            connection.close()
            raise ProcessorUnavailableError(f"{self.host} was not reached: {type(error).__name__}") from error
        return connection

    def _answer(self, connection: HTTPConnection, accept: Callable[[int], bool]) -> Answered:
        response = connection.getresponse()
        if not accept(response.status):
            raise AnswerLostError(f"{self.host} answered with status {response.status}")
        body = response.read(self._max_answer_bytes + 1)
        if len(body) > self._max_answer_bytes:
            raise AnswerLostError(f"{self.host} answered with more than {self._max_answer_bytes} bytes")
        return Answered(response.status, response.headers, body)


class HttpTransport:
    """A transport that posts every request to one address; see ``Wire`` for the arguments."""

    def __init__(
        self,
        url: str,
        *,
        connect_timeout_seconds: float = CONNECT_SECONDS,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire = Wire(url, connect_timeout_seconds=connect_timeout_seconds, max_answer_bytes=max_answer_bytes, monotonic=monotonic)

    def post(self, body: bytes, timeout_seconds: float) -> bytes:
        """Send once; see ``Transport.post``. The time covers connecting, sending and the whole answer."""
        wire = self._wire
        return wire.exchange("POST", wire.path, body, headers={}, timeout_seconds=timeout_seconds, accept=_only_ok).body


def _only_ok(status: int) -> bool:
    return status == HTTP_OK
