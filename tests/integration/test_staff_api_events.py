from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from duebook.domain.directory import Role, Staff, Tenant
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed
from duebook.storage.transient_store import Session
from duebook.usecases.find_caller import IDLE, LONGEST
from tests.integration.api import FakeContext, StaffApi, call, staff_handler
from tests.integration.cloud import ROOT, Cloud

STAFF_EVENTS = sorted((ROOT / "events").glob("staff*_api/*.json"))


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", STAFF_EVENTS, ids=lambda path: path.stem)
def test_every_event_of_the_staff_api_is_answered(staff: StaffApi, path: Path) -> None:
    event = read(path)
    staff.invoice("i1")

    answer = call(staff_handler(event["httpMethod"], event["path"]), event)

    assert answer.status == {"put_customer": 201, "put_invoice": 201, "post_check": 201, "put_product": 201, "revoke_pay_links": 204}.get(
        path.stem, 200
    ), answer.text


@pytest.fixture
def office(aws: Cloud) -> Cloud:
    ann = Staff("stf_1", "ten_1", "Ann", "ann@acme.example", Role.MANAGER, "never checked here")
    aws.directory.add_tenant(Tenant("ten_1", "Acme", "UTC"), [], [ann], hashed("<api key>"))
    now = utc_now()
    aws.transient.add_session(hashed("<session>"), Session("ten_1", "stf_1", "csrf", now, now + IDLE, now + LONGEST))
    return aws


@pytest.mark.parametrize(("name", "role"), [("api_key", "admin"), ("session", "manager")])
@pytest.mark.usefixtures("office")
def test_every_event_of_a_known_caller_gets_a_policy_for_the_whole_stage(name: str, role: str) -> None:
    from functions.authorize.handler import lambda_handler

    found = lambda_handler(read(ROOT / f"events/authorize/{name}.json"), FakeContext())

    assert found["policyDocument"]["Statement"] == [
        {
            "Action": "execute-api:Invoke",
            "Effect": "Allow",
            "Resource": "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/live/*",
        }
    ]
    assert (found["context"]["tenant_id"], found["context"]["role"]) == ("ten_1", role)


@pytest.mark.usefixtures("office")
def test_the_event_of_nobody_is_unauthorized() -> None:
    from functions.authorize.handler import lambda_handler

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        lambda_handler(read(ROOT / "events/authorize/nobody.json"), FakeContext())
