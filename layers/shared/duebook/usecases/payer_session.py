"""Let in whoever opens the link to pay of a mail, for paying alone, and keep that session (R74)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duebook.domain.pay_links import SESSION_IDLE, PayerSession, Standing, begun_session, opens, payer_of, prolonged, stands
from duebook.domain.portal_access import ContactCaller
from duebook.domain.throttling import SIGN_IN_BY_ADDRESS
from duebook.errors import ConflictError, LinkExpiredError, NotSignedInError
from duebook.storage.pay_link_store import PayLinkStore
from duebook.storage.transient_store import TransientStore
from duebook.usecases.contact_session import ENDED
from duebook.usecases.count_misses import Limits, check_misses, count_misses
from duebook.usecases.find_caller import PROLONG_AFTER

LINK_ENDED = "This link has ended. Type the Pay Online ID from your statement, or sign in."
LIMITS: Limits = (("pay-link-address", SIGN_IN_BY_ADDRESS),)


@dataclass(frozen=True, slots=True)
class LetIn:
    """A payer who is let in: the session and what it stands on."""

    session: PayerSession
    standing: Standing

    @property
    def caller(self) -> ContactCaller:
        """Who acts."""
        return payer_of(self.session.link)


def open_pay_link(
    link_hash: str, *, address: str, session_hash: str, links: PayLinkStore, transient: TransientStore, now: datetime
) -> LetIn:
    """Trade a link for a session; the link stays good for the next time.

    One that has expired, was revoked, or was never made is answered alike; the last counts as a miss.

    Args:
        link_hash: What the link is stored under.
        address: The caller's, for limits on misses.
        session_hash: What the session is to be stored under.
        links: Links and payers' sessions.
        transient: Where misses are counted.
        now: Aware UTC.

    Raises:
        LinkExpiredError: It opens nothing.
        TooManyRequestsError: Too many misses; with ``retry_after`` in seconds.
    """
    check_misses(LIMITS, (address,), transient=transient, now=now)
    link = links.link(link_hash, now)
    if link is None:
        count_misses(LIMITS, (address,), transient=transient, now=now)
        raise LinkExpiredError(LINK_ENDED)
    standing = links.standing(link.tenant_id, link.customer_id, link.contact_id)
    if standing is None or not opens(link, standing, now):
        raise LinkExpiredError(LINK_ENDED)
    session = begun_session(link, now)
    links.add_session(session_hash, session)
    return LetIn(session, standing)


def current_payer(token_hash: str, *, links: PayLinkStore, now: datetime) -> LetIn:
    """Return who a payer's session stands for, read anew, and prolong the session by its use.

    It ends after half an hour without use, after four hours in any case, and at once when the link is revoked or what it stands on ends.
    A link that merely expires meanwhile interrupts nobody who is paying.

    Raises:
        NotSignedInError: The session has ended.
    """
    session = links.session(token_hash, now)
    if session is None:
        raise NotSignedInError(ENDED)
    link = session.link
    standing = links.standing(link.tenant_id, link.customer_id, link.contact_id)
    if standing is None or not stands(link, standing):
        # It stays ended, should the customer be enabled again.
        links.end_session(token_hash)
        raise NotSignedInError(ENDED)
    if session.idle_until - now > SESSION_IDLE - PROLONG_AFTER:
        return LetIn(session, standing)
    session = prolonged(session, now)
    try:
        links.rewrite_session(token_hash, session)
    except ConflictError as error:
        # Signed out in this very moment.
        raise NotSignedInError(ENDED) from error
    return LetIn(session, standing)
