"""How many resources the stack has once SAM has written it out: CloudFormation takes 500, and no linter counts them.

Runs in the environment of the SAM command line (``make template``), because that holds SAM's own translator.
"""

from __future__ import annotations

import logging
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

LIMIT = 500
"""Source: AWS CloudFormation User Guide, "Understand CloudFormation quotas", resources declared in a template."""
SOURCES = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
"""Where the code of each lies; the translator takes it only once it was uploaded."""


def resources_of(template: Path) -> Counter[str]:
    """Count the resources of a SAM template by type, as they will be deployed."""
    tree: dict[str, Any] = yaml_parse(template.read_text(encoding="utf-8"))
    for one in tree["Resources"].values():
        if (where := SOURCES.get(one["Type"])) and where in one["Properties"]:
            one["Properties"][where] = "s3://uploaded/object"
    logging.disable(logging.WARNING)
    written = Translator({}, Parser(), None, boto3.Session(region_name="us-east-1")).translate(tree, {})
    return Counter(one["Type"] for one in written["Resources"].values())


if __name__ == "__main__":
    found = resources_of(Path("template.yaml"))
    print(f"{found.total()} of {LIMIT} resources; most are {', '.join(f'{number} {kind}' for kind, number in found.most_common(3))}.")
    sys.exit(found.total() > LIMIT)
