"""The template's policies as the local cloud enforces them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.permissions import Guard, granted
from tests.contract.reading import functions

PARAMETERS = {"Stage": "local", "MailDomain": "duebook.example"}
NAMES = {
    "duebook-LedgerTable-1": "LedgerTable",
    "duebook-AccountsTable-1": "AccountsTable",
    "duebook-DirectoryTable-1": "DirectoryTable",
    "duebook-TransientTable-1": "TransientTable",
    "http://localhost:4599/0/MailQueue": "MailQueue",
    "arn:machine": "ApplyPaymentStateMachine",
    "arn:runs": "StatementRunStateMachine",
    "duebook-EmailActivityTable-1": "EmailActivityTable",
    "duebook-documents": "DocumentsBucket",
    "duebook-logos": "LogosBucket",
    "set-1": "MailConfigurationSet",
}


def call(folder: str, service: str, operation: str, **params: Any) -> None:
    model = SimpleNamespace(name=operation, service_model=SimpleNamespace(service_name=service))
    Guard(granted(functions()[folder], PARAMETERS), NAMES).check(params=params, model=model)


COMMIT = [
    {"Put": {"TableName": "duebook-LedgerTable-1"}},
    {"Put": {"TableName": "duebook-AccountsTable-1"}},
    {"Delete": {"TableName": "duebook-AccountsTable-1"}},
]
ALLOWED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("apply_payment", "dynamodb", "TransactWriteItems", {"TransactItems": COMMIT}),
    ("settlement", "dynamodb", "Query", {"TableName": "duebook-AccountsTable-1", "IndexName": "payments-due"}),
    ("settlement", "dynamodb", "Query", {"TableName": "duebook-AccountsTable-1", "IndexName": "payments-by-day"}),
    ("payment_api", "secretsmanager", "GetSecretValue", {"SecretId": "duebook-local/ten_1/ma_1"}),
    ("processor_webhook", "dynamodb", "TransactWriteItems", {"TransactItems": COMMIT}),
    ("processor_webhook", "secretsmanager", "GetSecretValue", {"SecretId": "duebook-local/ten_1/ma_1"}),
    ("processor_webhook", "dynamodb", "UpdateItem", {"TableName": "duebook-TransientTable-1"}),
    ("staff_payment_api", "secretsmanager", "GetSecretValue", {"SecretId": "duebook-local/ten_1/ma_1"}),
    ("staff_payment_pages", "dynamodb", "TransactWriteItems", {"TransactItems": COMMIT}),
    ("staff_payment_pages", "dynamodb", "Query", {"TableName": "duebook-AccountsTable-1", "IndexName": "invoices-by-date"}),
    ("settlement", "dynamodb", "TransactWriteItems", {"TransactItems": [{"Delete": {"TableName": "duebook-DirectoryTable-1"}}]}),
    ("payment_api", "stepfunctions", "StartExecution", {"stateMachineArn": "arn:machine"}),
    ("brand_api", "dynamodb", "GetItem", {"TableName": "duebook-DirectoryTable-1"}),
    ("staff_settings_pages", "s3", "PutObject", {"Bucket": "duebook-logos", "Key": "logos/1.png"}),
    ("staff_api", "s3", "PutObject", {"Bucket": "duebook-logos", "Key": "logos/1.png"}),
    ("staff_request_pages", "dynamodb", "TransactWriteItems", {"TransactItems": [{"Update": {"TableName": "duebook-DirectoryTable-1"}}]}),
    ("statement_api", "stepfunctions", "StartExecution", {"stateMachineArn": "arn:runs"}),
    ("run_schedules", "stepfunctions", "StartExecution", {"stateMachineArn": "arn:runs"}),
    (
        "run_statements",
        "dynamodb",
        "TransactWriteItems",
        {"TransactItems": [{"ConditionCheck": {"TableName": "duebook-DirectoryTable-1"}}]},
    ),
    ("print_statements", "s3", "PutObject", {"Bucket": "duebook-documents", "Key": "attachments/ten_1/1.pdf"}),
    ("create_tenant", "secretsmanager", "CreateSecret", {"Name": "duebook-local/ten_1/ma_1"}),
    ("notify_payment", "sqs", "SendMessageBatch", {"QueueUrl": "http://localhost:4599/0/MailQueue"}),
    ("run_import", "s3", "GetObject", {"Bucket": "duebook-documents", "Key": "imports/ten_1/imp_1.csv"}),
    ("send_mail", "ses", "SendRawEmail", {"Source": "Acme <billing@duebook.example>", "ConfigurationSetName": "set-1"}),
]
REFUSED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("apply_payment", "dynamodb", "TransactWriteItems", {"TransactItems": [{"ConditionCheck": {"TableName": "duebook-AccountsTable-1"}}]}),
    ("apply_payment", "dynamodb", "DeleteItem", {"TableName": "duebook-LedgerTable-1"}),
    ("brand_api", "dynamodb", "Query", {"TableName": "duebook-DirectoryTable-1"}),
    ("brand_api", "dynamodb", "PutItem", {"TableName": "duebook-DirectoryTable-1"}),
    ("staff_settings_pages", "s3", "PutObject", {"Bucket": "duebook-logos", "Key": "index.html"}),
    ("staff_settings_pages", "secretsmanager", "GetSecretValue", {"SecretId": "duebook-local/ten_1/ma_1"}),
    ("staff_payment_pages", "secretsmanager", "PutSecretValue", {"SecretId": "duebook-local/ten_1/ma_1"}),
    ("staff_settings_pages", "s3", "DeleteObject", {"Bucket": "duebook-logos", "Key": "logos/1.png"}),
    ("staff_pages", "dynamodb", "PutItem", {"TableName": "duebook-AccountsTable-1"}),
    ("staff_request_pages", "dynamodb", "GetItem", {"TableName": "duebook-AccountsTable-1"}),
    ("apply_payment", "dynamodb", "TransactWriteItems", {"TransactItems": [{"Update": {"TableName": "duebook-LedgerTable-1"}}]}),
    ("payment_api", "dynamodb", "Query", {"TableName": "duebook-AccountsTable-1", "IndexName": "payments-due"}),
    ("settlement", "dynamodb", "Scan", {"TableName": "duebook-AccountsTable-1"}),
    ("payment_api", "secretsmanager", "GetSecretValue", {"SecretId": "duebook-prod/ten_1/ma_1"}),
    ("processor_webhook", "dynamodb", "PutItem", {"TableName": "duebook-DirectoryTable-1"}),
    ("processor_webhook", "secretsmanager", "PutSecretValue", {"SecretId": "duebook-local/ten_1/ma_1"}),
    ("staff_payment_api", "secretsmanager", "PutSecretValue", {"SecretId": "duebook-local/ten_1/ma_1"}),
    ("staff_payment_pages", "secretsmanager", "PutSecretValue", {"SecretId": "duebook-local/ten_1/ma_1"}),
    ("staff_payment_pages", "dynamodb", "TransactWriteItems", {"TransactItems": [{"Update": {"TableName": "duebook-LedgerTable-1"}}]}),
    ("staff_pages", "dynamodb", "Query", {"TableName": "duebook-AccountsTable-1", "IndexName": "invoices-by-date"}),
    ("staff_api", "secretsmanager", "GetSecretValue", {"SecretId": "duebook-local/ten_1/ma_1"}),
    ("payment_api", "secretsmanager", "PutSecretValue", {"SecretId": "duebook-local/ten_1/ma_1"}),
    ("run_import", "s3", "PutObject", {"Bucket": "duebook-documents", "Key": "imports/ten_1/imp_1.csv"}),
    ("send_mail", "ses", "SendRawEmail", {"Source": "ceo@elsewhere.example", "ConfigurationSetName": "set-1"}),
    ("send_mail", "ses", "SendRawEmail", {"Source": "billing@duebook.example"}),
    ("print_statements", "dynamodb", "PutItem", {"TableName": "duebook-AccountsTable-1"}),
    ("print_statements", "s3", "PutObject", {"Bucket": "duebook-documents", "Key": "imports/ten_1/imp_1.csv"}),
    ("run_statements", "dynamodb", "PutItem", {"TableName": "duebook-EmailActivityTable-1"}),
    ("statement_api", "sqs", "SendMessage", {"QueueUrl": "http://localhost:4599/0/MailQueue"}),
    ("authorize", "sqs", "SendMessage", {"QueueUrl": "http://localhost:4599/0/MailQueue"}),
]


def names(case: object) -> str:
    return case if isinstance(case, str) else ""


@pytest.mark.parametrize(("folder", "service", "operation", "params"), ALLOWED, ids=names)
def test_a_call_that_the_policy_lists_passes(folder: str, service: str, operation: str, params: dict[str, Any]):
    call(folder, service, operation, **params)


@pytest.mark.parametrize(("folder", "service", "operation", "params"), REFUSED, ids=names)
def test_a_call_that_the_policy_does_not_list_is_refused_as_on_aws(folder: str, service: str, operation: str, params: dict[str, Any]):
    with pytest.raises(ClientError, match="no policy of this function allows"):
        call(folder, service, operation, **params)
