"""The ageing report: totals over all customers equal their balances, a past day ignores what came later, each currency alone."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from duebook import wiring
from duebook.domain.account import AccountKey
from duebook.domain.ageing import ageing
from duebook.errors import UnprocessableError
from duebook.storage.dynamo import key
from duebook.usecases.read_ageing_report import SHORT_JOURNAL, read_ageing_report
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Browser, add_customer, issue, open_office, receive


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give a signed-in viewer of a tenant with one customer."""
    return open_office()


def rows(office: Browser, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(office.get(f"/admin/ageing.csv{query}").body)))


def three_customers() -> None:
    issue("inv_1", 100_00, on="2025-01-01", due="2025-02-01")
    issue("inv_2", 40_00, due="2025-06-02")
    add_customer("c2", "Pine Ridge Camp")
    issue("inv_3", 70_00, "c2", due="2025-05-20")
    receive("pay_1", 90_00, "c2")
    add_customer("c3", "Maple & Main")
    issue("inv_4", 55_00, "c3", due="2025-04-15")
    issue("inv_5", 5_000, "c3", currency="JPY", due="2025-07-01")


def test_r61_the_totals_are_the_sums_of_all_customers_and_these_are_their_balances(office: Browser) -> None:
    three_customers()

    text, listed = office.get("/admin/ageing").text, rows(office)

    assert "USD $40.00 – $55.00 – $100.00 $195.00 $20.00" in text
    assert "JPY ¥5,000 – – – – ¥5,000 –" in text
    assert [(row["customer_id"], row["currency"], row["balance"], row["unapplied_cash"]) for row in listed] == [
        ("c1", "USD", "140.00", "0.00"),
        ("c2", "USD", "0.00", "20.00"),
        ("c3", "JPY", "5000", "0"),
        ("c3", "USD", "55.00", "0.00"),
    ]
    for row in listed:
        parts = [Decimal(row[name]) for name in ("current", "days_1_30", "days_31_60", "days_61_90", "days_over_90")]
        held = wiring.account_store().read(AccountKey("ten_1", row["customer_id"], row["currency"])).account
        assert sum(parts) == Decimal(row["balance"])
        assert Decimal(row["balance"]).scaleb(2 if row["currency"] == "USD" else 0) == ageing(held, NOW.date()).total


def test_r61_a_past_day_ignores_what_was_booked_later(aws: Cloud, office: Browser) -> None:
    three_customers()
    aws.set_clock(NOW + timedelta(days=10))
    office.sign_in()
    receive("pay_9", 100_00, now=NOW + timedelta(days=10))

    now, then = office.get("/admin/ageing"), office.get("/admin/ageing?as_of=2025-06-02")

    assert "USD – $40.00 $55.00 – – $95.00 $20.00" in now.text
    assert "USD $40.00 – $55.00 – $100.00 $195.00 $20.00" in then.text
    assert "As of the end of Jun 2, 2025. 4 accounts owe or hold something" in then.text
    assert "1 account that moved since was worked out from the journal." in then.text
    assert [row["customer_id"] for row in rows(office, "?as_of=2024-12-31")] == []


def test_r61_the_day_ends_in_the_tenants_zone(office: Browser, aws: Cloud) -> None:
    late = datetime.fromisoformat("2025-06-03T03:00:00+00:00")
    issue("inv_1", 100_00, due="2025-06-02")
    receive("pay_1", 30_00, now=late)
    aws.set_clock(NOW + timedelta(days=2))
    office.sign_in()

    assert [row["balance"] for row in rows(office, "?as_of=2025-06-02")] == ["70.00"]


@pytest.mark.parametrize("as_of", ["2025-06-03", "nonsense", "2025-02-30"])
def test_a_day_that_has_not_come_or_is_none_is_refused_in_the_form(office: Browser, as_of: str) -> None:
    answer = office.get(f"/admin/ageing?as_of={as_of}")

    assert answer.status == 422
    assert 'aria-invalid="true"' in answer.body
    assert f'value="{as_of}"' in answer.body


def test_the_worst_come_first_and_other_orders_by_link(office: Browser) -> None:
    three_customers()

    def order(query: str) -> list[str]:
        body = office.get(f"/admin/ageing?currency=USD{query}").body.split("By customer")[1]
        return sorted(("Halvorsen", "Pine Ridge", "Maple"), key=body.index)

    assert order("") == ["Halvorsen", "Maple", "Pine Ridge"]
    assert order("&sort=name") == ["Halvorsen", "Maple", "Pine Ridge"]
    assert order("&sort=id") == ["Halvorsen", "Pine Ridge", "Maple"]


