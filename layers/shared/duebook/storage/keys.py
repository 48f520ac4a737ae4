"""Every key format of every table. docs/data-model.md lists which access pattern uses which."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import TypeAlias
from urllib.parse import quote

from duebook.domain.account import AccountKey
from duebook.domain.payments import PaymentKey
from duebook.errors import InvalidInputError

SEPARATOR = "#"
Key: TypeAlias = tuple[str, str]
"""Partition key and sort key of an item."""


def joined(*parts: str) -> str:
    """Join key parts.

    Raises:
        InvalidInputError: A part is empty or holds the separator, so it could reach into another tenant's keys.
    """
    for part in parts:
        if not part or SEPARATOR in part:
            raise InvalidInputError("an id is empty or holds '#'")
    return SEPARATOR.join(parts)


def account_pk(key: AccountKey) -> str:
    """Partition of an account's snapshot (Accounts) and of its journal (Ledger)."""
    return joined(key.tenant_id, key.customer_id, key.currency)


HEAD = "HEAD"
SEGMENTS = "OPEN#"


def segment_sk(number: int) -> str:
    """Sort key of a snapshot segment; twelve digits leave room between neighbours."""
    return f"{SEGMENTS}{number:012d}"


def entry_sk(number: int) -> str:
    """Sort key of a journal entry in the Ledger table."""
    return f"{number:012d}"


def customer_pk(tenant_id: str, customer_id: str) -> str:
    """Partition of one customer's documents (Accounts) and people (Directory)."""
    return joined(tenant_id, customer_id)


def document_sk(kind: str, item_id: str) -> str:
    """Sort key of a document: kinds INV, PAY, CRM in Accounts; SITE, CONTACT, METHOD in Directory."""
    return joined(kind, item_id)


def reference_pk(tenant_id: str, kind: str, item_id: str) -> str:
    """Partition of the item that makes an id unique in a tenant and leads to its customer (Accounts)."""
    return joined(tenant_id, "ref", kind, item_id)


REFERENCE_SK = "REF"


def day_pk(tenant_id: str, day: str) -> str:
    """Partition of the index payments-by-day; ``day`` is YYYY-MM-DD in UTC."""
    return joined(tenant_id, day)


def invoices_pk(tenant_id: str, year: str) -> str:
    """Partition of the index invoices-by-date: a tenant's invoices of one year of invoice dates (Accounts)."""
    return joined(tenant_id, "invoices", year)


def invoices_sk(day: str, invoice_id: str) -> str:
    """Sort key in it; ``day`` is the invoice date, YYYY-MM-DD."""
    return joined(day, invoice_id)


PAST_DUE_INDEX = "past-due-index"
PAST_DUE_SHARDS = 4


def past_due_pk(tenant_id: str, shard: int) -> str:
    """Partition of the sparse index past-due-index: a tenant's accounts that owe something, by the day on which to look at them."""
    return joined(tenant_id, str(shard))


def past_due_shard(key: AccountKey) -> str:
    """Shard of one account in it."""
    return past_due_pk(key.tenant_id, sum(key.customer_id.encode()) % PAST_DUE_SHARDS)


INVOICES_BY_DATE = "invoices-by-date"
PAYMENTS_BY_DAY = "payments-by-day"
PAYMENTS_DUE = "payments-due"
PAYMENTS_TO_LOOK_AT = "payments-to-look-at"
DUE_SHARDS = 4


def due_shard(key: PaymentKey) -> str:
    """Shard of the sparse index payments-due: payments that still need work, of all tenants."""
    return due_shard_name(sum(key.payment_id.encode()) % DUE_SHARDS)


def due_shard_name(number: int) -> str:
    """Name of one shard of payments-due."""
    return f"payments{SEPARATOR}{number}"


TEMPLATES = "TEMPLATE#"


def template_sk(kind: str) -> str:
    """Sort key of the text in use for a kind of mail, below the tenant (Directory)."""
    return joined("TEMPLATE", kind)


def template_versions_pk(tenant_id: str, kind: str) -> str:
    """Partition of the versions of a kind's text (Directory)."""
    return joined(tenant_id, "template", kind)


def template_version_sk(number: int) -> str:
    """Sort key of one version."""
    return f"{number:012d}"


def look_pk(tenant_id: str) -> str:
    """Partition of the sparse index payments-to-look-at: a tenant's payments that wait for a person, or went back."""
    return joined(tenant_id, "look")


def breaks_pk(tenant_id: str) -> str:
    """Partition of a tenant's reconciliation rows (Accounts); no currency is written in small letters, so it is no account's."""
    return joined(tenant_id, "books", "breaks")


