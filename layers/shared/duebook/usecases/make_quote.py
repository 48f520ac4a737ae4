"""Quote what a contact chose to pay: the price as the account stands now, good for a quarter of an hour (R23, R24)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.account import AccountKey
from duebook.domain.open_items import OpenItem
from duebook.domain.portal_access import ContactCaller
from duebook.domain.quotes import GOOD_FOR, Quote
from duebook.domain.selection import LeftOut, Selection, price
from duebook.errors import BalanceChangedError, NotFoundError
from duebook.storage.account_store import AccountStore
from duebook.storage.invoice_store import InvoiceStore
from duebook.storage.quote_store import QuoteStore


@dataclass(frozen=True, slots=True)
class Quoted:
    """A new quote.

    Args:
        quote: As stored.
        items: The open items of its lines, in their order.
        left_out: Invoice id, number and reason of each chosen invoice that cannot be paid now.
    """

    quote: Quote
    items: tuple[OpenItem, ...]
    left_out: tuple[tuple[str, str, LeftOut], ...]


def make_quote(
    caller: ContactCaller,
    currency: str,
    selection: Selection,
    *,
    accounts: AccountStore,
    invoices: InvoiceStore,
    quotes: QuoteStore,
    new_id: Callable[[str, datetime], str],
    now: datetime,
) -> Quoted:
    """Price a selection and keep what was shown.

    Raises:
        NotFoundError: An invoice that this customer does not have.
        TooManyInvoicesError: More invoices than one payment may pay.
        BalanceChangedError: Nothing of it, or not that much, can be paid online now.
    """
    account = accounts.read(AccountKey(caller.tenant_id, caller.customer_id, currency)).account
    priced = price(account, selection)
    closed = _closed(caller, currency, priced.not_open, invoices)
    if not priced.lines:
        raise BalanceChangedError("None of it can be paid online now. You have not been charged.", payable=0, currency=currency)
    quote = Quote(new_id("quo", now), caller.tenant_id, caller.customer_id, currency, selection, priced.lines, now + GOOD_FOR)
    quotes.add(quote)
    items = {item.invoice_id: item for item in account.open_items}
    return Quoted(quote, tuple(items[line.invoice_id] for line in priced.lines), priced.left_out + closed)


def _closed(
    caller: ContactCaller, currency: str, invoice_ids: tuple[str, ...], invoices: InvoiceStore
) -> tuple[tuple[str, str, LeftOut], ...]:
    """Tell which chosen invoices were paid or voided meanwhile; any other that is not open was never this customer's to see (R7)."""
    if not invoice_ids:
        return ()
    found = invoices.many(caller.tenant_id, caller.customer_id, invoice_ids)
    for one in invoice_ids:
        if one not in found or found[one].currency != currency or found[one].draft:
            raise NotFoundError(f"no invoice {one}")
    return tuple((one, found[one].number, LeftOut.VOID if found[one].void_reason else LeftOut.PAID) for one in invoice_ids)
