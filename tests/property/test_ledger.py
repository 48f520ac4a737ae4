"""Any sequence of commands keeps the books whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from duebook.domain.account import Account, apply, balance, find_open_item, fold, reserved_by_invoice, unapplied_cash
from duebook.domain.allocation import allocate_oldest_first, payable_online
from duebook.domain.decisions import (
    AmendInvoice,
    ApplyPayment,
    CapturePayment,
    Command,
    IssueCreditMemo,
    IssueInvoice,
    ReleaseReservation,
    ReserveOnline,
    UnapplyPayment,
    VoidInvoice,
    decide,
)
from duebook.domain.journal import EntryKind, JournalEntry, Line
from duebook.domain.open_items import OpenItem, age_key
from duebook.errors import DuebookError, InvariantError
from duebook.storage.codec import entry_doc, entry_of, item_of, item_row, reservations_of, reservations_text
from duebook.storage.dynamo import compact
from duebook.storage.segments import FULL, THIN, laid_out
from tests.builders import KEY, NOON

INVOICES = [f"inv_{n}" for n in range(6)]
PAYMENTS = [f"pay_{n}" for n in range(4)]
DAYS = st.integers(0, 400).map(lambda days: date(2024, 1, 1) + timedelta(days))
MINOR = st.integers(1, 500_00)

items = st.builds(
    OpenItem,
    st.sampled_from(INVOICES),
    st.sampled_from(["INV-9", "INV-10", "999", "1000", "A1"]),
    DAYS,
    DAYS,
    MINOR,
    st.booleans(),
    st.sampled_from([None, "site_1"]),
    st.sampled_from([None, "parent_1"]),
)
item_sets = st.lists(items, max_size=6, unique_by=lambda item: item.invoice_id)

commands = st.one_of(
    items.map(lambda item: IssueInvoice(item.invoice_id, item.open_minor, item)),
    st.builds(AmendInvoice, st.sampled_from(INVOICES), st.booleans()),
    st.builds(VoidInvoice, st.sampled_from(INVOICES), MINOR, st.just("wrong")),
    st.builds(IssueCreditMemo, st.sampled_from(["crm_1", "crm_2"]), MINOR, st.just("kind"), st.none() | DAYS),
    st.builds(ReserveOnline, st.sampled_from(PAYMENTS), MINOR),
    st.builds(ReleaseReservation, st.sampled_from(PAYMENTS), st.just("declined")),
    st.builds(CapturePayment, st.sampled_from(PAYMENTS), MINOR, st.just("bank"), st.none() | DAYS),
    st.builds(ApplyPayment, st.sampled_from([*PAYMENTS, "crm_1"]), st.booleans()),
    st.builds(
        ApplyPayment,
        st.sampled_from(PAYMENTS),
        st.just(False),
        st.lists(st.builds(Line, st.sampled_from(INVOICES), st.just(""), MINOR), max_size=3).map(tuple),
    ),
)


def play(wanted: list[Command]) -> tuple[Account, list[JournalEntry]]:
    """Carry out what the account allows, with an un-application of each third application; return all entries."""
    account, entries = Account(KEY), []
    issued: dict[str, OpenItem] = {}
    for command in wanted:
        if isinstance(command, IssueInvoice) and command.invoice_id in issued:
            continue
        try:
            entry = decide(account, command, posted_at=NOON, actor="test")
            account = apply(account, entry)
        except InvariantError:
            # A payment reserves once; nothing else that is refused may look like broken books.
            if isinstance(command, ReserveOnline):
                continue
            raise
        except DuebookError:
            continue
        entries.append(entry)
        if isinstance(command, IssueInvoice) and command.item:
            issued[command.invoice_id] = command.item
        if entry.kind is EntryKind.PAYMENT_APPLIED and len(entries) % 3 == 0:
            closed = tuple(issued[line.invoice_id] for line in entry.lines if find_open_item(account, line.invoice_id) is None)
            back = decide(account, UnapplyPayment(entry.source_id, entry.lines, closed, "wrong"), posted_at=NOON, actor="test")
            account = apply(account, back)
            entries.append(back)
    return account, entries


@given(st.lists(commands, max_size=30))
@settings(deadline=None)
def test_fold_of_the_journal_is_the_account_for_any_sequence_of_commands(wanted: list[Command]) -> None:
    account, entries = play(wanted)

    assert fold(KEY, entries) == account
    assert fold(KEY, [entry_of(entry_doc(entry)) for entry in entries]) == account
    assert account.version == len(entries)


@given(st.lists(commands, max_size=30))
@settings(deadline=None)
def test_the_books_agree_with_the_account_for_any_sequence_of_commands(wanted: list[Command]) -> None:
    account, entries = play(wanted)

    books: dict[str, int] = {}
    for entry in entries:
        for posting in entry.postings:
            books[posting.account] = books.get(posting.account, 0) + posting.minor
    assert sum(books.values()) == 0
    assert books.get("receivable", 0) == balance(account)
    assert -books.get("unapplied_cash", 0) == unapplied_cash(account)
    assert all(item.open_minor > 0 for item in account.open_items)
    assert list(account.open_items) == sorted(account.open_items, key=age_key)


@given(st.lists(commands, max_size=30))
@settings(deadline=None)
def test_r27_no_invoice_is_promised_more_than_it_has_open(wanted: list[Command]) -> None:
    account, _ = play(wanted)

    opens = {item.invoice_id: item.open_minor for item in account.open_items}
    for invoice_id, reserved in reserved_by_invoice(account).items():
        assert reserved <= opens.get(invoice_id, reserved)
    assert 0 <= payable_online(account) <= balance(account)


@given(st.lists(commands, max_size=25))
@settings(deadline=None)
def test_reservations_survive_writing_and_reading(wanted: list[Command]) -> None:
    account, _ = play(wanted)
    numbers = {item.invoice_id: item.number for item in account.open_items}

    assert reservations_of(reservations_text(account.reservations, numbers), numbers) == account.reservations


@given(st.lists(commands, max_size=25))
@settings(deadline=None)
def test_reservations_in_an_older_head_are_read_as_they_stood(wanted: list[Command]) -> None:
    account, _ = play(wanted)
    numbers = {item.invoice_id: item.number for item in account.open_items}

    def row(line: Line) -> list[object]:
        return [line.invoice_id, line.minor, *([] if line.invoice_id in numbers else [line.number])]

    older = compact([[held.payment_id, [row(line) for line in held.lines]] for held in account.reservations])

    assert reservations_of(older, numbers) == account.reservations


@given(MINOR, item_sets)
def test_r25_applications_and_unapplied_cash_add_up_to_the_amount(amount: int, owed: list[OpenItem]) -> None:
    allocation = allocate_oldest_first(amount, owed)

    assert sum(line.minor for line in allocation.lines) + allocation.unapplied == amount


@given(MINOR, item_sets)
def test_r20_r21_oldest_first_is_a_prefix_of_the_items_by_age(amount: int, owed: list[OpenItem]) -> None:
    allocation = allocate_oldest_first(amount, owed)
    by_age = sorted(owed, key=age_key)

    assert [line.invoice_id for line in allocation.lines] == [item.invoice_id for item in by_age[: len(allocation.lines)]]
    assert [line.minor for line in allocation.lines[:-1]] == [item.open_minor for item in by_age][: len(allocation.lines)][:-1]
    assert allocation.unapplied == 0 or len(allocation.lines) == len(owed)


@given(MINOR, item_sets, st.randoms(use_true_random=False))
def test_r20_allocation_does_not_depend_on_the_order_of_its_input(amount: int, owed: list[OpenItem], shuffler: object) -> None:
    shuffled = list(owed)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]

    assert allocate_oldest_first(amount, shuffled) == allocate_oldest_first(amount, owed)


@given(items)
def test_an_open_item_survives_writing_and_reading(item: OpenItem) -> None:
    assert item_of(item_row(item)) == item


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10_000)), max_size=60), st.integers(1, 160))
@settings(deadline=None, max_examples=50)
def test_segments_keep_all_items_oldest_first_whatever_comes_and_goes(steps: list[tuple[bool, int]], at_first: int) -> None:
    def made(n: int) -> OpenItem:
        return OpenItem(f"i{n}", f"{n}", date(2024, 1, 1) + timedelta(n % 700), date(2024, 1, 1) + timedelta(n % 700), n + 1)

    held = sorted((made(n * 37) for n in range(at_first)), key=age_key)
    layout = laid_out(held, {})
    for add, n in steps:
        if add and all(item.invoice_id != f"i{n}" for item in held):
            held = sorted([*held, made(n)], key=age_key)
        elif held:
            del held[n % len(held)]
        layout = laid_out(held, layout)

        assert [item for number in sorted(layout) for item in layout[number]] == held
        assert all(layout.values())
        assert all(len(part) <= FULL for part in layout.values())


@given(st.integers(10, 60), st.integers(5, 50))
@settings(deadline=None, max_examples=20)
def test_segments_that_thin_out_grow_together(keep_one_in: int, at_a_time: int) -> None:
    def made(n: int) -> OpenItem:
        return OpenItem(f"i{n}", f"{n}", date(2024, 1, 1) + timedelta(n), date(2024, 1, 1) + timedelta(n), n + 1)

    held = [made(n) for n in range(600)]
    layout = laid_out(held, {})
    for start in range(0, 600, at_a_time):
        paid = {f"i{n}" for n in range(start, start + at_a_time) if n % keep_one_in}
        held = [item for item in held if item.invoice_id not in paid]
        layout = laid_out(held, layout)

    assert [item for number in sorted(layout) for item in layout[number]] == held
    assert len(layout) <= len(held) // (THIN // 2) + 2


@given(item_sets)
def test_r20_changing_one_amount_does_not_change_the_order(owed: list[OpenItem]) -> None:
    changed = [replace(item, open_minor=item.open_minor + 1) for item in owed]

    assert [item.invoice_id for item in sorted(changed, key=age_key)] == [item.invoice_id for item in sorted(owed, key=age_key)]
