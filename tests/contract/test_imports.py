"""Start-up: which heavy packages each handler loads. Modules are counted, not milliseconds."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.contract.reading import ROOT, functions

HEAVY = frozenset(
    {
        "argon2",
        "aws_xray_sdk",
        "babel",
        "boto3",
        "botocore.session",
        "chalice",
        "email_validator",
        "jinja2",
        "nh3",
        "PIL",
        "pydantic",
        "segno",
        "typst",
        "urllib3",
        "zxcvbn",
    }
)
"""Each costs 30 to 600 ms of CPU at a cold start; naming an exception of botocore loads none of them."""
JSON_EDGE = frozenset({"pydantic", "email_validator"})
PAGES = frozenset({"babel", "chalice", "jinja2"})
MAY_LOAD: dict[str, frozenset[str]] = {
    "apply_payment": frozenset(),
    "audit_ledger": frozenset(),
    "authorize": frozenset(),
    "authorize_contact": frozenset(),
    "brand_api": JSON_EDGE,
    "create_tenant": JSON_EDGE | {"argon2"},
    "document_api": JSON_EDGE,
    "new_invoices": frozenset(),
    "notify_payment": frozenset({"babel", "jinja2"}),
    "payment_api": JSON_EDGE,
    "portal_api": JSON_EDGE,
    "portal_payment_api": JSON_EDGE,
    "print_statements": frozenset(),
    "processor_webhook": JSON_EDGE,
    "record_email_event": frozenset(),
    "run_automations": frozenset(),
    "run_import": JSON_EDGE,
    "run_schedules": frozenset(),
    "run_statements": frozenset(),
    "send_link": frozenset(),
    "send_mail": frozenset({"babel", "jinja2"}),
    "session_api": JSON_EDGE,
    "settlement": frozenset(),
    "staff_api": JSON_EDGE,
    "staff_document_pages": PAGES,
    "staff_mail_api": JSON_EDGE,
    "staff_mail_pages": PAGES,
    "staff_payment_api": JSON_EDGE,
    "staff_payment_pages": PAGES,
    "staff_request_pages": PAGES,
    "staff_settings_pages": PAGES,
    "statement_api": JSON_EDGE,
    "staff_pages": PAGES | {"argon2"},
    "unsubscribe": JSON_EDGE,
}
PROBE = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(sys.modules)))
"""


def modules_loaded_by(folder: str) -> set[str]:
    """Import the handler in a fresh process with an empty environment."""
    found = subprocess.run(
        [sys.executable, "-c", PROBE, f"functions.{folder}.handler"], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    return set(json.loads(found.stdout))


def test_every_function_has_its_allowance():
    assert set(MAY_LOAD) == set(functions())


@pytest.mark.parametrize("folder", sorted(MAY_LOAD))
def test_a_handler_imports_without_settings_and_loads_only_the_heavy_packages_it_may(folder: str):
    loaded = modules_loaded_by(folder)

    assert {name for name in HEAVY if name in loaded} <= MAY_LOAD[folder]
