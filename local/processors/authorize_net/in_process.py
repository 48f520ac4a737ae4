"""The simulator without sockets: a transport for tests that count every call."""

from __future__ import annotations

from dataclasses import dataclass

from duebook.processors.transport import AnswerLostError
from local.processors.authorize_net.faults import AnswerWithheld
from local.processors.authorize_net.simulator import AuthorizeNetSimulator


@dataclass(frozen=True, slots=True)
class InProcessTransport:
    """Hands requests straight to a simulator; a withheld answer is a lost one."""

    simulator: AuthorizeNetSimulator

    def post(self, body: bytes, timeout_seconds: float) -> bytes:
        """Return the simulator's answer at once."""
        del timeout_seconds
        try:
            return self.simulator.handle(body)
        except AnswerWithheld as withheld:
            if withheld.how == "garbage":
                return withheld.answer
            raise AnswerLostError(f"the simulator withheld its answer: {withheld.how}") from withheld
