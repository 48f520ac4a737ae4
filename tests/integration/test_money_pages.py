"""Staff move money on pages: refunds, voids, applications, receipts (R25, R26, R41); without a browser, so without JavaScript."""

from __future__ import annotations

import re

import pytest

from duebook import wiring
from duebook.domain.account import AccountKey
from duebook.domain.directory import Role
from duebook.domain.payments import PaymentState
from tests.integration.audit_helpers import assert_clean
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Answer, Browser, add_customer, add_payment, add_tenant, issue, open_office, receive

KEY = AccountKey("ten_1", "c1", "USD")
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@pytest.fixture
def office(aws: Cloud) -> Browser:
    """Give a manager's browser and a customer with two invoices."""
    aws.set_clock(NOW)
    browser = open_office(Role.MANAGER)
    issue("inv_1", 100_00, on="2025-04-01")
    issue("inv_2", 100_00, on="2025-05-01")
    return browser


def form_of(page: Answer) -> dict[str, str]:
    """Return the hidden fields of a page's own form, which stands last."""
    assert page.status in {200, 402, 409, 422, 503}, page.text[:400]
    found = page.body[page.body.rindex("<form") :]
    return dict(FIELD.findall(found))


def sent(browser: Browser, path: str, **fields: str) -> Answer:
    """Open a form, fill it in and send it."""
    return browser.post(path, form_of(browser.get(path)) | {name.replace("__", ":"): value for name, value in fields.items()})


def confirmed(browser: Browser, path: str, **fields: str) -> Answer:
    """Go through a form with a step that confirms."""
    preview = sent(browser, path, do="preview", **fields)
    return browser.post(path, form_of(preview) | {"do": "confirm"})


def open_now() -> dict[str, int]:
    """Tell what is open of each invoice."""
    return {item.invoice_id: item.open_minor for item in wiring.account_store().read(KEY).account.open_items}


def unapplied() -> dict[str, int]:
    """Tell what is unapplied of each payment."""
    return dict(wiring.account_store().read(KEY).account.unapplied)


# ---------------------------------------------------------------- refunds


def test_r41_a_part_is_refunded_after_what_reopens_was_shown(aws: Cloud, office: Browser) -> None:
    receive("pay_01", 150_00)

    preview = sent(office, "/admin/payments/pay_01/refund", do="preview", amount="30", reason="Half a day late")
    assert "Give $30.00 back?" in preview.text
    assert "INV_2 $30.00 $80.00" in preview.text
    assert open_now() == {"inv_2": 50_00}

    done = office.post("/admin/payments/pay_01/refund", form_of(preview) | {"do": "confirm"})
    assert (done.status, done.headers["Location"]) == (303, "/admin/payments/pay_01?done=refunded")
    page = office.get(done.headers["Location"]).text
    assert "The refund is made." in page
    assert "Partly refunded" in page
    assert "$30.00 given back" in page
    assert open_now() == {"inv_2": 80_00}
    assert_clean(aws, "ten_1")


def test_r41_staff_choose_which_invoice_opens_again(office: Browser) -> None:
    receive("pay_01", 200_00)

    confirmed(office, "/admin/payments/pay_01/refund", amount="40.00", how="chosen", reopen__inv_1="1", reason="Wrong site")

    assert open_now() == {"inv_1": 40_00}


def test_r40_a_refund_sent_twice_is_made_once(office: Browser) -> None:
    receive("pay_01", 100_00)
    preview = form_of(sent(office, "/admin/payments/pay_01/refund", do="preview", amount="30", reason="Late")) | {"do": "confirm"}

    first, second = (office.post("/admin/payments/pay_01/refund", preview) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"] == "/admin/payments/pay_01?done=refunded"
    assert open_now() == {"inv_1": 30_00, "inv_2": 100_00}


def test_a_refund_above_what_is_left_names_the_limit_and_keeps_what_was_typed(office: Browser) -> None:
    receive("pay_01", 100_00)

    answer = sent(office, "/admin/payments/pay_01/refund", do="preview", amount="100.01", reason="Typed before")

    assert answer.status == 422
    assert "At most $100.00 of this payment can be given back. Nothing was booked and no money moved." in answer.text
    assert 'value="100.01"' in answer.body
    assert "Typed before</textarea>" in answer.body
    assert open_now() == {"inv_2": 100_00}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "", "reason": "x"}, "Type an amount such as 425.50."),
        ({"amount": "1e3", "reason": "x"}, "Type an amount such as 425.50."),
        ({"amount": "0", "reason": "x"}, "The amount must be above zero."),
        ({"amount": "10", "reason": " "}, "Say why"),
        ({"amount": "10", "reason": "card 4111 1111 1111 1111"}, "looks like a card number"),
        ({"amount": "10", "reason": "x", "how": "chosen"}, "Tick the invoices"),
        ({"amount": "10", "reason": "x", "how": "chosen", "reopen__inv_2": "1"}, "does not pay one of these invoices"),
    ],
)
def test_what_is_wrong_with_a_refund_is_said_and_nothing_happens(office: Browser, typed: dict[str, str], said: str) -> None:
    receive("pay_01", 100_00)

    answer = sent(office, "/admin/payments/pay_01/refund", do="preview", **typed)

    assert answer.status == 422
    assert said in answer.text
    assert open_now() == {"inv_2": 100_00}


