"""Payments and a processor's books that agree, made from a seed; and one way to break them for each kind of break."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from duebook.domain.breaks import BreakKind
from duebook.domain.charges import BANK_ACCOUNT, CARD
from duebook.domain.identifiers import derived_ulid, order_id_of, refund_order_id_of
from duebook.domain.money import Money
from duebook.domain.payments import DeclineReason, Outcome, Payment, PaymentKey, PaymentState
from duebook.domain.processing import ProcessorRecord, RecordKind
from duebook.domain.processor_books import Reading
from duebook.domain.refunds import Refund, StepState, Void

NOW = datetime(2025, 6, 20, 15, 0, tzinfo=UTC)  # A Friday.
SINCE = NOW - timedelta(days=30)
MERCHANTS = {"ma_usd": "USD", "ma_cad": "CAD", "ma_eur": "EUR"}
LIVES = (
    ["settled"] * 20 + ["unsettled"] * 4 + ["refunded", "refunded_twice", "refund_refused", "refund_asked", "voided", "charged_back"] * 2
    + ["ach_settled"] * 8 + ["ach_pending"] * 3 + ["ach_returned"] * 2 + ["declined", "failed", "review", "asking", "noc", "won_later"]
)  # fmt: skip


@dataclass(slots=True)
class Case:
    """One payment with what the processor's books say of it."""

    payment: Payment
    life: str
    lines: list[ProcessorRecord] = field(default_factory=list)

    def add(self, kind: RecordKind, outcome: Outcome, at: datetime, **facts: object) -> ProcessorRecord:
        """Write a line into the processor's books."""
        known: dict[str, object] = {
            "reference": self.payment.reference or f"9{self.payment.key.payment_id[-10:]}",
            "amount": self.payment.amount,
            "order_id": self.payment.order_id,
        }
        line = ProcessorRecord(kind=kind, outcome=outcome, at=at, **(known | facts))  # type: ignore[arg-type]
        self.lines.append(line)
        return line

    def change(self, **facts: object) -> None:
        """Change our side."""
        self.payment = replace(self.payment, **facts)  # type: ignore[arg-type]

    def retell(self, **facts: object) -> None:
        """Change what the processor's books say of the charge, in every line of it."""
        self.lines = [replace(line, **facts) if line.kind is RecordKind.CHARGE else line for line in self.lines]  # type: ignore[arg-type]

    def without(self, kind: RecordKind) -> None:
        """Take all lines of a kind out of the processor's books."""
        self.lines = [line for line in self.lines if line.kind is not kind]


