"""Take a payment on the web: reserve, charge once, record what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from duebook.domain.account import Account, AccountKey
from duebook.domain.charges import BANK_ACCOUNT, Charge, ChargeMethod
from duebook.domain.decisions import ReserveOnline, decide
from duebook.domain.directory import MerchantAccount, merchant_account_for
from duebook.domain.identifiers import order_id_of
from duebook.domain.journal import Line
from duebook.domain.money import Money
from duebook.domain.payments import (
    UNATTENDED,
    DeclineReason,
    Evidence,
    Outcome,
    Payer,
    Payment,
    PaymentKey,
    PaymentState,
)
from duebook.domain.quotes import Quote, check_still_true
from duebook.errors import (
    AlreadyPostedError,
    BalanceChangedError,
    ConflictError,
    DuebookError,
    IdempotencyKeyReusedError,
    MethodRefusedError,
    NotPayableOnlineError,
    PaymentDeclinedError,
    PaymentInProgressError,
    ProcessorUnavailableError,
    TransientError,
)
from duebook.ports import PaymentProcessor
from duebook.storage.account_store import AccountStore, Plan
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.payment_store import PaymentStore
from duebook.storage.transient_store import STAFF_SCOPE, KeyUse, TransientStore
from duebook.usecases.record_outcome import MoneyDesk, record_outcome

if TYPE_CHECKING:
    from duebook.storage.invoice_store import InvoiceStore

ADVICE: dict[DeclineReason, str] = {
    DeclineReason.INSUFFICIENT_FUNDS: "The card has not enough funds for this amount.",
    DeclineReason.EXPIRED_CARD: "This card has expired.",
    DeclineReason.INCORRECT_NUMBER: "The card number is not right.",
    DeclineReason.INCORRECT_CVC: "The security code does not match this card.",
    DeclineReason.AVS_FAILED: "The postal code does not match this card's billing address.",
    DeclineReason.AMOUNT_LIMIT: "The amount is above this card's limit.",
    DeclineReason.TOKEN_EXPIRED: "The card details were entered too long ago. Type them again.",
    DeclineReason.PROCESSOR_ERROR: "The payment could not be made.",
    DeclineReason.CONFIGURATION: "This business cannot take this card at the moment.",
}
BANK_ADVICE: dict[DeclineReason, str] = {
    DeclineReason.INSUFFICIENT_FUNDS: "The bank account has not enough funds for this amount.",
    DeclineReason.INVALID_BANK_ACCOUNT: "The routing or account number is not right.",
    DeclineReason.INCORRECT_NUMBER: "The routing or account number is not right.",
    DeclineReason.AMOUNT_LIMIT: "The amount is above the limit for bank accounts.",
    DeclineReason.TOKEN_EXPIRED: "The account details were entered too long ago. Type them again.",
    DeclineReason.PROCESSOR_ERROR: "The payment could not be made.",
    DeclineReason.CONFIGURATION: "This business cannot take this bank account at the moment.",
}
DECLINED = "Your bank declined this card."
BANK_DECLINED = "The payment from this bank account was declined."


@dataclass(frozen=True, slots=True)
class ChargedMethod:
    """Of a saved method, what its payment keeps: whose account it lies at, and what people know it by."""

    method_id: str
    merchant_account_id: str
    brand: str | None
    last4: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """What a payer, or staff for a customer, asks for.

    Args:
        tenant_id: To whom it is paid.
        customer_id: For whom.
        amount: Above zero.
        method: A token, or a saved method at the processor.
        payer: Who pays, and where the receipt goes.
        channel: ``guest``, ``portal`` or ``staff``.
        actor: Who asks, for the journal.
        saved: The saved method that is charged, if one.
        lines: Invoice id and minor units of each that it shall pay; None for the oldest first.
        authorization: Words by which the payer allowed the debit of a bank account, as shown; kept with the payment.
        quote: What the payer was shown, if that; the payment is made only as shown, and pays its lines.
        used_for: What tells this attempt from another under the same key; None for one made from the order.
    """

    tenant_id: str
    customer_id: str
    amount: Money
    method: ChargeMethod
    payer: Payer
    channel: str = "guest"
    actor: str = "guest"
    saved: ChargedMethod | None = None
    lines: tuple[tuple[str, int], ...] | None = None
    authorization: str | None = None
    quote: Quote | None = None
    used_for: str | None = None

    @property
    def scope(self) -> str:
        """Whose Idempotency-Keys count: the customer's, or the tenant's staff together."""
        return STAFF_SCOPE if self.channel == "staff" else self.customer_id


@dataclass(frozen=True, slots=True)
class Till:
    """All that taking a payment needs of the outside."""

    directory: DirectoryStore
    accounts: AccountStore
    payments: PaymentStore
    transient: TransientStore
    invoices: InvoiceStore
    processor_of: Callable[[str, MerchantAccount], PaymentProcessor]
    start_application: Callable[[Payment, str], None]
    new_id: Callable[[str, datetime], str]
    now: Callable[[], datetime]

    @property
    def books(self) -> MoneyDesk:
        """The stores that recording an outcome writes to."""
        return MoneyDesk(self.accounts, self.payments, self.invoices)


Keep: TypeAlias = Callable[[], tuple[ChargeMethod, ChargedMethod]]


def take_payment(order: Order, *, key: str, till: Till, timeout_seconds: float, keep: Keep | None = None) -> Payment:
    """Charge a method once for an order, and start applying the money.

    The same Idempotency-Key answers what became of the first call and never charges again (R40).

    Args:
        order: Amount above zero.
        key: The caller's Idempotency-Key.
        till: Stores, processor, clock and ids.
        timeout_seconds: How long the processor may take.
        keep: Called once the money is reserved: has the order's token kept as a saved method, which is charged in its place.

    Returns:
        The payment: captured, pending (bank accounts), in review, or unknown when the processor's answer was lost.

    Raises:
        BalanceChangedError: More than is payable now; nothing was charged (R14, R24).
        NotPayableOnlineError: No merchant account takes this currency (R15).
        PaymentDeclinedError: Refused; nothing was charged (R39).
        PaymentInProgressError: The same key is being worked on.
        IdempotencyKeyReusedError: The key came with another order before.
        ProcessorUnavailableError: The processor could not be reached; nothing was charged.
    """
    payment = earlier_outcome(order.tenant_id, order.customer_id, key, fingerprint(order), scope=order.scope, till=till)
    if payment is not None:
        return payment
    merchant_account = _merchant_account(order, till)
    if merchant_account is None:
        raise NotPayableOnlineError(f"Online payment is not available in {order.amount.currency}. You have not been charged.")
    payment = _new_payment(order, merchant_account, till)
    try:
        _reserve(payment, order, key, till)
    except (AlreadyPostedError, BalanceChangedError):
        # The same key again while the first call holds the money: what it left is less, and this is no other payment (R40).
        earlier = earlier_outcome(order.tenant_id, order.customer_id, key, fingerprint(order), scope=order.scope, till=till)
        if earlier is None:
            raise
        return earlier
    try:
        if keep is not None:
            payment, order = _kept(payment, order, keep, till)
        return _charge(payment, order, merchant_account, till, timeout_seconds)
    except ProcessorUnavailableError:
        # Nothing left us, so the next try with this key is a first one.
        till.transient.free_key(order.tenant_id, order.scope, key)
        raise


def earlier_outcome(tenant_id: str, customer_id: str, key: str, used_for: str, *, scope: str, till: Till) -> Payment | None:
    """Return what became of an earlier call with the same Idempotency-Key, or None where this is the first (R40).

    Args:
        tenant_id: To whom it is paid.
        customer_id: For whom.
        key: The caller's Idempotency-Key.
        used_for: What tells this attempt from another, see ``fingerprint``.
        scope: Whose keys count.
        till: Stores and clock.

    Raises:
        PaymentDeclinedError: It was refused; nothing was charged.
        PaymentInProgressError: It is being worked on.
        IdempotencyKeyReusedError: The key came with another order before.
    """
    use = till.transient.key_use(tenant_id, scope, key)
    if use is None:
        return None
    if use.fingerprint != used_for:
        raise IdempotencyKeyReusedError("This Idempotency-Key came with another payment before. Nothing was charged for this one.")
    payment = till.payments.get(PaymentKey(tenant_id, customer_id, use.payment_id))
    if payment.state is PaymentState.SUBMITTING and till.now() - payment.created_at < UNATTENDED:
        raise PaymentInProgressError("This payment is being made. Please don't pay again.", payment_id=payment.key.payment_id)
    return _told(payment)


def fingerprint(order: Order) -> str:
    """Return what tells one order from another under the same key.

    The token takes no part: after a reload the same attempt comes with a fresh one, and must still find its first answer.
    """
    if order.used_for is not None:
        return order.used_for
    payer = order.payer
    saved = order.saved.method_id if order.saved else ""
    parts = (
        order.customer_id if order.channel == "staff" else "",
        str(order.amount.minor),
        order.amount.currency,
        order.method.type + saved,
        payer.name,
        payer.email,
        payer.postal_code or "",
        ",".join(f"{one}={minor}" for one, minor in order.lines or ()),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def declined_text(payment: Payment) -> str:
    """Say why a payment was refused and that no money moved."""
    is_bank = payment.method_type == BANK_ACCOUNT
    advice, declined = (BANK_ADVICE, BANK_DECLINED) if is_bank else (ADVICE, DECLINED)
    said = advice.get(payment.reason, declined) if payment.reason else declined
    return f"{said} You have not been charged. Try another way to pay, or call your bank."


def _new_payment(order: Order, merchant_account: MerchantAccount, till: Till) -> Payment:
    now = till.now()
    payment_id = till.new_id("pay", now)
    return Payment(
        key=PaymentKey(order.tenant_id, order.customer_id, payment_id),
        amount=order.amount,
        state=PaymentState.SUBMITTING,
        channel=order.channel,
        method_type=order.method.type,
        created_at=now,
        order_id=order_id_of(payment_id),
        merchant_account_id=merchant_account.account_id,
        brand=order.saved.brand if order.saved else None,
        last4=order.saved.last4 if order.saved else None,
        method_id=order.saved.method_id if order.saved else None,
        payer=order.payer,
        authorization=order.authorization,
        due_at=now + UNATTENDED,
        fingerprint=fingerprint(order),
    )


def _merchant_account(order: Order, till: Till) -> MerchantAccount | None:
    """Return where the money goes: the currency's account, which a saved method must lie at."""
    found = merchant_account_for(till.directory.merchant_accounts(order.tenant_id), order.amount.currency)
    if found is None or order.saved is None or found.account_id == order.saved.merchant_account_id:
        return found
    return None


