"""Start Duebook on this machine: ``make run``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path

if __package__ in {None, ""}:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from local.cloud import PREFERRED_PORTS, AlreadyRunningError, LocalCloud, default_state_dir
from local.stack import StackError

GOOD_CARD = "4111 1111 1111 1111"
DECLINE_ZIP = "46282"
DECLINED_CARD = "4387 7511 1111 1038"


def main() -> int:
    """Start everything, print what to open, and stop in order on Ctrl-C."""
    began = time.monotonic()
    given = _arguments()
    asked_to_stop: list[int] = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _frame: asked_to_stop.append(number))
    cloud = LocalCloud(given.state, given.port, demo=not given.empty, say=_say)
    _say("Starting Duebook on this machine.")
    try:
        cloud.start()
    except (AlreadyRunningError, StackError, RuntimeError) as error:
        _say(f"Duebook did not start: {error}")
        _say(f"Logs: {cloud.logs}")
        return 1
    if not asked_to_stop:
        for line in lines(cloud, time.monotonic() - began):
            _say(line)
    # Not an Event: a signal that another thread takes would not wake a wait without end.
    while not asked_to_stop:
        time.sleep(0.2)
    _say("Stopping; the state is being saved.")
    cloud.stop()
    _say("Stopped. `make run` goes on from here.")
    return 0


def lines(cloud: LocalCloud, seconds: float) -> list[str]:
    """Return what to tell once everything runs."""
    facts = cloud.demo_facts()
    told = [
        "",
        f"Duebook runs: portal, API, staff pages, card processors, mail. Ready in {seconds:.1f} s.",
        "Local demo. No real money, no real mail.",
        "",
        "Open",
        f"  Portal          {cloud.origin}/login",
        f"  Pay my balance  {cloud.origin}/pay-my-balance",
        f"  Staff pages     {cloud.origin}/admin",
        f"  Mailbox         {cloud.origin}/mailbox",
    ]
    if facts:
        people = [*facts.get("contacts", ()), {"role": "Staff", **facts["staff"], "what": "Blue Ridge Sanitation"}]
        told += ["", "Sign in"]
        told += [f"  {one['role']:15} {one['email']:24} password {one['password']:24} {one['what']}" for one in people]
        told += ["", "Try"]
        told += [f"  Pay Online ID   {one['pay_online_id']}  {one['what']}" for one in facts["pay_online_ids"]]
        told += [
            f"  Card that works {GOOD_CARD}, any later month, any security code, any ZIP but the next line's",
            f"  Card declined   the same card with ZIP {DECLINE_ZIP}; in CAD {DECLINED_CARD}",
            f"  Repair now      curl -X POST {cloud.origin}/local/run/settlement",
            f"  Dun now         curl -X POST {cloud.origin}/local/run/past_due_notices",
        ]
    return [
        *told,
        "",
        f"Data lives in {cloud.state_dir}; logs in {cloud.logs}.",
        "Stop with Ctrl-C; the next start goes on with the same data. Start afresh: delete that folder.",
        "",
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    default_port = os.environ.get("PORT") or PREFERRED_PORTS["front door"]
    parser.add_argument("--port", type=int, default=default_port, help="of the front door (or PORT)")
    parser.add_argument("--state", type=Path, default=default_state_dir(), help="folder that holds all state")
    parser.add_argument("--empty", action="store_true", help="without demo data")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
