"""The stories that the sweep runs: what happens, who tries again, and what must hold in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from duebook.domain.payments import PaymentState
from local.processors.authorize_net.faults import Fault as ProcessorFault
from tests.faults.hooks import CrashError
from tests.faults.stage import issue
from tests.faults.world import Answer, World

TRIES = 3
NOT_YET = frozenset({409, 429, 500, 503})
CHARGED_OR_NOT = frozenset({201, 202, 402})


@dataclass(frozen=True, slots=True)
class Story:
    """A payment from the click to the last mail.

    Args:
        name: Printed with a violation.
        postal_code: Of the card; 46282 is declined by the processor's own trigger.
        minor: The amount paid.
        lost: What the processor does with the charge by itself: drops it before or after it took effect.
        mistyped: The payer gets the Pay Online ID wrong first.
        unreachable: The processor cannot be reached at the first try.
    """

    name: str
    postal_code: str = "84601"
    minor: int = 12_000
    lost: str | None = None
    mistyped: bool = False
    unreachable: bool = False


STORIES = (
    Story("approved"),
    Story("declined", postal_code="46282"),
    Story("answer lost", lost="drop_after"),
    Story("charge lost", lost="drop_before"),
    Story("mistyped, then out of reach", mistyped=True, unreachable=True),
)


def prepare(_made: World) -> None:
    """Post three open invoices of 157.00 together, the oldest not first."""
    issue("inv_2", 10_000, on="2025-05-01")
    issue("inv_1", 5_000, on="2025-04-01")
    issue("inv_3", 700, on="2025-05-20")


def play(world: World, story: Story) -> Answer | None:
    """Let a payer look, pay and try again with the same key, then let machines, mail and schedules do theirs."""
    if story.lost:
        world.simulator.faults.replace([ProcessorFault.read({"operation": "charge", "fault": story.lost, "times": 1})])
    token = world.token(postal_code=story.postal_code)
    world.transport.unreachable = int(story.unreachable)
    if story.mistyped:
        _survive(lambda: world.look("mistypedID23"))
    _survive(world.look)
    answer: Answer | None = None
    for _ in range(TRIES):
        answer = _survive(lambda: world.pay(story.minor, token=token)) or answer
        if answer and answer.status in CHARGED_OR_NOT:
            break
    world.settle_down()
    world.let_schedules_repair()
    return answer


def violations(world: World, answer: Answer | None) -> list[str]:
    """Say what does not hold after a story."""
    found = world.findings()
    payments = world.payments()
    charges = world.charges()
    if len(charges) > 1:
        found.append(f"charged {len(charges)} times")
    captured = [payment for payment in payments if payment.state is PaymentState.CAPTURED]
    for payment in payments:
        if payment.state not in {PaymentState.CAPTURED, PaymentState.DECLINED, PaymentState.FAILED}:
            found.append(f"a payment is left {payment.state}")
        if payment.due_at is not None or payment.parked is not None:
            found.append(f"a {payment.state} payment still waits: due {payment.due_at}, parked {payment.parked}")
    for payment in captured:
        if not payment.applied:
            found.append("a captured payment is not applied")
        found += _mails(world)
    if answer is not None and answer.status == 202 and not captured and "payment_not_made" not in world.recorded_mails():
        found.append("left in doubt, not charged, and never told")
    if answer is not None and answer.status == 402 and charges:
        found.append("told declined, but charged")
    if answer is not None and answer.status == 201 and not charges:
        found.append("told paid, but not charged")
    return found


def _mails(world: World) -> list[str]:
    sent = world.sent_mails()
    wanted = {"receipt": 1, "payment_received": 1}
    recorded = world.recorded_mails()
    found = [f"{recorded.count(kind)} {kind} mails on record" for kind, number in wanted.items() if recorded.count(kind) != number]
    return found + [f"no {kind} mail was handed over" for kind in wanted if kind not in sent]


def _survive(call: Callable[[], Answer]) -> Answer | None:
    try:
        return call()
    except (Exception, CrashError):  # whatever broke, the payer saw no answer
        return None
