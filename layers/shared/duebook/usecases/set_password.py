"""Set a password: by the link of a mail, or by who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from duebook.domain.identity import Access, opens, with_password
from duebook.domain.passwords import Guesses, refusal
from duebook.domain.throttling import SIGN_IN_BY_NAME
from duebook.errors import LinkExpiredError, UnprocessableError
from duebook.storage.transient_store import TransientStore
from duebook.usecases.contact_session import Doorkeeper, SignedIn, begin_session, current_contact
from duebook.usecases.count_misses import Limits, check_misses, count_misses

EXPIRED = "This link is no longer valid. Ask for a new one."
LIMITS: Limits = (("contact-password", SIGN_IN_BY_NAME),)


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """What is done with passwords.

    Args:
        hash: Returns what is stored of one.
        fits: Compares one with what is stored.
        guesses: Estimates how early one is guessed.
    """

    hash: Callable[[str], str]
    fits: Callable[[str | None, str], bool]
    guesses: Guesses


def redeem_link(link_hash: str, password: str, *, token_hash: str, rules: PasswordRules, door: Doorkeeper) -> SignedIn:
    """Set the password that a mailed link stands for, once, and sign in with it. Other links and all sessions of the login end.

    Raises:
        LinkExpiredError: The link is not known, used, too old, or its access has ended (R53).
        UnprocessableError: The password is refused, with the reason; the link stays good.
        ConflictError: The login changed meanwhile; try again.
    """
    link = door.passes.link(link_hash, door.now)
    if link is None:
        raise LinkExpiredError(EXPIRED)
    login, access = door.logins.standing(link.login_id, link.membership)
    if access is None or not opens(link, login, access, door.now):
        raise LinkExpiredError(EXPIRED)
    _check(password, access, rules)
    used = door.passes.link_used(link_hash, replace(link, used_at=door.now))
    login = door.logins.save_with(with_password(login, rules.hash(password)), used)
    return begin_session(login, access, token_hash, door)


def change_password(
    token_hash: str, current: str, password: str, *, rules: PasswordRules, transient: TransientStore, door: Doorkeeper
) -> None:
    """Change the password of who is signed in. Other sessions and all links of the login end; this session stays.

    Raises:
        NotSignedInError: The session has ended.
        UnprocessableError: The present password is another one, or the new one is refused, with the reason.
        TooManyRequestsError: Too many wrong present passwords; with ``retry_after`` in seconds.
        ConflictError: The login changed meanwhile; nothing was changed.
    """
    here = current_contact(token_hash, door)
    subject = (here.login.login_id,)
    check_misses(LIMITS, subject, transient=transient, now=door.now)
    if not rules.fits(here.login.password_hash, current):
        count_misses(LIMITS, subject, transient=transient, now=door.now)
        raise UnprocessableError("That is not your present password.", field="current_password")
    _check(password, here.access, rules)
    after = with_password(here.login, rules.hash(password))
    door.logins.save(after)
    door.passes.rewrite_session(token_hash, replace(here.session, generation=after.generation))


def _check(password: str, access: Access, rules: PasswordRules) -> None:
    contact, email = access.contact, access.contact.email or ""
    parts = [email, *email.split("@"), contact.name, *contact.name.split(), access.customer.name, access.tenant.name]
    reason = refusal(password, parts, rules.guesses)
    if reason:
        raise UnprocessableError(reason, field="password")
