"""The request schema as far as it is simulated: element order, known elements, lengths.

The real gateway turns JSON into XML and checks it against a sequence, so order counts. A wrong element answers E00003 with
the elements that would have been right; a text that is too long answers E00015.

Source: AnetApiSchema.xsd.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

NAMESPACE = "AnetApi/xml/v1/schema/AnetApiSchema.xsd"

# A child is "name", "name:20" (longest text), "name:type" or "name:type*" (one or several).
TYPES: Mapping[str, str] = {
    "createTransactionRequest": "merchantAuthentication:auth clientId:30 refId:20 transactionRequest:transactionRequest",
    "authenticateTestRequest": "merchantAuthentication:auth clientId:30 refId:20",
    "getMerchantDetailsRequest": "merchantAuthentication:auth clientId:30 refId:20",
    "getTransactionDetailsRequest": "merchantAuthentication:auth clientId:30 refId:20 transId",
    "getUnsettledTransactionListRequest": ("merchantAuthentication:auth clientId:30 refId:20 status sorting:sorting paging:paging"),
    "getSettledBatchListRequest": (
        "merchantAuthentication:auth clientId:30 refId:20 includeStatistics firstSettlementDate lastSettlementDate"
    ),
    "getTransactionListRequest": "merchantAuthentication:auth clientId:30 refId:20 batchId sorting:sorting paging:paging",
    "getBatchStatisticsRequest": "merchantAuthentication:auth clientId:30 refId:20 batchId",
    "getTransactionListForCustomerRequest": (
        "merchantAuthentication:auth clientId:30 refId:20 customerProfileId customerPaymentProfileId sorting:sorting paging:paging"
    ),
    "updateHeldTransactionRequest": "merchantAuthentication:auth clientId:30 refId:20 heldTransactionRequest:heldTransaction",
    "createCustomerProfileRequest": "merchantAuthentication:auth clientId:30 refId:20 profile:customerProfile validationMode",
    "createCustomerPaymentProfileRequest": (
        "merchantAuthentication:auth clientId:30 refId:20 customerProfileId paymentProfile:paymentProfile validationMode"
    ),
    "createCustomerProfileFromTransactionRequest": (
        "merchantAuthentication:auth clientId:30 refId:20 transId customer:profileBase customerProfileId "
        "defaultPaymentProfile defaultShippingAddress profileType"
    ),
    "getCustomerProfileRequest": (
        "merchantAuthentication:auth clientId:30 refId:20 customerProfileId merchantCustomerId:20 email:255 "
        "unmaskExpirationDate includeIssuerInfo"
    ),
    "getCustomerPaymentProfileRequest": (
        "merchantAuthentication:auth clientId:30 refId:20 customerProfileId customerPaymentProfileId unmaskExpirationDate includeIssuerInfo"
    ),
    "updateCustomerPaymentProfileRequest": (
        "merchantAuthentication:auth clientId:30 refId:20 customerProfileId paymentProfile:paymentProfileToUpdate validationMode"
    ),
    "validateCustomerPaymentProfileRequest": (
        "merchantAuthentication:auth clientId:30 refId:20 customerProfileId customerPaymentProfileId "
        "customerShippingAddressId cardCode:4 validationMode"
    ),
    "deleteCustomerPaymentProfileRequest": ("merchantAuthentication:auth clientId:30 refId:20 customerProfileId customerPaymentProfileId"),
    "deleteCustomerProfileRequest": "merchantAuthentication:auth clientId:30 refId:20 customerProfileId",
    "securePaymentContainerRequest": "merchantAuthentication:auth clientId:30 refId:20 data:container",
    "auth": "name:25 transactionKey:16 sessionToken password impersonationAuthentication fingerPrint clientKey mobileDeviceId",
    "heldTransaction": "action refTransId",
    "chargeProfile": "createProfile customerProfileId paymentProfile:chargedPaymentProfile shippingProfileId",
    "chargedPaymentProfile": "paymentProfileId cardCode:4",
    "profileBase": "merchantCustomerId:20 description:255 email:255",
    "customerProfile": "merchantCustomerId:20 description:255 email:255 paymentProfiles:paymentProfile* shipToList profileType",
    "paymentProfile": (
        "customerType billTo:address payment:payment driversLicense taxId defaultPaymentProfile "
        "subsequentAuthInformation:subsequentAuth excludeFromAccountUpdater"
    ),
    "paymentProfileToUpdate": (
        "customerType billTo:address payment:payment driversLicense taxId defaultPaymentProfile "
        "subsequentAuthInformation:subsequentAuth excludeFromAccountUpdater customerPaymentProfileId"
    ),
    "sorting": "orderBy orderDescending",
    "paging": "limit offset",
    "container": "type id token:cardToken bankToken:bankToken",
    "cardToken": "cardNumber:16 expirationDate:7 cardCode:4 zip:20 fullName:64",
    "bankToken": "accountType routingNumber:9 accountNumber:17 nameOnAccount:22",
    "transactionRequest": (
        "transactionType amount currencyCode:3 payment:payment profile:chargeProfile solution callId terminalNumber authCode:6 "
        "refTransId splitTenderId order:order lineItems:lineItems tax duty shipping taxExempt poNumber:25 "
        "customer:customer billTo:address shipTo:address customerIP:15 cardholderAuthentication retail employeeId "
        "transactionSettings:settings userFields:userFields surcharge merchantDescriptor subMerchant tip "
        "processingOptions:processingOptions subsequentAuthInformation:subsequentAuth otherTax shipFrom "
        "authorizationIndicatorType"
    ),
    "payment": ("creditCard:creditCard bankAccount:bankAccount trackData encryptedTrackData payPal opaqueData:opaqueData emv dataSource"),
    "creditCard": "cardNumber:16 expirationDate:7 cardCode:4 isPaymentToken cryptogram",
    "bankAccount": ("accountType routingNumber:9 accountNumber:17 nameOnAccount:22 echeckType bankName:50 checkNumber:15"),
    "opaqueData": "dataDescriptor dataValue dataKey expirationTimeStamp",
    "order": "invoiceNumber:20 description:255 discountAmount taxIsAfterDiscount",
    "customer": "type id:20 email:255 driversLicense taxId",
    "address": ("firstName:50 lastName:50 company:50 address:60 city:40 state:40 zip:20 country:60 phoneNumber:25 faxNumber:25 email"),
    "lineItems": "lineItem:lineItem*",
    "lineItem": "itemId:31 name:31 description:255 quantity unitPrice taxable",
    "settings": "setting:setting*",
    "setting": "settingName settingValue",
    "userFields": "userField:userField*",
    "userField": "name value",
    "processingOptions": "isFirstRecurringPayment isFirstSubsequentAuth isSubsequentAuth isStoredCredentials",
    "subsequentAuth": "originalNetworkTransId originalAuthAmount reason",
}
ROOTS = frozenset(name for name in TYPES if name.endswith("Request") and name != "transactionRequest")
_CHOICES = frozenset({"payment"})
_NOT_LOOKED_INTO = frozenset(
    "tax duty shipping solution cardholderAuthentication retail surcharge merchantDescriptor subMerchant tip otherTax shipFrom shipToList "
    "trackData encryptedTrackData payPal emv driversLicense impersonationAuthentication fingerPrint".split()
)
"""Elements with children that are not simulated."""


class SchemaError(Exception):
    """A request that the schema refuses, with the gateway's code for it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Child:
    """One element of a sequence."""

    type_name: str | None
    longest: int | None
    repeats: bool


