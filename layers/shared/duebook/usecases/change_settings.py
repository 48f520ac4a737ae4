"""Change a tenant's settings: its profile, and where its online money goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from duebook.domain.directory import MerchantAccount, Support, Tenant
from duebook.domain.slugs import checked_slug
from duebook.errors import UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.secret_store import SecretStore
from duebook.usecases.create_tenant import NewMerchantAccount, check_credentials, check_currency, free_slug, login_of, merchant_account


@dataclass(frozen=True, slots=True)
class NewLogo:
    """A picture that becomes the logo, as it was sent; None takes the logo away."""

    picture: bytes | None


@dataclass(frozen=True, slots=True)
class Profile:
    """What an admin says of the business; ``slug``, ``logo``, ``plan``, ``notify`` and ``use_unapplied_cash`` stay when None.

    Args:
        logo_url: As our answers told it; it names the logo and cannot change it.
    """

    name: str
    time_zone: str
    locale: str
    support: Support
    address: str | None = None
    accent: str | None = None
    slug: str | None = None
    logo: NewLogo | None = None
    logo_url: str | None = None
    plan: str | None = None
    notify: tuple[str, ...] | None = None
    use_unapplied_cash: bool | None = None


@dataclass(frozen=True, slots=True)
class WantedMerchantAccount:
    """A merchant account as an admin wants it; without credentials it keeps those it has."""

    processor: str
    currency: str
    enabled: bool
    credentials: Mapping[str, str] | None = None


def put_profile(tenant_id: str, wanted: Profile, *, directory: DirectoryStore, keep_logo: Callable[[bytes], str]) -> Tenant:
    """Write a tenant's profile; saying the same again changes nothing. One that had no slug gets one made from its name.

    Args:
        tenant_id: Whose profile.
        wanted: What it is to say.
        directory: Where it stands.
        keep_logo: Checks and keeps a picture, and returns its path.

    Raises:
        UnprocessableError: No such time zone, a slug that is none or another business's, or a logo that is no picture.
        ConflictError: Somebody changed it meanwhile.
    """
    try:
        ZoneInfo(wanted.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnprocessableError(f"{wanted.time_zone[:40]!r} is not an IANA time zone", field="time_zone") from error
    was = directory.tenant(tenant_id)
    if wanted.logo_url not in {None, was.logo_url}:
        raise UnprocessableError("Send the picture itself, as logo.", field="logo_url")
    after = replace(
        was,
        name=wanted.name,
        time_zone=wanted.time_zone,
        locale=wanted.locale,
        support=wanted.support,
        address=wanted.address,
        accent=wanted.accent,
        slug=_slug(wanted, was, directory),
        logo_url=_logo_url(wanted, was, keep_logo),
        plan=wanted.plan or was.plan,
        notify=was.notify if wanted.notify is None else wanted.notify,
        use_unapplied_cash=was.use_unapplied_cash if wanted.use_unapplied_cash is None else wanted.use_unapplied_cash,
    )
    if after != was:
        directory.save_tenant(after, was=was)
    return after


def _slug(wanted: Profile, was: Tenant, directory: DirectoryStore) -> str:
    if wanted.slug is not None:
        return checked_slug(wanted.slug)
    return was.slug or free_slug(wanted.name, was.tenant_id, directory)


def _logo_url(wanted: Profile, was: Tenant, keep_logo: Callable[[bytes], str]) -> str | None:
    if wanted.logo is None:
        return was.logo_url
    return keep_logo(wanted.logo.picture) if wanted.logo.picture is not None else None


def put_merchant_accounts(
    tenant_id: str,
    wanted: Sequence[WantedMerchantAccount],
    *,
    directory: DirectoryStore,
    secrets: SecretStore,
    new_id: Callable[[str, datetime], str],
    now: datetime,
) -> tuple[MerchantAccount, ...]:
    """Write where a tenant's online money goes, one merchant account a processor and currency.

    One that is left out is switched off, not forgotten: payments under way still ask it what became of them. For the same
    reason credentials of another merchant (another login) make a new account and retire the old one; a new key of the same
    merchant takes the old key's place.

    Raises:
        UnprocessableError: A currency no processor carries, two enabled ones for a currency, one named twice, a new one
            without credentials, or credentials in part.
        TransientError: Credentials could not be stored; say it again.
    """
    _check(wanted)
    stored = directory.merchant_accounts(tenant_id)
    known = {(account.processor, account.currency): account for account in stored if not account.retired}
    retired = [account for account in stored if account.retired]
    after = {place: replace(account, enabled=False) for place, account in known.items()}
    for one in wanted:
        place = (one.processor, one.currency)
        before = known.get(place)
        if before is None and one.credentials is None:
            raise UnprocessableError(f"a new merchant account in {one.currency} needs its credentials", field="merchant_accounts")
        if before is not None and one.credentials is not None and login_of(one.processor, one.credentials) != before.login:
            retired.append(replace(before, enabled=False, retired=True))
            before = None
        made = before or MerchantAccount(new_id("ma", now), one.processor, one.currency)
        if one.credentials is not None:
            secrets.write(tenant_id, made.account_id, one.credentials)
            made = merchant_account(made.account_id, NewMerchantAccount(one.processor, one.currency, one.credentials))
        after[place] = replace(made, enabled=one.enabled)
    accounts = tuple(after.values())
    directory.save_merchant_accounts(tenant_id, (*accounts, *retired))
    return accounts


def _check(wanted: Sequence[WantedMerchantAccount]) -> None:
    for one in wanted:
        check_currency(one.currency)
        if one.credentials is not None:
            check_credentials(one.processor, one.credentials)
    if len({(one.processor, one.currency) for one in wanted}) != len(wanted):
        raise UnprocessableError("a merchant account is named twice", field="merchant_accounts")
    enabled = [one.currency for one in wanted if one.enabled]
    if len(set(enabled)) != len(enabled):
        raise UnprocessableError("at most one merchant account of a currency is enabled", field="merchant_accounts")
