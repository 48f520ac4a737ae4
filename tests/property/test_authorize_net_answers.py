"""Answers of Authorize.Net bent out of shape in any place: what comes of them is told in our own words, never a crash."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from duebook.domain.charges import TokenMethod
from duebook.domain.money import Money
from duebook.domain.payments import Evidence, Outcome, Payer
from duebook.domain.processing import ChargeRef, MethodToStore, RefundOrder
from duebook.errors import InvalidInputError, MethodRefusedError, ProcessorUnavailableError, TransientError
from duebook.processors.authorize_net_webhooks import read_notification
from tests.canned_processor import CHARGE, NOW, answered, client, details

OK = {"resultCode": "Ok", "message": [{"code": "I00001", "text": ""}]}
RETURNED = [{"id": "60000000009", "dateUTC": "2026-01-08T00:00:00Z", "code": "R01", "description": "…"}]
LINE = {
    "transId": "60000000001",
    "invoiceNumber": "p-000123",
    "submitTimeUTC": "2026-01-05T10:20:30Z",
    "transactionStatus": "settledSuccessfully",
    "accountType": "eCheck",
    "accountNumber": "XXXX6789",
    "settleAmount": 12.5,
    "hasReturnedItems": True,
}
BATCH = {"batchId": "7000001", "settlementTimeUTC": "2026-01-06T23:30:00Z", "statistics": [{"correctionNoticeCount": 1}]}
BOOKS = [
    {"transactions": [LINE], "messages": OK},
    details("settledSuccessfully", returnedItems=RETURNED),
    {"batchList": [BATCH], "messages": OK},
    {"transactions": [LINE], "messages": OK},
    details("settledSuccessfully", returnedItems=RETURNED),
]
KEPT = [
    {"customerProfileId": "900000001", "messages": OK},
    {"customerProfileId": "900000001", "customerPaymentProfileId": "900000011", "messages": OK},
    {"paymentProfile": {"payment": {"creditCard": {"cardNumber": "XXXX1111", "expirationDate": "2030-12"}}}, "messages": OK},
]
NOTIFICATION = {
    "notificationId": "11111111-2222-4333-8444-555555555555",
    "eventType": "net.authorize.payment.void.created",
    "payload": {"id": "60000000001", "merchantReferenceId": "p-000123", "entityName": "transaction"},
}
CHARGED = ChargeRef("p-000123", "60000000001", Money(1250, "USD"), "card", "1111", NOW)
METHOD = MethodToStore(TokenMethod("tok", "card"), Payer("Ann Lee", "a@b.test"), "c-77", "USD")

odd = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**25), 10**25),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=30),
        st.sampled_from(["0", "1", "2", "3", "4", "E00001", "E00039", "E00040", "I00004", "voided", "9e999", "1e-9", "Infinity", "sNaN"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=10), inner, max_size=3)),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in children:
        yield from places(inner, (*path, name))


def bent(draw: st.DrawFn, document: Any) -> Any:
    """The document with something else in one to three of its places, or with a part missing."""
    changed = {"document": copy.deepcopy(document)}
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(list(places(changed))[1:]))
        target: Any = changed
        for name in way:
            target = target[name]
        if way and isinstance(target, dict) and draw(st.booleans()):
            del target[last]
        else:
            target[last] = draw(odd)
    return changed["document"]


@st.composite
def one_bent(draw: st.DrawFn, *documents: Any) -> list[Any]:
    """Answers of which one is bent."""
    which = draw(st.integers(0, len(documents) - 1))
    return [bent(draw, document) if number == which else document for number, document in enumerate(documents)]


def as_sent(answers: list[Any]) -> list[bytes]:
    """As bytes, with enough after them for a reading that asks on."""
    return [json.dumps(answer).encode() for answer in [*answers, *answers[-1:] * 20]]


@settings(deadline=None)
@given(answers=st.one_of(one_bent(answered()), one_bent(answered("2", "2")), one_bent(answered("3", "6")), one_bent(answered("4", "252"))))
def test_r39_any_answer_to_a_charge_is_an_outcome_and_money_only_with_a_reference(answers: list[Any]) -> None:
    processor, _ = client(*as_sent(answers))

    found = processor.charge(CHARGE, timeout_seconds=30)

    assert isinstance(found, Evidence)
    assert found.reference is not None or found.outcome not in {Outcome.APPROVED, Outcome.PENDING, Outcome.REVIEW}


@settings(deadline=None)
@given(answers=one_bent(answered() | {"refId": "R1-000123"}))
def test_r39_any_answer_to_a_void_or_refund_is_an_outcome(answers: list[Any]) -> None:
    order = RefundOrder("R1-000123", CHARGED, Money(500, "USD"))

    voided = client(*as_sent(answers))[0].void(CHARGED, timeout_seconds=30)
    refunded = client(*as_sent(answers))[0].refund(order, timeout_seconds=30)

    assert voided.outcome is not Outcome.VOIDED or voided.reference == CHARGED.reference
    assert refunded.outcome is not Outcome.APPROVED or refunded.reference not in {None, CHARGED.reference}


@settings(deadline=None)
@given(answers=one_bent({"transactions": [LINE], "messages": OK}, details()))
def test_r39_any_answer_to_a_look_up_is_evidence_nothing_or_unavailable(answers: list[Any]) -> None:
    processor, _ = client(*as_sent(answers))

    with contextlib.suppress(ProcessorUnavailableError):
        found = processor.inquire("p-000123", submitted_at=NOW, timeout_seconds=30)

        assert found is None or found.outcome is not Outcome.APPROVED or found.amount is not None


@settings(deadline=None)
@given(answers=one_bent(*BOOKS))
def test_r39_any_answer_to_a_reading_of_the_books_is_records_or_unavailable(answers: list[Any]) -> None:
    processor, _ = client(*as_sent(answers))

    with contextlib.suppress(ProcessorUnavailableError):
        for record in processor.records(NOW, NOW + timedelta(days=1), timeout_seconds=30):
            assert record.reference
            assert record.amount.minor >= 0
            assert record.at.tzinfo is not None


@settings(deadline=None)
@given(answers=one_bent(*KEPT))
def test_any_answer_to_storing_a_method_is_a_vault_id_a_refusal_or_a_doubt(answers: list[Any]) -> None:
    processor, _ = client(*as_sent(answers))

    with contextlib.suppress(MethodRefusedError, TransientError):
        assert processor.store_method(METHOD, timeout_seconds=30).vault_id.count("/") == 1


@settings(deadline=None)
@given(answers=one_bent(NOTIFICATION))
def test_any_notification_is_read_or_invalid(answers: list[Any]) -> None:
    with contextlib.suppress(InvalidInputError):
        assert read_notification(json.dumps(answers[0]).encode()).id
