"""The first page of a customer: balances, ageing, unapplied cash, open invoices, and the latest payments and mails."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chalice.app import Response

from duebook.storage.account_store import AccountStore
from duebook.storage.invoice_store import InvoiceStore
from duebook.storage.payment_store import PaymentStore
from duebook.usecases.read_customer import part_of, read_customer
from duebook.web.customer_office import CustomerOffice
from duebook.web.visits import Visit

ROWS = 50
LATEST = 5
DONE = {
    "added": "The customer is added. Its Pay Online ID stands at the top.",
    "saved": "The customer is saved.",
    "enabled": "The customer is enabled.",
    "disabled": "The customer is disabled. Its Pay Online ID no longer works, and its contacts are signed out.",
}


@dataclass(frozen=True, slots=True)
class OverviewPages:
    """The tab *Overview*."""

    office: CustomerOffice
    accounts: AccountStore
    invoices: InvoiceStore
    payments: PaymentStore

    def page(self, visit: Visit, customer_id: str) -> Response:
        """Show balances, ageing, open invoices oldest first, and what happened last."""
        office, query = self.office, self.office.site.query
        found = read_customer(
            visit.tenant_id, customer_id, visit.today, directory=office.directory, accounts=self.accounts, invoices=self.invoices
        )
        online = {account.currency for account in office.directory.merchant_accounts(visit.tenant_id) if account.enabled}
        return office.site.answers.page(
            "customer.html",
            visit,
            **office.head(visit, found.customer, "Overview"),
            accounts=found.accounts,
            sites=found.sites,
            today=visit.today,
            online=online,
            part_of=part_of,
            dialled=dialled,
            asked_currency=query("currency"),
            asked_start=int(query("start")) if query("start").isdecimal() else 0,
            rows=ROWS,
            payments=self.payments.of_customer(visit.tenant_id, customer_id, limit=LATEST),
            latest_mails=office.mails.of_customer(visit.tenant_id, customer_id, limit=LATEST),
            done=DONE.get(query("done"), ""),
        )


def dialled(phone: str) -> str:
    """Write a phone number as a telephone dials it: without what people put between its digits, and without an extension."""
    number = re.split(r"[a-zA-Z,;#]", phone, maxsplit=1)[0]
    return ("+" if number.strip().startswith("+") else "") + "".join(re.findall(r"\d", number))
