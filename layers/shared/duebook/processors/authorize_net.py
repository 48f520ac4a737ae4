"""Client of Authorize.Net behind the port ``PaymentProcessor``.

Source: reference of the JSON API; what is sent and why stands in docs/processors.md.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from duebook.domain.charges import BANK_ACCOUNT, Charge, VaultMethod
from duebook.domain.money import Money, minor_digits
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
from duebook.processors import authorize_net_answers as answers
from duebook.processors import authorize_net_messages as messages
from duebook.processors import authorize_net_reports as reports
from duebook.processors import authorize_net_vault as vault
from duebook.processors.authorize_net_codes import ACCEPTED, NO_SUCH_RECORD, WRONG_CREDENTIALS
from duebook.processors.authorize_net_json import decoded, message_codes, text
from duebook.processors.authorize_net_records import read_records
from duebook.processors.authorize_net_search import BATCH_SPAN, Build, Reading, doubt
from duebook.processors.credentials import AuthorizeNetCredentials, CredentialSource
from duebook.processors.transport import AnswerLostError, Transport

MAX_BATCHES = 70
CLOCK_SLACK = timedelta(minutes=15)
"""How far the processor's clock may be from ours before a charge is missed."""
_TWO_DECIMALS = 2
_ORDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9-]{1,20}")
_LAST4 = re.compile(r"[0-9]{4}")
_NO_MONEY = frozenset({Outcome.DECLINED, Outcome.FAILED, Outcome.VOIDED})

Asked = TypeVar("Asked")


