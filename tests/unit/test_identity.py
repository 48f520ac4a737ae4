"""Logins, memberships, sessions and links as decisions over data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.domain.directory import Contact, Customer, Tenant
from duebook.domain.email_activity import MailText, without_token
from duebook.domain.identity import (
    Access,
    ContactSession,
    Link,
    LinkPurpose,
    Login,
    begins,
    chosen,
    granted,
    holds,
    is_open,
    login_id_of,
    login_of_contact,
    membership_id,
    opens,
    signed_out_everywhere,
    with_password,
)
from duebook.domain.link_orders import message_of, order_of
from duebook.domain.passwords import normal, refusal
from duebook.domain.portal_access import Permission, permissions_of
from duebook.usecases.password_guesses import password_guesses
from duebook.usecases.passwords import fits, hash_password
from tests.builders import NOON

EMAIL = "ana@acme.example"
LOGIN = Login(login_id_of(EMAIL), "hash", generation=3)


def contact(**changed: object) -> Contact:
    made = Contact("ana", "Ana", "company", EMAIL, portal_access=True, access_since=NOON)
    return replace(made, **changed)  # type: ignore[arg-type]


def access(customer: str = "c1", *, plan: str = "pro", enabled: bool = True, **changed: object) -> Access:
    tenant = Tenant("t1", "Acme", "UTC", plan=plan)
    return Access(tenant, Customer(customer, f"Customer {customer}", "abcDEFGH2345", NOON, enabled=enabled), contact(**changed))


def session(one: Access) -> ContactSession:
    since = one.contact.access_since
    return ContactSession(LOGIN.login_id, one.membership, since, LOGIN.generation, NOON, NOON, NOON + timedelta(hours=12))


def link(one: Access, **changed: object) -> Link:
    valid = NOON + timedelta(minutes=30)
    made = Link(LinkPurpose.RESET, LOGIN.login_id, one.membership, one.contact.access_since, LOGIN.generation, valid)
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["ANA@Acme.Example", " ana@acme.example\n", EMAIL])
def test_one_address_is_one_login_however_it_is_typed(typed: str):
    assert login_id_of(typed) == LOGIN.login_id


@pytest.mark.parametrize(
    "ended",
    [
        access(plan="basic"),
        access(enabled=False),
        access(portal_access=False),
        access(email="new@acme.example"),
        access(email=None),
        access(access_since=NOON + timedelta(seconds=1)),
    ],
    ids=["basic plan", "customer disabled", "access off", "other address", "no address", "given anew"],
)
def test_r53_r58_neither_a_session_nor_a_link_stands_without_the_access_it_began_with(ended: Access):
    assert holds(session(access()), LOGIN, access())
    assert opens(link(access()), LOGIN, access(), NOON)

    assert not holds(session(access()), LOGIN, ended)
    assert not opens(link(access()), LOGIN, ended, NOON)


@pytest.mark.parametrize("after", [with_password(LOGIN, "other"), signed_out_everywhere(LOGIN)], ids=["new password", "everywhere"])
def test_a_new_password_and_signing_out_everywhere_end_sessions_and_links(after: Login):
    assert not holds(session(access()), after, access())
    assert not opens(link(access()), after, access(), NOON)


@pytest.mark.parametrize("ended", [{"used_at": NOON}, {"valid_until": NOON}])
def test_a_link_ends_by_use_and_by_time(ended: dict):
    assert not opens(link(access(), **ended), LOGIN, access(), NOON)


@given(st.lists(st.booleans(), max_size=8), st.booleans())
def test_r53_access_that_begins_again_is_never_the_one_that_ended(switches: list[bool], clock_back: bool):
    seen = []
    was: Contact | None = None
    for number, on in enumerate(switches):
        now = NOON - timedelta(minutes=number) if clock_back else NOON
        after = granted(contact(portal_access=on, access_since=None), was, now)
        if begins(after, was):
            seen.append(after.access_since)
        was = after

    assert seen == sorted(set(seen), key=lambda one: one or NOON)


def test_writing_a_contact_again_keeps_what_is_ours_to_say():
    was = contact(invited_at=NOON, last_sign_in_at=NOON)

    assert granted(replace(was, phone="1", access_since=None, invited_at=None, last_sign_in_at=None), was, NOON) == replace(was, phone="1")


def test_another_address_is_another_person_as_far_as_signing_in_goes():
    was = contact(invited_at=NOON, last_sign_in_at=NOON)

    after = granted(replace(was, email="new@acme.example"), was, NOON + timedelta(days=1))

    assert (after.access_since, after.invited_at, after.last_sign_in_at) == (NOON + timedelta(days=1), None, None)


def test_r56_the_last_one_used_is_chosen_then_a_company_then_by_name():
    site = access("c0", kind="site")
    first, second = access("c1"), access("c2")

    assert chosen([second, site, first], None) == first
    assert chosen([second, site, first], site.membership) == site
    assert chosen([second, site], first.membership) == second
    assert chosen([], first.membership) is None


def test_memberships_are_told_apart_outside():
    ids = {membership_id(access(customer).membership) for customer in ("c1", "c2", "c3")}

    assert len(ids) == 3
    assert all(one.startswith("mem_") and len(one) <= 64 for one in ids)


def test_r54_named_sites_bind_a_site_contact_alone():
    assert access(kind="site", site_ids=("s1",)).caller.site_ids == ("s1",)
    assert access(kind="company", site_ids=("s1",)).caller.site_ids == ()
    assert permissions_of("site") == (Permission.REQUEST_SERVICE,)
    assert permissions_of("boss") == ()


def test_nobody_signs_in_without_an_address():
    assert login_of_contact(contact(email=None)) is None
    assert login_of_contact(None) is None
    assert not is_open(access(email=None), LOGIN.login_id)


def test_an_order_for_a_link_travels_whole():
    from duebook.domain.identity import LinkOrder

    orders = [
        LinkOrder("lo_1", LinkPurpose.INVITATION, NOON, membership=access().membership),
        LinkOrder("lo_2", LinkPurpose.RESET, NOON.astimezone(UTC), login_id=LOGIN.login_id),
    ]

    assert [order_of(message_of(order)) for order in orders] == orders


@pytest.mark.parametrize("password", ["password1234", "qwertyuiop12", "aaaaaaaaaaaa", "letmeinletmein", "Christopher12", "halvorsen2024"])
def test_a_password_that_is_found_early_is_refused(password: str):
    assert "too common" in (refusal(password, ["halvorsen"], password_guesses) or "")


@pytest.mark.parametrize("password", ["lantern gravel harvest", "x7!kQz-90-lm", "Ünïcödé пароль 密码密码", "correct horse battery staple"])
def test_a_password_of_any_characters_is_taken(password: str):
    assert refusal(password, [EMAIL, "Ana"], password_guesses) is None


def test_a_password_has_12_to_200_characters_whatever_they_are():
    assert "at least 12" in (refusal("x7!kQz-90-l", [], password_guesses) or "")
    assert refusal("lantern gravel harvest " * 8, [], password_guesses) is None
    assert "at most 200" in (refusal("lantern gravel harvest " * 9, [], password_guesses) or "")


def test_a_crafted_password_takes_no_long_time_to_judge():
    assert password_guesses("4@8({[<369&#!1/|0$5+7%2" * 8, []) > 0


@given(st.text(max_size=40))
def test_the_one_form_of_a_password_is_stable(password: str):
    assert normal(normal(password)) == normal(password)


def test_nobodys_password_fits_nothing():
    assert not fits(None, "nobody has this password")
    assert not fits("no hash", "x")
    assert fits(hash_password("p\u00e4rlend"), "pa\u0308rlend")


def test_a_kept_mail_opens_nothing():
    text = MailText("s", '<a href="http://x/set-password#token=lnk_a-B_9">Set</a>', "http://x/set-password#token=lnk_a-B_9\nNext")

    kept = without_token(text)

    assert (kept.html, kept.text) == ('<a href="http://x/set-password#token=…">Set</a>', "http://x/set-password#token=…\nNext")
