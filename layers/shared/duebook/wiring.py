"""Builds each dependency once, on first use. The only place where modules are imported inside functions."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from duebook.runtime.settings import optional, setting

if TYPE_CHECKING:
    from datetime import datetime

    from duebook.domain.directory import Caller, MerchantAccount
    from duebook.domain.payments import Payment
    from duebook.ports import PaymentProcessor
    from duebook.processors.credentials import AuthorizeNetCredentials, SecretCredentials
    from duebook.storage.account_store import AccountStore
    from duebook.storage.directory_store import DirectoryStore
    from duebook.storage.dynamo import Tables
    from duebook.storage.email_store import EmailStore
    from duebook.storage.import_store import ImportStore
    from duebook.storage.invoice_store import InvoiceStore
    from duebook.storage.logo_store import LogoStore
    from duebook.storage.method_store import MethodStore
    from duebook.storage.payment_store import PaymentStore
    from duebook.storage.quote_store import QuoteStore
    from duebook.storage.reconciliation_store import ReconciliationStore
    from duebook.storage.secret_store import SecretStore
    from duebook.storage.transient_store import TransientStore
    from duebook.usecases.books import Books
    from duebook.usecases.change_applications import ApplicationDesk
    from duebook.usecases.issue_invoice import InvoiceDesk
    from duebook.usecases.pay_quote import PortalDesk
    from duebook.usecases.read_processor_books import ReadingDesk
    from duebook.usecases.receive_notification import NotificationDesk
    from duebook.usecases.receive_payment import CashDesk
    from duebook.usecases.record_outcome import MoneyDesk
    from duebook.usecases.refund_payment import ReversalDesk
    from duebook.usecases.save_method import MethodDesk
    from duebook.usecases.take_payment import Till


@cache
def client(service: str) -> Any:
    """Return the process's boto3 client of a service: few retries, short time-outs."""
    import boto3
    from botocore.config import Config

    # A repeated hand-over would be a second mail, so SES is asked once; all else may be repeated by its own token or condition.
    attempts = 1 if service == "ses" else 4
    config = Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=2,
        read_timeout=8,
        max_pool_connections=16,
        # Links to the bucket are signed the one way that every Region takes.
        signature_version="s3v4" if service == "s3" else None,
    )
    return boto3.client(service, config=config)  # type: ignore[call-overload]


@cache
def tables() -> Tables:
    """Return the names of the tables this function states; the others are empty."""
    from duebook.storage.dynamo import Tables

    names = ("LEDGER_TABLE", "ACCOUNTS_TABLE", "DIRECTORY_TABLE", "EMAIL_ACTIVITY_TABLE", "TRANSIENT_TABLE")
    return Tables(*(optional(name) or "" for name in names))


@cache
def account_store() -> AccountStore:
    """Return the store of accounts and their journal."""
    from duebook.storage.account_store import AccountStore

    return AccountStore(client("dynamodb"), tables())


@cache
def payment_store() -> PaymentStore:
    """Return the store of payments."""
    from duebook.storage.payment_store import PaymentStore

    return PaymentStore(client("dynamodb"), tables())


@cache
def invoice_store() -> InvoiceStore:
    """Return the store of invoices and credit memos."""
    from duebook.storage.invoice_store import InvoiceStore

    return InvoiceStore(client("dynamodb"), tables())


@cache
def directory_store() -> DirectoryStore:
    """Return the store of tenants and people."""
    from duebook.storage.directory_store import DirectoryStore

    return DirectoryStore(client("dynamodb"), tables())


@cache
def method_store() -> MethodStore:
    """Return the store of saved cards and bank accounts."""
    from duebook.storage.method_store import MethodStore

    return MethodStore(client("dynamodb"), tables())


@cache
def reconciliation_store() -> ReconciliationStore:
    """Return the store of reconciliation rows and reading cursors."""
    from duebook.storage.reconciliation_store import ReconciliationStore

    return ReconciliationStore(client("dynamodb"), tables())


@cache
def import_store() -> ImportStore:
    """Return the store of imports and their files."""
    from duebook.storage.import_store import ImportStore

    return ImportStore(client("dynamodb"), client("s3"), tables(), setting("DOCUMENTS_BUCKET"))


