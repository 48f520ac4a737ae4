"""The key formats of links to pay, beside those of ``keys``. All stand in the Transient table."""

from __future__ import annotations

from duebook.storage.keys import joined


def pay_link_pk(token_hash: str) -> str:
    """Partition of a mailed link to pay, by its token's hash (Transient)."""
    return joined("pay-link", token_hash)


def payer_session_pk(token_hash: str) -> str:
    """Partition of the session of who opened a link to pay, by its token's hash (Transient); no token of a contact leads here."""
    return joined("payer-session", token_hash)
