"""Service requests meet a fault at any call, and answers that come at once: one answer holds, one job, one mail each, lists and counts agree."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from duebook import wiring, wiring_identity, wiring_requests
from duebook.domain.activity_log import Actor
from duebook.domain.directory import Contact, Site
from duebook.domain.portal_access import COMPANY, ContactCaller
from duebook.domain.service_requests import CatalogEntry, EntryKind, JobKind, RequestStatus
from duebook.errors import DuebookError, RequestAnsweredError
from duebook.runtime.clock import utc_now
from duebook.runtime.settings import setting
from duebook.storage.dynamo import prefixed, query
from duebook.usecases.answer_requests import JobForm, convert_request, decline_request, view_request
from duebook.usecases.ask_for_service import ServiceWish, ask_for_service
from duebook.usecases.look_after_links import look_after_links
from tests.faults.hooks import CrashError, Fault, faults_for
from tests.faults.hooks import Site as Call
from tests.faults.stage import world
from tests.faults.turns import Turns
from tests.faults.world import BOARD, CUSTOMER, TENANT, World
from tests.integration.api import FakeContext

ANA = "ana@acme.example"
WISH = ServiceWish("s1", "p1", "v1")
CALLER = ContactCaller(TENANT, CUSTOMER, "ana", COMPANY)
RECEIVED, COMPLETED, DECLINED = (f"request_{word}" for word in ("received", "completed", "declined"))
SEEDS = range(40)


def lay(_made: World) -> str:
    """Put a contact, a site and a catalog on record, and a request that is New; return its id."""
    directory, requests = wiring.directory_store(), wiring_requests.request_store()
    directory.put_site(TENANT, CUSTOMER, Site("s1", "Quarry", "001"), was=None)
    directory.put_contact(TENANT, CUSTOMER, Contact("ana", "Ana", COMPANY, ANA), was=None)
    for kind, entry_id in ((EntryKind.PRODUCT, "p1"), (EntryKind.SERVICE, "v1")):
        requests.put_entry(TENANT, CatalogEntry(kind, entry_id, entry_id), was=None)
    made = ask("first")
    drain()
    return made


def ask(key: str) -> str:
    """Ask for service as the contact."""
    return ask_for_service(CALLER, WISH, key=key, desk=wiring_requests.service_desk(utc_now())).request_id


def convert(request_id: str, key: str | None = "key-c") -> str:
    """Make a job of a request as staff."""
    desk = wiring_requests.answer_desk(Actor("stf_1"), utc_now())
    return convert_request(TENANT, request_id, JobForm(JobKind.JOB, "J-1"), key=key, desk=desk).request_id


def decline(request_id: str, key: str | None = "key-d") -> str:
    """Decline a request as staff."""
    desk = wiring_requests.answer_desk(Actor("stf_2"), utc_now())
    return decline_request(TENANT, request_id, "No truck", key=key, desk=desk).request_id


def view(request_id: str) -> str:
    """View a request as staff."""
    return view_request(TENANT, request_id, desk=wiring_requests.answer_desk(Actor("stf_3"), utc_now())).request_id


def survived(call: Callable[[], object]) -> bool:
    """Call, and tell whether it did not break."""
    try:
        call()
    except (DuebookError, CrashError):
        return False
    return True


def drain() -> None:
    """Let the queue of links be emptied; a message that fails comes again."""
    client, url = wiring.client("sqs"), setting("LINK_QUEUE_URL")
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            record = {"messageId": message["MessageId"], "body": message["Body"], "eventSource": "aws:sqs"}
            assert any(written(record) for _ in range(5)), message["Body"]
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def written(record: dict[str, Any]) -> bool:
    """Let one message be worked on, and tell whether it was."""
    handler = importlib.import_module("functions.send_link.handler").lambda_handler
    try:
        return bool(handler({"Records": [record]}, FakeContext()) == {"batchItemFailures": []})
    except (DuebookError, CrashError):
        return False


def tick() -> None:
    """Let the minute tick look after what was left, and the queue be emptied."""
    look_after_links(wiring_identity.link_desk(utc_now()))
    drain()


def mails() -> Counter[tuple[str, str]]:
    """Count all mails on record by kind and address."""
    found = wiring.email_store().of_customer(TENANT, CUSTOMER, limit=100)
    return Counter((mail.kind.value, mail.to) for mail in found)


def wrong(wanted: dict[RequestStatus, int], *kinds: str) -> list[str]:
    """Say what does not hold: requests, lists, counts, jobs, mails, and orders that nobody carried out."""
    store, found = wiring_requests.request_store(), list[str]()
    own = list(store.of_customer(TENANT, CUSTOMER))
    by_status = Counter(one.status for one in own)
    if by_status != Counter(wanted):
        found.append(f"requests are {dict(by_status)}")
    if store.counts(TENANT) != {status: by_status[status] for status in RequestStatus}:
        found.append(f"counted {store.counts(TENANT)}")
    for statuses in (frozenset[RequestStatus](), *(frozenset({status}) for status in RequestStatus)):
        listed = {one.request_id for part in store.latest(TENANT, statuses) for one in part}
        if listed != {one.request_id for one in own if not statuses or one.status in statuses}:
            found.append(f"the list of {sorted(statuses)} holds {listed}")
    jobs = query(wiring.client("dynamodb"), wiring.tables().directory, **prefixed(f"{TENANT}#{CUSTOMER}", "JOB#"))
    linked = {f"JOB#{one.job.job_id}" for one in own if one.job}
    if {item["sk"]["S"] for item in jobs} != linked or len(linked) != by_status[RequestStatus.COMPLETED]:
        found.append(f"jobs are {linked}")
    if mails() != Counter((kind, ANA) for kind in kinds):
        found.append(f"mails are {dict(mails())}")
    if left := wiring_identity.owed_link_store().left(limit=10):
        found.append(f"owed are {left}")
    return found


def play(folder: Path, act: Callable[[str], object], *faults: Fault) -> tuple[list[Call], list[str]]:
    """Act with faults armed, also while its mail is written; act again as a person would, and let ticks repair."""
    with world(folder, lay=lay) as made:
        BOARD.arm(*faults)
        went_well = survived(lambda: act(made.ground))
        survived(drain)
        BOARD.on = False
        calls = list(BOARD.calls)
        assert went_well or survived(lambda: act(made.ground)), "it works the second time"
        made.later(minutes=2)
        tick()
        return calls, WRONG[act]()


def twice(_request_id: str) -> str:
    """Ask once more, under one key."""
    return ask("second")


WRONG: dict[Callable[[str], object], Callable[[], list[str]]] = {
    convert: partial(wrong, {RequestStatus.COMPLETED: 1}, RECEIVED, COMPLETED),
    decline: partial(wrong, {RequestStatus.DECLINED: 1}, RECEIVED, DECLINED),
    view: partial(wrong, {RequestStatus.READ: 1}, RECEIVED),
    twice: partial(wrong, {RequestStatus.NEW: 2}, RECEIVED, RECEIVED),
}


@pytest.mark.parametrize("act", WRONG, ids=lambda act: act.__name__)
def test_r83_no_crash_loses_the_mail_or_makes_a_second_job(act: Callable[[str], object], tmp_path: Path):
    calls, found = play(tmp_path, act)
    assert found == []
    assert "TransactWriteItems" in {call.operation for call in calls}

    for number, call in enumerate(calls):
        for kind in faults_for(call):
            _, found = play(tmp_path, act, Fault(kind, number))
            assert found == [], f"{kind} at {number}: {call}"


def test_r83_of_answers_at_once_exactly_one_holds(tmp_path: Path):
    ends = Counter[str]()
    for seed in SEEDS:
        with world(tmp_path, lay=lay) as made:
            turns = Turns(seed, BOARD)
            actors: dict[str, Callable[[str], object]] = {
                "convert": convert,
                "decline": decline,
                "again": partial(decline, key=None),
                "view": view,
            }
            turns.run({name: partial(act, made.ground) for name, act in actors.items()})
            tick()

            request = wiring_requests.request_store().find(TENANT, made.ground)
            ends[request.status.value] += 1
            kind = COMPLETED if request.status is RequestStatus.COMPLETED else DECLINED
            assert wrong({request.status: 1}, RECEIVED, kind) == [], seed
            assert {type(error) for error in turns.broke.values()} == {RequestAnsweredError}, (seed, turns.broke)
            assert len(turns.broke) == 2, (seed, turns.broke)
    assert set(ends) == {"completed", "declined"}


def test_r82_requests_made_at_once_are_all_counted(tmp_path: Path):
    for seed in SEEDS:
        with world(tmp_path, lay=lay):
            turns = Turns(seed, BOARD)
            turns.run({f"ask {number}": partial(ask, f"key-{number % 3}") for number in range(4)})
            tick()

            assert turns.broke == {}, seed
            assert wrong({RequestStatus.NEW: 4}, *[RECEIVED] * 4) == [], seed


def test_the_queue_message_of_a_mail_names_nobody(tmp_path: Path):
    with world(tmp_path, lay=lay) as made:
        decline(made.ground)
        (message,) = wiring.client("sqs").receive_message(QueueUrl=setting("LINK_QUEUE_URL"), MaxNumberOfMessages=10)["Messages"]

        assert set(json.loads(message["Body"])) == {"order_id", "at", "request", "kind"}
        assert "Ana" not in message["Body"]
        assert ANA not in message["Body"]
