"""The simulator of the CardPointe Gateway: protocol and books, without sockets."""

from __future__ import annotations

import json
import random
from urllib.parse import quote, urlencode

import pytest

from local.processors.authorize_net.cards import luhn
from tests.gateway_bench import NOON, VISA, Gateway


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def test_a_charge_is_approved_with_strings_and_unknown_fields_in_any_order(gateway: Gateway) -> None:
    first, second = (gateway.auth(order_id) for order_id in ("DB-1", "DB-2"))

    assert (first["respstat"], first["respproc"], first["respcode"], first["amount"]) == ("A", "FNOR", "00", "12.50")
    assert (first["merchid"], first["retref"], first["cvvresp"], first["orderId"]) == (gateway.mid, "100000000001", "M", "DB-1")
    known = {"respstat", "respcode", "resptext", "respproc", "retref", "amount", "account", "token", "merchid", "commcard", "batchid"}
    assert known < set(first)
    assert list(first) != list(second)
    assert all(isinstance(first[name], str) for name in known)


def test_an_order_id_comes_back_only_with_a_receipt(gateway: Gateway) -> None:
    assert "orderId" not in gateway.auth(receipt="")


def test_noise_can_be_switched_off(gateway: Gateway) -> None:
    gateway.options(noise=False)

    assert not any(name.startswith("x") for name in gateway.auth())


@pytest.mark.parametrize("authorization", ["", "Basic !!", "Basic bm9ib2R5OnB3", "Bearer x"])
def test_wrong_credentials_are_refused_in_plain_words(gateway: Gateway, authorization: str) -> None:
    answer = gateway.simulator.handle("PUT", "/cardconnect/rest/auth", json.dumps({"merchid": gateway.mid}).encode(), authorization)

    assert (answer.status, answer.body) == (401, b"Unauthorized")


def test_another_logins_merchant_id_is_refused(gateway: Gateway) -> None:
    other = gateway.merchant("ten_2")

    answer = gateway.raw("PUT", "auth", {"merchid": other["merchant_id"], "amount": "1.00"})

    assert answer.status == 401


def test_other_paths_methods_and_bodies_are_refused(gateway: Gateway) -> None:
    missing = gateway.raw("GET", "nothing/here")
    faulty = gateway.simulator.handle("PUT", "/cardconnect/rest/auth", b"{", gateway.authorization)

    assert (missing.status, json.loads(missing.body)["status"]) == (404, 404)
    assert (faulty.status, json.loads(faulty.body)["error"]) == (400, "Bad Request")
    assert gateway.raw("DELETE", "auth").status == 404


def test_credentials_are_probed_at_the_root(gateway: Gateway) -> None:
    assert b"CardConnect REST Servlet" in gateway.raw("PUT", "", {"merchid": gateway.mid}).body


def test_a_token_looks_like_a_card_number_and_is_the_same_for_the_same_card(gateway: Gateway) -> None:
    token, again, other = gateway.token(), Gateway().token(), gateway.token(number="5454545454545454")

    assert token == again
    assert (token[:3], token[-4:], len(token), luhn(token)) == ("941", "1111", 16, True)
    assert (other[:3], other[-4:], luhn(other)) == ("954", "5454", True)


@pytest.mark.parametrize(
    ("account", "code"),
    [("", 14), ("4111", 21), ("4" * 20, 13), ("4111111111111112", 54), ("4111x", 8)],
)
def test_a_number_that_cannot_be_one_gets_no_token(gateway: Gateway, account: str, code: int) -> None:
    answer = gateway.tokenize({"account": account})

    assert answer["errorcode"] == code
    assert "token" not in answer


def test_unique_makes_another_token_of_the_same_card(gateway: Gateway) -> None:
    made = {gateway.tokenize({"account": VISA["number"], "unique": True})["token"] for _ in range(3)}

    assert len(made) == 3


def test_what_was_typed_beside_a_number_serves_one_charge_within_two_minutes(gateway: Gateway) -> None:
    token = gateway.token()
    first = gateway.auth(token=token)
    second = gateway.auth(token=token)
    gateway.token()
    gateway.later(minutes=3)
    third = gateway.auth(token=token)

    assert first["respstat"] == "A"
    assert [(answer["respproc"], answer["respcode"]) for answer in (second, third)] == [("PPS", "34"), ("PPS", "34")]
    assert gateway.auth(token=token, expiry="1230")["respstat"] == "A"


