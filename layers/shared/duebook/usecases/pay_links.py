"""Put links to pay into mails as they leave, and revoke those that left (R74)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.activity_log import Action, Actor
from duebook.domain.email_activity import Mail, MailText
from duebook.domain.pay_links import made_link, revocation, same_address, wants_token, with_token
from duebook.errors import ConflictError
from duebook.storage.activity_store import ActivityStore
from duebook.storage.automation_store import AutomationStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.pay_link_store import PayLinkStore
from duebook.usecases.log_action import log_action

TRIES = 5


@dataclass(frozen=True, slots=True)
class PayLinkDesk:
    """What making links takes.

    Args:
        links: Where they are kept.
        directory: Whose addresses are whose.
        new_token: Makes an unguessable token.
        hashed: What is stored in place of it.
        portal_origin: Where the page is that links open.
    """

    links: PayLinkStore
    directory: DirectoryStore
    new_token: Callable[[], str]
    hashed: Callable[[str], str]
    portal_origin: str


def with_pay_link(mail: Mail, text: MailText, *, desk: PayLinkDesk, now: datetime) -> MailText:
    """Return a mail's text as it leaves: with a link of its own where it has the place of one.

    What is kept never holds a token, and each hand-over gets a new one. Of a mail that goes to an address which is not the customer's
    (any more), the link keeps its dots and opens nothing.
    """
    if mail.customer_id is None or not wants_token(mail.kind, text, desk.portal_origin):
        return text
    tenant_id, customer_id = mail.key.tenant_id, mail.customer_id
    standing = desk.links.standing(tenant_id, customer_id)
    if standing is None:
        return text
    own = same_address(standing.customer.email, mail.to)
    link = made_link(mail.key.mail_id, mail.to, standing, () if own else desk.directory.contacts(tenant_id, customer_id), now)
    if link is None:
        return text
    token = desk.new_token()
    desk.links.add_link(desk.hashed(token), link)
    return with_token(text, token, desk.portal_origin)


def revoke_pay_links(
    tenant_id: str,
    customer_id: str,
    *,
    actor: Actor,
    directory: DirectoryStore,
    automations: AutomationStore,
    log: ActivityStore,
    now: datetime,
) -> None:
    """End all links to pay that a customer's mails carried so far, and the sessions begun with them. Saying it again changes nothing more.

    Raises:
        NotFoundError: No such customer.
        ConflictError: The customer's switch kept changing; nothing was revoked.
    """
    directory.customer(tenant_id, customer_id)
    for _ in range(TRIES):
        was = automations.customer(tenant_id, customer_id)
        try:
            automations.save_customer(tenant_id, replace(was, links_from=revocation(was.links_from, now)), was=was)
        except ConflictError:
            continue
        log_action(tenant_id, actor, Action.PAY_LINKS_REVOKED, customer_id=customer_id, now=now, log=log)
        return
    raise ConflictError("the customer's settings kept changing; try again")