def test_a_key_of_another_form_moves_nothing(office: Browser) -> None:
    receive("pay_01", 100_00)
    receive("pay_02", 100_00)
    form = form_of(sent(office, "/admin/payments/pay_01/refund", do="preview", amount="30", reason="Late")) | {"do": "confirm"}
    office.post("/admin/payments/pay_01/refund", form)

    other = office.post("/admin/payments/pay_02/refund", form)
    stale = office.post("/admin/payments/pay_02/refund", form | {"key": "form_01ARZ3NDEKTSV4RRFFQ69G5FAV"})

    assert other.status == 409
    assert "nothing was given back for this one" in other.text
    assert stale.status == 422
    assert "out of date" in stale.text
    assert open_now() == {"inv_1": 30_00}


# ---------------------------------------------------------------- voids


def test_r41_a_check_is_voided_with_a_reason_and_its_invoices_open(aws: Cloud, office: Browser) -> None:
    receive("pay_01", 150_00)

    page = office.get("/admin/payments/pay_01/void")
    done = sent(office, "/admin/payments/pay_01/void", reason="It bounced")
    again = sent(office, "/admin/payments/pay_01/void", reason="It bounced")

    assert "INV_1 $100.00 $100.00" in page.text
    assert done.headers["Location"] == "/admin/payments/pay_01?done=voided"
    assert again.status == 422
    assert open_now() == {"inv_1": 100_00, "inv_2": 100_00}
    shown = office.get("/admin/payments/pay_01").text
    assert "$150.00 voided" in shown
    assert "Reason: It bounced" in shown
    assert_clean(aws, "ten_1")


def test_a_void_of_what_is_not_known_yet_does_not_claim_to_be_under_way(office: Browser) -> None:
    receive("pay_01", 100_00)
    add_payment("pay_02", PaymentState.UNKNOWN, merchant_account_id="ma_1")
    form = form_of(office.get("/admin/payments/pay_01/void")) | {"reason": "x"}

    answer = office.post("/admin/payments/pay_02/void", form)

    assert answer.status == 409
    assert "Nothing was done for this form." in answer.text


def test_a_void_without_a_reason_is_not_made(office: Browser) -> None:
    receive("pay_01", 100_00)

    answer = sent(office, "/admin/payments/pay_01/void", reason="")

    assert answer.status == 422
    assert wiring.payment_store().get(wiring.payment_store().find("ten_1", "pay_01")).state is PaymentState.CAPTURED


# ---------------------------------------------------------------- applications


def test_r26_applications_are_taken_back_in_part_and_applied_again(aws: Cloud, office: Browser) -> None:
    receive("pay_01", 200_00)

    done = sent(office, "/admin/payments/pay_01/unapply", take__inv_1="1", part__inv_1="60", reason="Meant for another")
    assert done.headers["Location"] == "/admin/payments/pay_01?done=unapplied"
    assert open_now() == {"inv_1": 60_00}
    assert unapplied() == {"pay_01": 60_00}

    issue("inv_3", 50_00, on="2025-05-20")
    preview = sent(office, "/admin/payments/pay_01/apply", do="preview", how="named", pay__inv_3="50", reason="As asked")
    assert "$10.00 stays unapplied cash." in preview.text
    applied = office.post("/admin/payments/pay_01/apply", form_of(preview) | {"do": "confirm"})
    assert applied.headers["Location"] == "/admin/payments/pay_01?done=applied"
    assert open_now() == {"inv_1": 60_00}
    assert unapplied() == {"pay_01": 10_00}
    assert_clean(aws, "ten_1")


