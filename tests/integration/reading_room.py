"""A processor whose books are a list on paper, and a desk that reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from duebook import wiring
from duebook.domain.breaks import BreakRow, RowState
from duebook.domain.charges import BANK_ACCOUNT, CARD
from duebook.domain.directory import MerchantAccount
from duebook.domain.identifiers import derived_ulid, order_id_of, refund_order_id_of
from duebook.domain.money import Money
from duebook.domain.payments import Evidence, Outcome, Payment, PaymentKey, PaymentState
from duebook.domain.processing import Found, ProcessorRecord, RecordKind, RefundOrder
from duebook.domain.refunds import Refund, StepState
from duebook.errors import DuebookError, ProcessorUnavailableError
from duebook.ports import PaymentProcessor
from duebook.runtime.clock import utc_now
from duebook.storage.dynamo import transact
from duebook.usecases.read_processor_books import ReadingDesk
from duebook.usecases.reconcile import BooksRead, read_books
from duebook.usecases.record_outcome import MoneyDesk


@dataclass(slots=True)
class PaperBooks:
    """The reading side of the processor's port."""

    lines: list[ProcessorRecord] = field(default_factory=list)
    hidden: dict[str, Evidence] = field(default_factory=dict)
    """What an inquiry by order id finds although the lists do not show it."""
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    fault: DuebookError | None = None
    silent: bool = False
    """No inquiry is answered."""

    def records(self, since: datetime, until: datetime, *, timeout_seconds: float) -> Iterator[ProcessorRecord]:
        """Read what settled or happened in a span, and what stands unsettled."""
        assert timeout_seconds > 0
        self.spans.append((since, until))
        if self.fault is not None:
            raise self.fault
        unsettled = {Outcome.APPROVED, Outcome.PENDING, Outcome.REVIEW}
        return iter([line for line in self.lines if since <= line.at <= until or line.outcome in unsettled])

    def inquire(self, order_id: str, *, submitted_at: datetime, timeout_seconds: float) -> Evidence | None:
        """Find a charge by its order id."""
        assert submitted_at.tzinfo
        assert timeout_seconds > 0
        return self._find(order_id, RecordKind.CHARGE)

    def inquire_refund(self, refund: RefundOrder, *, submitted_at: datetime, timeout_seconds: float) -> Evidence | None:
        """Find a refund by its order id."""
        assert submitted_at.tzinfo
        assert timeout_seconds > 0
        return self._find(refund.order_id, RecordKind.REFUND)

    def look_up(self, reference: str, *, timeout_seconds: float) -> Found | None:
        """Find whose charge a reference is."""
        assert timeout_seconds > 0
        self.asked.append(reference)
        charge = next((line for line in self.lines if line.kind is RecordKind.CHARGE and line.reference == reference), None)
        return Found(charge.order_id, _evidence(charge)) if charge and charge.order_id else None

    def _find(self, order_id: str, kind: RecordKind) -> Evidence | None:
        self.asked.append(order_id)
        if self.silent:
            raise ProcessorUnavailableError("no answer")
        line = next((line for line in self.lines if line.kind is kind and line.order_id == order_id), None)
        return _evidence(line) if line else self.hidden.get(order_id)


def _evidence(line: ProcessorRecord) -> Evidence:
    return Evidence(line.outcome, utc_now(), reference=line.reference, amount=line.amount)


