"""The protocol: one request body in, one answer body out, as the real endpoint would write it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from local.processors.authorize_net import batches, reports, returns, reversals, schema, tokens, transactions, vault, vault_upkeep
from local.processors.authorize_net.answers import Refused, ok_messages, refusal
from local.processors.authorize_net.call import Answered, Call, minor_amount
from local.processors.authorize_net.faults import AFTER, AnswerWithheld, Faults, withheld
from local.processors.authorize_net.ledger import Ledger, Merchant
from local.processors.authorize_net.webhooks import Webhooks

BOM = b"\xef\xbb\xbf"
_AMOUNTS = frozenset({"authAmount", "settleAmount"})


class AuthorizeNetSimulator:
    """Authorize.Net in one object: ``handle`` is its whole API.

    Args:
        ledger: Its books; in memory when left out.
        now: Its clock (aware, UTC).
    """

    def __init__(self, ledger: Ledger | None = None, now: Callable[[], datetime] | None = None) -> None:
        self.ledger = ledger or Ledger()
        self.faults = Faults()
        self.now = now or (lambda: datetime.now(UTC))
        self.webhooks = Webhooks(self.ledger, self.now)

    def handle(self, body: bytes) -> bytes:
        """Answer one request.

        Raises:
            AnswerWithheld: A fault on demand struck; depending on it the work was done or not.
        """
        self.keep_time()
        return self._answer(body)

    def keep_time(self) -> None:
        """Close the batches whose cut-off has passed, when that is switched on."""
        if (self.ledger.recall("option", "all") or {}).get("auto_settle"):
            with self.ledger.lock:
                batches.settle_by_clock(self.ledger, self.now())

    def settle(self, tenant_id: str | None = None, errors: Mapping[str, str] | None = None) -> int:
        """Close the open batches of a tenant, or of all; return how many entries settled.

        Args:
            tenant_id: Whose.
            errors: Payment id -> status, for charges that shall not settle well.
        """
        with self.ledger.lock:
            failing = {returns.find_charge(self.ledger, payment_id).trans_id: status for payment_id, status in (errors or {}).items()}
            owners = [merchant for merchant in self.ledger.merchants() if tenant_id in (None, merchant.tenant_id)]
            return sum(batches.settle(self.ledger, merchant, self.now(), errors=failing) for merchant in owners)

    def return_payment(self, payment_id: str, code: str, corrected: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Have a bank send an eCheck back (``R01``) or tell what changed (``C01``); see ``returns.returned``."""
        return returns.returned(self.ledger, payment_id, code, self.now(), corrected)

    def charge_back(self, payment_id: str, reason_code: str, amount_minor: int | None = None, *, reversed_: bool = False) -> dict[str, Any]:
        """Have a card's bank take a charge back; see ``returns.charged_back``."""
        return returns.charged_back(self.ledger, payment_id, reason_code, self.now(), amount_minor, reversed_=reversed_)

    def review(self, payment_id: str, *, approve: bool) -> dict[str, Any]:
        """Let a held charge go or refuse it, as a person does in the merchant's own pages.

        Raises:
            NoSuchChargeError: No such charge.
            NotPossibleError: It is not held.
        """
        with self.ledger.lock:
            entry = returns.find_charge(self.ledger, payment_id)
            merchant = self.ledger.merchant(entry.login)
            if merchant is None or not reversals.is_held(entry):
                raise returns.NotPossibleError(f"a charge with status {entry.status} is not held")
            call = Call("updateHeldTransactionRequest", {}, merchant, self.now(), self.ledger)
            released = reversals.release(call, entry, approve=approve)
        self.webhooks.publish(merchant, call.events, call.now)
        return {"id": released.trans_id, "status": released.status}

    def close(self) -> None:
        """Stop what runs beside and close the books."""
        self.webhooks.close()
        self.ledger.close()

    def _answer(self, body: bytes) -> bytes:
        ref_id = None
        try:
            root, content = _parsed(body)
            if isinstance(content, dict) and isinstance(content.get("refId"), str):
                ref_id = content["refId"]
            schema.check(root, root, content)
            merchant = self._merchant(root, content)
        except (schema.SchemaError, Refused) as error:
            return _encoded(refusal(error.code, error.text, ref_id))
        return self._carried_out(root, content, merchant, ref_id)

    def _carried_out(self, root: str, content: Mapping[str, Any], merchant: Merchant, ref_id: str | None) -> bytes:
        operation = _operation(root, content)
        fault = self.faults.take(operation, merchant.tenant_id) if operation else None
        if fault is not None and fault.kind == "drop_before":
            raise AnswerWithheld("drop")
        call = Call(root, content, merchant, self.now(), self.ledger, fault)
        with self.ledger.lock:
            answer, outcome = _worked(call, ref_id)
            if operation:
                self.ledger.add_call(_record(call, operation, outcome))
        self.webhooks.publish(merchant, call.events, call.now)
        if fault is not None and fault.kind == "wrong_amount":
            answer = _misstated(answer)
        if fault is not None and fault.kind in AFTER:
            raise withheld(fault.kind, _encoded(answer))
        return _encoded(answer)

    def _merchant(self, root: str, content: Mapping[str, Any]) -> Merchant:
        given = content.get("merchantAuthentication")
        name = given.get("name") if isinstance(given, dict) else None
        merchant = self.ledger.merchant(name) if isinstance(name, str) else None
        if merchant is None or not isinstance(given, dict):
            raise Refused("E00007", "User authentication failed due to invalid authentication values.")
        minting = root == "securePaymentContainerRequest"
        key, expected = ("clientKey", merchant.public_client_key) if minting else ("transactionKey", merchant.transaction_key)
        if not expected or given.get(key) != expected:
            raise Refused("E00007", "User authentication failed due to invalid authentication values.")
        return merchant


