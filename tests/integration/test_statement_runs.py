"""Runs of statements: listed, sent, stopped, repeated, printed; whatever crashes, each customer gets one mail a pass (R60, R64)."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from duebook import wiring, wiring_staff, wiring_statements
from duebook.domain.activity_log import Action
from duebook.domain.documents import Sheet
from duebook.domain.email_activity import MailKind
from duebook.domain.statement_runs import Done, Outcome
from duebook.domain.suppression import AddressRecord, SuppressedFor
from duebook.errors import ConflictError, InvariantError, StorageThrottledError
from duebook.runtime.clock import utc_now
from duebook.usecases.look_after_runs import RunsLooked, look_after_runs
from duebook.usecases.prepare_statements import Pass
from duebook.usecases.print_statements import PrintDesk, work_on_batch
from tests.faults import state_machine
from tests.faults.hooks import CrashError
from tests.integration.api import Answer, FakeContext, StaffApi, call, later, rest_event
from tests.integration.cloud import ROOT, Cloud

FOLDERS = {"RunStatementsFunctionArn": "run_statements", "PrintStatementsFunctionArn": "print_statements"}


def invoke(function: str, payload: dict[str, Any]) -> Any:
    handler = importlib.import_module(f"functions.{FOLDERS[function]}.handler")
    return handler.lambda_handler(payload, FakeContext())


def go_through(run_id: str, number: int = 1) -> str:
    return state_machine.run("statement_run", {"tenant_id": "ten_1", "run_id": run_id, "pass": number}, invoke)


def order(staff: StaffApi, **body: Any) -> str:
    answer = staff.post("/statements", {"filter": {}, "kind": "open_items", "delivery": "email"} | body)
    assert answer.status == 202, answer.text
    return answer.body["id"]


def shown(staff: StaffApi, run_id: str) -> Any:
    answer = staff.get(f"/statements/{run_id}")
    assert answer.status == 200, answer.text
    return answer.body


def mails_of(customer_id: str) -> list[Any]:
    return wiring.email_store().of_customer("ten_1", customer_id, limit=20)


def counts(body: Any) -> tuple[int, int, int, int]:
    return body["sent"], body["failed"], body["nothing_to_send"], body["left"]


@pytest.fixture
def town(staff: StaffApi) -> StaffApi:
    """Five customers: two with an address, one with contacts, one without any, one that owes nothing."""
    staff.customer("c1", name="Ann's Yard", email="ann@yard.example")
    staff.customer("c2", name="Bob's Barn", email="bob@barn.example")
    staff.customer("c3", name="Cy Contacts")
    staff.customer("c4", name="Di Nowhere")
    staff.customer("c5", name="Ed Paidup", email="ed@paid.example")
    for contact_id, kind, email in (
        ("k1", "company", "pay@cy.example"),
        ("k2", "company", "boss@cy.example"),
        ("k3", "site", "s@cy.example"),
    ):
        body = {"name": contact_id, "kind": kind, "email": email, "site_ids": ["s1"] if kind == "site" else []}
        staff.put("/customers/c3/sites/s1", {"name": "Yard", "number": "1"})
        assert staff.put(f"/customers/c3/contacts/{contact_id}", body).status == 201
    for number, customer_id in enumerate(("c1", "c2", "c3", "c4"), start=1):
        staff.invoice(f"i{number}", number * 100_00, customer_id=customer_id)
    return staff


def test_r60_a_run_sends_to_each_customer_that_owes_and_says_why_the_others_got_nothing(town: StaffApi):
    run_id = order(town)

    assert go_through(run_id) == "Done"

    body = shown(town, run_id)
    assert body["status"] == "done"
    assert (body["total"], *counts(body)) == (5, 3, 1, 1, 0)
    assert [(one["customer_id"], one["reason"]) for one in body["failures"]] == [("c4", "no_address")]
    (mail,) = mails_of("c1")
    assert (mail.kind, mail.to, mail.about.id) == (MailKind.STATEMENT, "ann@yard.example", run_id)
    text = wiring.email_store().text(mail.key)
    assert text is not None
    assert "$100.00" in text.text
    assert f"/pay-my-balance#id={wiring.directory_store().customer('ten_1', 'c1').pay_online_id}" in text.html
    (attached,) = text.attachments
    assert attached.name == "Statement-c1-2025-06-02.pdf"
    assert sorted(one.to for one in mails_of("c3")) == ["boss@cy.example", "pay@cy.example"]
    assert mails_of("c5") == []


def test_r60_the_filter_chooses_by_balance_text_and_overdue(town: StaffApi):
    owing = shown(town, run_of(town, {"min_balance": 200_00}))
    named = shown(town, run_of(town, {"q": "barn"}))
    late = shown(town, run_of(town, {"overdue_only": True, "currency": "USD"}))

    assert (owing["total"], named["total"], late["total"]) == (3, 1, 4)


def run_of(staff: StaffApi, wanted: dict[str, Any]) -> str:
    run_id = order(staff, filter=wanted)
    go_through(run_id)
    return run_id


def test_r64_a_suppressed_address_fails_its_mail_is_on_record_and_after_release_a_retry_sends_to_it_alone(town: StaffApi, aws: Cloud):
    hold = AddressRecord("bob@barn.example", SuppressedFor.BOUNCE, utc_now())
    wiring.email_store().change_address("ten_1", "bob@barn.example", lambda _: hold)
    run_id = order(town, customer_ids=["c2", "c1", "c9"], filter=None)
    go_through(run_id)

    body = shown(town, run_id)
    assert counts(body) == (1, 2, 0, 0)
    assert [(one["customer_id"], one["reason"]) for one in body["failures"]] == [("c2", "suppressed"), ("c9", "gone")]
    assert "bob@barn.example" in body["failures"][0]["words"]
    assert len(mails_of("c2")) == 1

    wiring.email_store().change_address("ten_1", "bob@barn.example", lambda known: AddressRecord(known.address, released_at=utc_now()))
    later(aws, minutes=1)
    assert town.post(f"/statements/{run_id}/retry", {}).status == 202
    go_through(run_id, 2)

    body = shown(town, run_id)
    assert (body["status"], *counts(body)) == ("done", 2, 1, 0, 0)
    assert [one["customer_id"] for one in body["failures"]] == ["c9"]
    assert (len(mails_of("c1")), len(mails_of("c2"))) == (1, 2)


def test_r60_a_pdf_of_all_is_in_the_order_of_names_and_a_retry_prints_all_of_it_anew(town: StaffApi):
    run_id = order(town, delivery="pdf", kind="open_items_detail")
    go_through(run_id)

    body = shown(town, run_id)

    assert (body["status"], *counts(body)) == ("done", 4, 0, 1, 0)
    assert f"statements/ten_1/{run_id}/001.pdf" in body["pdf_url"]
    pdf = wiring.client("s3").get_object(Bucket="duebook-documents", Key=f"statements/ten_1/{run_id}/001.pdf")["Body"].read()
    pages = [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(BytesIO(pdf)).pages]
    assert [name for page in pages for name in ("Ann's", "Bob's", "Cy", "Di") if name in page] == ["Ann's", "Bob's", "Cy", "Di"]
    assert mails_of("c1") == []
    assert town.post(f"/statements/{run_id}/retry", {}).status == 409


def test_r60_a_stopped_run_keeps_what_was_sent_and_a_retry_sends_what_was_left(town: StaffApi):
    run_id = order(town)
    invoke("RunStatementsFunctionArn", task("prepare", run_id))

    def stop() -> None:
        assert town.post(f"/statements/{run_id}/stop", {}).status == 202

    assert work_on_batch(Pass("ten_1", run_id, 1), 0, desk=desk_with(at_print=2, do=stop)) == "stopped"
    assert shown(town, run_id)["status"] == "stopping"
    assert invoke("RunStatementsFunctionArn", task("finish", run_id) | {"outcome": "nothing_to_bind"}) == {"outcome": "stopped"}
    body = shown(town, run_id)
    assert (body["status"], *counts(body)) == ("stopped", 2, 0, 0, 3)
    assert town.post(f"/statements/{run_id}/stop", {}).status == 409

    assert town.post(f"/statements/{run_id}/retry", {}).status == 202
    go_through(run_id, 2)

    body = shown(town, run_id)
    assert (body["status"], *counts(body)) == ("done", 3, 1, 1, 0)
    assert [len(mails_of(one)) for one in ("c1", "c2", "c3")] == [1, 1, 2]


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("error", [CrashError(), StorageThrottledError("not now")], ids=["crash", "throttled"])
def test_a_batch_that_dies_goes_on_where_it_was_and_nobody_gets_two_mails(town: StaffApi, number: int, error: BaseException):
    run_id = order(town)
    invoke("RunStatementsFunctionArn", task("prepare", run_id))

    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        work_on_batch(Pass("ten_1", run_id, 1), 0, desk=desk_with(at_print=number, do=fail))
    assert go_through(run_id) == "Done"

    body = shown(town, run_id)
    assert (body["status"], *counts(body)) == ("done", 3, 1, 1, 0)
    assert [len(mails_of(one)) for one in ("c1", "c2", "c3")] == [1, 1, 2]


def test_a_statement_that_cannot_be_printed_fails_alone(town: StaffApi):
    def fail() -> None:
        raise InvariantError("the frame statement cannot be set")

    run_id = order(town)
    invoke("RunStatementsFunctionArn", task("prepare", run_id))
    assert work_on_batch(Pass("ten_1", run_id, 1), 0, desk=desk_with(at_print=2, do=fail)) == "done"

    body = shown(town, run_id)
    assert [(one["customer_id"], one["reason"]) for one in body["failures"]] == [("c2", "not_printed"), ("c4", "no_address")]


def test_a_batch_that_cannot_be_worked_on_is_set_aside_and_a_run_that_cannot_end_is_given_up(town: StaffApi):
    run_id = order(town)
    invoke("RunStatementsFunctionArn", task("prepare", run_id))
    assert invoke("RunStatementsFunctionArn", task("set_aside", run_id) | {"batch": 0}) == {"outcome": "set_aside"}
    assert counts(shown(town, run_id)) == (0, 5, 0, 0)

    assert invoke("RunStatementsFunctionArn", task("give_up", run_id) | {"error": "States.Timeout"}) == {"outcome": "failed"}
    assert shown(town, run_id)["status"] == "failed"
    assert invoke("PrintStatementsFunctionArn", task("batch", run_id) | {"batch": 0}) == {"outcome": "outdated"}


def test_a_run_whose_beginning_was_lost_is_begun_by_the_tick_and_one_that_nobody_works_on_is_given_up(town: StaffApi, aws: Cloud):
    run_id = order(town)
    begun: list[str] = []

    def look() -> RunsLooked:
        return look_after_runs(runs=wiring_statements.run_store(), begin=lambda run: begun.append(run.execution_name), now=utc_now())

    assert look() == RunsLooked(0, 0)
    later(aws, minutes=3)
    assert look() == RunsLooked(1, 0)
    assert begun == [f"{run_id}-1"]

    invoke("RunStatementsFunctionArn", task("prepare", run_id))
    later(aws, minutes=44)
    assert look() == RunsLooked(0, 0)
    later(aws, minutes=2)
    assert look() == RunsLooked(0, 1)
    assert (shown(town, run_id)["status"], shown(town, run_id)["left"]) == ("failed", 5)
    assert look() == RunsLooked(0, 0)

    assert town.post(f"/statements/{run_id}/retry", {}).status == 202
    go_through(run_id, 2)
    assert shown(town, run_id)["sent"] == 3


def test_a_worker_that_was_given_up_counts_nothing(town: StaffApi):
    run_id = order(town)
    invoke("RunStatementsFunctionArn", task("prepare", run_id))
    runs = wiring_statements.run_store()
    run = runs.get("ten_1", run_id)
    batch = runs.batch(run, 0)
    invoke("RunStatementsFunctionArn", task("give_up", run_id))

    with pytest.raises(ConflictError, match="moved on"):
        runs.advance(run, batch, [Done("c1", "Ann's Yard", Outcome.SENT)], utc_now())

    assert runs.get("ten_1", run_id).counts.all == 0


def test_an_idempotency_key_answers_the_first_run_and_no_other_order(town: StaffApi):
    body = {"filter": {}, "kind": "open_items", "delivery": "email"}
    first = town.post("/statements", body, key="k1")

    assert town.post("/statements", body, key="k1").body == first.body
    assert town.post("/statements", body | {"delivery": "pdf"}, key="k1").status == 409
    assert [one["id"] for one in town.get("/statements").body["items"]] == [first.body["id"]]


def test_ordering_stopping_and_repeating_stand_in_the_activity_log(town: StaffApi):
    run_id = order(town)
    town.post(f"/statements/{run_id}/stop", {})

    lines = wiring_staff.activity_store().of_tenant("ten_1", limit=10)

    assert {(line.action, line.subject) for line in lines} >= {
        (Action.STATEMENTS_SENT, ("statement_run", run_id)),
        (Action.STATEMENTS_STOPPED, ("statement_run", run_id)),
    }


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"customer_ids": ["c1"]}, "customer_ids"),
        ({"filter": None}, "customer_ids"),
        ({"filter": None, "customer_ids": []}, "customer_ids"),
        ({"kind": "activity"}, "from"),
        ({"kind": "activity", "from": "2025-06-02", "to": "2025-06-01"}, "from"),
        ({"kind": "activity", "from": "2021-01-01", "to": "2025-06-01"}, "from"),
        ({"kind": "activity", "from": "2025-06-01", "to": "2025-06-03"}, "to"),
        ({"as_of": "2025-06-03"}, "as_of"),
        ({"from": "2025-05-01", "to": "2025-06-01"}, "as_of"),
        ({"kind": "balance_forward"}, "kind"),
    ],
)
def test_an_order_that_cannot_be_met_is_refused_with_its_field(town: StaffApi, wrong: dict[str, Any], field: str):
    answer = town.post("/statements", {"filter": {}, "kind": "open_items", "delivery": "email"} | wrong)

    assert answer.status == 422
    assert answer.body["errors"][0]["field"] == field


def test_a_viewer_sees_runs_and_begins_none_and_another_business_sees_none(town: StaffApi, stranger: StaffApi):
    run_id = order(town)
    viewer = town.as_("viewer")

    assert viewer.get(f"/statements/{run_id}").status == 200
    assert viewer.post("/statements", {"filter": {}, "kind": "open_items", "delivery": "email"}).status == 403
    assert viewer.post(f"/statements/{run_id}/stop", {}).status == 403
    assert stranger.get(f"/statements/{run_id}").status == 404
    assert stranger.get("/statements").body["items"] == []


def test_r60_the_preview_leads_to_the_pdf_as_it_would_be_sent(town: StaffApi):
    found = town.get("/customers/c1/statement")

    assert found.status == 303
    assert "/documents/ten_1/" in found.headers["Location"]
    assert town.get("/customers/c1/statement?kind=activity&from=2025-06-01&to=2025-06-02").status == 303
    assert town.get("/customers/c5/statement").status == 404
    assert town.get("/customers/c1/statement?as_of=2025-06-09").status == 422


def test_r61_as_of_a_past_day_a_statement_ignores_what_came_later(town: StaffApi, aws: Cloud):
    later(aws, days=2)
    town.invoice("i9", 999_00, customer_id="c1", invoice_date="2025-06-04")
    run_id = order(town, customer_ids=["c1"], filter=None, as_of="2025-06-03")
    go_through(run_id)

    (mail,) = mails_of("c1")
    text = wiring.email_store().text(mail.key)
    assert text is not None
    assert "Balance: $100.00" in text.text


def test_a_file_too_large_for_a_mail_is_led_to_by_a_link_that_ends(town: StaffApi, aws: Cloud, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("duebook.usecases.print_statements.LARGEST_ATTACHED", 1_000)
    run_id = order(town, customer_ids=["c1"], filter=None)
    go_through(run_id)

    (mail,) = mails_of("c1")
    text = wiring.email_store().text(mail.key)
    assert text is not None
    assert text.attachments == ()
    (path,) = re.findall(r"(/api/statements/file_[\w-]{43})", text.text)
    assert "/attachments/ten_1/" in opened(path).headers["Location"]
    assert opened(path[:-1] + "?").status in {404, 410, 422}
    later(aws, days=46)
    assert opened(path).status == 410


def opened(path: str) -> Answer:
    from functions.document_api.handler import lambda_handler

    return call(lambda_handler, rest_event("GET", path))


def desk_with(*, at_print: int, do: Callable[[], None]) -> PrintDesk:
    """Return the desk of the function, with something that happens in place of the n-th print, or just before it."""
    desk, prints = wiring_statements.print_desk("ten_1"), count(1)

    def print_sheet(sheet: Sheet) -> bytes:
        if next(prints) == at_print:
            do()
        return desk.print_sheet(sheet)

    return replace(desk, print_sheet=print_sheet)


def task(name: str, run_id: str, number: int = 1) -> dict[str, Any]:
    return {"task": name, "run": {"tenant_id": "ten_1", "run_id": run_id, "pass": number}}


EVENTS = sorted(
    path for folder in ("statement_api", "run_statements", "print_statements") for path in (ROOT / "events" / folder).glob("*.json")
)


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: f"{path.parent.name}: {path.stem}")
def test_every_event_of_statements_is_answered(town: StaffApi, path: Path) -> None:
    event = json.loads(path.read_text(encoding="utf-8"))
    handler = importlib.import_module(f"functions.{path.parent.name}.handler")
    if "httpMethod" in event:
        answer = call(handler.lambda_handler, event)
        assert answer.status == {"list_statements": 200, "post_statements": 202, "get_statement": 303}[path.stem], answer.text
        return
    run_id = order(town)
    event["run"]["run_id"] = run_id
    if path.stem != "prepare":
        invoke("RunStatementsFunctionArn", task("prepare", run_id))

    assert handler.lambda_handler(event, FakeContext())["outcome"] in {
        "prepared", "done", "failed", "set_aside", "nothing_to_bind",
    }  # fmt: skip
