"""Work through an imported file: good lines are imported, bad ones reported, and a run that stops goes on where it was.

A run is claimed by one worker at a time. It is worked off in steps; after each the run says up to which line all is done.
A step that was cut short is done again by the next worker: ids decide what is on record, so nothing is posted twice.
Before its time is up a worker leaves word in the bucket and the next one is woken by that (``ImportStore.call_next``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

from duebook.domain.csv_files import decoded, physical_lines
from duebook.domain.import_runs import Counts, ImportRun, advanced, claimed, finished, handed_over, is_claimed, is_over, refused
from duebook.domain.imports import LineError, NamedCustomer, OpenInvoice, ReadLine, columns_of, header_of, read_lines
from duebook.errors import TransientError, UnprocessableError
from duebook.usecases.import_lines import Done, ImportDesk, OnRecord, import_customer, import_invoices
from duebook.usecases.start_import import INLINE_ERRORS

STEP_LINES = 1_000
HAND_OVER_SECONDS = 120
"""Time a worker keeps for its last step; with less left it hands over."""


def run_import(
    tenant_id: str,
    import_id: str,
    *,
    desk: ImportDesk,
    remaining_seconds: Callable[[], float],
    workers: int = 1,
    step_lines: int = STEP_LINES,
) -> ImportRun:
    """Import a file, or as much of it as there is time for, and return its run.

    Safe to call again at any time: a run that is over, or in the hands of a living worker, stays as it is.

    Args:
        tenant_id: Whose.
        import_id: Which.
        desk: Stores, ids, time.
        remaining_seconds: Tells how long this worker may still run.
        workers: Customers worked on at once.
        step_lines: Lines of one step.

    Raises:
        NotFoundError: No such import.
        TransientError: Storage failed; the run was left for the next worker.
        ConflictError: Another worker took the run over.
    """
    run = desk.imports.get(tenant_id, import_id)
    if is_over(run) or is_claimed(run, desk.clock()):
        return run
    run = desk.imports.save(claimed(run, desk.clock()))
    try:
        lines = _lines(run, desk)
    except UnprocessableError as error:
        return desk.imports.save(refused(run, _refusal(error), desk.clock()))
    worked = run
    try:
        with ThreadPoolExecutor(workers) as pool:
            for worked in _work(run, lines, desk, pool.map if workers > 1 else map, step_lines):
                if remaining_seconds() < HAND_OVER_SECONDS:
                    left = desk.imports.save(handed_over(worked))
                    desk.imports.call_next(left)
                    return left
    except TransientError:
        desk.imports.save(handed_over(worked))
        raise
    if worked.counts.errors > INLINE_ERRORS:
        desk.imports.put_error_list(worked)
    return desk.imports.save(finished(worked, desk.clock()))


def _lines(run: ImportRun, desk: ImportDesk) -> list[str]:
    lines = physical_lines(decoded(desk.imports.file(run)))
    columns_of(run.form, header_of(lines).cells)
    return lines


def _work(run: ImportRun, lines: list[str], desk: ImportDesk, each: Callable[..., Iterable[Done]], step_lines: int) -> Iterator[ImportRun]:
    """Carry out step after step and give the saved run after each."""
    on_record: dict[str, OnRecord] = {}
    waiting = (line for line in read_lines(run.form, lines) if line.line > run.position)
    while step := list(islice(waiting, step_lines)):
        done = [*_invoices(run, step, on_record, desk, each), *_customers(run, step, desk, each)]
        texts = {line.line: line.text for line in step}
        errors = [error for line in step for error in line.errors]
        errors += [replace(error, text=texts[error.line]) for part in done for error in part.errors]
        errors.sort(key=lambda error: error.line)
        counts = sum((part.counts for part in done), Counts(len(step), bad_lines=len({error.line for error in errors}), errors=len(errors)))
        pages = 0 if not errors else desk.imports.put_errors(run, errors)
        run = desk.imports.save(advanced(run, counts, position=step[-1].line, pages=pages, now=desk.clock()))
        yield run


def _invoices(
    run: ImportRun, step: list[ReadLine], on_record: dict[str, OnRecord], desk: ImportDesk, each: Callable[..., Iterable[Done]]
) -> list[Done]:
    by_customer: dict[str, list[OpenInvoice]] = {}
    for line in step:
        if isinstance(line.good, OpenInvoice):
            by_customer.setdefault(line.good.customer_id, []).append(line.good)

    def one(group: list[OpenInvoice]) -> Done:
        customer_id = group[0].customer_id
        done, on_record[customer_id] = import_invoices(run, group, on_record.get(customer_id), desk)
        return done

    return list(each(one, by_customer.values()))


def _customers(run: ImportRun, step: list[ReadLine], desk: ImportDesk, each: Callable[..., Iterable[Done]]) -> list[Done]:
    named = [line.good for line in step if isinstance(line.good, NamedCustomer)]
    return list(each(lambda line: import_customer(run, line, desk), named))


def _refusal(error: UnprocessableError) -> LineError:
    line, named = error.facts.get("line", 1), error.facts.get("field")
    return LineError(line if isinstance(line, int) else 1, named if isinstance(named, str) else None, str(error))
