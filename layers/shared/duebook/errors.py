"""Every error of Duebook, as a tree.

    DuebookError                     HTTP   queues and state machines
    ├── InvalidInputError            400/422  no retry, fail
    │   └── UnprocessableError       422    no retry, fail (fields named)
    │       └── TooManyInvoicesError        pay fewer at a time
    ├── PaymentDeclinedError         402    no retry, a branch of its own
    ├── NotSignedInError             401    no retry
    ├── AccessDeniedError            403    no retry
    │   ├── ProofRequiredError       403    ask for the second fact
    │   └── ViewOnlyError            403    who looks on changes nothing
    ├── NotFoundError                404    no retry
    ├── ConflictError                409    read again, decide again
    │   ├── AlreadyPostedError              means done, for whoever wrote it
    │   ├── BalanceChangedError             show the new figures
    │   ├── NotPayableOnlineError           no merchant account fits
    │   ├── NotRepeatableError              the mail cannot be sent again as it is
    │   ├── OwnAccessError                  nobody removes their own access
    │   ├── PaymentInProgressError          ask later with the same key
    │   ├── IdempotencyKeyReusedError       another body under the same key
    │   ├── QuoteExpiredError               ask for a new quote
    │   ├── RequestAnsweredError            completed and declined are final
    │   └── RequestsClosedError             nothing can be asked for now
    ├── LinkExpiredError             410    ask for a new link
    ├── TooManyRequestsError         429    later
    ├── TransientError               503    retry with back-off and jitter
    │   ├── ProcessorUnavailableError       nothing was sent
    │   └── StorageThrottledError
    └── InvariantError               500    never retry; alarm

A class says what the caller does next; its ``code`` is stable and stands in every problem document.
"""

from __future__ import annotations

from collections.abc import Mapping


class DuebookError(Exception):
    """Anything Duebook refuses or cannot do."""

    code = "error"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.facts: Mapping[str, object] = facts
        """Small public facts for the answer, such as ``payable`` and ``currency``."""


class InvalidInputError(DuebookError):
    """What was sent cannot be understood or is out of bounds."""

    code = "invalid_input"


class UnprocessableError(InvalidInputError):
    """Well-formed, but a named field breaks a rule. ``facts["field"]`` names it."""

    code = "unprocessable"


class TooManyInvoicesError(UnprocessableError):
    """More invoices than one payment may pay; nothing was charged."""

    code = "too_many_invoices"


class PaymentDeclinedError(DuebookError):
    """The bank or the processor refused the charge; nothing was charged."""

    code = "payment_declined"


class NotSignedInError(DuebookError):
    """No session, or one that has ended."""

    code = "not_signed_in"


class AccessDeniedError(DuebookError):
    """Signed in, but not for this."""

    code = "access_denied"


class ProofRequiredError(AccessDeniedError):
    """An imported Pay Online ID needs a second fact before anything shows."""

    code = "proof_required"


class ViewOnlyError(AccessDeniedError):
    """A staff member looks at the portal as a contact sees it, and may change nothing there."""

    code = "view_only"


class NotFoundError(DuebookError):
    """No such thing for this caller."""

    code = "not_found"


class ConflictError(DuebookError):
    """Something changed meanwhile; read again and decide again."""

    code = "conflict"


class AlreadyPostedError(ConflictError):
    """The fact is on record already: done, for whoever wrote it."""

    code = "already_posted"


class BalanceChangedError(ConflictError):
    """The amount no longer fits what is payable; nothing was charged."""

    code = "balance_changed"


class NotPayableOnlineError(ConflictError):
    """No merchant account takes this currency; nothing was charged."""

    code = "not_payable_online"


class PaymentInProgressError(ConflictError):
    """The same payment is under way."""

    code = "payment_in_progress"


class IdempotencyKeyReusedError(ConflictError):
    """Another body came under a key that was used already."""

    code = "idempotency_key_reused"


class QuoteExpiredError(ConflictError):
    """The quote is too old to be paid; nothing was charged."""

    code = "quote_expired"


class NotSettledError(ConflictError):
    """The payment has not settled yet: it can be voided whole, or refunded once it has; nothing was given back."""

    code = "not_settled"


class RefundRefusedError(ConflictError):
    """The processor refused the refund or void; nothing was given back."""

    code = "refund_refused"


class TooLateToVoidError(ConflictError):
    """The payment has settled: refund it; nothing was voided."""

    code = "too_late_to_void"


class MethodRefusedError(DuebookError):
    """The processor does not keep this card or bank account; nothing was saved and nothing charged."""

    code = "method_refused"

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class MethodFlaggedError(ConflictError):
    """The bank sent a charge of this saved method back; nothing was charged."""

    code = "method_flagged"


class OwnAccessError(ConflictError):
    """Nobody removes their own access (R55); nothing was changed."""

    code = "own_access"


class RequestAnsweredError(ConflictError):
    """The service request is completed or declined, which is final (R83); nothing was changed. ``facts["request_status"]`` tells which."""

    code = "request_answered"


class RequestsClosedError(ConflictError):
    """No product or no service can be asked for now (R81); nothing was asked."""

    code = "requests_closed"


class NotRepeatableError(ConflictError):
    """A mail cannot be sent again as it is: it carried a link, still waits, or its text is no longer kept; nothing was sent."""

    code = "not_repeatable"


class LinkExpiredError(DuebookError):
    """The link of a mail is used, too old, or was ended; nothing was changed."""

    code = "link_expired"


class TooManyRequestsError(DuebookError):
    """The caller must slow down."""

    code = "too_many_requests"


class TransientError(DuebookError):
    """A passing fault; the same call may succeed later."""

    code = "temporarily_unavailable"


class ProcessorUnavailableError(TransientError):
    """The processor could not be reached; the request was not sent."""

    code = "processor_unavailable"


class StorageThrottledError(TransientError):
    """The database asked us to slow down or did not answer."""

    code = "storage_throttled"


class InvariantError(DuebookError):
    """A rule of the books is broken: stop and look."""

    code = "invariant_broken"


class CurrencyMismatchError(InvariantError):
    """Amounts of two currencies met; nothing is ever converted."""

    code = "currency_mismatch"