@dataclass(slots=True)
class ReadingRoom:
    """One tenant's payments beside the books of its merchant accounts."""

    books: dict[str, PaperBooks] = field(default_factory=lambda: {"ma_1": PaperBooks()})
    flags: list[tuple[str, ...]] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    number: int = 0

    @property
    def paper(self) -> PaperBooks:
        """The books of the first merchant account."""
        return self.books["ma_1"]

    def payment(self, state: PaymentState, *, age: timedelta = timedelta(hours=2), bank: bool = False, **changes: Any) -> Payment:
        """Write a payment of 50.00 that the processor was asked for."""
        self.number += 1
        created = utc_now() - age
        payment_id = f"pay_{derived_ulid(created, str(self.number))}"
        payment = Payment(
            key=PaymentKey(changes.pop("tenant_id", "ten_1"), "c1", payment_id),
            amount=Money(50_00, "USD"),
            state=PaymentState.SUBMITTING,
            channel="portal",
            method_type=BANK_ACCOUNT if bank else CARD,
            created_at=created,
            order_id=order_id_of(payment_id),
            merchant_account_id="ma_1",
            due_at=created,
        )
        transact(wiring.client("dynamodb"), list(wiring.payment_store().added(replace(payment, **changes))))
        if state is not PaymentState.SUBMITTING:
            self.tell(payment, state, f"6{self.number:010d}")
        return self.now(payment)

    def tell(self, payment: Payment, state: PaymentState, reference: str) -> None:
        """Move a payment on as its charge's answer does."""
        from duebook.usecases.record_outcome import record_outcome

        outcome = Outcome.APPROVED if state is PaymentState.CAPTURED else Outcome(state.value)
        evidence = Evidence(outcome, payment.created_at, reference=reference, amount=payment.amount)
        record_outcome(payment.key, evidence, books=self.desk().books)

    def now(self, payment: Payment) -> Payment:
        """Read a payment as it stands."""
        return wiring.payment_store().get(payment.key)

    def refunded(self, payment: Payment, minor: int) -> Refund:
        """Write a refund in flight, asked for two hours ago."""
        number = len(payment.refunds) + 1
        order_id = refund_order_id_of(payment.key.payment_id, number)
        refund = Refund(f"rfd_{number}", order_id, minor, "wrong", "stf_1", utc_now() - timedelta(hours=2), StepState.SUBMITTING)
        current = self.now(payment)
        wiring.payment_store().save(replace(current, refunds=(*current.refunds, refund)))
        return refund

    def line(self, payment: Payment, outcome: Outcome, kind: RecordKind = RecordKind.CHARGE, **facts: Any) -> ProcessorRecord:
        """Write a line about a payment into the books."""
        is_charge = kind is RecordKind.CHARGE
        charge = payment.reference or f"6{payment.key.payment_id[-10:]}"
        known: dict[str, Any] = {
            "reference": charge if is_charge else f"{kind.value}-{charge}",
            "amount": payment.amount,
            "at": utc_now() - timedelta(minutes=5),
            "order_id": payment.order_id,
            "charge_reference": None if is_charge else charge,
        }
        line = ProcessorRecord(kind=kind, outcome=outcome, **(known | facts))
        self.books[payment.merchant_account_id or ""].lines.append(line)
        return line

    def desk(self) -> ReadingDesk:
        """Return what reading takes, with the paper in the processors' place."""
        return ReadingDesk(
            directory=wiring.directory_store(),
            books=MoneyDesk(wiring.account_store(), wiring.payment_store(), wiring.invoice_store()),
            breaks=wiring.reconciliation_store(),
            processor_of=self._processor,
            flag_method=lambda *told: self.flags.append(tuple(str(one) for one in told)),
            start_application=lambda _payment, name: self.started.append(name),
            now=utc_now,
        )

    def _processor(self, _tenant_id: str, account: MerchantAccount) -> PaymentProcessor:
        return cast("PaymentProcessor", self.books[account.account_id])

    def read(self, tenant_id: str | None = "ten_1", enough: Callable[[], bool] = lambda: False) -> BooksRead:
        """Read the books: of a tenant now, or of those that are due."""
        return read_books(self.desk(), timeout_seconds=5, tenant_id=tenant_id, enough=enough)

    def rows(self, state: RowState = RowState.OPEN, tenant_id: str = "ten_1") -> list[BreakRow]:
        """List the rows by kind."""
        return sorted(wiring.reconciliation_store().rows(tenant_id, state), key=lambda row: row.found.kind.value)

    def kinds(self, state: RowState = RowState.OPEN) -> list[str]:
        """List the kinds of the rows."""
        return [row.found.kind.value for row in self.rows(state)]
