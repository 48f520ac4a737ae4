"""Bodies that no program of ours sends: other media types, broken and endless JSON, characters that are none."""

from __future__ import annotations

import pytest

from tests.integration.api import StaffApi

NAME = '{"name": "Acme"}'
FORM = '--xx\r\nContent-Disposition: form-data; name="name"\r\n\r\nAcme\r\n--xx--\r\n'


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/plain", NAME),
        ("application/jsonx", NAME),
        ("application/x-www-form-urlencoded", "name=Acme"),
        ("multipart/form-data", "x"),
        ("multipart/form-data; boundary=xx", FORM),
    ],
)
def test_a_body_that_is_said_to_be_no_json_is_refused_and_not_read(staff: StaffApi, media_type: str, body: str):
    answer = staff.call("PUT", "/customers/c_odd", body, {"Content-Type": media_type})

    assert (answer.status, answer.headers["Content-Type"]) == (415, "application/problem+json")
    assert answer.body["code"] == "unsupported_content_type"
    assert staff.call("GET", "/customers/c_odd").status == 404


@pytest.mark.parametrize("media_type", ["APPLICATION/JSON", "application/json; charset=utf-8", "Application/Json;charset=UTF-8"])
def test_json_is_json_in_capitals_and_with_a_charset(staff: StaffApi, media_type: str):
    assert staff.call("PUT", "/customers/c_odd", NAME, {"Content-Type": media_type}).status == 201


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"name": ' + "[" * 100_000 + "]" * 100_000 + "}", id="nested without end"),
        pytest.param('{"name": "\\ud800"}', id="half a character"),
        pytest.param('{"name": NaN}', id="no number"),
        pytest.param('{"name": "A", "enabled": 1e999}', id="infinite"),
        pytest.param('{"name": ' + "9" * 5_000 + "}", id="a number of 5,000 digits"),
        pytest.param('{"name": "A\\u0000"}', id="a null character"),
        pytest.param("[]", id="a list"),
        pytest.param("null", id="null"),
        pytest.param('"name"', id="a text"),
        pytest.param('{"name": "Acme"', id="cut off"),
        pytest.param('{"name": "Acme", "x": {"name": 1}}', id="an unknown field"),
    ],
)
def test_an_odd_body_is_refused_with_a_problem_and_nothing_is_kept(staff: StaffApi, body: str):
    answer = staff.call("PUT", "/customers/c_odd", body)

    assert answer.status in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert staff.call("GET", "/customers/c_odd").status == 404
