"""Remove a customer's saved method: at the processor first, then with us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from duebook.domain.account import AccountKey
from duebook.domain.methods import MethodState, SavedMethod, heir, removed, removing
from duebook.domain.payments import PaymentKey, PaymentState
from duebook.errors import ConflictError, DuebookError, InvariantError, NotFoundError, TransientError
from duebook.storage.method_store import Removal
from duebook.usecases.read_methods import ATTEMPTS
from duebook.usecases.save_method import MethodDesk

WITHOUT_RESULT = frozenset({PaymentState.SUBMITTING, PaymentState.UNKNOWN})
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class RemovalRound:
    """What one round over unfinished removals did, as counts; ``broken`` ones need a person (id and code of the error)."""

    finished: int = 0
    postponed: int = 0
    broken: tuple[str, ...] = ()


def remove_method(tenant_id: str, customer_id: str, method_id: str, *, desk: MethodDesk, timeout_seconds: float) -> SavedMethod:
    """Remove a method; from here on it cannot be charged. Saying it again finishes what is left, or changes nothing.

    Returns:
        The method: ``removed``, or ``removing`` while the processor could not be told; the schedule tells it.

    Raises:
        NotFoundError: No such method of this customer.
        ConflictError: A payment by it is in doubt.
    """
    method = _in_use_no_more(tenant_id, customer_id, method_id, desk)
    if method.state is MethodState.REMOVED:
        return method
    try:
        return _finished(method, desk, timeout_seconds)
    except (TransientError, ConflictError):
        return method


def finish_removals(desk: MethodDesk, *, timeout_seconds: float, enough: Callable[[], bool] = lambda: False) -> RemovalRound:
    """Go through the removals that were not finished, of all tenants.

    Args:
        desk: Stores, processors and clock.
        timeout_seconds: For each call of a processor.
        enough: Asked before each removal: whether the time left is too short for another.
    """
    done = RemovalRound()
    for mark in desk.methods.removals():
        if enough():
            break
        if mark.next_at > desk.now():
            continue
        done = _finish(mark, desk, timeout_seconds, done)
    return done


def _finish(mark: Removal, desk: MethodDesk, timeout_seconds: float, done: RemovalRound) -> RemovalRound:
    method = desk.methods.get(mark.tenant_id, mark.customer_id, mark.method_id)
    try:
        if method is None or method.state is not MethodState.REMOVING:
            raise InvariantError("it is marked as being removed and is not")
        _finished(method, desk, timeout_seconds)
    except DuebookError as error:
        pause = min(FIRST_PAUSE * 2 ** min(mark.tries, 10), LONGEST_PAUSE)
        desk.methods.postpone_removal(replace(mark, tries=mark.tries + 1, next_at=desk.now() + pause))
        if isinstance(error, TransientError):
            return replace(done, postponed=done.postponed + 1)
        return replace(done, broken=(*done.broken, f"{mark.method_id}: {error.code}"))
    return replace(done, finished=done.finished + 1)


def _in_use_no_more(tenant_id: str, customer_id: str, method_id: str, desk: MethodDesk) -> SavedMethod:
    for _ in range(ATTEMPTS):
        all_of_them = desk.methods.of_customer(tenant_id, customer_id)
        method = next((one for one in all_of_them if one.method_id == method_id), None)
        if method is None:
            raise NotFoundError(f"no payment method {method_id}")
        if method.state is not MethodState.ACTIVE:
            return method
        _check_no_doubt(method, desk)
        inherits = heir(all_of_them, method)
        going = removing(method)
        try:
            desk.methods.begin_removal(*([inherits] if inherits else []), removed=going, now=desk.now() + FIRST_PAUSE)
        except ConflictError:
            continue
        return replace(going, version=going.version + 1)
    raise ConflictError("the saved methods kept changing; try again")


def _check_no_doubt(method: SavedMethod, desk: MethodDesk) -> None:
    """Refuse while a payment by the method has no result: each such payment holds a reservation."""
    account = desk.accounts.read(AccountKey(method.tenant_id, method.customer_id, method.currency)).account
    for reservation in account.reservations:
        payment = desk.payments.get(PaymentKey(method.tenant_id, method.customer_id, reservation.payment_id))
        if payment.method_id == method.method_id and payment.state in WITHOUT_RESULT:
            raise ConflictError("A payment by this method is still being checked. Remove it once its result is known.")


def _finished(method: SavedMethod, desk: MethodDesk, timeout_seconds: float) -> SavedMethod:
    accounts = desk.directory.merchant_accounts(method.tenant_id)
    account = next((one for one in accounts if one.account_id == method.merchant_account_id), None)
    if account is None:
        raise InvariantError(f"merchant account {method.merchant_account_id} of method {method.method_id} is gone")
    # A processor may keep a card once that two customers of a business have saved: it goes with the last of them.
    if not desk.methods.is_used_elsewhere(method):
        desk.processor_of(method.tenant_id, account).delete_method(method.vault_id, timeout_seconds=timeout_seconds)
    return _gone(method, desk)


def _gone(method: SavedMethod, desk: MethodDesk) -> SavedMethod:
    """Record that a method is gone at the processor, whoever else has just recorded that or flagged it."""
    for _ in range(ATTEMPTS):
        gone = removed(method, desk.now())
        try:
            desk.methods.end_removal(gone)
        except ConflictError:
            method = desk.methods.get(method.tenant_id, method.customer_id, method.method_id) or method
            if method.state is not MethodState.REMOVING:
                return method
            continue
        return replace(gone, version=gone.version + 1)
    raise ConflictError(f"payment method {method.method_id} kept changing")
