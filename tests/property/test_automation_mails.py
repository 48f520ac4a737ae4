"""Mails of billing automation: whatever is owed, figures add up, every name a text may use is filled, and the mail stays small."""

from __future__ import annotations

import re
from html import escape

from hypothesis import given
from hypothesis import strategies as st

from duebook.domain.account import Account
from duebook.domain.automation_letters import due_sections
from duebook.domain.email_activity import MailKind, MailText
from duebook.domain.mail_templates import OwnText
from duebook.domain.mail_texts import TEXTS
from duebook.mail.account_summary import write_account_summary
from duebook.mail.cleaning import clean_html
from duebook.mail.letters import MOST_ROWS
from duebook.mail.new_invoice import write_new_invoice
from duebook.mail.past_due import write_past_due
from duebook.mail.tenant_texts import TenantWords
from tests.automation_mail_samples import ORIGIN, TODAY, account, item, letter, news, past_due, summary

OWED = st.tuples(st.integers(-40, 400), st.integers(1, 10**9), st.booleans())
NUMBERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)
GMAIL_CUTS_AT = 102 * 1024


def of_currency(currency: str) -> st.SearchStrategy[Account]:
    """Return accounts with up to eighty open items, some of them reserved in part."""

    def made(owed: list[tuple[int, int, bool]], unapplied: int) -> Account:
        items = [item(f"{currency}-{place}", days, minor) for place, (days, minor, _) in enumerate(owed)]
        reserved = [(f"{currency}-{place}", max(1, minor // 2)) for place, (_, minor, held) in enumerate(owed) if held]
        return account(*items, currency=currency, unapplied=unapplied, reserved=reserved)

    return st.builds(made, st.lists(OWED, min_size=1, max_size=80), st.integers(0, 10**6))


ACCOUNTS = st.lists(st.sampled_from(["USD", "EUR", "JPY", "KWD"]), min_size=1, max_size=4, unique=True).flatmap(
    lambda currencies: st.tuples(*(of_currency(one) for one in currencies))
)


def every_name(kind: MailKind) -> TenantWords:
    """Return a text that uses every name of a kind."""
    known = TEXTS[kind].vocabulary
    names = "".join(f"<p>[{{{{{name.name}}}}}]</p>" for name in known.names)
    row = "".join(f"{{{{{name.name}}}}};" for name in known.row)
    text = OwnText("{{customer.name}}", names + (f"<p>{{{{#invoices}}}}{row}{{{{/invoices}}}}</p>" if row else ""))

    def failed(reason: str) -> None:
        raise AssertionError(reason)

    return TenantWords(kind, text, clean_html, failed)


def written(kind: MailKind, accounts: tuple[Account, ...], words: TenantWords | None) -> MailText:
    """Write a mail of a kind about some accounts."""
    if kind is MailKind.NEW_INVOICE:
        return write_new_invoice(news(accounts[0], accounts[0].open_items[-1].open_minor), None, portal_origin=ORIGIN, words=words)
    if kind is MailKind.ACCOUNT_SUMMARY:
        return write_account_summary(summary(*accounts), portal_origin=ORIGIN, words=words)
    return write_past_due(past_due(int(kind.value[-1]), *accounts), portal_origin=ORIGIN, words=words)


KINDS = st.sampled_from([MailKind.NEW_INVOICE, MailKind.ACCOUNT_SUMMARY, MailKind.PAST_DUE_1, MailKind.PAST_DUE_2, MailKind.PAST_DUE_3])


@given(kind=KINDS, accounts=ACCOUNTS)
def test_r65_every_name_that_a_text_may_use_is_filled(kind: MailKind, accounts: tuple[Account, ...]):
    mail = written(kind, accounts, every_name(kind))

    assert mail.subject == letter().customer.name
    assert "{{" not in mail.html + mail.text
    assert "[]" not in mail.text


@given(kind=KINDS, accounts=ACCOUNTS)
def test_a_mail_in_our_words_stays_small_and_tells_of_every_invoice_or_how_many_more_there_are(
    kind: MailKind, accounts: tuple[Account, ...]
):
    mail = written(kind, accounts, None)

    rows = len(re.findall(r"^- \w{3}-\d+:", mail.text, re.MULTILINE))
    more = sum(int(count) for count in re.findall(r"^- and (\d+) more:", mail.text, re.MULTILINE))
    due = sum(len(one.lines) for one in due_sections(accounts, TODAY))
    everything = {MailKind.NEW_INVOICE: 0, MailKind.ACCOUNT_SUMMARY: sum(len(one.open_items) for one in accounts)}.get(kind, due)
    assert rows <= MOST_ROWS
    assert rows + more == everything
    assert len(mail.html.encode()) < GMAIL_CUTS_AT / 2


@given(accounts=ACCOUNTS)
def test_r76_past_due_and_reserved_and_not_due_add_up_to_the_balance(accounts: tuple[Account, ...]):
    due = {one.currency: one for one in due_sections(accounts, TODAY)}

    for one in accounts:
        late = [each for each in one.open_items if each.due_on < TODAY]
        reserved = {line.invoice_id: line.minor for held in one.reservations for line in held.lines}
        held = sum(reserved.get(each.invoice_id, 0) for each in late)
        section = due.get(one.key.currency)
        assert (section.total if section else 0) + held == sum(each.open_minor for each in late)
        assert section is None or all(line.minor > 0 and line.days_past_due > 0 for line in section.lines)


@given(number=NUMBERS)
def test_whatever_an_invoice_is_called_it_stays_words_in_its_line(number: str):
    mail = write_new_invoice(news(account(item(number, 3, 100_00)), 100_00), None, portal_origin=ORIGIN)

    (line,) = [one for one in mail.text.split("\n") if one.startswith("Invoice ") and one.endswith(": $100.00")]
    shown = line.removeprefix("Invoice ").removesuffix(": $100.00")
    assert escape(shown, quote=False).replace('"', "&#34;").replace("'", "&#39;") in mail.html
