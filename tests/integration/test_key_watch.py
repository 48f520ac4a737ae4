"""The watch over keys catches what it is there for."""

from __future__ import annotations

from typing import Any

import pytest

from duebook import wiring
from duebook.domain.account import AccountKey
from duebook.domain.portal_access import ContactCaller
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed
from duebook.storage.keys import quote_pk
from duebook.web.contact_callers import contact_context
from tests.integration.api import StaffApi, call, rest_event
from tests.integration.cloud import Cloud
from tests.integration.key_watch import Key, Served, StrayKeyError, keys_of, may_touch
from tests.integration.portal import Portal
from tests.integration.staff_office import open_office

CONTACT = contact_context(ContactCaller("ten_1", "c1", "con_1", "company"))
STAFF = {"tenant_id": "ten_1", "caller_id": "key_1", "role": "admin"}


def answering(work: Any) -> Any:
    """Make a handler that does one thing and answers 404, as careless code would."""

    def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
        try:
            work()
        except Exception:  # noqa: BLE001 - a handler that swallows everything must not hide a stray key
            return {"statusCode": 500}
        return {"statusCode": 404}

    return handler


def read_account(tenant_id: str, customer_id: str) -> Any:
    return answering(lambda: wiring.account_store().read(AccountKey(tenant_id, customer_id, "USD")))


@pytest.mark.parametrize(("tenant_id", "customer_id"), [("ten_1", "c2"), ("ten_2", "c1"), ("ten_1", "c11"), ("ten_11", "c1")])
def test_a_contacts_call_that_reads_another_customers_account_fails_the_test(aws: Cloud, tenant_id: str, customer_id: str):
    del aws
    event = rest_event("GET", "/api/portal/account", authorizer=CONTACT)

    with pytest.raises(StrayKeyError, match=f"{tenant_id}#{customer_id}#USD"):
        call(read_account(tenant_id, customer_id), event)


def test_a_staff_call_reaches_every_customer_of_its_tenant_and_no_other_tenant(aws: Cloud):
    del aws
    event = rest_event("GET", "/api/staff/customers", authorizer=STAFF)

    assert call(read_account("ten_1", "c2"), event).status == 404
    with pytest.raises(StrayKeyError, match="ten_2#c2#USD"):
        call(read_account("ten_2", "c2"), event)


def test_a_contacts_call_that_lists_the_tenants_customers_fails_the_test(aws: Cloud):
    del aws
    event = rest_event("GET", "/api/portal/account", authorizer=CONTACT)

    with pytest.raises(StrayKeyError, match="CUS#"):
        call(answering(lambda: wiring.directory_store().customers("ten_1", limit=5)), event)


def test_a_guests_call_is_bound_to_the_customer_behind_the_pay_online_id(aws: Cloud, staff: StaffApi):
    del aws
    pay_online_id = staff.customer("c1")["pay_online_id"]

    def work() -> None:
        wiring.directory_store().by_pay_online_id(pay_online_id)
        wiring.account_store().read(AccountKey("ten_1", "c2", "USD"))

    with pytest.raises(StrayKeyError, match="ten_1#c2#USD"):
        call(answering(work), rest_event("GET", f"/api/pay/{pay_online_id}"))


def test_a_staff_page_is_bound_to_the_tenant_of_its_session(aws: Cloud):
    del aws
    browser = open_office()
    token_hash = hashed(str(browser.cookie).partition("=")[2])

    def work() -> None:
        assert wiring.transient_store().session(token_hash, utc_now()) is not None
        wiring.account_store().read(AccountKey("ten_2", "c1", "USD"))

    assert browser.get("/admin/customers").status == 200
    with pytest.raises(StrayKeyError, match="ten_2#c1#USD"):
        call(answering(work), rest_event("GET", "/admin/customers"))


def test_what_the_tests_themselves_read_and_write_is_not_watched(aws: Cloud, staff: StaffApi):
    del aws
    Portal(ContactCaller("ten_1", "c1", "con_1", "company")).get("/account")

    assert staff.as_("viewer").get("/customers").status == 200
    assert wiring.account_store().read(AccountKey("ten_2", "c2", "USD")).account.version == 0


def test_files_secrets_quotes_and_marks_of_another_tenant_are_strays_too():
    contact, staff = Served("ten_1", "c1"), Served("ten_1")
    other = [
        Key("s3", "documents/ten_2/x.pdf"),
        Key("s3", "imports/ten_11/x.csv"),
        Key("secretsmanager", "duebook-local/ten_2/ma_1"),
        Key("TransientTable", quote_pk("ten_2", "c1", "q_1"), "IS"),
        Key("DirectoryTable", "REMOVALS", "ten_2#c1#pm_1"),
        Key("EmailActivityTable", "waiting#1", "01J#ten_2"),
        Key("DirectoryTable", "LOGIN#0a", "MEMBER#ten_2#c1"),
        Key("DirectoryTable", "TENANTS", "…"),
        Key("AccountsTable:payments-due", "payments#1", "…"),
    ]

    assert [key for key in other if may_touch(contact, key) or may_touch(staff, key)] == []
    assert may_touch(staff, Key("TransientTable", quote_pk("ten_1", "c2", "q_1"), "IS"))
    assert not may_touch(contact, Key("TransientTable", quote_pk("ten_1", "c2", "q_1"), "IS"))


def test_every_kind_of_request_tells_its_keys_and_a_scan_is_refused():
    where = {"pk": {"S": "ten_1#c1"}, "sk": {"S": "INV#1"}}
    asked: dict[str, Any] = {
        "GetItem": {"TableName": "T", "Key": where},
        "PutItem": {"TableName": "T", "Item": where},
        "UpdateItem": {"TableName": "T", "Key": where},
        "DeleteItem": {"TableName": "T", "Key": where},
        "BatchGetItem": {"RequestItems": {"T": {"Keys": [where]}}},
        "TransactWriteItems": {
            "TransactItems": [{"Put": {"TableName": "T", "Item": where}}, {"ConditionCheck": {"TableName": "T", "Key": where}}]
        },
    }

    for operation, params in asked.items():
        assert set(keys_of("dynamodb", operation, params)) == {Key("T", "ten_1#c1", "INV#1")}
    paged = {
        "TableName": "T",
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": {":pk": {"S": "ten_1"}, ":prefix": {"S": "CUS#"}},
        "ExclusiveStartKey": where,
    }
    assert keys_of("dynamodb", "Query", paged) == [Key("T", "ten_1", "CUS#…"), Key("T", "ten_1#c1", "INV#1")]
    with pytest.raises(StrayKeyError, match="Scan"):
        keys_of("dynamodb", "Scan", {"TableName": "T"})
