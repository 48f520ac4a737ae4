"""Faults on demand: what shall go wrong with which call, and how often."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

OPERATIONS = frozenset({"charge", "void", "refund", "inquire", "store_method", "delete_method", "report", "test"})
AFTER = {
    "drop_after": "drop",
    "timeout_after": "hang",
    "error_500_after": "error_500",
    "slow_drip": "slow_drip",
    "garbage": "garbage",
    "huge": "huge",
}
"""Faults that strike when the work is done -> what becomes of the answer."""
KINDS = frozenset({"drop_before", "decline", "review", "wrong_amount", *AFTER})
GARBAGE = b'\x00\xff{"transactionResponse":{"responseCode":"1",<html>'
HUGE_BYTES = 4_000_000


class AnswerWithheld(Exception):  # noqa: N818 - a thing that happens to a request, not a mistake
    """The caller gets no proper answer; the work may be done.

    Args:
        how: ``drop``, ``hang``, ``error_500``, ``slow_drip`` (byte by byte), ``garbage`` or ``huge``.
        answer: What is sent in the last three ways.
    """

    def __init__(self, how: str, answer: bytes = b"") -> None:
        super().__init__(how)
        self.how = how
        self.answer = answer


class FaultyFaultError(ValueError):
    """A fault that cannot be understood."""


@dataclass(slots=True)
class Fault:
    """One thing to go wrong. ``times`` counts down; None means each time until the list is replaced."""

    operation: str
    kind: str
    code: str | None = None
    times: int | None = None
    tenant_id: str | None = None

    @classmethod
    def read(cls, document: Mapping[str, object]) -> Fault:
        """Read a fault as the control API takes it.

        Raises:
            FaultyFaultError: A word that is not known.
        """
        unknown = set(document) - {"operation", "fault", "code", "times", "tenant_id"}
        if unknown:
            raise FaultyFaultError(f"unknown fields: {', '.join(sorted(unknown))}")
        operation, kind, times = document.get("operation"), document.get("fault"), document.get("times")
        if operation not in OPERATIONS:
            raise FaultyFaultError(f"operation is one of {', '.join(sorted(OPERATIONS))}")
        if kind not in KINDS:
            raise FaultyFaultError(f"fault is one of {', '.join(sorted(KINDS))}")
        if times is not None and (not isinstance(times, int) or times < 1):
            raise FaultyFaultError("times is a whole number above zero")
        code, tenant_id = document.get("code"), document.get("tenant_id")
        return cls(
            str(operation),
            str(kind),
            None if code is None else str(code),
            times,
            None if tenant_id is None else str(tenant_id),
        )


class Faults:
    """The list of faults in force, safe for several threads."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def replace(self, faults: Iterable[Fault]) -> None:
        """Put these in place of all before."""
        with self._lock:
            self._faults = list(faults)

    def take(self, operation: str, tenant_id: str | None) -> Fault | None:
        """Return the fault that strikes this call, and count it."""
        with self._lock:
            for fault in self._faults:
                if fault.operation == operation and fault.tenant_id in (None, tenant_id) and fault.times != 0:
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None


def withheld(kind: str, answer: bytes) -> AnswerWithheld:
    """Return what a fault that strikes afterwards makes of an answer."""
    how = AFTER[kind]
    match how:
        case "garbage":
            return AnswerWithheld(how, GARBAGE)
        case "huge":
            return AnswerWithheld(how, answer.rstrip() + b" " * HUGE_BYTES)
    return AnswerWithheld(how, answer)
