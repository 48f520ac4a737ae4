"""``createTransactionRequest``: charges, voids and refunds as the gateway decides them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from local.processors.authorize_net import cards, tokens
from local.processors.authorize_net.answers import Refused, ok_messages, unsuccessful
from local.processors.authorize_net.cards import Card
from local.processors.authorize_net.ledger import FIRST_TRANS_ID, UNSETTLED, Entry, Ledger, Merchant

Forced = tuple[str, str | None] | None
Answered = tuple[dict[str, Any], str | None]

DEFAULT_WINDOW_SECONDS = 120
_AMOUNT = re.compile(r"[0-9]{1,13}(\.[0-9]{1,4})?")
_AUTH_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_COMPARED = ("order", "customer", "billTo", "shipTo", "poNumber")


def wanted(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the transaction asked for, empty when the request has none."""
    request = body.get("transactionRequest")
    return request if isinstance(request, dict) else {}


def written(moment: datetime) -> str:
    """Write an instant so that its text sorts like it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def minor_amount(given: object) -> int | None:
    """Read an amount of two decimals as minor units; None when it is not one."""
    text = str(given)
    if isinstance(given, bool) or not _AMOUNT.fullmatch(text):
        return None
    minor = Decimal(text) * 100
    return int(minor) if minor == int(minor) and minor > 0 else None


def carry_out(ledger: Ledger, merchant: Merchant, request: Mapping[str, Any], ref_id: str, now: datetime, forced: Forced) -> Answered:
    """Answer a request and tell the outcome for the list of calls (None for approved)."""
    kind = request.get("transactionType")
    if kind in {"authCaptureTransaction", "authOnlyTransaction"}:
        return _charge(ledger, merchant, request, ref_id, now, forced)
    if forced is not None:
        return _error(forced[1] or "2")
    if kind == "voidTransaction":
        return _void(ledger, merchant, request)
    if kind == "refundTransaction":
        return _refund(ledger, merchant, request, ref_id, now)
    raise Refused("E00013", "Transaction type is invalid.")


def _charge(ledger: Ledger, merchant: Merchant, request: Mapping[str, Any], ref_id: str, now: datetime, forced: Forced) -> Answered:
    card = _card(ledger, merchant, _object(request, "payment"), now)
    amount = minor_amount(request.get("amount"))
    if amount is None:
        return _error("5", card)
    if request.get("currencyCode", merchant.currency) != merchant.currency:
        return _error("39", card)
    fault = cards.card_fault(card, now)
    if fault is not None:
        return _error(fault, card)
    if merchant.test_mode or _setting(request, "testRequest") == "true":
        return _test_approval(card), None
    content = _content(merchant, request, card, amount)
    first = _repeated(ledger, request, content, now)
    if first is not None:
        return _duplicate(first, card, explicit=_setting(request, "duplicateWindow") is not None)
    entry = _decided(ledger, merchant, request, card, amount, now, forced)
    entry.ref_id = ref_id
    if entry.response_code == "3":
        return _error(entry.reason_code, card)
    ledger.put_entry(entry)
    ledger.remember("content", content, entry.trans_id)
    return _answer(ledger, entry), None if entry.response_code in {"1", "4"} else "declined"


def _decided(
    ledger: Ledger,
    merchant: Merchant,
    request: Mapping[str, Any],
    card: Card,
    amount: int,
    now: datetime,
    forced: Forced,
) -> Entry:
    bill_to = _object(request, "billTo")
    zips = (str(bill_to.get("zip", "")), card.zip)
    avs, cvv = cards.avs_code(*zips), cards.cvv_code(card.cvv)
    reason = _reason(ledger, zips, avs, cvv, forced)
    held = reason in {"252", "253"}
    response = "4" if held else "1" if reason == "1" else cards.response_code(reason)
    captured = request.get("transactionType") == "authCaptureTransaction"
    status = {
        "1": "capturedPendingSettlement" if captured else "authorizedPendingCapture",
        "4": "FDSAuthorizedPendingReview" if reason == "252" else "FDSPendingReview",
    }.get(response, "declined")
    number = str(ledger.next_number("trans_id", FIRST_TRANS_ID)) if response != "3" else "0"
    return Entry(
        trans_id=number,
        login=merchant.api_login_id,
        kind=str(request["transactionType"]),
        status=status,
        response_code=response,
        reason_code=reason,
        submitted_at=written(now),
        amount_minor=amount,
        currency=merchant.currency,
        requested_minor=amount,
        auth_code=_auth_code(number) if response in {"1", "4"} and reason != "253" else "",
        avs=avs if response in {"1", "4"} else "U",
        cvv=cvv if response in {"1", "4"} else "",
        order=dict(_object(request, "order")),
        customer=dict(_object(request, "customer")),
        bill_to=dict(bill_to),
        brand=card.brand,
        last4=card.last4,
    )


def _reason(ledger: Ledger, zips: tuple[str, ...], avs: str, cvv: str, forced: Forced) -> str:
    if forced is not None:
        kind, code = forced
        return code or ("252" if kind == "review" else "2")
    if any(zip_code[:5] == cards.DECLINE_ZIP for zip_code in zips):
        return "2"
    options = ledger.recall("option", "all") or {}
    if avs in options.get("avs_filter", ()):
        return "27"
    return "65" if cvv in options.get("cvv_filter", ()) else "1"


def _void(ledger: Ledger, merchant: Merchant, request: Mapping[str, Any]) -> Answered:
    entry = ledger.entry(str(request.get("refTransId", "")))
    if entry is None or entry.login != merchant.api_login_id or entry.batch_id or entry.response_code not in {"1", "4"}:
        return _error("16")
    repeated = entry.status == "voided"
    entry.status = "voided"
    ledger.put_entry(entry)
    shown = replace(entry, response_code="1", reason_code="310" if repeated else "1", ref_trans_id=entry.trans_id)
    return _answer(ledger, shown), None


def _refund(ledger: Ledger, merchant: Merchant, request: Mapping[str, Any], ref_id: str, now: datetime) -> Answered:
    original = ledger.entry(str(request.get("refTransId", "")))
    amount = minor_amount(request.get("amount"))
    if amount is None:
        return _error("5")
    if original is None or original.login != merchant.api_login_id:
        return _error("16")
    card_number = str(_object(_object(request, "payment"), "creditCard").get("cardNumber", ""))
    if original.status != "settledSuccessfully" or card_number[-4:] != original.last4:
        return _error("54")
    if original.refunded_minor + amount > original.amount_minor:
        return _error("55")
    original.refunded_minor += amount
    ledger.put_entry(original)
    number = str(ledger.next_number("trans_id", FIRST_TRANS_ID))
    refund = replace(
        original,
        trans_id=number,
        kind="refundTransaction",
        status="refundPendingSettlement",
        submitted_at=written(now),
        amount_minor=amount,
        requested_minor=amount,
        auth_code="",
        avs="P",
        cvv="",
        ref_id=ref_id,
        ref_trans_id=original.trans_id,
        order=dict(_object(request, "order")) or original.order,
        batch_id=None,
        refunded_minor=0,
    )
    ledger.put_entry(refund)
    return _answer(ledger, refund), None


def settle(ledger: Ledger, merchant: Merchant, batch_id: str, now: datetime) -> int:
    """Close a merchant's batch: what is pending settles. Return how many entries it holds."""
    settled = {"capturedPendingSettlement": "settledSuccessfully", "refundPendingSettlement": "refundSettledSuccessfully"}
    closing = [
        entry
        for entry in ledger.entries(merchant.api_login_id, UNSETTLED)
        if entry.status in settled or entry.status in {"declined", "voided"}
    ]
    for entry in closing:
        entry.status = settled.get(entry.status, entry.status)
        entry.batch_id = batch_id
        ledger.put_entry(entry)
    if closing:
        ledger.put_batch(batch_id, merchant.api_login_id, written(now))
    return len(closing)


