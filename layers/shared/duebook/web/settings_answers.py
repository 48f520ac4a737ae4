"""The staff API's answers about settings and mails."""

from __future__ import annotations

from datetime import datetime

from duebook.domain.directory import MerchantAccount, Tenant
from duebook.domain.email_activity import Mail
from duebook.usecases.read_mails import MailPage, shown_status
from duebook.web.brand_views import ColoursView, SupportView, colours_view, support_view
from duebook.web.branding import accent_note
from duebook.web.fields import Strict


class ProfileView(Strict):
    """A tenant's profile."""

    id: str
    name: str
    time_zone: str
    locale: str
    address: str | None
    support: SupportView
    accent: str | None
    accent_note: str
    colours: ColoursView | None
    slug: str | None
    logo_url: str | None
    plan: str
    notify: list[str]
    use_unapplied_cash: bool


class MerchantAccountView(Strict):
    """A merchant account; of its credentials only the public login shows."""

    id: str
    processor: str
    currency: str
    enabled: bool
    login: str


class ProcessorsView(Strict):
    """Where a tenant's online money goes."""

    merchant_accounts: list[MerchantAccountView]


class MailEventView(Strict):
    """What happened to a mail."""

    type: str
    at: datetime
    detail: str | None


class MailView(Strict):
    """A mail in Email activity."""

    id: str
    to: str
    subject: str
    kind: str
    customer_id: str | None
    status: str
    created_at: datetime
    events: list[MailEventView]


class MailActivityView(Strict):
    """Some mails, newest first, with counts by status over the whole range."""

    items: list[MailView]
    counts: dict[str, int]
    next_cursor: str | None


class MailListView(Strict):
    """Some mails of a customer, newest first."""

    items: list[MailView]
    next_cursor: str | None


def profile_view(tenant: Tenant) -> ProfileView:
    """Show a profile."""
    return ProfileView(
        id=tenant.tenant_id,
        name=tenant.name,
        time_zone=tenant.time_zone,
        locale=tenant.locale,
        address=tenant.address,
        support=support_view(tenant),
        accent=tenant.accent,
        accent_note=accent_note(tenant.accent),
        colours=colours_view(tenant.accent),
        slug=tenant.slug,
        logo_url=tenant.logo_url,
        plan=tenant.plan,
        notify=list(tenant.notify),
        use_unapplied_cash=tenant.use_unapplied_cash,
    )


def processors_view(accounts: tuple[MerchantAccount, ...]) -> ProcessorsView:
    """Show merchant accounts, those in use or switched off; retired ones are kept for payments under way only."""
    return ProcessorsView(
        merchant_accounts=[
            MerchantAccountView(
                id=account.account_id,
                processor=account.processor,
                currency=account.currency,
                enabled=account.enabled,
                login=account.login,
            )
            for account in accounts
            if not account.retired
        ]
    )


def mail_view(mail: Mail) -> MailView:
    """Show a mail."""
    return MailView(
        id=mail.key.mail_id,
        to=mail.to,
        subject=mail.subject,
        kind=mail.kind.value,
        customer_id=mail.customer_id,
        status=shown_status(mail).value,
        created_at=mail.created_at,
        events=[MailEventView(type=event.type.value, at=event.at, detail=event.words) for event in mail.events],
    )


def mail_activity_view(page: MailPage) -> MailActivityView:
    """Show a page of Email activity."""
    return MailActivityView(items=[mail_view(mail) for mail in page.mails], counts=page.counts, next_cursor=page.next_before)


def mail_list_view(mails: list[Mail], limit: int) -> MailListView:
    """Show a page of a customer's mails, of which one more than the page holds was read."""
    following = mails[limit - 1].key.mail_id if len(mails) > limit else None
    return MailListView(items=[mail_view(mail) for mail in mails[:limit]], next_cursor=following)
