"""Faults at every call that leaves the process: each AWS call and each processor call, before and after its effect."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from duebook.errors import ProcessorUnavailableError
from duebook.processors.rest_transport import Rest, RestAnswer
from duebook.processors.transport import AnswerLostError, Transport

SERVICES = ("dynamodb", "stepfunctions", "sqs", "ses", "secretsmanager")
ROOT = Path(__file__).resolve().parents[2]
OURS = (str(ROOT / "layers" / "shared" / "duebook"), str(ROOT / "functions"))
TESTS, BENCH = str(ROOT / "tests"), "the bench"


class CrashError(BaseException):
    """The process dies here: no handler of ours may catch it."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place in our code from which a call leaves the process."""

    operation: str
    place: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong at the n-th call (from 0) after arming."""

    kind: str
    at: int


SERVER_FAULT: Any = {"Error": {"Code": "InternalServerError", "Message": "armed"}, "ResponseMetadata": {"HTTPStatusCode": 500}}
BEFORE = ("crash_before", "not_sent", "throttled", "conflict")
AFTER = ("crash_after", "answer_lost", "server_error_after")
AWS_FAULTS = (*BEFORE, *AFTER)
PROCESSOR_ONLY = frozenset({"lost_before", "garbage_after"})
PROCESSOR_FAULTS = ("crash_before", "not_sent", "lost_before", "crash_after", "answer_lost", "garbage_after")


@dataclass
class Switchboard:
    """Counts calls and strikes at the armed one. Calls of the bench itself pass while it is off."""

    faults: dict[int, str] = field(default_factory=dict)
    on: bool = False
    calls: list[Site] = field(default_factory=list)
    struck: int = 0
    turn: Callable[[], None] | None = None
    """Called before each call: where several actors work at once, the next one may go on here."""

    def arm(self, *faults: Fault) -> None:
        """Start counting from zero; without faults it only records."""
        self.faults, self.on, self.calls, self.struck = {fault.at: fault.kind for fault in faults}, True, [], 0

    def enter(self, operation: str) -> str | None:
        """Note a call that is about to leave; return the fault to strike with at it, if any."""
        if self.turn is not None:
            self.turn()
        place = _place() if self.on else ""
        if not place:
            return None
        self.calls.append(Site(operation, place))
        kind = self.faults.get(len(self.calls) - 1)
        if kind in PROCESSOR_ONLY and operation != "processor":
            kind = None
        self.struck += kind is not None
        return kind

    def hook(self, client: Any) -> None:
        """Put the board between a boto3 client and its service."""
        pending: list[str | None] = []

        def before(model: Any, params: Any, **_: Any) -> Any:
            kind = self.enter(model.name)
            pending.append(kind)
            if kind in BEFORE:
                pending.pop()
                return _refused(kind, params)
            return None

        def after(model: Any, **_: Any) -> None:
            kind = pending.pop() if pending else None
            if kind == "crash_after":
                raise CrashError
            if kind == "answer_lost":
                raise ReadTimeoutError(endpoint_url="http://aws")
            if kind == "server_error_after":
                # The effect happened; all that is seen of it is a fault of the server.
                raise ClientError(SERVER_FAULT, model.name)

        client.meta.events.register_first("before-call", before)
        client.meta.events.register_last("after-call", after)


@dataclass(slots=True)
class FaultyTransport:
    """A processor's transport with the board in front of it; out of reach for the next ``unreachable`` requests."""

    inner: Transport
    board: Switchboard
    unreachable: int = 0

    def post(self, body: bytes, timeout_seconds: float) -> bytes:
        """Send as the armed fault allows."""
        kind = self.board.enter("processor")
        if kind == "crash_before":
            raise CrashError
        if kind == "not_sent":
            raise ProcessorUnavailableError("armed: not sent")
        if self.unreachable:
            self.unreachable -= 1
            raise ProcessorUnavailableError("out of reach")
        if kind == "lost_before":
            raise AnswerLostError("armed: lost on the way there")
        answer = self.inner.post(body, timeout_seconds)
        if kind == "crash_after":
            raise CrashError
        if kind == "answer_lost":
            raise AnswerLostError("armed: lost on the way back")
        return b"<html>Bad gateway</html>" if kind == "garbage_after" else answer


@dataclass(slots=True)
class FaultyRest:
    """The same in front of a processor that has a path for each call."""

    inner: Rest
    board: Switchboard
    unreachable: int = 0

    def send(self, method: str, path: str, body: bytes | None, *, authorization: str, timeout_seconds: float) -> RestAnswer:
        """Send as the armed fault allows."""
        kind = self.board.enter("processor")
        if kind == "crash_before":
            raise CrashError
        if kind == "not_sent":
            raise ProcessorUnavailableError("armed: not sent")
        if self.unreachable:
            self.unreachable -= 1
            raise ProcessorUnavailableError("out of reach")
        if kind == "lost_before":
            raise AnswerLostError("armed: lost on the way there")
        answer = self.inner.send(method, path, body, authorization=authorization, timeout_seconds=timeout_seconds)
        if kind == "crash_after":
            raise CrashError
        if kind == "answer_lost":
            raise AnswerLostError("armed: lost on the way back")
        return RestAnswer(200, b"<html>Bad gateway</html>") if kind == "garbage_after" else answer


def faults_for(site: Site) -> tuple[str, ...]:
    """List the faults that make sense at a call."""
    if site.operation == "processor":
        return PROCESSOR_FAULTS
    return AWS_FAULTS if site.operation == "TransactWriteItems" else tuple(kind for kind in AWS_FAULTS if kind != "conflict")


def _refused(kind: str, request: Mapping[str, Any]) -> Any:
    if kind == "crash_before":
        raise CrashError
    if kind == "not_sent":
        raise ConnectTimeoutError(endpoint_url="http://aws")
    code = "ThrottlingException" if kind == "throttled" else "TransactionCanceledException"
    error: dict[str, Any] = {"Error": {"Code": code, "Message": "armed"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    if kind == "conflict":
        actions = len(json.loads(request["body"])["TransactItems"])
        error["CancellationReasons"] = [{"Code": "TransactionConflict"}] + [{"Code": "None"}] * (actions - 1)
    return Http(400), error


class Http:
    """The little of an HTTP answer that botocore looks at."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


def _place() -> str:
    """Name the way to a call through our code, innermost first: store or adapter, use case, handler; empty for the bench's own calls."""
    frame: FrameType | None = sys._getframe(1)
    found: list[str] = []
    while frame is not None:
        name = _name(frame.f_code)
        if name == BENCH and found:
            break
        if name not in {"", BENCH}:
            found.append(name)
        frame = frame.f_back
    outer = [one for one in found if "/usecases/" in one or one.startswith("functions/")]
    if not outer:
        return ""
    return " < ".join(dict.fromkeys([*found[:1], *outer[:1], *outer[-1:]]))


@cache
def _name(code: CodeType) -> str:
    """Name a function of ours as file and name, the bench's by one name; empty for anything else."""
    file = code.co_filename
    if file.startswith(TESTS):
        return BENCH
    return f"{Path(file).relative_to(ROOT)}:{code.co_name}" if file.startswith(OURS) and "<" not in code.co_name else ""
