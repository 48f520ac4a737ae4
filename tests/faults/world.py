"""A whole small Duebook in one process: moto, the simulators, our handlers, a frozen clock, and faults on demand."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_string
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.models import stepfunctions_backends

from duebook import wiring
from duebook.domain.breaks import BreakKind, RowState
from duebook.domain.email_activity import MailStatus
from duebook.domain.payments import Payment, PaymentState
from duebook.domain.refunds import refunded
from duebook.usecases.audit_accounts import Books, audit_tenant
from local.processors.authorize_net.simulator import AuthorizeNetSimulator
from tests.faults import state_machine
from tests.faults.banks import BANK, VISA, AuthorizeNetBank, Bank, CardPointeBank, Facts
from tests.faults.hooks import CrashError, FaultyRest, FaultyTransport, Switchboard
from tests.integration.api import Answer as ApiAnswer
from tests.integration.api import StaffApi
from tests.integration.cloud import REGION
from tests.integration.key_watch import serving

START = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
FUNCTION_OF = {"ApplyPaymentFunctionArn": "apply_payment", "NotifyPaymentFunctionArn": "notify_payment"}
TENANT, CUSTOMER, PAY_ONLINE_ID = "ten_1", "cus_1", "abcDEFGH2345"
BOARD = Switchboard()
MAIL_QUEUE = "MailQueue"
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
    settings: dict[str, str]
    processor: str = "authorize_net"
    now: datetime = START
    sends_mails: bool = True
    authorize_net: AuthorizeNetBank = field(init=False)
    cardpointe: CardPointeBank = field(init=False)
    done_executions: set[str] = field(default_factory=set)
    ground: Any = None
    """What was prepared in it, as whoever did so describes it."""

    @property
    def queue_url(self) -> str:
        """The queue of mails."""
        return self.settings["MAIL_QUEUE_URL"]

    @property
    def machine_arn(self) -> str:
        """The state machine that applies payments."""
        return self.settings["APPLY_PAYMENT_ARN"]

    @property
    def bank(self) -> Bank:
        """The processor of this world."""
        return self.cardpointe if self.processor == "cardpointe" else self.authorize_net

    @property
    def simulator(self) -> AuthorizeNetSimulator:
        """Authorize.Net itself."""
        return self.authorize_net.simulator

    @property
    def transport(self) -> FaultyTransport | FaultyRest:
        """The way to the processor of this world."""
        return self.cardpointe.rest if self.processor == "cardpointe" else self.authorize_net.transport

    def at(self, now: datetime) -> None:
        """Set the clock."""
        self.now = now
        self.clock_file.write_text(now.isoformat(), encoding="ascii")

    def clock(self) -> datetime:
        """Tell the time."""
        return self.now

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
        with serving(event):
            answer = self.call(function, event)
        return Answer(answer["statusCode"], json.loads(answer["body"]))

    def look(self, pay_online_id: str = PAY_ONLINE_ID, **more: Any) -> Answer:
        """Ask what a guest can pay."""
        return self.request("payment_api", "GET", f"/api/pay/{quote(pay_online_id, safe='')}", **more)

    def pay(
        self, amount: Any, *, key: str = "key-1", token: str | None = None, currency: str = "USD", kind: str = "card", **more: Any
    ) -> Answer:
        """Pay as a guest, by card or bank account."""
        body = {
            "amount": amount,
            "currency": currency,
            "method": {"kind": "token", "token": token or self.token_of(kind), "type": kind},
            "payer": {"name": "Ana Pau", "email": "ana@acme.example"},
        }
        headers = {"Idempotency-Key": key} | more.pop("headers", {})
        return self.request(
            "payment_api", "POST", f"/api/pay/{more.pop('pay_online_id', PAY_ONLINE_ID)}/payments", body, headers=headers, **more
        )

    def token(self, number: str | None = None, *, postal_code: str = "84601", cvv: str = "") -> str:
        """Mint a card's token as the hosted field does."""
        card = {"number": number or VISA[self.processor], "expiry": "2099-12" if self.processor == "authorize_net" else "1239"}
        made = self.bank.control("POST", "tokens", {"card": card | {"cvv": cvv or "900", "postal_code": postal_code}})
        return str(made["token"])

    def token_of(self, kind: str) -> str:
        """Mint a token of a card or a bank account."""
        return self.token() if kind == "card" else str(self.bank.control("POST", "tokens", {"bank_account": BANK})["token"])

    def staff(self, method: str, path: str, body: object = None, *, key: str | None = None) -> ApiAnswer:
        """Call the staff API as an administrator; ``path`` is below /api/staff."""
        return StaffApi(TENANT).call(method, path, body, {"Idempotency-Key": key} if key else None)

    def fresh_webhooks(self) -> list[tuple[bytes, str]]:
        """Fetch what Authorize.Net has to tell since the last time: bodies with their signatures."""
        self.simulator.webhooks.deliver()
        fresh, self.authorize_net.posted = self.authorize_net.posted, []
        return fresh

    def webhook(self, body: bytes, signature: str) -> Answer:
        """Post a notification as API Gateway hands it on."""
        path = f"/api/webhooks/authorize-net/{TENANT}"
        event = rest_event("POST", path, body.decode(), {"X-ANET-Signature": signature}, "192.0.2.9")
        event |= {"resource": "/api/webhooks/authorize-net/{tenant_id}", "pathParameters": {"tenant_id": TENANT}}
        answer = self.call("processor_webhook", event)
        return Answer(answer["statusCode"], json.loads(answer["body"] or "{}"))

    def open_rows(self) -> list[str]:
        """What reconciliation shows as open, but for late returns: those are booked, and a person hears of them."""
        rows = wiring.reconciliation_store().rows(TENANT, RowState.OPEN)
        return [f"reconciliation shows {row.found}" for row in rows if row.found.kind is not BreakKind.LATE_RETURN]

    def read_books(self) -> None:
        """Let the schedule look after payments and read the processors' books now."""
        _failed(lambda: self.call("settlement", {"tenant_id": TENANT}))

    def settle_down(self) -> None:
        """Run what runs by itself until nothing is left to do: state machines, the mail queue."""
        for _ in range(6):
            if not (self._run_executions() + self._send_mails()):
                return

    def let_schedules_repair(self) -> None:
        """Let time pass with the schedules running until nothing waits, in the end long enough for what was parked to be tried again."""
        for minutes in (1, 3, 5, 10, 15, 70, 70, 70):
            self.later(minutes=minutes)
            struck = BOARD.struck
            # A run that fails leaves its work to the next tick.
            self.read_books()
            if self.sends_mails:
                _failed(lambda: self.call("run_schedules", {}))
            self.settle_down()
            # A pass that was struck itself is not the last one.
            if BOARD.struck == struck and not self._something_waits():
                return

    def recorded_mails(self) -> list[str]:
        """Kinds of the mails in Email activity."""
        return [mail.kind for mail in wiring.email_store().of_customer(TENANT, CUSTOMER, limit=100)]

    def mails_of(self, payment_id: str) -> list[str]:
        """Kinds of the mails about one payment."""
        rows = wiring.email_store().of_customer(TENANT, CUSTOMER, limit=100)
        return [mail.kind for mail in rows if mail.about is not None and mail.about.id == payment_id]

    def sent_mails(self) -> list[str]:
        """Kinds of the mails that SES took, as often as it did."""
        sent = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
        return [str(message_from_string(message.raw_data)["X-Duebook-Kind"]) for message in sent]

    def payments(self) -> list[Payment]:
        """All payments of the customer."""
        return wiring.payment_store().of_customer(TENANT, CUSTOMER, limit=100)

    def charges(self) -> list[int]:
        """Charges that stand or stood in the processor's own books, in minor units."""
        return [facts.charged for facts in self.bank.facts().values() for _ in range(max(1, facts.times))]

    def findings(self) -> list[str]:
        """What is wrong: broken invariants, and money on which the processor's books and ours disagree."""
        books = Books(wiring.directory_store(), wiring.account_store(), wiring.invoice_store(), wiring.payment_store())
        found = [finding.text for finding in audit_tenant(TENANT, books)[1]]
        theirs = self.bank.facts()
        charged = {payment.order_id: payment for payment in self.payments() if payment.merchant_account_id}
        found += [f"{order_id} was charged {facts.times} times" for order_id, facts in theirs.items() if facts.times > 1]
        found += [f"{order_id} was charged and is none of ours" for order_id in theirs if order_id not in charged]
        for order_id, payment in charged.items():
            found += _disagreement(payment, theirs.get(order_id))
        return found

    def _something_waits(self) -> bool:
        was, BOARD.on = BOARD.on, False
        mails = wiring.email_store().of_customer(TENANT, CUSTOMER, limit=100) if self.sends_mails else []
        waits = any(payment.due_at for payment in self.payments()) or any(mail.status in WAITING for mail in mails)
        BOARD.on = was
        return waits

    def _run_executions(self) -> int:
        started = stepfunctions_backends[DEFAULT_ACCOUNT_ID][REGION].describe_state_machine(self.machine_arn).executions
        fresh = [execution for execution in reversed(started) if execution.execution_arn not in self.done_executions]
        for execution in fresh:
            self.done_executions.add(execution.execution_arn)
            told = json.loads(execution.execution_input)
            try:
                state_machine.run("apply_payment", told, lambda name, payload: self.call(FUNCTION_OF[name], payload))
            except state_machine.TaskFailedError:
                continue
        return len(fresh)

    def _send_mails(self) -> int:
        if not self.sends_mails or not sqs_backends[DEFAULT_ACCOUNT_ID][REGION].get_queue(MAIL_QUEUE).messages:
            return 0
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


GONE = frozenset({PaymentState.VOIDED, PaymentState.FAILED, PaymentState.DECLINED})


def _disagreement(payment: Payment, facts: Facts | None) -> list[str]:
    """Compare one payment with what its processor says of it."""
    name = f"payment {payment.key.payment_id} ({payment.state})"
    if facts is None:
        return [f"{name} was never charged"] if payment.captured_at or payment.state is PaymentState.PENDING else []
    found = []
    agrees = payment.state is facts.state or (facts.voided and payment.state in GONE)
    if not agrees:
        found.append(f"{name} is {facts.state} at its processor")
    if facts.charged != payment.amount.minor:
        found.append(f"{name} of {payment.amount.minor} was charged {facts.charged}")
    if facts.refunded != refunded(payment.refunds):
        found.append(f"{name} has {refunded(payment.refunds)} refunded, {facts.refunded} at its processor")
    return found


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
