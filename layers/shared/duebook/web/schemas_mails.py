"""What is asked of Email activity, and what is sent about mails."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from duebook.domain.email_activity import MailKind, MailStatus
from duebook.usecases.read_mails import MailFilter
from duebook.web.fields import AnyDay, CallerId, Email, Strict
from duebook.web.schemas_staff import OptionalText


class MailQuery(Strict):
    """The filters of ``GET /api/staff/email-activity``: days in the tenant's zone, both ends included."""

    first: Annotated[AnyDay | None, Field(alias="from")] = None
    last: Annotated[AnyDay | None, Field(alias="to")] = None
    status: MailStatus | None = None
    kind: MailKind | None = None
    customer_id: CallerId | None = None
    address: OptionalText = None
    q: Annotated[str, StringConstraints(max_length=200)] = ""

    def filter(self, today: date) -> MailFilter:
        """Turn the query into a filter; without days it asks for today."""
        last = self.last or today
        return MailFilter(self.first or last, last, self.status, self.kind, self.customer_id, self.address, self.q)


class SendAgainBody(Strict):
    """``POST /api/staff/email-activity/{id}/send-again``; with ``fix`` the customer's and its contacts' addresses are corrected, too."""

    to: Email | None = None
    fix: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse a correction without the right address."""
        if self.fix and self.to is None:
            raise ValueError("to correct the address, give the right one as `to`")
        return self


AS_IT_WAS = SendAgainBody()
