"""What the controls do to the deployed stack: invoke functions, wait for executions, empty everything."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from local.stack import Stack, Tree, client
from local.web import Problem

TABLE, QUEUE, BUCKET = "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::S3::Bucket"
MACHINE, TOPIC = "AWS::Serverless::StateMachine", "AWS::SNS::Topic"
EVENTS_TOPIC = "EmailEventsTopic"
SECRET_PREFIX = "duebook-local/"
_BATCH = 25
_THREADS = 4


@dataclass(slots=True)
class Cloud:
    """The deployed stack with one client per service."""

    endpoint: str
    template: Tree
    stack: Stack
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Return the client of a service, made on first use."""
        if service not in self.clients:
            self.clients[service] = client(service, self.endpoint)
        return self.clients[service]

    def invoke(self, folder: str, event: object) -> Any:
        """Run the function in ``functions/<folder>`` and return its answer.

        Raises:
            Problem: There is no such function, or it failed.
        """
        name = self.stack.function_in(folder)
        if name is None:
            raise Problem(404, "not_found", f"The template has no function in functions/{folder}.")
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
        result = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            raise Problem(502, "function_failed", _reason(result))
        return result

    def publish_mail_event(self, message: str) -> None:
        """Publish an SES event to the topic that the stack listens on."""
        self.client("sns").publish(TopicArn=self.stack.resources[EVENTS_TOPIC], Message=message)

    def wait_for_executions(self, seconds: float) -> bool:
        """Wait until no state machine runs; tell whether that came in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not any(True for _ in self._running()):
                return True
            time.sleep(0.05)
        return False

    def is_empty(self) -> bool:
        """Tell whether nothing has been put into the directory yet."""
        table = self.stack.resources["DirectoryTable"]
        return not self.client("dynamodb").scan(TableName=table, Limit=1)["Items"]

    def empty(self) -> None:
        """Delete every item, message, document and secret; stop what runs. The resources stay."""
        for arn in self._running():
            self.client("stepfunctions").stop_execution(executionArn=arn)
        for url in self.stack.of_type(self.template, QUEUE).values():
            self.client("sqs").purge_queue(QueueUrl=url)
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(self._delete_keys, self._key_batches()))
        for bucket in self.stack.of_type(self.template, BUCKET).values():
            self._empty_bucket(bucket)
        secrets = self.client("secretsmanager")
        for page in secrets.get_paginator("list_secrets").paginate():
            for secret in page["SecretList"]:
                if secret["Name"].startswith(SECRET_PREFIX):
                    secrets.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)

    def _running(self) -> Iterator[str]:
        machines = self.client("stepfunctions")
        for arn in self.stack.of_type(self.template, MACHINE).values():
            found = machines.list_executions(stateMachineArn=arn, statusFilter="RUNNING")
            yield from (one["executionArn"] for one in found["executions"])

    def _key_batches(self) -> Iterator[tuple[str, list[Tree]]]:
        pages = self.client("dynamodb").get_paginator("scan")
        for table in self.stack.of_type(self.template, TABLE).values():
            for page in pages.paginate(TableName=table, ProjectionExpression="pk, sk"):
                items = page["Items"]
                for start in range(0, len(items), _BATCH):
                    yield table, items[start : start + _BATCH]

    def _delete_keys(self, batch: tuple[str, list[Tree]]) -> None:
        table, keys = batch
        requests = {table: [{"DeleteRequest": {"Key": key}} for key in keys]}
        while requests:
            requests = self.client("dynamodb").batch_write_item(RequestItems=requests).get("UnprocessedItems", {})

    def _empty_bucket(self, bucket: str) -> None:
        storage = self.client("s3")
        for page in storage.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for found in page.get("Contents", []):
                storage.delete_object(Bucket=bucket, Key=found["Key"])


def _reason(result: object) -> str:
    """Return the words of a failed invocation; the emulator wraps the handler's own document."""
    if not isinstance(result, dict):
        return str(result)
    words = str(result.get("errorMessage", result))
    start = words.find("{")
    if start >= 0:
        try:
            inner = json.loads(words[start:])
        except ValueError:
            return words
        return f"{inner.get('errorType')}: {inner.get('errorMessage')}"
    return words
