"""The transport below a client with a path for each call, against servers that behave badly."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from duebook.errors import InvalidInputError, ProcessorUnavailableError
from duebook.processors.rest_transport import RestAnswer, RestTransport
from duebook.processors.transport import AnswerLostError

Act = Callable[[socket.socket, threading.Event], None]
LOGIN = "Basic dGVzdGluZzp0ZXN0aW5nMTIz"


@pytest.fixture
def served() -> Iterator[Callable[[Act], str]]:
    """Serve connections with an act of the test's choosing; tells the address below which the paths lie."""
    over = threading.Event()
    listeners: list[socket.socket] = []

    def serve(act: Act) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        act(connection, over)
                    except OSError:
                        continue

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    over.set()
    for listener in listeners:
        listener.close()


def answering(raw: bytes) -> Act:
    def act(connection: socket.socket, _over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(raw)

    return act


def response(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def send(url: str, body: bytes | None = b"{}", seconds: float = 5) -> RestAnswer:
    return RestTransport(url).send("PUT", "/cardconnect/rest/auth", body, authorization=LOGIN, timeout_seconds=seconds)


@pytest.mark.parametrize("base", ["", "/", "/gateway", "/gateway/"])
def test_method_path_login_and_body_arrive_below_the_address(served: Callable[[Act], str], base: str) -> None:
    seen = []

    def act(connection: socket.socket, _over: threading.Event) -> None:
        got = b""
        while not got.endswith(b"}"):
            got += connection.recv(65536)
        seen.append(got)
        connection.sendall(response(b"{}"))

    send(f"{served(act)}{base}", b'{"a":1}')

    (request,) = seen
    assert request.startswith(f"PUT {base.rstrip('/')}/cardconnect/rest/auth HTTP/1.1\r\n".encode())
    assert f"Authorization: {LOGIN}\r\n".encode() in request
    assert request.endswith(b'\r\n\r\n{"a":1}')


def test_a_question_has_no_body(served: Callable[[Act], str]) -> None:
    seen = []

    def act(connection: socket.socket, _over: threading.Event) -> None:
        seen.append(connection.recv(65536))
        connection.sendall(response(b"{}"))

    transport = RestTransport(served(act))
    transport.send("GET", "/cardconnect/rest/funding?merchid=1&date=20260105", None, authorization=LOGIN, timeout_seconds=5)

    assert seen[0].startswith(b"GET /cardconnect/rest/funding?merchid=1&date=20260105 HTTP/1.1\r\n")
    assert seen[0].endswith(b"\r\n\r\n")


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "401 Unauthorized", "404 Not Found", "429 Too Many Requests"])
def test_what_the_processor_says_of_a_request_is_an_answer(served: Callable[[Act], str], status: str) -> None:
    answer = send(served(answering(response(b"said", status))))

    assert answer == RestAnswer(int(status[:3]), b"said")


@pytest.mark.parametrize(("told", "seconds"), [("17", 17), ("", None), ("soon", None), ("-1", None), ("9" * 5000, None)])
def test_a_pause_that_is_asked_for_comes_along(served: Callable[[Act], str], told: str, seconds: int | None) -> None:
    raw = response(b"", "429 Too Many Requests", f"X-Rate-Limit-Retry-After-Seconds: {told}\r\n")

    assert send(served(answering(raw))).retry_after_seconds == seconds


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no http at all\r\n\r\n",
        response(b"{}", "500 Internal Server Error"),
        response(b"{}", "503 Service Unavailable"),
        response(b"", "408 Request Timeout"),
        response(b"", "302 Found", "Location: http://127.0.0.1:9/\r\n"),
        response(b"", "204 No Content"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{}",
        response(b"x" * (4 * 1024 * 1024 + 1)),
    ],
)
def test_r39_an_answer_that_is_not_whole_and_good_is_lost(served: Callable[[Act], str], raw: bytes) -> None:
    url = served(answering(raw))

    with pytest.raises(AnswerLostError):
        send(url)


def test_an_answer_that_drips_ends_with_the_time_allowed(served: Callable[[Act], str]) -> None:
    def act(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        while not over.wait(0.02):
            connection.sendall(b"x")

    url = served(act)
    began = time.monotonic()

    with pytest.raises(AnswerLostError):
        send(url, seconds=0.3)

    assert time.monotonic() - began < 2


def test_a_refused_connection_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(ProcessorUnavailableError, match=r"127\.0\.0\.1 was not reached"):
        send(f"http://127.0.0.1:{port}")


def test_without_time_left_nothing_is_sent(served: Callable[[Act], str]) -> None:
    seen = []

    def act(connection: socket.socket, _over: threading.Event) -> None:
        seen.append(connection.recv(65536))

    url = served(act)

    with pytest.raises(ProcessorUnavailableError, match="no time is left"):
        send(url, seconds=0)

    assert seen == []


@pytest.mark.parametrize("url", ["http://fts.cardconnect.com", "ftp://x/", "", "http://127.0.0.1.evil.test"])
def test_only_https_or_this_machine_is_asked(url: str) -> None:
    with pytest.raises(InvalidInputError, match="no https address"):
        RestTransport(url)


def test_an_error_shows_neither_login_nor_body(served: Callable[[Act], str]) -> None:
    url = served(answering(b""))

    with pytest.raises(AnswerLostError) as raised:
        send(url, b"9411000000081111")

    shown = f"{raised.value} {raised.value.__cause__!r}"
    assert "dGVzdGlu" not in shown
    assert "9411000000081111" not in shown
