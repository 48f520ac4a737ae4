"""Customer profiles (CIM): cards and bank accounts kept for later charges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.processors.authorize_net.answers import Refused, messages, ok_messages
from local.processors.authorize_net.banks import BankAccount
from local.processors.authorize_net.call import Answered, Call, child, truthy, written
from local.processors.authorize_net.cards import Card
from local.processors.authorize_net.ledger import Entry, Ledger
from local.processors.authorize_net.methods import given_method
from local.processors.authorize_net.validation import checked

FIRST_PROFILE_ID, FIRST_PAYMENT_PROFILE_ID = 900_000_001, 910_000_001
MOST_PAYMENT_PROFILES = 10
NOT_FOUND = Refused("E00040", "The record cannot be found.")
_NO_SUCH_METHOD = "Customer Profile ID or Customer Payment Profile ID not found."
_DUPLICATE_METHOD = "A duplicate customer payment profile already exists."


@dataclass(slots=True)
class Profile:
    """A customer as the merchant filed it."""

    id: str
    login: str
    merchant_customer_id: str = ""
    description: str = ""
    email: str = ""
    profile_type: str = "regular"


@dataclass(slots=True)
class PaymentProfile:
    """A card or bank account of a customer."""

    id: str
    profile_id: str
    customer_type: str = "individual"
    bill_to: dict[str, Any] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    bank: dict[str, Any] = field(default_factory=dict)
    default: bool = False
    made_at: str = ""

    @property
    def method(self) -> Card | BankAccount:
        """What is charged."""
        return BankAccount(**self.bank) if self.bank else Card(**self.card)

    def keep(self, method: Card | BankAccount) -> None:
        """Put a card or bank account in; the security code is not kept."""
        self.card = {**asdict(method), "cvv": ""} if isinstance(method, Card) else {}
        self.bank = asdict(method) if isinstance(method, BankAccount) else {}


def create_profile(call: Call) -> Answered:
    """Answer ``createCustomerProfileRequest``. Nonces in it are used up whatever comes of it."""
    asked = child(call.body, "profile")
    listed = asked.get("paymentProfiles")
    wanted = [one for one in (listed if isinstance(listed, list) else [listed]) if isinstance(one, dict)]
    methods = [given_method(call, child(one, "payment")) for one in wanted]
    profile = _new_profile(call, asked)
    validations = [_validated(call, one, method) for one, method in zip(wanted, methods, strict=True)]
    if len(wanted) > MOST_PAYMENT_PROFILES:
        raise Refused("E00042", f"You cannot add more than {MOST_PAYMENT_PROFILES} payment profiles.")
    put_profile(call.ledger, profile)
    kept = [_add(call, profile, one, method) for one, method in zip(wanted, methods, strict=True)]
    tell_profile(call, "created", profile, kept)
    return {
        "customerProfileId": profile.id,
        "customerPaymentProfileIdList": [one.id for one in kept],
        "customerShippingAddressIdList": [],
        "validationDirectResponseList": [text for text in validations if text],
    }, None


def create_payment_profile(call: Call) -> Answered:
    """Answer ``createCustomerPaymentProfileRequest``; a method that is there already is told with its ids."""
    asked = child(call.body, "paymentProfile")
    method = given_method(call, child(asked, "payment"))
    profile = profile_of(call)
    validation = _validated(call, asked, method)
    there = payment_profiles(call.ledger, profile.id)
    same = next((one for one in there if _alike(one, asked, method)), None)
    if same is not None:
        ids = {"customerProfileId": profile.id, "customerPaymentProfileId": same.id}
        return {**ids, "messages": messages("Error", "E00039", _DUPLICATE_METHOD)}, "error"
    if len(there) >= MOST_PAYMENT_PROFILES:
        raise Refused("E00042", f"You cannot add more than {MOST_PAYMENT_PROFILES} payment profiles.")
    kept = _add(call, profile, asked, method)
    tell_method(call, "created", kept)
    answer = {"customerProfileId": profile.id, "customerPaymentProfileId": kept.id}
    return {**answer, **({"validationDirectResponse": validation} if validation else {})}, None


def create_from_transaction(call: Call) -> Answered:
    """Answer ``createCustomerProfileFromTransactionRequest``."""
    entry = call.ledger.entry(str(call.body.get("transId", "")))
    if call.forced_code is not None:
        raise Refused("E00101", "Customer profile creation failed.")
    if entry is None or entry.login != call.merchant.api_login_id or entry.response_code not in {"1", "4"}:
        raise Refused("E00099", "Customer profile creation failed. This transaction ID is invalid.")
    method = _method_of(call, entry)
    if method is None:
        raise Refused("E00100", "Customer profile creation failed. This transaction type does not support profile creation.")
    customer = child(call.body, "customer")
    about = {
        "merchantCustomerId": customer.get("merchantCustomerId") or entry.customer.get("id"),
        "description": customer.get("description"),
        "email": customer.get("email") or entry.customer.get("email"),
        "profileType": call.body.get("profileType"),
    }
    if call.body.get("customerProfileId"):
        profile = profile_of(call)
    elif not (about["merchantCustomerId"] or about["email"]):
        raise Refused("E00102", "Customer Info is missing.")
    else:
        profile = _new_profile(call, about)
        put_profile(call.ledger, profile)
    return {**_kept(call, profile, entry, method), "validationDirectResponseList": []}, None


def kept_with_charge(call: Call, entry: Entry, method: Card | BankAccount) -> dict[str, Any]:
    """Keep what was just charged (``createProfile``) and tell so beside the charge; it may fail while the charge stands."""
    about = {"merchantCustomerId": entry.customer.get("id"), "email": entry.customer.get("email")}
    empty: dict[str, list[str]] = {"customerPaymentProfileIdList": [], "customerShippingAddressIdList": []}
    try:
        if not any(about.values()):
            raise Refused("E00102", "Customer Info is missing.")  # noqa: TRY301 - told in the same place as the others
        profile = _new_profile(call, about)
    except Refused as error:
        return {"messages": messages("Error", error.code, error.text), **empty}
    put_profile(call.ledger, profile)
    return {"messages": ok_messages(), **_kept(call, profile, entry, method)}


def remember_method(call: Call, entry: Entry, method: Card | BankAccount) -> None:
    """Keep what a charge was taken from, for a profile made of it later."""
    call.ledger.put_item("method_of", entry.trans_id, _method_doc(method))


def charged(call: Call, profile: Mapping[str, Any]) -> tuple[Card | BankAccount, dict[str, Any], dict[str, str]]:
    """Find what a charge of a profile is taken from: the method, its billing address, the ids.

    Raises:
        Refused: E00040 for ids that are not there, E0008x and E0009x for what cannot stand beside a profile.
    """
    if truthy(profile.get("createProfile")):
        raise Refused("E00088", "ProfileIds cannot be sent when requesting CreateProfile.")
    if "payment" in call.transaction:
        raise Refused("E00090", "PaymentProfile cannot be sent with payment data.")
    if "billTo" in call.transaction and call.transaction.get("transactionType") != "refundTransaction":
        raise Refused("E00093", "PaymentProfile cannot be sent with billing data.")
    named = child(profile, "paymentProfile")
    customer, kept_id = str(profile.get("customerProfileId", "")), str(named.get("paymentProfileId", ""))
    owner = find_profile(call.ledger, call.merchant.api_login_id, customer)
    kept = find_payment_profile(call.ledger, owner.id, kept_id) if owner else None
    if owner is None or kept is None or _too_fresh(call, kept):
        raise Refused("E00040", _NO_SUCH_METHOD)
    method = kept.method
    if isinstance(method, Card):
        method = Card(**{**asdict(method), "cvv": str(named.get("cardCode", ""))})
    return method, kept.bill_to, {"customerProfileId": owner.id, "customerPaymentProfileId": kept.id}


def _too_fresh(call: Call, kept: PaymentProfile) -> bool:
    """Say whether a method cannot be charged yet: the sandbox needs a moment for a new one, if that is switched on."""
    seconds = call.options.get("profile_delay_seconds", 0)
    return seconds > 0 and call.now - datetime.fromisoformat(kept.made_at) < timedelta(seconds=seconds)


def put_profile(ledger: Ledger, profile: Profile) -> None:
    """Keep a customer."""
    ledger.put_item("profile", profile.id, asdict(profile), owner=profile.login)


def put_payment_profile(ledger: Ledger, kept: PaymentProfile) -> None:
    """Keep a method."""
    ledger.put_item("payment_profile", kept.id, asdict(kept), owner=kept.profile_id)


def find_profile(ledger: Ledger, login: str, profile_id: str) -> Profile | None:
    """Return a merchant's customer."""
    found = ledger.item("profile", profile_id)
    return Profile(**found) if found and found["login"] == login else None


