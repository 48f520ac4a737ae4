"""Eight payers at once on one balance, fifty times over: what is payable is charged once and applied once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from tests.e2e.local_http import Answer, Tenant, eventually, good

CLIENTS = 8
ROUNDS = 50
OPEN = 100_00
WANTED = (30_00, 25_00, 60_00, 100_00, 10_00, 45_00, 70_00, 5_00)
SAID = frozenset({201, 409})


def test_r24_r25_r27_r40_many_payers_at_once_never_pay_more_than_is_open(tenant: Callable[..., Tenant]) -> None:
    business = tenant()
    statuses: Counter[int] = Counter()
    rounds: dict[str, list[Answer]] = {}
    with ThreadPoolExecutor(CLIENTS) as pool:
        for number in range(ROUNDS):
            customer = business.customer(f"acme-{number}")
            business.invoice(customer["id"], f"inv-{number}-a", 40_00)
            business.invoice(customer["id"], f"inv-{number}-b", 60_00)
            amounts = WANTED[number % CLIENTS :] + WANTED[: number % CLIENTS]
            keys = [str(uuid4()) for _ in amounts]
            if number % 5 == 0:
                # Every fifth round is one payer with eight tabs: the same key, the same amount.
                amounts, keys = (OPEN,) * CLIENTS, [keys[0]] * CLIENTS
            answers = list(
                pool.map(
                    lambda one, pay_id=customer["pay_online_id"]: business.pay(pay_id, one[0], key=one[1]), zip(amounts, keys, strict=True)
                )
            )
            statuses.update(answer.status for answer in answers)
            rounds[customer["id"]] = answers
    paid = sum(check_round(business, customer_id, answers) for customer_id, answers in rounds.items())

    charged = [call for call in business.calls("charge") if call["outcome"] == "approved"]
    assert set(statuses) <= SAID, statuses
    assert sum(call["amount"] for call in charged) == paid
    audit = good(business.http("POST", "/local/run/audit", {"tenant_id": business.tenant_id}))
    print(f"\n{ROUNDS} rounds of {CLIENTS} payers: {dict(statuses)}, {len(charged)} charges, audit {audit}")


def check_round(business: Tenant, customer_id: str, answers: list[Answer]) -> int:
    """Check one customer and return what was paid."""
    taken = {answer.json["id"]: answer.json["amount"] for answer in answers if answer.status == 201}
    assert taken, [answer.json for answer in answers]
    assert sum(taken.values()) <= OPEN
    refused = [answer.json for answer in answers if answer.status == 409]
    assert {problem["code"] for problem in refused} <= {"balance_changed", "payment_in_progress"}
    left = OPEN - sum(taken.values())

    def settled() -> bool:
        found = good(business.call("GET", f"/customers/{customer_id}/account"))["currencies"]
        return bool(found and found[0]["balance"] == left and found[0]["processing"] == 0 and found[0]["unapplied"] == 0)

    assert eventually(settled, 60)
    return sum(taken.values())
