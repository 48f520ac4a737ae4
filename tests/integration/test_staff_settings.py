"""The pages of the business profile and of the processors: what they take, what they keep to themselves, and who may."""

from __future__ import annotations

import json

import pytest

from duebook import wiring, wiring_automation, wiring_staff
from duebook.domain.activity_log import Action
from duebook.domain.automation import AccountSummary, AutomationSettings
from duebook.domain.directory import MerchantAccount, Role
from duebook.runtime.clock import utc_now
from duebook.usecases.change_automation import put_automation
from tests.integration.staff_office import Answer, Browser, add_tenant, open_office

PROFILE = "/admin/settings/profile"
PROCESSORS = "/admin/settings/processors"
FIELDS = {
    "name": "Blue Ridge Rentals",
    "time_zone": "America/New_York",
    "locale": "en-US",
    "address": "",
    "support_email": "help@blue-ridge.example",
    "support_phone": "",
    "notify": "",
}
AUTHORIZE_NET = {"api_login_id": "5KP3u95bQpv", "transaction_key": "346HZ32z3fP4hTG2", "public_client_key": "pub-1", "signature_key": ""}
CARDPOINTE = {"merchant_id": "800000000001", "username": "duebook", "password": "s3cret-pass", "ach_merchant_id": ""}
pytestmark = pytest.mark.usefixtures("aws")


def save(browser: Browser, **change: str) -> Answer:
    return browser.post(PROFILE, {"csrf": browser.csrf()} | FIELDS | change)


def done() -> list[tuple[Action, str]]:
    """What stands in the activity log."""
    return [(line.action, line.detail) for line in wiring_staff.activity_store().of_tenant("ten_1", limit=20)]


def accounts() -> dict[str, MerchantAccount]:
    return {one.processor: one for one in wiring.directory_store().merchant_accounts("ten_1") if not one.retired}


def secret(account: MerchantAccount) -> dict[str, str]:
    name = wiring.secret_name("ten_1", account.account_id)
    return dict(json.loads(wiring.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]))


def add(browser: Browser, processor: str = "authorize_net", **change: str) -> Answer:
    keys = AUTHORIZE_NET if processor == "authorize_net" else CARDPOINTE
    return browser.post(
        f"{PROCESSORS}/new", {"csrf": browser.csrf(), "processor": processor, "currency": "USD", "enabled": "on"} | keys | change
    )


def test_an_admin_changes_the_profile_and_what_the_form_does_not_show_stays() -> None:
    browser = open_office(Role.ADMIN)
    before = wiring.directory_store().tenant("ten_1")

    saved = save(
        browser,
        time_zone="denver",
        locale="fr-CA",
        address="12 Mill Road\r\nAsheville, NC 28801\r\n",
        notify="Office@Blue-Ridge.example\r\nbooks@blue-ridge.example, office@blue-ridge.example",
        use_unapplied_cash="on",
    )

    after = wiring.directory_store().tenant("ten_1")
    assert (saved.status, saved.headers["Location"]) == (303, f"{PROFILE}?saved=1")
    assert (after.time_zone, after.locale, after.address) == ("America/Denver", "fr-CA", "12 Mill Road\nAsheville, NC 28801")
    assert (after.notify[1], after.use_unapplied_cash) == ("books@blue-ridge.example", True)
    assert (after.plan, after.accent, after.logo_url) == (before.plan, before.accent, before.logo_url)
    assert done() == [(Action.PROFILE_SAVED, "time zone, formats, address, addresses for notices, use of unapplied cash")]
    page = browser.get(saved.headers["Location"])
    assert "Saved." in page.text
    assert "days begin at midnight there" in page.text


def test_r73_another_time_zone_on_the_page_moves_what_automations_plan() -> None:
    browser = open_office(Role.ADMIN)
    store = wiring_automation.automation_store()
    wanted = AutomationSettings(account_summary=AccountSummary(enabled=True, schedule="0 7 * * 1"))
    put_automation("ten_1", wanted, store=store, directory=wiring.directory_store(), now=utc_now())
    before = [plan.planned_at.isoformat() for plan in store.plans()]

    save(browser, time_zone="America/Los_Angeles")

    assert before == ["2025-06-09T11:00:00+00:00"]
    assert [plan.planned_at.isoformat() for plan in store.plans()] == ["2025-06-02T14:00:00+00:00"]


