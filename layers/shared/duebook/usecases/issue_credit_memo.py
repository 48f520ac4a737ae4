"""Issue credit memos: they lower what a customer owes, and are unapplied credit until applied."""

from __future__ import annotations

from dataclasses import replace

from duebook.domain.account import AccountKey
from duebook.domain.decisions import IssueCreditMemo, decide
from duebook.domain.identifiers import PAYMENT_PREFIX
from duebook.errors import AlreadyPostedError, ConflictError, UnprocessableError
from duebook.storage.account_store import Plan
from duebook.storage.invoice_store import CREDIT_MEMO, CreditMemo
from duebook.usecases.issue_invoice import InvoiceDesk


def issue_credit_memo(tenant_id: str, wanted: CreditMemo, desk: InvoiceDesk) -> tuple[CreditMemo, bool]:
    """Issue a credit memo; saying the same again changes nothing.

    Returns:
        The credit memo, and whether it is new.

    Raises:
        NotFoundError: No such customer.
        UnprocessableError: The id looks like one of our payments.
        ConflictError: The id is another credit memo.
    """
    desk.directory.customer(tenant_id, wanted.customer_id)
    if wanted.credit_memo_id.startswith(PAYMENT_PREFIX):
        raise UnprocessableError(f"ids that begin with {PAYMENT_PREFIX} are payments", field="credit_memo_id")
    owner = desk.invoices.customer_of(tenant_id, CREDIT_MEMO, wanted.credit_memo_id)
    if owner is None:
        try:
            _post(tenant_id, wanted, desk)
        except AlreadyPostedError:
            owner = desk.invoices.customer_of(tenant_id, CREDIT_MEMO, wanted.credit_memo_id)
        else:
            return wanted, True
    stored = desk.invoices.credit_memo(tenant_id, owner or wanted.customer_id, wanted.credit_memo_id)
    if stored is None or replace(wanted, applied_in=stored.applied_in, version=stored.version) != stored:
        raise ConflictError(f"credit memo {wanted.credit_memo_id} is posted with other figures")
    return stored, False


def _post(tenant_id: str, memo: CreditMemo, desk: InvoiceDesk) -> None:
    command = IssueCreditMemo(memo.credit_memo_id, memo.minor, memo.reason, memo.issued_on)
    writes = desk.invoices.credit_memo_added(tenant_id, memo)
    desk.accounts.change(
        AccountKey(tenant_id, memo.customer_id, memo.currency),
        lambda account: Plan((decide(account, command, posted_at=desk.now, actor=desk.actor),), writes),
    )