@pytest.mark.parametrize(
    ("number", "platform", "code", "stat"),
    [
        ("4387751111111020", "FNOR", "01", "C"),
        ("5442981111111023", "RPCT", "107", "C"),
        ("4387751111111038", "FNOR", "05", "C"),
        ("4387751111111046", "RPCT", "101", "C"),
        ("4387751111111053", "FNOR", "NU", "C"),
        ("4387751111111053", "RPCT", "500", "C"),
        ("6011000995511122", "FNOR", "01", "C"),
        ("4788250000121443", "FNOR", "00", "A"),
        ("371449635398431", "RPCT", "000", "A"),
    ],
)
def test_test_cards_answer_as_documented(number: str, platform: str, code: str, stat: str) -> None:
    gateway = Gateway(platform=platform)

    answer = gateway.auth(token=gateway.token(number=number))

    assert (answer["respcode"], answer["respproc"], answer["respstat"]) == (code, platform, stat)
    assert answer["amount"] == ("12.50" if stat == "A" else "0.00")


def test_the_time_out_card_is_answered_late_as_retry_and_stands_as_declined(gateway: Gateway) -> None:
    token = gateway.token(number="4999006200620062")
    raw = gateway.raw("PUT", "auth", gateway.auth_fields("DB-1", token=token))
    answer = json.loads(raw.body)

    found = gateway.get(f"inquire/{answer['retref']}/{gateway.mid}")
    assert (answer["respstat"], answer["respproc"], answer["respcode"], answer["setlstat"]) == ("B", "PPS", "62", "Declined")
    assert raw.wait_seconds == 0.2
    assert (found["setlstat"], found["voidable"]) == ("Declined", "N")


def test_the_partial_card_approves_five(gateway: Gateway) -> None:
    answer = gateway.auth(token=gateway.token(number="4387750101010101"))
    small = gateway.auth(token=gateway.token(number="4387750101010101"), amount="5.99")

    assert (answer["respstat"], answer["respcode"], answer["amount"]) == ("A", "10", "5.00")
    assert (small["respcode"], small["amount"]) == ("00", "5.99")


@pytest.mark.parametrize(("cvv", "letter"), [("112", "M"), ("111", "N"), ("222", "P"), ("333", "U"), ("999", "M"), ("", "X")])
def test_security_codes_get_their_letters(gateway: Gateway, cvv: str, letter: str) -> None:
    assert gateway.auth(token=gateway.token(cvv=cvv))["cvvresp"] == letter


@pytest.mark.parametrize(("postal", "letter"), [("55112", "N"), ("19406", "Y"), ("10111", "A"), ("84601", "Y")])
def test_postal_codes_get_their_letters(gateway: Gateway, postal: str, letter: str) -> None:
    assert gateway.auth(postal=postal)["avsresp"] == letter


def test_amounts_are_answers_only_when_asked_for(gateway: Gateway) -> None:
    before = gateway.auth(amount="1005.00")
    gateway.options(amount_triggers=True)

    after = gateway.auth(amount="1005.00")

    assert (before["respcode"], after["respcode"]) == ("00", "05")


@pytest.mark.parametrize(
    ("written", "shown"), [("1250", "12.50"), ("12.5", "12.50"), ("0.01", "0.01"), ("0", "0.00"), ("999999.99", "999999.99")]
)
def test_an_amount_without_a_point_is_in_cents(gateway: Gateway, written: str, shown: str) -> None:
    assert gateway.auth(amount=written)["amount"] == shown


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": "twelve"}, "43"),
        ({"amount": ""}, "43"),
        ({"amount": "-1.00"}, "45"),
        ({"currency": "CAD"}, "32"),
        ({"currency": "dollars"}, "31"),
        ({"account": "9411000000081111"}, "98"),
        ({"account": "1234"}, "11"),
        ({"account": ""}, "11"),
        ({"accttype": "ECHK"}, "33"),
        ({"expiry": "soon"}, "15"),
        ({"profile": "16700000000000000001/1", "account": ""}, "96"),
    ],
)
def test_what_the_gateway_refuses_itself_is_a_decline_by_pps(gateway: Gateway, change: dict, code: str) -> None:
    answer = gateway.auth(**change)

    assert (answer["respstat"], answer["respproc"], answer["respcode"]) == ("C", "PPS", code)
    assert gateway.ledger() == []


