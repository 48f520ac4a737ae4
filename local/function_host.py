"""Run the real handlers from the working tree, each in a process of its own with that function's environment.

The emulator posts every Lambda event here. This parent has imported the heavy packages once; for a function's first event
it forks a worker, which imports the handler and forks an execution environment for each event at a time. Connections are handed over
whole, so the parent never reads a body. When a source file changes, the next event meets fresh workers.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from local.function_worker import run_worker

SUFFIXES = {".py", ".html", ".css", ".js", ".json", ".txt", ".csv", ".typ"}
PRELOADED = (
    "boto3",
    "botocore.session",
    "botocore.client",
    "botocore.endpoint",
    "botocore.signers",
    "botocore.httpsession",
    "pydantic",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.event_handler.openapi.models",
    "aws_lambda_powertools.logging",
    "aws_lambda_powertools.metrics",
    "aws_lambda_powertools.utilities.batch",
    "chalice",
    "jinja2",
    "argon2",
    "urllib3",
    "babel.numbers",
    "email.message",
    "email.policy",
)
_FUNCTION_HEADER = b"x-amzn-lambda-function-name:"
_LOOK_AGAIN_SECONDS = 0.4
_LARGEST_HEAD = 65536


@dataclass(slots=True)
class Worker:
    """A forked process and the socket over which it gets connections."""

    process_id: int
    channel: socket.socket


@dataclass(slots=True)
class Host:
    """The parent: hands each connection to the worker of the function it names."""

    listener: socket.socket
    functions_file: Path
    logs: Path
    root: Path
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    workers: dict[str, Worker] = field(default_factory=dict)
    fingerprint: int = 0
    looked_at: float = 0.0

    def serve(self) -> None:
        """Serve until SIGTERM."""
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.fingerprint = self._sources()
        while True:
            for key, _ in self.selector.select(timeout=1.0):
                if key.fileobj is self.listener:
                    self._accept()
                else:
                    self._hand_over(key.fileobj)  # type: ignore[arg-type]
            self._bury()

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = self.listener.accept()
                connection.setblocking(False)
                self.selector.register(connection, selectors.EVENT_READ)

    def _hand_over(self, connection: socket.socket) -> None:
        """Look at the head without taking it, and pass the connection on once it names a function."""
        try:
            head = connection.recv(_LARGEST_HEAD, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            head = b""
        name = _function_name(head)
        if name is None and head and b"\r\n\r\n" not in head:
            return
        self.selector.unregister(connection)
        with connection:
            if name is None:
                return
            connection.setblocking(True)
            try:
                socket.send_fds(self._worker(name).channel, [b"c"], [connection.fileno()])
            except OSError:
                # The worker died between two events; a new one takes this event.
                self._retire(name)
                socket.send_fds(self._worker(name).channel, [b"c"], [connection.fileno()])

    def _worker(self, name: str) -> Worker:
        self._reload_when_edited()
        if name not in self.workers:
            self.workers[name] = self._fork(name)
        return self.workers[name]

    def _fork(self, name: str) -> Worker:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        process_id = os.fork()
        if process_id:
            theirs.close()
            return Worker(process_id, ours)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self.listener.close()
        ours.close()
        for worker in self.workers.values():
            worker.channel.close()
        for key in list(self.selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self.selector.close()
        run_worker(name, theirs, self.functions_file, self.logs, self.root)
        os._exit(0)

    def _retire(self, name: str) -> None:
        """Close the worker's channel: it finishes what it has and ends."""
        self.workers.pop(name).channel.close()

    def _reload_when_edited(self) -> None:
        now = time.monotonic()
        if now - self.looked_at < _LOOK_AGAIN_SECONDS:
            return
        self.looked_at = now
        found = self._sources()
        if found != self.fingerprint:
            self.fingerprint = found
            for name in list(self.workers):
                self._retire(name)

    def _sources(self) -> int:
        stamps = [_stamp(self.functions_file)]
        for folder in (self.root / "functions", self.root / "layers" / "shared"):
            for directory, folders, files in os.walk(folder):
                folders[:] = [name for name in folders if name != "__pycache__"]
                stamps += [_stamp(Path(directory, name)) for name in files if Path(name).suffix in SUFFIXES]
        return hash(tuple(sorted(stamps)))

    def _bury(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (process_id := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                for name, worker in list(self.workers.items()):
                    if worker.process_id == process_id:
                        self._retire(name)


def _function_name(head: bytes) -> str | None:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(_FUNCTION_HEADER):
            return line[len(_FUNCTION_HEADER) :].strip().decode()
    return None


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return (str(path), 0, 0)
    return (str(path), status.st_mtime_ns, status.st_size)


def main() -> None:
    """Start the host; `local.cloud` does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--functions", type=Path, required=True, help="JSON: function name -> folder, environment, memory, arn")
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True, help="working tree with functions/ and layers/shared/")
    given = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", given.port), backlog=128)
    for name in PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()
    host = Host(listener, given.functions, given.logs, given.root)

    def leave(_signal: int, _frame: object) -> None:
        for worker in host.workers.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.process_id, signal.SIGTERM)
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    host.serve()


if __name__ == "__main__":
    main()
