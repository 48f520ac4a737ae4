"""The simulator of the CardPointe Gateway: bank accounts, profiles, batches, deposits, returns and disputes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from local.processors.cardpointe.controls import ControlRefusedError
from local.processors.cardpointe.settlement import last_close
from tests.gateway_bench import NOON, Gateway

PAYMENT = "pay_0123456789ABCDEF0123456789"
ORDER = "DB-" + PAYMENT[-16:]


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def funded(gateway: Gateway, mid: str = "", date: str = "20260105") -> dict:
    return dict(gateway.get(f"funding?merchid={mid or gateway.mid}&date={date}"))


def batches(gateway: Gateway, query: str = "&date=0105", mid: str = "") -> list[dict]:
    return list(gateway.get(f"settlestat?merchid={mid or gateway.mid}{query}"))


def test_a_bank_account_gets_a_token_and_is_charged_at_its_own_merchant_id(gateway: Gateway) -> None:
    token = gateway.bank_token()
    answer = gateway.ach_auth()
    routed = gateway.ach_auth("DB-2", merchid=gateway.mid)

    assert (token[:3], token[-4:]) == ("903", "5678")
    assert (answer["respstat"], answer["respproc"], answer["authcode"], answer["merchid"]) == ("A", "BPAY", "AUTH", gateway.ach)
    assert routed["merchid"] == gateway.ach
    assert "avsresp" not in answer
    assert gateway.get(f"inquireByOrderid/DB-2/{gateway.mid}/1")["respcode"] == "29"
    assert gateway.get(f"inquireByOrderid/DB-2/{gateway.mid}/0")["merchid"] == gateway.ach


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"accttype": ""}, ("PPS", "33")),
        ({"amount": "0.00"}, ("PPS", "43")),
        ({"currency": "CAD"}, ("PPS", "32")),
    ],
)
def test_bank_accounts_have_rules_of_their_own(gateway: Gateway, change: dict, code: tuple[str, str]) -> None:
    answer = gateway.ach_auth(**change)

    assert (answer["respstat"], answer["respproc"], answer["respcode"]) == ("C", *code)


@pytest.mark.parametrize(("platform", "code"), [("BPAY", "01"), ("PSTR", "28")])
def test_a_routing_number_that_cannot_be_one_is_declined(platform: str, code: str) -> None:
    gateway = Gateway(ach_platform=platform)

    answer = gateway.ach_auth(token=gateway.bank_token(routing="123456789"))

    assert (answer["respstat"], answer["respproc"], answer["respcode"]) == ("C", platform, code)


def test_a_login_without_bank_accounts_takes_none() -> None:
    gateway = Gateway("CAD")

    answer = gateway.auth(token=gateway.bank_token(), accttype="ECHK", currency="CAD")

    assert "ach_merchant_id" not in gateway.credentials
    assert answer["respcode"] == "48"


def test_a_card_does_not_fit_the_bank_accounts_merchant_id(gateway: Gateway) -> None:
    assert gateway.auth(merchid=gateway.ach)["respcode"] == "22"


def test_a_stored_card_is_charged_by_its_profile_and_stored_once(gateway: Gateway) -> None:
    token = gateway.token()
    first = gateway.put("profile", account=token, name="Ann Lee", postal="84601")
    second = gateway.put("profile", account=token, name="Ann Lee", postal="84601", expiry="1230")
    other = gateway.put("profile", account=token, name="Bob Lee", postal="84601", expiry="1230")
    charged = gateway.auth("DB-1", account="", profile=f"{first['profileid']}/{first['acctid']}", cof="M")

    assert (first["respcode"], first["respproc"], first["accttype"], first["expiry"]) == ("09", "PPS", "VISA", "1230")
    assert (second["profileid"], second["acctid"]) == (first["profileid"], first["acctid"])
    assert other["profileid"] != first["profileid"]
    assert (charged["respstat"], charged["profileid"], charged["cvvresp"]) == ("A", first["profileid"], "X")


def test_profiles_are_read_as_lists_and_forgotten(gateway: Gateway) -> None:
    saved = gateway.put("profile", account=gateway.token())
    path = f"profile/{saved['profileid']}/{saved['acctid']}/{gateway.mid}"
    (found,) = gateway.get(path)
    everything = gateway.get(f"profile/{saved['profileid']}//{gateway.mid}")
    gone = json.loads(gateway.raw("DELETE", path).body)
    again = json.loads(gateway.raw("DELETE", path).body)

    assert (found["acctid"], found["defaultacct"], found["token"][-4:]) == ("1", "Y", "1111")
    assert len(everything) == 1
    assert [(answer["respstat"], answer["respcode"]) for answer in (gone, again)] == [("A", "08"), ("C", "96")]
    assert gateway.get(path)[0]["respcode"] == "96"


def test_an_account_is_added_to_a_profile_and_updated(gateway: Gateway) -> None:
    first = gateway.put("profile", account=gateway.token())
    second = gateway.put("profile", account=gateway.token(number="5454545454545454"), profile=first["profileid"])
    changed = gateway.put(
        "profile", account=gateway.token(), expiry="0131", profile=f"{first['profileid']}/1", profileupdate="Y", name="Ann"
    )

    accounts = gateway.get(f"profile/{first['profileid']}//{gateway.mid}")
    assert (second["profileid"], second["acctid"]) == (first["profileid"], "2")
    assert changed["respcode"] == "09"
    assert [(one["expiry"], one["defaultacct"]) for one in accounts] == [("0131", "Y"), ("1230", "N")]


def test_a_charge_can_store_its_card_and_a_declined_one_does_not(gateway: Gateway) -> None:
    kept = gateway.auth(profile="Y", cofpermission="Y")
    declined = gateway.auth("DB-2", token=gateway.token(number="4387751111111038"), profile="Y")

    assert kept["profileid"].startswith("167")
    assert "profileid" not in declined


@pytest.mark.parametrize(
    ("fields", "code"), [({"account": "9411000000081111"}, "98"), ({"account": "1"}, "11"), ({"profile": "404/1"}, "96")]
)
def test_what_cannot_be_stored_is_refused(gateway: Gateway, fields: dict, code: str) -> None:
    assert gateway.put("profile", **{"account": gateway.token(), "expiry": "1230", **fields})["respcode"] == code


def test_a_stored_bank_account_is_charged_by_its_profile(gateway: Gateway) -> None:
    saved = gateway.put("profile", merchid=gateway.ach, account=gateway.bank_token(), accttype="ECHK", name="Ann")

    answer = gateway.auth(merchid=gateway.ach, account="", profile=f"{saved['profileid']}/{saved['acctid']}", accttype="ECHK")

    assert (saved["accttype"], saved["expiry"]) == ("ECHK", "")
    assert (answer["respstat"], answer["respproc"]) == ("A", "BPAY")


def test_a_batch_settles_on_command_and_tells_each_line_by_a_letter(gateway: Gateway) -> None:
    sale, kept = gateway.auth("DB-1"), gateway.auth("DB-2", receipt="")
    before = gateway.raw("GET", f"settlestat?merchid={gateway.mid}&date=0105").body
    count = gateway.settle()

    (batch,) = batches(gateway)
    found = gateway.get(f"inquire/{sale['retref']}/{gateway.mid}")
    assert (before, count) == (b"Null batches", 2)
    assert (batch["batchid"], batch["hoststat"]) == (sale["batchid"], "GB")
    assert [(line["retref"], line["setlstat"], line["setlamount"], line["salesdoc"]) for line in batch["txns"]] == [
        (sale["retref"], "Y", "12.50", "DB-1"),
        (kept["retref"], "Y", "12.50", ""),
    ]
    assert (found["setlstat"], found["voidable"], found["refundable"]) == ("Accepted", "N", "Y")
    assert gateway.auth("DB-3")["batchid"] != sale["batchid"]


def test_without_parameters_settlestat_tells_each_batch_once(gateway: Gateway) -> None:
    batch = gateway.auth()["batchid"]
    gateway.settle()

    assert [one["batchid"] for one in batches(gateway, "")] == [batch]
    assert gateway.raw("GET", f"settlestat?merchid={gateway.mid}").body == b"Null batches"
    assert [one["batchid"] for one in batches(gateway, f"&batchid={batch}")] == [batch]
    assert gateway.raw("GET", f"settlestat?merchid={gateway.mid}&date=x").status == 400


def test_batches_close_by_the_clock_in_the_evening(gateway: Gateway) -> None:
    made = gateway.auth()
    gateway.later(hours=13)
    before = gateway.get(f"inquire/{made['retref']}/{gateway.mid}")["setlstat"]
    gateway.later(hours=1)

    found = gateway.get(f"inquire/{made['retref']}/{gateway.mid}")
    assert (before, found["setlstat"], found["settledate"]) == ("Queued for Capture", "Accepted", "20260105210000")
    assert last_close(NOON) < NOON < last_close(NOON + timedelta(days=1))
    gateway.later(days=-3)
    assert gateway.get(f"inquire/{made['retref']}/{gateway.mid}")["setlstat"] == "Accepted"


def test_a_days_deposit_lists_sales_and_refunds(gateway: Gateway) -> None:
    sale = gateway.auth("DB-1")
    nothing = funded(gateway)
    gateway.settle()
    refund = gateway.put("refund", retref=sale["retref"], amount="2.50", orderid="R1-1")
    gateway.settle()

    deposit = funded(gateway)
    assert nothing == {key: value for key, value in nothing.items() if key.startswith("x")} | {"errormsg": "No deposits match your request"}
    assert [(one["retref"], one["type"], one["amount"], one["parentretref"]) for one in deposit["txns"]] == [
        (sale["retref"], "SALE", "12.50", ""),
        (refund["retref"], "REFUND", "-2.50", sale["retref"]),
    ]
    assert deposit["fundings"][0]["totalfunding"] == "10.00"
    gateway.options(funding_numbers=True)
    assert funded(gateway, date="0105")["txns"][0]["amount"] == 12.5


def test_a_days_deposit_can_wait_for_the_next_afternoon(gateway: Gateway) -> None:
    gateway.options(funding_next_day=True)
    gateway.auth()
    gateway.settle()
    before = funded(gateway)
    gateway.later(days=1, hours=6)

    assert "errormsg" in before
    assert len(funded(gateway)["txns"]) == 1


def test_a_return_before_funding_rejects_the_payment_itself(gateway: Gateway) -> None:
    made = gateway.ach_auth(ORDER)
    gateway.control("POST", "return", {"payment_id": PAYMENT, "code": "R03"})

    (line,) = funded(gateway, gateway.ach)["txns"]
    (batch,) = batches(gateway, mid=gateway.ach)
    assert (line["retref"], line["status"], line["achreturncode"], line["amount"]) == (made["retref"], "Rejected", "R03", "12.50")
    assert [one["setlstat"] for one in batch["txns"]] == ["N"]
    assert gateway.get(f"inquire/{made['retref']}/{gateway.ach}")["setlstat"] == "Rejected"


def test_a_return_after_funding_is_a_child_with_a_negative_amount_and_may_be_told_twice(gateway: Gateway) -> None:
    made = gateway.ach_auth(ORDER)
    gateway.settle()
    gateway.later(days=3)
    for _ in range(2):
        gateway.control("POST", "return", {"payment_id": PAYMENT, "code": "R01"})

    lines = funded(gateway, gateway.ach, "20260108")["txns"]
    assert [(one["parentretref"], one["type"], one["amount"], one["achreturncode"]) for one in lines] == [
        (made["retref"], "RETURN", "-12.50", "R01")
    ] * 2
    assert len({one["retref"] for one in lines}) == 1
    assert gateway.put("refund", merchid=gateway.ach, retref=made["retref"], amount="1.00")["respcode"] == "43"


def test_a_notification_of_change_is_a_line_of_nothing_unless_switched_off(gateway: Gateway) -> None:
    made = gateway.ach_auth(ORDER)
    gateway.settle()
    gateway.control("POST", "return", {"payment_id": PAYMENT, "code": "C01", "corrected": {"account": "87654321"}})

    line = funded(gateway, gateway.ach)["txns"][-1]
    gateway.options(noc_in_funding=False)
    (notice,) = gateway.control("GET", "notices")["items"]
    assert (notice["code"], notice["corrected"]) == ("C01", {"account": "XXXX4321"})
    assert (line["parentretref"], line["amount"], line["achreturncode"]) == (made["retref"], "0.00", "C01")
    assert [one["type"] for one in funded(gateway, gateway.ach)["txns"]] == ["SALE"]


def test_a_dispute_stands_among_the_chargebacks_and_may_be_won(gateway: Gateway) -> None:
    made = gateway.auth(ORDER)
    with pytest.raises(ControlRefusedError, match="settled"):
        gateway.control("POST", "chargeback", {"payment_id": PAYMENT, "reason_code": "10.4"})
    gateway.settle()
    gateway.control("POST", "chargeback", {"payment_id": PAYMENT, "reason_code": "10.4", "amount": 500})
    gateway.control("POST", "chargeback", {"payment_id": PAYMENT, "reversed": True})

    deposit = funded(gateway)
    (dispute,) = deposit["chargebacks"]
    assert (dispute["retref"], dispute["amount"], dispute["reasoncode"]) == (made["retref"], "5.00", "10.4")
    assert [(one["casenumber"], one["amount"]) for one in deposit["adjustments"]] == [(dispute["casenumber"], "5.00")]


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ({"payment_id": PAYMENT, "code": "X01"}, "R01"),
        ({"payment_id": "pay_unknown", "code": "R01"}, "no approved charge"),
        ({"code": "R01"}, "names the payment"),
        ({"payment_id": PAYMENT, "code": "R01"}, "bank account"),
    ],
)
def test_a_return_that_cannot_happen_is_refused(gateway: Gateway, body: dict, match: str) -> None:
    gateway.auth(ORDER)

    with pytest.raises(ControlRefusedError, match=match):
        gateway.control("POST", "return", body)


def test_a_charge_under_review_is_told_as_such_and_accepted_with_the_batch_after(gateway: Gateway) -> None:
    gateway.faults({"operation": "charge", "fault": "review", "times": 1})
    made = gateway.auth("DB-1")
    path = f"inquire/{made['retref']}/{gateway.mid}"
    held = gateway.get(path)
    gateway.settle()
    (batch,) = batches(gateway)
    gateway.settle()

    assert (made["respstat"], made["respproc"], made["respcode"], made["amount"]) == ("C", "PPS", "18", "0.00")
    assert (held["setlstat"], held["amount"], held["voidable"]) == ("Amount under review", "12.50", "Y")
    assert [line["setlstat"] for line in batch["txns"]] == ["W"]
    assert [gateway.get(path)[name] for name in ("setlstat", "respstat", "respcode")] == ["Accepted", "A", "00"]


@pytest.mark.parametrize(("action", "setlstat"), [("approve", "Queued for Capture"), ("decline", "Declined")])
def test_a_person_decides_on_what_is_held(gateway: Gateway, action: str, setlstat: str) -> None:
    gateway.faults({"operation": "charge", "fault": "review", "code": "amount", "times": 1})
    made = gateway.auth(ORDER)
    gateway.control("POST", "review", {"payment_id": PAYMENT, "action": action})

    assert (made["respstat"], made["setlstat"]) == ("A", "Amount under review")
    assert gateway.get(f"inquire/{made['retref']}/{gateway.mid}")["setlstat"] == setlstat


def test_reads_are_limited_only_when_asked_for(gateway: Gateway) -> None:
    gateway.options(rate_limit_per_minute=2)
    answers = [gateway.raw("GET", f"funding?merchid={gateway.mid}&date=0105") for _ in range(3)]
    gateway.later(minutes=1)

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert dict(answers[-1].headers)["X-Rate-Limit-Retry-After-Seconds"] == "60"
    assert gateway.raw("GET", f"funding?merchid={gateway.mid}&date=0105").status == 200


def test_a_reset_forgets_all_but_the_merchants(gateway: Gateway) -> None:
    gateway.auth()
    gateway.control("POST", "reset")

    assert (gateway.ledger(), gateway.calls()) == ([], [])
    assert gateway.auth()["respstat"] == "A"
