"""The kinds of mail whose text is the tenant's: what each is for, which names it knows, and how it reads by default (R65)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from duebook.domain.email_activity import MailKind
from duebook.domain.placeholders import Name, Vocabulary

MAX_SUBJECT = 250
MAX_BODY = 20_000

_COMPANY = (
    Name("company.name", "Your company's name", "Prairie Portables"),
    Name("company.email", "Your support address", "billing@prairie.example"),
    Name("company.phone", "Your support phone number", "+1 402 555 0134"),
)
_CUSTOMER = (
    Name("customer.name", "The customer's name", "Riverside Builders"),
    Name("customer.id", "Your ID of the customer", "C-1042"),
)
_PAY = (Name("links.pay", "Address of the page Pay my balance", "https://pay.example/pay-my-balance", is_link=True),)
_PAYMENT = (
    Name("payment.amount", "What was paid", "$1,847.83"),
    Name("payment.date", "When it was paid, with the time", "Jul 15, 2026, 2:05 PM CDT"),
    Name("payment.reference", "Reference of the payment", "DB7K2M9Q4R"),
    Name("payment.method", "How it was paid", "Visa ending in 4242"),
    Name("payment.paid_by", "Who paid: the name given with the payment, else the customer's", "Ana Ruiz"),
)
_CONTACT = (
    Name("contact.name", "The contact's name", "Ana Ruiz"),
    Name("contact.email", "The contact's address", "ana@riverside.example"),
)
_ACCOUNT = (
    Name("account.balance", "All that is owed, by currency", "$4,120.50"),
    Name("account.overdue", "What of it is past due", "$1,847.83"),
    Name("account.unapplied", "Unapplied cash", "$0.00"),
    Name("account.open_invoices", "How many invoices are open", "7"),
    Name("account.days_past_due", "Days past due of the oldest invoice", "34"),
    Name("customer.pay_online_id", "The customer's Pay Online ID", "hT7kPm3xWq"),
    Name("today", "The day the mail is written", "Jul 15, 2026"),
)
_OPEN_ROW = (
    Name("number", "Number of the invoice", "INV-2041"),
    Name("date", "Its date", "Jun 1, 2026"),
    Name("due_date", "When it was or is due", "Jul 1, 2026"),
    Name("balance", "What is open of it", "$412.00"),
    Name("days_past_due", "Days past due; 0 before it is due", "14"),
)
_PAID_ROW = (
    Name("number", "Number of the invoice", "INV-2041"),
    Name("amount", "What was paid of it", "$412.00"),
    Name("balance", "What is still open of it", "$0.00"),
)
_REOPENED_ROW = (
    Name("number", "Number of the invoice", "INV-2041"),
    Name("amount", "What opened again", "$412.00"),
    Name("balance", "What is open of it now", "$412.00"),
)
_REQUEST = (
    Name("request.product", "The product asked for", "Standard unit"),
    Name("request.service", "The service asked for", "Weekly service"),
    Name("request.site", "The site it is for", "North yard"),
    Name("request.wanted_on", "The day it is wanted", "Jul 20, 2026"),
    Name("request.po_number", "The customer's PO number", "PO-7781"),
)


@dataclass(frozen=True, slots=True)
class TextKind:
    """A kind of mail whose subject and opening words are the tenant's.

    Args:
        label: As people read it in a list.
        about: When and to whom it goes, and what of it stays ours.
        vocabulary: The names its text may use.
        subject: By default.
        body: By default; replaces our opening words.
        sent: Whether such mails are sent by now.
    """

    label: str
    about: str
    vocabulary: Vocabulary
    subject: str
    body: str
    sent: bool = True


def _known(*parts: tuple[Name, ...], row: tuple[Name, ...] = ()) -> Vocabulary:
    return Vocabulary(tuple(name for part in (_COMPANY, _CUSTOMER, *parts) for name in part), row)


_OVERDUE = _known(_ACCOUNT, _PAY, row=_OPEN_ROW)


def _due(tier: str, age: str) -> str:
    return (
        f"To the customer, when its oldest past-due invoice has reached the {tier} tier: unless you set it otherwise, {age} past due. "
        "The past-due invoices with their sum, the Pay Online ID and the button follow below your text."
    )


TEXTS: Mapping[MailKind, TextKind] = {
    MailKind.RECEIPT: TextKind(
        "Receipt",
        "To the payer, when a payment has come in. Amount, date, reference and the invoices it paid follow below your text.",
        _known(
            _PAYMENT,
            (
                Name("payment.unapplied", "The part of it that no invoice took", "$0.00"),
                Name("balance.payable", "What can still be paid online", "$2,272.67"),
                Name("links.receipt", "Address of the receipt", "https://pay.example/receipt", is_link=True),
            ),
            _PAY,
            row=_PAID_ROW,
        ),
        "Receipt for {{payment.amount}} from {{company.name}}",
        "<p>Thank you. {{company.name}} received this payment, and it is on the account of {{customer.name}}.</p>",
    ),
    MailKind.PAYMENT_RECEIVED: TextKind(
        "Payment received",
        "To your own staff, when a customer has paid online. Date, method, reference and customer follow below your text.",
        _known(
            _PAYMENT,
            (
                Name("payment.unapplied", "The part of it that no invoice took", "$0.00"),
                Name("links.payment", "Address of the payment on the staff pages", "https://pay.example/admin/payments/1", is_link=True),
            ),
            row=_PAID_ROW,
        ),
        "Payment received: {{payment.amount}} from {{customer.name}}",
        "<p>{{customer.name}} paid {{payment.amount}}: {{#invoices}}{{amount}} of {{number}}. {{/invoices}}</p>",
    ),
    MailKind.PAYMENT_SUBMITTED: TextKind(
        "Bank payment submitted",
        "To the payer, when a bank payment was accepted and is on its way. That it takes days, and what comes next, follows below your text; "
        "the receipt follows when the money has come in.",
        _known(_PAYMENT),
        "Your payment of {{payment.amount}} to {{company.name}} is being processed",
        "<p>We have your bank payment to {{company.name}}, and it is being processed. Bank payments take 3–5 business days.</p>",
    ),
    MailKind.PAYMENT_NOT_MADE: TextKind(
        "Payment not made",
        "To the payer, when a payment that was left in doubt turns out not to have been made. What to do now follows below your text.",
        _known(_PAYMENT, _PAY),
        "Your payment of {{payment.amount}} to {{company.name}} was not made",
        "<p>We asked the payment service about your payment to {{company.name}}. It was not made, and you have not been charged.</p>",
    ),
    MailKind.PAYMENT_RETURNED: TextKind(
        "Payment returned",
        "To the payer, when the bank sent a payment back. The invoices that are open again follow below your text; "
        "what your own staff are told keeps our words.",
        _known(
            _PAYMENT,
            (
                Name("return.date", "When the bank sent it back", "Jul 18, 2026"),
                Name("return.reason", "Why, in plain words", "There was not enough money in the account."),
                Name("return.code", "The bank's code", "R01"),
            ),
            _PAY,
            row=_REOPENED_ROW,
        ),
        "Your payment of {{payment.amount}} to {{company.name}} was returned",
        "<p>Your bank sent back this payment to {{company.name}}. {{return.reason}}</p>",
    ),
    MailKind.REFUND_NOTICE: TextKind(
        "Refund",
        "To the payer, when money was given back. A payment that is voided before it settles is told in our words.",
        _known(
            _PAYMENT,
            (
                Name("refund.amount", "What was given back", "$412.00"),
                Name("refund.date", "When", "Jul 18, 2026"),
                Name("refund.reference", "Reference of the refund", "DBR5N2K8T1"),
            ),
            _PAY,
            row=_REOPENED_ROW,
        ),
        "Refund of {{refund.amount}} from {{company.name}}",
        "<p>{{company.name}} gave back {{refund.amount}} of your payment of {{payment.amount}}.</p>",
    ),
    MailKind.INVITATION: TextKind(
        "Invitation to the portal",
        "To a contact whose portal access begins. Greeting, button and how long it works stay around your text.",
        _known(_CONTACT, (Name("contact.may", "What the contact may do there", "see and pay invoices, and ask for service"),)),
        "Your access to the customer portal of {{company.name}}",
        "<p>You can now {{contact.may}} online for {{customer.name}} at {{company.name}}.</p>",
    ),
    MailKind.PASSWORD_RESET: TextKind(
        "New password",
        "To a contact who asked for a new password. Greeting, button, how long it works and what to do otherwise stay around your text.",
        _known(_CONTACT),
        "Set a new password for {{company.name}}",
        "<p>Somebody, probably you, asked for a new password for {{contact.email}}.</p>",
    ),
    MailKind.NEW_INVOICE: TextKind(
        "New invoice",
        "To the customer, once for each invoice, when it first appears and the automation for new invoices is on. "
        "Amount, due date, the Pay Online ID and the button follow below your text.",
        _known(
            (
                Name("invoice.number", "Number of the invoice", "INV-2041"),
                Name("invoice.date", "Its date", "Jul 1, 2026"),
                Name("invoice.due_date", "When it is due", "Jul 31, 2026"),
                Name("invoice.total", "What it comes to", "$412.00"),
                Name("invoice.balance", "What is open of it", "$412.00"),
            ),
            _ACCOUNT,
            _PAY,
        ),
        "Invoice {{invoice.number}} from {{company.name}}",
        "<p>This is invoice {{invoice.number}} of {{invoice.date}} for {{customer.name}} from {{company.name}}.</p>",
    ),
    MailKind.ACCOUNT_SUMMARY: TextKind(
        "Account summary",
        "To the customer, by the schedule of the automation for account summaries. What is open, the open invoices or recent transactions, "
        "the Pay Online ID and the button follow below your text.",
        _OVERDUE,
        "Your account with {{company.name}}: {{account.balance}}",
        "<p>This is the account of {{customer.name}} with {{company.name}} on {{today}}.</p>",
    ),
    MailKind.PAST_DUE_1: TextKind(
        "Past-due notice, tier 1",
        _due("first", "1 day"),
        _OVERDUE,
        "A reminder from {{company.name}}: {{account.overdue}} is past due",
        "<p>This is a friendly reminder that {{account.overdue}} on the account of {{customer.name}} with {{company.name}} is past due.</p>"
        "<p>If you have paid already, thank you: there is nothing more to do.</p>",
    ),
    MailKind.PAST_DUE_2: TextKind(
        "Past-due notice, tier 2",
        _due("second", "31 days"),
        _OVERDUE,
        "Past due: {{account.overdue}} on your account with {{company.name}}",
        "<p>{{account.overdue}} on the account of {{customer.name}} with {{company.name}} is past due, the oldest invoice for "
        "{{account.days_past_due}} days. Please pay it now, or tell us what is wrong.</p>"
        "<p>If you have paid already, thank you.</p>",
    ),
    MailKind.PAST_DUE_3: TextKind(
        "Past-due notice, tier 3",
        _due("third", "61 days"),
        _OVERDUE,
        "Please settle your account with {{company.name}}: {{account.overdue}} is long past due",
        "<p>{{account.overdue}} on the account of {{customer.name}} with {{company.name}} is long past due, the oldest invoice for "
        "{{account.days_past_due}} days. Please pay it in full now, or contact us, so that we find a way together.</p>"
        "<p>If you have paid already, thank you: please tell us when, so that we find the payment.</p>",
    ),
    MailKind.STATEMENT: TextKind(
        "Statement",
        "To the customer, with the statement. Its figures, the Pay Online ID and the button follow below your text.",
        _OVERDUE,
        "Statement from {{company.name}}",
        "<p>This is the statement of {{customer.name}} with {{company.name}}.</p>",
    ),
    MailKind.REQUEST_RECEIVED: TextKind(
        "Request received",
        "To the contact who asked for a service, at once. What was asked for follows below your text.",
        _known(_CONTACT, _REQUEST),
        "{{company.name}} has your request",
        "<p>Thank you. We have your request for {{request.service}} ({{request.product}}) at {{request.site}}.</p>",
    ),
    MailKind.REQUEST_DECLINED: TextKind(
        "Request declined",
        "To the contact who asked for a service, when it is declined. The reason and what was asked for follow below your text.",
        _known(_CONTACT, _REQUEST, (Name("request.reason", "Why it was declined", "We do not serve that area yet."),)),
        "Your request to {{company.name}}",
        "<p>We are sorry: we cannot take on your request for {{request.service}} ({{request.product}}) at {{request.site}}.</p>",
    ),
    MailKind.REQUEST_COMPLETED: TextKind(
        "Request completed",
        "To the contact who asked for a service, when a job or rental is made of it. The day it is planned for, if it has one, "
        "and what was asked for follow below your text.",
        _known(_CONTACT, _REQUEST, (Name("request.scheduled_on", "The day it is planned for, if it has one", "Jul 21, 2026"),)),
        "Your request to {{company.name}} is taken on",
        "<p>Your request for {{request.service}} ({{request.product}}) at {{request.site}} is taken on.</p>",
    ),
}
"""In the order of a list. The kind ``test`` has no text of its own."""
