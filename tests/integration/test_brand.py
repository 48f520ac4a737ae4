"""The brand before signing in, and the short name in a business's sign-in address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from duebook.domain.directory import Tenant
from duebook.errors import ConflictError, UnprocessableError
from duebook.storage import keys
from tests.integration.api import Answer, StaffApi, call, rest_event
from tests.integration.cloud import Cloud

PROFILE = {"name": "Acme Site Services", "time_zone": "America/Chicago", "support": {"email": "help@acme.example", "phone": "555-0199"}}
CONTEXT = SimpleNamespace(aws_request_id="1", function_name="create_tenant", invoked_function_arn="arn", memory_limit_in_mb=512)


def brand(company: str) -> Answer:
    from functions.brand_api.handler import lambda_handler

    return call(lambda_handler, rest_event("GET", f"/api/brand?company={company}"))


def opened(name: str, email: str) -> str:
    from functions.create_tenant.handler import lambda_handler

    staff = {"email": email, "name": "Dana", "password": "at least twelve characters"}
    return str(lambda_handler({"name": name, "time_zone": "America/New_York", "staff": [staff]}, CONTEXT)["tenant_id"])


def profile(staff: StaffApi, **change: Any) -> Mapping[str, Any]:
    found = staff.put("/settings/profile", PROFILE | change)
    assert found.status == 200, found.text
    return dict(found.body)


def test_r57_anybody_sees_the_brand_of_a_sign_in_address_and_nothing_else(staff: StaffApi) -> None:
    profile(staff, accent="#ffd400", slug="acme")

    found = brand("acme")

    assert found.status == 200
    assert found.headers["Cache-Control"] == "public, max-age=300"
    assert set(found.body) == {"slug", "name", "logo_url", "accent", "colours", "support"}
    assert (found.body["slug"], found.body["name"], found.body["support"]["phone"]) == ("acme", "Acme Site Services", "555-0199")
    assert (found.body["colours"]["accent"], found.body["colours"]["action_light"]) == ("#ffd400", "#806a00")


def test_a_sign_in_address_forgives_capitals_and_blanks(staff: StaffApi) -> None:
    profile(staff, slug="acme")

    assert brand("%20ACME%20").status == 200


@pytest.mark.parametrize("company", ["nobody", "x", "acme%23", "%23SLUG", "ten_1", "..%2Facme", "%00acme"])
def test_an_unknown_address_is_not_found_and_not_kept(staff: StaffApi, company: str) -> None:
    profile(staff, slug="acme")

    found = brand(company)

    assert (found.status, found.body["code"], found.headers["Cache-Control"]) == (404, "not_found", "no-store")


def test_a_business_without_a_colour_has_the_neutral_ones(staff: StaffApi) -> None:
    profile(staff, slug="acme")

    assert (brand("acme").body["accent"], brand("acme").body["colours"]) == (None, None)


def test_r57_a_new_business_gets_a_slug_from_its_name_and_the_next_of_that_name_a_number(aws: Cloud) -> None:
    first, second = opened("Blue Ridge", "dana@one.example"), opened("Blue  Ridge!", "dana@two.example")

    assert [aws.directory.tenant(one).slug for one in (first, second)] == ["blue-ridge", "blue-ridge-2"]
    assert [aws.directory.tenant_id_of_slug(one) for one in ("blue-ridge", "blue-ridge-2")] == [first, second]


def test_r57_a_business_from_before_gets_its_slug_when_the_profile_is_saved(aws: Cloud, staff: StaffApi) -> None:
    assert staff.get("/settings/profile").body["slug"] is None

    assert profile(staff)["slug"] == "acme-site-services"
    assert aws.directory.tenant_id_of_slug("acme-site-services") == "ten_1"
    assert profile(staff, name="Another name")["slug"] == "acme-site-services"


def test_r57_a_new_slug_frees_the_old_one(aws: Cloud, staff: StaffApi, stranger: StaffApi) -> None:
    profile(staff, slug="acme")

    profile(staff, slug="acme-rentals")

    assert brand("acme").status == 404
    assert aws.directory.tenant_id_of_slug("acme-rentals") == "ten_1"
    assert profile(stranger, slug="acme")["slug"] == "acme"


def test_r57_a_slug_belongs_to_one_business_and_a_refusal_changes_nothing(aws: Cloud, staff: StaffApi, stranger: StaffApi) -> None:
    profile(staff, slug="acme")
    before = profile(stranger, slug="other")

    refused = stranger.put("/settings/profile", PROFILE | {"slug": "acme", "name": "Thief"})

    assert refused.status == 422
    assert [one["field"] for one in refused.body["errors"]] == ["slug"]
    assert stranger.get("/settings/profile").body == before
    assert [aws.directory.tenant_id_of_slug(one) for one in ("acme", "other")] == ["ten_1", "ten_2"]


@pytest.mark.parametrize("slug", ["ab", "Acme", "a b c", "-acme", "x" * 41, "acme#1"])
def test_a_slug_that_is_none_is_refused(staff: StaffApi, slug: str) -> None:
    refused = staff.put("/settings/profile", PROFILE | {"slug": slug})

    assert refused.status == 422
    assert refused.body["errors"][0]["field"] == "slug"


def test_a_profile_that_changed_meanwhile_keeps_its_slug(aws: Cloud, staff: StaffApi) -> None:
    profile(staff, slug="acme")
    read = aws.directory.tenant("ten_1")
    profile(staff, slug="acme-two")

    with pytest.raises((ConflictError, UnprocessableError)):
        aws.directory.save_tenant(Tenant(**{name: getattr(read, name) for name in read.__slots__} | {"slug": "acme-three"}), was=read)

    assert aws.directory.tenant_id_of_slug("acme-three") is None
    assert aws.directory.tenant_id_of_slug("acme-two") == "ten_1"


def test_r57_the_guest_page_and_the_profile_tell_the_same_colours(staff: StaffApi) -> None:
    from functions.payment_api.handler import lambda_handler

    told = profile(staff, accent="#FFD400")
    pay_online_id = staff.get("/customers/c1").body["pay_online_id"]

    tenant = call(lambda_handler, rest_event("GET", f"/api/pay/{pay_online_id}")).body["tenant"]

    assert (tenant["slug"], tenant["colours"]) == ("acme-site-services", told["colours"])
    assert told["accent_note"].startswith("Your yellow #ffd400 is used for the bar. Buttons use #806a00 so that text can be read.")


def test_a_slug_is_one_item_that_names_its_business(aws: Cloud, staff: StaffApi) -> None:
    profile(staff, slug="acme")

    where = {"pk": {"S": keys.slug_pk("acme")}, "sk": {"S": keys.LOOKUP_SK}}
    item = aws.client("dynamodb").get_item(TableName="DirectoryTable", Key=where)["Item"]

    assert json.loads(json.dumps(item)) == where | {"tenant_id": {"S": "ten_1"}}
