"""Deploy this very template onto the emulator: the same resources, with handlers that run from the working tree."""

from __future__ import annotations

import copy
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import yaml
from botocore.config import Config

from local.ministack import CREDENTIALS, REGION

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

ROOT = Path(__file__).resolve().parent.parent
STACK = "duebook"
API, FUNCTION = "AWS::Serverless::Api", "AWS::Serverless::Function"
LAYER, MACHINE = "AWS::Serverless::LayerVersion", "AWS::Serverless::StateMachine"
PLACEHOLDER = "def lambda_handler(event, context):\n    return None\n"
"""Deployed as every function's code; events never reach it, they are posted to the function host."""
_LARGEST_INLINE_TEMPLATE = 51_200
_TEMPLATES_BUCKET = "duebook-local-templates"
_SETTLED = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
_MOVING = "_IN_PROGRESS"
_DEPLOY_SECONDS = 120

Tree = dict[str, Any]


class StackError(RuntimeError):
    """The template cannot be deployed to the emulator."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What stands after a deployment."""

    resources: Mapping[str, str]
    """Logical id -> physical id."""
    outputs: Mapping[str, str]
    functions: Mapping[str, Tree]
    """Physical function name -> folder, handler, memory_mb, arn, environment."""

    def function_in(self, folder: str) -> str | None:
        """Return the physical name of the function whose code is in ``functions/<folder>``."""
        return next((name for name, one in self.functions.items() if one["folder"] == folder), None)

    def of_type(self, template: Tree, resource_type: str) -> dict[str, str]:
        """Return logical -> physical id of all deployed resources of a type."""
        wanted = {logical for logical, resource in template["Resources"].items() if resource["Type"] == resource_type}
        return {logical: physical for logical, physical in self.resources.items() if logical in wanted}


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> Tree:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)
# Dates such as a policy's "2012-10-17" and the template's version are texts.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_template(path: Path = ROOT / "template.yaml") -> Tree:
    """Return the template with every short tag in its long form."""
    template: Tree = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader with tags
    return template


def localize(template: Tree, proxy_url: str) -> Tree:
    """Return the template as the emulator takes it.

    Code is a placeholder, layers are left out (the worker has them on its path), definitions stand inside, and
    each function's environment tells the emulator to post its events to ``proxy_url``.
    """
    local = copy.deepcopy(template)
    resources: Tree = local["Resources"]
    layers = {name for name, resource in resources.items() if resource["Type"] == LAYER}
    for name in layers:
        del resources[name]
    for owner in (local, *resources.values()):
        owner.pop("Metadata", None)
    shared = local.setdefault("Globals", {}).setdefault("Function", {})
    for function in (shared, *(one["Properties"] for one in resources.values() if one["Type"] == FUNCTION)):
        function.pop("Layers", None)
        function.pop("CodeUri", None)
        # There is nothing to take a snapshot of: the emulator would start the placeholder in a process of its own.
        function.pop("SnapStart", None)
    shared.setdefault("Environment", {}).setdefault("Variables", {})["MINISTACK_LAMBDA_PROXY_URL"] = proxy_url
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if "BinaryMediaTypes" in properties:
            # CloudFormation wants a slash written ~1 here; the emulator takes the names as they stand.
            properties["BinaryMediaTypes"] = [name.replace("~1", "/") for name in properties["BinaryMediaTypes"]]
        if resource["Type"] == FUNCTION:
            properties |= {"InlineCode": PLACEHOLDER, "Handler": "index.lambda_handler"}
        elif resource["Type"] == MACHINE and "DefinitionUri" in properties:
            definition = yaml.safe_load((ROOT / properties.pop("DefinitionUri")).read_text(encoding="utf-8"))
            properties["Definition"] = definition
    local["Outputs"] = {name: output for name, output in local.get("Outputs", {}).items() if not _mentions(output, layers)}
    return local


def _mentions(value: object, names: set[str]) -> bool:
    text = json.dumps(value)
    return any(f'"{name}"' in text for name in names)


