"""A mail as it looks, inside a staff page: a document of its own that can run, load and send nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chalice.app import Response

from duebook.mail.message import with_logo
from duebook.web.pages import CONTENT_POLICY

MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""For a mail's own HTML: mail clients want styles in line, and nothing else is let in. Its links open in a tab of their own."""

MAIL_HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": MAIL_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}

_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
_BASE = '<base target="_blank">'


def mail_document(html: str, logo_url: str | None = None) -> Response:
    """Answer with a mail's HTML for a frame of ours.

    Args:
        html: As rendered, with or without the mark where the logo goes.
        logo_url: The business's logo, shown there.
    """
    shown = with_logo(html, logo_url)
    head = _HEAD.search(shown)
    at = head.end() if head else 0
    return Response(shown[:at] + _BASE + shown[at:], headers=dict(MAIL_HEADERS), status_code=200)


def may_frame(page: Response) -> Response:
    """Let one page of ours show frames of ours; all others show none."""
    page.headers["Content-Security-Policy"] = f"{CONTENT_POLICY}; frame-src 'self'"
    return page
