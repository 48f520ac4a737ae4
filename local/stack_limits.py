"""How near the stack is to what AWS takes of one: no linter counts these, and the first deployment beyond one of them fails."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Tree = dict[str, Any]

_PHYSICAL = "duebook-ALogicalIdOfUsualLength-ABCDEFGHIJKL"
_ARN = f"arn:aws:dynamodb:eu-central-1:123456789012:table/{_PHYSICAL}"


@dataclass(frozen=True, slots=True)
class Size:
    """One thing that AWS limits, as the stack has it."""

    what: str
    found: int
    limit: int
    where: str = ""

    @property
    def words(self) -> str:
        """One line for people."""
        return f"{self.found:,} of {self.limit:,} {self.what}" + (f" ({self.where})" if self.where else "")


def sizes(written: Tree) -> list[Size]:
    """Measure a template that SAM has written out.

    Source: AWS CloudFormation, API Gateway, Lambda and IAM, pages on quotas; those of API Gateway can be raised on request.
    """
    resources: Tree = written["Resources"]
    kinds = Counter(one["Type"] for one in resources.values())
    most = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common(3))
    return [
        Size("resources", kinds.total(), 500, f"most are {most}"),
        Size("bytes of template", len(json.dumps(written, separators=(",", ":"))), 1_000_000),
        Size("parameters", len(written.get("Parameters", {})), 200),
        Size("outputs", len(written.get("Outputs", {})), 200),
        *(Size("resources of an API", len(_places(one)), 300, name) for name, one in _of(resources, "AWS::ApiGateway::RestApi")),
        _largest("bytes of a function's policy", 20_480, _callers(resources)),
        _largest("characters of a role's own policies", 10_240, _rights(resources)),
        _largest("bytes of a function's environment", 4_096, _environments(resources)),
    ]


def _of(resources: Tree, kind: str) -> Iterator[tuple[str, Tree]]:
    return ((name, one["Properties"]) for name, one in resources.items() if one["Type"] == kind)


def _places(api: Tree) -> set[str]:
    """Return each place in an API's tree of paths, the root and those that only lead to others as well."""
    parts = [path.strip("/").split("/") for path in api["Body"]["paths"]]
    return {"", *("/".join(one[:number]) for one in parts for number in range(1, len(one) + 1))}


def _largest(what: str, limit: int, found: Counter[str]) -> Size:
    ((name, size),) = found.most_common(1) or [("none", 0)]
    return Size(what, size, limit, name)


def _callers(resources: Tree) -> Counter[str]:
    """Return by function or alias how long the list is of who may call it."""
    lengths: Counter[str] = Counter()
    for name, one in _of(resources, "AWS::Lambda::Permission"):
        statement = {
            "Sid": f"duebook-{name}-ABCDEFGHIJKL",
            "Effect": "Allow",
            "Principal": {"Service": one["Principal"]},
            "Action": one["Action"],
            "Resource": f"{_ARN}:live",
            "Condition": {"ArnLike": {"AWS:SourceArn": _plain(one.get("SourceArn", ""))}},
        }
        lengths[json.dumps(one["FunctionName"])] += len(json.dumps(statement, separators=(",", ":"))) + 1
    return Counter({name.split('"')[-2]: length for name, length in lengths.items()})


def _rights(resources: Tree) -> Counter[str]:
    return Counter(
        {
            name: sum(len(_plain(policy["PolicyDocument"])) for policy in one.get("Policies", []))
            for name, one in _of(resources, "AWS::IAM::Role")
        }
    )


def _environments(resources: Tree) -> Counter[str]:
    found = ((name, one.get("Environment", {}).get("Variables", {})) for name, one in _of(resources, "AWS::Lambda::Function"))
    return Counter({name: sum(len(key) + len(_plain(value)) for key, value in variables.items()) for name, variables in found})


def _plain(value: Any) -> str:
    """Write a value as AWS gets it, with references as long as they become."""
    return value if isinstance(value, str) else json.dumps(_resolved(value), separators=(",", ":")).replace(" ", "")


def _resolved(value: Any) -> Any:
    if isinstance(value, list):
        return [_resolved(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"} or set(value) == {"Fn::GetAtt"}:
        return _ARN
    if set(value) == {"Fn::Sub"}:
        text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
        return text.replace("${AWS::Partition}:", "aws:").replace("${", "").replace("}", "") + _PHYSICAL
    return {key: _resolved(one) for key, one in value.items()}