def client(service: str, endpoint: str) -> Any:
    """Return a boto3 client of the emulator."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"max_attempts": 0}, max_pool_connections=32, read_timeout=120),
    )


def deploy(endpoint: str, template: Tree, parameters: Mapping[str, str], proxy_url: str, note: Path) -> bool:
    """Create the stack, update it when template or parameters differ from the last time, or leave it.

    Args:
        endpoint: The emulator.
        template: As loaded.
        parameters: Those the template does not have are left out.
        proxy_url: Where the emulator posts Lambda events.
        note: File that remembers what is deployed.

    Returns:
        Whether anything was sent.

    Raises:
        StackError: The emulator refuses or fails; the message carries its reasons.
    """
    formation: CloudFormationClient = client("cloudformation", endpoint)
    body = json.dumps(localize(template, proxy_url), separators=(",", ":"))
    known = template.get("Parameters", {})
    given = {name: value for name, value in parameters.items() if name in known}
    digest = hashlib.sha256(json.dumps([body, given]).encode()).hexdigest()
    status = _status(formation)
    if status and status not in _SETTLED:
        formation.delete_stack(StackName=STACK)
        _wait(formation)
        status = ""
    if status and note.exists() and note.read_text() == digest:
        return False
    _send(formation, endpoint, body, given, update=bool(status))
    note.write_text(digest)
    return True


def _send(formation: CloudFormationClient, endpoint: str, body: str, given: Mapping[str, str], *, update: bool) -> None:
    arguments: Tree = {
        "StackName": STACK,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
    }
    if len(body) <= _LARGEST_INLINE_TEMPLATE:
        arguments["TemplateBody"] = body
    else:
        storage = client("s3", endpoint)
        storage.create_bucket(Bucket=_TEMPLATES_BUCKET)
        storage.put_object(Bucket=_TEMPLATES_BUCKET, Key="template.json", Body=body.encode())
        arguments["TemplateURL"] = f"{endpoint}/{_TEMPLATES_BUCKET}/template.json"
    try:
        if update:
            formation.update_stack(**arguments)
        else:
            formation.create_stack(**arguments)
    except formation.exceptions.ClientError as error:
        if "No updates are to be performed" in str(error):
            return
        raise StackError(str(error)) from error
    status = _wait(formation)
    if status not in _SETTLED:
        raise StackError(f"the stack ended as {status}: " + "; ".join(_reasons(formation)))


def _status(formation: CloudFormationClient) -> str:
    try:
        return formation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
    except formation.exceptions.ClientError:
        return ""


def _wait(formation: CloudFormationClient) -> str:
    deadline = time.monotonic() + _DEPLOY_SECONDS
    while time.monotonic() < deadline:
        status = _status(formation)
        if not status.endswith(_MOVING):
            return status
        time.sleep(0.1)
    raise StackError("the stack did not settle in time")


def _reasons(formation: CloudFormationClient) -> list[str]:
    events = formation.describe_stack_events(StackName=STACK)["StackEvents"]
    return [
        f"{event.get('LogicalResourceId')}: {event.get('ResourceStatusReason')}"
        for event in reversed(events)
        if event.get("ResourceStatus", "").endswith("FAILED")
    ][:5]


def describe(endpoint: str, template: Tree) -> Stack:
    """Return what the deployed stack consists of."""
    formation: CloudFormationClient = client("cloudformation", endpoint)
    found = formation.describe_stack_resources(StackName=STACK)["StackResources"]
    resources = {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}
    stack = formation.describe_stacks(StackName=STACK)["Stacks"][0]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    compute = client("lambda", endpoint)
    shared = template.get("Globals", {}).get("Function", {})
    functions = {}
    for logical, resource in template["Resources"].items():
        if resource["Type"] != FUNCTION or logical not in resources:
            continue
        properties = resource["Properties"]
        configuration = compute.get_function_configuration(FunctionName=resources[logical])
        functions[configuration["FunctionName"]] = {
            "folder": Path(properties["CodeUri"]).name,
            "handler": properties.get("Handler", shared.get("Handler", "handler.lambda_handler")),
            "memory_mb": configuration["MemorySize"],
            "arn": configuration["FunctionArn"],
            "environment": configuration.get("Environment", {}).get("Variables", {})
            | CREDENTIALS
            | {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION},
        }
    return Stack(resources, outputs, functions)
