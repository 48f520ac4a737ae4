"""Find a customer's saved methods, and note what the bank says of one."""

from __future__ import annotations

from datetime import datetime

from duebook.domain.methods import MethodState, SavedMethod, flagged, in_order
from duebook.errors import ConflictError, NotFoundError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.method_store import MethodStore

ATTEMPTS = 5


def list_methods(tenant_id: str, customer_id: str, *, methods: MethodStore, directory: DirectoryStore) -> tuple[SavedMethod, ...]:
    """List the methods that a customer has in use: by currency, the default first, then the newest.

    Raises:
        NotFoundError: No such customer.
    """
    directory.customer(tenant_id, customer_id)
    return in_order(methods.of_customer(tenant_id, customer_id))


def find_method(tenant_id: str, customer_id: str, method_id: str, *, methods: MethodStore) -> SavedMethod:
    """Read a method in use of this very customer.

    Raises:
        NotFoundError: None such, another customer's, or one that is removed.
    """
    method = methods.get(tenant_id, customer_id, method_id)
    if method is None or method.state is not MethodState.ACTIVE:
        raise NotFoundError(f"no payment method {method_id}")
    return method


def flag_method(
    tenant_id: str, customer_id: str, method_id: str, code: str, detail: str | None, *, methods: MethodStore, now: datetime
) -> SavedMethod | None:
    """Note what the bank says of a method: a return code, or a notification of change (R38). A repeat changes nothing.

    Returns:
        The method as it stands; None when it is not on record.

    Raises:
        ConflictError: It kept changing; run it again.
    """
    for _ in range(ATTEMPTS):
        method = methods.get(tenant_id, customer_id, method_id)
        after = flagged(method, code, detail, now) if method else None
        if after is None:
            return method
        try:
            methods.save(after)
        except ConflictError:
            continue
        return methods.get(tenant_id, customer_id, method_id)
    raise ConflictError(f"payment method {method_id} kept changing")
