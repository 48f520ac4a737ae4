"""The gateway as an HTTP server: REST API, CardSecure, hosted tokenizer and control calls, on an origin of its own."""

from __future__ import annotations

import json
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from local.clock_file import local_now
from local.processors.cardpointe import controls
from local.processors.cardpointe.ledger import Ledger
from local.processors.cardpointe.simulator import CARDSECURE, REST, Answer, CardPointeSimulator

CONTROL_PATHS = ("/local/processors/cardpointe/", "/local/")
LARGEST_BODY = 1_000_000
HANG_SECONDS = 120.0
DRIP_SECONDS = 0.5
FIELD_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors http://localhost:* http://127.0.0.1:*; require-trusted-types-for 'script'; trusted-types 'none'"
)
FIELD_PATH = "/itoke/ajax-tokenizer.html"
_FIELD_FILES = {
    FIELD_PATH: ("ajax-tokenizer.html", "text/html; charset=utf-8"),
    "/itoke/tokenizer.js": ("tokenizer.js", "text/javascript; charset=utf-8"),
    "/itoke/tokenizer.css": ("tokenizer.css", "text/css; charset=utf-8"),
}
_OUR_HOSTS = frozenset({"localhost", "127.0.0.1"})
_OF_ANY_PAGE = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "content-type"),
)


class SimulatorServer:
    """A running simulator.

    Args:
        host: Interface to listen on.
        port: Port to listen on; 0 for any free one.
        simulator: What answers.
    """

    def __init__(self, host: str, port: int, simulator: CardPointeSimulator) -> None:
        self.simulator = simulator
        self._server = _Server((host, port), simulator)
        self._thread: threading.Thread | None = None

    @property
    def origin(self) -> str:
        """The server's own origin, to give to the client as CARDPOINTE_URL."""
        host, port = self._server.server_address[:2]
        return f"http://{host if isinstance(host, str) else host.decode()}:{port}"

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="cardpointe", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving, free the port and close the books."""
        self._server.stopping.set()
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self.simulator.ledger.close()


def create_server(host: str, port: int, state_dir: Path, clock_file: Path | None = None) -> SimulatorServer:
    """Make a simulator that keeps its books in ``state_dir`` and lives by the clock file; call ``start`` on it."""
    ledger = Ledger(state_dir / "cardpointe.sqlite3")
    now = None if clock_file is None else lambda: local_now(clock_file)
    return SimulatorServer(host, port, CardPointeSimulator(ledger, now))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: CardPointeSimulator) -> None:
        super().__init__(address, _Connection)
        self.simulator = simulator
        self.stopping = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = HANG_SECONDS
    server: _Server

    def _respond(self) -> None:
        body = self._body()
        path = urlsplit(self.path).path
        if body is None:
            return
        if path.startswith((f"{REST}/", f"{CARDSECURE}/")):
            # A page of another origin may ask CardSecure for tokens, never the API.
            headers = _OF_ANY_PAGE if path.startswith(CARDSECURE) else ()
            if self.command == "OPTIONS":
                self._send(HTTPStatus.NO_CONTENT, b"", "", headers)
                return
            self._answer(self.server.simulator.handle(self.command, self.path, body, self.headers.get("Authorization", "")), headers)
        elif self.command == "GET" and path in _FIELD_FILES:
            self._field_file(*_FIELD_FILES[path])
        elif path == "/health":
            self._json(HTTPStatus.OK, {"status": "ok"})
        else:
            self._control(path, body)

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = _respond  # noqa: N815 - names of the base class

    def _answer(self, answer: Answer, headers: tuple[tuple[str, str], ...]) -> None:
        wait = HANG_SECONDS if answer.manner == "hang" else answer.wait_seconds
        if wait:
            self.server.stopping.wait(wait)
        if answer.manner in {"drop", "hang"}:
            self._hang_up()
            return
        dripped = answer.body if answer.manner == "drip" else b""
        self._send(answer.status, answer.body, answer.content_type, (*answer.headers, *headers), dripped=dripped)

    def _hang_up(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            self.close_connection = True

    def _control(self, path: str, body: bytes) -> None:
        prefix = next((prefix for prefix in CONTROL_PATHS if path.startswith(prefix)), None)
        if prefix is None or not self._from_this_machine():
            self._json(HTTPStatus.NOT_FOUND, _problem(404, "there is nothing here"))
            return
        try:
            document = json.loads(body) if body else {}
        except ValueError:
            document = None
        if not isinstance(document, dict):
            self._json(HTTPStatus.BAD_REQUEST, _problem(400, "the body is a JSON object"))
            return
        query = dict(parse_qsl(urlsplit(self.path).query))
        try:
            found = controls.answer(self.server.simulator, self.command, path.removeprefix(prefix), query, document)
        except controls.ControlRefusedError as error:
            self._json(error.status, _problem(error.status, str(error)))
            return
        self._json(HTTPStatus.OK, found)

    def _from_this_machine(self) -> bool:
        """Keep pages of strangers in a developer's browser away from the controls."""
        named = [f"//{self.headers.get('Host', '')}", self.headers.get("Origin") or "//localhost"]
        return all(urlsplit(name).hostname in _OUR_HOSTS for name in named)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._json(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _problem(413, f"a body has at most {LARGEST_BODY} bytes"))
            return None
        return self.rfile.read(int(length))

    def _field_file(self, name: str, content_type: str) -> None:
        content = resources.files("local.processors.cardpointe").joinpath("field", name).read_bytes()
        self._send(HTTPStatus.OK, content, content_type, (("Content-Security-Policy", FIELD_POLICY),))

    def _json(self, status: int, document: object) -> None:
        kind = "application/json" if status == HTTPStatus.OK else "application/problem+json"
        self._send(status, json.dumps(document).encode(), kind)

    def _send(
        self, status: int, body: bytes, content_type: str, headers: tuple[tuple[str, str], ...] = (), *, dripped: bytes = b""
    ) -> None:
        self.send_response_only(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in (
            *headers,
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
        ):
            self.send_header(name, value)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not dripped:
            self.wfile.write(body)
        for at in range(len(dripped)):
            self.wfile.write(dripped[at : at + 1])
            self.wfile.flush()
            if self.server.stopping.wait(DRIP_SECONDS):
                break

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name of the base class
        """Stay quiet; what happened stands in the list of calls."""


def _problem(status: int, detail: str) -> dict[str, object]:
    code = "not_found" if status == HTTPStatus.NOT_FOUND else "invalid_input"
    return {"type": f"/problems/{code}", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}
