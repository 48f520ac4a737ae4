"""Staff record money and charge saved methods on pages (R22, R23, R25, R35); lists of payments (R16)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from duebook import wiring
from duebook.domain.account import AccountKey
from duebook.domain.directory import Role, Staff
from duebook.domain.payments import Payment, PaymentState
from duebook.storage import keys
from duebook.storage.directory_items import staff_item
from duebook.usecases.apply_payment import apply_payment
from tests.integration.api import StaffApi
from tests.integration.audit_helpers import assert_clean
from tests.integration.cloud import Cloud
from tests.integration.staff_office import (
    EMAIL,
    NOW,
    Browser,
    add_customer,
    add_payment,
    add_tenant,
    issue,
    open_office,
    password_hash,
    receive,
)
from tests.integration.test_money_pages import FIELD, confirmed, form_of, open_now, sent, unapplied
from tests.integration.vaults import Vaults, open_vaults, saved

NEW = "/admin/customers/c1/payments/new"
CHECK = {"kind": "check", "amount": "150", "number": "2044", "received_on": "2025-06-01"}


@pytest.fixture
def office(aws: Cloud) -> Browser:
    """Give a collector's browser and a customer with two invoices."""
    aws.set_clock(NOW)
    browser = open_office(Role.COLLECTOR)
    issue("inv_1", 100_00, on="2025-04-01")
    issue("inv_2", 100_00, on="2025-05-01")
    return browser


def test_r23_the_split_of_a_check_is_shown_before_it_is_booked(aws: Cloud, office: Browser) -> None:
    preview = sent(office, NEW, do="preview", **CHECK)

    assert "Check 2044" in preview.text
    assert "INV_1 Apr 1, 2025 $100.00 Paid in full INV_2 May 1, 2025 $50.00 $50.00" in preview.text
    assert open_now() == {"inv_1": 100_00, "inv_2": 100_00}

    done = office.post(NEW, form_of(preview) | {"do": "confirm"})
    assert done.status == 303
    assert open_now() == {"inv_2": 50_00}
    page = office.get(done.headers["Location"]).text
    assert "The payment is recorded." in page
    assert "Jun 1, 2025" in page
    assert_clean(aws, "ten_1")


def test_r25_a_check_larger_than_the_balance_says_so_and_the_rest_is_applied_later(aws: Cloud, office: Browser) -> None:
    preview = sent(office, NEW, do="preview", **CHECK | {"amount": "1,250.5"})
    assert "$1,050.50 is more than is open and stays as unapplied cash." in preview.text

    done = office.post(NEW, form_of(preview) | {"do": "confirm"})
    payment_id = done.headers["Location"].split("/")[-1].split("?")[0]
    page = office.get(done.headers["Location"])
    assert "$1,050.50 is unapplied cash: apply it now or later, or give it back." in page.text

    issue("inv_3", 80_00, on="2025-06-01")
    confirmed(office, f"/admin/payments/{payment_id}/apply", reason="New invoice")
    assert open_now() == {}
    assert unapplied() == {payment_id: 970_50}
    assert_clean(aws, "ten_1")


