"""Imports on the pages: a file, its columns, a dry run with line errors, the import for good."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest

from duebook import wiring, wiring_staff
from duebook.domain.activity_log import Action
from duebook.domain.directory import Role
from duebook.domain.import_runs import ImportRun, ImportStatus, given_up
from duebook.usecases.run_import import run_import
from tests.integration.import_office import Patience, desk
from tests.integration.key_watch import serving
from tests.integration.staff_office import Answer, Browser, add_tenant, event_of, handler_for, open_office

IMPORTS = "/admin/imports"
LINE = "\r\n"
CUSTOMERS = "Customer No,Company,E-mail,Territory\nc_1,Ruiz Paving,ana@ruiz.example,West\nc_2,,x,West\nc_3,Pine Camp,not an address,East\n"
INVOICES = "customer_id,customer,document no,date,open balance\nc_9,Lake Co,A-1,4/30/2025,120.50\nc_9,Lake Co,A-2,5/13/2025,1.999\n"
pytestmark = pytest.mark.usefixtures("aws")


def upload(browser: Browser, text: str | bytes, kind: str = "customers", **change: str) -> Answer:
    found = re.search(r'name="key" value="([^"]+)"', browser.get(f"{IMPORTS}/new").body)
    fields = {"csrf": browser.csrf(), "key": found[1] if found else "", "kind": kind} | change
    body = text if isinstance(text, bytes) else text.encode()
    parts = [f'Content-Disposition: form-data; name="{name}"{LINE}{LINE}{value}'.encode() for name, value in fields.items()]
    head = f'Content-Disposition: form-data; name="file"; filename="old system.csv"{LINE}Content-Type: text/csv{LINE}{LINE}'
    parts.append(head.encode() + body)
    mark = b"------form1"
    sent = b"".join(mark + LINE.encode() + part + LINE.encode() for part in parts) + mark + b"--" + LINE.encode()
    own = {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin", "Content-Type": "multipart/form-data; boundary=----form1"}
    event = event_of("POST", f"{IMPORTS}/new", headers=browser._headers(own))
    event |= {"body": base64.b64encode(sent).decode(), "isBase64Encoded": True}
    with serving(event):
        answer = handler_for(event).lambda_handler(event, None)
    return Answer(answer["statusCode"], answer["headers"], answer["body"])


def work_off(import_id: str) -> None:
    """Do what the file's arrival in the bucket wakes."""
    run_import("ten_1", import_id, desk=desk(), remaining_seconds=Patience())


