"""Cards and bank accounts that the CardPointe Gateway keeps."""

from __future__ import annotations

from typing import Any

import pytest

from duebook.domain.charges import BANK_ACCOUNT, CARD, TokenMethod
from duebook.domain.processing import MethodToStore, StoredMethod
from duebook.errors import InvariantError, MethodRefusedError, ProcessorUnavailableError, TransientError
from duebook.processors.transport import AnswerLostError
from tests.canned_cardpointe import ANN, BANK_TOKEN, TOKEN, client


def stored(**changes: Any) -> dict[str, Any]:
    fields = {
        "profileid": "16700000000000000001",
        "acctid": "1",
        "respstat": "A",
        "respcode": "09",
        "resptext": "Profile Saved",
        "respproc": "PPS",
        "token": TOKEN,
        "accttype": "VISA",
        "expiry": "1230",
        "x1": {"unknown": []},
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def a_card(currency: str = "USD") -> MethodToStore:
    return MethodToStore(TokenMethod(TOKEN, CARD), ANN, "cus_1", currency)


def a_bank_account(kind: str | None = "savings", currency: str = "USD") -> MethodToStore:
    return MethodToStore(TokenMethod(BANK_TOKEN, BANK_ACCOUNT, kind), ANN, "cus_1", currency)


def test_a_card_is_kept_in_a_profile_with_the_holders_consent() -> None:
    processor, gateway = client(stored())

    kept = processor.store_method(a_card(), timeout_seconds=5)

    assert kept == StoredMethod("16700000000000000001/1", "visa", "1111", "2030-12")
    assert gateway.paths == ["PUT profile"]
    assert gateway.sent[0].fields == {
        "merchid": "800000000001",
        "account": TOKEN,
        "name": "Ann Lee",
        "postal": "84601",
        "cofpermission": "Y",
        "auoptout": "N",
    }


@pytest.mark.parametrize("shape", [lambda fields: fields, lambda fields: [fields]])
def test_the_answer_may_be_an_object_or_a_list_of_one(shape: Any) -> None:
    processor, _ = client(shape(stored()))

    assert processor.store_method(a_card(), timeout_seconds=5).vault_id == "16700000000000000001/1"


@pytest.mark.parametrize(
    ("kind", "told", "vault_id"),
    [
        ("savings", {"accttype": "ESAV"}, "167/2/ESAV"),
        ("checking", {"accttype": "ECHK"}, "167/2/ECHK"),
        (None, {"accttype": None}, "167/2/ECHK"),
    ],
)
def test_a_bank_account_is_kept_at_its_merchant_id_and_remembered_as_one(kind: str | None, told: dict[str, Any], vault_id: str) -> None:
    processor, gateway = client(stored(profileid="167", acctid=2, token=BANK_TOKEN, expiry="", **told))

    kept = processor.store_method(a_bank_account(kind), timeout_seconds=5)

    assert kept == StoredMethod(vault_id, None, "6789", None)
    assert (gateway.sent[0].fields["merchid"], gateway.sent[0].fields["accttype"]) == (
        "800000000002",
        "ESAV" if kind == "savings" else "ECHK",
    )


@pytest.mark.parametrize(
    ("changes", "brand", "expiry"),
    [
        ({"accttype": "MC"}, "mastercard", "2030-12"),
        ({"accttype": "AMEX", "expiry": "0127"}, "amex", "2027-01"),
        ({"accttype": "NEWCARD"}, "visa", "2030-12"),
        ({"accttype": None, "expiry": "1330"}, "visa", None),
        ({"accttype": None, "expiry": None, "token": None}, "visa", None),
        ({"accttype": None, "token": "garbage"}, None, "2030-12"),
    ],
)
def test_the_brand_comes_from_the_token_where_nothing_better_is_told(
    changes: dict[str, Any], brand: str | None, expiry: str | None
) -> None:
    processor, _ = client(stored(**changes))

    kept = processor.store_method(a_card(), timeout_seconds=5)

    assert (kept.brand, kept.expiry) == (brand, expiry)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("16", "expired_card"), ("98", "token_expired"), ("11", "incorrect_number"), ("33", "incorrect_number"), ("34", "token_expired")],
)
def test_a_method_that_the_gateway_does_not_take_is_refused_with_a_reason(code: str, reason: str) -> None:
    processor, _ = client(stored(respstat="C", respcode=code, profileid=None))

    with pytest.raises(MethodRefusedError, match=f"PPS-{code}") as refused:
        processor.store_method(a_card(), timeout_seconds=5)

    assert refused.value.reason == reason
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(("method", "currency"), [(a_card("CAD"), "USD"), (a_bank_account(currency="CAD"), "CAD"), (a_card("USD"), "CAD")])
def test_a_method_of_another_currency_is_refused_before_the_call(method: MethodToStore, currency: str) -> None:
    processor, gateway = client(currency=currency)

    with pytest.raises(MethodRefusedError, match="keeps no"):
        processor.store_method(method, timeout_seconds=5)

    assert gateway.sent == []


