"""The five tables, the bucket, the queue and the state machine in moto, made from template.yaml as it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import RLock
from typing import Any

import yaml

from duebook import wiring, wiring_automation, wiring_identity, wiring_mail, wiring_requests
from duebook.storage.account_store import AccountStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.invoice_store import InvoiceStore
from duebook.storage.payment_store import PaymentStore
from duebook.storage.transient_store import TransientStore
from tests.integration.key_watch import watch

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
MACHINE_ROLE = "arn:aws:iam::123456789012:role/machine"
SETTINGS = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "POWERTOOLS_SERVICE_NAME": "duebook",
    "POWERTOOLS_METRICS_NAMESPACE": "Duebook",
    "STAGE": "local",
    "PORTAL_ORIGIN": "http://localhost:8080",
    "FIELDS_ORIGIN": "http://127.0.0.1:8090",
    "AUTHORIZE_NET_URL": "http://127.0.0.1:8090/xml/v1/request.api",
    "CARDPOINTE_URL": "http://127.0.0.1:8091",
    "PROCESSOR_SECRET_PREFIX": "duebook-local/",
    "SES_CONFIGURATION_SET": "MailConfigurationSet",
    "MAIL_FROM": "billing@duebook.example",
    "MAILS_PER_SECOND": "1000000",
    "MAIL_SENDERS": "1",
}
TABLE_SETTINGS = {
    "LedgerTable": "LEDGER_TABLE",
    "AccountsTable": "ACCOUNTS_TABLE",
    "DirectoryTable": "DIRECTORY_TABLE",
    "EmailActivityTable": "EMAIL_ACTIVITY_TABLE",
    "TransientTable": "TRANSIENT_TABLE",
}
TABLE_PARTS = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags, each read as its text."""


def _tag(loader: _Loader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]


_Loader.add_multi_constructor("!", _tag)


@cache
def resources() -> Mapping[str, Any]:
    """Read the template's resources, once a run."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.load(text, Loader=_Loader)["Resources"]  # noqa: S506 - a SafeLoader with tags
    return found


@dataclass(frozen=True, slots=True)
class Cloud:
    """Everything a handler finds on AWS; ``set_clock`` freezes the time it sees."""

    settings: Mapping[str, str]
    clock_file: Path

    def client(self, service: str) -> Any:
        """Return a boto3 client inside moto."""
        return wiring.client(service)

    def set_clock(self, now: datetime) -> None:
        """Freeze the time at an instant."""
        self.clock_file.write_text(now.isoformat(), encoding="ascii")

    @property
    def accounts(self) -> AccountStore:
        """The store of accounts."""
        return wiring.account_store()

    @property
    def payments(self) -> PaymentStore:
        """The store of payments."""
        return wiring.payment_store()

    @property
    def invoices(self) -> InvoiceStore:
        """The store of invoices."""
        return wiring.invoice_store()

    @property
    def directory(self) -> DirectoryStore:
        """The store of tenants and people."""
        return wiring.directory_store()

    @property
    def transient(self) -> TransientStore:
        """The store of what passes."""
        return wiring.transient_store()


def build() -> dict[str, str]:
    """Make tables, bucket, queues, topic, mail identity and state machine; return the settings that name them."""
    settings = dict(SETTINGS)
    for service in ("dynamodb", "s3", "secretsmanager"):
        watch(wiring.client(service))
    dynamodb = _one_call_at_a_time(wiring.client("dynamodb"))
    for logical, name in TABLE_SETTINGS.items():
        properties = resources()[logical]["Properties"]
        dynamodb.create_table(TableName=logical, **{part: properties[part] for part in TABLE_PARTS if part in properties})
        settings[name] = logical
    settings["DOCUMENTS_BUCKET"] = "duebook-documents"
    settings["LOGOS_BUCKET"] = "duebook-logos"
    for bucket in ("DOCUMENTS_BUCKET", "LOGOS_BUCKET"):
        wiring.client("s3").create_bucket(Bucket=settings[bucket])
    settings["MAIL_QUEUE_URL"] = wiring.client("sqs").create_queue(QueueName="MailQueue")["QueueUrl"]
    settings["LINK_QUEUE_URL"] = wiring.client("sqs").create_queue(QueueName="LinkQueue")["QueueUrl"]
    wiring.client("ses").verify_domain_identity(Domain="duebook.example")
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}})
    for name in ("apply_payment", "statement_run", "automation_run"):
        machine = wiring.client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=MACHINE_ROLE)
        settings[f"{name.upper()}_ARN"] = machine["stateMachineArn"]
    return settings


def _one_call_at_a_time(client: Any) -> Any:
    """Let moto answer one call after another: its tables do not stand two threads at once."""
    send = client._endpoint.make_request
    if getattr(send, "one_at_a_time", False):
        return client
    lock = RLock()

    def locked(*arguments: Any, **named: Any) -> Any:
        with lock:
            return send(*arguments, **named)

    locked.one_at_a_time = True  # type: ignore[attr-defined]
    client._endpoint.make_request = locked
    return client


def forget_wiring() -> None:
    """Drop every dependency that wiring has built, as a new process would; clients stay, they cost a while to make."""
    for module in (wiring, wiring_automation, wiring_identity, wiring_mail, wiring_requests):
        for name, member in vars(module).items():
            if name != "client" and hasattr(member, "cache_clear"):
                member.cache_clear()
