"""One request to a processor: sent once, answered within a bounded time and size.

The seam of every processor client is ``Transport.post``. What went wrong is told apart by one question: can the
processor have seen the request? ``ProcessorUnavailableError`` says no, ``AnswerLostError`` says perhaps. A test wraps a
transport to crash before or after the call; nothing needs patching.
"""

from __future__ import annotations

import io
import ssl
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any, Protocol, cast

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from duebook.errors import InvalidInputError, ProcessorUnavailableError, TransientError

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


class HttpTransport:
    """A transport over HTTPS with a fresh connection for each request.

    A kept connection may die unnoticed while a function sleeps, and the next charge over it would have an unknown
    outcome for no reason. A fresh one also splits cleanly: what fails before it stands was never sent.

    Args:
        url: Where to post. Plain ``http`` is accepted for this machine only.
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
        self._host = parsed.host
        self._port = parsed.port
        self._path = parsed.request_uri
        self._tls = None if local else ssl.create_default_context()
        self._connect_timeout_seconds = connect_timeout_seconds
        self._max_answer_bytes = max_answer_bytes
        self._monotonic = monotonic

    def post(self, body: bytes, timeout_seconds: float) -> bytes:
        """Send once; see ``Transport.post``. The time covers connecting, sending and the whole answer."""
        if timeout_seconds <= 0:
            raise ProcessorUnavailableError(f"no time is left to ask {self._host}")
        deadline = self._monotonic() + timeout_seconds
        connection = self._connected(min(self._connect_timeout_seconds, timeout_seconds))
        try:
            return self._exchange(connection, body, deadline)
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise AnswerLostError(f"no usable answer from {self._host}: {type(error).__name__}") from error
        finally:
            connection.close()

    def _connected(self, timeout_seconds: float) -> HTTPConnection:
        if self._tls is None:
            connection = HTTPConnection(self._host.strip("[]"), self._port, timeout=timeout_seconds)
        else:
            connection = HTTPSConnection(self._host, self._port, timeout=timeout_seconds, ssl_context=self._tls)
        try:
            connection.connect()
        except (HTTPError, OSError) as error:
            connection.close()
            raise ProcessorUnavailableError(f"{self._host} was not reached: {type(error).__name__}") from error
        return connection

    def _exchange(self, connection: HTTPConnection, body: bytes, deadline: float) -> bytes:
        # The wrapper counts down over every send and read, so an answer that drips byte by byte ends in time too.
        connection.sock = cast("Any", _DeadlineSocket(connection.sock, deadline, self._monotonic))
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
        connection.request("POST", self._path, body=body, headers=headers, preload_content=False)
        response = connection.getresponse()
        if response.status != HTTP_OK:
            raise AnswerLostError(f"{self._host} answered with status {response.status}")
        answer = response.read(self._max_answer_bytes + 1)
        if len(answer) > self._max_answer_bytes:
            raise AnswerLostError(f"{self._host} answered with more than {self._max_answer_bytes} bytes")
        return answer


class _DeadlineSocket:
    """The part of a socket that http.client uses, under one deadline."""

    def __init__(self, sock: Any, deadline: float, monotonic: Callable[[], float]) -> None:
        self._sock = sock
        self._deadline = deadline
        self._monotonic = monotonic

    def sendall(self, chunk: bytes) -> None:
        """Send all of it before the deadline."""
        self._allow()
        self._sock.sendall(chunk)

    def recv_into(self, buffer: Any) -> int:
        """Read what has come, waiting no longer than the deadline."""
        self._allow()
        return cast("int", self._sock.recv_into(buffer))

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Give http.client its reader."""
        return io.BufferedReader(_DeadlineReader(self))

    def settimeout(self, _seconds: float | None) -> None:
        """Ignore single time-outs: the deadline rules."""

    def close(self) -> None:
        """Close the socket below."""
        self._sock.close()

    def _allow(self) -> None:
        left = self._deadline - self._monotonic()
        if left <= 0:
            raise TimeoutError("the time for this request is over")
        self._sock.settimeout(left)


class _DeadlineReader(io.RawIOBase):
    def __init__(self, source: _DeadlineSocket) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._source.recv_into(buffer)
