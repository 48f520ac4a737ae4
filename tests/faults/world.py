"""A whole small Duebook in one process: moto, the simulator, our handlers, a frozen clock, and faults on demand."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email import message_from_string
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote

from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from duebook import wiring
from duebook.domain.account import AccountKey
from duebook.domain.decisions import IssueInvoice, decide
from duebook.domain.directory import Customer, MerchantAccount, Role, Staff, Support, Tenant
from duebook.domain.email_activity import MailStatus
from duebook.domain.invoices import Invoice, InvoiceLine, open_item_of
from duebook.domain.open_items import OpenItem
from duebook.domain.payments import Payment, PaymentState
from duebook.storage.account_store import Plan
from duebook.usecases.audit_accounts import Books, audit_tenant
from local.processors.authorize_net import tokens
from local.processors.authorize_net.cards import Card
from local.processors.authorize_net.in_process import InProcessTransport
from local.processors.authorize_net.ledger import Ledger, Merchant
from local.processors.authorize_net.simulator import AuthorizeNetSimulator
from tests.faults import state_machine
from tests.faults.hooks import SERVICES, CrashError, FaultyTransport, Switchboard
from tests.integration import cloud

START = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
FUNCTION_OF = {"ApplyPaymentFunctionArn": "apply_payment", "NotifyPaymentFunctionArn": "notify_payment"}
TENANT, CUSTOMER, PAY_ONLINE_ID = "ten_1", "cus_1", "abcDEFGH2345"
BOARD = Switchboard()
WAITING = frozenset({MailStatus.QUEUED, MailStatus.SENDING})


@dataclass
class Answer:
    """What a caller gets."""

    status: int
    body: dict[str, Any]


@dataclass
class World:
    """Everything a story needs. Times move only when told."""

    clock_file: Path
    queue_url: str
    machine_arn: str
    simulator: AuthorizeNetSimulator
    transport: FaultyTransport
    now: datetime = START
    mails: list[dict[str, Any]] = field(default_factory=list)
    done_executions: set[str] = field(default_factory=set)

    def at(self, now: datetime) -> None:
        """Set the clock."""
        self.now = now
        self.clock_file.write_text(now.isoformat(), encoding="ascii")

    def later(self, **pause: float) -> None:
        """Move the clock on."""
        self.at(self.now + timedelta(**pause))

    def call(self, function: str, event: dict[str, Any]) -> Any:
        """Invoke a function as Lambda does."""
        handler = importlib.import_module(f"functions.{function}.handler")
        context = SimpleNamespace(
            aws_request_id="req-1",
            function_name=function,
            memory_limit_in_mb=512,
            invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{function}",
            get_remaining_time_in_millis=lambda: 60_000,
        )
        return handler.lambda_handler(event, context)

    def request(
        self,
        function: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        address: str = "192.0.2.1",
    ) -> Answer:
        """Call an API function as API Gateway does; ``path`` is as typed, without a query."""
        event = rest_event(method, path, body, headers or {}, address)
        answer = self.call(function, event)
        return Answer(answer["statusCode"], json.loads(answer["body"]))

    def look(self, pay_online_id: str = PAY_ONLINE_ID, **more: Any) -> Answer:
        """Ask what a guest can pay."""
        return self.request("payment_api", "GET", f"/api/pay/{quote(pay_online_id, safe='')}", **more)

    def pay(self, amount: Any, *, key: str = "key-1", token: str | None = None, currency: str = "USD", **more: Any) -> Answer:
        """Pay as a guest."""
        body = {
            "amount": amount,
            "currency": currency,
            "method": {"kind": "token", "token": token or self.token(), "type": "card"},
            "payer": {"name": "Ana Pau", "email": "ana@acme.example"},
        }
        headers = {"Idempotency-Key": key} | more.pop("headers", {})
        return self.request(
            "payment_api", "POST", f"/api/pay/{more.pop('pay_online_id', PAY_ONLINE_ID)}/payments", body, headers=headers, **more
        )

    def token(self, number: str = "4111111111111111", *, postal_code: str = "84601", cvv: str = "900") -> str:
        """Mint a token as the hosted field does."""
        return tokens.keep(self.simulator.ledger, Card.read(number, "2099-12", cvv, postal_code), None, self.simulator.now())

    def settle_down(self) -> None:
        """Run what runs by itself until nothing is left to do: state machines, the mail queue."""
        for _ in range(6):
            if not (self._run_executions() + self._send_mails()):
                return

    def let_schedules_repair(self) -> None:
        """Let time pass with the schedules running until nothing waits, in the end long enough for what was parked to be tried again."""
        for minutes in (1, 3, 5, 10, 15, 70, 70, 70):
            self.later(minutes=minutes)
            for function in ("settlement", "run_schedules"):
                # A run that fails leaves its work to the next tick.
                _failed(lambda function=function: self.call(function, {}))
            self.settle_down()
            if not self._something_waits():
                return

    def recorded_mails(self) -> list[str]:
        """Kinds of the mails in Email activity."""
        return [mail.kind for mail in wiring.email_store().of_customer(TENANT, CUSTOMER, limit=100)]

    def sent_mails(self) -> list[str]:
        """Kinds of the mails that SES took, as often as it did."""
        sent = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages
        return [str(message_from_string(message.raw_data)["X-Duebook-Kind"]) for message in sent]

    def payments(self) -> list[Payment]:
        """All payments of the customer."""
        return wiring.payment_store().of_customer(TENANT, CUSTOMER, limit=100)

    def charges(self) -> list[Any]:
        """Approved charges in the processor's own ledger."""
        return [entry for entry in self.simulator.ledger.entries() if entry.kind == "authCaptureTransaction" and entry.response_code == "1"]

    def findings(self) -> list[str]:
        """What is wrong: broken invariants, and money on which processor and ledger disagree."""
        books = Books(wiring.directory_store(), wiring.account_store(), wiring.invoice_store(), wiring.payment_store())
        found = [finding.text for finding in audit_tenant(TENANT, books)[1]]
        ours = {payment.order_id: payment.amount.minor for payment in self.payments() if payment.state is PaymentState.CAPTURED}
        theirs = [(entry.order["invoiceNumber"], entry.amount_minor) for entry in self.charges()]
        if sorted(ours.items()) != sorted(theirs):
            found.append(f"captured {ours}, the processor charged {theirs}")
        return found

    def _something_waits(self) -> bool:
        was, BOARD.on = BOARD.on, False
        mails = wiring.email_store().of_customer(TENANT, CUSTOMER, limit=100)
        waits = any(payment.due_at for payment in self.payments()) or any(mail.status in WAITING for mail in mails)
        BOARD.on = was
        return waits

    def _run_executions(self) -> int:
        machine = wiring.client("stepfunctions")
        listed = machine.list_executions(stateMachineArn=self.machine_arn)["executions"]
        fresh = [execution for execution in listed if execution["executionArn"] not in self.done_executions]
        for execution in fresh:
            self.done_executions.add(execution["executionArn"])
            described = machine.describe_execution(executionArn=execution["executionArn"])
            try:
                state_machine.run(
                    "apply_payment", json.loads(described["input"]), lambda name, payload: self.call(FUNCTION_OF[name], payload)
                )
            except state_machine.TaskFailedError:
                continue
        return len(fresh)

    def _send_mails(self) -> int:
        queue = wiring.client("sqs")
        received = queue.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
        for message in received:
            record = {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:MailQueue",
                "awsRegion": "us-east-1",
            }
            if not _failed(lambda record=record: self.call("send_mail", {"Records": [record]})):
                queue.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return len(received)


