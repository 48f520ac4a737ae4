"""Which customer is meant by what somebody typed into a list's filter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from duebook.domain.directory import Customer
from duebook.errors import InvalidInputError, UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.usecases.read_customers import MOST_SEARCHED, STEP, matches
from duebook.web.customer_choice import EVERYBODY, MOST_CHOICES, CustomerChoice, decided, read_choice


def customer(customer_id: str, name: str, **facts: object) -> Customer:
    return replace(Customer(customer_id, name, f"pay-{customer_id}", datetime(2025, 1, 1, tzinfo=UTC)), **facts)  # type: ignore[arg-type]


PINE_HILL = customer("C-1042", "Pine Hill Camp", email="ap@hill.example")
PINE_RIDGE = customer("C-104", "Pine Ridge Camp", phone="555-0142")
PINE = customer("C-7", "Pine")
QUARRY = customer("C-9", "Quarry Works", email="books@pineapple.example")
CUSTOMERS = (PINE_HILL, PINE_RIDGE, PINE, QUARRY)


class Directory(DirectoryStore):
    """Customers in memory that count how often they are listed."""

    def __init__(self, *customers: Customer) -> None:
        self.known = sorted(customers, key=lambda one: one.customer_id)
        self.listed = 0

    def find_customer(self, tenant_id: str, customer_id: str) -> Customer | None:
        if "#" in customer_id:
            raise InvalidInputError(tenant_id)
        return next((one for one in self.known if one.customer_id == customer_id), None)

    def customers(self, tenant_id: str, *, limit: int, after: str | None = None, before: str | None = None) -> list[Customer]:
        del tenant_id, before
        self.listed += 1
        return [one for one in self.known if after is None or one.customer_id > after][:limit]


def choice(typed: str) -> CustomerChoice:
    return decided(typed, [one for one in CUSTOMERS if matches(one, typed)])


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("C-104", PINE_RIDGE),
        ("c-104", PINE_RIDGE),
        ("pine", PINE),
        ("PINE RIDGE CAMP", PINE_RIDGE),
        ("ridge", PINE_RIDGE),
        ("1042", PINE_HILL),
        ("hill", PINE_HILL),
        ("hill.example", PINE_HILL),
        ("5550142", PINE_RIDGE),
        ("pineapple", QUARRY),
        ("pay-C-9", QUARRY),
    ],
)
def test_an_id_a_whole_name_or_a_piece_that_fits_one_customer_only_decides(typed: str, found: Customer):
    assert choice(typed) == CustomerChoice(typed, found)


@pytest.mark.parametrize(("typed", "choices"), [("camp", [PINE_HILL, PINE_RIDGE]), ("c-10", [PINE_HILL, PINE_RIDGE]), ("zebra", [])])
def test_several_or_nobody_leave_it_open(typed: str, choices: list[Customer]):
    left_open = choice(typed)

    assert left_open.unclear
    assert list(left_open.choices) == choices


def test_customers_whose_name_holds_the_text_stand_before_those_whose_email_does():
    assert choice("pin").choices == (PINE, PINE_HILL, PINE_RIDGE, QUARRY)


def test_two_of_one_name_are_told_apart_by_where_they_are_reached():
    here, there = customer("C-1", "Pine", address="1 Mill Road\nDover"), customer("C-2", "pine", email="ap@pine.example")

    asked = decided("pine", [here, there, PINE_HILL])

    assert asked.choices == (here, there, PINE_HILL)
    assert [asked.apart(one) for one in asked.choices] == ["1 Mill Road, Dover", "ap@pine.example", ""]


def test_no_more_than_ten_are_offered_and_the_others_counted():
    asked = decided("pine", [customer(f"C-{number:02}", f"Pine {number:02}") for number in range(13)])

    assert len(asked.choices) == MOST_CHOICES
    assert asked.more == 3


def test_an_id_is_one_read_and_anything_else_a_search():
    directory = Directory(*CUSTOMERS)

    assert read_choice("ten_1", "C-104", directory=directory).found == PINE_RIDGE
    assert read_choice("ten_1", " ", directory=directory) == EVERYBODY
    assert directory.listed == 0
    assert read_choice("ten_1", "ridge", directory=directory).found == PINE_RIDGE
    assert directory.listed == 1


@pytest.mark.parametrize("typed", ["#1", "x" * 200])
def test_nonsense_finds_nobody(typed: str):
    asked = read_choice("ten_1", typed, directory=Directory(*CUSTOMERS))

    assert asked.unclear
    assert len(asked.typed) <= 64


def test_a_search_that_ended_early_decides_nothing_but_says_so():
    directory = Directory(*(customer(f"C-{number:05}", "Camp" if number == 7 else "Other") for number in range(MOST_SEARCHED + 1)))

    asked = read_choice("ten_1", "camp", directory=directory)

    assert asked.unclear
    assert [one.customer_id for one in asked.choices] == ["C-00007"]
    assert asked.cut
    assert directory.listed == MOST_SEARCHED // STEP + 1
    assert read_choice("ten_1", "c-00007", directory=directory).found == asked.choices[0]


def test_all_of_exactly_as_many_as_one_search_reads_were_looked_through():
    directory = Directory(*(customer(f"C-{number:05}", "Camp" if number == 7 else "Other") for number in range(MOST_SEARCHED)))

    assert read_choice("ten_1", "camp", directory=directory).customer_id == "C-00007"


def test_no_file_is_made_while_it_is_open_who_is_meant():
    assert choice("ridge").checked().found == PINE_RIDGE
    with pytest.raises(UnprocessableError, match="Which customer “camp” is, is not clear"):
        choice("camp").checked()


def test_the_address_is_settled_where_it_holds_something_else_than_the_id():
    away = choice("ridge").settled(lambda customer_id: f"/list?customer={customer_id}")

    assert away is not None
    assert away.headers["Location"] == "/list?customer=C-104"
    assert choice("C-104").settled(str) is None
    assert choice("camp").settled(str) is None
    assert EVERYBODY.settled(str) is None
