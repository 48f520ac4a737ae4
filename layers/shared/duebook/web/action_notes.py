"""What staff did on their pages goes into the activity log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duebook.domain.activity_log import Action, Actor
from duebook.storage.activity_store import ActivityStore
from duebook.usecases.log_action import log_action
from duebook.web.visits import Visit


@dataclass(frozen=True, slots=True)
class Notes:
    """Where it is noted, and when it was done."""

    log: ActivityStore
    now: datetime

    def add(self, visit: Visit, action: Action, subject: tuple[str, str], detail: str = "", reason: str | None = None) -> None:
        """Note what somebody did, after it succeeded.

        Args:
            visit: Who did it.
            action: What.
            subject: Kind and id of what it was done to.
            detail: What the action's words leave open.
            reason: As the person gave it.
        """
        actor = Actor.of_staff(visit.staff)
        log_action(visit.tenant_id, actor, action, subject=subject, detail=detail, reason=reason, now=self.now, log=self.log)
