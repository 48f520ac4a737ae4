"""A small HTTP server for the local parts: threads, keep-alive, plain requests and responses."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

JSON = "application/json; charset=utf-8"
LARGEST_BODY = 10 * 1024 * 1024
"""As API Gateway: 10 MB."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; the body is read on first use only."""

    method: str
    target: str
    headers: Message
    client: str
    stream: _Limited
    length: int

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(urlsplit(self.target).path)

    @property
    def raw_path(self) -> str:
        """The path as it came."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query's values; of repeated names the last."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    def body(self) -> bytes:
        """Return the whole body; call it once."""
        return self.stream.read(self.length) if self.length else b""

    def json(self) -> dict[str, Any]:
        """Return the body as an object; an absent body is an empty one.

        Raises:
            Problem: It is not a JSON object.
        """
        raw = self.body()
        if not raw:
            return {}
        try:
            value = json.loads(raw)
        except ValueError as error:
            raise Problem(400, "invalid_input", f"The body is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise Problem(400, "invalid_input", "The body is not a JSON object.")
        return value


@dataclass(frozen=True, slots=True)
class Response:
    """An answer."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def with_headers(self, *extra: tuple[str, str]) -> Response:
        """Return the answer with headers added, unless it has set them itself."""
        present = {name.lower() for name, _ in self.headers}
        added = tuple(pair for pair in extra if pair[0].lower() not in present)
        return Response(self.status, self.body, self.headers + added)


@dataclass(slots=True)
class Problem(Exception):  # noqa: N818 - it is the answer, not only an error
    """A refusal that becomes a problem document (RFC 9457)."""

    status: int
    code: str
    detail: str
    facts: dict[str, object] = field(default_factory=dict)

    def response(self) -> Response:
        """Return the problem document."""
        document = {
            "type": f"/problems/{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.facts,
        }
        body = json.dumps(document).encode()
        return Response(self.status, body, (("Content-Type", "application/problem+json"),))


def json_response(value: object, status: int = 200) -> Response:
    """Return ``value`` as JSON that nobody keeps."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status, body, (("Content-Type", JSON), ("Cache-Control", "no-store")))


Handler = Callable[[Request], Response]


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def _respond(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            self._send(Problem(413, "invalid_input", "The body is larger than 10 MB.").response())
            return
        body = _Limited(self.rfile, length)
        request = Request(
            self.command,
            self.path,
            self.headers,
            self.client_address[0],
            body,
            length,
        )
        try:
            response = self.server.handler(request)
        except Problem as problem:
            response = problem.response()
        except Exception as error:  # noqa: BLE001 - one request must not end the server
            self.server.on_error(request, error)
            response = Problem(500, "error", f"{type(error).__name__}: {error}").response()
        body.drain()
        self._send(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _respond  # noqa: N815 - names of the base class

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        if response.status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name of the base class
        """Stay quiet; the front door writes its own log."""


class _Limited:
    """A connection's input up to the end of one body."""

    def __init__(self, stream: BufferedIOBase, length: int) -> None:
        self._stream, self._left = stream, length

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        part = self._stream.read(wanted) if wanted else b""
        self._left -= len(part)
        return part

    def drain(self) -> None:
        """Read what a handler left unread, so that the next request starts where it should."""
        while self._left and self.read(65536):
            pass


class Server(ThreadingHTTPServer):
    """A threaded server around one handler function; starts when entered."""

    request_queue_size = 128
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, port: int, handler: Handler, on_error: Callable[[Request, Exception], None] = lambda _request, _error: None) -> None:
        self.handler = handler
        self.on_error = on_error
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Connection)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), name="http", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def start(self) -> Self:
        """Serve in a thread of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving, free the port and hang up on clients that keep their connections."""
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer one connection in a thread."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End one connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