def fields_of(page: Answer) -> dict[str, str]:
    """What a form of the page would send as it stands."""
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.body.split("</header>")[1]))
    for name, options in re.findall(r'<select id="\w+" name="(\w+)".*?>(.*?)</select>', page.body, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    return sent


def dry_run(browser: Browser, text: str, kind: str = "customers", **change: str) -> str:
    """Upload a file, take the columns as proposed, run it dry; return where its result stands."""
    columns = upload(browser, text, kind).headers["Location"]
    begun = browser.post(columns, fields_of(browser.get(columns)) | change)
    assert begun.status == 303, begun.text
    work_off(begun.headers["Location"].rpartition("/")[2])
    return begun.headers["Location"]


def runs() -> list[ImportRun]:
    return wiring.import_store().latest("ten_1", limit=10)


def test_columns_are_proposed_from_their_names_and_nothing_runs_before_they_are_confirmed() -> None:
    browser = open_office(Role.MANAGER)

    uploaded = upload(browser, CUSTOMERS)
    page = browser.get(uploaded.headers["Location"])

    assert (uploaded.status, page.status) == (303, 200)
    assert fields_of(page) | {"csrf": "", "key": ""} == {
        "csrf": "",
        "key": "",
        "column_customer_id": "Customer No",
        "column_name": "Company",
        "column_email": "E-mail",
        "column_phone": "",
        "column_address": "",
        "column_postal_code": "",
        "column_pay_online_id": "",
        "column_locale": "",
    }
    assert "Customers from old system.csv : 3 lines." in page.text
    assert "Ruiz Paving" in page.text
    assert [run.status for run in runs()] == [ImportStatus.DRAFT]
    assert "Waits for its columns" in browser.get(IMPORTS).text
    assert browser.get(f"{IMPORTS}/{runs()[0].import_id}").headers["Location"].endswith("/columns")


def test_a_dry_run_tells_what_would_be_made_and_names_line_and_column_of_each_error() -> None:
    browser = open_office(Role.MANAGER)

    page = browser.get(dry_run(browser, CUSTOMERS))

    assert "Dry run of customers Done, with errors" in page.text
    assert "Lines read 3 Would be imported 1 Here already 0 With errors 2" in page.text
    assert "Nothing was written. 2 lines have errors and would be left out." in page.text
    rows = re.findall(r"<tr>\s*<th scope=\"row\">(\d+)</th>\s*<td data-label=\"Column\"><span>([^<]+)", page.body)
    assert rows == [("3", "Name"), ("3", "Email"), ("4", "Email")]
    assert "Import 1 line for good" in page.text
    assert wiring.directory_store().find_customer("ten_1", "c_1") is None


def test_the_same_file_is_then_imported_for_good_and_what_to_do_next_is_told() -> None:
    browser = open_office(Role.MANAGER)
    tried = dry_run(browser, CUSTOMERS)

    begun = browser.post(f"{tried}/import", fields_of(browser.get(tried)))
    waiting = browser.get(begun.headers["Location"])
    work_off(begun.headers["Location"].rpartition("/")[2])
    done = browser.get(begun.headers["Location"])

    assert 'data-poll="2"' in waiting.body
    assert "This goes on while you are elsewhere." in waiting.text
    assert 'data-poll="2"' not in done.body
    assert "Lines read 3 Imported 1 Here already 0 With errors 2" in done.text
    assert "2 lines were left out." in done.text
    assert "Import their open invoices" in done.text
    assert wiring.directory_store().customer("ten_1", "c_1").name == "Ruiz Paving"
    (line,) = wiring_staff.activity_store().of_tenant("ten_1", limit=5)
    assert (line.action, line.detail) == (Action.IMPORT_STARTED, "Customers old system.csv")


def test_importing_for_good_twice_is_one_import() -> None:
    browser = open_office(Role.MANAGER)
    tried = dry_run(browser, CUSTOMERS)
    form = fields_of(browser.get(tried))

    answers = [browser.post(f"{tried}/import", form).headers["Location"] for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(runs()) == 3


def test_open_invoices_find_their_dates_and_currency() -> None:
    browser = open_office(Role.MANAGER)
    columns = upload(browser, INVOICES, "open_invoices").headers["Location"]
    page = browser.get(columns)
    assert fields_of(page)["date_format"] == "M/D/YYYY"
    assert fields_of(page)["column_amount"] == "open balance"

    without = browser.post(columns, fields_of(page))
    result = browser.get(dry_run(browser, INVOICES, "open_invoices", currency="usd"))

    assert without.status == 422
    assert "No column for currency." in without.text
    assert "Would be imported 1 with 1 new customer" in result.text
    assert "Open amount" in result.text


def test_other_columns_are_tried_on_the_same_file() -> None:
    browser = open_office(Role.MANAGER)
    tried = dry_run(browser, CUSTOMERS)

    page = browser.get(f"{tried}/columns")
    begun = browser.post(f"{tried}/columns", fields_of(page) | {"column_email": ""})
    work_off(begun.headers["Location"].rpartition("/")[2])

    assert fields_of(page)["column_email"] == "E-mail"
    assert "Would be imported 2" in browser.get(begun.headers["Location"]).text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"column_name": ""}, "No column for name."),
        ({"column_name": "Nowhere"}, "The file has no column 'Nowhere', which mapping names for name."),
        ({"column_customer_id": "", "column_name": "", "column_email": ""}, "No column for customer_id, name."),
    ],
)
def test_wrong_columns_begin_nothing_and_stay_chosen(change: dict[str, str], said: str) -> None:
    browser = open_office(Role.MANAGER)
    columns = upload(browser, CUSTOMERS).headers["Location"]

    answer = browser.post(columns, fields_of(browser.get(columns)) | {"column_phone": "Territory"} | change)

    assert answer.status == 422
    assert said in answer.text
    assert fields_of(answer)["column_phone"] == "Territory"
    assert len(runs()) == 1


