"""Service requests as staff see and answer them over the API (R82-R85)."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from random import Random

import pytest

from duebook import wiring, wiring_requests
from duebook.domain.service_requests import RequestStatus
from duebook.storage.dynamo import get, prefixed, query
from tests.integration.api import FakeContext, StaffApi, later
from tests.integration.cloud import ROOT, Cloud
from tests.integration.portal import Portal
from tests.integration.reception import deliver, mails
from tests.integration.service_desk import ANA, BO, ask, asked, convert, counts, decline, furnish, ids, put_contact, site_contact, view


@pytest.fixture
def ana(staff: StaffApi) -> Portal:
    return furnish(staff)


def jobs(tenant_id: str = "ten_1", customer_id: str = "c1") -> list[str]:
    found = query(wiring.client("dynamodb"), wiring.tables().directory, **prefixed(f"{tenant_id}#{customer_id}", "JOB#"))
    return [item["sk"]["S"] for item in found]


def test_r82_new_is_read_when_somebody_views_it_and_not_before(staff: StaffApi, ana: Portal):
    one, other = asked(ana), asked(ana)

    listed = staff.get("/requests")
    got = staff.get(f"/requests/{one['id']}")
    assert ({item["status"] for item in listed.body["items"]}, listed.body["new_count"], got.body["status"]) == ({"new"}, 2, "new")
    viewed = view(staff.as_("viewer"), one)

    assert (viewed.status, viewed.body["status"], viewed.body["read_by"]) == (200, "read", "key_test")
    assert staff.get("/requests").body["new_count"] == 1
    assert {item["id"]: item["status"] for item in ana.get("/requests").body["items"]} == {one["id"]: "read", other["id"]: "new"}


def test_r82_viewing_again_changes_nothing_nor_does_it_reopen_what_is_final(aws: Cloud, staff: StaffApi, ana: Portal):
    one, two = asked(ana), asked(ana)
    first = view(staff, one)
    later(aws, hours=1)
    convert(staff, two)

    assert view(staff, one).body == first.body
    assert view(staff, two).body["status"] == "completed"
    assert counts(staff) == {"new": 0, "read": 1, "completed": 1, "declined": 0}


@pytest.mark.parametrize("kind", ["job", "rental"])
def test_r83_a_saved_job_or_rental_completes_the_request_and_is_linked_to_it(staff: StaffApi, ana: Portal, kind: str):
    request = asked(ana)
    view(staff, request)

    done = convert(staff, request, kind=kind, number="J-118", scheduled_on="2025-06-10", note="Bring a ramp")

    assert done.status == 200
    assert (done.body["status"], done.body["ended_by"]) == ("completed", "key_test")
    job = done.body["job"]
    assert job == {"id": job["id"], "kind": kind, "number": "J-118", "scheduled_on": "2025-06-10", "note": "Bring a ramp"}
    assert jobs() == [f"JOB#{job['id']}"]
    kept = get(wiring.client("dynamodb"), wiring.tables().directory, "ten_1#c1", f"JOB#{job['id']}")
    assert kept
    assert request["id"] in kept["doc"]["S"]
    shown = ana.get("/requests").body["items"][0]
    assert (shown["status"], shown["scheduled_on"]) == ("completed", "2025-06-10")
    assert "Bring a ramp" not in str(shown)


def test_r83_the_same_key_again_is_the_same_job_and_another_form_under_it_is_refused(staff: StaffApi, ana: Portal):
    request = asked(ana)

    first = convert(staff, request, "key-1", number="J-1")
    again = convert(staff, request, "key-1", number="J-1")
    other = convert(staff, request, "key-1", number="J-2")
    declined = decline(staff, request, key="key-1")

    assert (first.status, again.status, again.body) == (200, 200, first.body)
    assert [(one.status, one.body["code"]) for one in (other, declined)] == [(409, "idempotency_key_reused")] * 2
    assert len(jobs()) == 1
    deliver()
    assert len(mails("request_completed", ANA)) == 1


def test_r83_a_request_that_is_completed_or_declined_is_final(staff: StaffApi, ana: Portal):
    taken, refused = asked(ana), asked(ana)
    convert(staff, taken)
    decline(staff, refused)

    late = [convert(staff, taken), decline(staff, taken), convert(staff, refused), decline(staff, refused, "Another reason")]

    assert {(one.status, one.body["code"]) for one in late} == {(409, "request_answered")}
    assert [one.body["request_status"] for one in late] == ["completed", "completed", "declined", "declined"]
    assert counts(staff) == {"new": 0, "read": 0, "completed": 1, "declined": 1}
    assert len(jobs()) == 1
    assert ask(ana).status == 201, "the customer may ask anew"


def test_r83_declining_mails_the_reason_to_who_asked(staff: StaffApi, ana: Portal):
    request = asked(site_contact(ana))

    declined = decline(staff, request, "The road is closed until July.")
    deliver()

    assert (declined.status, declined.body["status"], declined.body["decline_reason"]) == (
        200,
        "declined",
        "The road is closed until July.",
    )
    (mail,) = mails("request_declined", BO)
    assert "The road is closed until July." in mail.as_string()
    assert mails("request_declined", ANA) == []
    assert ana.get("/requests").body["items"][0]["decline_reason"] == "The road is closed until July."


@pytest.mark.parametrize("reason", ["", "   ", None])
def test_r83_declining_takes_a_reason(staff: StaffApi, ana: Portal, reason: str | None):
    request = asked(ana)

    refused = staff.post(f"/requests/{request['id']}/decline", {"reason": reason} if reason is not None else {})

    assert refused.status == 422
    assert counts(staff)["declined"] == 0


def test_r83_a_mail_goes_to_the_address_of_today_and_to_nobody_who_is_gone(staff: StaffApi, ana: Portal):
    moved, gone = asked(ana), asked(site_contact(ana))
    put_contact(staff, "ana", name="Ana Acme", email="new@acme.example")
    staff.call("DELETE", "/customers/c1/contacts/bo")

    decline(staff, moved)
    decline(staff, gone)
    deliver()

    assert len(mails("request_declined", "new@acme.example")) == 1
    assert mails("request_declined", ANA) == mails("request_declined", BO) == []
    assert staff.get(f"/requests/{gone['id']}").body["contact"] == {"id": "bo", "name": "Bo Moss", "email": BO}


def test_r83_a_tenants_own_words_stand_in_the_mail_and_the_reason_all_the_same(staff: StaffApi, ana: Portal):
    text = {"subject": "About {{request.service}}", "body": "<p>Sorry, {{contact.name}}: nothing for {{request.po_number}}.</p>"}
    assert staff.put("/settings/templates/request_declined", text).status == 200

    decline(staff, asked(ana, po_number="PO-9"), "The road is closed.")
    deliver()

    (mail,) = mails("request_declined", ANA)
    assert mail["Subject"] == "About Weekly service"
    assert "Sorry, Ana Acme: nothing for PO-9." in mail.as_string()
    assert "The road is closed." in mail.as_string()


@pytest.mark.parametrize("seed", range(6))
def test_r82_counts_and_lists_are_what_the_requests_say_whatever_was_done(staff: StaffApi, ana: Portal, seed: int):
    dice, states = Random(seed), dict[str, str]()
    after = {
        "view": {"new": "read"},
        "convert": dict.fromkeys(("new", "read"), "completed"),
        "decline": dict.fromkeys(("new", "read"), "declined"),
    }
    does = {"view": view, "convert": convert, "decline": decline}
    for _ in range(25):
        if not states or dice.random() < 0.3:
            states[asked(ana)["id"]] = "new"
            continue
        request_id, what = dice.choice(list(states)), dice.choice(list(does))
        was = states[request_id]
        answer = does[what](staff, {"id": request_id})
        states[request_id] = after[what].get(was, was)
        assert answer.status == (200 if what == "view" or was in after[what] else 409), (what, was)

    assert counts(staff) == {status: list(states.values()).count(status) for status in ("new", "read", "completed", "declined")}
    assert {item["id"]: item["status"] for item in staff.get("/requests").body["items"]} == states
    for status in ("new", "read", "completed", "declined"):
        assert set(ids(staff.get(f"/requests?status={status}"))) == {one for one, stands in states.items() if stands == status}
    assert len(jobs()) == list(states.values()).count("completed")


def test_the_event_of_an_order_for_a_mail_about_a_request_is_carried_out_once(ana: Portal):
    event = json.loads((ROOT / "events/send_link/declined_request.json").read_text(encoding="utf-8"))
    request = wiring_requests.request_store().find("ten_1", asked(ana)["id"])
    ordered = replace(request, request_id="req_01JWR86JG0X7R8440QVWC7H4F1", status=RequestStatus.DECLINED, decline_reason="No truck")
    wiring_requests.request_store().add("ten_1", ordered, [])

    for _ in range(2):
        assert importlib.import_module("functions.send_link.handler").lambda_handler(event, FakeContext()) == {"batchItemFailures": []}
    deliver()

    (mail,) = mails("request_declined", ANA)
    assert "No truck" in mail.as_string()


def test_r84_staff_filter_by_status_and_none_chosen_is_all(staff: StaffApi, ana: Portal):
    new, read, completed, declined = (asked(ana) for _ in range(4))
    view(staff, read)
    convert(staff, completed)
    decline(staff, declined)

    assert (
        set(ids(staff.get("/requests")))
        == set(ids(staff.get("/requests?status=")))
        == {new["id"], read["id"], completed["id"], declined["id"]}
    )
    for request, status in ((new, "new"), (read, "read"), (completed, "completed"), (declined, "declined")):
        assert ids(staff.get(f"/requests?status={status}")) == [request["id"]]
    assert set(ids(staff.get("/requests?status=new,declined"))) == {new["id"], declined["id"]}
    assert staff.get("/requests?status=accepted").status == 422
    assert staff.get("/requests?status=declined").body["counts"] == {"new": 1, "read": 1, "completed": 1, "declined": 1}


@pytest.mark.parametrize(
    ("words", "finds"),
    [("miller", {"one", "two"}), ("RIVERSIDE", {"three"}), ("c2", {"three"}), ("bo moss", {"two"}), ("001", {"one", "two"}), ("002", {"three"}),
     ("po-77", {"one"}), ("  ana ", {"one", "three"}), ("nothing like it", set()), ("standard unit", set())],
)  # fmt: skip
def test_r84_staff_search_by_customer_contact_site_number_and_po_number(staff: StaffApi, ana: Portal, words: str, finds: set[str]):
    staff.customer("c2", name="Riverside Builders")
    furnish(staff, "c2")
    made = {
        "one": asked(ana, po_number="PO-7781")["id"],
        "two": asked(site_contact(ana))["id"],
        "three": asked(ana.as_(customer_id="c2"), site_id="s2")["id"],
    }

    found = staff.call("GET", f"/requests?q={words.replace(' ', '%20')}")

    assert set(ids(found)) == {made[name] for name in finds}


def test_r84_a_customer_is_found_by_its_name_of_today(staff: StaffApi, ana: Portal):
    request = asked(ana)

    staff.customer("c1", name="Halvorsen")

    assert ids(staff.get("/requests?q=halvorsen")) == [request["id"]]
    assert staff.get(f"/requests/{request['id']}").body["customer_name"] == "Halvorsen"


@pytest.mark.parametrize("query_", ["", "&status=new,read", "&status=read", "&q=quarry"])
def test_r84_the_list_is_newest_first_page_by_page_over_all_customers(aws: Cloud, staff: StaffApi, ana: Portal, query_: str):
    staff.customer("c2")
    furnish(staff, "c2")
    made: list[str] = []
    for number in range(6):
        request = asked(ana if number % 2 else ana.as_(customer_id="c2"))
        if number % 3 == 0 or query_ == "&status=read":
            view(staff, request)
        made.insert(0, request["id"])
        later(aws, seconds=1)

    pages, cursor = [], ""
    while True:
        answer = staff.get(f"/requests?limit=4{query_}{cursor}")
        pages.append(ids(answer))
        if answer.body["next_cursor"] is None:
            break
        cursor = f"&cursor={answer.body['next_cursor']}"

    assert pages == [made[:4], made[4:]]


def test_r84_a_search_that_looked_far_enough_goes_on_where_it_was(staff: StaffApi, ana: Portal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("duebook.usecases.read_requests.MOST_READ", 3)
    wanted = asked(ana, po_number="PO-1")["id"]
    for _ in range(4):
        asked(ana)

    found, cursor, calls = [], "", 0
    while calls == 0 or cursor:
        answer = staff.get(f"/requests?q=po-1{cursor}")
        found += ids(answer)
        cursor = f"&cursor={answer.body['next_cursor']}" if answer.body["next_cursor"] else ""
        calls += 1

    assert (found, calls) == ([wanted], 2)


def test_r85_what_staff_do_stands_in_the_activity_log(staff: StaffApi, ana: Portal):
    from duebook import wiring_staff

    taken, refused = asked(ana), asked(ana)
    convert(staff, taken, "key-1", number="J-1")
    convert(staff, taken, "key-1", number="J-1")
    decline(staff, refused, "No truck")

    lines = wiring_staff.activity_store().of_customer("ten_1", "c1", limit=50)
    about = [(line.action.value, line.subject, line.reason, line.detail) for line in lines if line.subject and line.subject[0] == "request"]
    assert sorted(about) == [
        ("request_converted", ("request", taken["id"]), None, "job J-1"),
        ("request_declined", ("request", refused["id"]), "No truck", ""),
    ]
