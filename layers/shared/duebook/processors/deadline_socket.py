"""One deadline over a whole exchange: the part of a socket that http.client uses, counting down over every call."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, cast


class DeadlineSocket:
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
    def __init__(self, source: DeadlineSocket) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._source.recv_into(buffer)
