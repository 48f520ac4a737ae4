"""The simulator as an HTTP server: the API, the hosted field and the control calls, on an origin of its own."""

from __future__ import annotations

import json
import socket
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from local.clock_file import local_now
from local.processors.authorize_net import controls, webhooks_rest
from local.processors.authorize_net.faults import AnswerWithheld
from local.processors.authorize_net.ledger import Ledger
from local.processors.authorize_net.simulator import AuthorizeNetSimulator, wrong_content_type

API_PATH = "/xml/v1/request.api"
CONTROL_PATHS = ("/local/processors/authorize_net/", "/local/")
LARGEST_BODY = 1_000_000
HANG_SECONDS = 120.0
DRIP_SECONDS = 0.2
JSON_TYPES = frozenset({"application/json", "text/json", "text/plain"})
FIELD_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors http://localhost:* http://127.0.0.1:*; require-trusted-types-for 'script'; trusted-types 'none'"
)
_FIELD_FILES = {
    "/authorize-net.html": ("authorize-net.html", "text/html; charset=utf-8"),
    "/authorize-net.js": ("authorize-net.js", "text/javascript; charset=utf-8"),
    "/authorize-net.css": ("authorize-net.css", "text/css; charset=utf-8"),
    "/banks.json": ("banks.json", "application/json; charset=utf-8"),
}
_OUR_HOSTS = frozenset({"localhost", "127.0.0.1"})


class SimulatorServer:
    """A running simulator.

    Args:
        host: Interface to listen on.
        port: Port to listen on; 0 for any free one.
        simulator: What answers.
    """

    def __init__(self, host: str, port: int, simulator: AuthorizeNetSimulator) -> None:
        self.simulator = simulator
        self._server = _Server((host, port), simulator)
        self._thread: threading.Thread | None = None

    @property
    def origin(self) -> str:
        """The server's own origin, such as ``http://127.0.0.1:8090``."""
        host, port = self._server.server_address[:2]
        return f"http://{host if isinstance(host, str) else host.decode()}:{port}"

    @property
    def api_url(self) -> str:
        """The address to give to the client as AUTHORIZE_NET_URL."""
        return self.origin + API_PATH

    def start(self) -> None:
        """Serve in a thread of its own."""
        self.simulator.webhooks.resume()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="authorize-net", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving, free the port and close the books."""
        self._server.stopping.set()
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self.simulator.close()


def create_server(host: str, port: int, state_dir: Path, clock_file: Path | None = None) -> SimulatorServer:
    """Make a simulator that keeps its books in ``state_dir`` and lives by the clock file; call ``start`` on it."""
    ledger = Ledger(state_dir / "authorize_net.sqlite3")
    now = None if clock_file is None else lambda: local_now(clock_file)
    return SimulatorServer(host, port, AuthorizeNetSimulator(ledger, now))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: AuthorizeNetSimulator) -> None:
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

    def do_GET(self) -> None:
        """Serve the hosted field and the control calls that read."""
        path = urlsplit(self.path).path
        if path in _FIELD_FILES:
            self._field_file(*_FIELD_FILES[path])
        elif path == "/health":
            self._json(HTTPStatus.OK, {"status": "ok"})
        elif path.startswith(webhooks_rest.PREFIX):
            self._rest(path, b"")
        else:
            self._control(path, b"")

    def do_POST(self) -> None:
        """Answer the API and the control calls that act."""
        body = self._body()
        path = urlsplit(self.path).path
        if body is None:
            return
        if path == API_PATH:
            self._api(body)
        elif path.startswith(webhooks_rest.PREFIX):
            self._rest(path, body)
        else:
            self._control(path, body)

    def do_PUT(self) -> None:
        """Carry out a control call that replaces something."""
        self.do_POST()

    def do_DELETE(self) -> None:
        """Carry out a REST call that removes something."""
        self.do_POST()

    def do_OPTIONS(self) -> None:
        """Let a page of another origin mint nonces, as the real endpoint does."""
        self._send(HTTPStatus.NO_CONTENT, b"", "", (
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", "POST, OPTIONS"),
            ("Access-Control-Allow-Headers", "content-type"),
        ))  # fmt: skip

    def _api(self, body: bytes) -> None:
        kind = self.headers.get_content_type()
        try:
            answer = self.server.simulator.handle(body) if kind in JSON_TYPES else wrong_content_type()
        except AnswerWithheld as withheld:
            self._withhold(withheld)
            return
        self._send(HTTPStatus.OK, answer, "application/json; charset=utf-8", (("Access-Control-Allow-Origin", "*"),))

    def _rest(self, path: str, body: bytes) -> None:
        query = dict(parse_qsl(urlsplit(self.path).query))
        authorization, rest = self.headers.get("Authorization", ""), path.removeprefix(webhooks_rest.PREFIX)
        status, document = webhooks_rest.respond(self.server.simulator, self.command, rest, query, authorization, body)
        self._send(status, json.dumps(document).encode(), "application/json; charset=utf-8")

    def _withhold(self, withheld: AnswerWithheld) -> None:
        how = withheld.how
        if how in {"garbage", "huge"}:
            self._send(HTTPStatus.OK, withheld.answer, "application/json; charset=utf-8")
            return
        if how == "error_500":
            page = b"<html><head><title>Runtime Error</title></head><body><h1>Server Error</h1></body></html>"
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, page, "text/html; charset=utf-8")
            return
        if how == "hang":
            self.server.stopping.wait(HANG_SECONDS)
        if how == "slow_drip":
            self._drip(withheld.answer)
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            self.close_connection = True

    def _drip(self, answer: bytes) -> None:
        """Send an answer byte by byte, for as long as someone listens."""
        began = time.monotonic()
        try:
            self.send_response_only(HTTPStatus.OK)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            for byte in answer:
                if self.server.stopping.wait(DRIP_SECONDS) or time.monotonic() - began > HANG_SECONDS:
                    break
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
        except OSError:
            return

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
        content = resources.files("local.processors.authorize_net").joinpath("field", name).read_bytes()
        self._send(HTTPStatus.OK, content, content_type, (("Content-Security-Policy", FIELD_POLICY),))

    def _json(self, status: int, document: object) -> None:
        kind = "application/json" if status == HTTPStatus.OK else "application/problem+json"
        self._send(status, json.dumps(document).encode(), kind)

    def _send(self, status: int, body: bytes, content_type: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
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
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name of the base class
        """Stay quiet; what happened stands in the list of calls."""


def _problem(status: int, detail: str) -> dict[str, object]:
    code = "not_found" if status == HTTPStatus.NOT_FOUND else "invalid_input"
    return {"type": f"/problems/{code}", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}
