"""The pages on which staff see what was mailed and what became of it, send statements, and say what goes out by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from duebook import wiring, wiring_automation, wiring_mail, wiring_staff, wiring_statements, wiring_texts
from duebook.domain.activity_log import Actor
from duebook.domain.directory import Customer, Role
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import observed
from duebook.runtime.settings import setting
from duebook.usecases.mail_actions import MailDesk
from duebook.web.automation_form import MOST_FIELDS
from duebook.web.automation_pages import AutomationPages
from duebook.web.automation_run_pages import AutomationRunPages
from duebook.web.customer_emails_pages import CustomerEmailsPages
from duebook.web.customer_head import read_customer_head
from duebook.web.mail_activity_pages import MailActivityPages
from duebook.web.mail_detail_pages import MailDetailPages
from duebook.web.staff_site import FORM, staff_site
from duebook.web.statement_order_pages import MOST_FORM_FIELDS, OrderPages
from duebook.web.statement_run_pages import StatementRunPages
from duebook.web.suppression_pages import SuppressionPages
from duebook.web.template_pages import TEMPLATES, TemplatePages
from duebook.web.visits import Visit, read_visit

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


@app.route("/admin/email-activity/suppressions", methods=["GET"])
@site.page
def suppressions(visit: Visit) -> Response:
    """List the addresses that mail no longer goes to."""
    return _suppressions(visit).page()


@app.route("/admin/email-activity/suppressions.csv", methods=["GET"])
@site.page
def suppressions_csv(visit: Visit) -> Response:
    """List the same addresses as a file."""
    return _suppressions(visit).csv()


@app.route("/admin/email-activity/suppressions/release", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def release_form(visit: Visit) -> Response:
    """Ask why an address is to be written to again."""
    return _suppressions(visit).release_form(site.query("address"), site.query("mail"))


@app.route("/admin/email-activity/suppressions/release", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def release_post(visit: Visit) -> Response:
    """Take an address off the list."""
    return _suppressions(visit).release(site.form(visit), _desk(visit))


@app.route("/admin/email-activity/{mail_id}", methods=["GET"])
@site.page
def mail(visit: Visit, mail_id: str) -> Response:
    """Show one mail: what became of it, what it said, what to do."""
    return _mail(visit).page(mail_id)


@app.route("/admin/email-activity/{mail_id}/html", methods=["GET"])
@site.page
def mail_html(visit: Visit, mail_id: str) -> Response:
    """Answer with a mail's own HTML, for the frame on its page."""
    return _mail(visit).document(mail_id)


