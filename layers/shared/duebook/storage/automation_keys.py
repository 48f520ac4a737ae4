"""The key formats of automations, beside those of ``keys``: settings and marks in the Directory, runs in EmailActivity."""

from __future__ import annotations

from duebook.storage.keys import joined

AUTOMATION = "AUTOMATION"
"""Sort key of a business's automation settings, below the tenant (Directory)."""
CUSTOMER_AUTOMATIONS = "AUTO#"


def customer_automation_sk(customer_id: str) -> str:
    """Sort key of a customer's switch, below the tenant (Directory); absent until it was ever touched."""
    return joined("AUTO", customer_id)


SCHEDULES_PK = "SCHEDULES"
"""Partition of the next run of every scheduled automation that is on, of all tenants (Directory)."""


def schedule_sk(tenant_id: str, automation: str) -> str:
    """Sort key of one such plan."""
    return joined(tenant_id, automation)


NEW_INVOICE_SHARDS = 4


def new_invoices_pk(shard: int) -> str:
    """One shard of the marks of invoices that appeared and were not mailed yet, of all tenants (Directory)."""
    return joined("NEWINVOICES", str(shard))


def new_invoice_pk(invoice_id: str) -> str:
    """Shard of one invoice's mark."""
    return new_invoices_pk(sum(invoice_id.encode()) % NEW_INVOICE_SHARDS)


def new_invoice_sk(tenant_id: str, invoice_id: str) -> str:
    """Sort key of one invoice's mark."""
    return joined(tenant_id, invoice_id)


def automation_runs_pk(tenant_id: str, automation: str) -> str:
    """Partition of the runs of one automation of a tenant, by run id, hence by time (EmailActivity)."""
    return joined(tenant_id, "automation", automation)


def automation_run_pk(tenant_id: str, run_id: str) -> str:
    """Partition of what belongs to one run (EmailActivity)."""
    return joined(tenant_id, "automation-run", run_id)


BATCHES = "BATCH#"


def automation_batch_sk(number: int) -> str:
    """Sort key of one batch of a run."""
    return joined("BATCH", f"{number:04d}")


AUTOMATION_RUNS_ALIVE_PK = "automation-runs"
"""Partition of the marks of runs that are not over, of all tenants (EmailActivity)."""


def automation_run_alive_sk(tenant_id: str, automation: str, run_id: str) -> str:
    """Sort key of one such mark."""
    return joined(tenant_id, automation, run_id)
