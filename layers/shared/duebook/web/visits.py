"""Who looks at a staff page: tenant and person come from the session alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from duebook.domain.directory import Role, Staff, Tenant, allows
from duebook.errors import ConflictError, NotSignedInError
from duebook.runtime.clock import today_in
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.transient_store import Session, TransientStore
from duebook.usecases.find_caller import current_session
from duebook.web.pages import Formats
from duebook.web.requests import header
from duebook.web.sessions import STAFF, token_hash

BY_ITSELF = "x-by-itself"
"""Header of a request that a page's script made and nobody asked for."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks, and when.

    Args:
        tenant: The business whose pages these are.
        staff: The person.
        csrf: What a form of this session must carry.
        path: Of the page.
        today: In the business's zone.
        formats: The business's own.
        seconds_left: Until the session ends, unless it is used.
        most_seconds: Until it ends in any case.
    """

    tenant: Tenant
    staff: Staff
    csrf: str
    path: str
    today: date
    formats: Formats
    seconds_left: int
    most_seconds: int

    @property
    def tenant_id(self) -> str:
        """The business's id."""
        return self.tenant.tenant_id

    def may(self, needed: str) -> bool:
        """Tell whether the person has a role, named as in ``Role``, or one above it: what may not be done is not offered (R85)."""
        return allows(self.staff.role, Role(needed))


def read_visit(event: Mapping[str, Any], *, directory: DirectoryStore, transient: TransientStore, now: datetime) -> Visit:
    """Return who looks, and prolong the session by it, unless a page asks by itself: an open page alone keeps nobody signed in.

    Raises:
        NotSignedInError: No session, one that has ended, or a person who is gone, or has another password or role since.
    """
    token = STAFF.token(event)
    read = transient.session if header(event, BY_ITSELF) else partial(_session, transient=transient)
    session = read(token_hash(token), now=now) if token else None
    staff = directory.staff(session.tenant_id, session.staff_id) if session else None
    if session is None or staff is None or session.generation != staff.generation:
        raise NotSignedInError("sign in first")
    tenant = directory.tenant(session.tenant_id)
    formats = Formats(tenant.locale, tenant.time_zone)
    today, left, most = today_in(tenant.time_zone, now), _seconds(session.idle_until - now), _seconds(session.ends_at - now)
    return Visit(tenant, staff, session.csrf, str(event["path"]), today, formats, left, most)


def _seconds(left: timedelta) -> int:
    """Return whole seconds, the last one begun: a session that lives has one at least."""
    return -(-left // timedelta(seconds=1))


def _session(hashed_token: str, *, transient: TransientStore, now: datetime) -> Session | None:
    try:
        return current_session(hashed_token, transient=transient, now=now)
    except ConflictError:
        # It was ended while it was being prolonged.
        return None
