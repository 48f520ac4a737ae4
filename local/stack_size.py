"""How large the stack is once SAM has written it out, beside what AWS takes.

Runs in the environment of the SAM command line (``make template``), because that holds SAM's own translator.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from local.stack_limits import sizes

SOURCES = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
"""Where the code of each lies; the translator takes it only once it was uploaded."""


def written_out(template: Path) -> dict[str, Any]:
    """Return a SAM template as it will be deployed."""
    # As ``sam deploy`` sends it: what stands behind a YAML alias is there once for each place.
    tree: dict[str, Any] = json.loads(json.dumps(yaml_parse(template.read_text(encoding="utf-8"))))
    for one in tree["Resources"].values():
        if (where := SOURCES.get(one["Type"])) and where in one["Properties"]:
            one["Properties"][where] = "s3://uploaded/object"
    logging.disable(logging.WARNING)
    written: dict[str, Any] = Translator({}, Parser(), None, boto3.Session(region_name="us-east-1")).translate(tree, {})
    return written


if __name__ == "__main__":
    found = sizes(written_out(Path("template.yaml")))
    print("\n".join(one.words for one in found))
    sys.exit(any(one.found > one.limit for one in found))
