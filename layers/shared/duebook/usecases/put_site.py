"""Write the sites of a customer."""

from __future__ import annotations

from dataclasses import replace

from duebook.domain.directory import Site
from duebook.errors import NotFoundError
from duebook.storage.directory_store import DirectoryStore


def put_site(tenant_id: str, customer_id: str, site: Site, *, directory: DirectoryStore) -> tuple[Site, bool]:
    """Write a site; saying the same again changes nothing.

    Returns:
        The site, and whether it is new.

    Raises:
        NotFoundError: No such customer.
        ConflictError: The site changed meanwhile.
    """
    directory.customer(tenant_id, customer_id)
    was = directory.site(tenant_id, customer_id, site.site_id)
    after = replace(site, version=was.version if was else 0)
    if after == was:
        return was, False
    after = replace(after, version=was.version + 1 if was else 0)
    directory.put_site(tenant_id, customer_id, after, was=was)
    return after, was is None


def read_site(tenant_id: str, customer_id: str, site_id: str, *, directory: DirectoryStore) -> Site:
    """Read a site.

    Raises:
        NotFoundError: No such site of this customer.
    """
    site = directory.site(tenant_id, customer_id, site_id)
    if site is None:
        raise NotFoundError(f"no site {site_id}")
    return site
