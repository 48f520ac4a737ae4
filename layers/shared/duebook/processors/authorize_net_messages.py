"""Requests to Authorize.Net, built in the element order that its schema demands.

The gateway turns the JSON into XML and checks the sequence, so a dictionary's order is part of the message here.

Source: AnetApiSchema.xsd.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime

from duebook.domain.charges import Charge, VaultMethod
from duebook.domain.money import decimal_text
from duebook.domain.payments import Payer
from duebook.processors.credentials import AuthorizeNetCredentials

ORDER_ID_LENGTH = 20
DUPLICATE_WINDOW_SECONDS = 28_800
"""The longest allowed. Our order id is part of what is compared, so two true payments never look alike."""

OPAQUE_CARD = "COMMON.ACCEPT.INAPP.PAYMENT"
_NAME_LENGTH = 50
_REFERENCE_LENGTH = 20
_NOT_IN_XML = frozenset({"Cc", "Cn", "Cs"})


def charge_request(credentials: AuthorizeNetCredentials, charge: Charge) -> bytes:
    """Build the request that authorises and captures one charge."""
    method = charge.method
    if isinstance(method, VaultMethod):
        raise NotImplementedError("stored methods")
    transaction: dict[str, object] = {
        "transactionType": "authCaptureTransaction",
        "amount": decimal_text(charge.amount),
        "currencyCode": charge.amount.currency,
        "payment": {"opaqueData": {"dataDescriptor": OPAQUE_CARD, "dataValue": method.token}},
        "order": {"invoiceNumber": charge.order_id},
        "customer": _present({"id": _clean(charge.customer_id, _REFERENCE_LENGTH)}),
        "billTo": _bill_to(charge.payer),
        "transactionSettings": {
            "setting": [
                {"settingName": "allowPartialAuth", "settingValue": "false"},
                {"settingName": "duplicateWindow", "settingValue": str(DUPLICATE_WINDOW_SECONDS)},
            ]
        },
    }
    body = {"refId": charge.order_id, "transactionRequest": _present(transaction)}
    return _encoded("createTransactionRequest", credentials, body)


def unsettled_list_request(credentials: AuthorizeNetCredentials, *, page: int, limit: int) -> bytes:
    """Build the request for one page of charges outside any settled batch, newest first."""
    body = {"status": "any", "sorting": _newest_first(), "paging": {"limit": limit, "offset": page}}
    return _encoded("getUnsettledTransactionListRequest", credentials, body)


def settled_batches_request(credentials: AuthorizeNetCredentials, *, first: datetime, last: datetime) -> bytes:
    """Build the request for the batches settled between two instants (at most 31 days apart)."""
    body = {"firstSettlementDate": _instant(first), "lastSettlementDate": _instant(last)}
    return _encoded("getSettledBatchListRequest", credentials, body)


def batch_content_request(credentials: AuthorizeNetCredentials, batch_id: str, *, page: int, limit: int) -> bytes:
    """Build the request for one page of a settled batch, newest first."""
    body = {"batchId": batch_id, "sorting": _newest_first(), "paging": {"limit": limit, "offset": page}}
    return _encoded("getTransactionListRequest", credentials, body)


def details_request(credentials: AuthorizeNetCredentials, reference: str) -> bytes:
    """Build the request for one charge in full."""
    return _encoded("getTransactionDetailsRequest", credentials, {"transId": reference})


def _encoded(root: str, credentials: AuthorizeNetCredentials, body: Mapping[str, object]) -> bytes:
    merchant = {"name": credentials.api_login_id, "transactionKey": credentials.transaction_key}
    return json.dumps({root: {"merchantAuthentication": merchant, **body}}, separators=(",", ":")).encode()


def _bill_to(payer: Payer) -> dict[str, object]:
    first, _, last = _clean(payer.name, 2 * _NAME_LENGTH).rpartition(" ")
    return _present(
        {
            "firstName": first[:_NAME_LENGTH].rstrip(),
            "lastName": last[:_NAME_LENGTH],
            "zip": _clean(payer.postal_code or "", _REFERENCE_LENGTH),
        }
    )


def _present(elements: Mapping[str, object]) -> dict[str, object]:
    """Leave out what is empty: the gateway refuses empty optional elements now and then."""
    return {name: value for name, value in elements.items() if value not in ("", {}, None)}


def _clean(text: str, length: int) -> str:
    """Drop what XML cannot carry (controls, lone surrogates, unassigned), fold blanks, cut to the length allowed."""
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(" " if unicodedata.category(char) in _NOT_IN_XML else char for char in composed)
    return " ".join(kept.split())[:length].rstrip()


def _newest_first() -> dict[str, object]:
    return {"orderBy": "submitTimeUTC", "orderDescending": True}


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
