"""Imports: a file in the bucket becomes customers and posted invoices, once, and every bad line is named."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from duebook import wiring
from duebook.domain.account import AccountKey
from duebook.domain.import_runs import ImportRun, ImportStatus
from duebook.errors import UnprocessableError
from duebook.usecases.run_import import run_import
from duebook.usecases.start_import import ImportOrder, read_error_list, read_import, start_import
from functions.run_import import handler
from tests.integration.cloud import ROOT, Cloud
from tests.integration.import_office import (
    HEADER,
    NOW,
    TENANT,
    THREE,
    Patience,
    add_tenant,
    assert_books_agree,
    desk,
    errors_of,
    imported,
    order,
    owed,
    started,
)


@pytest.fixture(autouse=True)
def tenant(aws):
    add_tenant(aws)


# ---------------------------------------------------------------- open invoices


def test_open_invoices_are_posted_and_the_customers_they_name_are_made(aws):
    run = imported(order(THREE))

    assert run.status is ImportStatus.DONE
    assert (run.counts.lines, run.counts.imported, run.counts.customers_made, run.counts.errors) == (3, 3, 2, 0)
    assert (owed(aws, "c1"), owed(aws, "c2", "EUR")) == (525_50, 80_00)
    assert aws.directory.customer(TENANT, "c2").name == "Bert GmbH"
    assert_books_agree(aws)


def test_r3_an_invoice_without_due_date_is_due_on_its_invoice_date(aws):
    imported(order(THREE))

    invoice = aws.invoices.required(TENANT, "inv_3")
    assert invoice.due_on == invoice.invoice_on


def test_a_dry_run_reports_the_same_and_writes_nothing(aws):
    bad = THREE + "c1,Anna Ltd,inv_4,1004,2025-05-32,,USD,1\n"

    run = imported(order(bad, dry_run=True))

    assert (run.counts.imported, run.counts.customers_made, run.counts.bad_lines) == (3, 2, 1)
    assert errors_of() == [(5, "invoice_date")]
    assert aws.directory.find_customer(TENANT, "c1") is None
    assert owed(aws, "c1") == 0


def test_columns_are_taken_as_mapped_and_the_others_are_left_alone(aws):
    text = "Region,Customer,Document,Issued,Open\n391,c1,7001,1/31/2025,55.94\n"
    mapping = {"customer_id": "Customer", "customer_name": "Customer", "number": "Document", "invoice_date": "Issued", "amount": "Open"}

    run = imported(order(text, mapping=mapping, date_format="M/D/YYYY", currency="USD"))

    assert (run.counts.imported, run.counts.errors) == (1, 0)
    assert owed(aws, "c1") == 55_94


def test_an_invoice_without_id_gets_one_from_customer_and_number(aws):
    text = "customer_id,customer_name,number,invoice_date,currency,amount\nc1,Anna,A/17,2025-01-31,USD,5\n"

    first = imported(order(text))
    again = imported(order(text), "imp_2")

    assert (first.counts.imported, again.counts.imported, again.counts.unchanged) == (1, 0, 1)
    assert owed(aws, "c1") == 5_00


def test_the_same_file_twice_changes_nothing(aws):
    imported(order(THREE))
    version = aws.accounts.read(AccountKey(TENANT, "c1", "USD")).account.version

    again = imported(order(THREE), "imp_2")

    assert (again.counts.imported, again.counts.unchanged, again.counts.customers_made) == (0, 3, 0)
    assert aws.accounts.read(AccountKey(TENANT, "c1", "USD")).account.version == version


def test_r2_importing_again_leaves_pay_online_as_staff_set_it(aws):
    imported(order(THREE))
    stored = aws.invoices.required(TENANT, "inv_1")
    aws.invoices.save(TENANT, replace(stored, pay_online=False))

    again = imported(order(THREE), "imp_2")

    assert again.counts.unchanged == 3
    assert aws.invoices.required(TENANT, "inv_1").pay_online is False


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("c1,Anna,inv_9,9,2025-13-01,,USD,5", "invoice_date"),
        ("c1,Anna,inv_9,9,1/2/2025,,USD,5", "invoice_date"),
        ("c1,Anna,inv_9,9,2025-01-31,31.1.2025,USD,5", "due_date"),
        ("c1,Anna,inv_9,9,2025-01-31,,USD,5.001", "amount"),
        ('c1,Anna,inv_9,9,2025-01-31,,USD,"1,234.00"', "amount"),
        ("c1,Anna,inv_9,9,2025-01-31,,USD,0", "amount"),
        ("c1,Anna,inv_9,9,2025-01-31,,USD,-5", "amount"),
        ("c1,Anna,inv_9,9,2025-01-31,,USD,1e3", "amount"),
        ("c1,Anna,inv_9,9,2025-01-31,,USD,", "amount"),
        ("c1,Anna,inv_9,9,2025-01-31,,JPY,5.5", "amount"),
        ("c1,Anna,inv_9,9,2025-01-31,,usd,5", "currency"),
        ("c1,Anna,inv_9,,2025-01-31,,USD,5", "number"),
        (",Anna,inv_9,9,2025-01-31,,USD,5", "customer_id"),
        ("c#1,Anna,inv_9,9,2025-01-31,,USD,5", "customer_id"),
        (f"c1,{'A' * 201},inv_9,9,2025-01-31,,USD,5", "customer_name"),
        ("c1,An\x07na,inv_9,9,2025-01-31,,USD,5", "customer_name"),
        ("c1,4111 1111 1111 1111,inv_9,9,2025-01-31,,USD,5", "customer_name"),
        ("c9,,inv_9,9,2025-01-31,,USD,5", "customer_name"),
        ("c1,Anna,inv_1,9,2025-01-31,,USD,5", "invoice_id"),
        ("c1,Anna,inv_9,1001,2025-01-31,,USD,5", "number"),
        ("c1,Anna,inv_9,9,2025-01-31,,USD", None),
        ('c1,"Anna,inv_9,9,2025-01-31,,USD,5', None),
    ],
)
def test_a_bad_line_is_named_with_its_field_and_the_good_ones_go_on(aws, line, field):
    run = imported(order(THREE + line + "\n" + "c1,Anna,inv_8,8,2025-01-31,,USD,1\n"))

    assert errors_of() == [(5, field)]
    assert (run.counts.lines, run.counts.imported, run.counts.bad_lines) == (5, 4, 1)
    assert owed(aws, "c1") == 526_50


def test_posted_figures_a_posted_number_and_a_foreign_id_are_refused(aws):
    imported(order(THREE))
    lines = [
        "c1,Anna,inv_1,1001,2025-05-01,2025-05-31,USD,999",
        "c1,Anna,other_id,1002,2025-05-02,2025-06-01,USD,100",
        "c2,Bert,inv_2,5000,2025-05-02,,EUR,100",
    ]

    for import_id, dry_run in (("imp_2", True), ("imp_3", False)):
        again = imported(order(HEADER + "\n".join(lines), dry_run=dry_run), import_id)
        assert again.counts.imported == 0
        assert [line for line, _ in errors_of(import_id)] == [2, 3, 4]
    assert (owed(aws, "c1"), owed(aws, "c2", "EUR")) == (525_50, 80_00)


# ---------------------------------------------------------------- customers


def test_customers_are_written_and_columns_that_are_missing_leave_fields_alone(aws):
    imported(ImportOrder("customers", "customer_id,name,email,postal_code\nc1,Anna,anna@example.com,46201\n"))

    run = imported(ImportOrder("customers", "customer_id,name\nc1,Anna Ltd\nc2,Bert\n"), "imp_2")

    anna = aws.directory.customer(TENANT, "c1")
    assert (anna.name, anna.email, anna.postal_code) == ("Anna Ltd", "anna@example.com", "46201")
    assert (run.counts.imported, run.counts.unchanged) == (2, 0)
    again = imported(ImportOrder("customers", "customer_id,name\nc1,Anna Ltd\nc2,Bert\n"), "imp_3")
    assert (again.counts.imported, again.counts.unchanged) == (0, 2)


@pytest.mark.parametrize("dry_run", [True, False])
def test_r11_a_pay_online_id_that_is_taken_is_refused_on_its_line(aws, dry_run):
    header = "customer_id,name,pay_online_id\n"
    imported(ImportOrder("customers", header + "c1,Anna,OLD-77\n"))

    imported(ImportOrder("customers", header + "c2,Bert,OLD-77\nc3,Cleo,old-77\nc4,Dora,old-77\n", dry_run=dry_run), "imp_2")

    assert errors_of("imp_2") == [(2, "pay_online_id"), (4, "pay_online_id")]
    assert (aws.directory.find_customer(TENANT, "c3") is None) is dry_run


# ---------------------------------------------------------------- files refused whole


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ({"mapping": {"colour": "x"}}, "'colour' is no field"),
        ({"mapping": {"number": "Nummer"}}, "no column 'Nummer'"),
        ({"csv": HEADER.replace("number", "Nummer") + "\n"}, "unknown column: 'Nummer'"),
        ({"csv": "customer_id,number,invoice_date,amount\n"}, "no column for currency"),
        ({"csv": HEADER.replace("due_date", "number")}, "is there twice"),
        ({"csv": HEADER.replace(",", ";")}, "separated by commas"),
        ({"csv": ""}, "empty"),
        ({"kind": "vendors"}, "kind is one of"),
        ({"date_format": "DD.MM.YY"}, "date_format is one of"),
        ({"currency": "EURO"}, "not a currency code"),
        ({"csv": HEADER + "x" * 4_000_001}, "upload a larger file"),
    ],
)
def test_what_is_not_understood_is_refused_before_anything_is_stored(aws, wanted, text):
    with pytest.raises(UnprocessableError, match=text):
        started(order(THREE, **wanted))

    assert aws.client("s3").list_objects_v2(Bucket=aws.settings["DOCUMENTS_BUCKET"])["KeyCount"] == 0


def uploaded(aws: Cloud, content: bytes) -> ImportRun:
    run, url = start_import(
        ImportOrder("open_invoices"), tenant_id=TENANT, caller_id="key_1", import_id="imp_1", imports=wiring.import_store(), now=NOW
    )
    assert url is not None
    assert f"imports/{TENANT}/imp_1.csv" in url
    aws.client("s3").put_object(Bucket=aws.settings["DOCUMENTS_BUCKET"], Key=f"imports/{TENANT}/imp_1.csv", Body=content)
    return run_import(TENANT, run.import_id, desk=desk(), remaining_seconds=Patience())


def test_an_uploaded_file_with_a_byte_order_mark_is_read(aws):
    run = uploaded(aws, b"\xef\xbb\xbf" + THREE.encode())

    assert run.counts.imported == 3


@pytest.mark.parametrize(
    ("content", "line", "text"),
    [
        (THREE.replace("Bert", "Bérts").encode("cp1252"), 4, "byte 0xE9 on line 4"),
        (THREE.encode("utf-16"), 1, "UTF-16"),
        (b"a;b;c\n1;2;3\n", 1, "separated by commas"),
        (b"", 1, "empty"),
    ],
)
def test_a_file_in_another_encoding_or_shape_fails_and_says_where(aws, content, line, text):
    run = uploaded(aws, content)

    (error,) = read_import(TENANT, "imp_1", imports=wiring.import_store()).errors
    assert run.status is ImportStatus.FAILED
    assert error.line == line
    assert text in error.message
    assert aws.directory.find_customer(TENANT, "c1") is None


# ---------------------------------------------------------------- what people fetch


def test_the_error_list_names_line_field_and_reason_and_no_spreadsheet_runs_it():
    imported(order(THREE + "=cmd(),Anna,inv_9,9,2025-01-31,,USD,5\n"))

    listed = read_error_list(TENANT, "imp_1", imports=wiring.import_store())

    header, row = csv.reader(io.StringIO(listed.text or ""))
    assert header == ["line", "field", "message", "text"]
    assert row == ["5", "customer_id", "customer_id is 1 to 64 of A-Z a-z 0-9 . _ -", "'=cmd(),Anna,inv_9,9,2025-01-31,,USD,5"]


def test_a_very_long_error_list_is_fetched_by_link(aws):
    bad = HEADER + "".join(f"c1,Anna,inv_{number},{number},2025-02-30,,USD,1\n" for number in range(10_001))

    run = imported(order(bad))
    listed = read_error_list(TENANT, "imp_1", imports=wiring.import_store())
    stored = aws.client("s3").get_object(Bucket=aws.settings["DOCUMENTS_BUCKET"], Key=f"import-errors/{TENANT}/imp_1.csv")

    assert run.counts.bad_lines == 10_001
    assert len(errors_of()) == 2_000
    assert listed.text is None
    assert listed.url is not None
    assert stored["Body"].read().count(b"\n") == 10_002


def test_a_card_number_in_a_file_is_kept_nowhere():
    imported(order(THREE + "c1,4111-1111-1111-1111,inv_9,9,2025-01-31,,USD,5\n"))

    listed = read_error_list(TENANT, "imp_1", imports=wiring.import_store())
    assert "4111" not in (listed.text or "")


def test_the_events_of_the_bucket_run_the_import_they_speak_of(aws):
    class Context:
        aws_request_id = "request"
        function_name = "run_import"

        def get_remaining_time_in_millis(self) -> int:
            return 900_000

    started(order(THREE))
    events = {path.stem: json.loads(path.read_text()) for path in Path(ROOT / "events" / "run_import").glob("*.json")}

    answers = {name: handler.lambda_handler(events[name], Context())["status"] for name in ("file_uploaded", "next_worker", "other_object")}

    assert answers == {"file_uploaded": "done", "next_worker": "done", "other_object": "ignored"}
    assert owed(aws, "c1") == 525_50
