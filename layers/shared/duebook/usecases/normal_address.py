"""The normal form of a typed email address, or why it is none that a mail can be sent to."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email


def normal_address(text: str) -> str:
    """Return an address as it is kept: a domain in its own letters and small, the part before ``@`` as typed.

    That part is in ASCII, since Amazon SES takes no other, and has at most 64 characters.

    Raises:
        ValueError: It is no email address that can be written to.
    """
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise ValueError("this is not an email address") from error
    return found.normalized
