"""Set a staff member's password: by the link of a mail, or by who is signed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.directory import Staff, Tenant
from duebook.domain.passwords import refusal
from duebook.domain.staff_access import link_opens, with_new_password
from duebook.domain.throttling import SIGN_IN_BY_NAME
from duebook.errors import LinkExpiredError, NotSignedInError, UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.staff_store import StaffStore
from duebook.storage.transient_store import TransientStore
from duebook.usecases.count_misses import Limits, check_misses, count_misses
from duebook.usecases.set_password import PasswordRules

EXPIRED = "This link is no longer valid. Ask an admin of your business to send you another one."
LIMITS: Limits = (("staff-password", SIGN_IN_BY_NAME),)


@dataclass(frozen=True, slots=True)
class StaffPasswordDesk:
    """What it takes.

    Args:
        directory: Whose staff they are.
        staff: Where staff and links are kept.
        transient: Sessions, and failed tries.
        rules: What is done with passwords.
        now: Aware UTC.
    """

    directory: DirectoryStore
    staff: StaffStore
    transient: TransientStore
    rules: PasswordRules
    now: datetime


def redeem_staff_link(link_hash: str, password: str, desk: StaffPasswordDesk) -> Staff:
    """Set the password that a mailed link stands for, once. Other links and all sessions of the person end.

    Raises:
        LinkExpiredError: The link is not known, used, too old, or the person is gone.
        UnprocessableError: The password is refused, with the reason; the link stays good.
        ConflictError: The person changed meanwhile; try again.
    """
    link = desk.staff.link(link_hash)
    person = desk.directory.staff(link.tenant_id, link.staff_id) if link else None
    if link is None or person is None or not link_opens(link, person, desk.now):
        raise LinkExpiredError(EXPIRED)
    _check(password, person, desk.directory.tenant(person.tenant_id), desk.rules)
    used = desk.staff.link_used(link_hash, replace(link, used_at=desk.now))
    return desk.staff.save(with_new_password(person, desk.rules.hash(password)), also=[used])


def change_staff_password(staff: Staff, tenant: Tenant, session_hash: str, current: str, password: str, desk: StaffPasswordDesk) -> None:
    """Change the password of who is signed in. Other sessions and all links of the person end; this session stays.

    Raises:
        NotSignedInError: The session has ended.
        UnprocessableError: The present password is another one, or the new one is refused, with the reason.
        TooManyRequestsError: Too many wrong present passwords; with ``retry_after`` in seconds.
        ConflictError: The person changed meanwhile; nothing was changed.
    """
    session = desk.transient.session(session_hash, desk.now)
    if session is None:
        raise NotSignedInError("sign in first")
    subject = (f"{staff.tenant_id}.{staff.staff_id}",)
    check_misses(LIMITS, subject, transient=desk.transient, now=desk.now)
    if not desk.rules.fits(staff.password_hash, current):
        count_misses(LIMITS, subject, transient=desk.transient, now=desk.now)
        raise UnprocessableError("That is not your present password.", field="current_password")
    _check(password, staff, tenant, desk.rules)
    after = desk.staff.save(with_new_password(staff, desk.rules.hash(password)))
    desk.transient.touch_session(session_hash, replace(session, generation=after.generation))


def _check(password: str, person: Staff, tenant: Tenant, rules: PasswordRules) -> None:
    parts = [person.email, *person.email.split("@"), person.name, *person.name.split(), tenant.name, *tenant.name.split()]
    reason = refusal(password, parts, rules.guesses)
    if reason:
        raise UnprocessableError(reason, field="password")
