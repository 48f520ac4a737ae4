"""The page on which an admin changes how the business looks: what it says, what it takes, and who may."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import pytest
from PIL import Image

from duebook import wiring
from duebook.domain.directory import Role
from tests.integration.cloud import Cloud
from tests.integration.key_watch import serving
from tests.integration.staff_office import Answer, Browser, add_tenant, event_of, handler_for

PATH = "/admin/settings/branding"
LINE = "\r\n"
FIELDS = {"name": "Blue Ridge Rentals", "accent": "", "slug": "blue-ridge", "support_email": "help@blue-ridge.example", "support_phone": ""}
pytestmark = pytest.mark.usefixtures("aws")


def png(colour: tuple[int, int, int, int] = (10, 90, 60, 255)) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (40, 20), colour).save(out, "PNG")
    return out.getvalue()


def multipart(fields: dict[str, str], logo: bytes | None = None, boundary: str = "----form1") -> bytes:
    parts = [f'Content-Disposition: form-data; name="{name}"{LINE}{LINE}{value}'.encode() for name, value in fields.items()]
    name = "logo.png" if logo is not None else ""
    head = f'Content-Disposition: form-data; name="logo"; filename="{name}"{LINE}Content-Type: application/octet-stream{LINE}{LINE}'
    parts.append(head.encode() + (logo or b""))
    mark = f"--{boundary}".encode()
    return b"".join(mark + LINE.encode() + part + LINE.encode() for part in parts) + mark + b"--" + LINE.encode()


def send(browser: Browser, body: bytes, boundary: str = "----form1", **headers: str) -> Answer:
    own = {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin", "Content-Type": f"multipart/form-data; boundary={boundary}"}
    event = event_of("POST", PATH, headers=browser._headers(own | headers))
    event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    with serving(event):
        found = handler_for(event).lambda_handler(event, None)
    return Answer(found["statusCode"], found["headers"], found["body"])


def csrf(browser: Browser) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get(PATH).body)
    assert found
    return found[1]


def signed_in(role: Role = Role.ADMIN, **tenant: object) -> Browser:
    add_tenant(**tenant)  # type: ignore[arg-type]
    directory = wiring.directory_store()
    staff = directory.staff("ten_1", "stf_ten_1")
    assert staff
    wiring.client("dynamodb").put_item(TableName="DirectoryTable", Item=_staff_item(replace(staff, role=role)))
    browser = Browser()
    assert browser.sign_in().status == 303
    return browser


def _staff_item(staff: object) -> dict:
    from duebook.storage.directory_items import staff_item

    return staff_item(staff)  # type: ignore[arg-type]


def save(browser: Browser, picture: bytes | None = None, /, **change: str) -> Answer:
    return send(browser, multipart({"csrf": csrf(browser)} | FIELDS | change, picture))


def test_r57_an_admin_changes_name_colour_logo_short_name_and_support() -> None:
    browser = signed_in()

    saved = save(browser, png(), name="Blue Ridge", accent="#FFD400", support_phone="+1 540 555 0142")

    assert (saved.status, saved.headers["Location"]) == (303, f"{PATH}?saved=1")
    tenant = wiring.directory_store().tenant("ten_1")
    assert (tenant.name, tenant.accent, tenant.slug, tenant.support.phone) == ("Blue Ridge", "#ffd400", "blue-ridge", "+1 540 555 0142")
    assert (tenant.time_zone, tenant.plan, tenant.notify) == ("America/New_York", "pro", ())
    assert wiring.logo_store().get(tenant.logo_url) is not None
    page = browser.get(saved.headers["Location"])
    assert "Saved. Pages show it within five minutes." in page.text
    assert "Your yellow #ffd400 is used for the bar. Buttons use #806a00 so that text can be read." in page.text
    assert 'value="http://localhost:8080/login?company=blue-ridge"' in page.body
    assert f'src="{tenant.logo_url}"' in page.body
    assert wiring.directory_store().tenant_id_of_slug("blue-ridge") == "ten_1"


def test_r57_the_logo_stays_when_none_is_chosen_and_goes_when_that_is_asked() -> None:
    browser = signed_in()
    save(browser, png())
    first = wiring.directory_store().tenant("ten_1").logo_url

    save(browser)
    assert wiring.directory_store().tenant("ten_1").logo_url == first
    save(browser, remove_logo="on")
    assert wiring.directory_store().tenant("ten_1").logo_url is None


@pytest.mark.parametrize(
    ("accent", "said"),
    [
        ("2f6f4f", "Your green #2f6f4f is used for the bar"),
        ("#0af", "#00aaff is used for the bar"),
        ("", "No colour is chosen. Pages use a neutral blue-grey."),
        ("purple", "Type the colour as # and six digits, such as #2f6f4f."),
    ],
)
def test_r57_the_page_tells_what_a_typed_colour_would_become_and_changes_nothing(accent: str, said: str) -> None:
    browser = signed_in()

    page = browser.get(f"{PATH}?accent={accent.replace('#', '%23')}", x_partial="1")

    assert page.status == 200
    assert said in page.text
    assert wiring.directory_store().tenant("ten_1").accent is None


def test_the_look_is_drawn_in_light_and_dark_without_a_style_of_its_own() -> None:
    page = signed_in().get(f"{PATH}?accent=%23ffd400").body

    assert 'aria-label="Light: the bar is #ffd400, buttons and links are #806a00."' in page
    assert 'aria-label="Dark: the bar is #ffd400, buttons and links are #ffd400."' in page
    assert " style=" not in page


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"name": "  "}, "name", "Type the name that your customers know you by."),
        ({"name": "x" * 201}, "name", "At most 200 characters."),
        ({"name": "4111 1111 1111 1111"}, "name", "This looks like a card number."),
        ({"accent": "yellow"}, "accent", "Type the colour as # and six digits"),
        ({"slug": "No Slug"}, "slug", "3 to 40 small letters, digits and hyphens"),
        ({"support_email": "nobody"}, "support_email", "This is not an email address."),
        ({"support_phone": "4111111111111111"}, "support_phone", "This looks like a card number."),
    ],
)
def test_a_wrong_field_is_told_where_it_stands_and_what_was_typed_stays(change: dict[str, str], field: str, said: str) -> None:
    browser = signed_in()
    before = wiring.directory_store().tenant("ten_1")

    refused = save(browser, **({"support_phone": "555-0100"} | change))

    assert refused.status == 422
    assert "<title>Error: Branding" in refused.body
    assert f'<li><a href="#{field}">' in refused.body
    assert said in refused.text
    assert re.search(rf'id="{field}"[^>]*aria-describedby="{field}-error[^>]*aria-invalid="true"', refused.body)
    typed = change[field].strip()
    assert f'value="{typed}"' in refused.body
    assert wiring.directory_store().tenant("ten_1") == before


def test_all_wrong_fields_are_told_at_once() -> None:
    refused = save(signed_in(), name="", accent="red", support_email="x")

    assert "3 things need correcting. Nothing was saved." in refused.text


@pytest.mark.parametrize(
    ("logo", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG drawings can carry programs and are not taken."),
        (bytes(300_000), "The logo has 293 KB, 200 KB are allowed."),
        (b"", "This is not a picture we know."),
        (png()[:70], "The picture is damaged"),
    ],
)
def test_r57_a_file_that_is_no_logo_is_refused_with_its_reason(logo: bytes, said: str) -> None:
    browser = signed_in()

    refused = save(browser, logo)

    assert (refused.status, wiring.directory_store().tenant("ten_1").logo_url) == (422, None)
    assert said in refused.text
    assert 'href="#logo"' in refused.body


def test_a_short_name_of_another_business_is_refused_at_its_field(aws: Cloud) -> None:
    browser = signed_in()
    add_tenant("ten_2", "lee@cedar.example", slug="cedar-fork")

    refused = save(browser, slug="cedar-fork")

    assert refused.status == 422
    assert "Another business has the sign-in address cedar-fork." in refused.text
    assert aws.directory.tenant_id_of_slug("cedar-fork") == "ten_2"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COLLECTOR, Role.MANAGER])
def test_r85_others_see_the_branding_and_only_an_admin_changes_it(role: Role) -> None:
    browser = signed_in(role, accent="#2f6f4f")

    page = browser.get(PATH)
    refused = send(browser, multipart({"csrf": csrf_of_any(page)} | FIELDS))

    assert "Only an admin can change this." in page.text
    assert "multipart/form-data" not in page.body
    assert refused.status == 403
    assert wiring.directory_store().tenant("ten_1").slug is None


def csrf_of_any(page: Answer) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.body)
    assert found
    return found[1]


def test_a_form_of_another_session_or_site_changes_nothing() -> None:
    browser = signed_in()
    body = multipart({"csrf": csrf(browser)} | FIELDS)

    answers = [
        send(browser, multipart({"csrf": "csrf_of_somebody"} | FIELDS)),
        send(browser, multipart(FIELDS)),
        send(browser, body, **{"Sec-Fetch-Site": "cross-site"}),
    ]

    assert [one.status for one in answers] == [403] * 3
    assert wiring.directory_store().tenant("ten_1").slug is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body[:-30],
        lambda _body: b"",
        lambda _body: b"no form at all",
        lambda body: body.replace(b'name="slug"', b"nameless"),
        lambda body: body + bytes(5_000_000),
        lambda _body: multipart({f"field{number}": "x" for number in range(30)}),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(spoil) -> None:
    browser = signed_in()
    body = multipart({"csrf": csrf(browser)} | FIELDS)

    refused = send(browser, spoil(body))

    assert refused.status in {400, 403}
    assert wiring.directory_store().tenant("ten_1").slug is None


def test_a_form_without_a_file_may_come_as_any_other_form_and_anything_else_is_refused() -> None:
    browser = signed_in()

    saved = browser.post(PATH, {"csrf": csrf(browser)} | FIELDS)
    refused = browser.post(PATH, {"csrf": csrf(browser)} | FIELDS, Content_Type="application/json")

    assert (saved.status, refused.status) == (303, 415)
