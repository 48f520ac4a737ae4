"""What a processor is asked beside charges, and what its own books say: refunds, stored methods, records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from duebook.domain.charges import TokenMethod
from duebook.domain.money import Money
from duebook.domain.payments import Evidence, Outcome, Payer


@dataclass(frozen=True, slots=True)
class ChargeRef:
    """A charge that stands at the processor.

    Args:
        order_id: Ours.
        reference: The processor's id of it, opaque to all but the client.
        amount: As charged.
        method_type: ``card`` or ``bank_account``.
        last4: Last four digits, when known.
        charged_at: When it was sent (UTC).
    """

    order_id: str
    reference: str
    amount: Money
    method_type: str
    last4: str | None
    charged_at: datetime


class CredentialFault(StrEnum):
    """Why a processor did not take credentials, as far as it tells."""

    REFUSED = "refused"
    SWITCHED_OFF = "switched_off"
    NO_BANK_ACCOUNTS = "no_bank_accounts"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CredentialTest:
    """What a processor said to a merchant account's credentials.

    Args:
        fault: Why it cannot be used; None when it can.
        code: The processor's own code of that, when it told one.
    """

    fault: CredentialFault | None = None
    code: str | None = None

    @property
    def works(self) -> bool:
        """Tell whether the credentials were taken."""
        return self.fault is None


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """One refund as we ask for it: at most what is left of the charge, to the method it came from.

    Args:
        order_id: Ours, unique, of the same form as a charge's.
        charge: What is given back.
        amount: Above zero.
    """

    order_id: str
    charge: ChargeRef
    amount: Money


@dataclass(frozen=True, slots=True)
class MethodToStore:
    """A token to keep as a stored method.

    Args:
        token: From the hosted field; used up whether or not it is kept.
        payer: Name, email and postal code for the processor's records.
        customer_id: Ours; the processor files the method under it.
        currency: Of the merchant account.
    """

    token: TokenMethod
    payer: Payer
    customer_id: str
    currency: str


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """What the processor tells of a method it keeps.

    Args:
        vault_id: Names it in later charges; opaque.
        brand: Of a card, in lower case, when told.
        last4: Last four digits, when told.
        expiry: Of a card, ``YYYY-MM``, when told.
        bank_name: Of a bank account, when told.
    """

    vault_id: str
    brand: str | None = None
    last4: str | None = None
    expiry: str | None = None
    bank_name: str | None = None


class RecordKind(StrEnum):
    """What a line in a processor's books is."""

    CHARGE = "charge"
    REFUND = "refund"
    RETURN = "return"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSAL = "chargeback_reversal"
    NOTIFICATION_OF_CHANGE = "notification_of_change"


@dataclass(frozen=True, slots=True)
class ProcessorRecord:
    """One line of a processor's books (unsettled list, settled batch, funding).

    Args:
        kind: What it is.
        reference: The processor's id of this line; unique with ``kind`` in a merchant account.
        amount: Never negative; for a notification of change zero.
        outcome: For charges and refunds APPROVED (not settled), PENDING, REVIEW, SETTLED, VOIDED, DECLINED, FAILED or RETURNED
            (rejected before funding); for the other kinds RETURNED, CHARGED_BACK, or APPROVED.
        at: When it happened (UTC), as near as the processor tells.
        order_id: Of the charge or refund it is or concerns; None where the processor did not keep one.
        charge_reference: For all but charges: the charge it concerns, when told.
        code: Return code (``R01``), notification code (``C01``) or chargeback reason.
        detail: The processor's words beside the code.
        batch_id: Of the settled batch, when in one.
        brand: Of the card, when told.
        last4: Last four digits, when told.
    """

    kind: RecordKind
    reference: str
    amount: Money
    outcome: Outcome
    at: datetime
    order_id: str | None = None
    charge_reference: str | None = None
    code: str | None = None
    detail: str | None = None
    batch_id: str | None = None
    brand: str | None = None
    last4: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up by the processor's own id found: whose order it is, and how it stands."""

    order_id: str
    evidence: Evidence
