"""Reports: what the gateway tells of its books. Numbers are JSON numbers here, unlike in the answer to a charge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from local.processors.authorize_net import batches
from local.processors.authorize_net.answers import Refused, nothing_found
from local.processors.authorize_net.call import Call, child, truthy
from local.processors.authorize_net.codes import text_of
from local.processors.authorize_net.ledger import UNSETTLED, Entry, Ledger
from local.processors.authorize_net.responses import network_id

LONGEST_SPAN = timedelta(days=31)
LARGEST_PAGE = 1000
LOCAL = timezone(timedelta(hours=-7))
"""The gateway's own zone, without the change to summer time."""
_LAST_PAGE = 100_000
_HELD = frozenset({"FDSPendingReview", "FDSAuthorizedPendingReview", "underReview"})
_WITHOUT_MONEY = frozenset({"declined", "voided", "expired", "communicationError", "generalError", "failedReview"})


def nothing_more(_call: Call) -> dict[str, Any]:
    """Answer ``authenticateTestRequest``: being let in is the answer."""
    return {}


def merchant_details(call: Call) -> dict[str, Any]:
    """Answer ``getMerchantDetailsRequest``."""
    merchant = call.merchant
    return {
        "isTestMode": merchant.test_mode,
        "processors": [{"name": "First Data Nashville"}],
        "merchantName": merchant.name,
        "gatewayId": "900001",
        "marketTypes": ["eCommerce"],
        "productCodes": ["CNP"],
        "paymentMethods": ["AmericanExpress", "Discover", *(["Echeck"] if merchant.echeck else []), "MasterCard", "Visa"],
        "currencies": [merchant.currency],
        "publicClientKey": merchant.public_client_key,
    }


def unsettled(call: Call) -> dict[str, Any]:
    """Answer ``getUnsettledTransactionListRequest``; ``pendingApproval`` lists those that are held."""
    entries = call.ledger.entries(call.merchant.api_login_id, UNSETTLED)
    if call.body.get("status") == "pendingApproval":
        entries = [entry for entry in entries if entry.status in _HELD]
    if call.quirk("declines_unlisted"):
        entries = [entry for entry in entries if entry.status != "declined"]
    return listed(entries, call.body)


def batch_list(call: Call) -> dict[str, Any]:
    """Answer ``getSettledBatchListRequest``; the last day when no dates are given."""
    first = _instant(call.body.get("firstSettlementDate")) or call.now - timedelta(days=1)
    last = _instant(call.body.get("lastSettlementDate")) or call.now
    if first > last:
        raise Refused("E00079", "The first settlement date is after the last.")
    if last - first > LONGEST_SPAN:
        raise Refused("E00080", "The settlement dates are more than 31 days apart.")
    counted = truthy(call.body.get("includeStatistics"))
    found = [
        _batch_line(call.ledger, batch, counted=counted)
        for batch in call.ledger.batches(call.merchant.api_login_id)
        if first <= datetime.fromisoformat(batch["settled_at"]) <= last
    ]
    return {"batchList": found} if found else {"messages": nothing_found()}


def batch_statistics(call: Call) -> dict[str, Any]:
    """Answer ``getBatchStatisticsRequest``."""
    return {"batch": _batch_line(call.ledger, _batch_asked(call), counted=True)}


def batch_content(call: Call) -> dict[str, Any]:
    """Answer ``getTransactionListRequest``."""
    return listed(call.ledger.entries(call.merchant.api_login_id, _batch_asked(call)["batch_id"]), call.body)


def details(call: Call) -> dict[str, Any]:
    """Answer ``getTransactionDetailsRequest``; the reference of the request stands beside the transaction."""
    entry = call.ledger.entry(str(call.body.get("transId", "")))
    if entry is None or entry.login != call.merchant.api_login_id:
        raise Refused("E00040", "The record cannot be found.")
    transaction = {
        "transId": entry.trans_id,
        **({"refTransId": entry.ref_trans_id} if entry.ref_trans_id else {}),
        "submitTimeUTC": _utc(entry.submitted_at),
        "submitTimeLocal": _local(entry.submitted_at),
        "transactionType": entry.kind if entry.kind.endswith("Transaction") else "authCaptureTransaction",
        "transactionStatus": entry.status,
        "responseCode": int(entry.response_code),
        "responseReasonCode": int(entry.reason_code),
        "responseReasonDescription": _description(entry),
        **({"authCode": entry.auth_code} if entry.auth_code else {}),
        "AVSResponse": entry.avs,
        **({"cardCodeResponse": entry.cvv} if entry.cvv else {}),
        **_filters(entry),
        **_batch(call.ledger, entry),
        "order": entry.order,
        "requestedAmount": entry.requested_minor / 100,
        "authAmount": entry.amount_minor / 100,
        "settleAmount": _settle_amount(entry),
        "taxExempt": False,
        "payment": _payment(entry),
        "customer": entry.customer,
        "billTo": entry.bill_to,
        "recurringBilling": False,
        "product": "Card Not Present",
        "marketType": "eCommerce",
        **({"returnedItems": [_returned(item) for item in entry.returned]} if entry.returned else {}),
        **({"profile": entry.profile} if entry.profile else {}),
        **({"networkTransId": network_id(entry)} if entry.is_charge and entry.response_code == "1" and not entry.is_echeck else {}),
    }
    return {"transaction": transaction, **({"transrefId": entry.ref_id} if entry.ref_id else {})}


