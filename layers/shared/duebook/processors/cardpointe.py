"""Client of the CardPointe Gateway (CardConnect) behind the port ``PaymentProcessor``: cards and bank accounts.

The gateway has no idempotency key and takes the same order id twice, so nothing that moves money is ever sent again.

Source: CardPointe Gateway API; what is sent and why stands in docs/processors.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from duebook.domain.charges import BANK_ACCOUNT, Charge
from duebook.domain.payments import DeclineReason, Evidence, Outcome
from duebook.domain.processing import (
    ChargeRef,
    CredentialFault,
    CredentialTest,
    Found,
    MethodToStore,
    ProcessorRecord,
    RefundOrder,
    StoredMethod,
)
from duebook.errors import InvalidInputError, InvariantError, MethodRefusedError, ProcessorUnavailableError, TransientError
from duebook.processors import cardpointe_answers as answers
from duebook.processors import cardpointe_messages as messages
from duebook.processors.cardpointe_books import Books
from duebook.processors.cardpointe_codes import PROFILE_NOT_FOUND, refused_reason
from duebook.processors.cardpointe_messages import Reference, Request, VaultId
from duebook.processors.credentials import CardPointeCredentials, CredentialSource
from duebook.processors.json_answers import Fields, decoded, decoded_object, objects, text
from duebook.processors.rest_transport import TOO_MANY_REQUESTS, Rest, RestAnswer
from duebook.processors.transport import HTTP_OK, AnswerLostError

MAY_STILL_ARRIVE = timedelta(seconds=35)
"""The gateway waits up to 32 seconds for the bank; until then a charge that it does not know may be on its way.

Source: CardPointe Gateway API, time-outs.
"""
BAD_REQUEST, UNAUTHORIZED = 400, 401
NOT_TAKEN_UP = frozenset({BAD_REQUEST, UNAUTHORIZED, 404})
"""Answers of the gateway's door: nothing was sent on to a bank."""

Build = Callable[[CardPointeCredentials], Request]