def _reserve(payment: Payment, order: Order, key: str, till: Till) -> None:
    use = KeyUse(payment.key.payment_id, payment.fingerprint)
    writes = (
        *till.payments.added(payment),
        till.transient.key_used(payment.key.tenant_id, order.scope, key, use, payment.created_at),
    )

    quote = order.quote
    lines = None if order.lines is None else tuple(Line(one, one, minor) for one, minor in order.lines)
    if quote is not None:
        lines = tuple(Line(line.invoice_id, line.number, line.minor) for line in quote.lines)

    def plan(account: Account) -> Plan:
        if quote is not None:
            check_still_true(quote, account)
        command = ReserveOnline(payment.key.payment_id, payment.amount.minor, order.channel != "staff", lines)
        return Plan((decide(account, command, posted_at=payment.created_at, actor=order.actor),), writes)

    till.accounts.change(AccountKey(payment.key.tenant_id, payment.key.customer_id, payment.amount.currency), plan)


def _kept(payment: Payment, order: Order, keep: Keep, till: Till) -> tuple[Payment, Order]:
    """Have the token kept before the charge, and note on the payment by which saved method it is made.

    Whatever stops it here, nothing was charged: what was reserved is given back.
    """
    try:
        method, saved = keep()
        noted = replace(payment, method_id=saved.method_id, brand=saved.brand, last4=saved.last4)
        till.payments.save(noted)
    except MethodRefusedError as error:
        reason = next((one for one in DeclineReason if one.value == error.reason), DeclineReason.DO_NOT_HONOR)
        refused = Evidence(Outcome.DECLINED, till.now(), reason=reason, reason_code="not_kept", is_answer=True)
        after = record_outcome(payment.key, refused, books=till.books)
        raise PaymentDeclinedError(declined_text(after), reason=reason.value, payment_id=payment.key.payment_id) from error
    except DuebookError as error:
        not_sent = Evidence(Outcome.FAILED, till.now(), reason=DeclineReason.PROCESSOR_ERROR, reason_code="not_sent", is_answer=True)
        record_outcome(payment.key, not_sent, books=till.books)
        text = "The payment service did not answer. You have not been charged, and nothing was saved. Type the details again."
        raise ProcessorUnavailableError(text) from error
    return replace(noted, version=noted.version + 1), replace(order, method=method, saved=saved)


