"""The minute tick: brings up what should have happened by now."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from duebook import wiring, wiring_automation_runs, wiring_identity, wiring_mail, wiring_statements
from duebook.domain.automation import Automation
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import logger, observed
from duebook.usecases.begin_automations import begin_on_demand, look_after_automations
from duebook.usecases.look_after_imports import look_after_imports
from duebook.usecases.look_after_links import look_after_links
from duebook.usecases.look_after_mails import look_after_mails
from duebook.usecases.look_after_runs import look_after_runs


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Begin what is due, queue again what was left waiting, look after runs and imports, and return counts.

    An event that names an ``automation`` begins that one now instead, of the business named as ``tenant_id`` or of all.
    """
    now = utc_now()
    if "automation" in event:
        runs = begin_on_demand(Automation(event["automation"]), event.get("tenant_id"), wiring_automation_runs.runner_desk(now))
        return {"automations_begun": len(runs)}
    counts = asdict(look_after_mails(mails=wiring.email_store(), queue=wiring_mail.mail_queue(), now=now))
    counts |= asdict(look_after_runs(runs=wiring_statements.run_store(), begin=wiring_statements.begin_statement_run, now=now))
    counts |= asdict(look_after_imports(imports=wiring.import_store(), now=now))
    counts |= asdict(look_after_automations(wiring_automation_runs.runner_desk(now)))
    counts["invited"] = look_after_links(wiring_identity.link_desk(now))
    logger().info("tick", **counts)
    return counts
