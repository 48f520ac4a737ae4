"""The gateway's codes in words: reasons of an answer, returns of a bank, notices of change.

Source: Authorize.Net response code list; Nacha return and change codes.
"""

from __future__ import annotations

TEXTS = {
    "1": "This transaction has been approved.",
    "2": "This transaction has been declined.",
    "3": "This transaction has been declined.",
    "4": "This transaction has been declined. The code returned from the processor indicating that the card used needs to be picked up.",
    "5": "A valid amount is required.",
    "6": "The credit card number is invalid.",
    "7": "Credit card expiration date is invalid.",
    "8": "The credit card has expired.",
    "9": "The ABA code is invalid.",
    "10": "The account number is invalid.",
    "11": "A duplicate transaction has been submitted.",
    "12": "An authorization code is required but not present.",
    "13": "The merchant login ID or password is invalid or the account is inactive.",
    "15": "The transaction ID is invalid.",
    "16": "The transaction cannot be found.",
    "17": "The merchant does not accept this type of credit card.",
    "18": "ACH transactions are not accepted by this merchant.",
    "19": "An error occurred during processing. Please try again.",
    "27": "The transaction has been declined because of an AVS mismatch.",
    "33": "A required field cannot be left blank.",
    "37": "The credit card number is invalid.",
    "39": "The supplied currency code is either invalid, not supported, not allowed for this merchant or doesn't have an exchange rate.",
    "41": "This transaction has been declined.",
    "44": "This transaction has been declined. The card code submitted with the transaction did not match.",
    "45": "This transaction has been declined. Card code and address do not match.",
    "47": "The amount requested for settlement cannot be greater than the original amount authorized.",
    "49": "The transaction amount submitted was greater than the maximum amount allowed.",
    "50": "This transaction is awaiting settlement and cannot be refunded.",
    "53": "The transaction type is invalid for ACH transactions.",
    "54": "The referenced transaction does not meet the criteria for issuing a credit.",
    "55": "The sum of credits against the referenced transaction would exceed original debit amount.",
    "57": "An error occurred in processing. Please try again.",
    "65": "This transaction has been declined. The transaction was declined because of a card code mismatch.",
    "71": "The bank account type is invalid.",
    "78": "The card code is invalid.",
    "100": "The eCheck type is invalid.",
    "101": "The given name on the account and/or the account type does not match the actual account.",
    "120": "An error occurred during processing. Please try again.",
    "128": "This transaction cannot be processed. The customer's financial institution does not currently allow transactions for this account.",
    "193": "The transaction is currently under review.",
    "244": "This eCheck type is not allowed for this bank account type.",
    "250": "This transaction has been declined. The address it came from is blocked.",
    "251": "This transaction has been declined by a fraud filter.",
    "252": "Your order has been received. Thank you for your business!",
    "253": "Your order has been received. Thank you for your business!",
    "254": "This transaction has been declined after review.",
    "295": "The amount of this request was only partially approved on the given prepaid card.",
    "310": "This transaction has already been voided.",
    "311": "This transaction has already been captured.",
    "901": "The service is offline for maintenance. Please try again later.",
}
_DECLINES = frozenset({"2", "3", "4", "27", "41", "44", "45", "65", "141", "145", "165", "191", "250", "251", "254"})

RETURNS = {
    "R01": "Insufficient Funds",
    "R02": "Account Closed",
    "R03": "No Account/Unable to Locate Account",
    "R04": "Invalid Account Number",
    "R05": "Unauthorized Debit to Consumer Account",
    "R06": "Returned per ODFI Request",
    "R07": "Authorization Revoked by Customer",
    "R08": "Payment Stopped",
    "R09": "Uncollected Funds",
    "R10": "Customer Advises Not Authorized",
    "R11": "Entry Not in Accordance with Authorization",
    "R12": "Branch Sold to Another DFI",
    "R13": "Invalid ACH Routing Number",
    "R14": "Representative Payee Deceased",
    "R15": "Beneficiary or Account Holder Deceased",
    "R16": "Account Frozen",
    "R17": "File Record Edit Criteria",
    "R20": "Non-Transaction Account",
    "R23": "Credit Entry Refused by Receiver",
    "R24": "Duplicate Entry",
    "R29": "Corporate Customer Advises Not Authorized",
    "R31": "Permissible Return Entry",
    "R51": "Item Related to RCK Entry Is Ineligible",
}
CHANGES = {
    "C01": "Incorrect Account Number",
    "C02": "Incorrect Routing Number",
    "C03": "Incorrect Routing and Account Number",
    "C04": "Incorrect Account Name",
    "C05": "Incorrect Transaction Code",
    "C06": "Incorrect Account Number and Transaction Code",
    "C07": "Incorrect Routing Number, Account Number and Transaction Code",
    "C08": "Incorrect Receiving DFI Identification",
    "C09": "Incorrect Individual Identification Number",
    "C13": "Addenda Format Error",
    "C14": "Incorrect SEC Code for Outbound International Payment",
}


def response_code(reason_code: str) -> str:
    """Return ``2`` for the reasons a bank gives, ``3`` for the gateway's own."""
    declined = reason_code in _DECLINES or (reason_code.isdigit() and 200 <= int(reason_code) <= 224)
    return "2" if declined else "3"


def text_of(code: str) -> str:
    """Return a reason code in words."""
    return TEXTS.get(code) or TEXTS["2" if response_code(code) == "2" else "19"]