def test_r40_an_application_sent_twice_counts_once(office: Browser) -> None:
    receive("pay_01", 60_00, applications=())
    preview = form_of(sent(office, "/admin/payments/pay_01/apply", do="preview", how="named", pay__inv_2="20", reason="Part"))

    first, second = (office.post("/admin/payments/pay_01/apply", preview | {"do": "confirm"}) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert open_now() == {"inv_1": 100_00, "inv_2": 80_00}
    assert unapplied() == {"pay_01": 40_00}


def test_r40_an_un_application_sent_twice_counts_once(office: Browser) -> None:
    receive("pay_01", 100_00)
    form = form_of(office.get("/admin/payments/pay_01/unapply")) | {"take:inv_1": "1", "part:inv_1": "30", "reason": "Part"}

    first, second = (office.post("/admin/payments/pay_01/unapply", form) for _ in range(2))
    other = office.post("/admin/payments/pay_01/unapply", form | {"part:inv_1": "40"})

    assert first.headers["Location"] == second.headers["Location"]
    assert open_now() == {"inv_1": 30_00, "inv_2": 100_00}
    assert other.status == 409
    assert "Nothing was booked for this one" in other.text


def test_more_than_an_invoice_has_open_is_refused_at_its_field(office: Browser) -> None:
    receive("pay_01", 150_00, applications=())

    answer = sent(office, "/admin/payments/pay_01/apply", do="preview", how="named", pay__inv_1="100.50", reason="x")

    assert answer.status == 422
    assert "Invoice INV_1 can take at most $100.00." in answer.text
    assert 'id="pay:inv_1" name="pay:inv_1" value="100.50"' in answer.body
    assert unapplied() == {"pay_01": 150_00}


def test_oldest_first_is_what_happens_unless_told_otherwise(office: Browser) -> None:
    receive("pay_01", 150_00, applications=())

    confirmed(office, "/admin/payments/pay_01/apply", reason="All of it")

    assert open_now() == {"inv_2": 50_00}


# ---------------------------------------------------------------- receipts


def test_a_receipt_goes_out_again_once_to_the_address_typed(aws: Cloud, office: Browser) -> None:
    receive("pay_01", 100_00)
    form = form_of(office.get("/admin/payments/pay_01/receipt")) | {"to": "ap@halvorsen.example"}

    first, second = (office.post("/admin/payments/pay_01/receipt", form) for _ in range(2))
    mails = wiring.email_store().of_customer("ten_1", "c1", limit=10)

    assert first.headers["Location"] == second.headers["Location"] == "/admin/payments/pay_01?done=receipt"
    assert [(mail.to, mail.about.id if mail.about else "", mail.created_at.date()) for mail in mails] == [
        ("ap@halvorsen.example", "pay_01", NOW.date())
    ]
    assert aws.client("sqs")
    assert "ap@halvorsen.example" in office.get("/admin/payments/pay_01").text


def test_a_receipt_to_something_that_is_no_address_is_not_sent(office: Browser) -> None:
    receive("pay_01", 100_00)

    answer = sent(office, "/admin/payments/pay_01/receipt", to="nobody")

    assert answer.status == 422
    assert "No mail was sent." in answer.text
    assert not wiring.email_store().of_customer("ten_1", "c1", limit=10)


# ---------------------------------------------------------------- who may, and when


ACTIONS = {"refund", "void", "apply", "unapply", "receipt"}


@pytest.mark.parametrize(
    ("role", "offered"),
    [(Role.VIEWER, set()), (Role.COLLECTOR, {"apply", "unapply", "receipt"}), (Role.MANAGER, ACTIONS)],
)
@pytest.mark.usefixtures("aws")
def test_r85_only_what_a_role_may_do_is_offered(role: Role, offered: set[str]) -> None:
    office = open_office(role)
    issue("inv_1", 100_00)
    receive("pay_01", 150_00)

    page = office.get("/admin/payments/pay_01").body

    assert {name for name in ACTIONS if f'href="/admin/payments/pay_01/{name}"' in page} == offered


def test_what_cannot_be_done_is_told_with_the_reason(office: Browser) -> None:
    add_payment("pay_01", PaymentState.UNKNOWN, merchant_account_id="ma_1")
    add_payment("pay_02", PaymentState.CAPTURED, merchant_account_id="ma_1", captured_at=NOW, applied=True)
    add_payment("pay_03", PaymentState.DECLINED)

    unknown, unsettled, declined = (office.get(f"/admin/payments/pay_0{number}") for number in (1, 2, 3))

    assert "The result of the charge is not known yet." in unknown.text
    assert "It has not settled yet" in unsettled.text
    assert 'href="/admin/payments/pay_02/void"' in unsettled.body
    assert 'href="/admin/payments/pay_02/refund"' not in unsettled.body
    assert "What cannot be done" not in declined.text
    assert office.get("/admin/payments/pay_01/refund").status == 422
    assert office.get("/admin/payments/pay_03/void").status == 422


def test_another_tenants_payment_is_not_found(office: Browser) -> None:
    add_tenant("ten_2", "lee@cedar-fork.example", name="Cedar Fork")
    add_customer("theirs", "Secret", tenant_id="ten_2")
    receive("pay_theirs", 50_00, "theirs", tenant_id="ten_2")
    csrf = office.csrf()

    for name in sorted(ACTIONS):
        assert office.get(f"/admin/payments/pay_theirs/{name}").status == 404
        assert office.post(f"/admin/payments/pay_theirs/{name}", {"csrf": csrf, "reason": "x"}).status == 404


def test_a_form_of_another_site_or_session_moves_nothing(office: Browser) -> None:
    receive("pay_01", 100_00)
    form = form_of(office.get("/admin/payments/pay_01/void")) | {"reason": "x"}

    foreign = office.post("/admin/payments/pay_01/void", form, Origin="https://evil.example", Sec_Fetch_Site="cross-site")
    forged = office.post("/admin/payments/pay_01/void", form | {"csrf": "csrf_other"})

    assert (foreign.status, forged.status) == (403, 403)
    assert open_now() == {"inv_2": 100_00}
