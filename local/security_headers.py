"""The headers of every answer, read from the template's CloudFront part, so that a page meets here what it meets on AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from local.stack import Tree
from local.web import Response

DISTRIBUTION = "PortalDistribution"
_SIMPLE = {"ContentSecurityPolicy": "Content-Security-Policy", "ReferrerPolicy": "Referrer-Policy"}


@dataclass(frozen=True, slots=True)
class Header:
    """One header; without ``override`` the answer's own value stands."""

    name: str
    value: str
    override: bool


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    """Which headers an answer gets, by its path, as the distribution's behaviours say.

    Args:
        behaviours: Path pattern and its headers, first match counts.
        default: For every other path.
    """

    behaviours: tuple[tuple[str, tuple[Header, ...]], ...]
    default: tuple[Header, ...]

    def add_to(self, response: Response, path: str) -> Response:
        """Return the answer with the headers of its path."""
        wanted = next((headers for pattern, headers in self.behaviours if fnmatchcase(path, pattern)), self.default)
        own = {name.lower() for name, _ in response.headers}
        added = [header for header in wanted if header.override or header.name.lower() not in own]
        replaced = {header.name.lower() for header in added}
        kept = tuple(pair for pair in response.headers if pair[0].lower() not in replaced)
        headers = kept + tuple((header.name, header.value) for header in added)
        return Response(response.status, response.body, headers)


def from_template(template: Tree, parameters: Mapping[str, str]) -> SecurityHeaders:
    """Read the behaviours of the portal's distribution.

    Args:
        template: As loaded.
        parameters: Values for ``${…}`` inside policies.

    Raises:
        KeyError: The template has no such distribution or policy.
    """
    resources = template["Resources"]
    config = resources[DISTRIBUTION]["Properties"]["DistributionConfig"]

    def headers_of(behaviour: Tree) -> tuple[Header, ...]:
        reference = behaviour.get("ResponseHeadersPolicyId", {}).get("Ref")
        if reference is None:
            return ()
        return _headers(resources[reference]["Properties"]["ResponseHeadersPolicyConfig"], parameters)

    return SecurityHeaders(
        tuple((one["PathPattern"], headers_of(one)) for one in config.get("CacheBehaviors", [])),
        headers_of(config["DefaultCacheBehavior"]),
    )


def _headers(policy: Tree, parameters: Mapping[str, str]) -> tuple[Header, ...]:
    found = [
        Header(item["Header"], _text(item["Value"], parameters), bool(item.get("Override")))
        for item in policy.get("CustomHeadersConfig", {}).get("Items", [])
    ]
    for kind, setting in policy.get("SecurityHeadersConfig", {}).items():
        override = bool(setting.get("Override"))
        if kind in _SIMPLE:
            found.append(Header(_SIMPLE[kind], _text(setting[kind], parameters), override))
        elif kind == "ContentTypeOptions":
            found.append(Header("X-Content-Type-Options", "nosniff", override))
        elif kind == "FrameOptions":
            found.append(Header("X-Frame-Options", setting["FrameOption"], override))
        elif kind == "StrictTransportSecurity":
            sub = "; includeSubDomains" if setting.get("IncludeSubdomains") else ""
            found.append(Header("Strict-Transport-Security", f"max-age={setting['AccessControlMaxAgeSec']}{sub}", override))
    return tuple(found)


def _text(value: Any, parameters: Mapping[str, str]) -> str:
    if isinstance(value, dict) and isinstance(value.get("Fn::Sub"), str):
        return re.sub(r"\$\{(\w+)\}", lambda found: parameters[found[1]], value["Fn::Sub"])
    if isinstance(value, dict) and "Ref" in value:
        return parameters[value["Ref"]]
    return str(value)