class AuthorizeNet:
    """One merchant account at Authorize.Net.

    Args:
        transport: Carries the requests; the place where a test puts its faults.
        credentials: Asked at each call, so that a rotated key is picked up.
        currency: The merchant account's only currency.
        now: Current time (aware, UTC), for ``observed_at``.
        monotonic: Seconds that only go up, for the time allowed.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        credentials: CredentialSource[AuthorizeNetCredentials],
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

        A charge that must not be sent (another currency, one without two decimals, a faulty order id) is FAILED.

        Raises:
            ProcessorUnavailableError: Nothing was sent.
        """
        fault = self._unsendable(charge.order_id, charge.amount)
        if fault is None and isinstance(charge.method, VaultMethod) and not vault.VAULT_ID.fullmatch(charge.method.vault_id):
            fault = "faulty_vault_id"
        if fault is not None:
            return self._failed(fault)
        try:
            answer = self._asked(partial(messages.charge_request, charge=charge), timeout_seconds)
        except AnswerLostError:
            return self._lost()
        return answers.charge_evidence(answer, charge.order_id, self._now(), bank=charge.method.type == BANK_ACCOUNT)

    def inquire(self, order_id: str, *, submitted_at: datetime, timeout_seconds: float) -> Evidence | None:
        """Ask what became of a charge: among the unsettled ones first, then in the batches settled since.

        In that order, because a charge only ever moves from the first to the second.

        Raises:
            ProcessorUnavailableError: No usable answer, or one that leaves a doubt; ask later.
        """
        return self._searched(order_id, submitted_at, timeout_seconds, self._charge_found)

    def look_up(self, reference: str, *, timeout_seconds: float) -> Found | None:
        """Ask how the charge with the processor's id stands; None for refunds, unknown ids and charges without an order id.

        Raises:
            ProcessorUnavailableError: No usable answer; ask later.
        """
        if answers.reference_in(reference) is None:
            return None
        try:
            found = self._reading(timeout_seconds).details(reference)
            if found is None or not found.is_charge or found.order_id is None:
                return None
            return Found(found.order_id, reports.charge_standing(found, self._now()))
        except AnswerLostError as error:
            raise ProcessorUnavailableError(f"no clear word on transaction {reference}: {error}") from error

    def void(self, charge: ChargeRef, *, timeout_seconds: float) -> Evidence:
        """Take an unsettled charge back whole; see the port.

        Raises:
            ProcessorUnavailableError: Nothing was sent.
        """
        fault = self._unsendable(charge.order_id, charge.amount) or _faulty_reference(charge)
        if fault is not None:
            return self._failed(fault)
        try:
            answer = self._asked(partial(messages.void_request, charge=charge), timeout_seconds)
        except AnswerLostError:
            return self._lost()
        return answers.void_evidence(answer, charge.order_id, charge.reference, self._now())

    def refund(self, refund: RefundOrder, *, timeout_seconds: float) -> Evidence:
        """Give back a part or all of a settled charge, once; see the port.

        What the gateway shows of a bank account is read first and sent back as it is shown; we keep none of it.

        Raises:
            ProcessorUnavailableError: Nothing was sent.
        """
        fault = self._unsendable(refund.order_id, refund.amount) or _faulty_reference(refund.charge)
        if fault is not None:
            return self._failed(fault)
        reading = self._reading(timeout_seconds)
        try:
            payment = self._paid_from(reading, refund.charge)
            left = reading.left()
        except AnswerLostError as error:
            raise ProcessorUnavailableError(f"refund {refund.order_id} was not sent: {error}") from error
        if payment is None:
            return self._failed(NO_SUCH_RECORD)
        try:
            answer = self._asked(partial(messages.refund_request, refund=refund, payment=payment), left)
        except AnswerLostError:
            return self._lost()
        return answers.refund_evidence(answer, refund.order_id, refund.charge.reference, self._now())

    def inquire_refund(self, refund: RefundOrder, *, submitted_at: datetime, timeout_seconds: float) -> Evidence | None:
        """Ask what became of a refund, in the same places as for a charge.

        Raises:
            ProcessorUnavailableError: No usable answer, or one that leaves a doubt; ask later.
        """

        def found(details: reports.Details) -> Evidence | None:
            # Older answers leave the link to the charge blank; the order id is the refund's own all the same.
            ours = details.is_refund and details.charge_reference in (None, refund.charge.reference)
            return reports.refund_standing(details, self._now()) if ours else None

        return self._searched(refund.order_id, submitted_at, timeout_seconds, found)

    def store_method(self, method: MethodToStore, *, timeout_seconds: float) -> StoredMethod:
        """Keep a token's card or bank account in the customer's profile; see the port.

        Raises:
            MethodRefusedError: The gateway does not take it; ``reason`` is one of the reasons of a declined charge, or
                ``too_many_methods``.
            TransientError: The answer was lost; the token may be used up.
        """
        if method.currency != self._currency:
            raise MethodRefusedError(f"the merchant account is in {self._currency}", reason=DeclineReason.CONFIGURATION.value)
        return self._kept("the method may be kept", timeout_seconds, partial(vault.store, method=method))

    def delete_method(self, vault_id: str, *, timeout_seconds: float) -> None:
        """Forget a stored method; one that is gone already is no error.

        Raises:
            TransientError: It may still be there; say it again.
            InvariantError: No vault id of this client.
        """
        if vault.VAULT_ID.fullmatch(vault_id) is None:
            raise InvariantError("a vault id of another processor")
        self._kept("the method may still be there", timeout_seconds, partial(vault.delete, vault_id=vault_id))

    def test_credentials(self, *, timeout_seconds: float) -> CredentialTest:
        """Show the gateway the credentials, freshly read, and tell what it says; see the port.

        Raises:
            ProcessorUnavailableError: No usable answer.
        """
        credentials = self._credentials.refreshed()
        try:
            answer = decoded(self._transport.post(messages.test_request(credentials), timeout_seconds))
        except AnswerLostError as error:
            raise ProcessorUnavailableError(f"no answer to a test: {error}") from error
        codes = message_codes(answer)
        if ACCEPTED in codes:
            return CredentialTest()
        if not codes:
            raise ProcessorUnavailableError("a test was answered without a code")
        refused = WRONG_CREDENTIALS in codes
        return CredentialTest(CredentialFault.REFUSED if refused else CredentialFault.OTHER, WRONG_CREDENTIALS if refused else min(codes))

    def records(self, since: datetime, until: datetime, *, timeout_seconds: float) -> Iterator[ProcessorRecord]:
        """Read the gateway's books of a span, and what stands unsettled; the time counts from the call on.

        Raises:
            ProcessorUnavailableError: While reading: anything that leaves a doubt.
        """
        return _clear(read_records(self._reading(timeout_seconds), since, until))

    def _searched(
        self, order_id: str, submitted_at: datetime, timeout_seconds: float, evidence: Callable[[reports.Details], Evidence | None]
    ) -> Evidence | None:
        reading = self._reading(timeout_seconds)
        since = submitted_at - CLOCK_SLACK
        try:
            for lines in (reading.unsettled(since), self._settled(reading, since)):
                references = dict.fromkeys(line.reference for line in lines if line.order_id == order_id)
                details = [reading.listed_details(reference) for reference in references]
                found = _standing([evidence(each) for each in details if each.ref_id == order_id])
                if found is not None:
                    return found
        except AnswerLostError as error:
            raise ProcessorUnavailableError(f"no clear word on order {order_id}: {error}") from error
        return None

    def _charge_found(self, details: reports.Details) -> Evidence | None:
        return reports.charge_standing(details, self._now()) if details.is_charge else None

    def _settled(self, reading: Reading, since: datetime) -> Iterator[reports.Line]:
        last = min(max(self._now(), since + timedelta(days=1)), since + BATCH_SPAN)
        found = [batch for batch in reading.batches(since, last) if batch.settled_at is None or batch.settled_at >= since]
        if len(found) > MAX_BATCHES:
            doubt(f"{len(found)} batches since then")
        for batch in found:
            yield from reading.content(batch, since)

    def _paid_from(self, reading: Reading, charge: ChargeRef) -> Mapping[str, object] | None:
        """Return where a charge's money came from, as the gateway wants it named; None when it knows no such charge."""
        if charge.method_type != BANK_ACCOUNT and charge.last4 is not None and _LAST4.fullmatch(charge.last4):
            return messages.masked_card(charge.last4)
        details = reading.details(charge.reference)
        if details is None:
            return None
        last4 = details.face.last4 or doubt("the charge shows no last four digits")
        if not details.face.bank:
            return messages.masked_card(last4)
        routing = answers.Face.of("", text(details.account, "routingNumber")).last4 or doubt("the charge shows no routing number")
        return messages.masked_account(
            kind=text(details.account, "accountType"),
            routing_last4=routing,
            account_last4=last4,
            name=text(details.account, "nameOnAccount"),
        )

    def _unsendable(self, order_id: str, amount: Money) -> str | None:
        if amount.currency != self._currency:
            return "other_currency"
        try:
            if minor_digits(self._currency) != _TWO_DECIMALS:
                return "currency_without_two_decimals"
        except InvalidInputError:
            return "no_currency"
        if amount.minor <= 0:
            return "amount_not_above_zero"
        return None if _ORDER_ID.fullmatch(order_id) else "faulty_order_id"

    def _failed(self, code: str) -> Evidence:
        return Evidence(Outcome.FAILED, self._now(), None, DeclineReason.CONFIGURATION, code)

    def _lost(self) -> Evidence:
        return Evidence(Outcome.UNKNOWN, self._now(), reason_code=AnswerLostError.code)

    def _reading(self, timeout_seconds: float) -> Reading:
        return Reading(self._asked, self._monotonic, timeout_seconds, self._currency)

    def _kept(self, doubtful: str, timeout_seconds: float, step: Callable[[vault.Ask], Asked]) -> Asked:
        reading = self._reading(timeout_seconds)
        try:
            return step(lambda build: self._asked(build, reading.left()))
        except AnswerLostError as error:
            raise TransientError(f"{doubtful}: {error}") from error

    def _asked(self, build: Build, timeout_seconds: float) -> Mapping[str, object]:
        """Send a request; once more only when the credentials were refused and have changed since.

        Refused credentials are an answer: nothing was carried out, so nothing is repeated.
        """
        deadline = self._monotonic() + timeout_seconds
        credentials = self._credentials.current()
        answer = decoded(self._transport.post(build(credentials), timeout_seconds))
        if WRONG_CREDENTIALS not in message_codes(answer) or "transactionResponse" in answer:
            return answer
        fresh = self._credentials.refreshed()
        left = deadline - self._monotonic()
        if fresh == credentials or left <= 0:
            return answer
        return decoded(self._transport.post(build(fresh), left))


def _standing(found: Iterable[Evidence | None]) -> Evidence | None:
    """Return what counts among the charges of one order id: the one that stands, else a voided one, else any.

    Raises:
        AnswerLostError: More than one stands.
    """
    ours = [evidence for evidence in found if evidence is not None]
    standing = [evidence for evidence in ours if evidence.outcome not in _NO_MONEY]
    if len(standing) > 1:
        doubt(f"{len(standing)} charges stand under one order id")
    return next(iter(standing or sorted(ours, key=lambda evidence: evidence.outcome is not Outcome.VOIDED)), None)


def _faulty_reference(charge: ChargeRef) -> str | None:
    return None if answers.reference_in(charge.reference) else "faulty_reference"


def _clear(records: Iterator[ProcessorRecord]) -> Iterator[ProcessorRecord]:
    try:
        yield from records
    except AnswerLostError as error:
        raise ProcessorUnavailableError(f"the books could not be read to the end: {error}") from error
