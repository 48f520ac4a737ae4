"""The brand before signing in, and the short name in a business's sign-in address."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from duebook import wiring
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


def png(colour: tuple[int, int, int, int] = (200, 40, 10, 255), size: tuple[int, int] = (64, 32)) -> str:
    out = io.BytesIO()
    Image.new("RGBA", size, colour).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def test_r57_a_logo_is_kept_under_a_name_made_from_its_content(aws: Cloud, staff: StaffApi) -> None:
    told = profile(staff, logo=png(), slug="acme")

    assert re.fullmatch(r"/logos/[0-9a-f]{32}\.png", told["logo_url"])
    stored = aws.client("s3").get_object(Bucket="duebook-logos", Key=told["logo_url"][1:])
    assert (stored["ContentType"], stored["CacheControl"]) == ("image/png", "public, max-age=31536000, immutable")
    assert stored["Body"].read() == wiring.logo_store().get(told["logo_url"])
    assert brand("acme").body["logo_url"] == told["logo_url"]


def test_r57_a_logo_stays_until_another_or_none_is_sent(staff: StaffApi) -> None:
    first = profile(staff, logo=png())["logo_url"]

    assert profile(staff)["logo_url"] == first
    assert profile(staff, logo_url=first)["logo_url"] == first
    assert profile(staff, logo=png((1, 2, 3, 255)))["logo_url"] not in {first, None}
    assert profile(staff, logo=png())["logo_url"] == first
    assert profile(staff, logo=None)["logo_url"] is None
    assert wiring.logo_store().get(first) is not None


@pytest.mark.parametrize(
    ("logo", "said"),
    [
        ("no base64!", "base64"),
        (base64.b64encode(b"<svg><script>alert(1)</script></svg>").decode(), "SVG drawings can carry programs and are not taken."),
        (base64.b64encode(bytes(200 * 1024 + 1)).decode(), "200 KB are allowed"),
        (png()[:80], "damaged"),
        (7, "bytes"),
    ],
)
def test_r57_what_is_no_logo_is_refused_with_its_reason_and_changes_nothing(aws: Cloud, staff: StaffApi, logo: object, said: str) -> None:
    before = profile(staff, slug="acme")

    refused = staff.put("/settings/profile", PROFILE | {"logo": logo, "name": "Not this"})

    assert refused.status == 422
    (wrong,) = refused.body["errors"]
    assert wrong["field"] == "logo"
    assert said in wrong["message"]
    assert staff.get("/settings/profile").body == before
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket="duebook-logos")


def test_an_address_of_a_picture_elsewhere_is_no_logo(staff: StaffApi) -> None:
    refused = staff.put("/settings/profile", PROFILE | {"logo_url": "https://elsewhere.example/logo.png"})

    assert [one["field"] for one in refused.body["errors"]] == ["logo_url"]


@pytest.mark.parametrize("path", [None, "", "/logos/x.png", "https://elsewhere.example/logo.png", "/logos/" + "0" * 32 + ".png"])
def test_a_logo_that_is_not_there_is_none(aws: Cloud, path: str | None) -> None:
    assert aws.settings["LOGOS_BUCKET"]
    assert wiring.logo_store().get(path) is None


def test_the_brand_answers_an_event_as_api_gateway_sends_it(staff: StaffApi) -> None:
    from functions.brand_api.handler import lambda_handler

    profile(staff, slug="acme")
    event = json.loads((Path(__file__).resolve().parents[2] / "events" / "brand_api" / "get_brand.json").read_text("utf-8"))

    assert call(lambda_handler, event).body["name"] == "Acme Site Services"
