"""Which page an address is, of those that a function serves."""

from __future__ import annotations

from typing import Any

import pytest

from duebook.web.page_routes import page_event

PAGES = ("/admin", "/admin/imports/{import_id}", "/admin/imports/new", "/admin/{kind}/new", "/admin/imports/{import_id}/errors.csv")


def event(path: str) -> dict[str, Any]:
    context = {"resourcePath": "/admin/{proxy+}", "httpMethod": "GET", "stage": "live"}
    return {"path": path, "httpMethod": "GET", "pathParameters": {"proxy": path.removeprefix("/admin/")}, "requestContext": context}


@pytest.mark.parametrize(
    ("path", "page", "values"),
    [
        ("/admin", "/admin", None),
        ("/admin/", "/admin", None),
        ("/admin/imports/imp_1", "/admin/imports/{import_id}", {"import_id": "imp_1"}),
        ("/admin/imports/imp_1/errors.csv", "/admin/imports/{import_id}/errors.csv", {"import_id": "imp_1"}),
        ("/admin/imports/imp%5F1", "/admin/imports/{import_id}", {"import_id": "imp_1"}),
    ],
)
def test_chalice_gets_the_pages_own_path_and_the_values_of_its_variables(path: str, page: str, values: dict[str, str] | None):
    found = page_event(event(path), PAGES)

    assert found is not None
    assert (found["requestContext"]["resourcePath"], found["pathParameters"]) == (page, values)
    assert (found["requestContext"]["stage"], found["path"]) == ("live", path)


def test_what_is_written_out_goes_before_a_variable_from_the_left():
    found = page_event(event("/admin/imports/new"), PAGES)

    assert found is not None
    assert found["requestContext"]["resourcePath"] == "/admin/imports/new"


@pytest.mark.parametrize(
    "path", ["/admin/nothing", "/admin/imports", "/admin/imports//errors.csv", "/admin/imports/a%2Fb/errors.csv/x", "/"]
)
def test_an_address_without_a_page_is_none(path: str):
    assert page_event(event(path), PAGES) is None


def test_the_event_itself_stays_as_it_came():
    came = event("/admin/imports/imp_1")

    page_event(came, PAGES)

    assert came == event("/admin/imports/imp_1")
