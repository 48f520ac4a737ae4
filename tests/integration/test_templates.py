"""Texts of the business over the API: kept, refused, reset, tried with a customer, sent to oneself (R65)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from duebook import wiring, wiring_texts
from duebook.domain.activity_log import Action, Actor
from duebook.domain.directory import Role, Staff
from duebook.domain.email_activity import MailKind
from duebook.domain.mail_templates import OwnText, default_text
from duebook.domain.mail_texts import TEXTS
from duebook.errors import ConflictError, NotFoundError
from duebook.runtime.clock import utc_now
from duebook.usecases.save_template import TextDesk, restore_text, save_text
from tests.integration.api import StaffApi, add_tenant
from tests.integration.cloud import Cloud
from tests.integration.mail_desk import received

RECEIPT = "/settings/templates/receipt"
OURS = {"subject": "Paid: {{payment.amount}}", "body": "<p>Dear {{customer.name}}, <strong>thank you</strong>.</p>"}


def desk() -> TextDesk:
    return wiring_texts.text_desk(Actor("stf_1"), utc_now())


def test_r65_every_kind_of_mail_stands_in_the_list_with_what_differs(staff: StaffApi) -> None:
    staff.put(RECEIPT, OURS | {"subject": TEXTS[MailKind.RECEIPT].subject})

    items = {item["kind"]: item for item in staff.get("/settings/templates").body["items"]}

    assert set(items) == {kind.value for kind in MailKind} - {"test"} - {kind.value for kind in MailKind if kind not in TEXTS}
    assert (items["receipt"]["own"], items["receipt"]["differs"], items["receipt"]["version"]) == (True, ["body"], 1)
    assert (items["refund_notice"]["own"], items["refund_notice"]["differs"], items["refund_notice"]["saved_at"]) == (False, [], None)
    assert items["past_due_1"]["sent"]
    assert items["request_received"]["sent"]


def test_r65_a_text_is_kept_cleaned_with_its_names_and_its_default(staff: StaffApi) -> None:
    typed = OURS | {"body": "<p onclick=alert(1)>Dear {{ customer.name }},<script>alert(1)</script> <b>thanks</b></p>"}

    kept = staff.put(RECEIPT, typed).body

    assert kept == staff.get(RECEIPT).body
    assert kept["body"] == "<p>Dear {{customer.name}}, <strong>thanks</strong></p>"
    assert kept["default_body"].startswith("<p>Thank you.")
    assert {"customer.name", "payment.amount", "links.pay"} <= {name["name"] for name in kept["names"]}
    assert [name["name"] for name in kept["row_names"]] == ["number", "amount", "balance"]
    assert all(name["meaning"] and name["example"] for name in kept["names"] + kept["row_names"])


def test_r65_a_placeholder_that_does_not_exist_is_refused_with_its_line_and_nothing_is_kept(staff: StaffApi) -> None:
    answer = staff.put(RECEIPT, {"subject": "Paid {{payment.ammount}}", "body": "<p>Dear</p>\n<p>{{customer.nmae}}</p>"})

    assert answer.status == 422
    assert answer.body["errors"] == [
        {
            "field": "subject",
            "line": 1,
            "column": 6,
            "message": "{{payment.ammount}} does not exist here. Did you mean {{payment.amount}}?",
        },
        {
            "field": "body",
            "line": 2,
            "column": 4,
            "message": "Line 2: {{customer.nmae}} does not exist here. Did you mean {{customer.name}}?",
        },
    ]
    assert staff.get(RECEIPT).body["version"] == 0


def test_r65_back_to_the_default_keeps_what_was_there_among_the_versions(staff: StaffApi) -> None:
    staff.put(RECEIPT, OURS)

    after = staff.call("DELETE", RECEIPT).body
    staff.call("DELETE", RECEIPT)

    assert (after["own"], after["subject"]) == (False, default_text(MailKind.RECEIPT).subject)
    versions = staff.get(f"{RECEIPT}/versions").body["items"]
    assert [(one["version"], one["subject"]) for one in versions] == [(2, None), (1, OURS["subject"])]


def test_a_text_that_reads_as_the_default_is_the_default(staff: StaffApi) -> None:
    standard = default_text(MailKind.RECEIPT)
    staff.put(RECEIPT, OURS)

    assert staff.put(RECEIPT, {"subject": standard.subject, "body": standard.body}).body["own"] is False


def test_who_types_over_an_old_version_is_told_so_and_a_double_click_is_one_version(staff: StaffApi) -> None:
    first = staff.put(RECEIPT, OURS | {"version": 0})
    again = staff.put(RECEIPT, OURS | {"version": 0})
    late = staff.put(RECEIPT, OURS | {"subject": "Mine", "version": 0})

    assert (first.body["version"], again.body["version"], late.status) == (1, 1, 409)
    assert staff.get(RECEIPT).body["subject"] == OURS["subject"]


@pytest.mark.usefixtures("staff")
def test_the_last_fifty_versions_are_kept_and_any_of_them_comes_back() -> None:
    for number in range(1, 53):
        save_text("ten_1", MailKind.RECEIPT, OwnText(f"Paid {number}", OURS["body"]), was=number - 1, desk=desk())

    versions = wiring_texts.template_store().versions("ten_1", MailKind.RECEIPT)
    assert [versions[0].version, versions[-1].version, len(versions)] == [52, 3, 50]

    restored = restore_text("ten_1", MailKind.RECEIPT, 3, desk=desk())
    assert (restored.version, restored.text) == (53, OwnText("Paid 3", OURS["body"]))
    assert wiring_texts.template_store().in_use("ten_1", MailKind.RECEIPT) == restored


def test_a_version_that_is_not_kept_cannot_come_back(staff: StaffApi) -> None:
    with pytest.raises(NotFoundError, match="version 7 is not kept"):
        restore_text(staff.tenant_id, MailKind.RECEIPT, 7, desk=desk())


@pytest.mark.usefixtures("staff")
def test_two_at_once_write_two_versions_one_after_the_other() -> None:
    store = wiring_texts.template_store()
    first = save_text("ten_1", MailKind.RECEIPT, OwnText("One", "<p>x</p>"), was=None, desk=desk())

    with pytest.raises(ConflictError):
        store.add("ten_1", replace(first, text=OwnText("Two", "<p>x</p>")))
    assert save_text("ten_1", MailKind.RECEIPT, OwnText("Two", "<p>x</p>"), was=None, desk=desk()).version == 2


def test_r85_saving_and_resetting_are_in_the_log(staff: StaffApi) -> None:
    staff.put(RECEIPT, OURS)
    staff.put(RECEIPT, OURS)
    staff.call("DELETE", RECEIPT)

    from duebook import wiring_staff

    lines = wiring_staff.activity_store().of_tenant("ten_1", limit=10)
    assert sorted(line.action for line in lines if line.subject == ("template", "receipt")) == [
        Action.TEMPLATE_RESET,
        Action.TEMPLATE_SAVED,
    ]


def test_no_text_of_another_business_is_seen(staff: StaffApi, stranger: StaffApi) -> None:
    staff.put(RECEIPT, OURS)

    assert stranger.get(RECEIPT).body["own"] is False
    assert stranger.get(f"{RECEIPT}/versions").body["items"] == []
    assert stranger.post(f"{RECEIPT}/preview", OURS | {"customer_id": "c1"}).status == 404


@pytest.mark.parametrize("kind", ["test", "nothing", "RECEIPT", "receipt.x"])
def test_a_kind_without_a_text_of_its_own_is_not_found(staff: StaffApi, kind: str) -> None:
    assert staff.get(f"/settings/templates/{kind}").status == 404
    assert staff.put(f"/settings/templates/{kind}", OURS).status == 404


def test_r65_a_preview_shows_a_customer_with_its_own_figures_as_the_mail_would(staff: StaffApi) -> None:
    staff.invoice("i1", 120_00, number="INV-7")
    staff.check(100_00)

    shown = staff.post(f"{RECEIPT}/preview", OURS | {"customer_id": "c1"}).body

    assert (shown["subject"], shown["example"], shown["errors"]) == ("Paid: $100.00", False, [])
    assert "Dear Miller Construction, <strong>thank you</strong>." in shown["html"]
    assert "INV-7" in shown["html"]
    assert "Dear Miller Construction, thank you." in shown["text"]
    assert staff.get(RECEIPT).body["own"] is False


@pytest.mark.parametrize("body", [None, {}, {"customer_id": "c1"}])
def test_r65_a_preview_without_a_text_shows_the_one_in_use(staff: StaffApi, body: object) -> None:
    staff.put(RECEIPT, OURS)

    assert staff.post(f"{RECEIPT}/preview", body).body["subject"].startswith("Paid: ")


@pytest.mark.parametrize(
    ("kind", "listed"), [("account_summary", "- INV-7: $120.00, 30\n- INV-8: $80.00, 0"), ("past_due_1", "- INV-7: $120.00, 30\n")]
)
def test_r65_a_preview_of_open_invoices_lists_them_and_of_a_notice_those_past_due(staff: StaffApi, kind: str, listed: str) -> None:
    staff.invoice("i1", 120_00, number="INV-7", due_date="2025-05-03")
    staff.invoice("i2", 80_00, number="INV-8", due_date="2025-07-01")
    body = "<ul>{{#invoices}}<li>{{number}}: {{balance}}, {{days_past_due}}</li>{{/invoices}}</ul>"

    text = {"subject": "{{account.overdue}} of {{account.balance}}", "body": body, "customer_id": "c1"}
    shown = staff.post(f"/settings/templates/{kind}/preview", text).body

    assert (shown["subject"], shown["example"]) == ("$120.00 of $200.00", False)
    assert listed in shown["text"]
    assert ("INV-8" in shown["text"]) == (kind == "account_summary")


def test_r65_a_new_invoice_is_shown_with_the_newest_open_one_and_what_was_billed(staff: StaffApi) -> None:
    staff.invoice("i1", 120_00, number="INV-7", due_date="2025-05-03")
    staff.check(50_00)

    shown = staff.post("/settings/templates/new_invoice/preview", {"customer_id": "c1"}).body

    assert (shown["subject"].startswith("Invoice INV-7 from "), shown["example"]) == (True, False)
    assert "Invoice INV-7: $120.00" in shown["text"]
    assert "Paid already: $50.00\nLeft to pay: $70.00\n" in shown["text"]
    assert "/pay-my-balance#id=" in shown["html"]
    assert "#token=" not in shown["html"] + shown["text"]


def test_r65_a_statement_is_shown_with_its_figures_around_the_own_words(staff: StaffApi) -> None:
    staff.invoice("i1", 120_00, number="INV-7", due_date="2025-05-03")

    text = {"subject": "Account of {{customer.name}}", "body": "<p>Here is where we stand.</p>", "customer_id": "c1"}
    shown = staff.post("/settings/templates/statement/preview", text).body

    assert shown["subject"] == "Account of Miller Construction"
    assert "Here is where we stand." in shown["text"]
    assert "$120.00" in shown["text"]
    assert "/pay-my-balance#id=" in shown["html"]


@pytest.mark.parametrize("kind", [kind.value for kind in TEXTS])
@pytest.mark.parametrize("customer", [None, "c1"])
def test_r65_every_kind_is_shown_with_every_name_it_knows(staff: StaffApi, kind: str, customer: str | None) -> None:
    known = TEXTS[MailKind(kind)]
    names = "".join(f"<p>[{{{{{name.name}}}}}]</p>" for name in known.vocabulary.names)
    rows = "".join(f"{{{{{name.name}}}}};" for name in known.vocabulary.row)
    block = f"<p>{{{{#invoices}}}}{rows}{{{{/invoices}}}}</p>" if rows else ""

    every = staff.post(f"/settings/templates/{kind}/preview", {"subject": "S", "body": names + block, "customer_id": customer}).body
    ours = staff.post(f"/settings/templates/{kind}/preview", {"subject": known.subject, "body": known.body, "customer_id": customer}).body

    assert every["errors"] == ours["errors"] == []
    assert (every["subject"], "{{" in every["html"] + every["text"]) == ("S", False)
    assert ours["subject"]
    assert "{{" not in ours["html"] + ours["text"] + ours["subject"]


def test_a_text_that_cannot_be_used_is_shown_with_its_errors_alone(staff: StaffApi) -> None:
    shown = staff.post(f"{RECEIPT}/preview", {"subject": "x", "body": "{{nothing}}"}).body

    assert (shown["html"], shown["text"], shown["subject"]) == (None, None, None)
    assert shown["errors"][0]["message"].startswith("Line 1: {{nothing}} does not exist here.")


def test_r65_a_test_goes_to_who_is_signed_in_once_a_minute_and_lets_nobody_in(aws: Cloud) -> None:
    add_tenant(aws, "ten_3", staff=(Staff("stf_9", "ten_3", "Dana", "dana@acme.example", Role.MANAGER, "-"),))
    dana = StaffApi("ten_3", "manager", "stf_9")

    sent = [dana.post("/settings/templates/invitation/test", {"subject": "Come in", "body": "<p>Welcome</p>"}) for _ in range(2)]

    assert [one.status for one in sent] == [202, 202]
    assert sent[0].body == sent[1].body
    assert sent[0].body["to"] == "dana@acme.example"
    assert sent[0].body["subject"] == "Test: Come in"
    (mail,) = wiring.email_store().of_address("ten_3", "dana@acme.example", limit=10)
    text = wiring.email_store().text(mail.key)
    assert mail.kind is MailKind.TEST
    assert text
    assert "Welcome" in text.text
    assert "#token" not in text.html + text.text
    assert {one["mail_id"] for one in received()} == {mail.key.mail_id}


def test_an_api_key_has_no_address_for_a_test(staff: StaffApi) -> None:
    assert staff.post(f"{RECEIPT}/test", {}).status == 409


def test_a_test_of_a_text_that_cannot_be_used_is_refused_as_when_saving(aws: Cloud) -> None:
    add_tenant(aws, "ten_3", staff=(Staff("stf_9", "ten_3", "Dana", "dana@acme.example", Role.MANAGER, "-"),))

    answer = StaffApi("ten_3", "manager", "stf_9").post(f"{RECEIPT}/test", {"body": "{{nothing}}"})

    assert answer.status == 422
    assert answer.body["errors"][0]["field"] == "body"