def _charge(payment: Payment, order: Order, merchant_account: MerchantAccount, till: Till, timeout_seconds: float) -> Payment:
    charge = Charge(payment.order_id, payment.amount, order.method, order.payer, order.customer_id)
    try:
        evidence = till.processor_of(order.tenant_id, merchant_account).charge(charge, timeout_seconds=timeout_seconds)
    except ProcessorUnavailableError:
        not_sent = Evidence(Outcome.FAILED, till.now(), reason=DeclineReason.PROCESSOR_ERROR, reason_code="not_sent", is_answer=True)
        record_outcome(payment.key, not_sent, books=till.books)
        raise ProcessorUnavailableError(
            "The payment service cannot be reached. You have not been charged. Try again in a minute."
        ) from None
    try:
        after = record_outcome(payment.key, replace(evidence, is_answer=True), books=till.books)
    except (ConflictError, TransientError):
        after = _as_it_stands(payment, till)
    if after.state is PaymentState.CAPTURED:
        _start(after, till)
    return _told(after)


def _as_it_stands(payment: Payment, till: Till) -> Payment:
    """Return a charged payment whose outcome could not be written down, or so it seemed.

    The processor may have charged, so the payer must not be led to pay again: unless the outcome is on record after all it
    is unknown to us, and the settlement schedule asks.
    """
    try:
        payment = till.payments.get(payment.key)
    except TransientError:
        return replace(payment, state=PaymentState.UNKNOWN)
    return replace(payment, state=PaymentState.UNKNOWN) if payment.state is PaymentState.SUBMITTING else payment


def _start(payment: Payment, till: Till) -> None:
    try:
        till.start_application(payment, payment.key.payment_id)
    except TransientError:
        # The money is booked; the settlement schedule starts what is missing. The payer need not wait for it.
        return


def _told(payment: Payment) -> Payment:
    if payment.state in {PaymentState.DECLINED, PaymentState.FAILED} or (
        payment.state is PaymentState.VOIDED and payment.captured_at is None
    ):
        reason = payment.reason.value if payment.reason else None
        raise PaymentDeclinedError(declined_text(payment), reason=reason, payment_id=payment.key.payment_id)
    return payment
