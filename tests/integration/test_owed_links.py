"""Mails with a link that somebody is owed: on record with what they follow from, and queued by the minute tick when nobody else did (R50)."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from duebook import wiring, wiring_identity, wiring_staff
from duebook.domain.directory import Role
from duebook.runtime.clock import utc_now
from duebook.usecases.manage_staff import add_staff
from tests.integration.api import FakeContext, StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.reception import Browser, deliver, latest_token, mails
from tests.integration.test_portal_sign_in import ANA


class CrashError(BaseException):
    """The process ends here; nothing catches it."""


@contextmanager
def failing(service: str, operation: str, error: BaseException) -> Iterator[None]:
    """Let one kind of call to AWS fail before it has any effect."""
    events = wiring.client(service).meta.events

    def fail(**_rest: Any) -> None:
        raise error

    name = f"before-call.{service}.{operation}"
    events.register(name, fail)
    try:
        yield
    finally:
        events.unregister(name, fail)


def put_ana(staff: StaffApi) -> int:
    body = {"name": "Ana", "email": ANA, "kind": "company", "site_ids": [], "portal_access": True}
    return staff.call("PUT", "/customers/c1/contacts/ana", body).status


def tick() -> int:
    """Run the minute tick, let the queues be emptied, and return how many invitations were handed on."""
    counts = importlib.import_module("functions.run_schedules.handler").lambda_handler({}, FakeContext())
    deliver()
    return int(counts["invited"])


def invited_once(to: str) -> bool:
    return len(mails("invitation", to)) == 1 and Browser().set_password(latest_token("invitation", to)).status == 201


def test_r50_a_crash_between_the_contact_and_the_queue_loses_no_invitation(aws: Cloud, staff: StaffApi):
    with failing("sqs", "SendMessage", CrashError()), pytest.raises(CrashError):
        put_ana(staff)
    assert put_ana(staff) == 200
    assert (tick(), mails("invitation", ANA)) == (0, [])

    later(aws, minutes=1)

    assert (tick(), tick()) == (1, 0)
    assert invited_once(ANA)


def test_r50_a_queue_that_does_not_answer_is_asked_again_and_nobody_has_to_write_the_contact_anew(aws: Cloud, staff: StaffApi):
    with failing("sqs", "SendMessage", EndpointConnectionError(endpoint_url="https://sqs.example")):
        assert put_ana(staff) == 201

    later(aws, minutes=1)

    assert tick() == 1
    assert invited_once(ANA)


def test_r50_a_crash_after_the_queue_took_the_order_sends_no_second_invitation(aws: Cloud, staff: StaffApi):
    with failing("dynamodb", "DeleteItem", CrashError()), pytest.raises(CrashError):
        put_ana(staff)
    deliver()
    later(aws, minutes=1)

    assert tick() == 1
    assert invited_once(ANA)


def test_r50_what_is_refused_owes_nothing(aws: Cloud, staff: StaffApi):
    body = {"name": "Ana", "kind": "company", "site_ids": [], "portal_access": True}
    assert staff.call("PUT", "/customers/c1/contacts/ana", body).status == 422

    later(aws, minutes=1)

    assert tick() == 0


def test_r52_an_invitation_that_is_asked_for_again_is_owed_as_well(aws: Cloud, staff: StaffApi):
    put_ana(staff)
    deliver()
    later(aws, minutes=1)

    with failing("sqs", "SendMessage", CrashError()), pytest.raises(CrashError):
        staff.call("POST", "/customers/c1/contacts/ana/invitation")
    later(aws, minutes=1)

    assert tick() == 1
    assert len(mails("invitation", ANA)) == 2


def test_r85_a_crash_between_a_new_colleague_and_the_queue_loses_no_invitation(aws: Cloud, staff: StaffApi):
    with failing("sqs", "SendMessage", CrashError()), pytest.raises(CrashError):
        add_staff(staff.tenant_id, "stf_new", "Lee", "lee@portable.example", Role.VIEWER, wiring_staff.staff_desk(utc_now()))
    later(aws, minutes=1)

    assert tick() == 1
    assert len(mails("invitation", "lee@portable.example")) == 1
    assert wiring_identity.owed_link_store().left(limit=10) == []
