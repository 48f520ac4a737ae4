"""The one small page on which somebody unsubscribes who opened the link by hand."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any

from aws_lambda_powertools.event_handler import Response

STYLE = (
    ":root{color-scheme:light dark}body{margin:0;padding:32px 16px;font:16px/1.5 system-ui,sans-serif;background:#f6f7f8;color:#16202a}"
    "main{max-width:480px;margin:0 auto;padding:24px;background:#fff;border:1px solid #d5dbe0;border-radius:10px}"
    "h1{margin:0 0 12px;font-size:24px;line-height:32px}p{margin:0 0 16px}"
    "button{padding:12px 20px;border:1px solid #28506b;border-radius:6px;background:#28506b;color:#fff;font:inherit;font-weight:650}"
    "@media(prefers-color-scheme:dark){body{background:#11161b;color:#e8edf1}main{background:#1a2128;border-color:#33404b}"
    "button{background:#9cc6e4;border-color:#9cc6e4;color:#0d1a24}}"
)
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HTML: dict[int, Any] = {200: {"description": "A page", "content": {"text/html": {"schema": {"type": "string"}}}}}
"""How the answers of these routes are described."""


def asking_page(sender: str) -> Response[str]:
    """Ask whether mails shall end. Nothing has happened yet: programs look at links before people do."""
    name = escape(sender)
    return _page(
        "Unsubscribe",
        f"<p>Stop statements, account summaries, new invoices and past-due notices from <bdi>{name}</bdi> to this address? "
        "Receipts and answers to what you do still come.</p>"
        '<form method="post"><button name="List-Unsubscribe" value="One-Click">Unsubscribe</button></form>',
    )


def done_page(sender: str) -> Response[str]:
    """Say that mails have ended."""
    name = escape(sender)
    return _page(
        "You are unsubscribed", f"<p><bdi>{name}</bdi> will not send such mails to this address any more. To undo it, ask them.</p>"
    )


def _page(title: str, body: str) -> Response[str]:
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    headers: dict[str, str | list[str]] = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return Response(200, "text/html; charset=utf-8", html, headers)
