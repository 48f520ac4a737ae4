"""Which typed addresses a mail can be sent to, and how they are kept (R51)."""

from __future__ import annotations

import pytest

from duebook.mail.message import address_of
from duebook.usecases.normal_address import normal_address


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("o'brien+1@Acme.Example", "o'brien+1@acme.example"),
        ("ana@m\u00fcnchen.example", "ana@m\u00fcnchen.example"),
        ("ana@xn--mnchen-3ya.example", "ana@m\u00fcnchen.example"),
        ("a" * 64 + "@b.example", "a" * 64 + "@b.example"),
    ],
)
def test_r51_what_is_kept_can_be_written_to(typed: str, kept: str):
    assert normal_address(typed) == kept
    assert address_of(kept).username == kept.partition("@")[0]


@pytest.mark.parametrize(
    "typed",
    [
        "a" * 65 + "@b.example", "j\u00f6rg@acme.example", '"a b"@c.example', "Ana <a@b.example>", "a@b.example, c@d.example", "a@[127.0.0.1]",
        "a@b.example\r\nBcc: c@d.example", "a@b..example", ".a@b.example", "a@b_c.example", "", "@", "a@",
    ],
)  # fmt: skip
def test_r51_what_no_mail_can_be_sent_to_is_no_email_address(typed: str):
    with pytest.raises(ValueError, match="not an email address"):
        normal_address(typed)
