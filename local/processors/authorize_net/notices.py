"""Payloads of webhook events: thin, with numbers where an answer has texts."""

from __future__ import annotations

from typing import Any

from local.processors.authorize_net.ledger import Entry


def transaction_payload(entry: Entry, ref_id: str = "") -> dict[str, Any]:
    """Return what an event says of a charge, a refund or a void. ``ref_id`` is that of the request that caused it."""
    order_id = entry.order.get("invoiceNumber")
    return {
        "responseCode": int(entry.response_code),
        **({"authCode": entry.auth_code} if entry.auth_code else {}),
        "avsResponse": entry.avs,
        "authAmount": entry.amount_minor / 100,
        **({"merchantReferenceId": ref_id} if ref_id else {}),
        **({"invoiceNumber": order_id} if order_id else {}),
        "entityName": "transaction",
        "id": entry.trans_id,
    }


def fraud_payload(entry: Entry) -> dict[str, Any]:
    """Return what an event says of a held charge or of its release."""
    action = "authAndHold" if entry.reason_code == "252" else "hold"
    return {**transaction_payload(entry, entry.ref_id), "fraudList": [{"fraudFilter": "AmountFilter", "fraudAction": action}]}