def _card(ledger: Ledger, merchant: Merchant, payment: Mapping[str, Any], now: datetime) -> Card:
    if "opaqueData" in payment:
        return tokens.spend(ledger, merchant, _object(payment, "opaqueData"), now)
    plain = _object(payment, "creditCard")
    if not plain:
        raise Refused("E00029", "Payment information is required.")
    return Card.read(str(plain.get("cardNumber", "")), str(plain.get("expirationDate", "")), str(plain.get("cardCode", "")))


def _content(merchant: Merchant, request: Mapping[str, Any], card: Card, amount: int) -> str:
    compared = [merchant.api_login_id, request.get("transactionType"), amount, card.fingerprint]
    compared += [request.get(name) for name in _COMPARED]
    return hashlib.sha256(json.dumps(compared, sort_keys=True).encode()).hexdigest()


def _repeated(ledger: Ledger, request: Mapping[str, Any], content: str, now: datetime) -> Entry | None:
    window = _setting(request, "duplicateWindow")
    seconds = int(window) if window is not None and window.isdigit() else DEFAULT_WINDOW_SECONDS
    number = ledger.recall("content", content)
    first = ledger.entry(number) if number else None
    if first is None or abs(now - datetime.fromisoformat(first.submitted_at)) >= timedelta(seconds=seconds):
        return None
    return first