def break_sk(state: str, break_id: str) -> str:
    """Sort key of a reconciliation row: open ones stand apart from resolved ones."""
    return joined(state, break_id)


READINGS_PK = "READINGS"
"""Partition that tells how far the processors' books of each tenant were read, and when the next reading is due (Accounts)."""


def tenant_pk(tenant_id: str) -> str:
    """Partition of a tenant's settings, staff and customers (Directory)."""
    return joined(tenant_id)


PROFILE = "PROFILE"
PROCESSORS = "PROCESSORS"
CUSTOMERS = "CUS#"
TENANTS_PK = "TENANTS"
"""Partition that lists every tenant, for nightly work (Directory)."""


def customer_sk(customer_id: str) -> str:
    """Sort key of a customer below its tenant (Directory)."""
    return joined("CUS", customer_id)


def staff_sk(staff_id: str) -> str:
    """Sort key of a staff member below the tenant (Directory)."""
    return joined("STAFF", staff_id)


STAFF = "STAFF#"
SECOND_FACTORS = "SECOND#"
STAFF_SEEN = "STAFFSEEN#"
API_KEYS = "KEY#"


def staff_seen_sk(staff_id: str) -> str:
    """Sort key of when a staff member signed in last, below the tenant (Directory)."""
    return joined("STAFFSEEN", staff_id)


def api_key_sk(key_id: str) -> str:
    """Sort key of what staff know of an API key, below the tenant (Directory)."""
    return joined("KEY", key_id)


def second_factor_sk(staff_id: str) -> str:
    """Sort key of a staff member's second factor below the tenant (Directory)."""
    return joined("SECOND", staff_id)


def activity_pk(tenant_id: str) -> str:
    """Partition of a tenant's activity log (Directory). All its keys hold ``#activity#``, which the policy of who writes it names."""
    return joined(tenant_id, "activity", "log", "all")


def customer_activity_pk(tenant_id: str, customer_id: str) -> str:
    """Partition of the activity log of one customer (Directory)."""
    return joined(tenant_id, "activity", "of", customer_id)


def activity_request_pk(tenant_id: str) -> str:
    """Partition of the marks of requests that are in the activity log (Directory)."""
    return joined(tenant_id, "activity", "log", "requests")


def activity_request_sk(request: str) -> str:
    """Sort key of such a mark: a hash, because clients choose what names a request."""
    return sha256(request.encode()).hexdigest()


OWED_LINKS_PK = "OWEDLINKS"
"""Partition of orders for mails with a link that were not queued yet, of all tenants, by tenant and order (Directory)."""
REMOVALS_PK = "REMOVALS"
"""Partition of the marks of saved methods that are not yet gone at their processor, of all tenants (Directory)."""


def removal_sk(tenant_id: str, customer_id: str, method_id: str) -> str:
    """Sort key of one such mark."""
    return joined(tenant_id, customer_id, method_id)


def vault_pk(tenant_id: str, merchant_account_id: str, vault_hash: str) -> str:
    """Partition of the customers who use one stored method of a processor: a card of two customers may be kept once (Directory)."""
    return joined(tenant_id, "vault", merchant_account_id, vault_hash)


def vault_sk(customer_id: str) -> str:
    """Sort key of one such customer."""
    return joined("CUS", customer_id)


def pay_online_pk(pay_online_id: str) -> str:
    """Partition of a Pay Online ID, which leads to its customer (Directory)."""
    return joined("PAYONLINE", pay_online_id)


def slug_pk(slug: str) -> str:
    """Partition of a business's short name in its sign-in address, which leads to the business (Directory)."""
    return joined("SLUG", slug)


def login_pk(email: str) -> str:
    """Partition of a staff member's login by email in lower case (Directory)."""
    return joined("STAFFLOGIN", email)


def contact_login_pk(login_id: str) -> str:
    """Partition of a contact's login and of the memberships below it, by the hash of the email address (Directory)."""
    return joined("LOGIN", login_id)


def membership_sk(tenant_id: str, customer_id: str) -> str:
    """Sort key of a login's membership of a customer: one contact of a customer signs in with an address, and no second one."""
    return joined("MEMBER", tenant_id, customer_id)


def api_key_pk(key_hash: str) -> str:
    """Partition of an API key by its hash (Directory)."""
    return joined("APIKEY", key_hash)


LOOKUP_SK = "IS"


def session_pk(token_hash: str) -> str:
    """Partition of a session by its token's hash (Transient)."""
    return joined("session", token_hash)


