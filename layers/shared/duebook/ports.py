"""What the use cases ask of the outside where two implementations exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # Only named here: whoever charges a card need not load what mails are.
    from collections.abc import Iterator
    from datetime import datetime

    from duebook.domain.charges import Charge
    from duebook.domain.email_activity import HandOver, MailKey, OutgoingMail
    from duebook.domain.payments import Evidence
    from duebook.domain.processing import ChargeRef, CredentialTest, Found, MethodToStore, ProcessorRecord, RefundOrder, StoredMethod


class PaymentProcessor(Protocol):
    """A merchant account at a card and bank processor, with its credentials inside.

    Every call is bounded in time; no charge, void or refund is ever repeated by an implementation. Each method raises
    ``ProcessorUnavailableError`` when nothing was sent (no connection, no credentials); the reading ones also when no usable
    answer came. Amounts in evidence are what stands at the processor, where it tells.
    """

    def charge(self, charge: Charge, *, timeout_seconds: float) -> Evidence:
        """Charge once and tell what came of it.

        APPROVED for a card, PENDING for a bank account. An answer that was lost, cut, not understood or for another amount is
        UNKNOWN, never an exception.
        """
        ...

    def inquire(self, order_id: str, *, submitted_at: datetime, timeout_seconds: float) -> Evidence | None:
        """Ask what became of the charge with our order id.

        Args:
            order_id: As sent with the charge.
            submitted_at: When the charge was sent (UTC); bounds the search.
            timeout_seconds: For the whole search.

        Returns:
            The evidence with the amount that stands (SETTLED, VOIDED and RETURNED too), or None when the processor knows of no
            such charge (yet).
        """
        ...

    def look_up(self, reference: str, *, timeout_seconds: float) -> Found | None:
        """Ask how the charge with the processor's own id stands, and whose it is; None when it is no charge with an order id."""
        ...

    def void(self, charge: ChargeRef, *, timeout_seconds: float) -> Evidence:
        """Take an unsettled charge back whole.

        VOIDED when it is (also when it was before); FAILED with the processor's code when it cannot be (settled, not found);
        UNKNOWN when the answer was lost: ask ``inquire`` for the charge.
        """
        ...

    def refund(self, refund: RefundOrder, *, timeout_seconds: float) -> Evidence:
        """Give back a part or all of a settled charge, once.

        APPROVED with the refund's own reference; DECLINED or FAILED with the processor's code; UNKNOWN when the answer was lost.
        """
        ...

    def inquire_refund(self, refund: RefundOrder, *, submitted_at: datetime, timeout_seconds: float) -> Evidence | None:
        """Ask what became of a refund by its own order id; as ``inquire``, APPROVED or SETTLED when it stands."""
        ...

    def store_method(self, method: MethodToStore, *, timeout_seconds: float) -> StoredMethod:
        """Keep a token's card or bank account for later charges; the same one again gives the same vault id.

        Raises:
            MethodRefusedError: The processor does not take it.
            TransientError: The answer was lost; the token may be used up.
        """
        ...

    def delete_method(self, vault_id: str, *, timeout_seconds: float) -> None:
        """Forget a stored method; one that is gone already is no error.

        Raises:
            TransientError: It may still be there; say it again.
        """
        ...

    def test_credentials(self, *, timeout_seconds: float) -> CredentialTest:
        """Ask the processor something harmless, to see whether it takes the credentials. It never moves money and leaves nothing there.

        The credentials are read anew. Refused ones are an answer; no usable answer is ``ProcessorUnavailableError``.
        """
        ...

    def records(self, since: datetime, until: datetime, *, timeout_seconds: float) -> Iterator[ProcessorRecord]:
        """Read the processor's books of a span: what stands unsettled now, and what settled, returned or was charged back in it.

        A record may come again in a later call with another outcome.
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
