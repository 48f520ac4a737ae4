"""``createTransactionRequest``: charges as the gateway decides them, and the way to what undoes one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.processors.authorize_net import banks, cards, responses, reversals, vault
from local.processors.authorize_net.answers import Refused
from local.processors.authorize_net.banks import BankAccount
from local.processors.authorize_net.call import Answered, Call, child, minor_amount, setting, truthy, written
from local.processors.authorize_net.cards import Card
from local.processors.authorize_net.codes import response_code
from local.processors.authorize_net.ledger import FIRST_TRANS_ID, Entry
from local.processors.authorize_net.methods import bank_face, given_method
from local.processors.authorize_net.notices import fraud_payload, transaction_payload

DEFAULT_WINDOW_SECONDS, LONGEST_WINDOW_SECONDS = 120, 28_800
PARTIAL_ZIP, BALANCE_ZIPS = "46225", frozenset({"46226", "46227", "46228"})
PARTIAL_MINOR = 1_23
_AUTH_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_COMPARED = ("order", "customer", "billTo", "shipTo", "poNumber")
_CHARGES = frozenset({"authCaptureTransaction", "authOnlyTransaction", "captureOnlyTransaction"})
_UNDER_REVIEW = frozenset(str(code) for code in range(104, 111)) | {"193"}


@dataclass(frozen=True, slots=True)
class Paying:
    """What a charge is taken from: as typed, as a nonce, or as kept in a profile."""

    method: Card | BankAccount
    bill_to: Mapping[str, Any]
    profile: Mapping[str, str] = field(default_factory=dict)

    @property
    def zips(self) -> tuple[str, ...]:
        """The ZIP codes that may trigger something."""
        return (str(self.bill_to.get("zip", "")), self.method.zip if isinstance(self.method, Card) else "")


def carry_out(call: Call) -> Answered:
    """Answer a request.

    Raises:
        Refused: The request as a whole.
    """
    kind = call.transaction.get("transactionType")
    if kind in _CHARGES:
        return _charge(call)
    if call.forced_code is not None:
        return responses.error(call.forced_code)
    match kind:
        case "voidTransaction":
            return reversals.void(call)
        case "refundTransaction":
            return reversals.refund(call)
        case "priorAuthCaptureTransaction":
            return reversals.capture(call)
    raise Refused("E00013", "Transaction type is invalid.")


def _charge(call: Call) -> Answered:
    request = call.transaction
    paying = _paying(call)
    method = paying.method
    amount = minor_amount(request.get("amount"))
    if amount is None:
        return responses.error("5", method)
    if request.get("currencyCode", call.merchant.currency) != call.merchant.currency:
        return responses.error("39", method)
    fault = _fault(call, method)
    if fault is not None:
        return responses.error(fault, method)
    if call.merchant.test_mode or setting(request, "testRequest") == "true":
        return responses.test_approval(method)
    content = _content(call, method, amount)
    first = _repeated(call, content)
    if first is not None:
        return responses.duplicate(first, method, explicit=setting(request, "duplicateWindow") is not None)
    entry = _decided(call, paying, amount)
    if entry.response_code == "3":
        return responses.error(entry.reason_code, method)
    vault.remember_method(call, entry, method)
    kept = vault.kept_with_charge(call, entry, method) if truthy(child(request, "profile").get("createProfile")) else None
    call.ledger.put_entry(entry)
    call.ledger.remember("content", content, entry.trans_id)
    _tell(call, entry)
    answer, outcome = responses.of_entry(call, entry)
    return ({**answer, "profileResponse": kept} if kept is not None else answer), outcome


def _paying(call: Call) -> Paying:
    """Find what is to be charged; a nonce is used up by that.

    Raises:
        Refused: No payment, a nonce that does not work, a profile that is not there.
    """
    request = call.transaction
    payment, profile = child(request, "payment"), child(request, "profile")
    if "customerProfileId" in profile:
        return Paying(*vault.charged(call, profile))
    if "paymentProfile" in profile and payment:
        raise Refused("E00090", "PaymentProfile cannot be sent with payment data.")
    return Paying(given_method(call, payment), child(request, "billTo"))


def _fault(call: Call, method: Card | BankAccount) -> str | None:
    captured_only = call.transaction.get("transactionType") == "captureOnlyTransaction"
    if captured_only and not call.transaction.get("authCode"):
        return "12"
    if isinstance(method, Card):
        return cards.card_fault(method, call.now)
    if not call.merchant.echeck:
        return "18"
    if call.transaction.get("transactionType") != "authCaptureTransaction":
        return "53"
    return banks.account_fault(method)


def _decided(call: Call, paying: Paying, amount: int) -> Entry:
    request, method = call.transaction, paying.method
    card = method if isinstance(method, Card) else None
    avs = cards.avs_code(*paying.zips) if card else "P"
    cvv = cards.cvv_code(card.cvv) if card else ""
    reason = _reason(call, paying, amount, avs, cvv)
    held = reason in {"252", "253"} | _UNDER_REVIEW
    response = "4" if held else "1" if reason == "1" else response_code(reason)
    passed = response in {"1", "4"}
    number = str(call.ledger.next_number("trans_id", FIRST_TRANS_ID)) if response != "3" else "0"
    entry = Entry(
        trans_id=number,
        login=call.merchant.api_login_id,
        kind=str(request["transactionType"]),
        status=_status(str(request["transactionType"]), response, reason),
        response_code=response,
        reason_code=reason,
        submitted_at=written(call.now),
        amount_minor=call.amount_struck(amount),
        currency=call.merchant.currency,
        requested_minor=amount,
        auth_code=_auth_code(number) if card and passed and reason != "253" else "",
        avs=avs if passed or not card else "U",
        cvv=cvv if passed else "",
        ref_id=call.ref_id,
        order=dict(child(request, "order")),
        customer=dict(child(request, "customer")),
        bill_to=dict(paying.bill_to),
        brand=method.brand,
        last4=method.last4,
        fingerprint=method.fingerprint,
        bank=bank_face(method),
        profile=dict(paying.profile),
    )
    if response == "1" and setting(request, "allowPartialAuth") == "true":
        _approve_in_part(call, entry, paying.zips)
    return entry


def _status(kind: str, response: str, reason: str) -> str:
    match response:
        case "1":
            return "authorizedPendingCapture" if kind == "authOnlyTransaction" else "capturedPendingSettlement"
        case "4" if reason in _UNDER_REVIEW:
            return "underReview"
        case "4":
            return "FDSAuthorizedPendingReview" if reason == "252" else "FDSPendingReview"
    return "declined"


def _approve_in_part(call: Call, entry: Entry, zips: tuple[str, ...]) -> None:
    places = {zip_code[:5] for zip_code in zips}
    if PARTIAL_ZIP in places and entry.amount_minor > PARTIAL_MINOR:
        entry.amount_minor, entry.reason_code = PARTIAL_MINOR, "295"
        entry.response_code = str(call.options.get("partial_response_code", "1"))
    if (BALANCE_ZIPS | {PARTIAL_ZIP}) & places:
        entry.split_tender_id = f"1{entry.trans_id[-6:]}"


def _reason(call: Call, paying: Paying, amount: int, avs: str, cvv: str) -> str:
    fault, options = call.fault, call.options
    if fault is not None and fault.kind in {"decline", "review"}:
        code = fault.code or ("252" if fault.kind == "review" else "2")
        if code.startswith("E"):
            raise Refused(code, "An error occurred during processing. Please try again.")
        return code
    if isinstance(paying.method, BankAccount):
        return "2" if options.get("amount_triggers") and _over_the_test_limits(call, amount) else "1"
    if any(zip_code[:5] == cards.DECLINE_ZIP for zip_code in paying.zips):
        return "2"
    if avs in options.get("avs_filter", ()):
        return "27"
    return "65" if cvv in options.get("cvv_filter", ()) else "1"


def _over_the_test_limits(call: Call, amount: int) -> bool:
    """Say whether the sandbox's bank would refuse: a large amount, or a month that grew too large."""
    month = written(call.now)[:7]
    charged = (
        entry.amount_minor
        for entry in call.ledger.entries(call.merchant.api_login_id)
        if entry.is_echeck and entry.is_charge and entry.response_code == "1" and entry.submitted_at[:7] == month
    )
    return amount > banks.LARGEST_TEST_AMOUNT or sum(charged) + amount > banks.LARGEST_TEST_MONTH


