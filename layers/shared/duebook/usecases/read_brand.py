"""Read whose sign-in address a slug stands in."""

from __future__ import annotations

from duebook.domain.directory import Tenant
from duebook.domain.slugs import SLUG
from duebook.errors import NotFoundError
from duebook.storage.directory_store import DirectoryStore


def read_brand(slug: str, *, directory: DirectoryStore) -> Tenant:
    """Return the business of a slug, whose brand everybody may see.

    Raises:
        NotFoundError: Nobody has it.
    """
    wanted = slug.strip().lower()
    tenant_id = directory.tenant_id_of_slug(wanted) if SLUG.fullmatch(wanted) else None
    if tenant_id is None:
        raise NotFoundError("No business has this sign-in address.")
    return directory.tenant(tenant_id)