def _failed(call: Any) -> bool:
    try:
        answer = call()
    except (Exception, CrashError):  # the event source tries again whatever it was
        return True
    return bool(answer and answer.get("batchItemFailures"))


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Build a world with one tenant, one merchant account in USD and one customer, and no invoices."""
    before = dict(os.environ)
    os.environ.update(cloud.SETTINGS)
    with mock_aws():
        settings = cloud.build()
        clock_file = folder / "clock"
        os.environ.update(settings | {"LOCAL_CLOCK_FILE": str(clock_file)})
        cloud.forget_wiring()
        transport_of = wiring.authorize_net_transport
        made = World(clock_file, settings["MAIL_QUEUE_URL"], settings["APPLY_PAYMENT_ARN"], None, None)  # type: ignore[arg-type]
        made.simulator = AuthorizeNetSimulator(Ledger(), now=lambda: made.now)
        made.at(START)
        made.transport = FaultyTransport(InProcessTransport(made.simulator), BOARD)
        wiring.authorize_net_transport = lambda: made.transport  # type: ignore[assignment]
        _hook_clients()
        _people(made)
        try:
            yield made
        finally:
            BOARD.on = False
            wiring.authorize_net_transport = transport_of
            cloud.forget_wiring()
            os.environ.clear()
            os.environ.update(before)


_HOOKED: set[int] = set()


def _hook_clients() -> None:
    for service in SERVICES:
        client = wiring.client(service)
        if id(client) not in _HOOKED:
            _HOOKED.add(id(client))
            BOARD.hook(client)


def _people(made: World) -> None:
    merchant = Merchant("login1", "key1", "public1", "USD", TENANT)
    made.simulator.ledger.put_merchant(merchant)
    account = MerchantAccount("ma_1", "authorize_net", "USD", login="login1", public_key="public1")
    wiring.secret_store().write(TENANT, "ma_1", {"api_login_id": "login1", "transaction_key": "key1"})
    tenant = Tenant(
        TENANT,
        "Blue Ridge Sanitation",
        "America/New_York",
        support=Support("help@blue.example", "555-0100"),
        notify=("office@blue.example",),
    )
    staff = Staff("stf_1", TENANT, "Sam", "sam@blue.example", Role.ADMIN, "-")
    wiring.directory_store().add_tenant(tenant, [account], [staff], "hash")
    wiring.directory_store().add_customer(TENANT, Customer(CUSTOMER, "Acme Construction", PAY_ONLINE_ID, START))


def issue(
    invoice_id: str, minor: int, *, on: str = "2025-05-01", currency: str = "USD", pay_online: bool = True, number: str | None = None
) -> OpenItem:
    """Post an invoice of one line for the world's customer."""
    day = datetime.fromisoformat(on).date()
    line = (InvoiceLine("Service", Decimal(1), minor),)
    invoice = Invoice(invoice_id, CUSTOMER, number or invoice_id, day, day, currency, line, pay_online=pay_online)
    item = open_item_of(invoice)
    writes = wiring.invoice_store().added(TENANT, invoice)
    command = IssueInvoice(invoice_id, minor, item)
    wiring.account_store().change(
        AccountKey(TENANT, CUSTOMER, currency), lambda account: Plan((decide(account, command, posted_at=START, actor="test"),), writes)
    )
    assert item is not None
    return item


def rest_event(method: str, path: str, body: Any, headers: Mapping[str, str], address: str) -> dict[str, Any]:
    """Write an event as a REST API's proxy integration sends it."""
    parts = path.strip("/").split("/")
    names = ["pay_online_id", "payments", "payment_id"]
    parameters = {names[index]: unquote(part) for index, part in enumerate(parts[2:]) if names[index] != "payments"}
    resource = "/api/pay/{pay_online_id}" + ("/payments" if len(parts) > 3 else "") + ("/{payment_id}" if len(parts) > 4 else "")
    return {
        "resource": resource,
        "path": unquote(path),
        "httpMethod": method,
        "headers": {"Content-Type": "application/json", **headers},
        "multiValueHeaders": {key: [value] for key, value in {"Content-Type": "application/json", **headers}.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": parameters,
        "stageVariables": None,
        "requestContext": {
            "requestId": "r",
            "stage": "live",
            "identity": {"sourceIp": address},
            "resourcePath": resource,
            "httpMethod": method,
        },
        "body": body if isinstance(body, str) or body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
