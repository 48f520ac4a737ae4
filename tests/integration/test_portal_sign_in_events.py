"""Every event file of the functions that let contacts in is answered as it should be."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from duebook import wiring_identity
from duebook.domain.pay_links import LINK_LASTS, PayLink
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed
from tests.integration.api import FakeContext, StaffApi, call
from tests.integration.cloud import ROOT
from tests.integration.reception import PASSWORD, Browser, latest_token, mails
from tests.integration.test_portal_sign_in import ANA, put_contact

EVENTS = ROOT / "events"
SESSION_ANSWERS = {
    "sign_in": 201,
    "get_session": 200,
    "sign_out": 204,
    "sign_out_everywhere": 204,
    "switch_membership": 200,
    "open_pay_link": 201,
    "forgot_password": 202,
    "renew_link": 202,
    "set_password": 201,
    "change_password": 204,
}
MAILED = {"invitation": ["invitation"], "forgotten_password": ["password_reset"], "new_link": ["password_reset"], "nobody": []}


def read(path: str, **known: str) -> dict[str, Any]:
    """Read an event file, with what only this run knows put in."""
    text = (EVENTS / path).read_text(encoding="utf-8")
    for name, value in known.items():
        text = text.replace(f"<{name}>", value)
    event: dict[str, Any] = json.loads(text)
    return event


def lambda_handler(folder: str) -> Any:
    return importlib.import_module(f"functions.{folder}.handler").lambda_handler


@pytest.fixture
def known(staff: StaffApi) -> dict[str, str]:
    """Give what stands in the events: Ana's session, her membership, a link that is good."""
    put_contact(staff)
    browser = Browser()
    browser.set_password(latest_token("invitation", ANA), PASSWORD)
    browser.forgot(ANA)
    membership = browser.session().body["membership"]["id"]
    session = (browser.cookie or "").partition("=")[2]
    now = utc_now()
    bill = PayLink("ten_1", "c1", ANA, "mail", now, now + LINK_LASTS, "ana")
    wiring_identity.pay_link_store().add_link(hashed("pay_bill"), bill)
    return {"session": session, "membership": membership, "link": latest_token("password_reset", ANA), "pay_link": "pay_bill"}


def names(folder: str) -> set[str]:
    return {Path(path).stem for path in (EVENTS / folder).glob("*.json")}


def test_every_event_file_has_its_answer():
    assert names("session_api") == set(SESSION_ANSWERS)
    assert names("send_link") == {*MAILED, "declined_request"}, "the mail about a request stands in test_request_answers"
    assert names("authorize_contact") == {"session", "change", "nobody"}


@pytest.mark.parametrize("name", SESSION_ANSWERS)
def test_every_event_of_the_session_api_is_answered(known: dict[str, str], name: str):
    answer = call(lambda_handler("session_api"), read(f"session_api/{name}.json", **known))

    assert answer.status == SESSION_ANSWERS[name], answer.text


@pytest.mark.parametrize("name", ["session", "change"])
def test_the_authorizer_lets_a_contact_through_with_its_customer(known: dict[str, str], name: str):
    found = lambda_handler("authorize_contact")(read(f"authorize_contact/{name}.json", **known), FakeContext())

    assert found["policyDocument"]["Statement"] == [
        {
            "Action": "execute-api:Invoke",
            "Effect": "Allow",
            "Resource": "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/live/*",
        }
    ]
    assert found["context"] == {"tenant_id": "ten_1", "customer_id": "c1", "contact_id": "ana", "kind": "company", "site_ids": ""}


@pytest.mark.usefixtures("known")
def test_the_event_of_nobody_is_unauthorized():
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        lambda_handler("authorize_contact")(read("authorize_contact/nobody.json"), FakeContext())


@pytest.mark.parametrize("name", MAILED)
def test_an_order_for_a_link_becomes_one_mail_however_often_it_comes(staff: StaffApi, name: str):
    from tests.integration.reception import deliver

    put_contact(staff)
    before = {kind: len(mails(kind, ANA)) for kind in ("invitation", "password_reset")}

    for _ in range(2):
        assert lambda_handler("send_link")(read(f"send_link/{name}.json"), FakeContext()) == {"batchItemFailures": []}
    deliver()

    after = {kind: len(mails(kind, ANA)) for kind in ("invitation", "password_reset")}
    assert [kind for kind in after for _ in range(after[kind] - before[kind])] == MAILED[name]