def test_saving_what_stands_there_is_no_line_in_the_log() -> None:
    browser = open_office(Role.ADMIN)
    save(browser)
    save(browser)

    assert done() == []


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", " ", "Type the name that your customers know you by."),
        ("name", "4111 1111 1111 1111", "This looks like a card number."),
        ("time_zone", "Mars/Olympus", "Choose a time zone of the list"),
        ("time_zone", "", "Choose a time zone."),
        ("locale", "xx-YY", "Choose one of the list."),
        ("support_email", "nobody", "This is not an email address."),
        ("notify", "office@blue-ridge.example\nnobody", "“nobody” is not an email address."),
        ("notify", "\n".join(f"a{n}@b.example" for n in range(21)), "At most 20 addresses."),
        ("address", "x" * 2001, "At most 2,000 characters."),
    ],
)
def test_a_wrong_field_is_named_and_what_was_typed_stays(field: str, typed: str, said: str) -> None:
    browser = open_office(Role.ADMIN)

    answer = save(browser, support_phone="+1 540 555 0142", **{field: typed})

    assert answer.status == 422
    assert said in answer.text
    assert f'href="#{field}"' in answer.body
    assert "+1 540 555 0142" in answer.body
    assert wiring.directory_store().tenant("ten_1").support.phone is None


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("locale=de-DE", "1.847,83 $"),
        ("time_zone=Asia/Tokyo", "Now in Tokyo"),
        ("time_zone=tokyo", "Now in Tokyo"),
        ("time_zone=x", "Now in New York"),
    ],
)
def test_the_page_shows_how_other_formats_would_read_and_changes_nothing(query: str, said: str) -> None:
    browser = open_office(Role.ADMIN)

    page = browser.get(f"{PROFILE}?{query}", x_partial="1")

    assert said in page.text
    assert wiring.directory_store().tenant("ten_1").locale == "en-US"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COLLECTOR, Role.MANAGER])
def test_r85_others_see_the_settings_and_are_offered_nothing(role: Role) -> None:
    browser = open_office(role)
    wiring.directory_store().save_merchant_accounts("ten_1", [MerchantAccount("ma_1", "authorize_net", "USD", login="5KP3u95bQpv")])

    profile, processors = browser.get(PROFILE), browser.get(PROCESSORS)

    assert "Only an admin can change this." in profile.text
    assert f'action="{PROFILE}"' not in profile.body
    assert "5KP3u95bQpv" in processors.text
    assert "Test the credentials" not in processors.text
    assert "/credentials" not in processors.body


def test_r42_a_merchant_account_is_added_and_its_keys_are_never_shown() -> None:
    browser = open_office(Role.ADMIN)

    added = add(browser)
    page = browser.get(added.headers["Location"])

    account = accounts()["authorize_net"]
    assert (added.status, account.currency, account.enabled, account.login) == (303, "USD", True, "5KP3u95bQpv")
    assert secret(account) == {name: value for name, value in AUTHORIZE_NET.items() if value}
    assert "The merchant account is added. Test it now." in page.text
    assert "USD at Authorize.Net" in page.text
    form = browser.get(f"{PROCESSORS}/{account.account_id}/credentials")
    assert AUTHORIZE_NET["transaction_key"] not in page.body + form.body
    assert done() == [(Action.PROCESSORS_SAVED, "added Authorize.Net in USD")]


def test_r42_one_account_takes_the_payments_of_a_currency() -> None:
    browser = open_office(Role.ADMIN)
    add(browser)
    add(browser, "cardpointe")

    assert {name: one.enabled for name, one in accounts().items()} == {"authorize_net": False, "cardpointe": True}
    account = accounts()["authorize_net"]
    asked = browser.get(f"{PROCESSORS}/{account.account_id}/switch")
    assert "USD at CardPointe is on now. It is switched off" in asked.text
    browser.post(f"{PROCESSORS}/{account.account_id}/switch", {"csrf": browser.csrf(), "enabled": "on", "reason": "Cheaper"})
    assert {name: one.enabled for name, one in accounts().items()} == {"authorize_net": True, "cardpointe": False}
    assert (Action.PROCESSORS_SAVED, "switched Authorize.Net in USD on") in done()


def test_r42_switching_off_says_what_it_does_and_keeps_the_account() -> None:
    browser = open_office(Role.ADMIN)
    add(browser)
    account = accounts()["authorize_net"]

    asked = browser.get(f"{PROCESSORS}/{account.account_id}/switch")
    answer = browser.post(f"{PROCESSORS}/{account.account_id}/switch", {"csrf": browser.csrf(), "enabled": "off"})

    assert "customers cannot pay in USD online" in asked.text
    assert answer.headers["Location"] == f"{PROCESSORS}?done=off"
    assert accounts()["authorize_net"].enabled is False
    assert secret(account)["api_login_id"] == "5KP3u95bQpv"