def _answer(ledger: Ledger, entry: Entry) -> dict[str, Any]:
    text = cards.TEXTS.get(entry.reason_code, cards.TEXTS["2"])
    response = _response(entry.response_code, entry.trans_id, Card(entry.brand, entry.last4, True, "", ""), entry)
    if entry.response_code in {"1", "4"}:
        response["messages"] = [{"code": entry.reason_code, "description": text}]
    else:
        response["errors"] = [{"errorCode": entry.reason_code, "errorText": text}]
    response["transHashSha2"] = ""
    if entry.response_code == "1":
        response["networkTransId"] = f"NTI{entry.trans_id.zfill(12)}"
    options = ledger.recall("option", "all") or {}
    failed = entry.response_code == "2" and options.get("declined_result_code") == "Error"
    return {"transactionResponse": response, "messages": unsuccessful() if failed else ok_messages()}


def _error(code: str, card: Card | None = None) -> Answered:
    response = _response("3", "0", card)
    response["errors"] = [{"errorCode": code, "errorText": cards.TEXTS.get(code, cards.TEXTS["19"])}]
    response["transHashSha2"] = ""
    return {"transactionResponse": response, "messages": unsuccessful()}, "error"


def _duplicate(first: Entry, card: Card, *, explicit: bool) -> Answered:
    answer, outcome = _error("11", card)
    if explicit:
        known = {"authCode": first.auth_code, "avsResultCode": first.avs, "cvvResultCode": first.cvv}
        answer["transactionResponse"].update(known, transId=first.trans_id)
    return answer, outcome


def _test_approval(card: Card) -> dict[str, Any]:
    response = _response("1", "0", card)
    response |= {"authCode": "000000", "avsResultCode": "P", "testRequest": "1"}
    response["messages"] = [{"code": "1", "description": cards.TEXTS["1"]}]
    return {"transactionResponse": response, "messages": ok_messages()}


def _response(code: str, trans_id: str, card: Card | None, entry: Entry | None = None) -> dict[str, Any]:
    return {
        "responseCode": code,
        "authCode": entry.auth_code if entry else "",
        "avsResultCode": entry.avs if entry else "P",
        "cvvResultCode": entry.cvv if entry else "",
        "cavvResultCode": "2" if code == "1" else "",
        "transId": trans_id,
        "refTransID": entry.ref_trans_id if entry else "",
        "transHash": "",
        "testRequest": "0",
        "accountNumber": f"XXXX{card.last4}" if card and card.last4 else "",
        "accountType": card.brand if card else "",
    }


def _auth_code(number: str) -> str:
    digest = hashlib.sha256(number.encode()).digest()
    return "".join(_AUTH_CODE_LETTERS[byte % len(_AUTH_CODE_LETTERS)] for byte in digest[:6])


def _setting(request: Mapping[str, Any], name: str) -> str | None:
    settings = _object(request, "transactionSettings").get("setting")
    for setting in settings if isinstance(settings, list) else [settings]:
        if isinstance(setting, dict) and setting.get("settingName") == name:
            return str(setting.get("settingValue")).lower()
    return None


def _object(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}
