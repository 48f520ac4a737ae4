"""The function host runs handlers as Lambda does: own environment, in parallel, errors as errors, edits at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.cloud import LocalCloud
from local.stack import load_template
from local.web import Problem
from tests.e2e.local_http import Http, eventually, good

HANDLER = """
import json, os, time

SEEN = []
MEETING = os.environ["LOCAL_CLOCK_FILE"] + ".meeting"

def meet():
    # Return once eight events are here at the same time.
    with open(MEETING, "a") as book:
        book.write("here ")
    until = time.monotonic() + 20
    while open(MEETING).read().count("here") < 8:
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.01)

def lambda_handler(event, context):
    SEEN.append(1)
    if "methodArn" in event:
        raise Exception("Unauthorized" if event["headers"].get("authorization") == "Bearer x" else "broken")
    if event.get("fail"):
        raise ValueError("no such luck")
    if "requestContext" not in event:
        time.sleep(event.get("sleep", 0))
        return {"left_ms": context.get_remaining_time_in_millis(), "request_id": context.aws_request_id, "events": len(SEEN)}
    if "together" in (event.get("queryStringParameters") or {}):
        meet()
    names = sorted(name for name in os.environ if name.endswith("_TABLE"))
    return {
        "statusCode": 200,
        "multiValueHeaders": {"Set-Cookie": ["a=1; Path=/", "b=2; Path=/"], "Content-Type": ["application/json"]},
        "body": json.dumps({"version": 1, "tables": names, "event": event}),
    }
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sources")
    (root / "layers" / "shared").mkdir(parents=True)
    for resource in load_template()["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            folder = root / resource["Properties"]["CodeUri"]
            folder.mkdir(parents=True)
            (folder / "handler.py").write_text(HANDLER)
    return root


@pytest.fixture(scope="module")
def workshop(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("workshop"), sources=sources) as cloud:
        yield cloud


def test_each_function_sees_its_own_environment_and_no_other(workshop: LocalCloud):
    guest = good(Http(workshop.origin)("GET", "/api/pay/abc"))["tables"]
    pages = good(Http(workshop.origin)("GET", "/admin"))["tables"]

    for folder, seen in (("payment_api", guest), ("staff_pages", pages)):
        name = workshop.cloud.stack.function_in(folder)
        assert name
        stated = workshop.cloud.stack.functions[name]["environment"]
        assert seen == sorted(key for key in stated if key.endswith("_TABLE"))
    assert guest != pages


def test_event_carries_query_body_and_the_callers_address(workshop: LocalCloud):
    headers = {"X-Forwarded-For": "203.0.113.9", "Cookie": "session=x"}

    event = good(Http(workshop.origin)("POST", "/api/pay/AbC/payments?x=1&x=2", {"note": "é"}, headers))["event"]

    assert (event["resource"], event["path"]) == ("/api/pay/{pay_online_id}/payments", "/api/pay/AbC/payments")
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["body"] == '{"note": "\\u00e9"}'
    seen = {name.lower(): value for name, value in event["headers"].items()}
    assert seen["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"


def test_two_cookies_arrive_as_two_headers(workshop: LocalCloud):
    http = Http(workshop.origin)

    answer = http.pool.request("GET", f"{workshop.origin}/admin")

    assert answer.headers.getlist("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/"]


def test_one_function_answers_eight_requests_at_once(workshop: LocalCloud):
    http = Http(workshop.origin)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: http("GET", "/api/pay/abc?together=1").status, range(8)))

    assert answers == [200] * 8


def test_an_environment_is_used_again_for_the_next_event(workshop: LocalCloud):
    told = [workshop.cloud.invoke("audit_ledger", {})["events"] for _ in range(3)]

    assert told == [1, 2, 3]


def test_exception_of_a_handler_is_a_function_error_with_its_words(workshop: LocalCloud):
    with pytest.raises(Problem) as caught:
        workshop.cloud.invoke("settlement", {"fail": True})

    assert caught.value.detail == "ValueError: no such luck"


def test_refusal_of_the_authorizer_is_a_problem_document_with_401(workshop: LocalCloud):
    answer = Http(workshop.origin)("GET", "/api/staff/customers", headers={"Authorization": "Bearer x"})

    assert (answer.status, answer.json["code"]) == (401, "not_signed_in")


def test_failure_of_the_authorizer_is_not_mistaken_for_a_refusal(workshop: LocalCloud):
    assert Http(workshop.origin)("GET", "/api/staff/customers", headers={"Authorization": "Bearer y"}).status == 500


def test_context_tells_the_time_left(workshop: LocalCloud):
    told = workshop.cloud.invoke("settlement", {})

    assert 0 < told["left_ms"] <= 900_000
    assert told["request_id"]


def test_edited_handler_answers_the_next_event(workshop: LocalCloud, sources: Path):
    http = Http(workshop.origin)
    assert good(http("GET", "/api/pay/abc"))["version"] == 1

    handler = sources / "functions" / "payment_api" / "handler.py"
    handler.write_text(HANDLER.replace('"version": 1', '"version": 2'))

    assert eventually(lambda: good(http("GET", "/api/pay/abc"))["version"] == 2, seconds=5)
