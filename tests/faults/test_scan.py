"""No card number, security code, bank account number or token of a card reaches a table, log, answer, queue or mail."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from duebook import wiring
from duebook.runtime.observability import logger
from duebook.runtime.settings import setting
from tests.faults.later_stories import LATER_STORIES, LaterStory, play_later
from tests.faults.stage import world
from tests.faults.story import STORIES, Story, play, prepare
from tests.faults.world import BOARD, World
from tests.leaks import Scan

SERVICES = ("dynamodb", "stepfunctions", "sqs", "secretsmanager")
CALLS, ANSWERS, LOGS, ITEMS, EXECUTIONS, MAILS = "calls of AWS", "answers", "log lines", "items", "executions", "mails"


class Ear(logging.Handler):
    """Hears every line that is logged, as Lambda would print it."""

    def __init__(self, scan: Scan) -> None:
        super().__init__(logging.DEBUG)
        self.scan = scan

    def emit(self, record: logging.LogRecord) -> None:
        """Look through a line: as JSON with its facts, where it has some."""
        line = (self.formatter or logging.Formatter()).format(record)
        self.scan.text(LOGS, f"{line} {record.exc_text or ''}")


@contextmanager
def listening(scan: Scan) -> Iterator[None]:
    """Hear the functions' own logger, whose lines go nowhere else, and all others."""
    ours, root = Ear(scan), Ear(scan)
    own, level = logging.getLogger("duebook"), logging.getLogger().level
    ours.setFormatter(logger().registered_formatter)
    own.addHandler(ours)
    logging.getLogger().addHandler(root)
    logging.getLogger().setLevel(logging.INFO)
    try:
        yield
    finally:
        own.removeHandler(ours)
        logging.getLogger().removeHandler(root)
        logging.getLogger().setLevel(level)


def watch(made: World, scan: Scan) -> None:
    """Look through whatever handlers answer and send to AWS, and remember the tokens that payers get."""
    call, staff, token, token_of = made.call, made.staff, made.token, made.token_of

    def answered(function: str, event: dict[str, Any]) -> Any:
        answer = call(function, event)
        scan.json(ANSWERS, answer)
        return answer

    def staff_answered(*asked: Any, **more: Any) -> Any:
        answer = staff(*asked, **more)
        scan.text(ANSWERS, answer.text)
        return answer

    def minted(mint: Callable[..., str]) -> Callable[..., str]:
        def inner(*asked: Any, **more: Any) -> str:
            made_now = mint(*asked, **more)
            scan.tokens.add(made_now)
            return made_now

        return inner

    made.call, made.staff = answered, staff_answered  # type: ignore[method-assign]
    made.token, made.token_of = minted(token), minted(token_of)  # type: ignore[method-assign]

    def sent(params: dict[str, Any], **_: Any) -> None:
        body = params["body"]
        scan.text(CALLS, body.decode() if isinstance(body, bytes) else json.dumps(body))

    for service in SERVICES:
        wiring.client(service).meta.events.register("before-call", sent, unique_id="scan")


def look_through(made: World, scan: Scan) -> None:
    """Look through all that stays: tables, executions, mails."""
    database = wiring.client("dynamodb")
    for table in database.list_tables()["TableNames"]:
        for page in database.get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                scan.json(ITEMS, item)
    machines = wiring.client("stepfunctions")
    for execution in machines.list_executions(stateMachineArn=made.machine_arn)["executions"]:
        scan.text(EXECUTIONS, machines.describe_execution(executionArn=execution["executionArn"])["input"])
    for mail in ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages:
        scan.mail(MAILS, mail.raw_data.encode())


def scanned(folder: Path, processor: str, tell: Callable[[World], object]) -> Scan:
    """Let something happen at a processor and look through everything."""
    scan = Scan()
    with world(folder, processor, prepare) as made, listening(scan):
        watch(made, scan)
        tell(made)
        BOARD.on = False
        look_through(made, scan)
        for service in SERVICES:
            wiring.client(service).meta.events.unregister("before-call", unique_id="scan")
    return scan


@pytest.mark.parametrize("story", [*STORIES, *LATER_STORIES], ids=lambda story: getattr(story, "title", story.name))
def test_no_number_of_a_card_or_an_account_reaches_what_we_keep_say_or_log(
    story: Story | LaterStory, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    if isinstance(story, LaterStory):
        scan = scanned(tmp_path, story.processor, lambda made: play_later(made, story))
    else:
        scan = scanned(tmp_path, "authorize_net", lambda made: play(made, story))

    record_property("scan for card and bank numbers", f"{getattr(story, 'title', story.name)}: {', '.join(scan.counts())}")
    assert scan.found == []
    assert {CALLS, ANSWERS, ITEMS} <= scan.looked_at.keys()


def put_item(_made: World, told: str) -> None:
    """Write it into a table."""
    item = {"pk": {"S": "ten_1"}, "sk": {"S": "NOTE"}, "doc": {"S": json.dumps({"note": told})}}
    wiring.client("dynamodb").put_item(TableName=setting("DIRECTORY_TABLE"), Item=item)


def queue(made: World, told: str) -> None:
    """Send it to the mail queue."""
    wiring.client("sqs").send_message(QueueUrl=made.queue_url, MessageBody=json.dumps({"note": told}))


def execute(made: World, told: str) -> None:
    """Start an execution with it."""
    wiring.client("stepfunctions").start_execution(stateMachineArn=made.machine_arn, input=json.dumps({"note": told}))


def log(_made: World, told: str) -> None:
    """Log it as a fact beside a message."""
    logger().info("paid", note=told)


def log_elsewhere(_made: World, told: str) -> None:
    """Let a package log it."""
    logging.getLogger("urllib3").warning("sending %s", told)


def answer(made: World, told: str) -> None:
    """Have a name with it kept, and shown again."""
    made.staff("PUT", "/customers/cus_1", {"name": f"Account {told}"})
    made.staff("GET", "/customers/cus_1")


def mail(_made: World, told: str) -> None:
    """Mail it as base64."""
    message = EmailMessage()
    message["From"], message["To"], message["X-Duebook-Kind"] = "billing@duebook.example", "ap@acme.example", "receipt"
    message.set_content(f"Paid with {told}.", cte="base64")
    wiring.client("ses").send_raw_email(RawMessage={"Data": message.as_bytes()})


PLACES: dict[Callable[[World, str], None], str] = {
    put_item: ITEMS,
    queue: CALLS,
    execute: EXECUTIONS,
    log: LOGS,
    log_elsewhere: LOGS,
    answer: ANSWERS,
    mail: MAILS,
}
NUMBERS = {"6091137": "bank account", "4788250000121443": "card", "9418594164541111": "card"}


@pytest.mark.parametrize("told", NUMBERS)
@pytest.mark.parametrize("plant", PLACES)
def test_the_scan_finds_a_number_in_every_place(plant: Callable[[World, str], None], told: str, tmp_path: Path) -> None:
    scan = scanned(tmp_path, "cardpointe", lambda made: plant(made, told))

    found = {(leak.place.split(",")[0], leak.kind) for leak in scan.found}
    # No field of ours takes a card number, so none can be planted in an answer.
    assert ((PLACES[plant], NUMBERS[told]) in found) is not (plant is answer and NUMBERS[told] == "card")
