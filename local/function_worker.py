"""A function's own process: its environment and its handler, which its execution environments are forked from."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import boto3

from local.function_pool import Pool
from local.ministack import REGION
from local.permissions import Guard

KEPT = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE")
"""What a handler sees of our own environment; the rest is the function's."""

UNAUTHORIZED = "Unauthorized"
_MESSAGE_LENGTH = 400

LambdaHandler = Callable[[Any, "LambdaContext"], Any]


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """What Lambda tells a handler about the invocation."""

    function_name: str
    function_version: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    aws_request_id: str
    log_group_name: str
    log_stream_name: str
    deadline_ms: int
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of the function's time-out."""
        return max(0, self.deadline_ms - int(time.time() * 1000))


@dataclass(slots=True)
class Function:
    """One function with its handler, or with the reason why it cannot be loaded."""

    name: str
    arn: str
    memory_mb: int
    handler: LambdaHandler | None
    failure: dict[str, object] | None

    def invoke(self, raw: bytes, headers: Any) -> tuple[int, bytes]:
        """Run the handler on one event and return status and body for the emulator."""
        event = json.loads(raw or b"null")
        if self.handler is None:
            return self._failed(event, self.failure or {})
        context = LambdaContext(
            function_name=self.name,
            function_version=headers.get("X-Amzn-Lambda-Function-Version", "$LATEST"),
            invoked_function_arn=headers.get("X-Amzn-Lambda-Function-Arn", self.arn),
            memory_limit_in_mb=self.memory_mb,
            aws_request_id=headers.get("X-Amzn-Lambda-Request-Id", ""),
            log_group_name=f"/aws/lambda/{self.name}",
            log_stream_name="local",
            deadline_ms=int(headers.get("X-Amzn-Lambda-Deadline-Ms", "0")),
        )
        try:
            return 200, json.dumps(self.handler(event, context), ensure_ascii=False).encode()
        except Exception as error:  # noqa: BLE001 - Lambda, too, catches whatever a handler raises
            if str(error) != UNAUTHORIZED:
                traceback.print_exc()
            return self._failed(event, failure_document(error))

    def _failed(self, event: Any, failure: dict[str, object]) -> tuple[int, bytes]:
        """Answer a failure.

        Of an authorizer only "Unauthorized" means 401. Whatever else it raises must become a 500: an answer without a
        policy does.
        """
        authorizes = isinstance(event, dict) and "methodArn" in event
        status = 200 if authorizes and failure.get("errorMessage") != UNAUTHORIZED else 500
        return status, json.dumps(failure).encode()


def failure_document(error: BaseException) -> dict[str, object]:
    """Return an error as Lambda reports it, short: the emulator keeps 512 bytes. The traceback stands in the function's log."""
    return {"errorType": type(error).__name__, "errorMessage": str(error)[:_MESSAGE_LENGTH]}


def run_worker(name: str, channel: socket.socket, functions_file: Path, logs: Path, root: Path) -> None:
    """Become the function's process; return when the parent closes the channel and all events are answered."""
    try:
        described = json.loads(functions_file.read_text())[name]
    except (OSError, ValueError, KeyError):
        described = {"folder": "", "environment": {}, "memory_mb": 128, "arn": "", "handler": "handler.lambda_handler"}
    folder = root / "functions" / described["folder"]
    _redirect_output(logs / f"{described['folder'] or name}.log")
    _take_environment(name, described)
    if "rights" in described:
        Guard(**described["rights"]).install()
    function = _load(name, described, folder, root)
    # Reads the service's model once for all environments that are forked from here.
    boto3.client("dynamodb", region_name=REGION)
    Pool(channel, partial(_serve, function)).run()


def _redirect_output(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)


def _take_environment(name: str, described: dict[str, Any]) -> None:
    kept = {key: os.environ[key] for key in KEPT if key in os.environ}
    os.environ.clear()
    os.environ.update(kept)
    os.environ.update(described["environment"])
    os.environ.update(
        {
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(described["memory_mb"]),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "_HANDLER": described["handler"],
        }
    )


def _load(name: str, described: dict[str, Any], folder: Path, root: Path) -> Function:
    """Import the handler as Lambda does: the function's folder first, then the layer."""
    sys.path[:0] = [str(folder), str(root / "layers" / "shared")]
    function = Function(name, described["arn"], described["memory_mb"], None, None)
    try:
        os.chdir(folder)
        module, _, attribute = described["handler"].rpartition(".")
        function.handler = getattr(importlib.import_module(module.replace("/", ".")), attribute)
    except Exception as error:  # noqa: BLE001 - told to the caller of every event
        traceback.print_exc()
        function.failure = failure_document(error)
    return function


def _serve(function: Function, connection: socket.socket, done: Callable[[], object]) -> None:
    class Event(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            left = int(self.headers.get("X-Amzn-Lambda-Deadline-Ms", "0")) / 1000 - time.time()
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.001))
            status, body = function.invoke(raw, self.headers)
            signal.setitimer(signal.ITIMER_REAL, 0)
            done()
            self.send_response_only(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name of the base class
            pass

    with connection, contextlib.suppress(OSError):
        Event(connection, ("127.0.0.1", 0), None)  # type: ignore[arg-type]
