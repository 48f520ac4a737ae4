"""What stands beside accounts and customers for lists: open balances by due date, and who has portal access."""

from __future__ import annotations

from datetime import date

import pytest

from duebook import wiring, wiring_identity
from duebook.domain.account import AccountKey
from duebook.domain.ageing import aged, ageing
from duebook.domain.directory import Contact
from duebook.errors import NotFoundError
from duebook.storage.account_store import HeadFigures
from duebook.usecases.put_contact import delete_contact, put_contact
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, add_customer, add_tenant, issue, receive

KEY = AccountKey("ten_1", "c1", "USD")


@pytest.fixture(autouse=True)
def office(aws: Cloud) -> None:  # noqa: ARG001 - the cloud stands before the customer
    add_tenant()
    add_customer()


def head() -> HeadFigures:
    return wiring.account_store().heads([KEY])[KEY]


def test_a_head_tells_open_balances_by_due_date_and_when_it_was_posted() -> None:
    issue("inv_1", 100_00, due="2025-05-01")
    issue("inv_2", 50_00, due="2025-06-02")
    issue("inv_3", 25_00, on="2025-05-20", due="2025-05-01")
    receive("pay_01", 30_00)

    found = head()

    assert found.due == ((date(2025, 5, 1), 95_00), (date(2025, 6, 2), 50_00))
    assert sum(minor for _, minor in found.due) == found.balance
    assert (found.overdue(date(2025, 6, 2)), found.overdue(date(2025, 6, 3))) == (95_00, 145_00)
    assert found.posted_at == NOW


def test_a_paid_account_has_nothing_due() -> None:
    issue("inv_1", 100_00)
    receive("pay_01", 130_00)

    assert (head().due, head().overdue(NOW.date()), head().unapplied) == ((), 0, 30_00)


def test_r61_a_head_ages_as_the_account_itself_does() -> None:
    for number, due in enumerate(("2025-06-02", "2025-06-01", "2025-05-03", "2025-05-02", "2025-04-03", "2025-03-04", "2024-01-01")):
        issue(f"inv_{number}", 10_00 + number, on="2024-01-01", due=due)
    account = wiring.account_store().read(KEY).account

    found = head()

    assert found.due is not None
    assert aged("USD", found.due, found.unapplied, NOW.date()) == ageing(account, NOW.date())


def test_a_head_of_an_earlier_time_tells_nothing_of_due_dates(aws: Cloud) -> None:
    issue("inv_1", 100_00)
    where = {"pk": {"S": "ten_1#c1#USD"}, "sk": {"S": "HEAD"}}
    table = wiring.tables().accounts
    aws.client("dynamodb").update_item(TableName=table, Key=where, UpdateExpression="REMOVE due, posted_at")

    assert (head().due, head().overdue(NOW.date()), head().posted_at) == (None, None, None)


def put(contact_id: str, *, access: bool) -> None:
    contact = Contact(contact_id, "Ana", "company", f"{contact_id}@halvorsen.example", portal_access=access)
    put_contact("ten_1", "c1", contact, directory=wiring.directory_store(), desk=wiring_identity.link_desk(NOW))


def access() -> set[str]:
    return set(wiring.directory_store().customer("ten_1", "c1").access_ids)


def test_r51_a_customer_notes_who_has_portal_access() -> None:
    put("con_1", access=True)
    put("con_2", access=False)
    assert access() == {"con_1"}

    put("con_2", access=True)
    put("con_1", access=False)
    assert access() == {"con_2"}

    delete_contact("ten_1", "c1", "con_2", directory=wiring.directory_store())
    assert access() == set()


def test_saving_a_customer_leaves_currencies_and_access_alone() -> None:
    issue("inv_1", 100_00)
    put("con_1", access=True)
    was = wiring.directory_store().customer("ten_1", "c1")

    wiring.directory_store().save_customer("ten_1", was, was=was)

    assert wiring.directory_store().customer("ten_1", "c1").currencies == {"USD"}
    assert access() == {"con_1"}


def test_access_at_a_customer_that_is_not_there_is_refused() -> None:
    contact = Contact("con_1", "Ana", "company", "ana@halvorsen.example", portal_access=True)

    with pytest.raises(NotFoundError, match="no customer nobody"):
        wiring.directory_store().put_contact("ten_1", "nobody", contact, was=None)