def find_payment_profile(ledger: Ledger, profile_id: str, kept_id: str) -> PaymentProfile | None:
    """Return a customer's method."""
    found = ledger.item("payment_profile", kept_id)
    return PaymentProfile(**found) if found and found["profile_id"] == profile_id else None


def payment_profiles(ledger: Ledger, profile_id: str) -> list[PaymentProfile]:
    """Return a customer's methods, oldest first."""
    return [PaymentProfile(**found) for found in ledger.items("payment_profile", owner=profile_id)]


def profile_of(call: Call) -> Profile:
    """Return the customer that a request names.

    Raises:
        Refused: E00040, not there.
    """
    profile = find_profile(call.ledger, call.merchant.api_login_id, str(call.body.get("customerProfileId", "")))
    if profile is None:
        raise NOT_FOUND
    return profile


def _new_profile(call: Call, asked: Mapping[str, Any]) -> Profile:
    names = {"merchant_customer_id": "merchantCustomerId", "description": "description", "email": "email"}
    given = {ours: str(asked.get(theirs) or "") for ours, theirs in names.items()}
    if not any(given.values()):
        raise Refused("E00041", "One or more fields in the merchantCustomerId, description, or email must contain a value.")
    for found in call.ledger.items("profile", owner=call.merchant.api_login_id):
        if all(found[name] == value for name, value in given.items()):
            raise Refused("E00039", f"A duplicate record with ID {found['id']} already exists.")
    number = str(call.ledger.next_number("profile_id", FIRST_PROFILE_ID))
    return Profile(number, call.merchant.api_login_id, **given, profile_type=str(asked.get("profileType") or "regular"))


