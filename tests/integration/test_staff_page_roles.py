"""Who of the staff may open and send which page (R85): one row for each; a page without a row fails."""

from __future__ import annotations

import re

import pytest

from duebook.domain.directory import Role, allows
from tests.integration import staff_office as office
from tests.integration.cloud import Cloud

OPEN_PAGES = {
    "GET /admin/sign-in",
    "POST /admin/sign-in",
    "POST /admin/sign-in/code",
    "GET /admin/set-password",
    "POST /admin/set-password",
}
"""Pages for people who are not signed in."""
PAGES: dict[str, Role] = {
    "GET /admin": Role.VIEWER,
    "GET /admin/profile": Role.VIEWER,
    "POST /admin/profile/password": Role.VIEWER,
    "POST /admin/profile/second-step": Role.VIEWER,
    "POST /admin/sign-out": Role.VIEWER,
    "GET /admin/customers": Role.VIEWER,
    "GET /admin/customers.csv": Role.VIEWER,
    "GET /admin/customers/{customer_id}": Role.VIEWER,
    "GET /admin/new-customer": Role.MANAGER,
    "POST /admin/new-customer": Role.MANAGER,
    "GET /admin/customers/{customer_id}/edit": Role.MANAGER,
    "POST /admin/customers/{customer_id}/edit": Role.MANAGER,
    "GET /admin/customers/{customer_id}/switch": Role.MANAGER,
    "POST /admin/customers/{customer_id}/switch": Role.MANAGER,
    "GET /admin/customers/{customer_id}/contacts": Role.VIEWER,
    "GET /admin/customers/{customer_id}/new-contact": Role.MANAGER,
    "POST /admin/customers/{customer_id}/new-contact": Role.MANAGER,
    "GET /admin/customers/{customer_id}/contacts/{contact_id}": Role.MANAGER,
    "POST /admin/customers/{customer_id}/contacts/{contact_id}": Role.MANAGER,
    "POST /admin/customers/{customer_id}/contacts/{contact_id}/access": Role.MANAGER,
    "POST /admin/customers/{customer_id}/contacts/{contact_id}/invitation": Role.MANAGER,
    "GET /admin/customers/{customer_id}/contacts/{contact_id}/remove": Role.MANAGER,
    "POST /admin/customers/{customer_id}/contacts/{contact_id}/remove": Role.MANAGER,
    "GET /admin/customers/{customer_id}/new-site": Role.MANAGER,
    "POST /admin/customers/{customer_id}/new-site": Role.MANAGER,
    "GET /admin/customers/{customer_id}/sites/{site_id}": Role.MANAGER,
    "POST /admin/customers/{customer_id}/sites/{site_id}": Role.MANAGER,
    "GET /admin/customers/{customer_id}/automation": Role.VIEWER,
    "GET /admin/customers/{customer_id}/activity": Role.VIEWER,
    "GET /admin/customers/{customer_id}/activity.csv": Role.VIEWER,
    "GET /admin/activity": Role.VIEWER,
    "GET /admin/activity.csv": Role.VIEWER,
    "GET /admin/ageing": Role.VIEWER,
    "GET /admin/ageing.csv": Role.VIEWER,
    "GET /admin/customers/{customer_id}/payments": Role.VIEWER,
    "GET /admin/customers/{customer_id}/payments.csv": Role.VIEWER,
    "GET /admin/customers/{customer_id}/payments/new": Role.COLLECTOR,
    "POST /admin/customers/{customer_id}/payments/new": Role.COLLECTOR,
    "GET /admin/payments": Role.VIEWER,
    "GET /admin/payments.csv": Role.VIEWER,
    "GET /admin/payments/{payment_id}/refund": Role.MANAGER,
    "POST /admin/payments/{payment_id}/refund": Role.MANAGER,
    "GET /admin/payments/{payment_id}/void": Role.MANAGER,
    "POST /admin/payments/{payment_id}/void": Role.MANAGER,
    "GET /admin/payments/{payment_id}/apply": Role.COLLECTOR,
    "POST /admin/payments/{payment_id}/apply": Role.COLLECTOR,
    "GET /admin/payments/{payment_id}/unapply": Role.COLLECTOR,
    "POST /admin/payments/{payment_id}/unapply": Role.COLLECTOR,
    "GET /admin/payments/{payment_id}/receipt": Role.COLLECTOR,
    "POST /admin/payments/{payment_id}/receipt": Role.COLLECTOR,
    "GET /admin/customers/{customer_id}/invoices": Role.VIEWER,
    "GET /admin/customers/{customer_id}/invoices.csv": Role.VIEWER,
    "GET /admin/invoices": Role.VIEWER,
    "GET /admin/invoices.csv": Role.VIEWER,
    "GET /admin/invoices/{invoice_id}": Role.VIEWER,
    "GET /admin/invoices/{invoice_id}/void": Role.MANAGER,
    "POST /admin/invoices/{invoice_id}/void": Role.MANAGER,
    "GET /admin/invoices/{invoice_id}/pay-online": Role.MANAGER,
    "POST /admin/invoices/{invoice_id}/pay-online": Role.MANAGER,
    "GET /admin/reconciliation": Role.VIEWER,
    "GET /admin/reconciliation.csv": Role.VIEWER,
    "GET /admin/reconciliation/{break_id}": Role.VIEWER,
    "POST /admin/reconciliation/{break_id}/resolve": Role.COLLECTOR,
    "GET /admin/payments/{payment_id}": Role.VIEWER,
    "GET /admin/email-activity": Role.VIEWER,
    "GET /admin/email-activity.csv": Role.VIEWER,
    "GET /admin/email-activity/suppressions": Role.VIEWER,
    "GET /admin/email-activity/suppressions.csv": Role.VIEWER,
    "GET /admin/email-activity/suppressions/release": Role.COLLECTOR,
    "POST /admin/email-activity/suppressions/release": Role.COLLECTOR,
    "GET /admin/email-activity/{mail_id}": Role.VIEWER,
    "GET /admin/email-activity/{mail_id}/html": Role.VIEWER,
    "GET /admin/email-activity/{mail_id}/send-again": Role.COLLECTOR,
    "POST /admin/email-activity/{mail_id}/send-again": Role.COLLECTOR,
    "GET /admin/email-activity/{mail_id}/fix-address": Role.COLLECTOR,
    "POST /admin/email-activity/{mail_id}/fix-address": Role.COLLECTOR,
    "GET /admin/customers/{customer_id}/statement": Role.COLLECTOR,
    "POST /admin/customers/{customer_id}/statement": Role.COLLECTOR,
    "GET /admin/statements": Role.VIEWER,
    "POST /admin/statements": Role.COLLECTOR,
    "GET /admin/statements/new": Role.COLLECTOR,
    "POST /admin/statements/new": Role.COLLECTOR,
    "GET /admin/statements/{run_id}": Role.VIEWER,
    "GET /admin/statements/{run_id}/failures.csv": Role.VIEWER,
    "GET /admin/statements/{run_id}/pdf": Role.VIEWER,
    "GET /admin/statements/{run_id}/stop": Role.COLLECTOR,
    "POST /admin/statements/{run_id}/stop": Role.COLLECTOR,
    "GET /admin/statements/{run_id}/retry": Role.COLLECTOR,
    "POST /admin/statements/{run_id}/retry": Role.COLLECTOR,
    "GET /admin/automation": Role.VIEWER,
    "GET /admin/automation/runs": Role.VIEWER,
    "GET /admin/automation/runs/{run_id}": Role.VIEWER,
    "GET /admin/automation/runs/{automation}/{run_id}": Role.VIEWER,
    "GET /admin/automation/runs/{automation}/{run_id}/customers.csv": Role.VIEWER,
    "GET /admin/automation/{automation}": Role.ADMIN,
    "POST /admin/automation/{automation}": Role.ADMIN,
    "POST /admin/automation/{automation}/test": Role.MANAGER,
    "GET /admin/customers/{customer_id}/emails": Role.VIEWER,
    "GET /admin/documents/invoices/{invoice_id}": Role.VIEWER,
    "GET /admin/documents/receipts/{payment_id}": Role.VIEWER,
    "GET /admin/documents/statements/{customer_id}": Role.VIEWER,
    "GET /admin/documents/mails/{mail_id}/{number}": Role.VIEWER,
    "GET /admin/settings/templates": Role.VIEWER,
    "GET /admin/settings/templates/{kind}": Role.VIEWER,
    "POST /admin/settings/templates/{kind}": Role.MANAGER,
    "GET /admin/settings/templates/{kind}/preview": Role.VIEWER,
    "POST /admin/settings/templates/{kind}/preview": Role.VIEWER,
    "GET /admin/settings/templates/{kind}/reset": Role.MANAGER,
    "POST /admin/settings/templates/{kind}/reset": Role.MANAGER,
    "GET /admin/settings/templates/{kind}/versions/{number}": Role.VIEWER,
    "POST /admin/settings/templates/{kind}/versions/{number}": Role.MANAGER,
    "GET /admin/settings": Role.VIEWER,
    "GET /admin/settings/profile": Role.VIEWER,
    "POST /admin/settings/profile": Role.ADMIN,
    "GET /admin/settings/branding": Role.VIEWER,
    "POST /admin/settings/branding": Role.ADMIN,
    "GET /admin/settings/processors": Role.VIEWER,
    "GET /admin/settings/processors/new": Role.ADMIN,
    "POST /admin/settings/processors/new": Role.ADMIN,
    "GET /admin/settings/processors/{account_id}/credentials": Role.ADMIN,
    "POST /admin/settings/processors/{account_id}/credentials": Role.ADMIN,
    "GET /admin/settings/processors/{account_id}/switch": Role.ADMIN,
    "POST /admin/settings/processors/{account_id}/switch": Role.ADMIN,
    "GET /admin/settings/staff": Role.VIEWER,
    "GET /admin/settings/staff/new": Role.ADMIN,
    "POST /admin/settings/staff/new": Role.ADMIN,
    "GET /admin/settings/staff/{staff_id}/role": Role.ADMIN,
    "POST /admin/settings/staff/{staff_id}/role": Role.ADMIN,
    "GET /admin/settings/staff/{staff_id}/link": Role.ADMIN,
    "POST /admin/settings/staff/{staff_id}/link": Role.ADMIN,
    "GET /admin/settings/staff/{staff_id}/remove": Role.ADMIN,
    "POST /admin/settings/staff/{staff_id}/remove": Role.ADMIN,
    "GET /admin/settings/api-keys": Role.ADMIN,
    "GET /admin/settings/api-keys/new": Role.ADMIN,
    "POST /admin/settings/api-keys/new": Role.ADMIN,
    "GET /admin/settings/api-keys/{key_id}/revoke": Role.ADMIN,
    "POST /admin/settings/api-keys/{key_id}/revoke": Role.ADMIN,
    "GET /admin/imports": Role.VIEWER,
    "GET /admin/imports/new": Role.MANAGER,
    "POST /admin/imports/new": Role.MANAGER,
    "GET /admin/imports/{import_id}": Role.VIEWER,
    "GET /admin/imports/{import_id}/columns": Role.MANAGER,
    "POST /admin/imports/{import_id}/columns": Role.MANAGER,
    "POST /admin/imports/{import_id}/import": Role.MANAGER,
    "GET /admin/imports/{import_id}/errors.csv": Role.VIEWER,
    "POST /admin/settings/processors/{account_id}/test": Role.ADMIN,
}
ENDS_THE_SESSION = {"POST /admin/sign-out"}
IDS = {"customer_id": "c1", "payment_id": "pay_01", "invoice_id": "inv_1"}
"""What stands in the paths of pages; an id that is not listed is one that nobody has."""


def test_every_page_has_a_row_and_every_row_a_page():
    assert set(PAGES) | OPEN_PAGES == {f"{method} {path}" for method, path in office.routes()}


@pytest.mark.parametrize("role", list(Role))
def test_r85_a_page_refuses_the_roles_below_its_own_and_no_other(aws: Cloud, role: Role):  # noqa: ARG001 - the cloud stands first
    browser = office.open_office(role)
    csrf = browser.csrf()
    for name, needed in sorted(PAGES.items()):
        if name in ENDS_THE_SESSION:
            continue
        method, path = name.split(" ")
        target = re.sub(r"\{(\w+)\}", lambda found: IDS.get(found[1], "nobodys"), path)
        answer = browser.get(target) if method == "GET" else browser.post(target, {"csrf": csrf})
        refused = answer.status == 403 and "This takes the role" in answer.text
        assert answer.status < 500, name
        assert refused is not allows(role, needed), f"{role.value} at {name}: {answer.status} {answer.text[:200]}"
