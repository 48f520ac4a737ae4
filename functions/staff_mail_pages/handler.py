"""The pages on which staff see what was mailed and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from duebook import wiring, wiring_mail, wiring_staff, wiring_texts
from duebook.domain.activity_log import Actor
from duebook.domain.directory import Customer, Role
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import observed
from duebook.runtime.settings import setting
from duebook.usecases.mail_actions import MailDesk
from duebook.usecases.read_bounced_addresses import BouncedAddress, read_bounced_addresses
from duebook.web.customer_head import customer_head
from duebook.web.mail_activity_pages import MailActivityPages
from duebook.web.mail_detail_pages import MailDetailPages
from duebook.web.staff_site import FORM, staff_site
from duebook.web.suppression_pages import SuppressionPages
from duebook.web.template_pages import TEMPLATES, TemplatePages
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
    who = wiring.directory_store().customer(visit.tenant_id, customer_id)
    found = wiring.email_store().of_customer(visit.tenant_id, customer_id, limit=ROWS + 1, before=site.query("before") or None)
    return answers.page(
        "customer_emails.html",
        visit,
        **customer_head(who, "Emails", setting("PORTAL_ORIGIN"), _bounced(visit, who)),
        mails=found[:ROWS],
        next_before=found[ROWS - 1].key.mail_id if len(found) > ROWS else None,
    )


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


def _bounced(visit: Visit, who: Customer) -> tuple[BouncedAddress, ...]:
    return read_bounced_addresses(visit.tenant_id, who, directory=wiring.directory_store(), mails=wiring.email_store())


@observed
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer one page."""
    return site.answer(event, context)
