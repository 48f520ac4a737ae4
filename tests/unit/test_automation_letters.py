"""What past-due notices are about: what is late, less what payments under way will pay."""

from __future__ import annotations

from duebook.domain.automation_letters import PastDueLetter, due_sections
from tests.automation_mail_samples import TODAY, account, item, letter


def test_r75_every_past_due_invoice_stands_in_its_currency_the_longest_due_first():
    euro = account(item("INV-9", 3, 10_00), currency="EUR")
    dollars = account(item("INV-1", 5, 100_00), item("INV-2", 40, 20_00), unapplied=7_00)

    found = due_sections((euro, dollars), TODAY)

    assert [(one.currency, one.total, one.unapplied) for one in found] == [("EUR", 10_00, 0), ("USD", 120_00, 7_00)]
    assert [(line.item.number, line.minor, line.days_past_due) for line in found[1].lines] == [("INV-2", 20_00, 40), ("INV-1", 100_00, 5)]
    assert PastDueLetter(letter(euro, dollars), 2, found).days_past_due == 40


def test_r75_what_is_due_today_or_later_is_not_past_due_and_a_currency_without_any_is_left_out():
    assert due_sections((account(item("INV-1", 0, 100_00), item("INV-2", -1, 100_00)),), TODAY) == ()


def test_r76_what_payments_under_way_have_reserved_is_not_dunned():
    held = account(item("INV-1", 40, 100_00), item("INV-2", 3, 50_00), reserved=(("INV-1", 100_00), ("INV-2", 20_00)))

    (found,) = due_sections((held,), TODAY)

    assert [(line.item.number, line.minor) for line in found.lines] == [("INV-2", 30_00)]
    assert (found.total, found.lines[0].item.open_minor) == (30_00, 50_00)
    assert due_sections((account(item("INV-1", 40, 100_00), reserved=(("INV-1", 100_00),)),), TODAY) == ()
