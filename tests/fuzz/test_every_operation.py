"""Every operation of the OpenAPI document is called with what it allows and with what it forbids, in every role.

schemathesis writes the requests; real ids and valid bodies are mixed in, so that many reach real things. No answer may be a 5xx, an
undocumented status, another kind of document, or a body that breaks its schema. Each request is sent in all roles that it concerns:
company contact, site contact, staff, guest, and nobody.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from local.openapi import Route, document, routes
from tests.fuzz.gateway import answered, deliver, prepared, rewinder
from tests.integration.id_slots import KINDS_IN_PATHS, calls
from tests.integration.neighbours import Belongings, Town, town

CASES = 100
REWIND_EVERY = 10
SCHEMA = schemathesis.openapi.from_dict(copy.deepcopy(document()))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROLES = {"ContactAuthorizer": ("company", "site", "nobody"), "SessionAuthorizer": ("admin", "viewer", "nobody"), "NONE": ("guest",)}
KINDS = KINDS_IN_PATHS | {
    "invoice_ids": "invoice",
    "membership_id": "membership",
    "parent_id": "parent",
    "quote_id": "quote",
    "site_ids": "site",
    "token": "token",
}
"""Which real id is put into a field."""
ROUTES = [route for route in routes() if route.folder != "staff_pages"]


@dataclass
class Ground:
    """The world, and how to put it back."""

    town: Town
    rewind: Any


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with town(tmp_path_factory.mktemp("town")) as made:
        yield Ground(made, rewinder())


def roles_of(route: Route) -> tuple[str, ...]:
    return ("company", "nobody") if route.path.startswith("/api/session") else ROLES[route.authorizer]


def cases_of(route: Route) -> st.SearchStrategy[Case]:
    operation = SCHEMA[route.path][route.method]
    allowed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if "{" not in route.path and not operation.body and not operation.query:
        return allowed
    return st.one_of(allowed, allowed, allowed, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_answer_is_a_documented_one(ground: Ground, route: Route, record_property: Any):
    ground.rewind()
    tried, seen = 0, Counter[str]()

    @settings(
        max_examples=CASES, derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(case=cases_of(route), chance=st.integers(0, 2**32))
    def holds(case: Case, chance: int) -> None:
        nonlocal tried
        tried += 1
        if route.method != "GET" and tried % REWIND_EVERY == 0:
            ground.rewind()
        with_real_things(case, route, ground.town, random.Random(chance))
        sent = prepared(case)
        if sent is None:
            return
        for role in roles_of(route):
            answer = deliver(ground.town, role, route, sent)
            seen[f"{role} {answer.status}"] += 1
            assert answer.status < 500, f"{role}: {answer.text}"
            case.validate_response(answered(sent, answer), checks=CHECKS)

    holds()

    record_property("answers", dict(seen))
    assert tried >= CASES


def with_real_things(case: Case, route: Route, made: Town, chance: random.Random) -> None:
    """Put real ids, and most of a valid body, into three of four cases; one's own mostly."""
    if chance.random() < 0.25:
        return
    owner = chance.choice([made.mine, made.mine, made.mine, made.neighbour, made.stranger])
    if case.path_parameters:
        case.path_parameters = {name: real(owner, name, value, chance) for name, value in case.path_parameters.items()}
    if not isinstance(case.body, dict):
        return
    known = calls(route)
    if known and chance.random() < 0.6:
        valid = chance.choice(known).written(owner.give)[2]
        kept = chance.sample(sorted(case.body), k=min(len(case.body), chance.randrange(3)))
        case.body = valid | {name: case.body[name] for name in kept}
    else:
        case.body = with_ids(case.body, owner, chance)


def with_ids(tree: Any, owner: Belongings, chance: random.Random) -> Any:
    """Put real ids where a body has any."""
    if isinstance(tree, dict):
        return {name: real(owner, name, with_ids(value, owner, chance), chance) for name, value in tree.items()}
    return [with_ids(one, owner, chance) for one in tree] if isinstance(tree, list) else tree


def real(owner: Belongings, name: str, value: Any, chance: random.Random) -> Any:
    """Return a real id for a field, four times of five."""
    if name not in KINDS or chance.random() < 0.2:
        return value
    return [owner.give(KINDS[name])] if isinstance(value, list) else owner.give(KINDS[name])