def test_r40_a_check_sent_twice_is_booked_once(office: Browser) -> None:
    form = form_of(sent(office, NEW, do="preview", **CHECK)) | {"do": "confirm"}

    first, second = (office.post(NEW, form) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert open_now() == {"inv_2": 50_00}
    assert len(wiring.payment_store().of_customer("ten_1", "c1", limit=10)) == 1


def test_r40_a_check_with_named_invoices_sent_twice_is_booked_once(office: Browser) -> None:
    fields = CHECK | {"how": "named", "pay__inv_1": "100", "pay__inv_2": "20"}
    form = form_of(sent(office, NEW, do="preview", **fields)) | {"do": "confirm"}

    first, second = (office.post(NEW, form) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert open_now() == {"inv_2": 80_00}
    assert list(unapplied().values()) == [30_00]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": ""}, "Type an amount such as 425.50."),
        ({"received_on": "2025-06-03"}, "This day has not come yet."),
        ({"received_on": "yesterday"}, "Type a day"),
        ({"number": "4111 1111 1111 1111"}, "looks like a card number"),
        ({"kind": "gold"}, "Choose how the money came."),
        ({"how": "named", "pay__inv_1": "100.01"}, "Invoice INV_1 can take at most $100.00."),
        ({"how": "named", "pay__inv_1": "100", "pay__inv_2": "100"}, "The invoices named take $200.00, more than the $150.00 there are."),
        ({"how": "named", "pay__nobodys": "1"}, "not open any more"),
        ({"kind": "saved", "method_id": "mth_1"}, "Choose a saved method of this customer."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(office: Browser, typed: dict[str, str], said: str) -> None:
    answer = sent(office, NEW, do="preview", **CHECK | typed)

    assert answer.status == 422
    assert said in answer.text
    assert 'value="2044"' in answer.body or "number" in typed
    assert open_now() == {"inv_1": 100_00, "inv_2": 100_00}


def test_a_viewer_records_nothing(aws: Cloud) -> None:
    del aws
    office = open_office(Role.VIEWER)

    assert office.get(NEW).status == 403
    assert office.post(NEW, {"csrf": office.csrf(), **CHECK}).status == 403
    assert NEW not in office.get("/admin/customers/c1/payments").body


def test_amounts_are_typed_as_the_business_writes_them(aws: Cloud) -> None:
    aws.set_clock(NOW)
    office = open_office(Role.COLLECTOR)
    directory = wiring.directory_store()
    tenant = directory.tenant("ten_1")
    directory.save_tenant(replace(tenant, locale="de-DE"), was=tenant)
    issue("inv_1", 2_000_00, on="2025-04-01")

    confirmed(office, NEW, **CHECK | {"amount": "1.234,50"})

    assert open_now() == {"inv_1": 765_50}


# ---------------------------------------------------------------- saved methods


@dataclass(frozen=True, slots=True)
class Charging:
    """A manager's browser, a customer with a saved card, and the simulated processor."""

    office: Browser
    method_id: str
    vaults: Vaults

    def preview(self, **fields: str) -> dict[str, str]:
        """Go up to the step that confirms a charge of 40 dollars."""
        page = sent(self.office, NEW, do="preview", kind="saved", method_id=self.method_id, **{"amount": "40", **fields})
        return form_of(page) | {"do": "confirm"}

    def payments(self) -> list[Payment]:
        """Read the customer's payments, newest first."""
        return wiring.payment_store().of_customer("ten_1", "c1", limit=5)


@pytest.fixture
def charging(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Charging:
    aws.set_clock(NOW)
    vaults = open_vaults(aws, monkeypatch)
    staff = Staff("stf_ten_1", "ten_1", "Dana Whitlock", EMAIL, Role.MANAGER, password_hash())
    login = {"pk": {"S": keys.login_pk(EMAIL)}, "sk": {"S": keys.LOOKUP_SK}, "tenant_id": {"S": "ten_1"}, "staff_id": {"S": "stf_ten_1"}}
    for item in (staff_item(staff), login):
        aws.client("dynamodb").put_item(TableName=wiring.tables().directory, Item=item)
    api = StaffApi("ten_1")
    api.customer("c1")
    method = saved(api, vaults.token()).body["id"]
    issue("inv_1", 100_00, on="2025-04-01")
    monkeypatch.setattr(wiring, "start_apply_payment", lambda *_: None)
    browser = Browser()
    assert browser.sign_in().status == 303
    return Charging(browser, method, vaults)


def test_r35_a_saved_card_is_charged_once_after_it_was_confirmed(charging: Charging) -> None:
    page = sent(charging.office, NEW, do="preview", kind="saved", method_id=charging.method_id, amount="40")
    assert "Visa ending 1111" in page.text
    assert "when the customer allowed such charges" in page.text

    done, again = (charging.office.post(NEW, form_of(page) | {"do": "confirm"}) for _ in range(2))

    (payment,) = charging.payments()
    assert (payment.state, payment.amount.minor, payment.channel) == (PaymentState.CAPTURED, 40_00, "staff")
    assert {done.headers["Location"], again.headers["Location"]} == {f"/admin/payments/{payment.key.payment_id}?done=charged"}
    assert len(charging.vaults.calls("USD", "charge")) == 1


def test_r39_a_declined_charge_is_told_and_may_be_tried_again(charging: Charging) -> None:
    charging.vaults.faults("USD", {"operation": "charge", "fault": "decline", "times": 1})

    answer = charging.office.post(NEW, charging.preview())

    assert answer.status == 402
    assert "The customer has not been charged, and nothing was booked." in answer.text
    assert 'value="40"' in answer.body
    assert charging.office.post(NEW, charging.preview()).status == 303
    assert {payment.state for payment in charging.payments()} == {PaymentState.CAPTURED, PaymentState.DECLINED}


def test_r39_a_charge_whose_answer_was_lost_is_told_as_being_checked(charging: Charging) -> None:
    charging.vaults.faults("USD", {"operation": "charge", "fault": "drop_after", "times": 1})

    done = charging.office.post(NEW, charging.preview())

    (payment,) = charging.payments()
    assert done.headers["Location"] == f"/admin/payments/{payment.key.payment_id}?done=charging"
    page = charging.office.get(done.headers["Location"]).text
    assert "It is being checked; do not charge again." in page
    assert "Being checked" in page


def test_more_than_is_open_is_not_charged(charging: Charging) -> None:
    above = sent(charging.office, NEW, do="preview", kind="saved", method_id=charging.method_id, amount="100.01")

    assert above.status == 422
    assert "At most $100.00 is open, so no more can be charged. Nothing was charged." in above.text
    assert not charging.vaults.calls("USD", "charge")


def test_r41_a_refund_whose_answer_was_lost_is_told_as_being_checked_and_not_made_twice(charging: Charging, aws: Cloud) -> None:
    charging.office.post(NEW, charging.preview())
    (payment,) = charging.payments()
    apply_payment(payment.key, accounts=wiring.account_store(), payments=wiring.payment_store(), now=NOW)
    aws.set_clock(NOW + timedelta(days=2))
    assert charging.office.sign_in().status == 303
    charging.vaults.control("USD", "POST", "settle", {"tenant_id": "ten_1"})
    path = f"/admin/payments/{payment.key.payment_id}"
    form = form_of(sent(charging.office, f"{path}/refund", do="preview", amount="15", reason="Late")) | {"do": "confirm"}
    charging.vaults.faults("USD", {"operation": "refund", "fault": "drop_after", "times": 1})

    done = charging.office.post(f"{path}/refund", form)
    again = charging.office.post(f"{path}/refund", form)

    assert {done.headers["Location"], again.headers["Location"]} == {f"{path}?done=refunding"}
    page = charging.office.get(done.headers["Location"])
    assert "do not refund again" in page.text
    assert 'data-poll="3"' in page.body
    assert f'href="{path}/refund"' not in page.body
    assert len(charging.vaults.calls("USD", "refund")) == 1


# ---------------------------------------------------------------- lists


def test_the_list_of_the_business_has_chips_filters_and_a_file(office: Browser) -> None:
    add_customer("c2", "Pine Ridge Camp")
    receive("pay_01", 60_00)
    receive("pay_02", 25_50, "c2")
    add_payment("pay_03", PaymentState.DECLINED)

    page = office.get("/admin/payments")
    assert "All 3 Received 2 Declined or failed 1" in page.text
    assert "Pine Ridge Camp" in page.text

    assert "Pine Ridge Camp" not in office.get("/admin/payments?status=declined").text
    assert "All 0 Processing 0" in office.get("/admin/payments?status=processing&method=cash").text
    assert "$60.00" not in office.get("/admin/payments?q=25.5").text
    assert "$25.50" in office.get("/admin/payments?q=25.5").text
    assert "$60.00" not in office.get("/admin/payments?customer=c2").text
    assert "No payment of these days fits the way of paying. Clear the way of paying" in office.get("/admin/payments?method=cash").text
    rows = list(csv.DictReader(io.StringIO(office.get("/admin/payments.csv?customer=c2").body)))
    assert [(row["customer"], row["amount"], row["status"]) for row in rows] == [("Pine Ridge Camp", "25.50", "Received")]


def test_days_are_those_of_the_business_with_both_ends(office: Browser) -> None:
    receive("pay_01", 60_00, now=NOW - timedelta(days=2))
    receive("pay_02", 70_00, now=NOW)

    assert "$60.00" in office.get("/admin/payments?from=2025-05-31&to=2025-05-31").text
    assert "$70.00" not in office.get("/admin/payments?from=2025-05-31&to=2025-05-31").text
    assert "No payments on these days." in office.get("/admin/payments?from=2025-05-01&to=2025-05-02").text


def test_a_reference_is_found_on_whatever_day_it_was(office: Browser) -> None:
    payment = receive("pay_0123456789ABCDEFGH", 60_00, now=NOW - timedelta(days=400))

    page = office.get(f"/admin/payments?q={payment.order_id.lower()}")

    assert "$60.00" in page.text


def test_the_list_goes_on_and_keeps_its_filters(office: Browser) -> None:
    for number in range(60):
        receive(f"pay_{number:03}", 1_00 + number)

    first = office.get("/admin/payments?method=check")
    following = first.body.split("before=")[1].split('"')[0]
    second = office.get(f"/admin/payments?before={following.replace('&amp;', '&')}")

    assert first.body.count("<tr>") == 50 + 1
    assert "method=check" in following
    assert second.body.count("<tr>") == 10 + 1
    assert FIELD.findall(second.body)


def test_another_tenants_customer_gets_no_payment(office: Browser) -> None:
    add_tenant("ten_2", "lee@cedar-fork.example", name="Cedar Fork")
    add_customer("theirs", "Secret", tenant_id="ten_2")
    form = form_of(office.get(NEW)) | CHECK | {"do": "confirm"}

    assert office.get("/admin/customers/theirs/payments/new").status == 404
    assert office.post("/admin/customers/theirs/payments/new", form).status == 404
    assert wiring.account_store().read(AccountKey("ten_2", "theirs", "USD")).account.version == 0
