"""What the API opens, read from the template: each route with its function and who asks first, and which route an address takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from local.stack import API, Tree, load_template

CALLED = re.compile(r"functions/\$\{(\w+Function)(?:Aliaslive|\.Arn)\}/invocations$")
"""How an integration names its function: by its alias where it has one."""
GREEDY = "{proxy+}"


@dataclass(frozen=True, slots=True)
class Route:
    """One route as API Gateway opens it."""

    method: str
    path: str
    authorizer: str
    folder: str

    @property
    def name(self) -> str:
        """How people and tests call it."""
        return f"{self.method} {self.path}"


@cache
def routes() -> tuple[Route, ...]:
    """List every route that the template opens; of the staff pages those that lead to their functions."""
    return routes_of(load_template())


def routes_of(template: Tree) -> tuple[Route, ...]:
    """List the routes of a template."""
    resources = template["Resources"]
    api = next(one["Properties"] for one in resources.values() if one["Type"] == API)
    found = [
        Route(
            method.upper(),
            path,
            next(iter(operation["security"][0])) if "security" in operation else api["Auth"]["DefaultAuthorizer"],
            _folder(operation, resources),
        )
        for path, operations in api["DefinitionBody"]["paths"].items()
        for method, operation in operations.items()
    ]
    return tuple(sorted(found, key=lambda route: (route.path, route.method)))


def _folder(operation: Tree, resources: Tree) -> str:
    called = CALLED.search(operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"])
    return Path(resources[called[1]]["Properties"]["CodeUri"]).name if called else ""


def route_of(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Find the route that a call takes, with its path parameters.

    A part of the address that is written out goes before one that may be anything, and that before the rest as a whole. It is
    never gone back to try another way, so what is found here does not hang on whether API Gateway would.
    """
    paths = {route.path: route for route in routes() if route.method == method}
    known = {route.path for route in routes()}
    parts, here, parameters = path.strip("/").split("/"), "", dict[str, str]()
    for number, part in enumerate(parts):
        below = {one[len(here) + 1 :].split("/")[0] for one in known if one.startswith(f"{here}/")}
        step = part if part in below else next((one for one in below if one.startswith("{") and one != GREEDY), GREEDY)
        here += f"/{step}"
        if step == GREEDY:
            parameters["proxy"] = "/".join(parts[number:])
            break
        if step != part:
            parameters[step[1:-1]] = part
    return (paths[here], parameters) if here in paths else None
