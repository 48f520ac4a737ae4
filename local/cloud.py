"""The whole local cloud as one object: start it on any ports, use it, stop it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from local import demo, permissions, security_headers
from local.aws import Cloud
from local.clock_file import local_now, rfc3339
from local.control import Controls
from local.demo import DemoError
from local.front_door import FrontDoor, Portal, payment_line
from local.gateway_responses import apply_gateway_responses
from local.mail_events import EventPublisher
from local.mail_store import Mail, MailStore
from local.mailbox import MailboxPages, SmtpSink
from local.ministack import ROOT, end, move_state, spawn, start_ministack
from local.ports import holder, is_free, next_free
from local.processors.authorize_net import server as authorize_net
from local.processors.cardpointe import server as cardpointe
from local.stack import Tree, deploy, describe, load_template
from local.web import Problem, Request, Response, Server, free_port

if TYPE_CHECKING:
    import subprocess

PREFERRED_PORTS = {"front door": 8080, "card processor": 8090, "CardPointe": 8091, "AWS": 4599, "function host": 4600, "mail": 4602}
MAIL_SENDER = "duebook.example"
_HOST_SECONDS = 10


class AlreadyRunningError(RuntimeError):
    """Another local cloud uses this state folder."""


@dataclass(slots=True)
class LocalCloud:
    """Everything that runs on a laptop in place of AWS and the processors.

    Args:
        state_dir: Holds all state; a second start with the same folder goes on where the first ended.
        port: Of the front door; 0 takes free ports for everything.
        demo: Seed demo data when nothing is there yet.
        wait_scale: Factor on waits and retry pauses of state machines.
        say: Gets one line for each thing worth telling.
        sources: Working tree whose handlers run; another one than ours only in tests.
        template: What is deployed; another one than ours only in tests.
    """

    state_dir: Path
    port: int = 0
    demo: bool = False
    wait_scale: float = 1.0
    say: Callable[[str], None] = lambda _line: None
    sources: Path = ROOT
    template: Tree = field(default_factory=load_template)
    ports: dict[str, int] = field(default_factory=dict)
    cloud: Cloud = field(init=False)
    controls: Controls = field(init=False)
    seconds: float = 0.0
    _seeding: bool = False
    _stops: list[Callable[[], object]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Where people open the portal."""
        return f"http://localhost:{self.ports['front door']}"

    @property
    def fields_origin(self) -> str:
        """Where the hosted card field comes from: another host name, so that no cookie of ours goes there."""
        return f"http://127.0.0.1:{self.ports['card processor']}"

    @property
    def cardpointe_origin(self) -> str:
        """The simulated CardPointe site: its API and its hosted tokenizer, on an origin of their own."""
        return f"http://127.0.0.1:{self.ports['CardPointe']}"

    @property
    def aws_endpoint(self) -> str:
        """Where AWS calls go."""
        return f"http://127.0.0.1:{self.ports['AWS']}"

    @property
    def clock_file(self) -> Path:
        """The file that holds the frozen instant, if any."""
        return self.state_dir / "clock"

    @property
    def logs(self) -> Path:
        """The folder of the logs."""
        return self.state_dir / "logs"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def now(self) -> datetime:
        """Return the local cloud's time."""
        return local_now(self.clock_file)

    def start(self) -> Self:
        """Start all parts and return when the links work.

        Raises:
            AlreadyRunningError: Another run uses the state folder.
            StackError: The template does not deploy.
        """
        began = time.monotonic()
        self.state_dir = self.state_dir.resolve()
        for folder in (self.state_dir, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self._lock()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        self.seconds = time.monotonic() - began
        return self

    def _start(self) -> None:
        self._choose_ports()
        mails = MailStore.open(self.state_dir / "mail")
        publisher = EventPublisher(mails, self.now, self._publish)
        self._listen_for_mail(mails, publisher)
        emulator = start_ministack(self.ports["AWS"], self.state_dir / "aws", self.ports["mail"], self._log("aws"), self.wait_scale)
        self._stops.append(emulator.stop)
        functions_file = self.state_dir / "functions.json"
        self._start_function_host(functions_file)
        simulators = self._start_simulators()
        template = self.template
        parameters = self._parameters()
        portal = Portal(self._log("portal"), self.state_dir / "portal")
        builder = threading.Thread(target=portal.build_when_edited, name="portal-build")
        builder.start()
        emulator.wait_until_ready()
        proxy = f"http://127.0.0.1:{self.ports['function host']}/"
        sent = deploy(emulator.endpoint, template, parameters, proxy, self.state_dir / "stack.digest")
        stack = describe(emulator.endpoint, template)
        if sent:
            apply_gateway_responses(emulator.endpoint, template, stack)
        self.cloud = Cloud(emulator.endpoint, template, stack)
        rights = permissions.by_folder(template, parameters, stack)
        described = {
            name: {**one, "environment": {**one["environment"], "LOCAL_CLOCK_FILE": str(self.clock_file)}, "rights": rights[one["folder"]]}
            for name, one in stack.functions.items()
        }
        functions_file.write_text(json.dumps(described), encoding="utf-8")
        publisher.start()
        self.controls = Controls(self.cloud, self.clock_file, mails, publisher, simulators, self.origin, self.seed, self.forget_demo)
        self._open_front_door(portal, mails, parameters)
        builder.join()
        if self.demo and self.cloud.is_empty():
            try:
                self.seed()
            except DemoError as error:
                self.say(f"The demo data could not be made, so there is none: {error}")
                self.controls.reset(demo=False)

    def stop(self) -> None:
        """Stop all parts, the emulator last but one, so that it saves a quiet state."""
        while self._stops:
            with contextlib.suppress(Exception):
                self._stops.pop()()

    def seed(self) -> None:
        """Put the demo data in."""
        self._seeding = True
        try:
            missing = demo.seed(self.origin, self.now(), self._demo_facts_file)
            if missing:
                self.say(f"Some mails of the demo are not there: {missing}")
        finally:
            self._seeding = False

    def forget_demo(self) -> None:
        """Forget what was told about the demo data."""
        self._demo_facts_file.unlink(missing_ok=True)

    @property
    def _demo_facts_file(self) -> Path:
        return self.state_dir / "demo.json"

    def demo_facts(self) -> dict[str, Any]:
        """Return what the demo's people need to know, or nothing without a demo."""
        try:
            facts: dict[str, Any] = json.loads(self._demo_facts_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return facts

    def _lock(self) -> None:
        lock = (self.state_dir / "lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            message = f"Duebook already runs from {self.state_dir} ({lock.read().strip()})."
            raise AlreadyRunningError(message) from error
        lock.truncate(0)
        lock.write(f"process {os.getpid()}")
        lock.flush()
        self._stops.append(lock.close)

    def _choose_ports(self) -> None:
        """Take the ports of the last run where they are free: then nothing needs to be deployed again."""
        note = self.state_dir / "ports.json"
        remembered = json.loads(note.read_text()) if note.exists() else {}
        for name, preferred in PREFERRED_PORTS.items():
            wanted = remembered.get(name, preferred) if self.port else remembered.get(name, 0)
            if name == "front door" and self.port:
                wanted = self.port
            taken = set(self.ports.values())
            if wanted and (not is_free(wanted) or wanted in taken):
                who = holder(wanted)
                free = next_free(wanted + 1, taken)
                self.say(f"Port {wanted} ({name}) is taken{f' by {who}' if who else ''}; {free} is used.")
                wanted = free
            self.ports[name] = wanted or free_port()
        if remembered.get("AWS", self.ports["AWS"]) != self.ports["AWS"]:
            move_state(self.state_dir / "aws", remembered["AWS"], self.ports["AWS"])
        note.write_text(json.dumps(self.ports), encoding="utf-8")

    def _parameters(self) -> dict[str, str]:
        return {
            "Stage": "local",
            "PortalOrigin": self.origin,
            "FieldsOrigin": self.fields_origin,
            "AuthorizeNetUrl": f"{self.fields_origin}/xml/v1/request.api",
            "CardPointeUrl": self.cardpointe_origin,
            "MailDomain": MAIL_SENDER,
            # The mailbox takes what it gets; the pace is for SES.
            "MailsPerSecond": "1000",
            "WithCloudFront": "false",
            "DeletionProtection": "false",
        }

    def _log(self, name: str) -> IO[bytes]:
        log = (self.logs / f"{name}.log").open("ab", buffering=0)
        self._stops.append(log.close)
        return log

    def _publish(self, message: str) -> None:
        self.cloud.publish_mail_event(message)

    def _listen_for_mail(self, mails: MailStore, publisher: EventPublisher) -> None:
        def arrived(mail: Mail) -> None:
            self.say(f"mail to {', '.join(mail.to)}: {mail.subject}")
            publisher.mail_arrived(mail)

        sink = SmtpSink(mails, lambda: rfc3339(self.now()), arrived).listen(self.ports["mail"])
        self._stops.append(sink.stop)

    def _start_function_host(self, functions_file: Path) -> None:
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
        command = [sys.executable, "-m", "local.function_host", "--port", str(self.ports["function host"])]
        command += ["--functions", str(functions_file), "--logs", str(self.logs), "--root", str(self.sources)]
        host: subprocess.Popen[bytes] = spawn(command, environment, self._log("function-host"))
        self._stops.append(lambda: end(host, _HOST_SECONDS))

    def _start_simulators(self) -> dict[str, str]:
        folder = self.state_dir / "processors"
        first = authorize_net.create_server("127.0.0.1", self.ports["card processor"], folder / "authorize_net", self.clock_file)
        second = cardpointe.create_server("127.0.0.1", self.ports["CardPointe"], folder / "cardpointe", self.clock_file)
        for server in (first, second):
            server.start()
            self._stops.append(server.stop)
        return {"authorize_net": f"{first.origin}/local", "cardpointe": f"{second.origin}/local"}

    def _open_front_door(self, portal: Portal, mails: MailStore, parameters: dict[str, str]) -> None:
        headers = security_headers.from_template(self.cloud.template, parameters)
        access = self._log("front-door")

        def answered(request: Request, response: Response) -> None:
            access.write(f"{rfc3339(self.now())} {request.method} {request.raw_path} {response.status}\n".encode())
            line = payment_line(request, response)
            if line and not self._seeding:
                self.say(line)

        def local(request: Request) -> Response:
            # A page of another site must not be able to reach the controls, nor one that took our address for its name.
            host = request.headers.get("Host", "localhost").partition(":")[0]
            site = request.headers.get("Sec-Fetch-Site", "none")
            if host not in {"localhost", "127.0.0.1"} or site not in {"none", "same-origin"}:
                raise Problem(403, "access_denied", "The controls answer only pages of this origin.")
            return self.controls.respond(request)

        def failed(request: Request, error: Exception) -> None:
            access.write(f"{request.method} {request.raw_path} failed: {error!r}\n".encode())

        door = FrontDoor(portal, headers, {"local": local, "mailbox": MailboxPages(mails).respond}, answered)
        resources = self.cloud.stack.resources
        door.endpoint, door.api_id, door.logos_bucket = self.aws_endpoint, resources["RestApi"], resources["LogosBucket"]
        server = Server(self.ports["front door"], door.respond, failed).start()
        self._stops.append(server.stop)


def default_state_dir() -> Path:
    """Return the folder that `make run` uses."""
    return ROOT / ".duebook"
