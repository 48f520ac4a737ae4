"""Ask again for mails with a link that somebody is owed."""

from __future__ import annotations

from datetime import timedelta

from duebook.usecases.ask_for_link import LinkDesk

FIRST_LOOK = timedelta(minutes=1)
AT_ONCE = 500


def look_after_links(desk: LinkDesk, *, limit: int = AT_ONCE) -> int:
    """Hand on each order that was left: whoever wrote it crashed, or the queue did not answer. One order is one mail, however often it comes.

    Returns:
        How many were handed on.

    Raises:
        TransientError: The queue does not answer; the next tick goes on.
    """
    left = [order for order in desk.owed.left(limit=limit) if abs(desk.now - order.at) >= FIRST_LOOK]
    for order in left:
        desk.ask(order)
        desk.owed.queued(order)
    return len(left)
