"""API keys: made once to be seen, listed, revoked at once; on the pages and over the API."""

from __future__ import annotations

import pytest
from botocore.exceptions import EndpointConnectionError

from duebook import wiring, wiring_staff
from duebook.domain.activity_log import Action
from duebook.domain.directory import Role
from duebook.errors import NotSignedInError
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed
from duebook.usecases.find_caller import caller_of_key
from tests.integration.api import StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.reception import calls_made
from tests.integration.staff_office import Answer, Browser, add_tenant, open_office
from tests.integration.test_owed_links import failing

KEYS = "/admin/settings/api-keys"


def make(browser: Browser, **change: str) -> Answer:
    return browser.post(f"{KEYS}/new", {"csrf": browser.csrf(), "name": "Dispatch system", "role": "manager"} | change)


def shown(page: Answer) -> str:
    return page.body.split('aria-label="API key" readonly value="')[1].split('"')[0]


def caller(key: str) -> tuple[str, Role]:
    found = caller_of_key(hashed(key), directory=wiring.directory_store(), now=utc_now())
    return found.tenant_id, found.role


@pytest.mark.usefixtures("aws")
def test_a_key_is_shown_once_and_works_with_its_role() -> None:
    browser = open_office(Role.ADMIN)

    made = make(browser)
    key = shown(made)
    listed = browser.get(KEYS)

    assert (made.status, made.headers["Cache-Control"]) == (200, "no-store")
    assert caller(key) == ("ten_1", Role.MANAGER)
    assert f"Dispatch system {key[:8]}… Manager Jun 2, 2025 Dana Whitlock Never Revoke" in listed.text
    assert key not in listed.body
    assert [(line.action, line.detail) for line in wiring_staff.activity_store().of_tenant("ten_1", limit=5)] == [
        (Action.API_KEY_MADE, "Dispatch system, manager")
    ]


@pytest.mark.usefixtures("aws")
def test_a_revoked_key_is_refused_with_the_next_call() -> None:
    browser = open_office(Role.ADMIN)
    key = shown(make(browser))
    (known,) = wiring_staff.api_key_store().of_tenant("ten_1")

    asked = browser.get(f"{KEYS}/{known.key_id}/revoke")
    answer = browser.post(f"{KEYS}/{known.key_id}/revoke", {"csrf": browser.csrf(), "reason": "Lost"})

    assert "stops working at once, and for good" in asked.text
    assert answer.headers["Location"] == f"{KEYS}?done=revoked"
    with pytest.raises(NotSignedInError):
        caller(key)
    assert "No API key is listed." in browser.get(KEYS).text
    assert browser.post(f"{KEYS}/{known.key_id}/revoke", {"csrf": browser.csrf()}).status == 404


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("change", "said"), [({"name": " "}, "Type what the key is for"), ({"role": "root"}, "Choose a role of the list.")]
)
def test_a_wrong_form_makes_no_key(change: dict[str, str], said: str) -> None:
    browser = open_office(Role.ADMIN)

    answer = make(browser, **change)

    assert answer.status == 422
    assert said in answer.text
    assert wiring_staff.api_key_store().of_tenant("ten_1") == []


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("role", [Role.VIEWER, Role.COLLECTOR, Role.MANAGER])
def test_r85_keys_are_the_admins_alone(role: Role) -> None:
    browser = open_office(role)

    assert [browser.get(path).status for path in (KEYS, f"{KEYS}/new")] == [403, 403]
    assert make(browser).status == 403


@pytest.mark.usefixtures("aws")
def test_another_tenants_key_is_not_found() -> None:
    browser = open_office(Role.ADMIN)
    add_tenant("ten_2", "lee@cedar-fork.example", name="Cedar Fork", role=Role.ADMIN)
    other = Browser()
    other.sign_in("lee@cedar-fork.example")
    key = shown(make(other))
    (theirs,) = wiring_staff.api_key_store().of_tenant("ten_2")

    assert browser.get(f"{KEYS}/{theirs.key_id}/revoke").status == 404
    assert browser.post(f"{KEYS}/{theirs.key_id}/revoke", {"csrf": browser.csrf()}).status == 404
    assert caller(key) == ("ten_2", Role.MANAGER)


@pytest.mark.usefixtures("aws")
def test_a_form_of_another_session_makes_no_key() -> None:
    browser = open_office(Role.ADMIN)

    assert make(browser, csrf="guessed").status == 403
    assert wiring_staff.api_key_store().of_tenant("ten_1") == []


def test_the_api_makes_lists_and_revokes_keys(aws: Cloud, staff: StaffApi) -> None:
    made = staff.post("/settings/api-keys", {"name": "Exports", "role": "viewer"})
    key_id, key = made.body["id"], made.body["api_key"]
    listed = staff.get("/settings/api-keys").body["items"]

    assert (made.status, key.startswith("dbk_"), made.body["starts_with"]) == (201, True, key[:8])
    assert [(one["id"], one["name"], one["role"], "api_key" in one) for one in listed] == [(key_id, "Exports", "viewer", False)]
    assert caller_of_key(hashed(key), directory=aws.directory, now=utc_now()).role is Role.VIEWER
    assert staff.call("DELETE", f"/settings/api-keys/{key_id}").status == 204
    assert staff.call("DELETE", f"/settings/api-keys/{key_id}").status == 404
    with pytest.raises(NotSignedInError):
        caller_of_key(hashed(key), directory=aws.directory, now=utc_now())
    assert staff.post("/settings/api-keys", {"name": "", "role": "viewer"}).status == 422


def test_the_last_use_of_a_key_is_noted_once_an_hour_and_shown(aws: Cloud) -> None:
    browser = open_office(Role.ADMIN)
    key = shown(make(browser))
    assert "Jun 2, 2025 Dana Whitlock Never Revoke" in browser.get(KEYS).text

    seen = []
    for minutes in (0, 30, 29, 1):
        later(aws, minutes=minutes)
        with calls_made(aws) as calls:
            caller(key)
        seen.append(calls.count("UpdateItem"))

    assert seen == [1, 0, 0, 1]
    (listed,) = StaffApi("ten_1").get("/settings/api-keys").body["items"]
    assert listed["last_used_at"] == utc_now().isoformat().replace("+00:00", "Z")


def test_a_note_that_cannot_be_written_keeps_nobody_out(aws: Cloud) -> None:
    key = shown(make(open_office(Role.ADMIN)))

    with failing("dynamodb", "UpdateItem", EndpointConnectionError(endpoint_url="https://dynamodb.example")):
        assert caller(key) == ("ten_1", Role.MANAGER)

    assert aws.directory.api_key_caller(hashed(key))[1] is None  # type: ignore[index]
