"""What the staff pages take beyond the rest: the second step of sign-in, QR codes, typed addresses, the activity log. Built on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duebook import wiring

if TYPE_CHECKING:
    from duebook.storage.activity_store import ActivityStore
    from duebook.storage.second_step_store import SecondStepStore
    from duebook.usecases.second_step import SecondStepDesk


def activity_store() -> ActivityStore:
    """Return the store of the activity log."""
    from duebook.storage.activity_store import ActivityStore

    return ActivityStore(wiring.client("dynamodb"), wiring.tables())


def second_step_store() -> SecondStepStore:
    """Return the store of staff's second factors and of sign-ins that wait for a code."""
    from duebook.storage.second_step_store import SecondStepStore

    return SecondStepStore(wiring.client("dynamodb"), wiring.tables())


def second_step_desk(address: str) -> SecondStepDesk:
    """Return what the second step of staff's sign-in takes, for a caller's address."""
    from duebook.runtime.clock import utc_now
    from duebook.runtime.ids import hashed, new_recovery_code
    from duebook.usecases.second_step import SecondStepDesk

    directory, transient = wiring.directory_store(), wiring.transient_store()
    return SecondStepDesk(directory, second_step_store(), transient, hashed, new_recovery_code, utc_now(), address)


def qr_picture(text: str) -> str:
    """Draw a text as a QR code, black on white in either theme, as cameras want it; the package is loaded for it alone."""
    import segno

    return segno.make(text, error="m").svg_inline(
        scale=4, border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )


def normal_email(text: str) -> str:
    """Return a typed address in its normal form; the package for it is loaded only where somebody typed one.

    Raises:
        ValueError: It is no email address.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise ValueError("This is not an email address.") from error
