"""How pages are told of a business: its name, logo, colours, and whom its customers ask."""

from __future__ import annotations

from dataclasses import asdict

from duebook.domain.directory import Tenant
from duebook.web.branding import brand_colours
from duebook.web.fields import Strict


class SupportView(Strict):
    """Whom a customer asks."""

    email: str | None
    phone: str | None


class ColoursView(Strict):
    """The brand's colours, ready for the stylesheet: ``#rrggbb`` each."""

    accent: str
    on_accent: str
    action_light: str
    action_light_hover: str
    on_action_light: str
    action_dark: str
    action_dark_hover: str
    on_action_dark: str


class BrandView(Strict):
    """``GET /api/brand``: what a sign-in page shows before anybody has signed in. Without colours the neutral ones hold."""

    slug: str | None
    name: str
    logo_url: str | None
    accent: str | None
    colours: ColoursView | None
    support: SupportView


class TenantView(BrandView):
    """The business whose pages a payer or contact sees; the address is for their printed receipts."""

    address: str | None
    locale: str
    time_zone: str


def support_view(tenant: Tenant) -> SupportView:
    """Show whom a customer asks."""
    return SupportView(email=tenant.support.email, phone=tenant.support.phone)


def colours_view(accent: str | None) -> ColoursView | None:
    """Show what a chosen colour becomes; None without one."""
    colours = brand_colours(accent)
    return ColoursView(**asdict(colours)) if colours else None


def brand_view(tenant: Tenant) -> BrandView:
    """Show a business's brand."""
    return BrandView(
        slug=tenant.slug,
        name=tenant.name,
        logo_url=tenant.logo_url,
        accent=tenant.accent,
        colours=colours_view(tenant.accent),
        support=support_view(tenant),
    )


def tenant_view(tenant: Tenant) -> TenantView:
    """Show a business to its payers and contacts."""
    return TenantView(
        slug=tenant.slug,
        name=tenant.name,
        logo_url=tenant.logo_url,
        accent=tenant.accent,
        colours=colours_view(tenant.accent),
        support=support_view(tenant),
        address=tenant.address,
        locale=tenant.locale,
        time_zone=tenant.time_zone,
    )
