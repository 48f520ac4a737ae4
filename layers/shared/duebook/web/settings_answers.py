"""The staff API's answers about settings."""

from __future__ import annotations

from duebook.domain.directory import MerchantAccount, Tenant
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