def test_r4_each_currency_is_listed_alone(office: Browser) -> None:
    three_customers()

    yen = office.get("/admin/ageing?currency=JPY").body.split("By customer")[1]

    assert "Maple" in yen
    assert "Halvorsen" not in yen


def test_a_business_that_is_owed_nothing_is_told_so(office: Browser) -> None:
    assert "Nothing is owed." in office.get("/admin/ageing").text


def many(aws: Cloud, number: int) -> None:
    """Copy one customer and its account's head many times, as fast as the tables take them."""
    directory = wiring.tables().directory
    accounts, dynamodb = wiring.tables().accounts, aws.client("dynamodb")
    person = dynamodb.get_item(TableName=directory, Key=key("ten_1", "CUS#c1"))["Item"]
    head = dynamodb.get_item(TableName=accounts, Key=key("ten_1#c1#USD", "HEAD"))["Item"]
    for at in range(number):
        told = {"doc": {"S": person["doc"]["S"].replace('"c1"', f'"d{at:05}"')}, "sk": {"S": f"CUS#d{at:05}"}}
        dynamodb.put_item(TableName=directory, Item=person | told)
        dynamodb.put_item(TableName=accounts, Item=head | {"pk": {"S": f"ten_1#d{at:05}#USD"}})


def test_a_thousand_customers_are_added_up_with_a_request_for_a_hundred_accounts(aws: Cloud, office: Browser) -> None:
    issue("inv_1", 100_00, due="2025-05-01")
    many(aws, 1_000)
    calls: list[str] = []
    aws.client("dynamodb").meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))

    text = office.get("/admin/ageing").text

    assert "1,001 accounts owe or hold something" in text
    assert "USD – – $100,100.00 – – $100,100.00 –" in text
    assert "1–50 of 1,001" in text
    assert Counter(calls) == {"GetItem": 3, "Query": 3, "BatchGetItem": 11}


def test_too_many_accounts_that_moved_since_a_past_day_are_told_so(office: Browser) -> None:  # noqa: ARG001 - the business stands
    three_customers()
    tenant = wiring.directory_store().tenant("ten_1")
    stores = {"directory": wiring.directory_store(), "accounts": wiring.account_store()}

    with pytest.raises(UnprocessableError, match="More than 2 accounts moved after this day, too many to add up on a page"):
        read_ageing_report(tenant, NOW.date() - timedelta(days=1), today=NOW.date(), **stores, most_journals=2)  # type: ignore[arg-type]


def test_heads_of_an_earlier_time_are_read_from_their_accounts(office: Browser, aws: Cloud) -> None:
    three_customers()
    for customer_id in ("c1", "c2", "c3"):
        where = key(f"ten_1#{customer_id}#USD", "HEAD")
        aws.client("dynamodb").update_item(TableName=wiring.tables().accounts, Key=where, UpdateExpression="REMOVE due, posted_at")

    assert "USD $40.00 – $55.00 – $100.00 $195.00 $20.00" in office.get("/admin/ageing").text
    tenant = wiring.directory_store().tenant("ten_1")
    found = read_ageing_report(
        tenant, date(2024, 12, 31), today=NOW.date(), directory=wiring.directory_store(), accounts=wiring.account_store()
    )
    assert (found.rows, found.journals) == ((), 4)


def test_r61_short_journals_of_a_past_day_are_read_together_and_long_ones_by_themselves(office: Browser, aws: Cloud) -> None:
    three_customers()
    for number in range(SHORT_JOURNAL):
        issue(f"long_{number}", 1_00, due="2025-06-10")
    aws.set_clock(NOW + timedelta(days=10))
    office.sign_in()
    for customer_id in ("c1", "c2", "c3"):
        receive(f"pay_{customer_id}", 30_00, customer_id, now=NOW + timedelta(days=10))
    calls: list[str] = []
    aws.client("dynamodb").meta.events.register(
        "before-parameter-build.dynamodb", lambda params, **_: calls.append(str(params)) if "LedgerTable" in str(params) else None
    )

    then = {(row["customer_id"], row["currency"]): row["balance"] for row in rows(office, "?as_of=2025-06-02")}

    assert then == {("c1", "USD"): "190.00", ("c2", "USD"): "0.00", ("c3", "JPY"): "5000", ("c3", "USD"): "55.00"}
    assert ["RequestItems" in call for call in calls] == [False, True]