def sign_in_step_pk(token_hash: str) -> str:
    """Partition of a staff sign-in that waits for a code, by its token's hash (Transient)."""
    return joined("sign-in-step", token_hash)


def contact_session_pk(token_hash: str) -> str:
    """Partition of a contact's session by its token's hash (Transient); no token of staff leads here."""
    return joined("contact-session", token_hash)


def link_pk(token_hash: str) -> str:
    """Partition of a mailed link by its token's hash (Transient)."""
    return joined("link", token_hash)


def staff_link_pk(token_hash: str) -> str:
    """Partition of a link mailed to a staff member, by its token's hash (Transient); no link of a contact leads here."""
    return joined("staff-link", token_hash)


def file_link_pk(token_hash: str) -> str:
    """Partition of a mailed link to a file that was too large to attach, by its token's hash (Transient)."""
    return joined("file-link", token_hash)


def idempotency_pk(tenant_id: str, scope: str, key: str) -> str:
    """Partition of an Idempotency-Key (Transient); ``scope`` is a customer id, or ``staff``."""
    return joined("idempotency", tenant_id, scope, key)


def quote_pk(tenant_id: str, customer_id: str, quote_id: str) -> str:
    """Partition of a quote that a customer's contact was shown (Transient)."""
    return joined("quote", tenant_id, customer_id, quote_id)


def tries_pk(kind: str, subject: str) -> str:
    """Partition of the failed tries of one subject, such as an address (Transient)."""
    return joined("tries", kind, subject)


def notification_pk(tenant_id: str, notification_id: str) -> str:
    """Partition of a processor's notification, by the processor's id of it (Transient)."""
    return joined("notification", tenant_id, notification_id)


TRANSIENT_SK = "IS"


def mail_pk(tenant_id: str, month: str) -> str:
    """Partition of a month's mails (EmailActivity); ``month`` is yyyy-mm in UTC."""
    return joined(tenant_id, month)


def mail_body_pk(tenant_id: str, mail_id: str) -> str:
    """Partition of a mail's text, kept shorter than its row (EmailActivity)."""
    return joined(tenant_id, "body", mail_id)


MAIL_BODY_SK = "BODY"
MAILS_BY_CUSTOMER = "by-customer"
MAILS_BY_ADDRESS = "by-address"
MAILS_BY_STATUS = "by-status"


def mail_status_pk(tenant_id: str, status: str) -> str:
    """Partition of the mails of a status in the index by-status; those delivered are not in it."""
    return joined(tenant_id, "status", status)


def mail_counts_pk(tenant_id: str, day: date) -> str:
    """Partition of the counters of a month's mails, by days of the tenant's zone (EmailActivity)."""
    return joined(tenant_id, "counts", f"{day:%Y-%m}")


def mail_counts_sk(day: date, shard: int) -> str:
    """Sort key of one counter of a day."""
    return joined(f"{day:%Y-%m-%d}", str(shard))


def mail_customer_pk(tenant_id: str, customer_id: str) -> str:
    """Partition of a customer's mails in the index by-customer."""
    return joined(tenant_id, customer_id)


def mail_address_pk(tenant_id: str, address_hash: str) -> str:
    """Partition of an address's mails in the index by-address; also of what is known of the address (EmailActivity)."""
    return joined(tenant_id, "address", address_hash)


ADDRESS_SK = "ADDRESS"


def held_back_pk(tenant_id: str) -> str:
    """Partition of a tenant's addresses to which some or all mails are held back (EmailActivity)."""
    return joined(tenant_id, "held-back")


def held_back_sk(address: str) -> str:
    """Sort key of one of them: the address, a ``#`` and what else is rare in one written as in links."""
    return quote(address, safe="@.+-_")


def leave_link_pk(token_hash: str) -> str:
    """Partition of whose mails a one-click link to unsubscribe ends, by its token's hash (EmailActivity)."""
    return joined("leave", token_hash)


LEAVE_LINK_SK = "IS"
MAILS_WAITING_SHARDS = 4


def mails_waiting_pk(number: int) -> str:
    """One shard of the marks of mails that were not handed over yet, of all tenants (EmailActivity)."""
    return joined("waiting", str(number))


def mail_waiting_pk(mail_id: str) -> str:
    """Shard of one mail's mark."""
    return mails_waiting_pk(sum(mail_id.encode()) % MAILS_WAITING_SHARDS)


def mail_waiting_sk(tenant_id: str, mail_id: str) -> str:
    """Sort key of a mail's mark: by time, as its id is."""
    return joined(mail_id, tenant_id)
