"""Customer profiles after they are made: read, change, check, delete, list their transactions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.processors.authorize_net import vault
from local.processors.authorize_net.banks import BankAccount
from local.processors.authorize_net.call import Answered, Call, child, truthy
from local.processors.authorize_net.cards import Card
from local.processors.authorize_net.methods import given_method
from local.processors.authorize_net.reports import listed
from local.processors.authorize_net.validation import checked
from local.processors.authorize_net.vault import NOT_FOUND, PaymentProfile, Profile


def read_profile(call: Call) -> dict[str, Any]:
    """Answer ``getCustomerProfileRequest``; found by its id, else by the merchant's own id or the mail address."""
    profile = _sought(call)
    kept = vault.payment_profiles(call.ledger, profile.id)
    shown = {
        **({"paymentProfiles": [_shown(call, one) for one in kept]} if kept else {}),
        "profileType": profile.profile_type,
        "customerProfileId": profile.id,
        **({"merchantCustomerId": profile.merchant_customer_id} if profile.merchant_customer_id else {}),
        **({"description": profile.description} if profile.description else {}),
        **({"email": profile.email} if profile.email else {}),
    }
    return {"profile": shown}


def read_payment_profile(call: Call) -> dict[str, Any]:
    """Answer ``getCustomerPaymentProfileRequest``."""
    profile, kept = _method(call)
    return {"paymentProfile": {"customerProfileId": profile.id, **_shown(call, kept)}}


def update_payment_profile(call: Call) -> Answered:
    """Answer ``updateCustomerPaymentProfileRequest``; a masked number leaves the number as it is."""
    asked = child(call.body, "paymentProfile")
    payment = child(asked, "payment")
    masked = _is_masked(payment)
    method = None if masked else given_method(call, payment)
    _, kept = _method(call, asked)
    bill_to = child(asked, "billTo") or kept.bill_to
    validation = checked(call, method or kept.method, bill_to, str(call.body.get("validationMode") or "none"))
    expiry = str(child(payment, "creditCard").get("expirationDate", ""))
    before = kept.method
    if method is None and isinstance(before, Card) and expiry.strip("X"):
        method = replace(before, expiry=Card.read("0", expiry).expiry)
    if method is not None:
        kept.keep(method)
    kept.bill_to = dict(bill_to)
    kept.customer_type = str(asked.get("customerType") or kept.customer_type)
    kept.default = truthy(asked.get("defaultPaymentProfile", kept.default))
    vault.put_payment_profile(call.ledger, kept)
    vault.tell_method(call, "updated", kept)
    return ({"validationDirectResponse": validation} if validation else {}), None


def validate_payment_profile(call: Call) -> Answered:
    """Answer ``validateCustomerPaymentProfileRequest``."""
    _, kept = _method(call)
    mode = str(call.body.get("validationMode") or "testMode")
    return {"directResponse": checked(call, kept.method, kept.bill_to, mode)}, None


def delete_payment_profile(call: Call) -> dict[str, Any]:
    """Answer ``deleteCustomerPaymentProfileRequest``."""
    _, kept = _method(call)
    call.ledger.remove_item("payment_profile", kept.id)
    vault.tell_method(call, "deleted", kept)
    return {}


def delete_profile(call: Call) -> dict[str, Any]:
    """Answer ``deleteCustomerProfileRequest``; the methods go with the customer."""
    profile = vault.profile_of(call)
    for kept in vault.payment_profiles(call.ledger, profile.id):
        call.ledger.remove_item("payment_profile", kept.id)
    call.ledger.remove_item("profile", profile.id)
    vault.tell_profile(call, "deleted", profile, [])
    return {}


def transactions_of_customer(call: Call) -> dict[str, Any]:
    """Answer ``getTransactionListForCustomerRequest``."""
    profile = vault.profile_of(call)
    method_id = call.body.get("customerPaymentProfileId")
    found = [
        entry
        for entry in call.ledger.entries(call.merchant.api_login_id)
        if entry.profile.get("customerProfileId") == profile.id and method_id in (None, "", entry.profile.get("customerPaymentProfileId"))
    ]
    return listed(found, call.body)


def _sought(call: Call) -> Profile:
    if call.body.get("customerProfileId"):
        return vault.profile_of(call)
    by = {"merchant_customer_id": call.body.get("merchantCustomerId"), "email": call.body.get("email")}
    wanted = {name: str(value) for name, value in by.items() if value}
    for found in call.ledger.items("profile", owner=call.merchant.api_login_id):
        if wanted and all(found[name] == value for name, value in wanted.items()):
            return Profile(**found)
    raise NOT_FOUND


def _method(call: Call, named: Mapping[str, Any] | None = None) -> tuple[Profile, PaymentProfile]:
    profile = vault.profile_of(call)
    kept_id = str((named or call.body).get("customerPaymentProfileId", ""))
    kept = vault.find_payment_profile(call.ledger, profile.id, kept_id)
    if kept is None:
        raise NOT_FOUND
    return profile, kept


def _is_masked(payment: Mapping[str, Any]) -> bool:
    card, account = child(payment, "creditCard"), child(payment, "bankAccount")
    return str(card.get("cardNumber", "")).startswith("XXXX") or str(account.get("accountNumber", "")).startswith("XXXX")


def _shown(call: Call, kept: PaymentProfile) -> dict[str, Any]:
    clear = truthy(call.body.get("unmaskExpirationDate"))
    return {
        **({"defaultPaymentProfile": True} if kept.default else {}),
        "customerPaymentProfileId": kept.id,
        "payment": masked_payment(kept.method, clear=clear),
        "customerType": kept.customer_type,
        **({"billTo": kept.bill_to} if kept.bill_to else {}),
    }


def masked_payment(method: Card | BankAccount, *, clear: bool) -> dict[str, Any]:
    """Return a method as a profile shows it; ``clear`` shows a card's expiry."""
    if isinstance(method, BankAccount):
        return {
            "bankAccount": {
                "accountType": method.kind,
                "routingNumber": f"XXXX{method.routing_last4}",
                "accountNumber": f"XXXX{method.last4}",
                "nameOnAccount": method.name,
                "echeckType": method.entry_type,
                **({"bankName": method.bank_name} if method.bank_name else {}),
            }
        }
    expiry = method.expiry if clear else "XXXX"
    return {"creditCard": {"cardNumber": f"XXXX{method.last4}", "expirationDate": expiry, "cardType": method.brand}}
