from __future__ import annotations

import json

import pytest

from duebook.domain.email_activity import Mail, MailKey, MailKind, MailText
from duebook.domain.identifiers import derived_ulid
from duebook.runtime.clock import utc_now
from tests.integration.api import StaffApi, later
from tests.integration.cloud import Cloud

GATEWAY = {"merchant_id": "800000000001", "username": "user", "password": "secret-1", "ach_merchant_id": "800000000002"}
CREDENTIALS = {"api_login_id": "login-2", "transaction_key": "key-2", "public_client_key": "public-2"}
PROFILE = {"name": "Acme", "time_zone": "America/Chicago", "support": {"email": "help@acme.example", "phone": "555-0199"}}


def merchant_account(currency: str = "USD", **body: object) -> dict:
    return {"processor": "authorize_net", "currency": currency, "enabled": True} | body


def test_a_changed_profile_is_kept_and_what_was_not_named_stays_where_it_says_so(staff: StaffApi) -> None:
    before = staff.get("/settings/profile").body

    after = staff.put("/settings/profile", PROFILE | {"accent": "#2f6f4f", "notify": ["ap@acme.example"]}).body

    assert (before["name"], before["plan"]) == ("Acme Site Services", "pro")
    assert after == staff.get("/settings/profile").body
    assert (after["time_zone"], after["plan"], after["notify"]) == ("America/Chicago", "pro", ["ap@acme.example"])
    assert staff.put("/settings/profile", PROFILE).body["notify"] == ["ap@acme.example"]


@pytest.mark.parametrize("change", [{"time_zone": "Mars/Olympus"}, {"time_zone": "../etc"}, {"accent": "red"}, {"plan": "gold"}])
def test_a_profile_that_makes_no_sense_is_refused(staff: StaffApi, change: dict) -> None:
    assert staff.put("/settings/profile", PROFILE | change).status == 422


def test_credentials_are_written_to_the_secrets_and_never_shown(aws: Cloud, staff: StaffApi) -> None:
    body = {"merchant_accounts": [merchant_account(), merchant_account("CAD", credentials=CREDENTIALS)]}

    after = staff.put("/settings/processors", body)

    assert after.status == 200
    assert [(one["currency"], one["enabled"], one["login"]) for one in after.body["merchant_accounts"]] == [
        ("USD", True, "login"),
        ("CAD", True, "login-2"),
    ]
    assert "key-2" not in after.text
    assert "key-2" not in staff.get("/settings/processors").text
    account_id = after.body["merchant_accounts"][1]["id"]
    secret = aws.client("secretsmanager").get_secret_value(SecretId=f"duebook-local/ten_1/{account_id}")
    assert json.loads(secret["SecretString"]) == CREDENTIALS


def cardpointe(currency: str = "CAD", **body: object) -> dict:
    return {"processor": "cardpointe", "currency": currency, "enabled": True, "credentials": GATEWAY} | body


def test_r42_a_second_processor_carries_another_currency(aws: Cloud, staff: StaffApi) -> None:
    after = staff.put("/settings/processors", {"merchant_accounts": [merchant_account(), cardpointe()]})

    assert after.status == 200
    assert [(one["processor"], one["currency"], one["login"]) for one in after.body["merchant_accounts"]] == [
        ("authorize_net", "USD", "login"),
        ("cardpointe", "CAD", "800000000001"),
    ]
    assert "secret-1" not in after.text
    account_id = after.body["merchant_accounts"][1]["id"]
    secret = aws.client("secretsmanager").get_secret_value(SecretId=f"duebook-local/ten_1/{account_id}")
    assert json.loads(secret["SecretString"]) == GATEWAY


def test_r42_two_processors_of_a_currency_are_kept_and_one_of_them_takes_money(staff: StaffApi) -> None:
    both = staff.put("/settings/processors", {"merchant_accounts": [merchant_account(enabled=False), cardpointe("USD")]})
    twice = staff.put("/settings/processors", {"merchant_accounts": [merchant_account(), cardpointe("USD")]})

    assert [(one["processor"], one["enabled"]) for one in both.body["merchant_accounts"]] == [
        ("authorize_net", False),
        ("cardpointe", True),
    ]
    assert twice.status == 422


def test_r42_another_merchant_id_is_another_merchant_and_a_new_password_is_not(aws: Cloud, staff: StaffApi) -> None:
    def put(**change: str) -> str:
        body = {"merchant_accounts": [cardpointe(credentials=GATEWAY | change)]}
        found = staff.put("/settings/processors", body).body["merchant_accounts"]
        return next(one["id"] for one in found if one["processor"] == "cardpointe")

    first, rotated, other = put(), put(password="secret-2"), put(merchant_id="800000000009")

    assert first == rotated
    assert other != first
    assert {account.account_id: account.retired for account in aws.directory.merchant_accounts("ten_1")}[first] is True