def wrong_content_type() -> bytes:
    """Return the answer to a body that does not call itself JSON."""
    return _encoded(refusal("E00002", "The content-type specified is not supported.", None))


def _encoded(answer: Mapping[str, Any]) -> bytes:
    return BOM + json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()


def _worked(call: Call, ref_id: str | None) -> tuple[dict[str, Any], str]:
    try:
        payload, failed = _METHODS[call.root](call)
    except Refused as error:
        empty: dict[str, Any] = {"transactionResponse": {}} if call.quirk("empty_transaction") and call.transaction else {}
        return _with_quirks(call, {**empty, **refusal(error.code, error.text, ref_id)}), "error"
    messages = payload.pop("messages", None) or ok_messages()
    answer = {**payload, **({"refId": ref_id} if ref_id is not None else {}), "messages": messages}
    return _with_quirks(call, answer), failed or "approved"


def _with_quirks(call: Call, answer: dict[str, Any]) -> dict[str, Any]:
    """Write an answer as the gateway does now and then: a lone message without its list, a key nobody knows."""
    messages, response = answer["messages"], answer.get("transactionResponse")
    if call.quirk("lone_message") and messages["resultCode"] == "Error":
        answer["messages"] = {**messages, "message": messages["message"][0]}
    if call.quirk("unknown_keys") and response is not None:
        answer["transactionResponse"] = {**response, "SupplementalDataQualificationIndicator": 0}
    return answer


Method = Callable[[Call], Answered]


def _plain(answered: Callable[[Call], dict[str, Any]]) -> Method:
    def method(call: Call) -> Answered:
        code = call.forced_code
        if code is not None:
            raise Refused(code if code.startswith("E") else "E00001", "An error occurred during processing. Please try again.")
        return answered(call), None

    return method


