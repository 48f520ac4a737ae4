"""Stories of what comes after a payment, and of bank accounts, at both processors: each a person's, a bank's and the clock's steps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from duebook import wiring
from duebook.domain.directory import Contact
from duebook.domain.payments import ENDED, IN_DOUBT, Payment, PaymentState
from duebook.domain.portal_access import ContactCaller
from duebook.domain.refunds import in_flight
from local.processors.authorize_net.faults import Fault as ProcessorFault
from tests.faults.hooks import CrashError
from tests.faults.story import CHARGED_OR_NOT, TRIES
from tests.faults.world import CUSTOMER, TENANT, World
from tests.integration.portal import Portal

DONE = frozenset({200, 201, 202, 204, 402, 404, 409, 422})
AUTHORIZE_NET, CARDPOINTE = "authorize_net", "cardpointe"
AMOUNT = 12_000


@dataclass(frozen=True, slots=True)
class LaterStory:
    """A story after or beside the first charge.

    Args:
        name: Printed with a violation.
        processor: Where it plays.
        steps: Played one after another; each survives what breaks in it.
        number: Tells stories of one name apart.
    """

    name: str
    processor: str
    steps: tuple[Callable[[World], Any], ...]

    @property
    def title(self) -> str:
        """Name and place."""
        return f"{self.name}, {self.processor}"


def play_later(world: World, story: LaterStory) -> None:
    """Play the steps, then let the schedules repair what they left."""
    for step in story.steps:
        step(world)
    world.let_schedules_repair()


def tried(call: Callable[[], Any]) -> Any:
    """Call until there is an answer that ends the matter, as a person or their program would: three times, the same key."""
    answer = None
    for _ in range(TRIES):
        with suppress(Exception, CrashError):  # whatever broke, the caller saw no answer
            answer = call()
            if answer.status in DONE:
                break
    return answer


def pay_by(kind: str, amount: int = AMOUNT, **card: str) -> Callable[[World], None]:
    """Pay as a guest, with one token and one key however often it is tried."""

    def step(world: World) -> None:
        token = world.token(**card) if kind == "card" else world.token_of(kind)
        for _ in range(TRIES):
            with suppress(Exception, CrashError):  # the payer saw no answer
                if world.pay(amount, token=token, kind=kind).status in CHARGED_OR_NOT:
                    break
        world.settle_down()

    return step


def goes_wrong(operation: str, fault: str) -> Callable[[World], None]:
    """Have the processor itself do one thing wrong, once."""

    def step(world: World) -> None:
        simulator = world.cardpointe.simulator if world.processor == CARDPOINTE else world.simulator
        simulator.faults.replace([ProcessorFault(operation, fault, times=1)])

    return step


def settle(world: World) -> None:
    """Let a night pass: the processor settles, the schedule reads its books."""
    world.let_schedules_repair()
    world.later(hours=20)
    world.bank.control("POST", "settle")
    world.read_books()
    world.settle_down()


def bank_returns(code: str) -> Callable[[World], None]:
    """Have the bank send the payment back some days later; its news comes twice."""

    def step(world: World) -> None:
        world.later(days=2)
        theirs = world.bank.facts()
        for payment in world.payments():
            if payment.order_id in theirs:
                world.bank.control("POST", "return", {"payment_id": payment.key.payment_id, "code": code})
        for _ in range(2):
            world.read_books()
            world.later(hours=3)

    return step


def charge_back(world: World) -> None:
    """Have the card's bank take half of it back."""
    world.later(days=9)
    for payment in world.payments():
        if payment.settled_at:
            body = {"payment_id": payment.key.payment_id, "reason_code": "10.4", "amount": AMOUNT // 2}
            world.bank.control("POST", "chargeback", body)
    world.read_books()


def refund(amount: int) -> Callable[[World], None]:
    """Let staff give a part back."""

    def step(world: World) -> None:
        for payment in world.payments():
            path = f"/payments/{payment.key.payment_id}/refund"
            tried(partial(world.staff, "POST", path, {"amount": amount, "reason": "billed twice"}, key="refund-1"))

    return step


def void(world: World) -> None:
    """Let staff void it."""
    for payment in world.payments():
        path = f"/payments/{payment.key.payment_id}/void"
        tried(partial(world.staff, "POST", path, {"reason": "wrong customer"}))


def webhooks(world: World) -> None:
    """Deliver all that Authorize.Net has to tell, each twice, the newest first."""
    for body, signature in reversed(world.fresh_webhooks()):
        for _ in range(2):
            tried(partial(world.webhook, body, signature))
    world.settle_down()


def record_check(world: World) -> None:
    """Let staff record an over-long check, take a part of it back off an invoice, apply it again and give the rest back."""
    body = {"customer_id": CUSTOMER, "amount": 16_000, "currency": "USD", "method": {"kind": "check", "number": "7"}}
    tried(lambda: world.staff("POST", "/payments", body, key="check-1"))
    for payment in world.payments():
        path = f"/payments/{payment.key.payment_id}"
        part = {"applications": [{"invoice_id": "inv_2", "amount": 4_000}], "reason": "other invoice"}
        tried(partial(world.staff, "POST", f"{path}/unapply", part))
        tried(partial(world.staff, "POST", f"{path}/apply", part))
        tried(partial(world.staff, "POST", f"{path}/refund", {"amount": 300, "reason": "over-long"}, key="refund-1"))


def save_charge_and_remove(kind: str) -> Callable[[World], None]:
    """Let staff save a method with consent, charge it twice under one key, and remove it."""

    def step(world: World) -> None:
        path = f"/customers/{CUSTOMER}/payment-methods"
        body = {"token": world.token_of(kind), "type": kind, "currency": "USD", "payer": {"name": "Ana Pau"}, "consent": True}
        for _ in range(TRIES):
            answer = tried(lambda: world.staff("POST", path, body))
            if answer is not None and answer.status in {200, 201}:
                break
            body["token"] = world.token_of(kind)
        else:
            return
        method_id = answer.body["id"]
        charge = {"customer_id": CUSTOMER, "amount": AMOUNT, "currency": "USD", "method": {"kind": "saved", "method_id": method_id}}
        for _ in range(2):
            tried(lambda: world.staff("POST", "/payments", charge, key="charge-1"))
        world.settle_down()
        settle(world)
        tried(lambda: world.staff("DELETE", f"{path}/{method_id}"))

    return step


def signed_in() -> Portal:
    """Return the portal as a company contact sees it."""
    directory = wiring.directory_store()
    if directory.contact(TENANT, CUSTOMER, "con_1") is None:
        contact = Contact("con_1", "Ana Pau", "company", "ana@acme.example", portal_access=True)
        directory.put_contact(TENANT, CUSTOMER, contact, was=None)
    return Portal(ContactCaller(TENANT, CUSTOMER, "con_1", "company"))


def contact_pays(kind: str, *, save: bool) -> Callable[[World], None]:
    """Let a signed-in contact pay two invoices by a new method, kept or not, and the third by what is kept then."""

    def step(world: World) -> None:
        portal = signed_in()
        new = {"kind": "token", "token": world.token_of(kind), "type": kind, "save": save}
        _pay_quote(portal, ["inv_1", "inv_2"], new, "portal-1")
        world.settle_down()
        kept = tried(lambda: portal.get("/payment-methods"))
        for method in kept.body["items"] if kept is not None and kept.status == HTTPStatus.OK else []:
            _pay_quote(portal, ["inv_3"], {"kind": "saved", "method_id": method["id"]}, "portal-2")
        world.settle_down()

    return step


def _pay_quote(portal: Portal, invoice_ids: list[str], method: dict[str, Any], key: str) -> None:
    selection = {"kind": "invoices", "invoice_ids": invoice_ids}
    quote = tried(lambda: portal.post("/quotes", {"currency": "USD", "selection": selection}))
    if quote is not None and quote.status == HTTPStatus.CREATED:
        order = {"quote_id": quote.body["quote_id"], "method": method}
        tried(lambda: portal.post("/payments", order, key))


def both(name: str, *steps: Callable[[World], Any]) -> tuple[LaterStory, LaterStory]:
    """Play a story at either processor."""
    return LaterStory(name, AUTHORIZE_NET, steps), LaterStory(name, CARDPOINTE, steps)


LATER_STORIES = (
    LaterStory("card", CARDPOINTE, (pay_by("card"),)),
    LaterStory("card declined", CARDPOINTE, (pay_by("card", number="4387751111111053"),)),
    LaterStory("card approved in part", CARDPOINTE, (pay_by("card", number="4387750101010101"),)),
    LaterStory("answer lost", CARDPOINTE, (goes_wrong("charge", "drop_after"), pay_by("card"))),
    LaterStory("charge lost", CARDPOINTE, (goes_wrong("charge", "drop_before"), pay_by("card"))),
    *both("bank account", pay_by("bank_account"), settle),
    *both("bank account returned", pay_by("bank_account"), settle, bank_returns("R01")),
    *both("bank account returned at once", pay_by("bank_account"), bank_returns("R03")),
    *both("voided", pay_by("card"), void),
    LaterStory("answer to the void lost", AUTHORIZE_NET, (pay_by("card"), goes_wrong("void", "drop_after"), void)),
    LaterStory("void lost", CARDPOINTE, (pay_by("card"), goes_wrong("void", "drop_before"), void)),
    *both("refunded in part", pay_by("card"), settle, refund(2_000)),
    LaterStory("answer to the refund lost", CARDPOINTE, (pay_by("card"), settle, goes_wrong("refund", "drop_after"), refund(2_000))),
    LaterStory("refund lost", AUTHORIZE_NET, (pay_by("card"), settle, goes_wrong("refund", "drop_before"), refund(2_000))),
    *both("charged back in part", pay_by("card"), settle, charge_back),
    *both("refunded, then charged back", pay_by("card"), settle, refund(7_000), charge_back),
    LaterStory("webhooks", AUTHORIZE_NET, (goes_wrong("charge", "drop_after"), pay_by("card"), webhooks, void, webhooks)),
    LaterStory("check", AUTHORIZE_NET, (record_check,)),
    *both("saved card", save_charge_and_remove("card")),
    LaterStory("saved bank account", CARDPOINTE, (save_charge_and_remove("bank_account"),)),
    *both("contact pays and keeps the card", contact_pays("card", save=True)),
    LaterStory(
        "contact keeps the card, the charge is declined", AUTHORIZE_NET, (goes_wrong("charge", "decline"), contact_pays("card", save=True))
    ),
    LaterStory(
        "contact keeps the card, the answer to that is lost",
        CARDPOINTE,
        (goes_wrong("store_method", "drop_after"), contact_pays("card", save=True)),
    ),
    LaterStory(
        "contact keeps the card, the charge's answer is lost",
        CARDPOINTE,
        (goes_wrong("charge", "drop_after"), contact_pays("card", save=True)),
    ),
    LaterStory("contact pays by bank account", AUTHORIZE_NET, (contact_pays("bank_account", save=True), settle)),
)


def later_violations(world: World) -> list[str]:
    """Say what does not hold after such a story."""
    found = world.findings() + world.open_rows()
    if len(charged := world.charges()) > len(world.payments()):
        found.append(f"{len(charged)} charges for {len(world.payments())} payments")
    for payment in world.payments():
        name = f"payment {payment.key.payment_id} ({payment.state})"
        if payment.state in IN_DOUBT:
            found.append(f"{name} is left so")
        if payment.due_at is not None or payment.parked is not None or payment.news:
            found.append(f"{name} still waits: due {payment.due_at}, parked {payment.parked}, news {payment.news}")
        if in_flight(payment.refunds):
            found.append(f"{name} has a refund that is left open")
        if payment.captured_at is not None and not payment.applied:
            found.append(f"{name} is not applied")
        mails = world.mails_of(payment.key.payment_id)
        for kind, number in _wanted_mails(payment, mails).items():
            if mails.count(kind) != number:
                found.append(f"{name} has {mails.count(kind)} {kind} mails on record, {number} wanted")
    return found


def _wanted_mails(payment: Payment, mails: list[str]) -> dict[str, int]:
    has_payer = payment.payer is not None
    is_online = payment.channel != "staff"
    # Who had no receipt yet when the payment ended gets none; who never heard that it was made hears that it was not.
    is_booked, is_ended = payment.captured_at is not None, payment.state in ENDED
    is_voided = payment.state is PaymentState.VOIDED and (payment.captured_at is not None or payment.void is not None)
    made = sum(refund.state == "made" for refund in payment.refunds)
    is_returned = payment.state is PaymentState.RETURNED
    return {
        # Told while it is on its way; where its outcome was known first, not at all.
        "payment_submitted": int(payment.method_type == "bank_account") * min(1, mails.count("payment_submitted")),
        "receipt": min(1, mails.count("receipt")) if is_ended else int(is_booked and has_payer),
        "payment_received": min(1, mails.count("payment_received")) if is_ended else int(is_booked and is_online),
        "refund_notice": has_payer * (made + int(is_voided)),
        "payment_returned": (1 + has_payer) * int(is_returned) + int(payment.state is PaymentState.CHARGED_BACK),
    }
