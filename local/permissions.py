"""The template's policies, enforced on the laptop: no emulator checks them, so a missing right would show on AWS alone.

Each function's process refuses an AWS call that its own policy in template.yaml does not allow, as AWS would: AccessDenied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from local.stack import FUNCTION, Stack, Tree

Grant = tuple[str, str]
"""An action and the resource it is allowed on, written with logical ids: ``("dynamodb:Query", "AccountsTable/index/payments-due")``."""

_IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
_SAME_RIGHT = {"s3:HeadObject": "s3:GetObject", "sqs:SendMessageBatch": "sqs:SendMessage"}
_UNCHECKED = {"sts"}


def granted(function: Tree, parameters: Mapping[str, str]) -> list[Grant]:
    """Return what a function's properties in the template allow.

    Args:
        function: Its properties in the template's long form.
        parameters: Values of the template's parameters that stand in resource names.
    """
    found = []
    for policy in function.get("Policies", []):
        for statement in policy["Statement"]:
            actions = statement["Action"]
            resource = _pattern(statement["Resource"], parameters)
            found += [(action, resource) for action in ([actions] if isinstance(actions, str) else actions)]
    return found


def by_folder(template: Tree, parameters: Mapping[str, str], stack: Stack) -> dict[str, dict[str, Any]]:
    """Return by folder what a function's process needs to make its ``Guard``."""
    defaults = {name: str(one.get("Default", "")) for name, one in template["Parameters"].items()}
    names = {physical: logical for logical, physical in stack.resources.items()}
    return {
        Path(one["Properties"]["CodeUri"]).name: {"grants": granted(one["Properties"], {**defaults, **parameters}), "names": names}
        for one in template["Resources"].values()
        if one["Type"] == FUNCTION
    }


@dataclass(frozen=True, slots=True)
class Guard:
    """Stands before every boto3 call of a process.

    Args:
        grants: What is allowed.
        names: Physical name of a resource (a table's name, a queue's address, an ARN) -> logical id.
    """

    grants: Sequence[Sequence[str]]
    names: Mapping[str, str]

    def install(self) -> None:
        """Check every call of clients made from now on."""
        session = boto3.Session()
        session.events.register("before-parameter-build", self.check)
        boto3.DEFAULT_SESSION = session

    def check(self, *, params: Mapping[str, Any], model: Any, **_: object) -> None:
        """Let a call pass.

        Raises:
            ClientError: The policy does not allow it.
        """
        for action, resource in wanted(model.service_model.service_name, model.name, params, self.names):
            if not self.allows(action, resource):
                message = f"no policy of this function allows {action} on {resource}"
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, model.name)

    def allows(self, action: str, resource: str) -> bool:
        """Tell whether a grant covers an action on a resource."""
        return any(action == allowed and fnmatchcase(resource, pattern) for allowed, pattern in self.grants)


def wanted(service: str, operation: str, params: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Grant]:
    """Name the rights that a call needs."""
    if service in _UNCHECKED:
        return
    if service == "dynamodb":
        yield from _on_tables(operation, params, names)
        return
    if service == "ses":
        domain = str(params.get("Source", "")).rpartition("@")[2].rstrip(">")
        yield "ses:" + operation, "identity/" + domain
        yield "ses:" + operation, "configuration-set/" + _named(params.get("ConfigurationSetName"), names)
        return
    prefix = {"stepfunctions": "states"}.get(service, service)
    action = f"{prefix}:{operation}"
    yield _SAME_RIGHT.get(action, action), _resource(service, params, names)


def _resource(service: str, params: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if service == "s3":
        return f"{_named(params.get('Bucket'), names)}/{params.get('Key', '')}"
    if service == "secretsmanager":
        return f"secret:{params.get('SecretId') or params.get('Name', '')}"
    return _named(params.get("QueueUrl") or params.get("stateMachineArn") or params.get("TopicArn"), names)


def _on_tables(operation: str, params: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Grant]:
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        for item in params["TransactItems"]:
            for kind, one in item.items():
                yield f"dynamodb:{_IN_TRANSACTIONS[kind]}", _named(one["TableName"], names)
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for table in params["RequestItems"]:
            yield f"dynamodb:{operation}", _named(table, names)
    else:
        index = f"/index/{params['IndexName']}" if params.get("IndexName") else ""
        yield f"dynamodb:{operation}", _named(params.get("TableName"), names) + index


def _named(physical: object, names: Mapping[str, str]) -> str:
    return names.get(str(physical), str(physical))


def _pattern(resource: Any, parameters: Mapping[str, str]) -> str:
    if "Ref" in resource:
        return str(resource["Ref"])
    if "Fn::GetAtt" in resource:
        return str(resource["Fn::GetAtt"][0])
    text = resource["Fn::Sub"]
    # An ARN's last part names the thing: "secret:duebook-local/*", "identity/duebook.example".
    text = re.sub(r"^arn:.*\$\{AWS::AccountId\}:", "", text)
    return re.sub(r"\$\{(\w+)(?:\.Arn)?\}", lambda found: parameters.get(found[1], found[1]), text)
