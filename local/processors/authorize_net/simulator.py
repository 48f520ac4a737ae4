"""The protocol: one request body in, one answer body out, as the real endpoint would write it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.processors.authorize_net import reports, schema, tokens, transactions
from local.processors.authorize_net.answers import Refused, ok_messages, refusal
from local.processors.authorize_net.faults import AnswerWithheld, Faults
from local.processors.authorize_net.ledger import Ledger, Merchant

BOM = b"\xef\xbb\xbf"
_AFTER = {"drop_after": "drop", "timeout_after": "hang", "error_500_after": "error_500"}


@dataclass(frozen=True, slots=True)
class Call:
    """A checked request on its way to the code that answers it."""

    root: str
    body: Mapping[str, Any]
    merchant: Merchant
    now: datetime


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

    def handle(self, body: bytes) -> bytes:
        """Answer one request.

        Raises:
            AnswerWithheld: A fault on demand struck; depending on it the work was done or not.
        """
        return _encoded(self._answer(body))

    def _answer(self, body: bytes) -> dict[str, Any]:
        ref_id = None
        try:
            root, content = _parsed(body)
            if isinstance(content, dict) and isinstance(content.get("refId"), str):
                ref_id = content["refId"]
            schema.check(root, root, content)
            call = Call(root, content, self._merchant(root, content), self.now())
        except schema.SchemaError as error:
            return refusal(error.code, error.text, ref_id)
        except Refused as error:
            return refusal(error.code, error.text, ref_id)
        return self._carried_out(call, ref_id)

    def _carried_out(self, call: Call, ref_id: str | None) -> dict[str, Any]:
        operation = _operation(call)
        fault = self.faults.take(operation, call.merchant.tenant_id) if operation else None
        if fault is not None and fault.kind == "drop_before":
            raise AnswerWithheld("drop")
        forced = (fault.kind, fault.code) if fault is not None and fault.kind in {"decline", "review"} else None
        with self.ledger.lock:
            answer, outcome = self._worked(call, ref_id, forced)
            if operation:
                self.ledger.add_call(_record(self.ledger, call, operation, outcome))
        if fault is not None and fault.kind in _AFTER:
            raise AnswerWithheld(_AFTER[fault.kind])
        return answer

    def _worked(self, call: Call, ref_id: str | None, forced: tuple[str, str | None] | None) -> tuple[dict[str, Any], str]:
        try:
            payload, failed = _METHODS[call.root](self.ledger, call, forced)
        except Refused as error:
            return refusal(error.code, error.text, ref_id), "error"
        messages = payload.pop("messages", None) or ok_messages()
        answer = {**payload, **({"refId": ref_id} if ref_id is not None else {}), "messages": messages}
        return answer, failed or "approved"

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


Method = Callable[[Ledger, Call, tuple[str, str | None] | None], tuple[dict[str, Any], str | None]]


def _transaction(ledger: Ledger, call: Call, forced: tuple[str, str | None] | None) -> tuple[dict[str, Any], str | None]:
    return transactions.carry_out(ledger, call.merchant, call.body["transactionRequest"], call.body.get("refId", ""), call.now, forced)


def _plain(answered: Callable[[Ledger, Merchant, Mapping[str, Any], datetime], dict[str, Any]]) -> Method:
    def method(ledger: Ledger, call: Call, forced: tuple[str, str | None] | None) -> tuple[dict[str, Any], str | None]:
        if forced is not None:
            raise Refused("E00001", "An error occurred during processing. Please try again.")
        return answered(ledger, call.merchant, call.body, call.now), None

    return method


_METHODS: Mapping[str, Method] = {
    "createTransactionRequest": _transaction,
    "authenticateTestRequest": _plain(reports.nothing_more),
    "getMerchantDetailsRequest": _plain(reports.merchant_details),
    "getUnsettledTransactionListRequest": _plain(reports.unsettled),
    "getSettledBatchListRequest": _plain(reports.batches),
    "getTransactionListRequest": _plain(reports.batch_content),
    "getTransactionDetailsRequest": _plain(reports.details),
    "securePaymentContainerRequest": _plain(tokens.mint),
}
_OPERATIONS = {
    "getUnsettledTransactionListRequest": "inquire",
    "getTransactionDetailsRequest": "inquire",
    "getSettledBatchListRequest": "report",
    "getTransactionListRequest": "report",
}
_TRANSACTION_OPERATIONS = {
    "authCaptureTransaction": "charge",
    "authOnlyTransaction": "charge",
    "voidTransaction": "void",
    "refundTransaction": "refund",
}


def _parsed(body: bytes) -> tuple[str, Any]:
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Refused("E00003", "Root element is missing.") from None
    if not isinstance(document, dict) or len(document) != 1:
        raise Refused("E00003", "There are multiple root elements." if document else "Root element is missing.")
    root, content = next(iter(document.items()))
    if root not in schema.ROOTS:
        raise Refused("E00004", "The name of the requested API method is invalid.")
    return root, content


def _operation(call: Call) -> str | None:
    if call.root == "createTransactionRequest":
        return _TRANSACTION_OPERATIONS.get(transactions.wanted(call.body).get("transactionType", ""))
    return _OPERATIONS.get(call.root)


def _record(ledger: Ledger, call: Call, operation: str, outcome: str) -> dict[str, object]:
    request = transactions.wanted(call.body)
    order = request.get("order")
    order_id = order.get("invoiceNumber") if isinstance(order, dict) else None
    amount = transactions.minor_amount(request.get("amount"))
    about = ledger.entry(str(request.get("refTransId") or call.body.get("transId") or ""))
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
