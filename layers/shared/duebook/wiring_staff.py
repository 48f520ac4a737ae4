"""What the staff pages take beyond the rest: the second step of sign-in, QR codes, typed addresses, the activity log. Built on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duebook import wiring, wiring_identity, wiring_mail

if TYPE_CHECKING:
    from datetime import datetime

    from duebook.domain.activity_log import Actor
    from duebook.storage.activity_store import ActivityStore
    from duebook.storage.api_key_store import ApiKeyStore
    from duebook.storage.second_step_store import SecondStepStore
    from duebook.storage.staff_store import StaffStore
    from duebook.usecases.mail_actions import MailDesk
    from duebook.usecases.manage_staff import StaffDesk
    from duebook.usecases.second_step import SecondStepDesk
    from duebook.usecases.staff_password import StaffPasswordDesk
    from duebook.web.action_notes import Notes


def activity_store() -> ActivityStore:
    """Return the store of the activity log."""
    from duebook.storage.activity_store import ActivityStore

    return ActivityStore(wiring.client("dynamodb"), wiring.tables())


def mail_desk(actor: Actor, now: datetime) -> MailDesk:
    """Return what staff's actions about mails take."""
    from duebook.usecases.mail_actions import MailDesk

    links = wiring_identity.link_desk(now)
    return MailDesk(wiring.email_store(), wiring_mail.mail_queue(), wiring.directory_store(), links, activity_store(), actor, now)


def staff_store() -> StaffStore:
    """Return the store of staff and of the links that are mailed to them."""
    from duebook.storage.staff_store import StaffStore

    return StaffStore(wiring.client("dynamodb"), wiring.tables())


def api_key_store() -> ApiKeyStore:
    """Return the store of API keys."""
    from duebook.storage.api_key_store import ApiKeyStore

    return ApiKeyStore(wiring.client("dynamodb"), wiring.tables())


def staff_desk(at: datetime) -> StaffDesk:
    """Return what adding, changing and removing staff takes, at an instant."""
    from duebook import wiring_identity
    from duebook.usecases.manage_staff import StaffDesk

    return StaffDesk(staff_store(), wiring_identity.link_desk(at))


def staff_password_desk(at: datetime) -> StaffPasswordDesk:
    """Return what setting a staff member's password takes, at an instant."""
    from duebook import wiring_identity
    from duebook.usecases.staff_password import StaffPasswordDesk

    rules = wiring_identity.password_rules()
    return StaffPasswordDesk(wiring.directory_store(), staff_store(), wiring.transient_store(), rules, at)


def action_notes(at: datetime) -> Notes:
    """Return where actions of staff are noted, at an instant."""
    from duebook.web.action_notes import Notes

    return Notes(activity_store(), at)


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
    from duebook.usecases.normal_address import normal_address

    try:
        return normal_address(text)
    except ValueError as error:
        raise ValueError("This is not an email address.") from error
