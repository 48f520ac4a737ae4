"""Links to pay: whose they are, what ends them, and where the token stands (R74)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from duebook.domain.directory import Contact, Customer, Tenant
from duebook.domain.email_activity import MailKind, MailText
from duebook.domain.pay_links import (
    CARRY_PAY_LINKS,
    LINK_LASTS,
    PayLink,
    Standing,
    begun_session,
    made_link,
    opens,
    prolonged,
    revocation,
    stands,
    wants_token,
    with_token,
)
from duebook.domain.portal_access import PAYER, Permission, permissions_of

ORIGIN = "https://pay.example"
NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
AP = "ap@acme.example"
ANA = Contact("ana", "Ana Pau", "company", "Ana@Acme.example", portal_access=True, access_since=NOW - timedelta(days=9))
STANDING = Standing(Tenant("ten_1", "Blue Ridge", "UTC"), Customer("cus_1", "Acme", "abcDEFGH2345", NOW, email=AP))


def link_to(address: str, *contacts: Contact, standing: Standing = STANDING, now: datetime = NOW) -> PayLink:
    found = made_link("mail_1", address, standing, contacts, now)
    assert found is not None
    return found


def test_a_link_opens_for_thirty_days_however_often():
    link = link_to(AP)

    assert [opens(link, STANDING, NOW + after) for after in (timedelta(0), timedelta(0), LINK_LASTS - timedelta(seconds=1))] == [True] * 3
    assert not opens(link, STANDING, NOW + LINK_LASTS)


def test_a_link_that_expires_leaves_what_stands_on_it_standing():
    assert stands(link_to(AP), STANDING)


@pytest.mark.parametrize(
    "later",
    [
        replace(STANDING, links_from=NOW),
        replace(STANDING, links_from=NOW + timedelta(days=1)),
        replace(STANDING, tenant=replace(STANDING.tenant, plan="basic")),
        replace(STANDING, customer=replace(STANDING.customer, enabled=False)),
        replace(STANDING, customer=replace(STANDING.customer, email="new@acme.example")),
        replace(STANDING, customer=replace(STANDING.customer, email=None)),
    ],
    ids=["revoked in the same instant", "revoked later", "another plan", "customer disabled", "another address", "no address"],
)
def test_what_a_link_stands_on_ends_it(later: Standing):
    link = link_to(AP)

    assert not stands(link, later)
    assert not opens(link, later, NOW)


def test_a_revocation_of_before_does_not_end_a_link_and_neither_does_a_clock_that_was_set_back():
    revoked = replace(STANDING, links_from=NOW + timedelta(days=400))

    assert stands(link_to(AP), replace(STANDING, links_from=NOW - timedelta(seconds=1)))
    assert opens(link_to(AP, standing=revoked), revoked, NOW)


def test_a_revocation_never_goes_back_and_ends_the_link_made_just_before():
    first = revocation(None, NOW)
    standing = replace(STANDING, links_from=first)
    link = link_to(AP, standing=standing)

    second = revocation(first, NOW)

    assert stands(link, standing)
    assert second > first
    assert not stands(link, replace(STANDING, links_from=second))


@pytest.mark.parametrize(
    "contact",
    [
        None,
        replace(ANA, email="other@acme.example"),
        replace(ANA, email=None),
        replace(ANA, kind="site"),
        replace(ANA, portal_access=False),
        replace(ANA, access_since=NOW),
    ],
    ids=["deleted", "another address", "no address", "a site contact now", "access off", "access given anew"],
)
def test_r53_a_link_to_a_contact_ends_with_the_contact_and_its_access(contact: Contact | None):
    link = link_to("ana@acme.example", ANA)

    assert link.contact_id == "ana"
    assert stands(link, replace(STANDING, contact=ANA))
    assert not stands(link, replace(STANDING, contact=contact))


def test_a_link_to_a_contact_without_access_stands_until_the_contact_goes():
    bo = replace(ANA, portal_access=False)
    link = link_to("ana@acme.example", bo)

    assert stands(link, replace(STANDING, contact=bo))
    assert stands(link, replace(STANDING, contact=ANA))
    assert not stands(link, STANDING)


def test_the_customers_own_address_comes_before_a_contacts():
    assert link_to(AP.upper(), replace(ANA, email=AP)).contact_id is None


@pytest.mark.parametrize("contacts", [(), (replace(ANA, kind="site"),), (replace(ANA, email=None),)])
def test_an_address_that_is_not_the_customers_gets_no_link(contacts: tuple[Contact, ...]):
    assert made_link("mail_1", "ana@acme.example", STANDING, contacts, NOW) is None


def test_a_session_lasts_half_an_hour_without_use_and_four_hours_at_most():
    session = begun_session(link_to(AP), NOW)
    used = prolonged(session, NOW + timedelta(minutes=29))

    assert (session.idle_until, session.ends_at) == (NOW + timedelta(minutes=30), NOW + timedelta(hours=4))
    assert used.idle_until == NOW + timedelta(minutes=59)
    assert prolonged(session, NOW + timedelta(hours=3, minutes=50)).idle_until == session.ends_at


def test_a_payer_may_view_and_pay_invoices_and_nothing_else():
    assert permissions_of(PAYER) == (Permission.VIEW_INVOICES, Permission.PAY_INVOICES)


@pytest.mark.parametrize("holder", ["#token=…", "#token=&hellip;", "#token=%E2%80%A6"])
def test_the_token_takes_the_place_of_the_dots_in_html_and_text(holder: str):
    text = MailText("Bill", f'<a href="https://pay.example/pay{holder}">Pay</a>', "Pay: https://pay.example/pay#token=…\n")

    leaves = with_token(text, "pay_abc", ORIGIN)

    assert leaves.html == '<a href="https://pay.example/pay#token=pay_abc">Pay</a>'
    assert leaves.text == "Pay: https://pay.example/pay#token=pay_abc\n"
    assert not wants_token(MailKind.NEW_INVOICE, leaves, ORIGIN)


@pytest.mark.parametrize(
    "address",
    [
        "https://else.example/pay",
        "https://pay.example.else.example/pay",
        "https://pay.example/pay/x",
        "https://else.example/?to=https://pay.example/pay",
    ],
)
def test_no_address_but_the_payment_page_gets_a_token(address: str):
    text = MailText("Bill", f'<a href="{address}#token=…">Pay</a>', f"Pay ({address}#token=…)")

    assert not wants_token(MailKind.NEW_INVOICE, text, ORIGIN)
    assert with_token(text, "pay_abc", ORIGIN) == text


@pytest.mark.parametrize("kind", sorted(set(MailKind)))
def test_bills_alone_carry_a_link(kind: MailKind):
    text = MailText("Bill", "<p>Pay</p>", "https://pay.example/pay#token=…")

    assert wants_token(kind, text, ORIGIN) == (kind in CARRY_PAY_LINKS)
    assert not wants_token(kind, MailText("Bill", "<p>Pay…</p>", "Pay…"), ORIGIN)
