"""Long imports and short lives: workers hand over, die and are followed; the result is the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from duebook import wiring, wiring_automation
from duebook.domain.import_runs import ImportStatus
from duebook.errors import StorageThrottledError
from duebook.runtime.clock import utc_now
from duebook.storage.invoice_store import CreditMemo
from duebook.usecases.issue_credit_memo import issue_credit_memo
from duebook.usecases.issue_invoice import InvoiceDesk
from duebook.usecases.look_after_imports import ImportsLooked, look_after_imports
from duebook.usecases.run_import import run_import
from duebook.usecases.start_import import ImportOrder, start_import
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


# ---------------------------------------------------------------- long files and short lives


def long_file(lines: int, customers: int = 7) -> str:
    return HEADER + "".join(
        f"c{number % customers},Customer {number % customers},inv_{number},{number:06d},2025-01-{number % 28 + 1:02d},,USD,{number}.25\n"
        for number in range(1, lines + 1)
    )


def test_a_worker_hands_over_in_time_and_the_next_ones_finish(aws):
    started(order(long_file(50) + "c1,x,inv_x,x,2025-02-30,,USD,1\n"))
    first = run_import(TENANT, "imp_1", desk=desk(), remaining_seconds=Patience(1), step_lines=20)
    word = aws.client("s3").get_object(Bucket=aws.settings["DOCUMENTS_BUCKET"], Key=f"imports/next/{TENANT}/imp_1")
    second = run_import(TENANT, "imp_1", desk=desk(), remaining_seconds=Patience(1), step_lines=20)
    last = run_import(TENANT, "imp_1", desk=desk(), remaining_seconds=Patience(), step_lines=20)

    assert (first.status, first.counts.imported, word["ContentLength"]) == (ImportStatus.RUNNING, 20, 1)
    assert second.counts.imported == 40
    assert (last.status, last.counts.imported, last.counts.errors) == (ImportStatus.DONE, 50, 1)
    assert errors_of() == [(52, "invoice_date")]
    assert sum(owed(aws, f"c{number}") for number in range(7)) == sum(number * 100 + 25 for number in range(1, 51))
    assert_books_agree(aws)


class FailingStore:
    """A store whose commits fail from the n-th on, before or after they were carried out."""

    def __init__(self, store, *, commits: int, after: bool) -> None:
        self.store, self.commits, self.after = store, commits, after

    def change(self, account_key, decide):
        self.commits -= 1
        if self.commits < 0 and not self.after:
            raise StorageThrottledError("lost")
        account = self.store.change(account_key, decide)
        if self.commits < 0:
            raise StorageThrottledError("lost")
        return account


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commits", [0, 4])
def test_a_run_that_died_in_the_middle_ends_as_if_nothing_had_happened(aws, commits, after):
    started(order(long_file(45)))
    failing: Any = FailingStore(aws.accounts, commits=commits, after=after)
    broken = replace(desk(), accounts=failing)
    with pytest.raises(StorageThrottledError, match="lost"):
        run_import(TENANT, "imp_1", desk=broken, remaining_seconds=Patience(), step_lines=30)

    last = run_import(TENANT, "imp_1", desk=desk(), remaining_seconds=Patience(), step_lines=30)

    assert (last.status, last.counts.lines, last.counts.errors) == (ImportStatus.DONE, 45, 0)
    assert last.counts.imported + last.counts.unchanged == 45
    assert sum(owed(aws, f"c{number}") for number in range(7)) == sum(number * 100 + 25 for number in range(1, 46))
    assert_books_agree(aws)


def test_a_run_in_the_hands_of_a_living_worker_is_left_alone_and_a_dead_ones_is_taken_over(aws):
    run = started(order(THREE))
    imports = wiring.import_store()
    imports.save(replace(run, status=ImportStatus.RUNNING, claimed_at=NOW))

    left_alone = run_import(TENANT, "imp_1", desk=desk(), remaining_seconds=Patience())
    aws.set_clock(NOW + timedelta(minutes=1))
    taken_over = run_import(TENANT, "imp_1", desk=desk(), remaining_seconds=Patience())

    assert left_alone.counts.imported == 0
    assert taken_over.counts.imported == 3


# ---------------------------------------------------------------- runs that were left


def looked(aws, **pause) -> ImportsLooked:
    """Have the minute tick look at imports, so much later."""
    now = utc_now() + timedelta(**pause)
    aws.set_clock(now)
    return look_after_imports(imports=wiring.import_store(), now=now)


def test_a_run_whose_worker_died_is_taken_up_again_by_the_minute_tick(aws):
    started(order(long_file(30)))
    first = run_import(TENANT, "imp_1", desk=desk(), remaining_seconds=Patience(1), step_lines=20)
    wiring.import_store().save(replace(first, claimed_at=NOW))

    assert looked(aws, minutes=4) == ImportsLooked()
    assert looked(aws, minutes=2) == ImportsLooked(imports_woken=1)
    word = aws.client("s3").get_object(Bucket=aws.settings["DOCUMENTS_BUCKET"], Key=f"imports/next/{TENANT}/imp_1")
    assert word["Body"].read() == b"2"
    last = run_import(TENANT, "imp_1", desk=desk(), remaining_seconds=Patience(), step_lines=20)

    assert (last.status, last.counts.imported) == (ImportStatus.DONE, 30)
    assert wiring.import_store().alive() == []
    assert looked(aws, hours=3) == ImportsLooked()


def test_a_run_that_gets_no_further_ends_as_failed_and_says_what_stays(aws):
    started(order(long_file(30)))
    run_import(TENANT, "imp_1", desk=desk(), remaining_seconds=Patience(1), step_lines=20)

    done = [looked(aws, minutes=6) for _ in range(5)]

    assert done == [ImportsLooked(imports_woken=1)] * 3 + [ImportsLooked(imports_given_up=1), ImportsLooked()]
    run = wiring.import_store().get(TENANT, "imp_1")
    assert (run.status, run.counts.imported, run.finished_at is not None) == (ImportStatus.FAILED, 20, True)
    assert run.refused is not None
    assert run.refused.message == (
        "The import stopped after line 21. What was imported up to there stays; "
        "import the same file again: what is on record already stays as it is"
    )
    again = imported(order(long_file(30)), "imp_2")
    assert (again.status, again.counts.unchanged, again.counts.imported) == (ImportStatus.DONE, 20, 10)


def test_a_worker_that_gets_further_starts_the_count_anew(aws):
    started(order(long_file(90)))
    for _ in range(4):
        assert looked(aws, minutes=6) == ImportsLooked(imports_woken=1)
        run_import(TENANT, "imp_1", desk=desk(), remaining_seconds=Patience(1), step_lines=20)


def test_an_import_whose_word_to_the_worker_was_lost_is_begun(aws):
    started(order(THREE))

    assert looked(aws, minutes=6) == ImportsLooked(imports_woken=1)
    assert run_import(TENANT, "imp_1", desk=desk(), remaining_seconds=Patience()).counts.imported == 3


def test_an_import_whose_file_never_comes_wakes_nobody_and_ends_as_failed(aws):
    wanted = ImportOrder("open_invoices", None)
    start_import(wanted, tenant_id=TENANT, caller_id="key_1", import_id="imp_1", imports=wiring.import_store(), now=NOW)

    assert looked(aws, minutes=70) == ImportsLooked()
    assert looked(aws, minutes=60) == ImportsLooked(imports_given_up=1)

    run = wiring.import_store().get(TENANT, "imp_1")
    assert (run.status, run.refused and run.refused.message) == (
        ImportStatus.FAILED, "No file came, so nothing was imported. Order the import again",
    )  # fmt: skip


@pytest.mark.parametrize(("dry_run", "wants", "owed_after"), [(True, True, 1_00), (False, False, 601_00), (False, True, 151_00)])
def test_r25_imported_invoices_use_unapplied_cash_where_the_business_wants_it(aws, dry_run, wants, owed_after):
    imported(order(HEADER + "c1,Anna Ltd,inv_0,1000,2025-05-01,,USD,1\n"), "imp_0")
    for source, minor in (("memo_1", 300_00), ("memo_2", 150_00)):
        memo = CreditMemo(source, "c1", source, date(2025, 5, 1), "USD", minor, "late")
        issue_credit_memo(
            TENANT,
            memo,
            InvoiceDesk(aws.directory, aws.accounts, wiring.invoice_store(), wiring_automation.automation_store(), NOW, "stf_1"),
        )
    aws.directory.save_tenant(replace(aws.directory.tenant(TENANT), use_unapplied_cash=wants))
    more = HEADER + "c1,Anna Ltd,inv_8,1008,2025-05-08,,USD,200\nc1,Anna Ltd,inv_9,1009,2025-05-09,,USD,400\n"

    for number in range(2):
        imported(order(more, dry_run=dry_run), f"imp_{number + 1}")

    assert owed(aws, "c1") == owed_after
    assert_books_agree(aws)
