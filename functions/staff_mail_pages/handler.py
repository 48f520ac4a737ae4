"""The pages on which staff see what was mailed and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from duebook import wiring
from duebook.domain.directory import Customer
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import observed
from duebook.runtime.settings import setting
from duebook.usecases.read_bounced_addresses import BouncedAddress, read_bounced_addresses
from duebook.web.customer_head import customer_head
from duebook.web.mail_activity_pages import MailActivityPages
from duebook.web.staff_site import staff_site
from duebook.web.visits import Visit, read_visit

ROWS = 50

site = staff_site(
    __file__,
    lambda event: read_visit(event, directory=wiring.directory_store(), transient=wiring.transient_store(), now=utc_now()),
)
app, answers = site.app, site.answers


@app.route("/admin/email-activity", methods=["GET"])
@site.page
def email_activity(visit: Visit) -> Response:
    """List the mails of some days, filtered as the address says."""
    return _activity(visit).page()


@app.route("/admin/email-activity.csv", methods=["GET"])
@site.page
def email_activity_csv(visit: Visit) -> Response:
    """List the same mails as a file."""
    return _activity(visit).csv()


@app.route("/admin/customers/{customer_id}/emails", methods=["GET"])
@site.page
def customer_emails(visit: Visit, customer_id: str) -> Response:
    """List the mails that concern a customer, newest first."""
    who = wiring.directory_store().customer(visit.tenant_id, customer_id)
    found = wiring.email_store().of_customer(visit.tenant_id, customer_id, limit=ROWS + 1, before=site.query("before") or None)
    return answers.page(
        "customer_emails.html",
        visit,
        **customer_head(who, "Emails", setting("PORTAL_ORIGIN"), _bounced(visit, who)),
        mails=found[:ROWS],
        next_before=found[ROWS - 1].key.mail_id if len(found) > ROWS else None,
    )


def _activity(visit: Visit) -> MailActivityPages:
    return MailActivityPages(answers, visit, site.query, wiring.directory_store(), wiring.email_store(), utc_now())


def _bounced(visit: Visit, who: Customer) -> tuple[BouncedAddress, ...]:
    return read_bounced_addresses(visit.tenant_id, who, directory=wiring.directory_store(), mails=wiring.email_store())


@observed
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer one page."""
    return site.answer(event, context)
