"""Which pages may show a processor's hosted field: those where people pay or keep a card, and no other."""

from __future__ import annotations

import pytest

from local.security_headers import from_template
from local.stack import load_template
from local.web import Response


class _Named(dict[str, str]):
    """Every parameter of the template stands for its own name."""

    def __missing__(self, key: str) -> str:
        return key


HEADERS = from_template(load_template(), _Named())


def _policy(path: str) -> str:
    return dict(HEADERS.add_to(Response(200, b"", ()), path).headers)["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/pay", "/methods", "/pay-my-balance", "/fr-CA/pay", "/fr-CA/methods", "/fr-CA/pay-my-balance"])
def test_r36_payment_pages_may_frame_the_processors_fields(path: str) -> None:
    assert "frame-src FieldsOrigin CardPointeUrl;" in _policy(path)


@pytest.mark.parametrize(
    "path", ["/", "/login", "/payments", "/receipt", "/contacts", "/profile", "/fr-CA/payments", "/api/portal/payment-methods"]
)
def test_r36_no_other_page_may_frame_anything(path: str) -> None:
    assert "frame-src" not in _policy(path)


def test_r11_a_pay_online_id_that_is_named_like_a_page_reaches_the_api() -> None:
    assert _policy("/api/pay/pay") == _policy("/api/pay/kT7mWq4xRb")
