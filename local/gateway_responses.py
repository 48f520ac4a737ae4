"""The API's own error answers. The emulator does not read them from a SAM template, so they are set by call."""

from __future__ import annotations

from typing import Any

from local.stack import API, Stack, Tree, client


def apply_gateway_responses(endpoint: str, template: Tree, stack: Stack) -> None:
    """Set each API's ``GatewayResponses`` and deploy its stage again."""
    gateway = client("apigateway", endpoint)
    for logical, api_id in stack.of_type(template, API).items():
        properties = template["Resources"][logical]["Properties"]
        wanted = dict(properties.get("GatewayResponses", {}))
        if "UNAUTHORIZED" in wanted:
            # The emulator loses the word "Unauthorized" on its way from the authorizer; the function worker
            # sees to it that nothing else becomes this failure.
            wanted["AUTHORIZER_FAILURE"] = wanted["UNAUTHORIZED"]
        for response_type, setting in wanted.items():
            gateway.put_gateway_response(restApiId=api_id, responseType=response_type, **_arguments(setting))
        if wanted:
            gateway.create_deployment(restApiId=api_id, stageName=properties["StageName"])


def _arguments(setting: Tree) -> Tree:
    headers = setting.get("ResponseParameters", {}).get("Headers", {})
    arguments: dict[str, Any] = {
        "responseParameters": {f"gatewayresponse.header.{name}": value for name, value in headers.items()},
        "responseTemplates": setting.get("ResponseTemplates", {}),
    }
    if "StatusCode" in setting:
        arguments["statusCode"] = str(setting["StatusCode"])
    return arguments
