"""The key formats of statement runs, beside those of ``keys``. All stand in the Directory table."""

from __future__ import annotations

from duebook.storage.keys import joined

STATEMENT_RUNS = "STATEMENTS#"


def statement_run_sk(run_id: str) -> str:
    """Sort key of a statement run below the tenant (Directory)."""
    return joined("STATEMENTS", run_id)


STATEMENT_RUNS_ALIVE_PK = "STATEMENTRUNS"
"""Partition of the marks of statement runs that are not over, of all tenants (Directory)."""


def statement_run_alive_sk(tenant_id: str, run_id: str) -> str:
    """Sort key of one such mark."""
    return joined(tenant_id, run_id)


def statement_run_pk(tenant_id: str, run_id: str) -> str:
    """Partition of what belongs to one statement run: named customers, batches, failures (Directory)."""
    return joined(tenant_id, "statements", run_id)


NAMED_CUSTOMERS = "NAMED#"


def named_customers_sk(part: int) -> str:
    """Sort key of one page of the customers that a run names."""
    return joined("NAMED", f"{part:03d}")


def statement_batches(pass_number: int) -> str:
    """Prefix of the batches of one pass of a run."""
    return f"BATCH#{pass_number:03d}#"


def statement_batch_sk(pass_number: int, number: int) -> str:
    """Sort key of one batch."""
    return joined("BATCH", f"{pass_number:03d}", f"{number:04d}")


def statement_failures(pass_number: int) -> str:
    """Prefix of the failures of one pass of a run."""
    return f"FAILED#{pass_number:03d}#"


def statement_failures_sk(pass_number: int, number: int, done: int) -> str:
    """Sort key of the failures that one step of a batch met; ``done`` customers of the batch came before it."""
    return joined("FAILED", f"{pass_number:03d}", f"{number:04d}", f"{done:04d}")
