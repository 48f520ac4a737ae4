"""Saved cards and bank accounts through the staff API, with both processors' clients and simulators in one process."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from duebook import wiring
from duebook.domain.methods import SavedMethod, to_charge
from duebook.errors import MethodFlaggedError, NotFoundError
from duebook.runtime.clock import utc_now
from duebook.usecases.read_methods import find_method, flag_method
from duebook.usecases.save_method import CONSENT_VERSION
from tests.integration.api import StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.vaults import CAD, CARD, OTHER_CARD, USD, Vaults, listed, log_of, open_vaults, remove, saved, stored

BOTH = pytest.mark.parametrize("currency", [USD, CAD])


@pytest.fixture
def vaults(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Vaults:
    return open_vaults(aws, monkeypatch)


@pytest.fixture
def staff(vaults: Vaults) -> StaffApi:
    del vaults
    api = StaffApi("ten_1")
    api.customer("c1")
    api.customer("c2")
    return api


def flag(method_id: str, code: str, detail: str | None = None) -> SavedMethod | None:
    return flag_method("ten_1", "c1", method_id, code, detail, methods=wiring.method_store(), now=utc_now())


# ---------------------------------------------------------------- saving


@BOTH
def test_r35_r36_a_card_is_kept_at_the_processor_and_we_see_brand_last_four_and_expiry(staff: StaffApi, vaults: Vaults, currency: str):
    answer = saved(staff, vaults.token(currency), currency=currency)

    assert answer.status == 201, answer.text
    shown = answer.body
    assert (shown["type"], shown["brand"], shown["last4"], shown["currency"]) == ("card", "visa", "1111", currency)
    assert (shown["default"], shown["flagged"], shown["flag_reason"]) == (True, False, None)
    assert shown["expiry"] in {"2030-12", None}
    assert set(shown) == {
        "id", "type", "brand", "last4", "expiry", "bank_name", "default", "flagged", "flag_reason", "currency", "created_at"
    }  # fmt: skip
    assert listed(staff) == [shown]
    assert len(vaults.calls(currency, "store_method")) >= 1
    assert not vaults.calls(currency, "charge")


def test_r35_a_bank_account_is_kept_with_its_last_four(staff: StaffApi, vaults: Vaults):
    answer = saved(staff, vaults.bank_token(), type="bank_account", account_kind="checking")

    assert answer.status == 201, answer.text
    assert (answer.body["type"], answer.body["last4"], answer.body["expiry"]) == ("bank_account", "6789", None)


def test_the_consent_is_recorded_with_who_when_and_which_words(staff: StaffApi, vaults: Vaults):
    shown = saved(staff, vaults.token()).body

    consent = stored(shown["id"]).consent
    assert (consent.at, consent.by, consent.channel) == (utc_now(), "key_test", "staff")
    assert consent.text_version == CONSENT_VERSION
    assert "allows Acme Site Services" in staff.get("/customers/c1/payment-methods").body["consent_text"]


@pytest.mark.parametrize("body", [{"consent": False}, {"consent": None}, {"consent": "yes"}])
def test_without_consent_nothing_is_sent_and_nothing_saved(staff: StaffApi, vaults: Vaults, body: dict[str, Any]):
    answer = saved(staff, vaults.token(), **body)

    assert answer.status == 422
    assert answer.body["errors"][0]["field"] == "consent"
    assert vaults.calls(USD, "store_method") == []


@BOTH
def test_the_same_card_again_is_one_record(staff: StaffApi, vaults: Vaults, currency: str):
    first = saved(staff, vaults.token(currency), currency=currency).body
    later(vaults.aws, days=1)

    again = saved(staff, vaults.token(currency), currency=currency)

    assert again.status == 201, again.text
    assert (again.body["id"], again.body["created_at"]) == (first["id"], first["created_at"])
    assert len(listed(staff)) == 1
    assert stored(first["id"]).consent.at == utc_now()


def test_the_same_card_of_two_customers_is_two_records(staff: StaffApi, vaults: Vaults):
    first, second = saved(staff, vaults.token()).body, saved(staff, vaults.token(), "c2").body

    assert first["id"] != second["id"]


@BOTH
def test_a_lost_answer_saves_nothing_and_the_next_try_finds_the_same_card(staff: StaffApi, vaults: Vaults, currency: str):
    vaults.faults(currency, {"operation": "store_method", "fault": "drop_after"})

    lost = saved(staff, vaults.token(currency), currency=currency)

    assert (lost.status, lost.body["code"]) == (503, "temporarily_unavailable")
    assert "Nothing was saved" in lost.body["detail"]
    assert listed(staff) == []
    vaults.faults(currency)
    assert saved(staff, vaults.token(currency), currency=currency).status == 201
    assert len(listed(staff)) == 1


def test_a_used_token_is_refused_in_plain_words(staff: StaffApi, vaults: Vaults):
    token = vaults.token()
    saved(staff, token)

    answer = saved(staff, token)

    assert (answer.status, answer.body["code"]) == (422, "method_refused")
    assert answer.body["detail"].endswith("Nothing was saved.")
    assert token not in answer.text


def test_a_currency_without_a_merchant_account_cannot_be_saved_for(staff: StaffApi, vaults: Vaults):
    answer = saved(staff, vaults.token(), currency="JPY")

    assert (answer.status, answer.body["code"]) == (409, "not_payable_online")


def test_a_customer_has_at_most_ten_and_the_eleventh_is_not_sent(staff: StaffApi, vaults: Vaults):
    first = stored(saved(staff, vaults.token()).body["id"])
    more = [replace(first, method_id=f"mth_{number}", vault_id=f"1/{number}", default=False, version=0) for number in range(9)]
    wiring.method_store().save(*more)
    sent = len(vaults.calls(USD, "store_method"))

    answer = saved(staff, vaults.token(**OTHER_CARD))

    assert answer.status == 422
    assert "at most" in answer.body["detail"] or "may have 10" in answer.body["detail"]
    assert len(vaults.calls(USD, "store_method")) == sent


# ---------------------------------------------------------------- the default


def test_the_first_is_the_default_until_another_is_made_it(staff: StaffApi, vaults: Vaults):
    first = saved(staff, vaults.token()).body
    second = saved(staff, vaults.token(**OTHER_CARD)).body
    canadian = saved(staff, vaults.token(CAD), currency=CAD).body
    assert (first["default"], second["default"], canadian["default"]) == (True, False, True)

    made = [staff.put(f"/customers/c1/payment-methods/{second['id']}/default", {}) for _ in range(2)]

    assert [one.status for one in made] == [200, 200]
    assert [(one["id"], one["default"]) for one in listed(staff)] == [(canadian["id"], True), (second["id"], True), (first["id"], False)]


def test_a_method_may_be_saved_as_the_default_at_once(staff: StaffApi, vaults: Vaults):
    first = saved(staff, vaults.token()).body

    second = saved(staff, vaults.token(**OTHER_CARD), default=True).body

    assert [(one["id"], one["default"]) for one in listed(staff)] == [(second["id"], True), (first["id"], False)]


# ---------------------------------------------------------------- whose it is, and who may


def test_another_customer_s_and_another_tenant_s_method_is_not_found(staff: StaffApi, vaults: Vaults):
    shown = saved(staff, vaults.token()).body
    other = StaffApi("ten_2")
    other.customer("c1")

    refused = [
        remove(staff, shown["id"], "c2"),
        remove(other, shown["id"]),
        staff.put(f"/customers/c2/payment-methods/{shown['id']}/default", {}),
        other.put(f"/customers/c1/payment-methods/{shown['id']}/default", {}),
        staff.get("/customers/nobody/payment-methods"),
    ]

    assert [one.status for one in refused] == [404] * 5
    assert listed(other) == []
    assert listed(staff, "c2") == []
    with pytest.raises(NotFoundError, match="no payment method"):
        find_method("ten_1", "c2", shown["id"], methods=wiring.method_store())


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("collector", 201), ("manager", 201), ("admin", 201)])
def test_r85_viewers_see_methods_and_collectors_keep_them(staff: StaffApi, vaults: Vaults, role: str, status: int):
    api = staff.as_(role)

    shown = saved(api, vaults.token())

    assert shown.status == status
    assert api.get("/customers/c1/payment-methods").status == 200
    if status == 403:
        assert api.put("/customers/c1/payment-methods/mth_1/default", {}).status == 403
        assert remove(api, "mth_1").status == 403


# ---------------------------------------------------------------- what banks say


def test_r38_a_return_flags_the_account_once_and_keeps_it_from_being_charged(staff: StaffApi, vaults: Vaults):
    shown = saved(staff, vaults.bank_token(), type="bank_account").body

    flagged_at = [flag(shown["id"], "R02", "Account Closed").version for _ in range(3)]  # type: ignore[union-attr]

    (one,) = listed(staff)
    assert len(set(flagged_at)) == 1
    assert (one["flagged"], one["flag_reason"]) == (True, "The account is closed.")
    with pytest.raises(MethodFlaggedError, match="The account is closed"):
        to_charge(stored(shown["id"]), by_merchant=True)


def test_r38_a_notification_of_change_flags_and_never_stores_the_new_number(staff: StaffApi, vaults: Vaults):
    shown = saved(staff, vaults.bank_token(), type="bank_account").body

    flag(shown["id"], "C01", "987654321")

    assert "The bank sent a correction" in listed(staff)[0]["flag_reason"]
    assert "987654321" not in everything_stored()
    assert to_charge(stored(shown["id"]), by_merchant=True).vault_id


def test_a_word_about_a_method_that_nobody_knows_changes_nothing(staff: StaffApi):
    del staff

    assert flag("mth_unknown", "R02") is None


# ---------------------------------------------------------------- secrets


@BOTH
def test_r36_no_number_token_or_vault_id_in_answers_or_logs(
    staff: StaffApi, vaults: Vaults, currency: str, monkeypatch: pytest.MonkeyPatch
):
    token, log = vaults.token(currency), log_of(monkeypatch)
    answers = [saved(staff, token, currency=currency)]
    shown = answers[0].body
    vault_id = stored(shown["id"]).vault_id
    vaults.faults(currency, {"operation": "delete_method", "fault": "drop_after"})
    answers += [staff.get("/customers/c1/payment-methods"), saved(staff, token, currency=currency), remove(staff, shown["id"])]

    said = "".join(answer.text for answer in answers) + log.getvalue()

    assert vault_id
    assert log.getvalue()
    for secret in (token, vault_id, CARD["number"]):
        assert secret not in said
    if currency == USD:
        assert token not in everything_stored()
    assert CARD["number"] not in everything_stored()


def everything_stored() -> str:
    client = wiring.client("dynamodb")
    return json.dumps([client.scan(TableName=table)["Items"] for table in client.list_tables()["TableNames"]], default=str)