class CardPointe:
    """One merchant account at the CardPointe Gateway: a merchant id for cards and perhaps another for bank accounts.

    Args:
        transport: Carries the requests; the place where a test puts its faults.
        credentials: Asked at each call, so that a changed password is picked up.
        currency: The merchant account's only currency.
        now: Current time (aware, UTC), for ``observed_at``.
        monotonic: Seconds that only go up, for the time allowed.
    """

    def __init__(
        self,
        *,
        transport: Rest,
        credentials: CredentialSource[CardPointeCredentials],
        currency: str,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._credentials = credentials
        self._currency = currency
        self._now = now
        self._monotonic = monotonic

    def charge(self, charge: Charge, *, timeout_seconds: float) -> Evidence:
        """Charge once and tell what came of it; see the port.

        A charge that must not be sent (another currency, one without two decimals, a bank account in another than USD, a
        faulty order id) is FAILED. A charge approved for less than asked is voided at once.

        Raises:
            ProcessorUnavailableError: Nothing was sent.
        """
        deadline = self._deadline(timeout_seconds)
        fault = messages.unchargeable(charge, self._currency)
        if fault is not None:
            return self._failed(fault)
        heard = self._moving(partial(messages.charge_request, charge=charge), deadline)
        if isinstance(heard, Evidence):
            return heard
        fields, seen = heard
        found = answers.charge_evidence(fields, charge, seen)
        return self._taken_back(found, answers.code_of(fields), deadline) if found.reason_code == answers.PARTIAL else found

    def inquire(self, order_id: str, *, submitted_at: datetime, timeout_seconds: float) -> Evidence | None:
        """Ask what became of a charge; see the port.

        Raises:
            ProcessorUnavailableError: No usable answer, or one that leaves a doubt; ask later.
        """
        return self._by_order(order_id, submitted_at, refund=False, deadline=self._deadline(timeout_seconds))

    def look_up(self, reference: str, *, timeout_seconds: float) -> Found | None:
        """Ask how a charge stands by the gateway's id; see the port.

        Raises:
            ProcessorUnavailableError: No usable answer; ask later.
        """
        try:
            request = partial(messages.inquire_request, reference=Reference.parse(reference))
        except InvalidInputError:
            return None
        record, seen = self._record(request, self._deadline(timeout_seconds))
        order_id = "" if record is None else text(record, "orderId", "orderid")
        if record is None or not order_id or answers.is_refund(record, seen):
            return None
        return Found(order_id, _understood(record, seen))

    def void(self, charge: ChargeRef, *, timeout_seconds: float) -> Evidence:
        """Take an unsettled charge back whole; see the port. A refused one is looked at: it may have been voided before.

        Raises:
            ProcessorUnavailableError: Nothing was sent.
        """
        deadline = self._deadline(timeout_seconds)
        try:
            reference = Reference.parse(charge.reference)
        except InvalidInputError:
            return self._failed("faulty_reference")
        heard = self._moving(partial(messages.void_request, reference=reference), deadline)
        if isinstance(heard, Evidence):
            return heard
        fields, seen = heard
        found = answers.void_evidence(fields, charge.order_id, reference, seen)
        return self._unless_voided(found, reference, deadline) if found.outcome is Outcome.FAILED else found

    def refund(self, refund: RefundOrder, *, timeout_seconds: float) -> Evidence:
        """Give a part or all of a settled charge back, once; see the port.

        Raises:
            ProcessorUnavailableError: Nothing was sent.
        """
        fault = messages.unsendable(refund.amount, refund.order_id, self._currency)
        if fault is not None:
            return self._failed(fault)
        try:
            charge = Reference.parse(refund.charge.reference)
        except InvalidInputError:
            return self._failed("faulty_reference")
        build = partial(messages.refund_request, refund=refund, reference=charge)
        heard = self._moving(build, self._deadline(timeout_seconds))
        if isinstance(heard, Evidence):
            return heard
        fields, seen = heard
        return answers.refund_evidence(fields, refund.order_id, refund.amount, charge, seen)

    def inquire_refund(self, refund: RefundOrder, *, submitted_at: datetime, timeout_seconds: float) -> Evidence | None:
        """Ask what became of a refund by its own order id; see the port.

        Raises:
            ProcessorUnavailableError: No usable answer, or one that leaves a doubt; ask later.
        """
        return self._by_order(refund.order_id, submitted_at, refund=True, deadline=self._deadline(timeout_seconds))

    def store_method(self, method: MethodToStore, *, timeout_seconds: float) -> StoredMethod:
        """Keep a token's account in a profile; see the port.

        Raises:
            MethodRefusedError: The gateway does not take it.
            TransientError: The answer was lost.
        """
        bank = method.token.type == BANK_ACCOUNT
        if method.currency != self._currency or (bank and self._currency != messages.ACH_CURRENCY):
            raise MethodRefusedError(f"this merchant account keeps no {method.token.type} in {method.currency}", reason="configuration")
        answer, _ = self._asked(partial(messages.profile_request, method=method), self._deadline(timeout_seconds))
        if answer.status == BAD_REQUEST:
            raise MethodRefusedError("the method was refused with http_400", reason=DeclineReason.CONFIGURATION.value)
        fields = _first(answer)
        code = answers.code_of(fields)
        if text(fields, "respstat") == "C":
            raise MethodRefusedError(f"the method was refused with {code or 'no code'}", reason=refused_reason(code, typed=not bank).value)
        stored = answers.stored_method(fields, method.token.token, bank=bank) if text(fields, "respstat") == "A" else None
        if stored is None:
            raise AnswerLostError(f"the method may be stored, the answer was {code or 'not understood'}")
        return stored

    def delete_method(self, vault_id: str, *, timeout_seconds: float) -> None:
        """Forget a stored account; see the port.

        Raises:
            TransientError: It may still be there; say it again.
            InvariantError: No vault id of this client.
        """
        try:
            build = partial(messages.forget_request, vault_id=VaultId.parse(vault_id))
        except InvalidInputError as error:
            raise InvariantError("a vault id of another processor") from error
        answer, _ = self._asked(build, self._deadline(timeout_seconds))
        fields = _first(answer)
        if text(fields, "respstat") != "A" and answers.code_of(fields) != PROFILE_NOT_FOUND:
            raise AnswerLostError(f"the method may still be stored, the answer was {answers.code_of(fields) or 'not understood'}")

    def test_credentials(self, *, timeout_seconds: float) -> CredentialTest:
        """Ask what each merchant id may do, with the login freshly read; see the port.

        Raises:
            ProcessorUnavailableError: No usable answer.
        """
        deadline = self._deadline(timeout_seconds)
        credentials = self._credentials.refreshed()
        asked = [one for one in (credentials.merchant_id, credentials.ach_merchant_id) if one]
        tests = [self._tested(merchant_id, credentials, deadline) for merchant_id in asked]
        return next((test for test in tests if not test.works), tests[0])

    def records(self, since: datetime, until: datetime, *, timeout_seconds: float) -> Iterator[ProcessorRecord]:
        """Read batches and deposits of the days between two instants; see the port and ``Books``.

        Raises:
            ProcessorUnavailableError: No usable answer; ask later.
        """
        deadline = self._deadline(timeout_seconds)
        seen = answers.Seen(self._credentials.current(), self._currency, self._now())
        return Books(partial(self._read, deadline=deadline), partial(self._record, deadline=deadline), seen).records(since, until)

    def _tested(self, merchant_id: str, credentials: CardPointeCredentials, deadline: float) -> CredentialTest:
        try:
            answer = self._sent(lambda _: messages.merchant_request(merchant_id), credentials, deadline)
            if answer.status in NOT_TAKEN_UP:
                fault = CredentialFault.REFUSED if answer.status == UNAUTHORIZED else CredentialFault.OTHER
                return CredentialTest(fault, f"http_{answer.status}")
            if answer.status != HTTP_OK:
                raise ProcessorUnavailableError(f"a test was answered with status {answer.status}")
            fields = decoded_object(answer.body)
        except AnswerLostError as error:
            raise ProcessorUnavailableError(f"no answer to a test: {error}") from error
        return answers.merchant_test(fields, merchant_id, bank=merchant_id == credentials.ach_merchant_id)

    def _by_order(self, order_id: str, submitted_at: datetime, *, refund: bool, deadline: float) -> Evidence | None:
        body, seen = self._read(partial(messages.inquire_order_request, order_id=order_id), deadline)
        try:
            found = answers.order_evidence(decoded(body), order_id, refund=refund, seen=seen)
        except AnswerLostError as error:
            raise ProcessorUnavailableError(f"no clear word on order {order_id}: {error}") from error
        if found is None and self._now() - submitted_at < MAY_STILL_ARRIVE:
            raise ProcessorUnavailableError(f"order {order_id} is not known yet and may still arrive")
        return found

    def _taken_back(self, in_part: Evidence, code: str, deadline: float) -> Evidence:
        """Void a charge that the bank approved for less than asked, with one call; unknown where that is not sure."""
        reference = Reference.parse(in_part.reference or "")
        try:
            heard = self._moving(partial(messages.void_request, reference=reference), deadline)
        except TransientError:
            # The charge was sent and stands, so it must not look as if nothing was.
            return in_part
        if isinstance(heard, Evidence) or not answers.is_voided(heard[0]):
            return in_part
        reason = DeclineReason.INSUFFICIENT_FUNDS
        return replace(in_part, outcome=Outcome.DECLINED, observed_at=self._now(), reason=reason, reason_code=code or answers.PARTIAL)

    def _unless_voided(self, refused: Evidence, reference: Reference, deadline: float) -> Evidence:
        try:
            record, seen = self._record(partial(messages.inquire_request, reference=reference), deadline)
            standing = None if record is None else _understood(record, seen)
        except ProcessorUnavailableError:
            return Evidence(Outcome.UNKNOWN, self._now(), reason_code=refused.reason_code)
        if standing is None or standing.outcome is not Outcome.VOIDED:
            return refused
        return Evidence(Outcome.VOIDED, self._now(), str(reference))

    def _moving(self, build: Build, deadline: float) -> tuple[Fields, answers.Seen] | Evidence:
        """Send what may move money, once: the answer's fields, or evidence when there are none to read."""
        try:
            answer, seen = self._asked(build, deadline)
            if answer.status == HTTP_OK:
                return decoded_object(answer.body), seen
        except AnswerLostError:
            return Evidence(Outcome.UNKNOWN, self._now(), reason_code=AnswerLostError.code)
        code = f"http_{answer.status}"
        return self._failed(code) if answer.status in NOT_TAKEN_UP else seen.unknown(code)

    def _read(self, build: Build, deadline: float) -> tuple[bytes, answers.Seen]:
        try:
            answer, seen = self._asked(build, deadline)
        except AnswerLostError as error:
            raise ProcessorUnavailableError(f"no answer to a question: {error}") from error
        if answer.status != HTTP_OK:
            raise ProcessorUnavailableError(f"a question was answered with status {answer.status}")
        return answer.body, seen

    def _record(self, build: Build, deadline: float) -> tuple[Fields | None, answers.Seen]:
        """Read one record; None when the gateway does not know it."""
        body, seen = self._read(build, deadline)
        try:
            record = decoded_object(body)
        except AnswerLostError as error:
            raise ProcessorUnavailableError(f"no clear word on a record: {error}") from error
        return None if answers.is_not_found(record) else record, seen

    def _asked(self, build: Build, deadline: float) -> tuple[RestAnswer, answers.Seen]:
        """Send a request; once more only when the login was refused and has changed since.

        A refused login is an answer: nothing was carried out, so nothing is repeated. What the answer is read against comes
        along, so that nothing can fail between a charge and the reading of its answer.
        """
        credentials = self._credentials.current()
        answer = self._sent(build, credentials, deadline)
        if answer.status == UNAUTHORIZED:
            fresh = self._credentials.refreshed()
            if fresh != credentials and deadline > self._monotonic():
                credentials, answer = fresh, self._sent(build, fresh, deadline)
        if answer.status == TOO_MANY_REQUESTS:
            raise ProcessorUnavailableError(f"the processor asks for a pause of {answer.retry_after_seconds or 'some'} seconds")
        return answer, answers.Seen(credentials, self._currency, self._now())

    def _sent(self, build: Build, credentials: CardPointeCredentials, deadline: float) -> RestAnswer:
        request = build(credentials)
        login = messages.authorization(credentials)
        left = deadline - self._monotonic()
        return self._transport.send(request.method, request.path, request.body, authorization=login, timeout_seconds=left)

    def _failed(self, code: str) -> Evidence:
        return Evidence(Outcome.FAILED, self._now(), None, DeclineReason.CONFIGURATION, code)

    def _deadline(self, timeout_seconds: float) -> float:
        return self._monotonic() + timeout_seconds


def _understood(record: Fields, seen: answers.Seen) -> Evidence:
    try:
        return answers.record_evidence(record, seen)
    except AnswerLostError as error:
        raise ProcessorUnavailableError(f"no clear word on a record: {error}") from error


def _first(answer: RestAnswer) -> Fields:
    """Read the answer about a stored method: an object, or a list of one.

    Raises:
        TransientError: Nothing was carried out, or nobody knows.
    """
    if answer.status != HTTP_OK:
        raise ProcessorUnavailableError(f"a stored method was asked for and status {answer.status} came")
    return next(iter(objects(decoded(answer.body))), {})
