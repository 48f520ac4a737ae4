"""The key format of staff's views of the portal, beside those of ``keys``. They stand in the Transient table."""

from __future__ import annotations

from duebook.storage.keys import joined


def portal_view_pk(token_hash: str) -> str:
    """Partition of a staff member's view of the portal, by its token's hash (Transient); no token of a contact leads here."""
    return joined("portal-view", token_hash)
