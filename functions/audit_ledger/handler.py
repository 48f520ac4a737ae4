"""Nightly audit: every account's journal against its snapshot and documents. A finding is an alarm."""

from __future__ import annotations

from typing import Any

from duebook import wiring
from duebook.errors import InvariantError
from duebook.runtime.observability import logger, observed
from duebook.usecases.audit_accounts import Books, audit_tenant


@observed
def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Audit one tenant (``{tenant_id}``) or all, and return counts.

    Raises:
        InvariantError: At least one invariant is broken; each is logged.
    """
    books = Books(wiring.directory_store(), wiring.account_store(), wiring.invoice_store(), wiring.payment_store())
    tenant_ids = [event["tenant_id"]] if event.get("tenant_id") else books.directory.tenant_ids()
    accounts, broken = 0, 0
    for tenant_id in tenant_ids:
        count, findings = audit_tenant(tenant_id, books)
        accounts += count
        broken += len(findings)
        for finding in findings:
            logger().error("broken invariant", account=str(finding.account), finding=finding.text)
    if broken:
        raise InvariantError(f"{broken} findings in {accounts} accounts")
    return {"tenants": len(tenant_ids), "accounts": accounts, "findings": broken}
