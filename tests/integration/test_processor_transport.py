"""The transport below the processor clients, against servers that behave badly."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from duebook.errors import InvalidInputError, ProcessorUnavailableError
from duebook.processors.transport import AnswerLostError, HttpTransport

Act = Callable[[socket.socket, threading.Event], None]


@pytest.fixture
def served() -> Iterator[Callable[[Act], str]]:
    """Serve connections with an act of the test's choosing; tells the address to post to."""
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
        return f"http://127.0.0.1:{listener.getsockname()[1]}/xml/v1/request.api"

    yield serve
    over.set()
    for listener in listeners:
        listener.close()


def answering(raw: bytes) -> Act:
    def act(connection: socket.socket, _over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(raw)

    return act


def response(body: bytes, status: str = "200 OK", length: int | None = None) -> bytes:
    said = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {said}\r\n\r\n".encode() + body


def test_the_body_of_a_good_answer_comes_back_whole(served: Callable[[Act], str]) -> None:
    body = bytes(range(256)) * 100

    assert HttpTransport(served(answering(response(body)))).post(b"{}", 5) == body


def test_a_request_is_posted_as_json_over_a_connection_of_its_own(served: Callable[[Act], str]) -> None:
    seen = []

    def act(connection: socket.socket, _over: threading.Event) -> None:
        seen.append(connection.recv(65536))
        connection.sendall(response(b"{}"))

    transport = HttpTransport(served(act))
    transport.post(b'{"a":1}', 5)
    transport.post(b'{"a":2}', 5)

    assert len(seen) == 2
    assert seen[0].startswith(b"POST /xml/v1/request.api HTTP/1.1\r\n")
    assert b"Content-Type: application/json\r\n" in seen[0]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Len",
        response(b"{}", "500 Internal Server Error"),
        response(b"", "302 Found\r\nLocation: http://127.0.0.1:9/"),
        response(b"", "204 No Content"),
        response(b"{}", length=100),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + b"x" * 300_000,
        response(b"x" * 300_000),
        b"HTTP/1.1 200 OK\r\n" + b"X-Much: 1\r\n" * 200 + b"\r\n{}",
    ],
)
def test_an_answer_that_is_not_whole_and_good_is_lost(served: Callable[[Act], str], raw: bytes) -> None:
    transport = HttpTransport(served(answering(raw)))

    with pytest.raises(AnswerLostError):
        transport.post(b"{}", 5)


def test_a_connection_reset_after_sending_is_a_lost_answer(served: Callable[[Act], str]) -> None:
    def act(connection: socket.socket, _over: threading.Event) -> None:
        connection.recv(10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    transport = HttpTransport(served(act))

    with pytest.raises(AnswerLostError):
        transport.post(b"x" * 100_000, 5)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"])
def test_an_answer_that_drips_ends_with_the_time_allowed(served: Callable[[Act], str], start: bytes) -> None:
    def act(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(start)
        while not over.wait(0.02):
            connection.sendall(b"x")

    transport = HttpTransport(served(act))
    began = time.monotonic()

    with pytest.raises(AnswerLostError):
        transport.post(b"{}", 0.3)

    assert time.monotonic() - began < 2


def test_silence_ends_with_the_time_allowed(served: Callable[[Act], str]) -> None:
    def act(_connection: socket.socket, over: threading.Event) -> None:
        over.wait(30)

    transport = HttpTransport(served(act))

    with pytest.raises(AnswerLostError, match="TimeoutError"):
        transport.post(b"{}", 0.2)


def test_an_answer_may_take_longer_than_connecting(served: Callable[[Act], str]) -> None:
    def act(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        over.wait(0.3)
        connection.sendall(response(b"{}"))

    transport = HttpTransport(served(act), connect_timeout_seconds=0.1)

    assert transport.post(b"{}", 5) == b"{}"


def test_a_refused_connection_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(ProcessorUnavailableError, match=r"127\.0\.0\.1 was not reached"):
        HttpTransport(f"http://127.0.0.1:{port}/").post(b"{}", 5)


def test_a_failed_tls_handshake_was_not_sent(served: Callable[[Act], str]) -> None:
    seen = []

    def act(connection: socket.socket, _over: threading.Event) -> None:
        seen.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    transport = HttpTransport(served(act).replace("http:", "https:"))

    with pytest.raises(ProcessorUnavailableError):
        transport.post(b"secret body", 5)

    assert b"secret body" not in b"".join(seen)


def test_a_tls_handshake_without_an_answer_ends_with_the_time_for_connecting(served: Callable[[Act], str]) -> None:
    def act(_connection: socket.socket, over: threading.Event) -> None:
        over.wait(30)

    transport = HttpTransport(served(act).replace("http:", "https:"), connect_timeout_seconds=0.2)

    with pytest.raises(ProcessorUnavailableError):
        transport.post(b"{}", 30)


@pytest.mark.parametrize("url", ["http://api.authorize.net/", "ftp://x/", "api.authorize.net", "", "http://127.0.0.1.evil.test/"])
def test_only_https_or_this_machine_is_posted_to(url: str) -> None:
    with pytest.raises(InvalidInputError, match="no https address"):
        HttpTransport(url)


def test_an_error_shows_nothing_of_what_was_sent(served: Callable[[Act], str]) -> None:
    transport = HttpTransport(served(answering(b"")))

    with pytest.raises(AnswerLostError) as raised:
        transport.post(b"transactionKey-0123456789abcdef", 5)

    assert "0123456789abcdef" not in f"{raised.value} {raised.value.__cause__!r}"


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_without_time_left_nothing_is_sent(served: Callable[[Act], str], seconds: float) -> None:
    seen = []

    def act(connection: socket.socket, _over: threading.Event) -> None:
        seen.append(connection.recv(65536))

    transport = HttpTransport(served(act))

    with pytest.raises(ProcessorUnavailableError, match="no time is left"):
        transport.post(b"{}", seconds)

    assert seen == []