def listed(entries: Sequence[Entry], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of a list, sorted as asked for."""
    paging = child(body, "paging")
    limit, offset = (_whole(paging.get(name, usual)) for name, usual in (("limit", LARGEST_PAGE), ("offset", 1)))
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


def _whole(given: object) -> int:
    """Read a whole number; what is none is out of every range."""
    text = str(given)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1


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
        "hasReturnedItems": bool(entry.returned),
        **({"fraudInformation": {"fraudFilterList": ["Amount Filter"], "fraudAction": "Review"}} if entry.status in _HELD else {}),
        **({"profile": entry.profile} if entry.profile else {}),
    }


def _settle_amount(entry: Entry) -> float:
    return 0.0 if entry.status in _WITHOUT_MONEY else entry.amount_minor / 100


def _description(entry: Entry) -> str:
    match entry.kind:
        case "returnedItem":
            return f"Returned {entry.code}"
        case "chargeback" | "chargebackReversal":
            return f"Chargeback {entry.code}"
    return "Approval" if entry.reason_code == "1" else text_of(entry.reason_code)


def _filters(entry: Entry) -> dict[str, Any]:
    if entry.status not in _HELD:
        return {}
    action = "authAndHold" if entry.reason_code == "252" else "hold"
    return {"FDSFilterAction": action, "FDSFilters": [{"name": "Amount Filter", "action": action}]}


def _payment(entry: Entry) -> dict[str, Any]:
    if not entry.is_echeck:
        return {"creditCard": {"cardNumber": f"XXXX{entry.last4}", "expirationDate": "XXXX", "cardType": entry.brand}}
    bank = entry.bank
    return {
        "bankAccount": {
            "accountType": bank["kind"],
            "routingNumber": f"XXXX{bank['routing_last4']}",
            "accountNumber": f"XXXX{entry.last4}",
            "nameOnAccount": bank["name"],
            "echeckType": bank["entry_type"],
        }
    }


def _returned(item: Mapping[str, str]) -> dict[str, str]:
    at = item["at"]
    return {"id": item["id"], "dateUTC": _utc(at), "dateLocal": _local(at), "code": item["code"], "description": item["description"]}


def _batch_asked(call: Call) -> dict[str, Any]:
    batch = call.ledger.batch(str(call.body.get("batchId", "")))
    if batch is None or batch["login"] != call.merchant.api_login_id:
        raise Refused("E00040", "The record cannot be found.")
    return batch


def _batch_line(ledger: Ledger, batch: Mapping[str, Any], *, counted: bool) -> dict[str, Any]:
    return {
        "batchId": batch["batch_id"],
        "settlementTimeUTC": _utc(batch["settled_at"]),
        "settlementTimeUTCSpecified": True,
        "settlementTimeLocal": _local(batch["settled_at"]),
        "settlementTimeLocalSpecified": True,
        "settlementState": "settledSuccessfully",
        "paymentMethod": batch["method"],
        "marketType": "eCommerce",
        "product": "Card Not Present",
        **({"statistics": batches.statistics(ledger, batch)} if counted else {}),
    }


def _batch(ledger: Ledger, entry: Entry) -> dict[str, Any]:
    batch = ledger.batch(entry.batch_id)
    if batch is None:
        return {}
    names = ("batchId", "settlementTimeUTC", "settlementTimeLocal", "settlementState")
    line = _batch_line(ledger, batch, counted=False)
    return {"batch": {name: line[name] for name in names}}


def _utc(written: str) -> str:
    return datetime.fromisoformat(written).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _local(written: str) -> str:
    return datetime.fromisoformat(written).astimezone(LOCAL).replace(tzinfo=None).isoformat(timespec="milliseconds")


def _instant(written: object) -> datetime | None:
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError:
        raise Refused("E00013", "The settlement date is invalid.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
