"""Ask for a mail with a link: forgotten passwords, a new link for an old one, invitations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from duebook.domain.identity import LinkOrder, LinkPurpose, Membership, login_id_of
from duebook.domain.link_orders import Order
from duebook.domain.throttling import LINKS_BY_ADDRESS
from duebook.errors import TransientError
from duebook.storage.owed_link_store import OwedLinkStore
from duebook.storage.pass_store import PassStore
from duebook.storage.transient_store import TransientStore
from duebook.usecases.count_misses import Limits, count_misses, longest_wait

LIMITS: Limits = (("link-address", LINKS_BY_ADDRESS),)


@dataclass(frozen=True, slots=True)
class LinkDesk:
    """What asking for a link takes.

    Args:
        ask: Hands an order on to whoever writes the mail.
        owed: Keeps orders until they are handed on.
        new_id: Makes ids of ours.
        now: Aware UTC.
    """

    ask: Callable[[Order], None]
    owed: OwedLinkStore
    new_id: Callable[[str, datetime], str]
    now: datetime


def invitation(membership: Membership, desk: LinkDesk) -> LinkOrder:
    """Return the order to invite a contact."""
    return LinkOrder(desk.new_id("lo", desk.now), LinkPurpose.INVITATION, desk.now, membership=membership)


def hand_on(order: Order, desk: LinkDesk) -> None:
    """Ask for a mail that is owed: the order is on record, so the minute tick asks for what could not be asked for here."""
    try:
        desk.ask(order)
        desk.owed.queued(order)
    except TransientError:
        return


def forgot_password(email: str, *, address: str, transient: TransientStore, desk: LinkDesk) -> None:
    """Have a link mailed to an address with portal access (R52).

    The same is done for every address; whether anybody is behind it shows only to whoever writes the mail. Who asks too often is not
    told, and gets nothing.

    Raises:
        TransientError: It may not have been asked for.
    """
    if _may_ask(address, transient, desk.now):
        desk.ask(LinkOrder(desk.new_id("lo", desk.now), LinkPurpose.RESET, desk.now, login_id=login_id_of(email)))


def renew_link(link_hash: str, *, address: str, passes: PassStore, transient: TransientStore, desk: LinkDesk) -> None:
    """Have a new link mailed in place of one that has ended, to the same address; an unknown one is answered the same.

    Raises:
        TransientError: It may not have been asked for.
    """
    link = passes.link(link_hash, desk.now)
    if _may_ask(address, transient, desk.now) and link is not None:
        desk.ask(LinkOrder(desk.new_id("lo", desk.now), link.purpose, desk.now, link.login_id, link.membership))


def _may_ask(address: str, transient: TransientStore, now: datetime) -> bool:
    if longest_wait(LIMITS, (address,), transient=transient, now=now) > timedelta(0):
        return False
    count_misses(LIMITS, (address,), transient=transient, now=now)
    return True
