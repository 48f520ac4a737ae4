"""What the use cases ask of the outside where two implementations exist."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from duebook.domain.email_activity import HandOver, MailKey, OutgoingMail
from duebook.domain.payments import Charge, Evidence


class PaymentProcessor(Protocol):
    """A merchant account at a card processor, with its credentials inside.

    Every call is bounded in time; no charge is ever repeated by an implementation.
    """

    def charge(self, charge: Charge, *, timeout_seconds: float) -> Evidence:
        """Charge once and tell what came of it.

        An answer that was lost, cut, not understood or for another amount is ``Outcome.UNKNOWN``, never an exception.

        Raises:
            ProcessorUnavailableError: The request was not sent (no connection, no credentials); nothing can have been charged.
        """
        ...

    def inquire(self, order_id: str, *, submitted_at: datetime, timeout_seconds: float) -> Evidence | None:
        """Ask what became of the charge with our order id.

        Args:
            order_id: As sent with the charge.
            submitted_at: When the charge was sent (UTC); bounds the search.
            timeout_seconds: For the whole search.

        Returns:
            The evidence, or None when the processor knows of no such charge (yet).

        Raises:
            ProcessorUnavailableError: No usable answer; ask later.
        """
        ...


class Mailer(Protocol):
    """Who takes our mails and delivers them."""

    def send(self, mail: OutgoingMail) -> HandOver:
        """Hand a mail over, once, and tell what came of it.

        Raises:
            TransientError: The answer was lost; the mail may have been taken.
        """
        ...


class MailQueue(Protocol):
    """Where mails wait for their sender."""

    def put(self, mail_key: MailKey) -> None:
        """Ask for a mail to be sent. Asking twice is safe: the sender takes each mail once.

        Raises:
            TransientError: It may not have been queued; the mark of the mail brings it up again.
        """
        ...
