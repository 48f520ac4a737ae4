"""The minute tick: brings up what should have happened by now."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from duebook import wiring, wiring_mail
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import logger, observed
from duebook.usecases.look_after_mails import look_after_mails


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Queue again the mails that were left waiting and return counts."""
    counts = asdict(look_after_mails(mails=wiring.email_store(), queue=wiring_mail.mail_queue(), now=utc_now()))
    logger().info("tick", **counts)
    return counts
