"""Reports: what the gateway tells of its books. Numbers are JSON numbers here, unlike in the answer to a charge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from local.processors.authorize_net import cards
from local.processors.authorize_net.answers import Refused, nothing_found
from local.processors.authorize_net.ledger import UNSETTLED, Entry, Ledger, Merchant

LONGEST_SPAN = timedelta(days=31)
LARGEST_PAGE = 1000
_LAST_PAGE = 100_000


def nothing_more(_ledger: Ledger, _merchant: Merchant, _body: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    """Answer ``authenticateTestRequest``: being let in is the answer."""
    return {}


def merchant_details(_ledger: Ledger, merchant: Merchant, _body: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    """Answer ``getMerchantDetailsRequest``."""
    return {
        "isTestMode": merchant.test_mode,
        "processors": [{"name": "First Data Nashville"}],
        "merchantName": merchant.name,
        "gatewayId": "900001",
        "marketTypes": ["eCommerce"],
        "productCodes": ["CNP"],
        "paymentMethods": ["AmericanExpress", "Discover", "MasterCard", "Visa"],
        "currencies": [merchant.currency],
        "publicClientKey": merchant.public_client_key,
    }


def unsettled(ledger: Ledger, merchant: Merchant, body: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    """Answer ``getUnsettledTransactionListRequest``."""
    entries = ledger.entries(merchant.api_login_id, UNSETTLED)
    if body.get("status") == "pendingApproval":
        entries = [entry for entry in entries if entry.response_code == "4"]
    return _page(entries, body)


def batches(ledger: Ledger, merchant: Merchant, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Answer ``getSettledBatchListRequest``; the last day when no dates are given."""
    first = _instant(body.get("firstSettlementDate")) or now - timedelta(days=1)
    last = _instant(body.get("lastSettlementDate")) or now
    if first > last:
        raise Refused("E00079", "The first settlement date is after the last.")
    if last - first > LONGEST_SPAN:
        raise Refused("E00080", "The settlement dates are more than 31 days apart.")
    found = [
        {
            "batchId": batch["batch_id"],
            "settlementTimeUTC": _utc(batch["settled_at"]),
            "settlementTimeUTCSpecified": True,
            "settlementTimeLocal": _local(batch["settled_at"]),
            "settlementTimeLocalSpecified": True,
            "settlementState": "settledSuccessfully",
            "paymentMethod": "creditCard",
            "marketType": "eCommerce",
            "product": "Card Not Present",
        }
        for batch in ledger.batches(merchant.api_login_id)
        if first <= datetime.fromisoformat(batch["settled_at"]) <= last
    ]
    return {"batchList": found} if found else {"messages": nothing_found()}


def batch_content(ledger: Ledger, merchant: Merchant, body: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    """Answer ``getTransactionListRequest``."""
    batch_id = str(body.get("batchId", ""))
    if not any(batch["batch_id"] == batch_id for batch in ledger.batches(merchant.api_login_id)):
        raise Refused("E00040", "The record cannot be found.")
    return _page(ledger.entries(merchant.api_login_id, batch_id), body)


def details(ledger: Ledger, merchant: Merchant, body: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    """Answer ``getTransactionDetailsRequest``; the reference of the request stands beside the transaction."""
    entry = ledger.entry(str(body.get("transId", "")))
    if entry is None or entry.login != merchant.api_login_id:
        raise Refused("E00040", "The record cannot be found.")
    transaction = {
        "transId": entry.trans_id,
        **({"refTransId": entry.ref_trans_id} if entry.ref_trans_id else {}),
        "submitTimeUTC": _utc(entry.submitted_at),
        "submitTimeLocal": _local(entry.submitted_at),
        "transactionType": entry.kind,
        "transactionStatus": entry.status,
        "responseCode": int(entry.response_code),
        "responseReasonCode": int(entry.reason_code),
        "responseReasonDescription": cards.TEXTS.get(entry.reason_code, "Declined"),
        **({"authCode": entry.auth_code} if entry.auth_code else {}),
        "AVSResponse": entry.avs,
        **({"cardCodeResponse": entry.cvv} if entry.cvv else {}),
        **_batch(ledger, entry),
        "order": entry.order,
        "requestedAmount": entry.requested_minor / 100,
        "authAmount": entry.amount_minor / 100,
        "settleAmount": _settle_amount(entry),
        "taxExempt": False,
        "payment": {"creditCard": {"cardNumber": f"XXXX{entry.last4}", "expirationDate": "XXXX", "cardType": entry.brand}},
        "customer": entry.customer,
        "billTo": entry.bill_to,
        "recurringBilling": False,
        "product": "Card Not Present",
        "marketType": "eCommerce",
    }
    return {"transaction": transaction, **({"transrefId": entry.ref_id} if entry.ref_id else {})}


def _page(entries: Sequence[Entry], body: Mapping[str, Any]) -> dict[str, Any]:
    paging = body.get("paging")
    limit, offset = (
        (int(paging.get("limit", LARGEST_PAGE)), int(paging.get("offset", 1))) if isinstance(paging, dict) else (LARGEST_PAGE, 1)
    )
    if not (1 <= limit <= LARGEST_PAGE and 1 <= offset <= _LAST_PAGE):
        raise Refused("E00094", "The paging offset or limit is invalid.")
    sorting = body.get("sorting")
    descending = isinstance(sorting, dict) and sorting.get("orderDescending") in (True, "true")
    by_time = isinstance(sorting, dict) and sorting.get("orderBy") == "submitTimeUTC"
    ordered = sorted(
        entries,
        key=lambda entry: (entry.submitted_at if by_time else "", int(entry.trans_id)),
        reverse=descending,
    )
    shown = [_line(entry) for entry in ordered[(offset - 1) * limit : offset * limit]]
    if not shown:
        return {"totalNumInResultSet": 0, "messages": nothing_found()}
    return {"transactions": shown, "totalNumInResultSet": len(ordered)}


def _line(entry: Entry) -> dict[str, Any]:
    names: dict[str, Any] = {name: entry.bill_to[name] for name in ("firstName", "lastName") if name in entry.bill_to}
    return {
        "transId": entry.trans_id,
        "submitTimeUTC": _utc(entry.submitted_at),
        "submitTimeLocal": _local(entry.submitted_at),
        "transactionStatus": entry.status,
        **({"invoiceNumber": entry.order["invoiceNumber"]} if "invoiceNumber" in entry.order else {}),
        **names,
        "accountType": entry.brand,
        "accountNumber": f"XXXX{entry.last4}",
        "settleAmount": _settle_amount(entry),
        "marketType": "eCommerce",
        "product": "Card Not Present",
        "hasReturnedItems": False,
    }


def _settle_amount(entry: Entry) -> float:
    return 0.0 if entry.status in {"declined", "voided"} else entry.amount_minor / 100


def _batch(ledger: Ledger, entry: Entry) -> dict[str, Any]:
    for batch in ledger.batches(entry.login):
        if batch["batch_id"] == entry.batch_id:
            return {
                "batch": {
                    "batchId": batch["batch_id"],
                    "settlementTimeUTC": _utc(batch["settled_at"]),
                    "settlementTimeLocal": _local(batch["settled_at"]),
                    "settlementState": "settledSuccessfully",
                }
            }
    return {}


def _utc(written: str) -> str:
    return datetime.fromisoformat(written).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _local(written: str) -> str:
    return _utc(written).rstrip("Z")


def _instant(written: object) -> datetime | None:
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError:
        raise Refused("E00013", "The settlement date is invalid.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
