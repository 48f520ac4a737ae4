"""The staff API's answers about settings."""

from __future__ import annotations

from duebook.domain.directory import MerchantAccount, Tenant
from duebook.usecases.try_credentials import TriedCredentials
from duebook.web.brand_views import ColoursView, SupportView, colours_view, support_view
from duebook.web.branding import accent_note
from duebook.web.fields import Strict
from duebook.web.processor_words import tried_words


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


class CredentialTestView(Strict):
    """What a processor said to a merchant account's credentials; ``works`` is null when no usable answer came.

    ``reason`` is ``refused``, ``switched_off``, ``no_bank_accounts`` or ``other``, beside the processor's own ``code``.
    """

    id: str
    works: bool | None
    reason: str | None
    code: str | None
    message: str
    took_ms: int


def credential_test_view(tried: TriedCredentials) -> CredentialTestView:
    """Show what came of a test call."""
    told = tried.told
    return CredentialTestView(
        id=tried.account.account_id,
        works=told.works if told else None,
        reason=told.fault.value if told and told.fault else None,
        code=told.code if told else None,
        message=tried_words(tried),
        took_ms=tried.took_ms,
    )


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