_METHODS: Mapping[str, Method] = {
    "createTransactionRequest": transactions.carry_out,
    "updateHeldTransactionRequest": reversals.update_held,
    "authenticateTestRequest": _plain(reports.nothing_more),
    "getMerchantDetailsRequest": _plain(reports.merchant_details),
    "getUnsettledTransactionListRequest": _plain(reports.unsettled),
    "getSettledBatchListRequest": _plain(reports.batch_list),
    "getBatchStatisticsRequest": _plain(reports.batch_statistics),
    "getTransactionListRequest": _plain(reports.batch_content),
    "getTransactionDetailsRequest": _plain(reports.details),
    "getTransactionListForCustomerRequest": _plain(vault_upkeep.transactions_of_customer),
    "createCustomerProfileRequest": vault.create_profile,
    "createCustomerPaymentProfileRequest": vault.create_payment_profile,
    "createCustomerProfileFromTransactionRequest": vault.create_from_transaction,
    "getCustomerProfileRequest": _plain(vault_upkeep.read_profile),
    "getCustomerPaymentProfileRequest": _plain(vault_upkeep.read_payment_profile),
    "updateCustomerPaymentProfileRequest": vault_upkeep.update_payment_profile,
    "validateCustomerPaymentProfileRequest": vault_upkeep.validate_payment_profile,
    "deleteCustomerPaymentProfileRequest": _plain(vault_upkeep.delete_payment_profile),
    "deleteCustomerProfileRequest": _plain(vault_upkeep.delete_profile),
    "securePaymentContainerRequest": _plain(tokens.mint),
}
_OPERATIONS = {
    "authenticateTestRequest": "test",
    "getUnsettledTransactionListRequest": "inquire",
    "getTransactionDetailsRequest": "inquire",
    "getTransactionListForCustomerRequest": "inquire",
    "getSettledBatchListRequest": "report",
    "getBatchStatisticsRequest": "report",
    "getTransactionListRequest": "report",
    "createCustomerPaymentProfileRequest": "store_method",
    "createCustomerProfileFromTransactionRequest": "store_method",
    "updateCustomerPaymentProfileRequest": "store_method",
    "deleteCustomerPaymentProfileRequest": "delete_method",
    "deleteCustomerProfileRequest": "delete_method",
}
_TRANSACTION_OPERATIONS = {
    "authCaptureTransaction": "charge",
    "authOnlyTransaction": "charge",
    "captureOnlyTransaction": "charge",
    "voidTransaction": "void",
    "refundTransaction": "refund",
}


def _parsed(body: bytes) -> tuple[str, Any]:
    try:
        document = json.loads(body.decode("utf-8-sig"))
        # Half a surrogate pair is no text in XML either.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refused("E00003", "Root element is missing.") from None
    if not isinstance(document, dict) or len(document) != 1:
        raise Refused("E00003", "There are multiple root elements." if document else "Root element is missing.")
    root, content = next(iter(document.items()))
    if root not in schema.ROOTS:
        raise Refused("E00004", "The name of the requested API method is invalid.")
    return root, content


def _operation(root: str, content: Mapping[str, Any]) -> str | None:
    if root == "createTransactionRequest":
        request = content.get("transactionRequest")
        return _TRANSACTION_OPERATIONS.get(str(request.get("transactionType"))) if isinstance(request, dict) else None
    if root == "createCustomerProfileRequest":
        # A customer without a method stores none.
        profile = content.get("profile")
        return "store_method" if isinstance(profile, dict) and profile.get("paymentProfiles") else None
    return _OPERATIONS.get(root)


def _record(call: Call, operation: str, outcome: str) -> dict[str, object]:
    request = call.transaction
    order = request.get("order")
    order_id = order.get("invoiceNumber") if isinstance(order, dict) else None
    amount = minor_amount(request.get("amount"))
    about = call.ledger.entry(str(request.get("refTransId") or call.body.get("transId") or ""))
    if about is not None:
        order_id = order_id or about.order.get("invoiceNumber")
        amount = amount or about.amount_minor
    return {
        "operation": operation,
        "amount": amount,
        "currency": call.merchant.currency,
        "outcome": outcome,
        "order_id": order_id,
        "tenant_id": call.merchant.tenant_id,
        "at": call.now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _misstated(answer: Any) -> Any:
    """Return the answer with other amounts wherever it tells one."""
    if isinstance(answer, list):
        return [_misstated(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        name: round(value + 1, 2) if name in _AMOUNTS and isinstance(value, int | float) else _misstated(value)
        for name, value in answer.items()
    }
