"""Sessions at the edge: the cookie, and who a request's cookie or key stands for."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from duebook.domain.directory import Caller
from duebook.runtime.ids import hashed
from duebook.runtime.settings import setting
from duebook.web.requests import header

SECURE_COOKIE = "__Host-session"
PLAIN_COOKIE = "session"
BEARER = "bearer "
LONGEST_TOKEN = 200
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def session_cookie(token: str) -> str:
    """Write the Set-Cookie header of a new session: not readable by scripts, not sent from other sites.

    On https it is bound to this host (``__Host-``); on a laptop's plain http it is called ``session``.
    """
    return _cookie(token, "")


def ended_cookie() -> str:
    """Write the Set-Cookie header that makes a browser forget its session."""
    return _cookie("", "; Max-Age=0")


def session_token(event: Mapping[str, Any]) -> str | None:
    """Return the session token of a request's cookie, or None."""
    try:
        cookies = SimpleCookie(header(event, "cookie") or "")
    except CookieError:
        return None
    morsel = cookies.get(_name())
    return morsel.value if morsel is not None and 0 < len(morsel.value) <= LONGEST_TOKEN else None


def token_hash(token: str) -> str:
    """Return what a session is stored under."""
    return hashed(token)


def bearer_key(event: Mapping[str, Any]) -> str | None:
    """Return the API key of a request's Authorization header, or None."""
    text = header(event, "authorization") or ""
    key = text[len(BEARER) :].strip() if text.lower().startswith(BEARER) else ""
    return key if 0 < len(key) <= LONGEST_TOKEN else None


def is_from_our_pages(event: Mapping[str, Any]) -> bool:
    """Tell whether a request that rides on a cookie is harmless or was made by our own pages.

    Reading is harmless. Anything else needs our Origin, and a body needs to be JSON: no form of another site sends that.
    """
    if event["httpMethod"] in SAFE_METHODS:
        return True
    if header(event, "origin") != setting("PORTAL_ORIGIN"):
        return False
    content_type = (header(event, "content-type") or "").split(";")[0].strip().lower()
    return content_type == "application/json" or (event["httpMethod"] == "DELETE" and not content_type)


def caller_context(caller: Caller) -> dict[str, str]:
    """Write what the authorizer tells the functions behind it."""
    return {"tenant_id": caller.tenant_id, "caller_id": caller.caller_id, "role": caller.role.value}


def _is_https() -> bool:
    return setting("PORTAL_ORIGIN").startswith("https://")


def _name() -> str:
    return SECURE_COOKIE if _is_https() else PLAIN_COOKIE


def _cookie(token: str, ending: str) -> str:
    secure = "; Secure" if _is_https() else ""
    return f"{_name()}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{ending}"