def test_the_same_order_id_is_charged_twice_and_found_as_a_list(gateway: Gateway) -> None:
    one = gateway.auth("DB-1")
    alone = gateway.get(f"inquireByOrderid/DB-1/{gateway.mid}/1")
    two = gateway.auth("DB-1")

    both = gateway.get(f"inquireByOrderid/DB-1/{gateway.mid}/1")

    assert alone["retref"] == one["retref"]
    assert [found["retref"] for found in both] == [one["retref"], two["retref"]]
    gateway.options(inquire_list="always")
    gateway.auth("DB-9")
    assert isinstance(gateway.get(f"inquireByOrderid/DB-9/{gateway.mid}/1"), list)


def test_an_order_id_that_passes_for_a_card_number_is_never_found_again(gateway: Gateway) -> None:
    answer = gateway.auth("4111111111111111")

    assert answer["orderId"] == "41**********1111"
    assert gateway.get(f"inquireByOrderid/4111111111111111/{gateway.mid}/1")["respcode"] == "29"


def test_inquire_tells_how_a_charge_stands(gateway: Gateway) -> None:
    made = gateway.auth("DB-1")

    found = gateway.get(f"inquire/{made['retref']}/{gateway.mid}")

    assert (found["orderId"], found["amount"], found["currency"], found["lastfour"]) == ("DB-1", "12.50", "USD", "1111")
    assert (found["setlstat"], found["voidable"], found["refundable"]) == ("Queued for Capture", "Y", "N")
    assert (found["authdate"], found["settledate"]) == ("20260105070000", "")
    missing = gateway.get(f"inquire/999/{gateway.mid}")
    assert (missing["respstat"], missing["respproc"], missing["respcode"]) == ("C", "PPS", "29")


def test_an_authorisation_is_captured_once_and_for_no_more(gateway: Gateway) -> None:
    made = gateway.auth(capture="N")
    waiting = gateway.get(f"inquire/{made['retref']}/{gateway.mid}")
    too_much = gateway.put("capture", retref=made["retref"], amount="13.00")
    done = gateway.put("capture", retref=made["retref"], amount="10.00")
    again = gateway.put("capture", retref=made["retref"])

    assert "batchid" not in made
    assert waiting["setlstat"] == "Authorized"
    assert [answer["respstat"] for answer in (too_much, done, again)] == ["C", "A", "C"]
    assert (done["amount"], done["setlstat"]) == ("10.00", "Queued for Capture")


def test_a_queued_charge_is_voided_whole_and_only_once(gateway: Gateway) -> None:
    made = gateway.auth("DB-1")
    part = gateway.put("void", retref=made["retref"], amount="1.00")
    done = gateway.put("void", retref=made["retref"])
    again = gateway.put("void", retref=made["retref"])
    gateway.options(repeat_void="accepted")

    found = gateway.get(f"inquire/{made['retref']}/{gateway.mid}")
    assert (part["respstat"], again["respstat"]) == ("C", "C")
    assert (done["respstat"], done["authcode"], done["amount"], done["orderId"]) == ("A", "REVERS", "0.00", "DB-1")
    assert (found["setlstat"], found["amount"]) == ("Voided", "0.00")
    assert gateway.put("void", retref=made["retref"])["respstat"] == "A"


def test_void_by_order_id_ignores_declined_records(gateway: Gateway) -> None:
    kept = gateway.auth("DB-1")
    gateway.auth("DB-1", token=gateway.token(number="4387751111111038"))

    done = gateway.put("voidByOrderId", orderid="DB-1")

    assert (done["retref"], done["respstat"]) == (kept["retref"], "A")
    assert gateway.put("voidByOrderId", orderid="DB-404")["respcode"] == "29"


