"""A function's execution environments: as on Lambda each handles one event at a time, and more come with parallel events.

The function's process has imported the handler; an environment is a fork of it, made when all others are busy.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

MOST = 10
"""Environments of one function at once; further events wait."""
_IDLE_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1
_IDLE = b"i"

Serve = Callable[[socket.socket, Callable[[], object]], None]
"""Answers one event; calls its second argument when the handler is done, before the answer leaves: whoever gets the answer
and asks again then meets the same environment, not a new one."""


@dataclass(slots=True)
class Environment:
    """One forked environment as its function's process sees it."""

    channel: socket.socket
    idle_since: float | None = None


@dataclass(slots=True)
class Pool:
    """Hands connections to idle environments and makes new ones.

    Args:
        channel: Where connections come from.
        serve: Answers one event on its connection.
    """

    channel: socket.socket
    serve: Serve
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    environments: list[Environment] = field(default_factory=list)
    waiting: deque[socket.socket] = field(default_factory=deque)
    closing: bool = False

    def run(self) -> None:
        """Work until the channel is closed and every event is answered."""
        self.selector.register(self.channel, selectors.EVENT_READ, None)
        while not self.closing or self.waiting or any(one.idle_since is None for one in self.environments):
            for key, _ in self.selector.select(timeout=5.0):
                if key.data is None:
                    self._take()
                else:
                    self._heard(key.data)
            self._dispatch()
            self._let_go()
        for environment in self.environments:
            environment.channel.close()
        # The last answers may still be on their way; environments end with this process.
        with contextlib.suppress(ChildProcessError):
            while True:
                os.wait()

    def _take(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self.channel, 1, 1)
        if message:
            self.waiting.append(socket.socket(fileno=descriptors[0]))
        else:
            self.closing = True
            self.selector.unregister(self.channel)

    def _heard(self, environment: Environment) -> None:
        word = b""
        with contextlib.suppress(OSError):
            word = environment.channel.recv(1)
        if word == _IDLE:
            environment.idle_since = time.monotonic()
        else:
            self._remove(environment)

    def _remove(self, environment: Environment) -> None:
        self.selector.unregister(environment.channel)
        environment.channel.close()
        self.environments.remove(environment)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass

    def _dispatch(self) -> None:
        while self.waiting:
            environment = next((one for one in self.environments if one.idle_since is not None), None)
            if environment is None:
                if len(self.environments) >= MOST:
                    return
                environment = self._fork()
            connection = self.waiting.popleft()
            try:
                socket.send_fds(environment.channel, [b"c"], [connection.fileno()])
            except OSError:
                # It died while idle; another one takes the event.
                self._remove(environment)
                self.waiting.appendleft(connection)
                continue
            environment.idle_since = None
            connection.close()

    def _let_go(self) -> None:
        """End environments that have long been idle, all but one."""
        spare = [one for one in self.environments if one.idle_since and time.monotonic() - one.idle_since > _IDLE_SECONDS]
        for environment in spare[: len(self.environments) - 1]:
            self._remove(environment)

    def _fork(self) -> Environment:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        if os.fork():
            theirs.close()
            environment = Environment(ours)
            self.environments.append(environment)
            self.selector.register(ours, selectors.EVENT_READ, environment)
            return environment
        for inherited in (ours, self.channel, *self.waiting, *(one.channel for one in self.environments)):
            inherited.close()
        self.selector.close()
        _serve_one_by_one(theirs, self.serve)
        os._exit(0)


@dataclass(slots=True)
class _Once:
    """Says once that the environment is idle."""

    channel: socket.socket
    said: bool = False

    def __call__(self) -> None:
        if not self.said:
            self.said = True
            self.channel.send(_IDLE)


def _serve_one_by_one(channel: socket.socket, serve: Serve) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGALRM, _time_out)
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        if not message:
            return
        done = _Once(channel)
        serve(socket.socket(fileno=descriptors[0]), done)
        # Whoever hung up before sending an event has not been served.
        done()


def _time_out(_signal: int, _frame: object) -> None:
    """End the environment in the middle of its event, as Lambda does."""
    print("Task timed out", file=sys.stderr, flush=True)
    os._exit(1)