def test_a_new_key_of_the_same_merchant_takes_the_old_ones_place_and_another_merchant_is_another_account() -> None:
    browser = open_office(Role.ADMIN)
    add(browser)
    first = accounts()["authorize_net"]

    browser.post(f"{PROCESSORS}/{first.account_id}/credentials", {"csrf": browser.csrf()} | AUTHORIZE_NET | {"transaction_key": "newkey"})
    assert (accounts()["authorize_net"].account_id, secret(first)["transaction_key"]) == (first.account_id, "newkey")
    browser.post(f"{PROCESSORS}/{first.account_id}/credentials", {"csrf": browser.csrf()} | AUTHORIZE_NET | {"api_login_id": "other1"})

    assert accounts()["authorize_net"].account_id != first.account_id
    assert [one.retired for one in wiring.directory_store().merchant_accounts("ten_1")] == [False, True]


@pytest.mark.parametrize(
    ("processor", "change", "said"),
    [
        ("authorize_net", {"transaction_key": ""}, "Type the transaction key."),
        ("authorize_net", {"api_login_id": ""}, "Type the API login ID."),
        ("authorize_net", {"currency": "JPY"}, "JPY cannot be paid by card; it is payable by check"),
        ("authorize_net", {"currency": "XXQ"}, "This is not a currency code."),
        ("cardpointe", {"merchant_id": "8000 0001"}, "Letters and digits only, at most 16."),
        ("cardpointe", {"username": "a:b"}, "At most 200 characters, without a colon."),
    ],
)
def test_wrong_keys_are_named_and_no_secret_comes_back(processor: str, change: dict[str, str], said: str) -> None:
    browser = open_office(Role.ADMIN)

    answer = add(browser, processor, **change)

    assert answer.status == 422
    assert said in answer.text
    assert "Type the secret keys again." in answer.text
    assert AUTHORIZE_NET["transaction_key"] not in answer.body
    assert CARDPOINTE["password"] not in answer.body
    assert accounts() == {}


def test_a_second_account_of_a_processor_and_currency_is_told_what_to_do() -> None:
    browser = open_office(Role.ADMIN)
    add(browser)

    again = add(browser, api_login_id="another")

    assert again.status == 422
    assert "There is a merchant account of Authorize.Net in USD already. Replace its credentials." in again.text


@pytest.mark.parametrize("target", ["credentials", "switch"])
def test_another_tenants_account_is_not_found(target: str) -> None:
    browser = open_office(Role.ADMIN)
    add_tenant("ten_2", "lee@cedar-fork.example", name="Cedar Fork")
    wiring.directory_store().save_merchant_accounts("ten_2", [MerchantAccount("ma_theirs", "authorize_net", "USD", login="theirs")])

    assert browser.get(f"{PROCESSORS}/ma_theirs/{target}").status == 404
    sent = {"csrf": browser.csrf(), "enabled": "off"} | AUTHORIZE_NET
    assert browser.post(f"{PROCESSORS}/ma_theirs/{target}", sent).status == 404
    assert wiring.directory_store().merchant_accounts("ten_2")[0].enabled


@pytest.mark.parametrize("path", [PROFILE, f"{PROCESSORS}/new"])
def test_a_form_of_another_session_changes_nothing(path: str) -> None:
    browser = open_office(Role.ADMIN)

    assert browser.post(path, {"csrf": "guessed", "processor": "authorize_net"} | FIELDS | AUTHORIZE_NET).status == 403
    assert browser.post(path, {"csrf": browser.csrf()} | FIELDS, Sec_Fetch_Site="cross-site").status == 403
    assert accounts() == {}


@pytest.mark.parametrize("sent", [{"processor": "paypal"}, {}])
def test_a_processor_that_is_none_is_not_found(sent: dict[str, str]) -> None:
    browser = open_office(Role.ADMIN)

    assert browser.post(f"{PROCESSORS}/new", {"csrf": browser.csrf()} | sent).status == 404
    assert browser.get(f"{PROCESSORS}/new?processor=paypal").status == 404


def test_a_test_call_tells_what_came_of_it_also_when_nobody_answers() -> None:
    browser = open_office(Role.ADMIN)
    add(browser)
    account = accounts()["authorize_net"]

    # Nobody listens at the processor's address here.
    page = browser.post(f"{PROCESSORS}/{account.account_id}/test", {"csrf": browser.csrf()})

    assert page.status == 200
    assert "Test call: USD at Authorize.Net" in page.text
    assert "Authorize.Net did not answer. This says nothing about the credentials" in page.text
    assert browser.post(f"{PROCESSORS}/{account.account_id}/test", {"csrf": "guessed"}).status == 403
    assert browser.post(f"{PROCESSORS}/ma_nobodys/test", {"csrf": browser.csrf()}).status == 404