@pytest.mark.parametrize(
    ("body", "change", "said"),
    [
        (b"", {}, "Choose a file."),
        (b"\xff\xfea", {}, "The file is UTF-16; save it as CSV UTF-8."),
        (b"name\nCaf\xe9", {}, "The file is not UTF-8: byte 0xE9 on line 2"),
        (b"\n\n", {}, "The file is empty."),
        (b"a,b\n1,2\n", {"kind": "secrets"}, "Choose what is in the file."),
        (b"x" * 4_100_000, {}, "The file is larger than 4 MB."),
    ],
)
def test_a_file_that_is_none_is_told_in_plain_words(body: bytes, change: dict[str, str], said: str) -> None:
    browser = open_office(Role.MANAGER)

    answer = upload(browser, body, **change)

    assert answer.status == 422
    assert said in answer.text
    assert runs() == []


def test_an_import_that_was_given_up_part_of_the_way_says_what_stays_and_what_was_wrong_so_far() -> None:
    browser = open_office(Role.MANAGER)
    tried = dry_run(browser, CUSTOMERS)
    run = wiring.import_store().get("ten_1", tried.rpartition("/")[2])
    left = replace(run, status=ImportStatus.RUNNING, dry_run=False, position=3, wakes=3, touched_at=run.created_at)

    wiring.import_store().save(given_up(left, run.created_at))
    page = browser.get(tried)

    for said in (
        "Stopped part of the way",
        "The import stopped after line 3. What was imported up to there stays",
        "What is wrong, line by line",
    ):
        assert said in page.body
    assert "nothing of it was imported" not in page.body
    assert "as it is.." not in page.body


def test_what_may_be_a_card_number_is_not_shown() -> None:
    browser = open_office(Role.MANAGER)

    columns = upload(browser, "customer_id,name\nc_1,4111 1111 1111 1111\n").headers["Location"]

    assert "4111" not in browser.get(columns).body
    assert "4111" not in browser.get(dry_run(browser, "customer_id,name\nc_1,4111 1111 1111 1111\n")).body


def test_the_errors_come_as_a_file_with_harmless_cells() -> None:
    browser = open_office(Role.MANAGER)
    tried = dry_run(browser, "customer_id,name,email\n=cmd|1,Evil,x\n")

    answer = browser.get(f"{tried}/errors.csv")

    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "'=cmd|1" in answer.body


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COLLECTOR])
def test_r85_others_see_imports_and_start_none(role: Role) -> None:
    browser = open_office(role)
    run_of = f"{IMPORTS}/imp_1"

    assert browser.get(IMPORTS).status == 200
    assert "Import a file" not in browser.get(IMPORTS).text
    assert browser.get(f"{IMPORTS}/new").status == 403
    assert [browser.post(f"{run_of}/{name}", {"csrf": browser.csrf()}).status for name in ("columns", "import")] == [403, 403]


def test_another_tenants_import_is_not_found() -> None:
    browser = open_office(Role.MANAGER)
    tried = dry_run(browser, CUSTOMERS)
    add_tenant("ten_2", "lee@cedar-fork.example", name="Cedar Fork", role=Role.ADMIN)
    other = Browser()
    other.sign_in("lee@cedar-fork.example")

    assert [other.get(f"{tried}{path}").status for path in ("", "/columns", "/errors.csv")] == [404] * 3
    key = fields_of(browser.get(tried))["key"]
    assert [other.post(f"{tried}/{name}", {"csrf": other.csrf(), "key": key}).status for name in ("columns", "import")] == [404, 404]


def test_tampered_forms_start_nothing() -> None:
    browser = open_office(Role.MANAGER)
    tried = dry_run(browser, CUSTOMERS)
    form = fields_of(browser.get(tried))

    assert browser.post(f"{tried}/import", form | {"csrf": "guessed"}).status == 403
    assert browser.post(f"{tried}/import", form | {"key": "imp_../../x"}).status == 400
    assert upload(browser, CUSTOMERS, csrf="guessed").status == 403
    assert upload(browser, CUSTOMERS, key="x").status == 400
    draft = upload(browser, CUSTOMERS).headers["Location"].removesuffix("/columns")
    assert browser.post(f"{draft}/import", form).status == 404
    assert len(runs()) == 3
