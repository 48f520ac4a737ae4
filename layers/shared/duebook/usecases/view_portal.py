"""Say who of the staff looks at the portal, and as which contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duebook.domain.directory import Staff
from duebook.domain.identity import Access
from duebook.domain.portal_access import ContactCaller
from duebook.domain.portal_views import PortalView, holds, viewer_of
from duebook.errors import NotSignedInError
from duebook.storage.portal_view_store import PortalViewStore
from duebook.storage.transient_store import TransientStore
from duebook.usecases.contact_session import ENDED
from duebook.usecases.find_caller import current_session


@dataclass(frozen=True, slots=True)
class Looking:
    """A staff member who looks at the portal: the view, who it is and whose portal."""

    view: PortalView
    staff: Staff
    access: Access

    @property
    def caller(self) -> ContactCaller:
        """Who acts."""
        return viewer_of(self.access, self.staff)


def current_view(token_hash: str, *, views: PortalViewStore, transient: TransientStore, now: datetime) -> Looking:
    """Return who looks at whose portal, read anew; the staff session behind it is prolonged by the use.

    Raises:
        NotSignedInError: The view has ended: by time, with the staff session, or with the contact, the customer or the plan.
    """
    view = views.view(token_hash, now)
    session = current_session(view.staff_session, transient=transient, now=now) if view else None
    if view is None or session is None:
        raise NotSignedInError(ENDED)
    staff, access = views.standing(view)
    if staff is None or access is None or not holds(view, staff, session.generation, access):
        views.end(token_hash)
        raise NotSignedInError(ENDED)
    return Looking(view, staff, access)