@app.route("/admin/email-activity/{mail_id}/send-again", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def send_again_form(visit: Visit, mail_id: str) -> Response:
    """Ask whether a mail is to be sent once more."""
    return _mail(visit).again_form(mail_id)


@app.route("/admin/email-activity/{mail_id}/send-again", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def send_again_post(visit: Visit, mail_id: str) -> Response:
    """Send a mail once more."""
    return _mail(visit).again(mail_id, site.form(visit), wiring_staff.normal_email, _desk(visit))


@app.route("/admin/email-activity/{mail_id}/fix-address", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def fix_address_form(visit: Visit, mail_id: str) -> Response:
    """Ask for the right address of a mail's recipient."""
    return _mail(visit).fix_form(mail_id)


@app.route("/admin/email-activity/{mail_id}/fix-address", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def fix_address_post(visit: Visit, mail_id: str) -> Response:
    """Save the right address and send the mail there."""
    return _mail(visit).fix(mail_id, site.form(visit), wiring_staff.normal_email, _desk(visit))


@app.route("/admin/customers/{customer_id}/emails", methods=["GET"])
@site.page
def customer_emails(visit: Visit, customer_id: str) -> Response:
    """List the mails that concern a customer, newest first."""
    _, head = _head(visit, customer_id)
    return CustomerEmailsPages(answers, visit, site.query, wiring.email_store(), utc_now()).page(customer_id, head)


@app.route("/admin/customers/{customer_id}/statement", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def customer_statement(visit: Visit, customer_id: str) -> Response:
    """Ask which statement one customer is to get."""
    return _orders(visit).for_customer(*_head(visit, customer_id), site.query)


@app.route("/admin/customers/{customer_id}/statement", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def customer_statement_post(visit: Visit, customer_id: str) -> Response:
    """Send one customer its statement."""
    return _orders(visit).start_for_customer(*_head(visit, customer_id), site.form(visit), wiring_statements.run_desk())


@app.route("/admin/statements", methods=["GET"])
@site.page
def statements(visit: Visit) -> Response:
    """List the runs of statements."""
    return _runs(visit).list()


@app.route("/admin/statements", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def statements_post(visit: Visit) -> Response:
    """Begin a run."""
    return _orders(visit).start(site.form(visit), wiring_statements.run_desk())


@app.route("/admin/statements/new", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def statement_choices(visit: Visit) -> Response:
    """Choose which statement and for whom, and see whom that finds."""
    return _orders(visit).form(site.query)


@app.route("/admin/statements/new", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def statement_confirm(visit: Visit) -> Response:
    """Show what would be sent, and ask."""
    return _orders(visit).confirm(site.form(visit, MOST_FORM_FIELDS))


@app.route("/admin/statements/{run_id}", methods=["GET"])
@site.page
def statement_run(visit: Visit, run_id: str) -> Response:
    """Show how far a run is."""
    return _runs(visit).page(run_id)


@app.route("/admin/statements/{run_id}/failures.csv", methods=["GET"])
@site.page
def statement_failures_csv(visit: Visit, run_id: str) -> Response:
    """List a run's failures as a file."""
    return _runs(visit).failures_csv(run_id)


@app.route("/admin/statements/{run_id}/pdf", methods=["GET"])
@site.page
def statement_pdf(visit: Visit, run_id: str) -> Response:
    """Lead to the PDF of all statements of a run."""
    return _runs(visit).pdf(run_id)


@app.route("/admin/statements/{run_id}/stop", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def statement_stop(visit: Visit, run_id: str) -> Response:
    """Ask whether a run is to be stopped."""
    return _runs(visit).confirm(run_id, "stop")


@app.route("/admin/statements/{run_id}/stop", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def statement_stop_post(visit: Visit, run_id: str) -> Response:
    """Stop a run before its next customer."""
    site.form(visit)
    return _runs(visit).stop(run_id, wiring_statements.run_desk())


@app.route("/admin/statements/{run_id}/retry", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def statement_retry(visit: Visit, run_id: str) -> Response:
    """Ask whether what failed is to be tried again."""
    return _runs(visit).confirm(run_id, "retry")


@app.route("/admin/statements/{run_id}/retry", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def statement_retry_post(visit: Visit, run_id: str) -> Response:
    """Try again what failed or was left."""
    site.form(visit)
    return _runs(visit).retry(run_id, wiring_statements.run_desk())


@app.route("/admin/automation", methods=["GET"])
@site.page
def automations(visit: Visit) -> Response:
    """Show what goes out by itself, when next, and what became of the last time."""
    return _automations(visit).page()


@app.route("/admin/automation/runs", methods=["GET"])
@site.page
def automation_runs(visit: Visit) -> Response:
    """List the runs of automations."""
    return _automation_runs(visit).list()


@app.route("/admin/automation/runs/{run_id}", methods=["GET"])
@site.page
def automation_run_of(visit: Visit, run_id: str) -> Response:
    """Lead to a run of which only the id is at hand, as mails have it."""
    return _automation_runs(visit).find(run_id)


@app.route("/admin/automation/runs/{automation}/{run_id}", methods=["GET"])
@site.page
def automation_run(visit: Visit, automation: str, run_id: str) -> Response:
    """Show how far a run is, and what became of each customer."""
    return _automation_runs(visit).page(automation, run_id)


@app.route("/admin/automation/runs/{automation}/{run_id}/customers.csv", methods=["GET"])
@site.page
def automation_run_csv(visit: Visit, automation: str, run_id: str) -> Response:
    """List the same customers as a file."""
    return _automation_runs(visit).csv(automation, run_id)


@app.route("/admin/automation/{automation}", methods=["GET"])
@site.page_for(Role.ADMIN)
def automation_form(visit: Visit, automation: str) -> Response:
    """Show an automation's form."""
    return _automations(visit).form(automation)


@app.route("/admin/automation/{automation}", methods=["POST"], content_types=FORM)
@site.page_for(Role.ADMIN)
def automation_post(visit: Visit, automation: str) -> Response:
    """Save an automation, or show what would come of its schedule."""
    return _automations(visit).sent(automation, site.form(visit, MOST_FIELDS))


@app.route("/admin/automation/{automation}/test", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def automation_test(visit: Visit, automation: str) -> Response:
    """Mail the text of an automation to who asks."""
    return _automations(visit).send_test(automation, site.form(visit))


@app.route(TEMPLATES, methods=["GET"])
@site.page
def templates(visit: Visit) -> Response:
    """List the kinds of mail whose text is the business's."""
    return _texts(visit).listed()


@app.route(f"{TEMPLATES}/{{kind}}", methods=["GET"])
@site.page
def template(visit: Visit, kind: str) -> Response:
    """Show the text of a kind of mail, with a preview."""
    return _texts(visit).editor(kind)


@app.route(f"{TEMPLATES}/{{kind}}", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def template_post(visit: Visit, kind: str) -> Response:
    """Save a text, or mail it to who typed it."""
    return _texts(visit).sent(kind, site.form(visit))


@app.route(f"{TEMPLATES}/{{kind}}/preview", methods=["GET"])
@site.page
def template_preview(visit: Visit, kind: str) -> Response:
    """Answer with the mail as it looks now, for the frame on its page."""
    return _texts(visit).document(kind)


@app.route(f"{TEMPLATES}/{{kind}}/preview", methods=["POST"], content_types=FORM)
@site.page
def template_preview_post(visit: Visit, kind: str) -> Response:
    """Answer with the mail as it would look with what was typed, for the same frame."""
    return _texts(visit).document(kind, site.form(visit))


@app.route(f"{TEMPLATES}/{{kind}}/reset", methods=["GET"])
@site.page_for(Role.MANAGER)
def template_reset(visit: Visit, kind: str) -> Response:
    """Say what going back to the default does."""
    return _texts(visit).reset_form(kind)


@app.route(f"{TEMPLATES}/{{kind}}/reset", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def template_reset_post(visit: Visit, kind: str) -> Response:
    """Go back to the default."""
    return _texts(visit).reset(kind, site.form(visit))


@app.route(f"{TEMPLATES}/{{kind}}/versions/{{number}}", methods=["GET"])
@site.page
def template_version(visit: Visit, kind: str, number: str) -> Response:
    """Show an earlier version of a text."""
    return _texts(visit).version(kind, number)


@app.route(f"{TEMPLATES}/{{kind}}/versions/{{number}}", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def template_version_post(visit: Visit, kind: str, number: str) -> Response:
    """Put an earlier version in use again."""
    return _texts(visit).restore(kind, number, site.form(visit))


def _automations(visit: Visit) -> AutomationPages:
    stores = (wiring.directory_store(), wiring.account_store(), wiring_automation.automation_store(), wiring_automation.run_store())
    return AutomationPages(answers, visit, site.query, *stores, _texts(visit), wiring_staff.action_notes(utc_now()))


def _automation_runs(visit: Visit) -> AutomationRunPages:
    return AutomationRunPages(answers, visit, site.query, wiring_automation.run_store())


def _activity(visit: Visit) -> MailActivityPages:
    return MailActivityPages(answers, visit, site.query, wiring.directory_store(), wiring.email_store(), utc_now())


def _mail(visit: Visit) -> MailDetailPages:
    return MailDetailPages(answers, visit, site.query, wiring.directory_store(), wiring.email_store(), setting("MAIL_FROM"), utc_now())


def _suppressions(visit: Visit) -> SuppressionPages:
    return SuppressionPages(answers, visit, site.query, wiring.email_store())


def _texts(visit: Visit) -> TemplatePages:
    return TemplatePages(
        answers,
        visit,
        site.query,
        wiring.directory_store(),
        wiring_texts.template_store(),
        lambda: wiring_texts.text_desk(Actor.of_staff(visit.staff), utc_now()),
        lambda: wiring_texts.preview_desk(visit.tenant_id, utc_now()),
        wiring_mail.post,
    )


def _desk(visit: Visit) -> MailDesk:
    return wiring_staff.mail_desk(Actor.of_staff(visit.staff), utc_now())


def _runs(visit: Visit) -> StatementRunPages:
    stores = (wiring.directory_store(), wiring_statements.run_store())
    return StatementRunPages(answers, visit, site.query, *stores, wiring_statements.part_store().link)


def _orders(visit: Visit) -> OrderPages:
    return OrderPages(answers, visit, wiring.account_store(), wiring_statements.listing_desk(), utc_now())


def _head(visit: Visit, customer_id: str) -> tuple[Customer, dict[str, Any]]:
    stores = wiring.directory_store(), wiring.email_store(), wiring_automation.automation_store()
    who = stores[0].customer(visit.tenant_id, customer_id)
    return who, read_customer_head(visit, who, "Emails", setting("PORTAL_ORIGIN"), *stores)


@observed
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer one page."""
    return site.answer(event, context)