@cache
def logo_store() -> LogoStore:
    """Return the store of businesses' logos."""
    from duebook.storage.logo_store import LogoStore

    return LogoStore(client("s3"), setting("LOGOS_BUCKET"))


def keep_logo(picture: bytes) -> str:
    """Make an uploaded picture a logo of ours, keep it and return its path; Pillow is loaded for it, and only here."""
    from duebook.storage.logo_pictures import logo_png

    return logo_store().put(logo_png(picture))


@cache
def books() -> Books:
    """Return the stores that reading a tenant's books takes."""
    from duebook.usecases.books import Books

    return Books(directory_store(), account_store(), invoice_store(), payment_store())


def invoice_desk(caller: Caller, at: datetime) -> InvoiceDesk:
    """Return what issuing invoices takes, for a caller at an instant."""
    from duebook import wiring_automation
    from duebook.usecases.issue_invoice import InvoiceDesk

    automations = wiring_automation.automation_store()
    return InvoiceDesk(directory_store(), account_store(), invoice_store(), automations, at, caller.caller_id)


def application_desk(caller: Caller, at: datetime) -> ApplicationDesk:
    """Return what changing applications takes, for a caller at an instant."""
    from duebook.usecases.change_applications import ApplicationDesk

    return ApplicationDesk(account_store(), payment_store(), invoice_store(), at, caller.caller_id)


def cash_desk(caller: Caller, at: datetime) -> CashDesk:
    """Return what receiving money takes, for a caller at an instant."""
    from duebook.usecases.receive_payment import CashDesk

    return CashDesk(directory_store(), account_store(), payment_store(), transient_store(), at, caller.caller_id)


@cache
def transient_store() -> TransientStore:
    """Return the store of sessions, Idempotency-Keys and failed tries."""
    from duebook.storage.transient_store import TransientStore

    return TransientStore(client("dynamodb"), tables())


@cache
def quote_store() -> QuoteStore:
    """Return the store of quotes that contacts were shown."""
    from duebook.storage.quote_store import QuoteStore

    return QuoteStore(client("dynamodb"), tables())


@cache
def secret_store() -> SecretStore:
    """Return the writer of merchant accounts' credentials."""
    from duebook.storage.secret_store import SecretStore

    return SecretStore(client("secretsmanager"), setting("PROCESSOR_SECRET_PREFIX"))


def secret_name(tenant_id: str, account_id: str) -> str:
    """Return the name of the secret that holds a merchant account's credentials."""
    return f"{setting('PROCESSOR_SECRET_PREFIX')}{tenant_id}/{account_id}"


@cache
def payment_processor(tenant_id: str, account: MerchantAccount) -> PaymentProcessor:
    """Return the client of a merchant account; its credentials are read when first used."""
    from duebook.runtime.clock import utc_now

    name = secret_name(tenant_id, account.account_id)
    if account.processor == "cardpointe":
        from duebook.processors.cardpointe import CardPointe
        from duebook.processors.credentials import CardPointeCredentials, SecretCredentials

        keys = SecretCredentials(client("secretsmanager"), name, CardPointeCredentials.from_secret)
        return CardPointe(transport=cardpointe_transport(), credentials=keys, currency=account.currency, now=utc_now)
    from duebook.processors.authorize_net import AuthorizeNet

    logins = authorize_net_credentials(tenant_id, account.account_id)
    return AuthorizeNet(transport=authorize_net_transport(), credentials=logins, currency=account.currency, now=utc_now)


@cache
def authorize_net_credentials(tenant_id: str, account_id: str) -> SecretCredentials[AuthorizeNetCredentials]:
    """Return what Authorize.Net knows a merchant account by, kept for minutes."""
    from duebook.processors.credentials import AuthorizeNetCredentials, SecretCredentials

    return SecretCredentials(client("secretsmanager"), secret_name(tenant_id, account_id), AuthorizeNetCredentials.from_secret)


@cache
def authorize_net_transport() -> Any:
    """Return the connection to Authorize.Net."""
    from duebook.processors.transport import HttpTransport

    return HttpTransport(setting("AUTHORIZE_NET_URL"))


@cache
def cardpointe_transport() -> Any:
    """Return the connection to the CardPointe Gateway; its paths lie below the address."""
    from duebook.processors.rest_transport import RestTransport

    return RestTransport(setting("CARDPOINTE_URL"))