def _alike(kept: PaymentProfile, asked: Mapping[str, Any], method: Card | BankAccount) -> bool:
    return kept.method.fingerprint == method.fingerprint and kept.bill_to == dict(child(asked, "billTo"))


def _validated(call: Call, asked: Mapping[str, Any], method: Card | BankAccount) -> str:
    return checked(call, method, child(asked, "billTo"), str(call.body.get("validationMode") or "none"))


def _add(call: Call, profile: Profile, asked: Mapping[str, Any], method: Card | BankAccount) -> PaymentProfile:
    kept = PaymentProfile(
        id=str(call.ledger.next_number("payment_profile_id", FIRST_PAYMENT_PROFILE_ID)),
        profile_id=profile.id,
        customer_type=str(asked.get("customerType") or "individual"),
        bill_to=dict(child(asked, "billTo")),
        default=truthy(asked.get("defaultPaymentProfile")),
        made_at=written(call.now),
    )
    kept.keep(method)
    put_payment_profile(call.ledger, kept)
    return kept


def _kept(call: Call, profile: Profile, entry: Entry, method: Card | BankAccount) -> dict[str, Any]:
    asked = {"billTo": entry.bill_to, "customerType": entry.customer.get("type")}
    same = next((one for one in payment_profiles(call.ledger, profile.id) if _alike(one, asked, method)), None)
    if same is None:
        same = _add(call, profile, asked, method)
        tell_profile(call, "created", profile, [same])
    entry.profile = {"customerProfileId": profile.id, "customerPaymentProfileId": same.id}
    call.ledger.put_entry(entry)
    return {"customerProfileId": profile.id, "customerPaymentProfileIdList": [same.id], "customerShippingAddressIdList": []}


def _method_doc(method: Card | BankAccount) -> dict[str, Any]:
    kept = PaymentProfile("", "")
    kept.keep(method)
    return {"card": kept.card, "bank": kept.bank}


def _method_of(call: Call, entry: Entry) -> Card | BankAccount | None:
    found = call.ledger.item("method_of", entry.trans_id)
    return PaymentProfile("", "", **found).method if found and entry.is_charge else None


def tell_profile(call: Call, what: str, profile: Profile, kept: list[PaymentProfile]) -> None:
    """Note what happened to a customer."""
    payload = {
        **({"paymentProfiles": [{"id": one.id, "customerType": one.customer_type} for one in kept]} if kept else {}),
        "merchantCustomerId": profile.merchant_customer_id,
        "description": profile.description,
        "entityName": "customerProfile",
        "id": profile.id,
    }
    call.tell(f"customer.{what}", payload)


def tell_method(call: Call, what: str, kept: PaymentProfile) -> None:
    """Note what happened to a method."""
    payload = {"customerProfileId": kept.profile_id, "entityName": "customerPaymentProfile", "id": kept.id}
    call.tell(f"customer.paymentProfile.{what}", {**payload, "customerType": kept.customer_type})
