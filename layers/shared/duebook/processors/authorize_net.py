"""Client of Authorize.Net behind the port ``PaymentProcessor``: card charges and the look-up of lost ones.

Source: reference of the JSON API; what is sent and why stands in docs/payments.md.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import NoReturn

from duebook.domain.charges import Charge
from duebook.domain.money import minor_digits
from duebook.domain.payments import DeclineReason, Evidence, Outcome
from duebook.errors import InvalidInputError, ProcessorUnavailableError
from duebook.processors import authorize_net_answers as answers
from duebook.processors import authorize_net_messages as messages
from duebook.processors.authorize_net_codes import WRONG_CREDENTIALS
from duebook.processors.credentials import AuthorizeNetCredentials, CredentialSource
from duebook.processors.transport import AnswerLostError, Transport

PAGE_LIMIT = 100
"""Lines asked for at once; a page of them stays far below the answer's size limit."""
MAX_PAGES = 50
MAX_BATCHES = 70
CLOCK_SLACK = timedelta(minutes=15)
"""How far the processor's clock may be from ours before a charge is missed."""
BATCH_SPAN = timedelta(days=30)
_TWO_DECIMALS = 2
_ORDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9-]{1,20}")

Build = Callable[[AuthorizeNetCredentials], bytes]


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
        fault = self._unsendable(charge)
        if fault is not None:
            return Evidence(Outcome.FAILED, self._now(), None, DeclineReason.CONFIGURATION, fault)
        try:
            answer = self._asked(partial(messages.charge_request, charge=charge), timeout_seconds)
        except AnswerLostError:
            return Evidence(Outcome.UNKNOWN, self._now(), reason_code=AnswerLostError.code)
        return answers.charge_evidence(answer, charge.order_id, self._now())

    def inquire(self, order_id: str, *, submitted_at: datetime, timeout_seconds: float) -> Evidence | None:
        """Ask what became of a charge: among the unsettled ones first, then in the batches settled since.

        In that order, because a charge only ever moves from the first to the second.

        Raises:
            ProcessorUnavailableError: No usable answer, or one that leaves a doubt; ask later.
        """
        deadline = self._monotonic() + timeout_seconds
        since = submitted_at - CLOCK_SLACK
        search = _Search(self._asked, self._monotonic, deadline, since=since, now=self._now())
        try:
            found = self._evidence(search, search.unsettled(order_id), order_id)
            return found or self._evidence(search, search.settled(order_id), order_id)
        except AnswerLostError as error:
            raise ProcessorUnavailableError(f"no clear word on charge {order_id}: {error}") from error

    def _evidence(self, search: _Search, references: Iterator[str], order_id: str) -> Evidence | None:
        ours: dict[str, Evidence] = {}
        for reference in references:
            details = search.ask(partial(messages.details_request, reference=reference))
            evidence = answers.details_evidence(details, order_id, self._now())
            if evidence is not None:
                ours[reference] = evidence
        standing = [found for found in ours.values() if found.outcome not in (Outcome.DECLINED, Outcome.FAILED)]
        if len(standing) > 1:
            _doubt(f"{len(standing)} charges stand under one order id")
        return next(iter(standing or ours.values()), None)

    def _unsendable(self, charge: Charge) -> str | None:
        if charge.amount.currency != self._currency:
            return "other_currency"
        try:
            if minor_digits(self._currency) != _TWO_DECIMALS:
                return "currency_without_two_decimals"
        except InvalidInputError:
            return "no_currency"
        if charge.amount.minor <= 0:
            return "amount_not_above_zero"
        return None if _ORDER_ID.fullmatch(charge.order_id) else "faulty_order_id"

    def _asked(self, build: Build, timeout_seconds: float) -> Mapping[str, object]:
        """Send a request; once more only when the credentials were refused and have changed since.

        Refused credentials are an answer: nothing was carried out, so nothing is repeated.
        """
        deadline = self._monotonic() + timeout_seconds
        credentials = self._credentials.current()
        answer = answers.decoded(self._transport.post(build(credentials), timeout_seconds))
        if WRONG_CREDENTIALS not in answers.message_codes(answer) or "transactionResponse" in answer:
            return answer
        fresh = self._credentials.refreshed()
        left = deadline - self._monotonic()
        if fresh == credentials or left <= 0:
            return answer
        return answers.decoded(self._transport.post(build(fresh), left))


class _Search:
    """Pages through lists under one deadline and yields the references filed under an order id."""

    def __init__(
        self,
        asked: Callable[[Build, float], Mapping[str, object]],
        monotonic: Callable[[], float],
        deadline: float,
        *,
        since: datetime,
        now: datetime,
    ) -> None:
        self._asked = asked
        self._monotonic = monotonic
        self._deadline = deadline
        self._since = since
        self._now = now

    def ask(self, build: Build) -> Mapping[str, object]:
        left = self._deadline - self._monotonic()
        if left <= 0:
            _doubt("the time for the search is over")
        answer = self._asked(build, left)
        if not answers.succeeded(answer):
            _doubt(f"refused with {', '.join(answers.message_codes(answer)) or 'no code'}")
        return answer

    def unsettled(self, order_id: str) -> Iterator[str]:
        yield from self._pages(order_id, partial(messages.unsettled_list_request, limit=PAGE_LIMIT))

    def settled(self, order_id: str) -> Iterator[str]:
        first = self._since
        last = min(max(self._now, first + timedelta(days=1)), first + BATCH_SPAN)
        answer = self.ask(partial(messages.settled_batches_request, first=first, last=last))
        found = [batch for batch in answers.batches(answer) if batch.settled_at is None or batch.settled_at >= first]
        if len(found) > MAX_BATCHES:
            _doubt(f"{len(found)} batches since the charge")
        for batch in found:
            yield from self._pages(order_id, partial(messages.batch_content_request, batch_id=batch.id, limit=PAGE_LIMIT))

    def _pages(self, order_id: str, build: Callable[..., bytes]) -> Iterator[str]:
        for page in range(1, MAX_PAGES + 1):
            lines = answers.listed(self.ask(partial(build, page=page)))
            for line in lines:
                if line.order_id == order_id:
                    yield line.reference
            if len(lines) < PAGE_LIMIT or self._past(lines):
                return
        _doubt(f"not found on {MAX_PAGES} pages")

    def _past(self, lines: tuple[answers.Listed, ...]) -> bool:
        """Say whether all further lines are older than the charge; only a page that is in order can tell."""
        times = [line.submitted_at for line in lines if line.submitted_at is not None]
        return bool(times) and times == sorted(times, reverse=True) and times[-1] < self._since


def _doubt(why: str) -> NoReturn:
    raise AnswerLostError(why)