def test_r42_another_merchants_credentials_make_a_new_account_and_retire_the_old_one(aws: Cloud, staff: StaffApi) -> None:
    staff.put("/settings/processors", {"merchant_accounts": [merchant_account(credentials=CREDENTIALS)]})

    found = staff.get("/settings/processors").body["merchant_accounts"]

    assert [(one["login"], one["enabled"]) for one in found] == [("login-2", True)]
    assert found[0]["id"] != "ma_1"
    stored = {account.account_id: account for account in aws.directory.merchant_accounts("ten_1")}
    assert (stored["ma_1"].retired, stored["ma_1"].enabled) == (True, False)


def test_a_new_key_of_the_same_merchant_keeps_the_account(aws: Cloud, staff: StaffApi) -> None:
    staff.put("/settings/processors", {"merchant_accounts": [merchant_account(credentials=CREDENTIALS)]})
    first = staff.get("/settings/processors").body["merchant_accounts"][0]["id"]

    rotated = {**CREDENTIALS, "transaction_key": "another-key", "public_client_key": "public-3"}
    staff.put("/settings/processors", {"merchant_accounts": [merchant_account(credentials=rotated)]})

    found = staff.get("/settings/processors").body["merchant_accounts"]
    assert [one["id"] for one in found] == [first]
    assert {account.account_id: account.public_key for account in aws.directory.merchant_accounts("ten_1")}[first] == "public-3"


def test_a_merchant_account_that_is_left_out_is_switched_off_and_not_forgotten(staff: StaffApi) -> None:
    assert staff.put("/settings/processors", {"merchant_accounts": []}).body["merchant_accounts"][0]["enabled"] is False


@pytest.mark.parametrize(
    "accounts",
    [
        [merchant_account("JPY", credentials=CREDENTIALS)],
        [merchant_account("KWD", credentials=CREDENTIALS)],
        [merchant_account("EUR")],
        [merchant_account(), merchant_account()],
        [{"processor": "paypal", "currency": "USD"}],
        [cardpointe(credentials=CREDENTIALS)],
        [merchant_account(credentials=GATEWAY)],
        [cardpointe(credentials=GATEWAY | {"merchant_id": "80 0"})],
        [cardpointe(credentials=GATEWAY | {"username": "us:er"})],
        [cardpointe(credentials={"merchant_id": "800000000001", "username": "user"})],
        [cardpointe("JPY")],
    ],
)
def test_r4_r42_merchant_accounts_that_cannot_work_are_refused_and_nothing_changes(staff: StaffApi, accounts: list) -> None:
    before = staff.get("/settings/processors").body

    assert staff.put("/settings/processors", {"merchant_accounts": accounts}).status == 422
    assert staff.get("/settings/processors").body == before


def test_r85_only_admins_change_settings(staff: StaffApi) -> None:
    manager = staff.as_("manager")

    assert manager.put("/settings/profile", PROFILE).status == 403
    assert manager.put("/settings/processors", {"merchant_accounts": []}).status == 403
    assert staff.as_("viewer").get("/settings/profile").status == 200


def send(aws: Cloud, cause: str, *, to: str = "ann@miller.example", kind: MailKind = MailKind.RECEIPT, customer_id: str = "c1") -> str:
    now = utc_now()
    key = MailKey("ten_1", derived_ulid(now, cause))
    aws.client("dynamodb")
    from duebook import wiring

    wiring.email_store().add(Mail(key, to, f"Receipt {cause}", kind, now, customer_id), MailText("s", "h", "t"), now)
    return key.mail_id


def test_r62_r63_email_activity_lists_the_mails_of_some_days_with_counts(aws: Cloud, staff: StaffApi, stranger: StaffApi) -> None:
    first = send(aws, "one")
    later(aws, days=1)
    second = send(aws, "two", to="bob@brown.example", kind=MailKind.PAYMENT_RECEIVED, customer_id="c2")
    third = send(aws, "three")

    def listed(query: str) -> list[str]:
        return sorted(item["id"] for item in staff.get(f"/email-activity{query}").body["items"])

    assert listed("") == sorted([second, third])
    assert listed("?from=2025-06-02&to=2025-06-03") == sorted([first, second, third])
    assert listed("?from=2025-06-02&to=2025-06-02") == [first]
    assert listed("?kind=payment_received") == [second]
    assert listed("?address=BOB@brown.example") == [second]
    assert listed("?q=three") == [third]
    assert listed("?customer_id=c2") == [second]
    assert listed("?status=bounced") == []
    assert staff.get("/email-activity?status=bounced").body["counts"] == {"queued": 2}
    assert staff.get("/email-activity?from=2025-06-03&to=2025-06-02").status == 422
    assert stranger.get("/email-activity").body["items"] == []


def test_email_activity_is_paged(aws: Cloud, staff: StaffApi) -> None:
    made = []
    for number in range(3):
        made.append(send(aws, str(number)))
        later(aws, minutes=1)

    first = staff.get("/email-activity?limit=2").body
    rest = staff.get(f"/email-activity?limit=2&cursor={first['next_cursor']}").body

    assert [item["id"] for item in first["items"] + rest["items"]] == made[::-1]
    assert (rest["next_cursor"], rest["counts"]) == (None, {"queued": 3})


