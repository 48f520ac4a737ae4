"""From which day on an account is looked at for something past due, so that a dunning run reads only those that may have some (R75)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from duebook.domain.open_items import OpenItem


def watched_from(was: date | None, before: Sequence[OpenItem], after: Sequence[OpenItem]) -> date | None:
    """Return the day from which an account is looked at for something past due: never later than there is something, None with nothing open.

    It stays where it is while invoices are paid, so that a payment costs no write of an index; who looks and finds nothing past due puts it
    off (``day_to_look_again``).

    Args:
        was: As it stood; None where it was never set.
        before: Open items before a commit.
        after: Open items after it.
    """
    known = {item.invoice_id for item in before} if was else set()
    days = [item.due_on + timedelta(days=1) for item in after if item.invoice_id not in known]
    return min([*days, *([was] if was else [])]) if after else None


def day_to_look_again(items: Sequence[OpenItem], today: date) -> date | None:
    """Return the first day on which something of some open items is past due, where that lies ahead; None where something is already."""
    first = min((item.due_on for item in items), default=None)
    return first + timedelta(days=1) if first is not None and first >= today else None
