"""Builds the world of a story: tables, processors, people, invoices."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from moto import mock_aws

from duebook import wiring
from duebook.domain.account import AccountKey
from duebook.domain.decisions import IssueInvoice, decide
from duebook.domain.directory import Customer, MerchantAccount, Role, Staff, Support, Tenant
from duebook.domain.invoices import Invoice, InvoiceLine, open_item_of
from duebook.domain.open_items import OpenItem
from duebook.storage.account_store import Plan
from tests.faults.banks import SIGNATURE_KEY, AuthorizeNetBank, CardPointeBank
from tests.faults.hooks import SERVICES
from tests.faults.photographs import Photograph
from tests.faults.short_way import short_way
from tests.faults.world import BOARD, CUSTOMER, PAY_ONLINE_ID, START, TENANT, World
from tests.integration import cloud


def nothing(_made: World) -> None:
    """Lay no ground: there are people, and no invoices."""


@contextmanager
def world(folder: Path, processor: str = "authorize_net", lay: Callable[[World], Any] = nothing) -> Iterator[World]:
    """Open a world with one tenant, a merchant account in USD at a processor, one customer, and what is laid.

    The first of its kind in a process is built, laid and photographed; each other one is a copy, as its functions' first call finds it.

    Args:
        folder: For the clock.
        processor: Where the tenant has its account.
        lay: Prepares the ground, always alike; what it returns is kept as the world's ``ground``.
    """
    before = dict(os.environ)
    os.environ.update(cloud.SETTINGS)
    with mock_aws():
        photograph = PHOTOGRAPHS.get((processor, lay))
        made = photograph.developed() if photograph else _built(processor)
        made.clock_file = folder / "clock"
        made.at(made.now)
        os.environ.update(made.settings | {"LOCAL_CLOCK_FILE": str(made.clock_file)})
        cloud.forget_wiring()
        transports = wiring.authorize_net_transport, wiring.cardpointe_transport
        wiring.authorize_net_transport = lambda: made.authorize_net.transport  # type: ignore[assignment]
        wiring.cardpointe_transport = lambda: made.cardpointe.rest  # type: ignore[assignment]
        _hook_clients()
        try:
            with short_way(wiring.client("dynamodb")):
                if photograph is None:
                    _people(made)
                    made.ground = lay(made)
                    PHOTOGRAPHS[processor, lay] = Photograph.of(made)
                    cloud.forget_wiring()
                yield made
        finally:
            BOARD.on = False
            wiring.authorize_net_transport, wiring.cardpointe_transport = transports
            cloud.forget_wiring()
            os.environ.clear()
            os.environ.update(before)


PHOTOGRAPHS: dict[tuple[str, Callable[[World], Any]], Photograph] = {}


def _built(processor: str) -> World:
    made = World(Path(), cloud.build(), processor)
    made.authorize_net = AuthorizeNetBank.opened(made.clock, BOARD)
    made.cardpointe = CardPointeBank.opened(made.clock, BOARD)
    return made


_HOOKED: set[int] = set()


def _hook_clients() -> None:
    for service in SERVICES:
        client = wiring.client(service)
        if id(client) not in _HOOKED:
            _HOOKED.add(id(client))
            BOARD.hook(client)
            _trim(client, service)


def _trim(client: Any, service: str) -> None:
    """Leave out what a simulated cloud does not look at: signatures, names of agents, the choice of an endpoint, the check of parameters.

    Parameters are checked in every integration test and by the local cloud.
    """
    client._serializer = getattr(client._serializer, "_serializer", client._serializer)
    client.meta.events.unregister(f"request-created.{service}", client._request_signer.handler)
    client._user_agent_creator.to_string = lambda: "faults"
    client._resolve_endpoint_ruleset = lambda *_asked, **_more: (client.meta.endpoint_url, {}, {})


def _people(made: World) -> None:
    if made.processor == "cardpointe":
        account = MerchantAccount("ma_1", "cardpointe", "USD", login="800000000001")
        secret = {"merchant_id": "800000000001", "username": "user1", "password": "pass1", "ach_merchant_id": "800000000002"}
    else:
        account = MerchantAccount("ma_1", "authorize_net", "USD", login="login1", public_key="public1")
        secret = {"api_login_id": "login1", "transaction_key": "key1", "signature_key": SIGNATURE_KEY}
    wiring.secret_store().write(TENANT, "ma_1", secret)
    tenant = Tenant(
        TENANT,
        "Blue Ridge Sanitation",
        "America/New_York",
        support=Support("help@blue.example", "555-0100"),
        notify=("office@blue.example",),
    )
    staff = Staff("stf_1", TENANT, "Sam", "sam@blue.example", Role.ADMIN, "-")
    wiring.directory_store().add_tenant(tenant, [account], [staff], "hash")
    wiring.directory_store().add_customer(TENANT, Customer(CUSTOMER, "Acme Construction", PAY_ONLINE_ID, START, email="ap@acme.example"))


def issue(
    invoice_id: str, minor: int, *, on: str = "2025-05-01", currency: str = "USD", pay_online: bool = True, number: str | None = None
) -> OpenItem:
    """Post an invoice of one line for the world's customer."""
    day = datetime.fromisoformat(on).date()
    line = (InvoiceLine("Service", Decimal(1), minor),)
    invoice = Invoice(invoice_id, CUSTOMER, number or invoice_id, day, day, currency, line, pay_online=pay_online)
    item = open_item_of(invoice)
    writes = wiring.invoice_store().added(TENANT, invoice)
    command = IssueInvoice(invoice_id, minor, item)
    wiring.account_store().change(
        AccountKey(TENANT, CUSTOMER, currency), lambda account: Plan((decide(account, command, posted_at=START, actor="test"),), writes)
    )
    assert item is not None
    return item