def test_the_mails_of_a_customer_are_listed_newest_first(aws: Cloud, staff: StaffApi) -> None:
    first = send(aws, "one")
    later(aws, minutes=1)
    second = send(aws, "two")
    send(aws, "three", customer_id="c2")

    found = staff.get("/customers/c1/emails").body

    assert [(item["id"], item["status"], item["events"][0]["type"]) for item in found["items"]] == [
        (second, "queued", "queued"),
        (first, "queued", "queued"),
    ]
    assert staff.get("/customers/nobody/emails").status == 404


def test_r61_the_ageing_list_shows_each_customer_who_owes_and_the_sum_by_currency(staff: StaffApi) -> None:
    staff.customer("c2", name="Brown Farms")
    staff.customer("c3", name="Owes nothing")
    staff.invoice("i1", 10_00, due_date="2025-06-02")
    staff.invoice("i2", 20_00, customer_id="c2", due_date="2025-05-30")
    staff.invoice("i3", 5_000, customer_id="c2", currency="JPY")

    found = staff.get("/ageing").body

    assert [(item["customer_id"], [one["total"] for one in item["currencies"]]) for item in found["items"]] == [
        ("c1", [10_00]),
        ("c2", [5_000, 20_00]),
    ]
    assert [(one["currency"], one["current"], one["days_1_30"], one["total"]) for one in found["currencies"]] == [
        ("JPY", 0, 0, 5_000),
        ("USD", 10_00, 20_00, 30_00),
    ]


def test_an_import_is_taken_on_and_shown(staff: StaffApi) -> None:
    body = {"kind": "customers", "csv": "customer_id,name\nn1,New\n", "dry_run": True}

    started = staff.post("/imports", body)

    assert (started.status, started.body["status"]) == (202, "queued")
    assert staff.get(f"/imports/{started.body['id']}").body["dry_run"] is True
    errors = staff.get(f"/imports/{started.body['id']}/errors")
    assert (errors.status, errors.headers["Content-Type"], errors.text.splitlines()[0]) == (
        200,
        "text/csv; charset=utf-8",
        "line,field,message,text",
    )
    assert StaffApi("ten_2").get(f"/imports/{started.body['id']}").status == 404
    assert staff.as_("collector").post("/imports", body).status == 403


@pytest.mark.parametrize("what", ["profile", "processors", "templates/receipt", "templates/invitation"])
def test_settings_may_be_sent_back_as_they_were_answered_and_nothing_changes(staff: StaffApi, what: str) -> None:
    staff.put("/settings/profile", {"name": "Blue Ridge", "time_zone": "America/Denver", "accent": "#ffd400", "notify": ["a@b.example"]})
    before = staff.get(f"/settings/{what}").body

    answer = staff.put(f"/settings/{what}", before)

    assert answer.status == 200, answer.text
    assert staff.get(f"/settings/{what}").body | {"saved_at": None, "saved_by": None, "version": None} == before | {
        "saved_at": None,
        "saved_by": None,
        "version": None,
    }
    assert staff.put(f"/settings/{what}", before | {"nope": 1}).status == 422


def form(csv: bytes, **fields: str) -> str:
    parts = [f'--xx\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    head = '--xx\r\nContent-Disposition: form-data; name="file"; filename="customers.csv"\r\nContent-Type: text/csv\r\n\r\n'
    return "".join(parts) + head + csv.decode("utf-8", "surrogateescape") + "\r\n--xx--\r\n"


FORM = {"Content-Type": "multipart/form-data; boundary=xx"}


@pytest.mark.parametrize(
    ("csv", "more"),
    [(b"customer_id,name\nn1,Caf\xc3\xa9\n", {}), (b"\xef\xbb\xbfNo,Who\nn1,New\n", {"mapping": '{"customer_id": "No", "name": "Who"}'})],
)
def test_an_import_may_come_as_a_form_with_a_file(staff: StaffApi, csv: bytes, more: dict[str, str]) -> None:
    started = staff.call("POST", "/imports", form(csv, kind="customers", dry_run="true", **more), FORM)

    assert (started.status, started.body["status"]) == (202, "queued"), started.text
    assert staff.get(f"/imports/{started.body['id']}").body["dry_run"] is True


@pytest.mark.parametrize(
    "body",
    [
        form(b"customer_id,name\n", kind="customers")[:-20],
        form(b"customer_id,name\n"),
        form(b"customer_id,name\n", kind="customers", nope="1"),
        form(b"customer_id,name\n", kind="customers", mapping="{"),
        "",
    ],
)
def test_a_form_that_is_no_import_is_refused(staff: StaffApi, body: str) -> None:
    assert staff.call("POST", "/imports", body, FORM).status == 422
