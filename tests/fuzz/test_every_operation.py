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
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from local.openapi import document
from local.routes import Route, routes
from tests.fuzz.gateway import answered, deliver, prepared
from tests.integration.id_slots import KINDS_IN_PATHS, calls
from tests.integration.neighbours import Belongings, Town, town

CASES = 100
REWIND_EVERY = 10
VALID_EVERY = 5
"""So many cases are one valid call among what schemathesis wrote."""
SCHEMA = schemathesis.openapi.from_dict(copy.deepcopy(document()))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROLES = {
    "ContactAuthorizer": ("company", "payer", "site", "nobody"),
    "SessionAuthorizer": ("admin", "viewer", "nobody"),
    "NONE": ("guest",),
}
KINDS = KINDS_IN_PATHS | {
    "company": "slug",
    "invoice_ids": "invoice",
    "membership_id": "membership",
    "parent_id": "parent",
    "quote_id": "quote",
    "site_ids": "site",
    "token": "token",
}
"""Which real thing is put into a field."""
CURRENCIES = ("USD", "USD", "USD", "CAD", "JPY")
ONLY_REFUSED = {
    "POST /api/webhooks/authorize-net/{tenant_id}",
    "POST /api/staff/settings/templates/{kind}/test",
    "DELETE /api/staff/settings/catalog/products/{product_id}",
    "DELETE /api/staff/settings/catalog/services/{service_id}",
}
"""Need a signature, or a signed-in person with an address, which their own tests have; or are never allowed (R80)."""
ROUTES = [route for route in routes() if not route.folder.endswith("_pages")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town")) as built:
        yield built


def roles_of(route: Route) -> tuple[str, ...]:
    if route.path == "/api/session" and route.method == "POST":
        return ("nobody",)
    # What looks at passwords takes its time on purpose, and reads the session by itself.
    by_session = route.path.startswith(("/api/session", "/api/portal/profile/password"))
    return ("company", "nobody") if by_session else ROLES[route.authorizer]


def cases_of(route: Route) -> st.SearchStrategy[Case]:
    operation = SCHEMA[route.path][route.method]
    allowed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if "{" not in route.path and not operation.body and not operation.query:
        return allowed
    return st.one_of(allowed, allowed, allowed, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_answer_is_a_documented_one(made: Town, route: Route, record_property: Any):
    made.rewind()
    tried, seen = 0, Counter[str]()

    @settings(
        max_examples=CASES, derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(case=cases_of(route), _=st.integers(0, 2**32))
    def holds(case: Case, _: int) -> None:
        # The number makes cases differ where a request has nothing to vary.
        nonlocal tried
        tried += 1
        if route.method != "GET" and tried % REWIND_EVERY == 0:
            made.rewind()
        chance = random.Random(f"{route.name} {tried}")
        if tried % VALID_EVERY == 0:
            make_valid(case, route, made, chance)
        else:
            with_real_things(case, route, made, chance)
        sent = prepared(case)
        if sent is None:
            return
        for role in roles_of(route):
            answer = deliver(made, role, route, sent)
            seen[f"{role} {answer.status}"] += 1
            assert answer.status < 500, f"{role}: {answer.text}"
            case.validate_response(answered(sent, answer), checks=CHECKS)

    holds()

    record_property("answers", dict(seen))
    assert tried >= CASES
    assert route.name in ONLY_REFUSED or any(answer[-3] in "23" for answer in seen), "no case reached anything real"


def make_valid(case: Case, route: Route, made: Town, chance: random.Random) -> None:
    """Turn a case into a valid call with one's own ids."""
    path, query, body = chance.choice(calls(route)).written(made.mine.give)
    case.path_parameters, case.query = path or case.path_parameters, query
    if body is not None:
        case.body, case.media_type = body, "application/json"
    name_something_new(case, route, chance)


def name_something_new(case: Case, route: Route, chance: random.Random) -> None:
    """Let half of the PUTs write a new thing under an id of the caller's own."""
    if route.method == "PUT" and case.path_parameters and chance.random() < 0.5:
        case.path_parameters[route.path.rpartition("{")[2].partition("}")[0]] = f"new_{chance.randrange(1000)}"


def with_real_things(case: Case, route: Route, made: Town, chance: random.Random) -> None:
    """Put real ids, and most of a valid body, into three of four of the others; one's own mostly."""
    if chance.random() < 0.25:
        return
    owner = chance.choice([made.mine, made.mine, made.mine, made.neighbour, made.stranger])
    for name in ("path_parameters", "query"):
        setattr(case, name, with_ids(getattr(case, name), owner, chance))
    name_something_new(case, route, chance)
    if "payment_id" in (case.path_parameters or {}) and chance.random() < 0.5:
        case.path_parameters["payment_id"] = owner.give("check")
    if not isinstance(case.body, dict):
        return
    known = calls(route)
    if known and chance.random() < 0.7:
        valid = chance.choice(known).written(owner.give)[2]
        kept = chance.sample(sorted(case.body), k=min(len(case.body), chance.choice([0, 0, 1, 2])))
        case.body = valid | {name: case.body[name] for name in kept}
    else:
        case.body = with_ids(case.body, owner, chance)


def with_ids(tree: Any, owner: Belongings, chance: random.Random) -> Any:
    """Put real ids and currencies where there are any."""
    if isinstance(tree, dict):
        return {name: real(owner, name, with_ids(value, owner, chance), chance) for name, value in tree.items()}
    return [with_ids(one, owner, chance) for one in tree] if isinstance(tree, list) else tree


def real(owner: Belongings, name: str, value: Any, chance: random.Random) -> Any:
    """Return a real thing for a field, four times of five."""
    if name == "currency" and chance.random() < 0.8:
        return chance.choice(CURRENCIES)
    if name not in KINDS or chance.random() < 0.2:
        return value
    return [owner.give(KINDS[name])] if isinstance(value, list) else owner.give(KINDS[name])