@dataclass(slots=True)
class World:
    """A tenant's payments and the books of its merchant accounts."""

    chance: random.Random
    cases: list[Case] = field(default_factory=list)
    strays: dict[str, list[ProcessorRecord]] = field(default_factory=lambda: {name: [] for name in MERCHANTS})
    broken: set[tuple[BreakKind, str]] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def payments(self) -> list[Payment]:
        """List our side, in no order."""
        found = [case.payment for case in self.cases]
        self.chance.shuffle(found)
        return found

    def reading(self, merchant: str) -> Reading:
        """Read a merchant account's books, in no order, some lines twice."""
        lines = [line for case in self.cases if case.payment.merchant_account_id == merchant for line in case.lines]
        lines += self.strays[merchant]
        lines += self.chance.sample(lines, len(lines) // 5)
        self.chance.shuffle(lines)
        return Reading(merchant, tuple(lines), SINCE, NOW)

    def pick(self, *lives: str) -> Case:
        """Take a payment of one of these lives that is not broken yet."""
        free = [case for case in self.cases if case.life in lives and case.payment.key.payment_id not in self.used]
        chosen = self.chance.choice(free)
        self.used.add(chosen.payment.key.payment_id)
        return chosen


def simulated(seed: int, size: int = 2_000) -> World:
    """Make a world in which both sides agree."""
    world = World(random.Random(seed))
    for number in range(size):
        life = LIVES[number % len(LIVES)] if number < len(LIVES) * 3 else world.chance.choice(LIVES)
        world.cases.append(_case(world.chance, number, life))
    return world


def _case(chance: random.Random, number: int, life: str) -> Case:
    young = life in {"unsettled", "refund_asked", "review", "asking", "ach_pending"}
    merchant = chance.choice(list(MERCHANTS))
    is_bank = life.startswith("ach") or life == "noc"
    # Young enough not to be late, or old enough to have settled.
    minutes = chance.randint(2, 50) if life == "asking" else chance.randint(70, 20 * 60) if young else chance.randint(5 * 1440, 28 * 1440)
    created = NOW - timedelta(minutes=minutes)
    payment_id = f"pay_{derived_ulid(created, str(number))}"
    payment = Payment(
        key=PaymentKey("ten_1", f"c{number % 97}", payment_id),
        amount=Money(chance.randint(100, 900_00), MERCHANTS[merchant]),
        state=PaymentState.CAPTURED,
        channel="portal",
        method_type=BANK_ACCOUNT if is_bank else CARD,
        created_at=created,
        order_id=order_id_of(payment_id),
        merchant_account_id=merchant,
        reference=f"6{number:010d}",
    )
    case = Case(payment, life)
    _live(case, chance)
    return case


def _live(case: Case, chance: random.Random) -> None:  # noqa: C901 - a table of lives
    at = case.payment.created_at
    match case.life:
        case "settled" | "ach_settled" | "noc" | "won_later":
            _settle(case)
            if case.life == "noc":
                case.add(RecordKind.NOTIFICATION_OF_CHANGE, Outcome.APPROVED, at, reference="n" + case.payment.order_id, code="C01")
        case "unsettled":
            case.add(RecordKind.CHARGE, Outcome.APPROVED, at)
        case "refunded":
            _settle(case)
            _refund(case, chance.randint(1, case.payment.amount.minor))
        case "refunded_twice":
            _settle(case)
            _refund(case, case.payment.amount.minor // 3)
            _refund(case, case.payment.amount.minor // 2)
        case "refund_refused" | "refund_asked":
            _settle(case)
            _refund(case, 50, StepState.REFUSED if case.life == "refund_refused" else StepState.SUBMITTING)
        case "voided":
            case.change(state=PaymentState.VOIDED, void=Void("asked", "stf_1", at, StepState.MADE), taken_back=case.payment.amount.minor)
            case.add(RecordKind.CHARGE, Outcome.VOIDED, at)
        case "charged_back":
            _settle(case)
            part = Money(chance.randint(1, case.payment.amount.minor), case.payment.amount.currency)
            case.change(state=PaymentState.CHARGED_BACK, taken_back=part.minor, ended_code="10.4")
            case.add(RecordKind.CHARGEBACK, Outcome.CHARGED_BACK, at, reference="cb" + case.payment.order_id, amount=part, code="10.4")
        case "ach_pending":
            case.change(state=PaymentState.PENDING)
            case.add(RecordKind.CHARGE, Outcome.PENDING, at)
        case "ach_returned":
            case.change(state=PaymentState.RETURNED, ended_code="R01")
            case.add(RecordKind.CHARGE, Outcome.PENDING, at)
            case.add(RecordKind.RETURN, Outcome.RETURNED, at, reference="r" + case.payment.order_id, code="R01")
        case "declined":
            case.change(state=PaymentState.DECLINED, reason=DeclineReason.DO_NOT_HONOR)
            case.add(RecordKind.CHARGE, Outcome.DECLINED, at)
        case "failed":
            case.change(state=PaymentState.FAILED, reference=None)
        case "review":
            case.change(state=PaymentState.REVIEW)
            case.add(RecordKind.CHARGE, Outcome.REVIEW, at)
        case "asking":
            case.change(state=PaymentState.UNKNOWN, reference=None)


def _settle(case: Case) -> None:
    at = case.payment.created_at
    settled = min(at + timedelta(days=1), NOW)
    case.add(RecordKind.CHARGE, Outcome.PENDING if case.payment.method_type == BANK_ACCOUNT else Outcome.APPROVED, at)
    case.add(RecordKind.CHARGE, Outcome.SETTLED, settled)
    case.change(captured_at=at, settled_at=settled)


def _refund(case: Case, minor: int, state: StepState = StepState.MADE) -> None:
    minor, number = max(minor, 1), len(case.payment.refunds) + 1
    payment = case.payment
    asked = NOW - timedelta(minutes=20) if state is StepState.SUBMITTING else payment.created_at + timedelta(days=2)
    reference = f"7{payment.reference[1:]}{number}" if payment.reference else None
    refund = Refund(
        f"rfd_{payment.key.payment_id[4:]}_{number}", refund_order_id_of(payment.key.payment_id, number), minor, "asked", "stf_1", asked,
        state, reference=reference if state is StepState.MADE else None,
    )  # fmt: skip
    case.change(refunds=(*payment.refunds, refund))
    outcome = {StepState.MADE: Outcome.SETTLED, StepState.REFUSED: Outcome.DECLINED}.get(state)
    if outcome:
        facts = {"reference": reference, "order_id": refund.order_id, "amount": Money(minor, payment.amount.currency)}
        case.add(RecordKind.REFUND, outcome, asked, charge_reference=payment.reference, **facts)


# ---------------------------------------------------------------- one way to break the books for each kind


def charge_without_payment(world: World) -> str:
    merchant = world.chance.choice(list(MERCHANTS))
    number = len(world.strays[merchant])
    order = world.chance.choice([None, f"INV-{number}", f"DB-{number:016d}"])
    outcome = world.chance.choice([Outcome.APPROVED, Outcome.PENDING, Outcome.SETTLED])
    amount, reference = Money(77_00, MERCHANTS[merchant]), f"stray{merchant}{number}"
    world.strays[merchant].append(ProcessorRecord(RecordKind.CHARGE, reference, amount, outcome, NOW, order))
    return reference


def payment_without_charge(world: World) -> str:
    case = world.pick("settled", "unsettled", "ach_settled", "ach_pending")
    case.lines = []
    return case.payment.order_id


def charged_twice(world: World) -> str:
    case = world.pick("settled", "unsettled", "ach_settled")
    case.add(RecordKind.CHARGE, Outcome.APPROVED, NOW, reference=f"twice{case.payment.reference}")
    return case.payment.order_id


def amount_differs(world: World) -> str:
    case = world.pick("settled", "unsettled", "ach_settled", "ach_pending")
    case.retell(amount=Money(case.payment.amount.minor + world.chance.choice([-1, 1, 500]), case.payment.amount.currency))
    return case.payment.order_id


def currency_differs(world: World) -> str:
    case = world.pick("settled", "unsettled", "ach_settled")
    case.retell(amount=Money(case.payment.amount.minor, "GBP"))
    return case.payment.order_id


def charged_but_given_up(world: World) -> str:
    case = world.pick("declined", "failed")
    case.lines = []
    case.add(RecordKind.CHARGE, world.chance.choice([Outcome.APPROVED, Outcome.SETTLED]), NOW)
    return case.payment.order_id


def voided_there(world: World) -> str:
    case = world.pick("unsettled", "ach_pending")
    case.add(RecordKind.CHARGE, Outcome.VOIDED, NOW)
    return case.payment.order_id


def voided_here(world: World) -> str:
    case = world.pick("voided")
    case.retell(outcome=world.chance.choice([Outcome.APPROVED, Outcome.SETTLED]))
    return case.payment.order_id


def refund_without_record(world: World) -> str:
    if world.chance.random() < 0.5:
        case = world.pick("refund_refused")
        case.lines = [replace(line, outcome=Outcome.SETTLED) if line.kind is RecordKind.REFUND else line for line in case.lines]
        return case.payment.refunds[0].order_id
    case = world.pick("settled", "refunded")
    order = world.chance.choice([None, case.payment.order_id, refund_order_id_of(case.payment.key.payment_id, 9)])
    facts = {"reference": f"8{case.payment.reference}", "order_id": order, "charge_reference": case.payment.reference}
    line = case.add(RecordKind.REFUND, Outcome.SETTLED, NOW, **facts)
    return line.reference


def refund_not_made(world: World) -> str:
    case = world.pick("refunded")
    if world.chance.random() < 0.5:
        case.without(RecordKind.REFUND)
    else:
        case.lines = [replace(line, outcome=Outcome.VOIDED) if line.kind is RecordKind.REFUND else line for line in case.lines]
    return case.payment.refunds[0].order_id


def refund_amount_differs(world: World) -> str:
    case = world.pick("refunded", "refunded_twice")
    refund = case.payment.refunds[0]
    other = Money(refund.minor + 1, case.payment.amount.currency)
    case.lines = [replace(line, amount=other) if line.order_id == refund.order_id else line for line in case.lines]
    return refund.order_id


def return_not_booked(world: World) -> str:
    case = world.pick("ach_settled", "ach_pending")
    facts = {"charge_reference": case.payment.reference, "order_id": world.chance.choice([None, case.payment.order_id])}
    case.add(RecordKind.RETURN, Outcome.RETURNED, NOW, reference=f"r{case.payment.order_id}", code="R02", **facts)
    return case.payment.order_id


def late_return(world: World) -> str:
    case = world.pick("ach_returned")
    if world.chance.random() < 0.5:
        case.change(settled_at=case.payment.created_at)
    else:
        _refund(case, 1)
    return case.payment.order_id


def chargeback_not_booked(world: World) -> str:
    case = world.pick("settled", "refunded")
    case.add(RecordKind.CHARGEBACK, Outcome.CHARGED_BACK, NOW, reference=f"cb{case.payment.order_id}")
    return case.payment.order_id


def chargeback_reversed(world: World) -> str:
    case = world.pick("charged_back")
    case.add(RecordKind.CHARGEBACK_REVERSAL, Outcome.APPROVED, NOW, reference=f"rev{case.payment.order_id}")
    return case.payment.order_id


def not_settled(world: World) -> str:
    case = world.pick("settled", "ach_settled")
    case.change(settled_at=None, created_at=NOW - timedelta(days=10))
    case.lines = [line for line in case.lines if line.outcome is not Outcome.SETTLED]
    return case.payment.order_id


def unknown_too_long(world: World) -> str:
    case = world.pick("asking", "review")
    case.change(created_at=NOW - timedelta(days=4))
    return case.payment.order_id


def notification_of_change(world: World) -> str:
    merchant = world.chance.choice(list(MERCHANTS))
    reference, nothing = f"noc{merchant}{len(world.strays[merchant])}", Money(0, MERCHANTS[merchant])
    line = ProcessorRecord(RecordKind.NOTIFICATION_OF_CHANGE, reference, nothing, Outcome.APPROVED, NOW, code="C02")
    world.strays[merchant].append(line)
    return reference


def payment_ended_twice(world: World) -> str:
    case = world.pick("voided", "charged_back", "ach_returned")
    if case.life == "ach_returned":
        case.add(RecordKind.CHARGEBACK, Outcome.CHARGED_BACK, NOW, reference=f"cb{case.payment.order_id}")
    else:
        case.add(RecordKind.RETURN, Outcome.RETURNED, NOW, reference=f"r{case.payment.order_id}", code="R10")
    return case.payment.order_id


BREAKS: dict[BreakKind, Callable[[World], str]] = {kind: globals()[kind.value] for kind in BreakKind}


def broken(world: World, kind: BreakKind) -> tuple[BreakKind, str]:
    """Break a world in one place and say what is to be found."""
    return kind, BREAKS[kind](world)