def test_a_settled_charge_is_refunded_in_parts_up_to_its_amount(gateway: Gateway) -> None:
    made = gateway.auth("DB-1")
    early = gateway.put("refund", retref=made["retref"], amount="5.00")
    gateway.settle()
    late = gateway.put("void", retref=made["retref"])
    part = gateway.put("refund", retref=made["retref"], amount="5.00", orderid="R1-1")
    too_much = gateway.put("refund", retref=made["retref"], amount="7.51")
    rest = gateway.put("refund", retref=made["retref"])
    nothing_left = gateway.put("refund", retref=made["retref"], amount="0.01")

    refusals = [(answer["respstat"], answer["respcode"]) for answer in (early, late, too_much, nothing_left)]
    assert refusals == [("C", "28"), ("C", "27"), ("C", "43"), ("C", "43")]
    assert [(one["respstat"], one["respproc"], one["authcode"], one["amount"]) for one in (part, rest)] == [
        ("A", "PPS", "REFUND", "5.00"),
        ("A", "PPS", "REFUND", "7.50"),
    ]
    assert len({made["retref"], part["retref"], rest["retref"]}) == 3
    assert gateway.get(f"inquireByOrderid/R1-1/{gateway.mid}/0")["retref"] == part["retref"]


def test_an_unsettled_charge_is_refunded_where_the_merchant_id_allows_it(gateway: Gateway) -> None:
    gateway.options(refund_unsettled=True)

    assert gateway.put("refund", retref=gateway.auth()["retref"], amount="5.00")["respstat"] == "A"


def test_a_charge_of_a_month_ago_is_not_voided(gateway: Gateway) -> None:
    gateway.options(auto_settle=False)
    made = gateway.auth()
    gateway.later(days=31)

    assert gateway.put("void", retref=made["retref"])["respcode"] == "39"


def test_calls_are_listed_as_the_gateway_saw_them(gateway: Gateway) -> None:
    gateway.auth("DB-1")
    gateway.auth("DB-2", token=gateway.token(number="4387751111111038"))
    gateway.put("voidByOrderId", orderid="DB-1")

    found = [(one["operation"], one["outcome"], one["order_id"], one["amount"], one["tenant_id"]) for one in gateway.calls()]

    assert found == [
        ("charge", "approved", "DB-1", 1250, "ten_1"),
        ("charge", "declined", "DB-2", 1250, "ten_1"),
        ("void", "approved", "DB-1", 1250, "ten_1"),
    ]
    assert gateway.calls()[0]["at"] == NOON.isoformat()


def test_no_request_however_odd_stays_without_an_answer(gateway: Gateway) -> None:
    chance = random.Random(7)
    values = ["", "12.50", "²", "٣٣", "\ud800", "9" * 30, gateway.token(), -1, 1.5, float("nan"), True, None, [], {}, "a/b", "Y", "ECHK"]
    values += [gateway.mid, gateway.ach, "DB-1", "100000000001", "0105", "%", "036001808/12345678", [{"a": {}}]]
    names = "merchid account amount expiry orderid currency profile accttype capture retref date batchid userfields cvv2 postal".split()
    paths = "auth capture void voidByOrderId refund profile inquire inquireByOrderid settlestat funding bin inquireMerchant x".split()
    statuses = set()
    for _ in range(3000):
        body = {name: chance.choice(values) for name in chance.sample(names, 6)}
        body |= {"merchid": gateway.mid} if chance.random() < 0.8 else {}
        parts = [quote(str(chance.choice(values)).encode("utf-8", "replace")) for _ in range(chance.randint(0, 3))]
        path = "/".join([chance.choice(paths), *parts, *([gateway.mid] if chance.random() < 0.6 else [])])
        if chance.random() < 0.3:
            path += "?" + urlencode({name: str(value).encode("utf-8", "replace") for name, value in body.items()})
        statuses.add(gateway.raw(chance.choice(["PUT", "POST", "GET", "DELETE"]), path, body).status)

    deep = gateway.simulator.handle("PUT", "/cardconnect/rest/auth", b"[" * 100_000, gateway.authorization)
    assert statuses == {200, 400, 401, 404}
    assert deep.status == 400
    assert {gateway.tokenize({"account": value}).get("errorcode") for value in values} <= {0, 8, 13, 14, 21, 54, 74}


def test_merchants_and_cards_are_looked_up(gateway: Gateway) -> None:
    merchant, ach = (gateway.get(f"inquireMerchant/{mid}") for mid in (gateway.mid, gateway.ach))
    card = gateway.get(f"bin/{gateway.mid}/{gateway.token()}")

    assert [(one["enabled"], one["cardproc"], one["echeck"]) for one in (merchant, ach)] == [("Y", "FNOR", "N"), ("Y", "BPAY", "Y")]
    assert (card["product"], card["country"]) == ("V", "USA")
    assert gateway.get(f"bin/{gateway.mid}/9411000000081111")["respcode"] == "98"
