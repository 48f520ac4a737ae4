"""Long imports and short lives: workers hand over, die and are followed; the result is the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from duebook import wiring
from duebook.domain.import_runs import ImportStatus
from duebook.errors import StorageThrottledError
from duebook.usecases.run_import import run_import
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
