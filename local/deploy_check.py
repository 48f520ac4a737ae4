"""``make deploy-local``: the true ``sam build`` and ``sam deploy`` onto the emulator, then a balance paid, an invoice printed and pages opened through what was deployed.

``make run`` posts events to handlers in the working tree. Here the emulator runs the built archives themselves: the functions' own
code with the package and third-party layers, as Lambda would. The one difference to AWS is the platform the wheels are made for.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import urllib3
import yaml

from duebook.domain.portal_access import ContactCaller
from duebook.web.contact_callers import contact_context
from local.aws import Cloud
from local.clock_file import local_now, rfc3339
from local.mail_store import MailStore
from local.mailbox import SmtpSink
from local.ministack import CREDENTIALS, REGION, ROOT, start_ministack
from local.processors.authorize_net.server import create_server
from local.stack import STACK, client, describe, load_template
from local.web import free_port

SAM = ROOT / ".venv-sam" / "bin"
EMULATOR_PYTHON = ROOT / ".venv-ministack" / "bin" / "python"
BUILD = ROOT / "build" / "deploy-local"
ORIGIN = "http://localhost:8080"
SECONDS = 60
GOOD_CARD = {"number": "4111111111111111", "expiry": "2039-12", "cvv": "900", "postal_code": "46201"}
CUSTOMER, INVOICES = "cus-check", {"inv-check-1": 70_00, "inv-check-2": 130_00}
PAID = 150_00
TO_SIGN_IN = 303
STRANGERS_PAGES = {
    "/admin/sign-in": 200,
    "/admin/customers/c1/edit": TO_SIGN_IN,
    "/admin/customers/c1/payments/new": TO_SIGN_IN,
    "/admin/email-activity/suppressions": TO_SIGN_IN,
    "/admin/requests/r1/decline": TO_SIGN_IN,
    "/admin/settings/processors/new": TO_SIGN_IN,
    "/admin/nothing": 404,
    "/admin/payments/p1/nothing": 404,
}
"""Address -> status; of each function of pages one at least."""

Json = dict[str, Any]
Found = TypeVar("Found")


class CheckError(RuntimeError):
    """What was deployed does not do what it should."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The deployed stack and the outside world around it."""

    cloud: Cloud
    simulator: str
    mails: MailStore

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Json]:
        """Call the deployed REST API as CloudFront would."""
        host, url = self.address(path)
        return _send(method, url, body, {"Host": host, "Origin": ORIGIN, **(headers or {})})

    def address(self, path: str) -> tuple[str, str]:
        """Return the host and the address of a path of the deployed API."""
        api = self.cloud.stack.resources["RestApi"]
        return f"{api}.execute-api.localhost:{self.cloud.endpoint.rsplit(':', 1)[1]}", f"{self.cloud.endpoint}/live{path}"

    def expect(
        self, status: int, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        """Call, and insist on a status.

        Raises:
            CheckError: Another one came.
        """
        got, answer = self.call(method, path, body, headers)
        if got != status:
            raise CheckError(f"{method} {path} answered {got}, not {status}: {json.dumps(answer)[:600]}")
        return answer


def main() -> int:
    """Build, deploy, pay, print; return the exit code."""
    began = time.monotonic()
    try:
        build()
        with tempfile.TemporaryDirectory(prefix="duebook-deploy-") as folder, _surroundings(Path(folder)) as world:
            _say("deployed", began)
            pay_a_balance(world)
            open_pages(world)
    except (CheckError, subprocess.CalledProcessError) as error:
        print(f"deploy-local failed: {error}", file=sys.stderr)
        return 1
    _say("A balance was paid, an invoice printed and pages opened through the deployed functions", began)
    return 0


def build() -> None:
    """Build the portal, whose addresses the staff pages carry, then run ``sam build`` with wheels for this machine and the emulator's Python."""
    version = subprocess.check_output([EMULATOR_PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], text=True).strip()
    machine = platform.machine().replace("arm64", "aarch64")
    wheels = f"{machine}-apple-darwin" if platform.system() == "Darwin" else f"{machine}-manylinux_2_28"
    subprocess.run([sys.executable, "portal/build.py"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    _sam(["build", "--build-dir", str(BUILD)], {"LAYER_PLATFORM": wheels, "LAYER_PYTHON": version})
    _write_definitions_as_json()


def _write_definitions_as_json() -> None:
    """AWS reads a state machine's definition as YAML or JSON, the emulator as JSON only."""
    built = BUILD / "template.yaml"
    text = built.read_text(encoding="utf-8")
    for source in sorted((ROOT / "statemachines").glob("*.asl.yaml")):
        target = BUILD / f"{source.name.partition('.')[0]}.asl.json"
        target.write_text(json.dumps(yaml.safe_load(source.read_text(encoding="utf-8"))), encoding="utf-8")
        text = text.replace(os.path.relpath(source, BUILD), target.name)
    built.write_text(text, encoding="utf-8")


def pay_a_balance(world: Deployed) -> None:
    """Open a tenant, bill a customer, pay part of it by card, and see what the money did.

    Raises:
        CheckError: Something is not as it should be.
    """
    login = _send("POST", f"{world.simulator}/local/merchants", {"currency": "USD"}, {})[1]["credentials"]
    tenant = world.cloud.invoke(
        "create_tenant",
        {
            "name": "Deploy Check Rentals",
            "time_zone": "America/New_York",
            "staff": [{"email": "dana@check.example", "name": "Dana Check", "password": "lantern gravel harvest"}],
            "merchant_accounts": [{"processor": "authorize_net", "currency": "USD", "credentials": login}],
        },
    )
    key = {"Authorization": f"Bearer {tenant['api_key']}"}
    pay_online_id = _bill(world, key)

    owed = world.expect(200, "GET", f"/api/pay/{pay_online_id}")["balances"]
    _insist(owed[0]["payable"] == sum(INVOICES.values()), f"the balance is {owed}")
    token = _send("POST", f"{world.simulator}/local/tokens", {"card": GOOD_CARD}, {})[1]["token"]
    order: Json = {
        "amount": PAID,
        "currency": "USD",
        "method": {"kind": "token", "token": token, "type": "card"},
        "payer": {"name": "Pat Payer", "email": "pat@check.example"},
    }
    once = {"Idempotency-Key": "deploy-check-1"}
    payment = world.expect(201, "POST", f"/api/pay/{pay_online_id}/payments", order, once)
    again = world.expect(201, "POST", f"/api/pay/{pay_online_id}/payments", order, once)
    _insist(again["id"] == payment["id"], f"the same key made another payment: {again}")

    applied = _wait(lambda: _applied(world, key, payment["id"]), lambda: f"the payment to be applied: {_executions(world)}")
    _insist(applied == {"inv-check-1": 70_00, "inv-check-2": 80_00}, f"not oldest first: {applied}")
    left = world.expect(200, "GET", f"/api/pay/{pay_online_id}")["balances"]
    _insist(left[0]["payable"] == sum(INVOICES.values()) - PAID, f"left to pay: {left}")
    charges = _send("GET", f"{world.simulator}/local/calls", None, {})[1]["items"]
    _insist([one["amount"] for one in charges if one["operation"] == "charge"] == [PAID], f"the processor saw {charges}")
    receipt = _wait(
        lambda: next((mail for mail in world.mails.mails.values() if "pat@check.example" in mail.to), None), lambda: "the receipt"
    )
    print(f"  paid {PAID} cents: {applied}; receipt {receipt.subject!r} to {', '.join(receipt.to)}")
    print_an_invoice(world, tenant["tenant_id"])


def print_an_invoice(world: Deployed, tenant_id: str) -> None:
    """Have the open invoice printed with the deployed layer of the typesetter, and fetch the file by its link.

    Raises:
        CheckError: There is no link, or no PDF behind it.
    """
    contact = ContactCaller(tenant_id, CUSTOMER, "con-check", "company")
    path = "/api/portal/invoices/inv-check-2/pdf"
    call = {"authorizer": contact_context(contact), "requestId": "check", "stage": "live", "identity": {"sourceIp": "127.0.0.1"}}
    answer = world.cloud.invoke(
        "document_api", {"resource": path, "path": path, "httpMethod": "GET", "headers": {}, "requestContext": call, "body": None}
    )
    links = answer.get("multiValueHeaders", {}).get("Location")
    _insist(answer.get("statusCode") == 303 and bool(links), f"the invoice is {json.dumps(answer)[:600]}")
    file = urllib3.request("GET", links[0], retries=False, timeout=SECONDS)
    _insist(file.status == 200 and file.data.startswith(b"%PDF-"), f"behind the invoice's link: {file.status} {file.data[:200]!r}")
    print(f"  printed an invoice: {len(file.data)} bytes")


def open_pages(world: Deployed) -> None:
    """Open staff pages as a stranger: each branch leads to a function that knows its pages.

    Raises:
        CheckError: Something else is answered than a page, or the way to sign-in.
    """
    for path, status in STRANGERS_PAGES.items():
        host, url = world.address(path)
        answer = urllib3.request("GET", url, headers={"Host": host}, redirect=False, retries=False, timeout=SECONDS)
        _insist(answer.status == status, f"{path} answered {answer.status}, not {status}: {answer.data[:600]!r}")
        _insist(status == TO_SIGN_IN or b"<h1" in answer.data, f"{path} is no page: {answer.data[:600]!r}")
    print(f"  opened {len(STRANGERS_PAGES)} staff pages")


def _bill(world: Deployed, key: dict[str, str]) -> str:
    body = {"name": "Check Customer", "email": "ap@check.example"}
    customer = world.expect(201, "PUT", f"/api/staff/customers/{CUSTOMER}", body, key)
    for number, (invoice_id, minor) in enumerate(INVOICES.items(), 1):
        world.expect(
            201,
            "PUT",
            f"/api/staff/invoices/{invoice_id}",
            {
                "customer_id": CUSTOMER,
                "number": f"CHK-{number}",
                "invoice_date": f"2026-01-{number:02}",
                "due_date": f"2026-02-{number:02}",
                "currency": "USD",
                "lines": [{"description": "Weekly service", "quantity": "1", "unit_price": minor}],
            },
            key,
        )
    refused, _ = world.call("GET", "/api/staff/customers")
    _insist(refused == 401, f"the staff API let a stranger in: {refused}")
    return str(customer["pay_online_id"])


def _applied(world: Deployed, key: dict[str, str], payment_id: str) -> dict[str, int]:
    payment = world.expect(200, "GET", f"/api/staff/payments/{payment_id}", headers=key)
    return {one["invoice_id"]: one["amount"] for one in payment["applications"]}


def _executions(world: Deployed) -> list[Any]:
    machines = world.cloud.client("stepfunctions")
    found = machines.list_executions(stateMachineArn=world.cloud.stack.resources["ApplyPaymentStateMachine"])["executions"]
    told = []
    for one in found:
        whole = machines.describe_execution(executionArn=one["executionArn"])
        steps = machines.get_execution_history(executionArn=one["executionArn"])["events"]
        told.append({"status": whole["status"], "cause": whole.get("cause"), "last": [step["type"] for step in steps[-4:]]})
        told += [details for step in steps for name, details in step.items() if name.endswith("FailedEventDetails")][:3]
    return told


@contextmanager
def _surroundings(folder: Path) -> Iterator[Deployed]:
    """Start emulator, processor and mail sink in a folder of their own, deploy, and stop them again."""
    clock = folder / "clock"
    with ExitStack() as stops:
        log = stops.enter_context((folder / "aws.log").open("wb"))
        mails = MailStore.open(folder / "mail")
        mail_port = free_port()
        sink = SmtpSink(mails, lambda: rfc3339(local_now(clock)), lambda _mail: None).listen(mail_port)
        stops.callback(sink.stop)
        (folder / "processor").mkdir()
        simulator = create_server("127.0.0.1", 0, folder / "processor", clock)
        simulator.start()
        stops.callback(simulator.stop)
        emulator = start_ministack(free_port(), folder / "aws", mail_port, log, 1.0)
        stops.callback(emulator.stop)
        emulator.wait_until_ready()
        try:
            _deploy(emulator.endpoint, simulator.origin, simulator.api_url)
            template = load_template()
            yield Deployed(Cloud(emulator.endpoint, template, describe(emulator.endpoint, template)), simulator.origin, mails)
        except BaseException:
            print((folder / "aws.log").read_text(encoding="utf-8", errors="replace")[-4000:], file=sys.stderr)
            raise


def _deploy(endpoint: str, fields_origin: str, authorize_net_url: str) -> None:
    bucket = "duebook-deploy"
    client("s3", endpoint).create_bucket(Bucket=bucket)
    parameters = {
        "Stage": "local",
        "PortalOrigin": ORIGIN,
        "FieldsOrigin": fields_origin,
        "AuthorizeNetUrl": authorize_net_url,
        "WithCloudFront": "false",
        "DeletionProtection": "false",
    }
    arguments = ["deploy", "--template-file", str(BUILD / "template.yaml"), "--stack-name", STACK, "--s3-bucket", bucket]
    arguments += ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--no-confirm-changeset", "--no-progressbar"]
    arguments += ["--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())]
    _sam(arguments, {"AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": REGION, **CREDENTIALS})


def _sam(arguments: list[str], environment: dict[str, str]) -> None:
    everything = {**os.environ, **environment, "PATH": f"{SAM}{os.pathsep}{os.environ.get('PATH', '')}", "SAM_CLI_TELEMETRY": "0"}
    ran = subprocess.run([SAM / "sam", *arguments], cwd=ROOT, env=everything, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise CheckError(f"sam {arguments[0]}\n{ran.stdout[-4000:]}\n{ran.stderr[-4000:]}")
    print(f"  sam {arguments[0]}: done")


def _send(method: str, url: str, body: Mapping[str, Any] | None, headers: dict[str, str]) -> tuple[int, Json]:
    sent = json.dumps(body).encode() if body is not None else None
    more = {"Content-Type": "application/json"} if sent else {}
    answer = urllib3.request(method, url, body=sent, headers={**headers, **more}, retries=False, timeout=SECONDS)
    said: Json = json.loads(answer.data or b"{}")
    return answer.status, said


def _wait(look: Callable[[], Found | None], what: Callable[[], str]) -> Found:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise CheckError(f"waited {SECONDS} s for {what()}")


def _insist(right: bool, what: str) -> None:  # noqa: FBT001 - the one thing it is about
    if not right:
        raise CheckError(what)


def _say(what: str, began: float) -> None:
    print(f"{what} ({time.monotonic() - began:.0f} s).")


if __name__ == "__main__":
    sys.exit(main())
