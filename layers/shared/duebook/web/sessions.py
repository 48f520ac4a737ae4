"""Sessions at the edge: the cookies of staff and of contacts, and who a request's cookie or key stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

from duebook.domain.directory import Caller
from duebook.runtime.ids import hashed
from duebook.runtime.settings import setting
from duebook.web.requests import SAFE_METHODS, header, media_type

BEARER = "bearer "
LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """The cookie of one world. Staff and contacts have one each, so that a browser may hold both and neither opens the other's door.

    Args:
        secure_name: On https: bound to this host (``__Host-``).
        plain_name: On a laptop's plain http.
    """

    secure_name: str
    plain_name: str

    def begun(self, token: str) -> str:
        """Write the Set-Cookie header of a new session: not readable by scripts, not sent from other sites."""
        return self._written(token, "")

    def ended(self) -> str:
        """Write the Set-Cookie header that makes a browser forget its session."""
        return self._written("", "; Max-Age=0")

    def token(self, event: Mapping[str, Any]) -> str | None:
        """Return the session token of a request, or None."""
        try:
            cookies = SimpleCookie(header(event, "cookie") or "")
        except CookieError:
            return None
        morsel = cookies.get(self._name())
        return morsel.value if morsel is not None and 0 < len(morsel.value) <= LONGEST_TOKEN else None

    def _name(self) -> str:
        return self.secure_name if _is_https() else self.plain_name

    def _written(self, token: str, ending: str) -> str:
        secure = "; Secure" if _is_https() else ""
        return f"{self._name()}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{ending}"


PAYER_TOKENS = "payer"
"""What the tokens of payers' sessions begin with. They share the contacts' cookie and stand under keys of their own."""
VIEW_TOKENS = "view"
"""What the tokens of staff who look at the portal begin with (``domain/portal_views.py``). They, too, are in the contacts' cookie."""
STAFF = SessionCookie("__Host-staff", "staff")
CONTACT = SessionCookie("__Host-session", "session")


def token_hash(token: str) -> str:
    """Return what a session is stored under."""
    return hashed(token)


def is_payers(token: str) -> bool:
    """Tell whether a session token is a payer's. Who says so of a contact's token finds no session under it."""
    return token.startswith(f"{PAYER_TOKENS}_")


def is_viewers(token: str) -> bool:
    """Tell whether a session token is of staff who look at the portal."""
    return token.startswith(f"{VIEW_TOKENS}_")


def bearer_key(event: Mapping[str, Any]) -> str | None:
    """Return the API key of a request's Authorization header, or None."""
    text = header(event, "authorization") or ""
    key = text[len(BEARER) :].strip() if text.lower().startswith(BEARER) else ""
    return key if 0 < len(key) <= LONGEST_TOKEN else None


def is_from_our_pages(event: Mapping[str, Any]) -> bool:
    """Tell whether a request that rides on a cookie is harmless or was made by our own pages.

    Reading is harmless. Anything else needs our Origin, and a body needs to be JSON: no form of another site sends that. What has no
    body says no content type.
    """
    if event["httpMethod"] in SAFE_METHODS:
        return True
    if header(event, "origin") != setting("PORTAL_ORIGIN"):
        return False
    return media_type(event) in {"application/json", ""}


def caller_context(caller: Caller) -> dict[str, str]:
    """Write what the authorizer tells the functions behind it."""
    return {"tenant_id": caller.tenant_id, "caller_id": caller.caller_id, "role": caller.role.value}


def _is_https() -> bool:
    return setting("PORTAL_ORIGIN").startswith("https://")
