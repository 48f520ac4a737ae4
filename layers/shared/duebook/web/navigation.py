"""The ways through the staff pages."""

from __future__ import annotations

MAIN = (
    ("/admin", "Home"),
    ("/admin/requests", "Requests"),
    ("/admin/customers", "Customers"),
    ("/admin/invoices", "Invoices"),
    ("/admin/payments", "Payments"),
    ("/admin/reconciliation", "Reconciliation"),
    ("/admin/statements", "Statements"),
    ("/admin/automation", "Automation"),
    ("/admin/email-activity", "Email activity"),
    ("/admin/ageing", "Ageing"),
    ("/admin/imports", "Imports"),
    ("/admin/settings", "Settings"),
)
"""Path and words of each entry beside every page."""

SETTINGS = (
    ("/admin/settings/profile", "Business profile"),
    ("/admin/settings/branding", "Branding"),
    ("/admin/settings/catalog", "Catalog"),
    ("/admin/settings/processors", "Processors"),
    ("/admin/settings/staff", "Staff and roles"),
    ("/admin/settings/api-keys", "API keys"),
    ("/admin/settings/templates", "Mail texts"),
)
"""Path and words of each tab of the settings."""

BADGES = {"/admin/requests": "/admin/requests/new-count"}
"""Where the number stands that an entry carries beside its words."""
