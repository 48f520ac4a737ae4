from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from duebook import wiring
from duebook.domain.directory import Caller, Role
from duebook.domain.invoices import Invoice, InvoiceLine
from duebook.errors import NotFoundError, UnprocessableError
from duebook.runtime.clock import utc_now
from duebook.usecases.issue_invoice import InvoiceDesk, issue_invoice, issue_invoices
from tests.integration.api import StaffApi
from tests.integration.audit_helpers import assert_clean
from tests.integration.cloud import Cloud

DAY = date(2025, 5, 1)


@pytest.fixture
def desk(staff: StaffApi) -> InvoiceDesk:
    assert staff.tenant_id == "ten_1"
    return wiring.invoice_desk(Caller("ten_1", "test", Role.MANAGER), utc_now())


def invoice(invoice_id: str, amount: int = 10_00, **changes: object) -> Invoice:
    line = InvoiceLine("Service", Decimal(1), amount)
    return replace(Invoice(invoice_id, "c1", invoice_id, DAY, DAY, "USD", (line,)), **changes)  # type: ignore[arg-type]


def outcomes(wanted: list[Invoice], desk: InvoiceDesk) -> list[str]:
    return [one.outcome for one in issue_invoices("ten_1", wanted, desk)]


def test_many_invoices_are_posted_in_few_transactions_and_a_repeat_changes_nothing(aws: Cloud, desk: InvoiceDesk) -> None:
    wanted = [invoice(f"i{number:02}") for number in range(40)]

    first = outcomes(wanted, desk)
    again = outcomes(wanted, desk)

    assert (set(first), set(again)) == ({"new"}, {"unchanged"})
    assert aws.accounts.read(wiring_key()).account.version == 40
    assert_clean(aws, "ten_1")


def wiring_key():
    from duebook.domain.account import AccountKey

    return AccountKey("ten_1", "c1", "USD")


def test_one_bad_invoice_does_not_hold_up_the_others(aws: Cloud, desk: InvoiceDesk) -> None:
    issue_invoice("ten_1", invoice("known", 5_00), desk)
    wanted = [
        invoice("a"),
        invoice("negative", -1),
        invoice("known", 6_00),
        invoice("no-parent", parent_id="nothing"),
        invoice("no-site", site_id="nowhere"),
        invoice("known", 5_00),
        invoice("b"),
    ]

    found = issue_invoices("ten_1", wanted, desk)

    assert [one.outcome for one in found] == ["new", "refused", "refused", "refused", "refused", "unchanged", "new"]
    assert [type(one.refusal).__name__ for one in found if one.refusal] == [
        "UnprocessableError",
        "ConflictError",
        "UnprocessableError",
        "UnprocessableError",
    ]
    assert_clean(aws, "ten_1")


def test_an_invoice_named_twice_is_posted_once(aws: Cloud, desk: InvoiceDesk) -> None:
    assert outcomes([invoice("a"), invoice("a"), invoice("a", 11_00)], desk) == ["new", "unchanged", "refused"]
    assert_clean(aws, "ten_1")


def test_parents_children_drafts_and_currencies_may_stand_in_one_list(aws: Cloud, desk: InvoiceDesk) -> None:
    wanted = [
        invoice("k1", parent_id="p1"),
        invoice("k2", parent_id="p1"),
        invoice("p1", multi_site=True, lines=()),
        invoice("d1", draft=True),
        invoice("y1", currency="JPY"),
    ]

    assert outcomes(wanted, desk) == ["new"] * 5
    parent = aws.invoices.required("ten_1", "p1")
    assert parent.children == ("k1", "k2")
    assert_clean(aws, "ten_1")


def test_invoices_of_two_customers_or_of_nobody_are_refused_whole(desk: InvoiceDesk) -> None:
    with pytest.raises(UnprocessableError, match="one customer at a time"):
        issue_invoices("ten_1", [invoice("a"), invoice("b", customer_id="c2")], desk)
    with pytest.raises(NotFoundError, match="no customer c2"):
        issue_invoices("ten_1", [invoice("a", customer_id="c2")], desk)
    assert issue_invoices("ten_1", [], desk) == []


def test_a_parent_that_was_read_before_a_child_came_cannot_be_put_back_without_it(aws: Cloud, desk: InvoiceDesk) -> None:
    from duebook.errors import ConflictError

    issue_invoice("ten_1", invoice("p1", multi_site=True, lines=()), desk)
    read_before = aws.invoices.required("ten_1", "p1")
    issue_invoice("ten_1", invoice("k1", parent_id="p1"), desk)

    with pytest.raises(ConflictError, match="changed meanwhile"):
        aws.invoices.save("ten_1", replace(read_before, pay_online=False))
    assert aws.invoices.required("ten_1", "p1").children == ("k1",)
