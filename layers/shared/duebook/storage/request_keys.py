"""The key formats of service requests and of what may be asked for, beside those of ``keys``; all in the Directory."""

from __future__ import annotations

from duebook.storage.keys import joined

CATALOG = "CATALOG#"


def catalog_sk(kind: str, entry_id: str) -> str:
    """Sort key of a product or service that customers may ask for, below the tenant."""
    return joined("CATALOG", kind, entry_id)


REQUESTS = "REQ#"


def request_sk(request_id: str) -> str:
    """Sort key of a service request, below its customer."""
    return joined("REQ", request_id)


def job_sk(job_id: str) -> str:
    """Sort key of the job or rental that a request became, below its customer."""
    return joined("JOB", job_id)


ALL = "all"


def requests_pk(tenant_id: str, status: str = ALL) -> str:
    """Partition that lists a tenant's requests of one status, or all of them, by id, hence by time; each item tells whose it is."""
    return joined(tenant_id, "requests", status)


def request_counts_pk(tenant_id: str) -> str:
    """Partition of how many requests of a tenant stand where."""
    return joined(tenant_id, "requests", "counts")


COUNTS_SK = "COUNTS"
