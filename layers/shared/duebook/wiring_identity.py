"""What signing contacts in, their contacts and their links take. Built on first use, apart from the rest so that both stay short."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from duebook import wiring, wiring_mail, wiring_staff
from duebook.runtime.settings import setting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from duebook.domain.email_activity import MailText
    from duebook.domain.identity import Access, LinkPurpose
    from duebook.mail.link_queue import SqsLinkQueue
    from duebook.storage.login_store import LoginStore
    from duebook.storage.owed_link_store import OwedLinkStore
    from duebook.storage.pass_store import PassStore
    from duebook.storage.pay_link_store import PayLinkStore
    from duebook.storage.portal_view_store import PortalViewStore
    from duebook.usecases.ask_for_link import LinkDesk
    from duebook.usecases.contact_session import Doorkeeper
    from duebook.usecases.send_link import LinkPost
    from duebook.usecases.send_staff_link import StaffLinkPost
    from duebook.usecases.set_password import PasswordRules


@cache
def login_store() -> LoginStore:
    """Return the store of contacts' logins."""
    from duebook.storage.login_store import LoginStore

    return LoginStore(wiring.client("dynamodb"), wiring.tables())


@cache
def pass_store() -> PassStore:
    """Return the store of contacts' sessions and of links."""
    from duebook.storage.pass_store import PassStore

    return PassStore(wiring.client("dynamodb"), wiring.tables())


@cache
def pay_link_store() -> PayLinkStore:
    """Return the store of links to pay and of payers' sessions."""
    from duebook.storage.pay_link_store import PayLinkStore

    return PayLinkStore(wiring.client("dynamodb"), wiring.tables())


@cache
def portal_view_store() -> PortalViewStore:
    """Return the store of staff's views of the portal."""
    from duebook.storage.portal_view_store import PortalViewStore

    return PortalViewStore(wiring.client("dynamodb"), wiring.tables())


def door(at: datetime) -> Doorkeeper:
    """Return what letting contacts in takes, at an instant."""
    from duebook.usecases.contact_session import Doorkeeper

    return Doorkeeper(login_store(), pass_store(), at)


def password_rules() -> PasswordRules:
    """Return what is done with passwords; the list of common ones is loaded when the first is judged."""
    from duebook.usecases.passwords import fits, hash_password
    from duebook.usecases.set_password import PasswordRules

    return PasswordRules(hash_password, fits, password_guesses)


def password_guesses(password: str, own_words: Sequence[str]) -> int:
    """Estimate how early a password is guessed."""
    from duebook.usecases.password_guesses import password_guesses

    return password_guesses(password, own_words)


@cache
def link_queue() -> SqsLinkQueue:
    """Return the queue of mails with links to write."""
    from duebook.mail.link_queue import SqsLinkQueue

    return SqsLinkQueue(wiring.client("sqs"), setting("LINK_QUEUE_URL"))


def owed_link_store() -> OwedLinkStore:
    """Return the store of mails with a link that somebody is owed."""
    from duebook.storage.owed_link_store import OwedLinkStore

    return OwedLinkStore(wiring.client("dynamodb"), wiring.tables())


def link_desk(at: datetime) -> LinkDesk:
    """Return what asking for a link takes, at an instant."""
    from duebook.runtime.ids import new_id
    from duebook.usecases.ask_for_link import LinkDesk

    return LinkDesk(lambda order: link_queue().put(order), owed_link_store(), new_id, at)


def link_post() -> LinkPost:
    """Return what writing a mail with a link takes."""
    from functools import partial

    from duebook.runtime.ids import hashed, new_secret
    from duebook.usecases.send_link import LinkPost

    return LinkPost(
        logins=login_store(),
        passes=pass_store(),
        transient=wiring.transient_store(),
        mails=wiring.email_store(),
        queue=wiring_mail.mail_queue(),
        new_token=partial(new_secret, "lnk"),
        hashed=hashed,
        write=write_link_mail,
    )


def staff_link_post() -> StaffLinkPost:
    """Return what writing a mail with a link to a staff member takes."""
    from functools import partial

    from duebook.mail.staff_access import write_staff_access
    from duebook.runtime.ids import hashed, new_secret
    from duebook.usecases.send_staff_link import StaffLinkPost

    return StaffLinkPost(
        directory=wiring.directory_store(),
        staff=wiring_staff.staff_store(),
        transient=wiring.transient_store(),
        mails=wiring.email_store(),
        queue=wiring_mail.mail_queue(),
        new_token=partial(new_secret, "slk"),
        hashed=hashed,
        write=partial(write_staff_access, portal_origin=setting("PORTAL_ORIGIN")),
    )


def write_link_mail(purpose: LinkPurpose, access: Access, token: str | None) -> MailText:
    """Write a mail with a link to this deployment's portal, in the business's words where it has some."""
    from duebook import wiring_texts
    from duebook.domain.email_activity import MailKind
    from duebook.mail.portal_access import write_portal_access

    words = wiring_texts.tenant_words(access.tenant.tenant_id, MailKind(purpose.value))
    return write_portal_access(purpose, access, token, portal_origin=setting("PORTAL_ORIGIN"), words=words)
