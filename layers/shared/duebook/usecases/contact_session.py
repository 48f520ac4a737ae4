"""Sign contacts in and out, keep their sessions, and switch between what one address belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.identity import (
    Access,
    ContactSession,
    Login,
    chosen,
    holds,
    in_order,
    is_open,
    login_id_of,
    membership_id,
    signed_out_everywhere,
)
from duebook.domain.throttling import SIGN_IN_BY_ADDRESS, SIGN_IN_BY_NAME
from duebook.errors import ConflictError, NotFoundError, NotSignedInError
from duebook.storage.login_store import LoginStore
from duebook.storage.pass_store import PassStore
from duebook.storage.transient_store import TransientStore
from duebook.usecases.count_misses import Limits, check_misses, count_misses
from duebook.usecases.find_caller import IDLE, LONGEST, PROLONG_AFTER

REFUSED = "That email and password don't match."
ENDED = "sign in first"
LIMITS: Limits = (("contact-sign-in-address", SIGN_IN_BY_ADDRESS), ("contact-sign-in-name", SIGN_IN_BY_NAME))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A contact who is signed in: the session with the login and the access that it stands on."""

    session: ContactSession
    login: Login
    access: Access


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """What letting contacts in takes.

    Args:
        logins: Logins and what memberships stand for.
        passes: Sessions and links.
        now: Aware UTC.
    """

    logins: LoginStore
    passes: PassStore
    now: datetime


def sign_in_contact(
    email: str,
    password: str,
    *,
    address: str,
    token_hash: str,
    fits: Callable[[str | None, str], bool],
    transient: TransientStore,
    door: Doorkeeper,
) -> SignedIn:
    """Check a contact's email and password and begin a session, with the membership used last, else a company contact's.

    An unknown email takes as long as a wrong password and gets the same answer; so does an address whose access has ended everywhere.

    Args:
        email: As typed; capitals do not matter.
        password: As typed.
        address: The caller's, for limits on misses.
        token_hash: What the session is stored under.
        fits: Compares a password with its hash; nobody's takes as long as somebody's.
        transient: Where misses are counted.
        door: Logins, sessions and the time.

    Raises:
        NotSignedInError: No such email, another password, or no access.
        TooManyRequestsError: Too many misses; with ``retry_after`` in seconds.
    """
    login_id = login_id_of(email)
    check_misses(LIMITS, (address, login_id), transient=transient, now=door.now)
    login, memberships = door.logins.find(login_id)
    accesses = door.logins.accesses(memberships) if fits(login.password_hash, password) else []
    access = chosen([one for one in accesses if is_open(one, login_id)], login.last_membership)
    if access is None:
        count_misses(LIMITS, (address, login_id), transient=transient, now=door.now)
        raise NotSignedInError(REFUSED)
    return begin_session(login, access, token_hash, door)


def begin_session(login: Login, access: Access, token_hash: str, door: Doorkeeper) -> SignedIn:
    """Begin a session of a login that has proven itself, and note when login and contact were used."""
    now = door.now
    session = ContactSession(
        login.login_id, access.membership, access.contact.access_since, login.generation, now, now + IDLE, now + LONGEST
    )
    door.passes.add_session(token_hash, session)
    return SignedIn(session, login, _noted(login, access, door))


def current_contact(token_hash: str, door: Doorkeeper) -> SignedIn:
    """Return who a session's token stands for, read anew, and prolong the session by its use.

    It ends after half an hour without use, after twelve hours in any case, and at once when the access it stands on ends: switched off,
    contact deleted, address changed, customer disabled, plan changed, signed out everywhere (R53, R58).

    Raises:
        NotSignedInError: The session has ended.
    """
    session = door.passes.session(token_hash, door.now)
    if session is None:
        raise NotSignedInError(ENDED)
    login, access = door.logins.standing(session.login_id, session.membership)
    if access is None or not holds(session, login, access):
        # It stays ended, should the access be given again.
        door.passes.end_session(token_hash)
        raise NotSignedInError(ENDED)
    if session.idle_until - door.now > IDLE - PROLONG_AFTER:
        return SignedIn(session, login, access)
    prolonged = replace(session, idle_until=min(door.now + IDLE, session.ends_at))
    _rewrite(token_hash, prolonged, door)
    return SignedIn(prolonged, login, access)


def open_accesses(login_id: str, door: Doorkeeper) -> list[Access]:
    """Return all that a login may act for now, in the order it is offered."""
    _, memberships = door.logins.find(login_id)
    return in_order(one for one in door.logins.accesses(memberships) if is_open(one, login_id))


def switch_membership(token_hash: str, wanted: str, door: Doorkeeper) -> SignedIn:
    """Go on with another membership of the same login (R56).

    Raises:
        NotSignedInError: The session has ended.
        NotFoundError: The login has no such membership, or its access has ended.
    """
    now_in = current_contact(token_hash, door)
    access = next((one for one in open_accesses(now_in.login.login_id, door) if membership_id(one.membership) == wanted), None)
    if access is None:
        raise NotFoundError("no such membership")
    switched = replace(now_in.session, membership=access.membership, access_since=access.contact.access_since)
    _rewrite(token_hash, switched, door)
    return SignedIn(switched, now_in.login, _noted(now_in.login, access, door))


def sign_out_everywhere(token_hash: str, door: Doorkeeper) -> None:
    """End all sessions of the login behind a session, this one too, and its open links.

    Raises:
        NotSignedInError: The session has ended.
        ConflictError: The login changed meanwhile; nothing was ended.
    """
    login = current_contact(token_hash, door).login
    door.logins.save(signed_out_everywhere(login))
    door.passes.end_session(token_hash)


def _rewrite(token_hash: str, session: ContactSession, door: Doorkeeper) -> None:
    try:
        door.passes.rewrite_session(token_hash, session)
    except ConflictError as error:
        # Signed out in this very moment.
        raise NotSignedInError(ENDED) from error


def _noted(login: Login, access: Access, door: Doorkeeper) -> Access:
    contact = replace(access.contact, last_sign_in_at=door.now)
    used = replace(login, last_membership=access.membership, last_sign_in_at=door.now)
    try:
        door.logins.note_sign_in(used, access.tenant.tenant_id, access.customer.customer_id, contact)
    except ConflictError:
        # Somebody edits the contact, or the same person signs in twice at once: one of the times is on record, and nobody waits for the other.
        return access
    return replace(access, contact=contact)
