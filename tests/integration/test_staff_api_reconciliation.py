from __future__ import annotations

from datetime import timedelta

import pytest

from duebook.domain.breaks import ADVICE, BreakKind
from duebook.domain.payments import Outcome, PaymentState
from duebook.domain.processing import RecordKind
from duebook.runtime.clock import utc_now
from tests.builders import usd
from tests.integration.api import StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.reading_room import ReadingRoom

LIST = "/reconciliation"


@pytest.fixture
def room(staff: StaffApi) -> ReadingRoom:
    """Give a tenant whose books differ in three places."""
    assert staff.tenant_id == "ten_1"
    room = ReadingRoom()
    first, second, third = (room.payment(PaymentState.CAPTURED) for _ in range(3))
    room.line(first, Outcome.APPROVED, amount=usd(49_00))
    room.line(second, Outcome.SETTLED)
    room.line(second, Outcome.SETTLED, reference="again")
    room.line(third, Outcome.SETTLED, at=utc_now())
    room.line(third, Outcome.SETTLED, RecordKind.REFUND, amount=usd(5_00), order_id=None)
    room.read()
    return room


def test_staff_see_every_row_with_its_age_and_what_to_do(aws: Cloud, staff: StaffApi, room: ReadingRoom) -> None:
    payment = next(row.found.payment_id for row in room.rows() if row.found.kind is BreakKind.AMOUNT_DIFFERS)
    later(aws, days=2)

    listed = staff.as_("viewer").get(LIST).body

    assert listed["counts"] == {"amount_differs": 1, "charged_twice": 1, "refund_without_record": 1}
    assert listed["next_cursor"] is None
    row = next(one for one in listed["items"] if one["kind"] == "amount_differs")
    assert (row["payment_id"], row["customer_id"], row["currency"], row["ours"], row["theirs"]) == (payment, "c1", "USD", 50_00, 49_00)
    assert (row["state"], row["age_days"], row["advice"]) == ("open", 2, ADVICE[BreakKind.AMOUNT_DIFFERS])
    assert (row["merchant_account_id"], row["resolved_by"], row["note"]) == ("ma_1", None, None)
    assert staff.get(f"{LIST}/{row['id']}").body == row


def test_the_list_is_filtered_by_kind_and_paged_without_losing_one(staff: StaffApi, room: ReadingRoom) -> None:
    assert [row["kind"] for row in staff.get(f"{LIST}?kind=charged_twice").body["items"]] == ["charged_twice"]

    found, cursor = [], ""
    while True:
        page = staff.get(f"{LIST}?limit=1{cursor}").body
        found += [row["id"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert sorted(found) == sorted(row.found.break_id for row in room.rows())


def test_a_resolved_row_leaves_the_list_with_a_note_and_stays_gone_while_nothing_changes(
    aws: Cloud, staff: StaffApi, room: ReadingRoom
) -> None:
    (row,) = staff.get(f"{LIST}?kind=charged_twice").body["items"]

    after = staff.as_("collector").post(f"{LIST}/{row['id']}/resolve", {"note": "Voided the second one"}).body
    later(aws, minutes=20)
    room.read()

    assert (after["state"], after["resolved_by"], after["note"]) == ("resolved", "key_test", "Voided the second one")
    assert staff.get(f"{LIST}?kind=charged_twice").body["items"] == []
    assert [one["id"] for one in staff.get(f"{LIST}?state=resolved").body["items"]] == [row["id"]]
    assert len(staff.get(f"{LIST}?state=all").body["items"]) == 3


def test_resolving_twice_with_the_same_note_changes_nothing_and_another_note_is_refused(staff: StaffApi, room: ReadingRoom) -> None:
    where = f"{LIST}/{room.rows()[0].found.break_id}/resolve"
    first = staff.post(where, {"note": "Done"})

    assert staff.post(where, {"note": "Done"}).body == first.body
    assert staff.post(where, {"note": "Done otherwise"}).status == 409


def test_what_went_by_itself_says_so(staff: StaffApi, room: ReadingRoom) -> None:
    room.paper.lines = [line for line in room.paper.lines if line.reference != "again"]

    room.read()

    (row,) = staff.get(f"{LIST}?state=resolved").body["items"]
    assert (row["kind"], row["resolved_by"], row["note"]) == ("charged_twice", "duebook", None)


def test_r85_a_viewer_reads_and_only_collectors_resolve(staff: StaffApi, room: ReadingRoom) -> None:
    where = f"{LIST}/{room.rows()[0].found.break_id}"

    assert staff.as_("viewer").get(where).status == 200
    assert staff.as_("viewer").post(f"{where}/resolve", {"note": "x"}).status == 403


def test_nobody_sees_another_tenants_rows(stranger: StaffApi, room: ReadingRoom) -> None:
    where = f"{LIST}/{room.rows()[0].found.break_id}"

    assert stranger.get(LIST).body["items"] == []
    assert stranger.get(where).status == 404
    assert stranger.post(f"{where}/resolve", {"note": "x"}).status == 404


@pytest.mark.parametrize("query", ["?state=closed", "?kind=odd", "?cursor=nowhere", "?limit=0"])
def test_a_list_that_makes_no_sense_is_refused(staff: StaffApi, query: str) -> None:
    assert staff.get(f"{LIST}{query}").status in {400, 422}


@pytest.mark.parametrize("note", ["", "   ", "x" * 501, "4111 1111 1111 1111", None])
def test_a_note_is_some_words_and_no_card_number(staff: StaffApi, room: ReadingRoom, note: object) -> None:
    where = f"{LIST}/{room.rows()[0].found.break_id}/resolve"

    assert staff.post(where, {"note": note}).status in {400, 422}
    assert len(room.rows()) == 3


def test_an_old_row_counts_its_days_from_the_first_time_it_was_seen(aws: Cloud, staff: StaffApi, room: ReadingRoom) -> None:
    first = utc_now()
    later(aws, days=1)
    room.read()

    rows = staff.get(LIST).body["items"]

    assert {row["first_seen_at"] for row in rows} == {first.isoformat().replace("+00:00", "Z")}
    assert {row["age_days"] for row in rows} == {1}
    assert utc_now() - first == timedelta(days=1)