def till() -> Till:
    """Return what taking a payment needs."""
    from duebook.runtime.clock import utc_now
    from duebook.runtime.ids import new_id
    from duebook.usecases.take_payment import Till

    return Till(
        directory=directory_store(),
        accounts=account_store(),
        payments=payment_store(),
        transient=transient_store(),
        invoices=invoice_store(),
        processor_of=payment_processor,
        start_application=start_apply_payment,
        new_id=new_id,
        now=utc_now,
    )


def portal_desk() -> PortalDesk:
    """Return what paying in the portal takes."""
    from duebook.usecases.pay_quote import PortalDesk

    return PortalDesk(till(), quote_store(), method_desk())


def reversal_desk(caller: Caller) -> ReversalDesk:
    """Return what refunds and voids take, for a caller."""
    from duebook.runtime.clock import utc_now
    from duebook.runtime.ids import new_id
    from duebook.usecases.refund_payment import ReversalDesk

    return ReversalDesk(directory_store(), money_desk(), transient_store(), payment_processor, new_id, utc_now, caller.caller_id)


def reading_desk() -> ReadingDesk:
    """Return what reading the processors' books takes."""
    from functools import partial

    from duebook.runtime.clock import utc_now
    from duebook.usecases.read_methods import flag_method
    from duebook.usecases.read_processor_books import ReadingDesk
    from duebook.usecases.record_outcome import MoneyDesk

    return ReadingDesk(
        directory=directory_store(),
        books=MoneyDesk(account_store(), payment_store(), invoice_store()),
        breaks=reconciliation_store(),
        processor_of=payment_processor,
        flag_method=partial(flag_method, methods=method_store(), now=utc_now()),
        start_application=start_apply_payment,
        now=utc_now,
    )


def method_desk() -> MethodDesk:
    """Return what keeping and removing saved methods takes."""
    from duebook.runtime.clock import utc_now
    from duebook.usecases.save_method import MethodDesk

    return MethodDesk(directory_store(), method_store(), account_store(), payment_store(), payment_processor, utc_now)


def money_desk() -> MoneyDesk:
    """Return the stores that recording an outcome writes to."""
    from duebook.usecases.record_outcome import MoneyDesk

    return MoneyDesk(account_store(), payment_store(), invoice_store())


def notification_desk() -> NotificationDesk:
    """Return what processors' notifications take."""
    from duebook.runtime.clock import utc_now
    from duebook.usecases.receive_notification import NotificationDesk

    return NotificationDesk(directory_store(), transient_store(), money_desk(), payment_processor, start_apply_payment, utc_now)


def start_apply_payment(payment: Payment, name: str) -> None:
    """Start the state machine that applies a captured payment; a name that ran already is left alone.

    Its input is the payment's key, and the currency of a payment made on the web, which spares a read.

    Raises:
        TransientError: It could not be started; the settlement schedule will.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from duebook.errors import TransientError
    from duebook.storage.dynamo import compact

    machine = client("stepfunctions")
    key = payment.key
    body = {"tenant_id": key.tenant_id, "customer_id": key.customer_id, "payment_id": key.payment_id}
    if payment.channel != "staff":
        body["web_currency"] = payment.amount.currency
    try:
        machine.start_execution(stateMachineArn=setting("APPLY_PAYMENT_ARN"), name=name, input=compact(body))
    except machine.exceptions.ExecutionAlreadyExists:
        return
    except (BotoCoreError, ClientError) as error:
        raise TransientError(f"the application of {key.payment_id} could not be started") from error


@cache
def email_store() -> EmailStore:
    """Return the store of mails and what became of them."""
    from duebook.storage.email_store import EmailStore

    return EmailStore(client("dynamodb"), tables())


def flag_method_of(payment: Payment, code: str) -> None:
    """Note on the saved method that a payment was charged from what its bank said (R38)."""
    from duebook.runtime.clock import utc_now
    from duebook.usecases.read_methods import flag_method

    key = payment.key
    if payment.method_id is not None:
        flag_method(key.tenant_id, key.customer_id, payment.method_id, code, None, methods=method_store(), now=utc_now())
