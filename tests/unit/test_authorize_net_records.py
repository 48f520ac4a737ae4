"""The books of Authorize.Net as records: unsettled lines, batches, returns, chargebacks, notifications of change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from duebook.domain.money import Money
from duebook.domain.payments import Outcome
from duebook.domain.processing import ProcessorRecord, RecordKind
from duebook.errors import ProcessorUnavailableError
from duebook.processors.authorize_net import AuthorizeNet
from duebook.processors.authorize_net_search import MAX_PAGES, PAGE_LIMIT
from duebook.processors.credentials import FixedCredentials
from duebook.processors.transport import AnswerLostError
from tests.canned_processor import KEYS, NOW, Canned, client, details, refused

OK = {"resultCode": "Ok", "message": [{"code": "I00001", "text": ""}]}
NONE = {"messages": {"resultCode": "Ok", "message": [{"code": "I00004", "text": ""}]}}
SETTLED_AT = datetime(2026, 1, 6, 23, 30, tzinfo=UTC)
RETURNED_AT = datetime(2026, 1, 8, tzinfo=UTC)
R01 = {"id": "60000000009", "dateUTC": "2026-01-08T00:00:00Z", "code": "R01", "description": "Insufficient Funds"}


def line(status: str = "capturedPendingSettlement", **changes: Any) -> dict[str, Any]:
    return {
        "transId": "60000000001",
        "submitTimeUTC": "2026-01-05T10:20:30Z",
        "transactionStatus": status,
        "invoiceNumber": "DB-000123",
        "accountType": "Visa",
        "accountNumber": "XXXX1111",
        "settleAmount": 12.50,
        **changes,
    }


def page(*lines: dict[str, Any]) -> dict[str, Any]:
    return {"transactions": list(lines), "totalNumInResultSet": len(lines), "messages": OK}


def batch(batch_id: str = "7000001", **statistics: Any) -> dict[str, Any]:
    figures = {"accountType": "eCheck", "chargeCount": 1, **statistics}
    told = {"batchId": batch_id, "settlementTimeUTC": "2026-01-06T23:30:00Z", "settlementState": "settledSuccessfully"}
    return told | {"statistics": [figures]}


def batch_list(*found: dict[str, Any]) -> dict[str, Any]:
    return {"batchList": list(found), "messages": OK}


def read(*answers: Any, days: int = 1) -> list[ProcessorRecord]:
    processor, transport = client(*answers)
    found = list(processor.records(NOW, NOW + timedelta(days=days), timeout_seconds=30))
    assert transport.answers == []
    return found


def of_batch(*lines: dict[str, Any], more: tuple[Any, ...] = (), **statistics: Any) -> list[ProcessorRecord]:
    return read(NONE, batch_list(batch(**statistics)), page(*lines), *more)


def test_an_unsettled_charge_is_told_as_it_stands_now() -> None:
    (found,) = read(page(line()), NONE)

    assert found == ProcessorRecord(
        RecordKind.CHARGE, "60000000001", Money(1250, "USD"), Outcome.APPROVED, NOW, "DB-000123", brand="visa", last4="1111"
    )


def test_a_settled_charge_is_told_with_its_batch() -> None:
    (found,) = of_batch(line("settledSuccessfully"))

    assert (found.outcome, found.batch_id, found.at) == (Outcome.SETTLED, "7000001", SETTLED_AT)


@pytest.mark.parametrize(
    ("status", "kind", "outcome", "code"),
    [
        ("voided", RecordKind.CHARGE, Outcome.VOIDED, None),
        ("declined", RecordKind.CHARGE, Outcome.DECLINED, None),
        ("expired", RecordKind.CHARGE, Outcome.FAILED, "expired"),
        ("underReview", RecordKind.CHARGE, Outcome.REVIEW, "underReview"),
        ("settlementError", RecordKind.CHARGE, Outcome.RETURNED, "settlement_error"),
        ("refundPendingSettlement", RecordKind.REFUND, Outcome.APPROVED, None),
        ("refundSettledSuccessfully", RecordKind.REFUND, Outcome.SETTLED, None),
        ("somethingNew", RecordKind.CHARGE, Outcome.REVIEW, "somethingNew"),
    ],
)
def test_each_status_of_a_line_is_a_kind_and_an_outcome(status: str, kind: RecordKind, outcome: Outcome, code: str | None) -> None:
    (found,) = of_batch(line(status))

    assert (found.kind, found.outcome, found.code) == (kind, outcome, code)


def test_a_charge_that_failed_to_settle_is_told_with_what_it_was_charged_for() -> None:
    (found,) = of_batch(line("settlementError", settleAmount=0), more=(details("settlementError", settleAmount=0),))

    assert (found.outcome, found.code, found.amount) == (Outcome.RETURNED, "settlement_error", Money(1250, "USD"))


def test_a_bank_debit_is_pending_until_it_has_settled_and_its_refund_is_made_at_once() -> None:
    bank = {"accountType": "eCheck", "accountNumber": "XXXX6789"}

    found = read(page(line(**bank), line("refundPendingSettlement", transId="60000000002", **bank)), NONE)

    assert [(record.outcome, record.brand, record.last4) for record in found] == [
        (Outcome.PENDING, None, "6789"),
        (Outcome.APPROVED, None, "6789"),
    ]


@pytest.mark.parametrize("status", ["voided", "declined", "generalError"])
def test_a_refund_that_came_to_nothing_is_known_by_its_order_id(status: str) -> None:
    (found,) = of_batch(line(status, invoiceNumber="R1-000123"))

    assert (found.kind, found.order_id) == (RecordKind.REFUND, "R1-000123")


@pytest.mark.parametrize("invoice", [{"invoiceNumber": ""}, {"invoiceNumber": None}, {"invoiceNumber": "x" * 21}])
def test_a_charge_made_elsewhere_is_told_without_an_order_id(invoice: dict[str, Any]) -> None:
    (found,) = read(page(line(**invoice)), NONE)

    assert found.order_id is None


RETURN_LINE = line(
    "returnedItem", transId="60000000009", submitTimeUTC="2026-01-08T09:00:00Z", accountType="eCheck", accountNumber="XXXX6789"
)
RETURN_DETAILS = details("returnedItem", transId="60000000009", refTransId="60000000001")
ORIGINAL = details("settledSuccessfully", returnedItems=[R01]) | {"transrefId": "DB-000123"}


def test_a_returned_item_names_the_charge_it_concerns_and_the_banks_code() -> None:
    (found,) = of_batch(RETURN_LINE, more=(RETURN_DETAILS, ORIGINAL))

    assert found == ProcessorRecord(
        RecordKind.RETURN,
        "60000000009",
        Money(1250, "USD"),
        Outcome.RETURNED,
        RETURNED_AT,
        "DB-000123",
        "60000000001",
        "R01",
        "Insufficient Funds",
        "7000001",
        last4="6789",
    )


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([R01 | {"id": "60000000008", "code": "R09"}, R01], "R01"),
        ([R01 | {"id": "60000000008", "code": "R09"}], "R09"),
        ([R01 | {"id": "60000000007"}, R01 | {"id": "60000000008", "code": "R09"}], None),
        ([], None),
    ],
)
def test_a_returns_code_is_its_own_and_never_guessed_among_several(items: list[dict[str, Any]], code: str | None) -> None:
    (found,) = of_batch(RETURN_LINE, more=(RETURN_DETAILS, details("settledSuccessfully", returnedItems=items)))

    assert found.code == code


def test_a_charge_that_says_it_was_returned_tells_the_same_return_as_its_own_line() -> None:
    charge = line("settledSuccessfully", accountType="eCheck", accountNumber="XXXX6789", hasReturnedItems=True)

    told = of_batch(charge, more=(ORIGINAL,))
    both = of_batch(charge, RETURN_LINE, more=(ORIGINAL, RETURN_DETAILS, ORIGINAL))

    assert [(record.kind, record.reference, record.code) for record in told] == [
        (RecordKind.CHARGE, "60000000001", None),
        (RecordKind.RETURN, "60000000009", "R01"),
    ]
    assert [record.outcome for record in told] == [Outcome.SETTLED, Outcome.RETURNED]
    assert [(record.kind, record.reference) for record in both] == [(record.kind, record.reference) for record in told]


def test_a_returned_refund_names_the_refund_and_its_charge() -> None:
    refund = details("refundSettledSuccessfully", transactionType="refundTransaction", transId="60000000002", refTransId="60000000001")
    about = details("returnedItem", transId="60000000009", refTransId="60000000002")

    (found,) = of_batch(RETURN_LINE, more=(about, refund | {"transrefId": "R1-000123"}))

    assert (found.order_id, found.charge_reference) == ("R1-000123", "60000000001")


@pytest.mark.parametrize(
    ("status", "kind", "outcome"),
    [
        ("chargeback", RecordKind.CHARGEBACK, Outcome.CHARGED_BACK),
        ("chargebackReversal", RecordKind.CHARGEBACK_REVERSAL, Outcome.APPROVED),
    ],
)
def test_a_chargeback_and_its_reversal_name_their_charge(status: str, kind: RecordKind, outcome: Outcome) -> None:
    told = line(status, transId="60000000009", settleAmount=5.0)

    own = details(status, transId="60000000009", refTransId="60000000001", responseReasonDescription="Chargeback 10.4")

    (found,) = of_batch(told, more=(own, ORIGINAL))

    assert (found.code, found.detail) == (None, "Chargeback 10.4")
    assert (found.kind, found.reference, found.outcome) == (kind, "60000000009", outcome)
    assert (found.order_id, found.charge_reference, found.amount) == ("DB-000123", "60000000001", Money(500, "USD"))


def test_a_charge_that_itself_became_a_chargeback_is_one() -> None:
    (found,) = of_batch(line("chargeback"), more=(details("chargeback") | {"transrefId": "DB-000123"},))

    assert (found.kind, found.reference, found.charge_reference) == (RecordKind.CHARGEBACK, "60000000001", "60000000001")


def test_notices_of_change_are_one_record_a_batch_with_the_only_charge_it_can_be() -> None:
    bank = line("settledSuccessfully", accountType="eCheck", accountNumber="XXXX6789")

    *_, found = of_batch(bank, line("settledSuccessfully", transId="60000000002"), correctionNoticeCount=1)

    assert found == ProcessorRecord(
        RecordKind.NOTIFICATION_OF_CHANGE,
        "7000001",
        Money(0, "USD"),
        Outcome.APPROVED,
        SETTLED_AT,
        "DB-000123",
        "60000000001",
        None,
        "notices in the batch: 1",
        "7000001",
        last4="6789",
    )


def test_notices_of_change_among_several_charges_name_none() -> None:
    lines = [line("settledSuccessfully", transId=f"6000000000{number}", accountType="eCheck") for number in (1, 2)]

    *_, found = of_batch(*lines, correctionNoticeCount="2")

    assert (found.kind, found.order_id, found.charge_reference) == (RecordKind.NOTIFICATION_OF_CHANGE, None, None)


def test_a_line_on_two_pages_comes_once_and_again_when_it_changed() -> None:
    full = [line(transId=f"7{number:010}") for number in range(PAGE_LIMIT)]
    settled = line("settledSuccessfully", transId="70000000000")

    found = read(page(*full), page(full[-1]), batch_list(batch()), page(settled))

    assert len(found) == PAGE_LIMIT + 1
    assert [record.outcome for record in found if record.reference == "70000000000"] == [Outcome.APPROVED, Outcome.SETTLED]


def test_a_long_span_is_read_in_parts_that_the_processor_takes_and_no_batch_twice() -> None:
    processor, transport = client(NONE, batch_list(batch()), page(line("settledSuccessfully")), batch_list(batch()), NONE)

    found = list(processor.records(NOW, NOW + timedelta(days=70), timeout_seconds=30))

    spans = [request for sent in transport.sent for name, request in sent.items() if name == "getSettledBatchListRequest"]
    edges = [[datetime.fromisoformat(span[name]) for name in ("firstSettlementDate", "lastSettlementDate")] for span in spans]
    assert len(found) == 1
    assert [last - first for first, last in edges] == [timedelta(days=30), timedelta(days=30), timedelta(days=10)]
    assert [edges[0][1], edges[1][1]] == [edges[1][0], edges[2][0]]
    assert all(span["includeStatistics"] is True for span in spans)


def test_empty_books_are_empty() -> None:
    assert read(NONE, NONE) == []


@pytest.mark.parametrize(
    "answers",
    [
        (AnswerLostError("cut"),),
        (b"<html>",),
        (refused("E00007"),),
        ({"messages": OK},),
        (page(line(transId="")),),
        (page(line(settleAmount=None)), NONE),
        (page(line(settleAmount="twelve")),),
        (page(line(settleAmount=-1)),),
        (page(line(submitTimeUTC="yesterday")), NONE),
        (page(line(submitTimeUTC="0001-01-01T00:00:00+23:59")), NONE),
        ({"transactions": ["line"], "messages": OK},),
        (NONE, {"messages": OK}),
        (NONE, batch_list(batch(batch_id=""))),
        (NONE, batch_list(batch(correctionNoticeCount="many"))),
        (NONE, batch_list(batch()), refused("E00040")),
        (NONE, batch_list(batch()), page(RETURN_LINE), refused("E00040")),
        (NONE, batch_list(batch()), page(RETURN_LINE), RETURN_DETAILS, AnswerLostError("cut")),
        (NONE, batch_list(batch()), page(RETURN_LINE), details("returnedItem", transId="60000000008")),
    ],
)
def test_r39_books_that_leave_a_doubt_are_not_read_to_the_end(answers: tuple[Any, ...]) -> None:
    processor, _ = client(*answers)

    with pytest.raises(ProcessorUnavailableError):
        list(processor.records(NOW, NOW + timedelta(days=1), timeout_seconds=30))


def test_what_was_read_before_the_doubt_is_true_all_the_same() -> None:
    processor, _ = client(page(line()), AnswerLostError("cut"))

    reading = processor.records(NOW, NOW + timedelta(days=1), timeout_seconds=30)

    assert next(reading).reference == "60000000001"
    with pytest.raises(ProcessorUnavailableError):
        next(reading)


def test_books_without_an_end_are_given_up() -> None:
    full = page(*(line(transId=f"7{number:010}") for number in range(PAGE_LIMIT)))
    processor, _ = client(*[full] * MAX_PAGES)

    with pytest.raises(ProcessorUnavailableError, match="not at an end"):
        list(processor.records(NOW, NOW + timedelta(days=1), timeout_seconds=30))


def test_all_requests_share_one_deadline_that_counts_from_the_call() -> None:
    seconds = [0.0]
    transport = Canned(page(line()), NONE)
    processor = AuthorizeNet(
        transport=transport, credentials=FixedCredentials(KEYS), currency="USD", now=lambda: NOW, monotonic=lambda: seconds[0]
    )

    reading = processor.records(NOW, NOW + timedelta(days=1), timeout_seconds=30)
    next(reading)
    seconds[0] = 31.0

    with pytest.raises(ProcessorUnavailableError, match="the time for it is over"):
        next(reading)
    assert len(transport.sent) == 1