@cache
def children(type_name: str) -> Mapping[str, Child]:
    """Return the elements of a type, in order."""
    found = {}
    for word in TYPES[type_name].split():
        name, _, rest = word.partition(":")
        repeats = rest.endswith("*")
        rest = rest.rstrip("*")
        longest = int(rest) if rest.isdigit() else None
        found[name] = Child(None if longest or not rest else rest, longest, repeats)
    return found


def check(element: str, type_name: str, value: object) -> None:
    """Check an element and all below it.

    Raises:
        SchemaError: E00003 for order and shape, E00015 for a length.
    """
    if not isinstance(value, dict):
        raise SchemaError("E00003", f"The element '{element}' in namespace '{NAMESPACE}' has incomplete content.")
    known = children(type_name)
    names = list(known)
    position = -1
    for name, inner in value.items():
        allowed = names[position + 1 :]
        if name not in allowed:
            raise _misplaced(element, name, allowed)
        position = len(names) - 1 if type_name in _CHOICES else names.index(name)
        _check_child(name, known[name], inner)


def _check_child(name: str, child: Child, inner: object) -> None:
    if child.type_name is None:
        if isinstance(inner, dict | list):
            if name in _NOT_LOOKED_INTO:
                return
            first = str(next(iter(inner), name)) if isinstance(inner, dict) else name
            raise _misplaced(name, first, [])
        if child.longest is not None and inner is not None and len(str(inner)) > child.longest:
            raise SchemaError("E00015", f"The field length is invalid for {name}.")
        return
    for item in inner if child.repeats and isinstance(inner, list) else [inner]:
        check(name, child.type_name, item)


def _misplaced(element: str, name: str, allowed: list[str]) -> SchemaError:
    text = f"The element '{element}' in namespace '{NAMESPACE}' has invalid child element '{name}' in namespace '{NAMESPACE}'."
    if allowed:
        text += f" List of possible elements expected: '{', '.join(allowed)}' in namespace '{NAMESPACE}'."
    return SchemaError("E00003", text)
