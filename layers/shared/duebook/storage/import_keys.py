"""The key formats of imports, beside those of ``keys``. All stand in the Directory table."""

from __future__ import annotations

from duebook.storage.keys import joined

IMPORTS = "IMPORT#"


def import_sk(import_id: str) -> str:
    """Sort key of an import run below the tenant (Directory)."""
    return joined("IMPORT", import_id)


IMPORTS_ALIVE_PK = "IMPORTS"
"""Partition of the marks of imports that are not over, of all tenants (Directory)."""


def import_alive_sk(tenant_id: str, import_id: str) -> str:
    """Sort key of one such mark."""
    return joined(tenant_id, import_id)


def import_errors_sk(import_id: str, part: int) -> str:
    """Sort key of one page of an import's line errors (Directory)."""
    return joined("IMPORTERR", import_id, f"{part:06d}")
