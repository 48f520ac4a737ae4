"""The gateway without sockets: a transport for tests that count every call."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from duebook.processors.rest_transport import MAX_ANSWER_BYTES, RestAnswer
from duebook.processors.transport import AnswerLostError
from local.processors.cardpointe.simulator import CardPointeSimulator

_CANNOT_BE_READ = frozenset({HTTPStatus.REQUEST_TIMEOUT})


@dataclass(frozen=True, slots=True)
class InProcessRest:
    """Hands requests straight to a simulator; a withheld answer is a lost one."""

    simulator: CardPointeSimulator

    def send(self, method: str, path: str, body: bytes | None, *, authorization: str, timeout_seconds: float) -> RestAnswer:
        """Return the simulator's answer at once, unless it takes longer than allowed."""
        answer = self.simulator.handle(method, path, body or b"", authorization)
        if answer.manner or answer.wait_seconds > timeout_seconds:
            raise AnswerLostError(f"the simulator withheld its answer: {answer.manner or 'slow'}")
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in _CANNOT_BE_READ:
            raise AnswerLostError(f"the simulator answered with status {answer.status}")
        if len(answer.body) > MAX_ANSWER_BYTES:
            raise AnswerLostError("the simulator's answer is too long")
        wait = dict(answer.headers).get("X-Rate-Limit-Retry-After-Seconds")
        return RestAnswer(answer.status, answer.body, int(wait) if wait else None)
