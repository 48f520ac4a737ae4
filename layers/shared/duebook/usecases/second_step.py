"""The second step of staff's sign-in: turn it on and off, and check a code of the app or a recovery code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from pyotp import TOTP, random_base32
from pyotp.exceptions import OTPVerificationError

from duebook.domain.directory import Staff
from duebook.domain.second_factor import DRIFT, RECOVERY_CODES, TRIES_A_STEP, SecondFactor, may_be_confirmed, plain_code
from duebook.domain.throttling import CODES_BY_STAFF, SIGN_IN_BY_ADDRESS
from duebook.errors import ConflictError, NotSignedInError, UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.second_step_store import SecondStepStore
from duebook.storage.transient_store import Session, TransientStore
from duebook.usecases.count_misses import Limits, check_misses, count_misses
from duebook.usecases.find_caller import IDLE, LONGEST
from duebook.usecases.passwords import fits

ISSUER = "Duebook"
DIGITS = 6
LIMITS: Limits = (("code-address", SIGN_IN_BY_ADDRESS), ("code-staff", CODES_BY_STAFF))
WRONG_CODE = "That code isn't right, or was used before. Wait for the next one and type it."
WRONG_PASSWORD = "That password isn't right."  # noqa: S105 - a sentence
BEGIN_AGAIN = "Too much time has passed. Sign in again."
SHOW_AGAIN = "Too much time has passed. Turn it on again and scan the new picture."


@dataclass(frozen=True, slots=True)
class SecondStepDesk:
    """What the second step takes.

    Args:
        directory: Where staff are kept.
        steps: Second factors and sign-ins that wait for a code.
        transient: Sessions, and failed tries.
        hashed: What is stored in place of a token or recovery code.
        new_code: Makes a recovery code.
        now: Aware UTC.
        address: The caller's, for limits on misses.
    """

    directory: DirectoryStore
    steps: SecondStepStore
    transient: TransientStore
    hashed: Callable[[str], str]
    new_code: Callable[[], str]
    now: datetime
    address: str


def start_second_factor(staff: Staff, password: str, desk: SecondStepDesk) -> SecondFactor:
    """Make a secret for a staff member's app; it is asked for only once a code has confirmed it.

    Raises:
        UnprocessableError: Another password; or it is on already.
        TooManyRequestsError: Too many misses.
    """
    _check_password(staff, password, desk)
    was = desk.steps.factor(staff.tenant_id, staff.staff_id)
    if was is not None and was.on:
        raise UnprocessableError("The second step is on already.", field="password")
    made = SecondFactor(staff.staff_id, random_base32(), desk.now, version=was.version if was else 0)
    desk.steps.save(staff.tenant_id, made)
    return made


def confirm_second_factor(staff: Staff, code: str, desk: SecondStepDesk) -> tuple[str, ...]:
    """Turn the second step on with a first code, and return the recovery codes, which are shown this once.

    Raises:
        UnprocessableError: Another code, or the secret was shown too long ago.
        TooManyRequestsError: Too many misses.
    """
    factor = desk.steps.factor(staff.tenant_id, staff.staff_id)
    if factor is None or not may_be_confirmed(factor, desk.now):
        raise UnprocessableError(SHOW_AGAIN, field="code")
    codes = tuple(desk.new_code() for _ in range(RECOVERY_CODES))
    hashes = tuple(desk.hashed(plain_code(one)) for one in codes)
    _take_code(staff, replace(factor, on=True, recovery=hashes), code, desk)
    return codes


def stop_second_factor(staff: Staff, password: str, code: str, desk: SecondStepDesk) -> None:
    """Turn the second step off; it takes the password and a code, so that an open screen alone does not do it.

    Raises:
        UnprocessableError: Another password or code.
        TooManyRequestsError: Too many misses.
    """
    factor = desk.steps.factor(staff.tenant_id, staff.staff_id)
    _check_password(staff, password, desk)
    if factor is not None:
        _take_code(staff, factor, code, desk)
        desk.steps.remove(staff.tenant_id, staff.staff_id)


def finish_sign_in(step_token: str, code: str, *, token: str, csrf: str, desk: SecondStepDesk) -> Session:
    """Begin the session of somebody whose password was right and who now types a code.

    Args:
        step_token: As the sign-in gave it out.
        code: As typed: of the app, or a recovery code.
        token: New and unguessable; only its hash is stored.
        csrf: New and unguessable; form posts must carry it.
        desk: What it takes.

    Raises:
        NotSignedInError: The step has ended or was tried too often: sign in again.
        UnprocessableError: Another code.
        TooManyRequestsError: Too many misses.
    """
    step_hash = desk.hashed(step_token)
    step = desk.steps.step(step_hash, desk.now)
    staff = desk.directory.staff(step.tenant_id, step.staff_id) if step else None
    if step is None or staff is None or step.generation != staff.generation or step.tries >= TRIES_A_STEP:
        raise NotSignedInError(BEGIN_AGAIN)
    desk.steps.count_try(step_hash, step)
    factor = desk.steps.factor(staff.tenant_id, staff.staff_id)
    if factor is not None and factor.on:
        _take_code(staff, factor, code, desk)
    desk.steps.end(step_hash)
    session = Session(staff.tenant_id, staff.staff_id, csrf, desk.now, desk.now + IDLE, desk.now + LONGEST, staff.generation)
    desk.transient.add_session(desk.hashed(token), session)
    return session


def set_up_address(factor: SecondFactor, staff: Staff) -> str:
    """Return what the app reads from the picture: the secret, and what to call it."""
    return TOTP(factor.secret).provisioning_uri(name=staff.email, issuer_name=ISSUER)


def _take_code(staff: Staff, factor: SecondFactor, typed: str, desk: SecondStepDesk) -> None:
    """Take a code once: what it used up is written before anything follows from it."""
    subjects = _subjects(staff, desk)
    check_misses(LIMITS, subjects, transient=desk.transient, now=desk.now)
    after = _after(factor, plain_code(typed), desk)
    if after is not None:
        try:
            desk.steps.save(staff.tenant_id, after)
        except ConflictError:
            # The same code came twice at the same moment: one of them is taken.
            after = None
    if after is None:
        count_misses(LIMITS, subjects, transient=desk.transient, now=desk.now)
        raise UnprocessableError(WRONG_CODE, field="code")


def _after(factor: SecondFactor, code: str, desk: SecondStepDesk) -> SecondFactor | None:
    """Return the factor with a code used up, or None when the code is not right."""
    if len(code) == DIGITS and code.isdecimal():
        try:
            step = TOTP(factor.secret).verify_and_get_timecode(code, for_time=desk.now, valid_window=DRIFT)
        except OTPVerificationError:
            return None
        return replace(factor, last_step=step) if step > factor.last_step else None
    used = desk.hashed(code)
    left = tuple(one for one in factor.recovery if one != used)
    return replace(factor, recovery=left) if len(left) < len(factor.recovery) else None


def _check_password(staff: Staff, password: str, desk: SecondStepDesk) -> None:
    subjects = _subjects(staff, desk)
    check_misses(LIMITS, subjects, transient=desk.transient, now=desk.now)
    if not fits(staff.password_hash, password):
        count_misses(LIMITS, subjects, transient=desk.transient, now=desk.now)
        raise UnprocessableError(WRONG_PASSWORD, field="password")


def _subjects(staff: Staff, desk: SecondStepDesk) -> tuple[str, str]:
    return desk.address, f"{staff.tenant_id}.{staff.staff_id}"
