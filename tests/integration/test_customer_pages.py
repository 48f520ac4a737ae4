"""The pages on which staff find customers, add, change and disable them: what is shown, what is refused, what the log tells."""

from __future__ import annotations

import csv
import io
import re

import pytest

from duebook import wiring, wiring_staff
from duebook.domain.directory import Contact, Customer, Role
from tests.integration.cloud import Cloud
from tests.integration.staff_office import Answer, Browser, add_customer, issue, open_office, receive

FORM = {"customer_id": "pine-7", "name": "Pine Ridge Camp", "email": "AP@Pines.example", "phone": "540 555 0199", "postal_code": "24014"}


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give a signed-in manager of a tenant with one customer."""
    return open_office(Role.MANAGER)


def who(customer_id: str = "c1") -> Customer:
    return wiring.directory_store().customer("ten_1", customer_id)


def log(customer_id: str = "c1") -> list[tuple[str, str, str | None]]:
    lines = wiring_staff.activity_store().of_customer("ten_1", customer_id, limit=20)
    return [(line.words, line.detail, line.reason) for line in lines]


def send(office: Browser, target: str, **fields: str) -> Answer:
    """Open a form, and send it with what it holds but for what is typed."""
    page = office.get(target)
    held = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.body))
    return office.post(target, held | fields)


# The list


def test_filters_leave_those_of_whom_all_hold(office: Browser) -> None:
    issue("inv_1", 100_00, due="2025-05-01")
    add_customer("c2", "Pine Ridge Camp")
    issue("inv_2", 50_00, "c2", due="2025-07-01")
    receive("pay_1", 60_00, "c2")
    add_customer("c3", "Mill Creek Bakery", enabled=False)
    directory = wiring.directory_store()
    directory.put_contact("ten_1", "c2", Contact("con_1", "Jo", "company", "jo@pines.example", portal_access=True), was=None)

    shown = {
        query: [name for name in ("Halvorsen", "Pine Ridge", "Mill Creek") if name in office.get(f"/admin/customers?{query}").text]
        for query in ("", "overdue=1", "credit=1", "access=1", "disabled=1", "overdue=1&credit=1", "q=pine&access=1")
    }

    assert shown == {
        "": ["Halvorsen", "Pine Ridge", "Mill Creek"],
        "overdue=1": ["Halvorsen"],
        "credit=1": ["Pine Ridge"],
        "access=1": ["Pine Ridge"],
        "disabled=1": ["Mill Creek"],
        "overdue=1&credit=1": [],
        "q=pine&access=1": ["Pine Ridge"],
    }
    assert "Pine Ridge Camp c2 Automation off $0.00 – Nothing open $10.00 1 contact" in office.get("/admin/customers").text


def test_an_empty_list_says_which_filter_to_clear(office: Browser) -> None:
    answer = office.get("/admin/customers?q=zebra&overdue=1")

    assert "No customer matches “ zebra ” with overdue. Clear the search Clear “Overdue”" in answer.text
    assert 'href="/admin/customers?overdue=1">Clear the search' in answer.body
    assert 'href="/admin/customers?q=zebra">Clear “Overdue”' in answer.body


@pytest.mark.parametrize("search", ["5550199", "540 555-01", "(540) 555", "kT7mWq4x1c2", "C2", "pINE"])
def test_a_search_finds_phone_and_the_whole_pay_online_id(office: Browser, search: str) -> None:
    add_customer("c2", "Pine Ridge Camp", phone="540.555.0199")

    text = office.get(f"/admin/customers?q={search.replace(' ', '+')}").text

    assert "Pine Ridge Camp" in text
    assert "Halvorsen" not in text


@pytest.mark.parametrize("search", ["kt7mwq4x1c2", "kT7mWq4x1c", "99"])
def test_r11_a_pay_online_id_is_found_by_its_exact_characters_alone(office: Browser, search: str) -> None:
    add_customer("c2", "Pine Ridge Camp", phone="540.555.0199" if search != "99" else None)

    assert "No customer matches" in office.get(f"/admin/customers?q={search}").text


def test_pages_lead_forward_and_back_over_the_same_customers(office: Browser) -> None:
    for number in range(120):
        add_customer(f"d{number:03}", f"Customer {number:03}")

    def names(answer: Answer) -> list[str]:
        return re.findall(r"Customer \d{3}|Halvorsen", answer.text)

    def follow(answer: Answer, words: str) -> Answer:
        (href,) = re.findall(rf'href="([^"]+)">{words}', answer.body)
        return office.get(href.replace("&amp;", "&"))

    first = office.get("/admin/customers")
    second = follow(first, "Next page")
    third = follow(second, "Next page")

    assert (len(names(first)), len(names(second)), len(names(third))) == (50, 50, 21)
    assert "Next page" not in third.text
    assert names(follow(third, "Previous page")) == names(second)
    assert names(follow(follow(third, "Previous page"), "Previous page")) == names(first)
    assert names(follow(follow(second, "Previous page"), "Next page")) == names(second)


def test_the_file_holds_what_is_filtered_with_overdue_and_access(office: Browser) -> None:
    issue("inv_1", 100_00, due="2025-05-01")
    issue("inv_2", 50_00, due="2025-07-01")
    add_customer("c2", "Pine Ridge Camp", enabled=False)

    rows = list(csv.DictReader(io.StringIO(office.get("/admin/customers.csv?overdue=1").body)))

    assert [(row["customer_id"], row["balance"], row["overdue"], row["enabled"], row["portal_access"]) for row in rows] == [
        ("c1", "150.00", "100.00", "yes", "0")
    ]


# New customer


def test_a_customer_is_added_under_a_proposed_or_typed_id_and_the_log_tells(office: Browser) -> None:
    page = office.get("/admin/new-customer")
    proposed = re.search(r'name="customer_id" type="text" value="(C-[A-Z2-9]{6})"', page.body)

    answer = send(office, "/admin/new-customer", **FORM, address=" 12 Mill Road \r\n Roanoke ")

    assert proposed
    assert (answer.status, answer.headers["Location"]) == (303, "/admin/customers/pine-7?done=added")
    assert "The customer is added." in office.get("/admin/customers/pine-7?done=added").text
    made = who("pine-7")
    assert (made.name, made.email, made.address, made.enabled) == ("Pine Ridge Camp", "AP@pines.example", "12 Mill Road\nRoanoke", True)
    assert not made.imported_pay_online_id
    assert log("pine-7") == [("Added the customer", "Pine Ridge Camp", None)]


def test_the_same_form_twice_adds_one_customer_and_one_line(office: Browser) -> None:
    form = FORM | {"csrf": office.csrf(), "key": "form_1"}

    answers = [office.post("/admin/new-customer", form) for _ in range(2)]

    assert {answer.status for answer in answers} == {303}
    assert len(log("pine-7")) == 1


def test_an_id_that_is_taken_is_refused_and_what_was_typed_stays(office: Browser) -> None:
    answer = send(office, "/admin/new-customer", **(FORM | {"customer_id": "c1"}))

    assert answer.status == 422
    assert "There is a customer with this ID already: Halvorsen Construction." in answer.text
    assert 'value="AP@Pines.example"' in answer.body
    assert who().name == "Halvorsen Construction"


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", "  ", "Type the customer's name."),
        ("email", "pines", "This is not an email address."),
        ("customer_id", "a b", "Type 1 to 64 letters"),
        ("locale", "american", "Type a language and region"),
        ("postal_code", "1" * 13, "At most 12 characters."),
        ("phone", "4111 1111 1111 1111", "This looks like a card number."),
        ("name", "Pine\x07", "There is a character here that cannot be kept."),
    ],
)
def test_a_mistake_stands_at_its_field(office: Browser, field: str, typed: str, words: str) -> None:
    answer = send(office, "/admin/new-customer", **(FORM | {field: typed}))

    assert answer.status == 422
    assert f'<a href="#{field}">{words[:20]}' in answer.body.replace("&#39;", "'")
    assert words in answer.text
    assert answer.text.startswith("Error: New customer")
    assert wiring.directory_store().find_customer("ten_1", "pine-7") is None


# Change


def test_a_change_keeps_what_the_form_does_not_show_and_names_the_fields_in_the_log(office: Browser) -> None:
    issue("inv_1", 100_00)
    before = who()

    answer = send(office, "/admin/customers/c1/edit", name="Halvorsen & Sons", email="ap@halvorsen.example", postal_code="24014")

    assert answer.headers["Location"] == "/admin/customers/c1?done=saved"
    after = who()
    assert (after.name, after.email, after.pay_online_id) == ("Halvorsen & Sons", "ap@halvorsen.example", before.pay_online_id)
    assert after.currencies == {"USD"}
    assert log() == [("Changed the customer", "name, email, ZIP code", None)]


def test_saving_without_a_change_writes_nothing(office: Browser) -> None:
    answer = send(office, "/admin/customers/c1/edit", name="Halvorsen Construction")

    assert answer.status == 303
    assert (who().version, log()) == (0, [])


def test_what_somebody_else_changed_meanwhile_is_not_overwritten_unseen(office: Browser) -> None:
    form = {"csrf": office.csrf(), "key": "form_1", "version": "0", "name": "Mine"}
    send(office, "/admin/customers/c1/edit", name="Theirs")

    answer = office.post("/admin/customers/c1/edit", form)

    assert answer.status == 422
    assert "Somebody changed this customer while you were typing." in answer.text
    assert 'value="Mine"' in answer.body
    assert who().name == "Theirs"
    assert 'name="version" value="1"' in answer.body


# Off and on


def test_r53_disabling_tells_what_it_does_asks_why_and_can_be_undone(office: Browser) -> None:
    page = office.get("/admin/customers/c1/switch")
    unasked = send(office, "/admin/customers/c1/switch")

    assert "Its Pay Online ID is no longer known to the payment page." in page.text
    assert unasked.status == 422
    assert who().enabled

    done = send(office, "/admin/customers/c1/switch", reason="Closed their business")

    assert done.headers["Location"] == "/admin/customers/c1?done=disabled"
    assert not who().enabled
    assert "Enable customer" in office.get("/admin/customers/c1?done=disabled").text
    assert log() == [("Disabled the customer", "", "Closed their business")]

    assert send(office, "/admin/customers/c1/switch").headers["Location"].endswith("done=enabled")
    assert who().enabled
    assert {line[0] for line in log()} == {"Enabled the customer", "Disabled the customer"}


def test_a_viewer_is_offered_none_of_it(aws: Cloud) -> None:  # noqa: ARG001 - the cloud stands before the office opens
    office = open_office(Role.VIEWER)

    shown = office.get("/admin/customers").body + office.get("/admin/customers/c1").body + office.get("/admin/customers/c1/contacts").body

    assert not re.findall(r'href="[^"]*/(?:new-customer|edit|switch|new-contact|new-site)"', shown)


def test_the_overview_shows_unapplied_cash_latest_payments_and_the_way_to_apply(office: Browser) -> None:
    issue("inv_1", 100_00)
    receive("pay_01", 130_00)

    answer = office.get("/admin/customers/c1")

    assert "Unapplied cash $30.00 Apply or refund it" in answer.text
    assert "Latest payments Jun 2, 2025 Received $130.00 All payments" in answer.text
    assert "No mails yet." in answer.text


# The overview


def test_who_is_on_the_phone_with_a_customer_has_number_address_and_what_to_do_at_hand(office: Browser) -> None:
    add_customer("c2", "Pine Ridge Camp", phone="(540) 555-0199 ext. 4", email="ap@pines.example", address="1 Pine Road\nRoanoke, VA")
    issue("inv_1", 100_00, "c2")
    issue("par_1", 0, "c2", multi_site=True)
    issue("inv_2", 50_00, "c2", parent_id="par_1")

    page = office.get("/admin/customers/c2")

    assert 'href="tel:5405550199"' in page.body
    assert 'href="mailto:ap%40pines.example"' in page.body
    assert "1 Pine Road, Roanoke, VA" in page.text
    assert "Record a payment Send statement Edit customer Disable customer" in page.text
    for invoice_id in ("inv_1", "inv_2", "par_1"):
        assert f'href="/admin/invoices/{invoice_id}"' in page.body


@pytest.mark.usefixtures("aws")
def test_r85_a_viewer_is_offered_nothing_to_do_to_a_customer() -> None:
    office = open_office()

    assert "Record a payment" not in office.get("/admin/customers/c1").text