@pytest.mark.parametrize(
    "answer",
    [
        stored(respstat="B", respcode="62"),
        stored(respstat=None),
        stored(profileid=None),
        stored(profileid="../1"),
        stored(acctid="x"),
        [],
        b"garbage",
        AnswerLostError("cut"),
    ],
)
def test_a_method_that_may_be_stored_is_a_lost_answer(answer: object) -> None:
    processor, _ = client(answer)

    with pytest.raises(AnswerLostError):
        processor.store_method(a_card(), timeout_seconds=5)


def test_the_gateways_door_refuses_a_method_or_the_login() -> None:
    processor, _ = client(400, 401, 404, 400)

    with pytest.raises(MethodRefusedError, match="http_400"):
        processor.store_method(a_card(), timeout_seconds=5)
    with pytest.raises(ProcessorUnavailableError, match="status 401"):
        processor.store_method(a_card(), timeout_seconds=5)
    for status in (404, 400):
        with pytest.raises(ProcessorUnavailableError, match=f"status {status}"):
            processor.delete_method("167/1", timeout_seconds=5)


@pytest.mark.parametrize(
    ("vault_id", "path"),
    [
        ("167/1", "DELETE profile/167/1/800000000001"),
        ("167/2/ECHK", "DELETE profile/167/2/800000000002"),
        ("167/2/ESAV", "DELETE profile/167/2/800000000002"),
    ],
)
def test_a_method_is_forgotten_at_the_merchant_id_that_keeps_it(vault_id: str, path: str) -> None:
    processor, gateway = client(stored(respcode="08"))

    processor.delete_method(vault_id, timeout_seconds=5)

    assert gateway.paths == [path]


@pytest.mark.parametrize("gone", [stored(respstat="C", respcode="96"), [stored(respstat="C", respcode="96")]])
def test_a_method_that_is_gone_already_is_no_error(gone: object) -> None:
    processor, gateway = client(gone)

    processor.delete_method("167/1", timeout_seconds=5)

    assert len(gateway.sent) == 1


@pytest.mark.parametrize("answer", [stored(respstat="C", respcode="91"), stored(respstat="B", respcode="62"), b"", AnswerLostError("cut")])
def test_a_method_that_may_still_be_there_is_to_be_deleted_again(answer: object) -> None:
    processor, _ = client(answer)

    with pytest.raises(TransientError):
        processor.delete_method("167/1", timeout_seconds=5)


@pytest.mark.parametrize("vault_id", ["", "167", "167/1/VISA", "167//1", "a b/1", "167/1/ECHK/2"])
def test_another_processors_vault_id_is_not_sent(vault_id: str) -> None:
    processor, gateway = client()

    with pytest.raises(InvariantError, match="another processor"):
        processor.delete_method(vault_id, timeout_seconds=5)

    assert gateway.sent == []
