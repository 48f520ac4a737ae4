"""Whatever the CardPointe Gateway answers, money is only booked when everything adds up, and nothing else ever breaks out."""

from __future__ import annotations

import contextlib
import json
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from duebook.domain.charges import TokenMethod
from duebook.domain.money import Money
from duebook.domain.payments import Outcome
from duebook.domain.processing import MethodToStore
from duebook.errors import MethodRefusedError, ProcessorUnavailableError, TransientError
from tests.canned_cardpointe import (
    ANN,
    LONG_AGO,
    NOW,
    ORDER,
    REFUND_ORDER,
    TOKEN,
    a_charge,
    a_charge_ref,
    a_refund,
    answered,
    client,
)

ASKED = Money(1250, "USD")
WORDS = """A B C 00 05 10 28 29 61 62 002 116 911 PPS FNOR RPCT PSTR BPAY REVERS REFUND 12.50 -12.50 12.5 0.00 5.00 1250 100000000001
100000000005 USD CAD Y N Accepted Voided Declined Rejected R01 C01 ECHK VISA 1230""".split()
NAMES = """respstat respcode respproc retref amount merchid orderId orderid token account authcode setlstat currency accttype lastfour
achreturncode parentretref type profileid acctid expiry txns chargebacks adjustments batchid hoststat setlamount salesdoc casenumber
status date fundingdate errormsg""".split()
scalars = st.one_of(
    st.sampled_from([*WORDS, "Queued for Capture", "Amount under review", ORDER, REFUND_ORDER, TOKEN]),
    st.text(max_size=8),
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
fields = st.dictionaries(st.sampled_from(NAMES), scalars, max_size=12)
shapes = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4))
bodies = st.one_of(
    fields.map(lambda found: json.dumps(found).encode()),
    fields.map(lambda found: json.dumps(answered() | found).encode()),
    st.lists(fields, max_size=3).map(lambda found: json.dumps(found).encode()),
    shapes.map(lambda found: json.dumps(found).encode()),
    st.binary(max_size=40),
)


@given(body=bodies)
def test_r39_a_charge_is_approved_only_by_an_answer_that_adds_up(body: bytes) -> None:
    processor, gateway = client(body, answered(authcode="REVERS"))

    found = processor.charge(a_charge(), timeout_seconds=5)

    if found.outcome is Outcome.APPROVED:
        fields: dict[str, Any] = json.loads(body)
        assert fields["respstat"].strip() == "A"
        assert found.amount == ASKED
        assert found.reference
        assert not fields.get("orderId") or str(fields["orderId"]).strip() in ("", ORDER)
        assert len(gateway.sent) == 1
    assert found.outcome in {Outcome.APPROVED, Outcome.DECLINED, Outcome.FAILED, Outcome.REVIEW, Outcome.UNKNOWN}
    assert gateway.paths.count("PUT auth") == 1


@given(body=bodies)
def test_r41_a_void_is_done_only_when_the_gateway_says_so(body: bytes) -> None:
    processor, _ = client(body, ProcessorUnavailableError("not reached"))

    found = processor.void(a_charge_ref(), timeout_seconds=5)

    assert found.outcome in {Outcome.VOIDED, Outcome.UNKNOWN, Outcome.FAILED}
    assert found.outcome is not Outcome.VOIDED or json.loads(body)["authcode"].strip().upper() == "REVERS"


@given(body=bodies)
def test_r41_a_refund_is_made_only_by_an_answer_that_adds_up(body: bytes) -> None:
    processor, gateway = client(body)

    found = processor.refund(a_refund(), timeout_seconds=5)

    assert found.outcome is not Outcome.APPROVED or (found.amount == ASKED and found.reference not in (None, "100000000001"))
    assert len(gateway.sent) == 1


@given(body=bodies)
def test_questions_end_in_evidence_nothing_or_later(body: bytes) -> None:
    processor, _ = client(body, body, body)

    for ask in (
        lambda: processor.inquire(ORDER, submitted_at=LONG_AGO, timeout_seconds=5),
        lambda: processor.look_up("100000000001", timeout_seconds=5),
        lambda: processor.inquire_refund(a_refund(), submitted_at=LONG_AGO, timeout_seconds=5),
    ):
        with contextlib.suppress(ProcessorUnavailableError):
            ask()


@given(body=bodies)
def test_books_end_in_records_or_later(body: bytes) -> None:
    processor, _ = client(*[body] * 200)

    try:
        records = list(processor.records(NOW, NOW + timedelta(minutes=1), timeout_seconds=5))
    except ProcessorUnavailableError:
        return

    assert all(record.amount.minor >= 0 and record.reference for record in records)


@given(body=bodies)
def test_stored_methods_are_kept_refused_or_lost(body: bytes) -> None:
    processor, _ = client(body, body)

    with contextlib.suppress(MethodRefusedError, TransientError):
        processor.store_method(MethodToStore(TokenMethod(TOKEN, "card"), ANN, "cus_1", "USD"), timeout_seconds=5)
    with contextlib.suppress(TransientError):
        processor.delete_method("167/1", timeout_seconds=5)