def _tell(call: Call, entry: Entry) -> None:
    if entry.response_code == "4" and entry.reason_code != "295":
        call.tell("payment.fraud.held", fraud_payload(entry))
    elif entry.response_code in {"1", "4"}:
        name = "authorization" if entry.kind == "authOnlyTransaction" else "capture" if not _authorises(entry) else "authcapture"
        call.tell(f"payment.{name}.created", transaction_payload(entry, call.ref_id))


def _authorises(entry: Entry) -> bool:
    return entry.kind != "captureOnlyTransaction"


def _content(call: Call, method: Card | BankAccount, amount: int) -> str:
    request = call.transaction
    compared = [call.merchant.api_login_id, request.get("transactionType"), amount, method.fingerprint]
    compared += [request.get(name) for name in _COMPARED]
    return hashlib.sha256(json.dumps(compared, sort_keys=True).encode()).hexdigest()


def _repeated(call: Call, content: str) -> Entry | None:
    window = setting(call.transaction, "duplicateWindow")
    given = int(window) if window is not None and window.isascii() and window.isdigit() and len(window) < 9 else DEFAULT_WINDOW_SECONDS
    seconds = min(given, LONGEST_WINDOW_SECONDS)
    number = call.ledger.recall("content", content)
    first = call.ledger.entry(number) if number else None
    if first is None or abs(call.now - datetime.fromisoformat(first.submitted_at)) >= timedelta(seconds=seconds):
        return None
    return first


def _auth_code(number: str) -> str:
    digest = hashlib.sha256(number.encode()).digest()
    return "".join(_AUTH_CODE_LETTERS[byte % len(_AUTH_CODE_LETTERS)] for byte in digest[:6])
