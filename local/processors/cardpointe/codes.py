"""Response codes with their texts, test cards and the sandbox's triggers.

Source: CardPointe Gateway API, response codes and UAT test data.
"""

from __future__ import annotations

APPROVED, RETRY, DECLINED = "A", "B", "C"
CARD_PLATFORMS = frozenset({"FNOR", "RPCT"})
ACH_PLATFORMS = frozenset({"BPAY", "PSTR"})

PPS = {
    "00": "Approval",
    "08": "Profile Deleted",
    "09": "Profile Saved",
    "11": "Invalid card",
    "15": "Non-numeric expiry",
    "16": "Card expired",
    "18": "CardDefense review",
    "19": "CardDefense decline",
    "22": "No auth route",
    "25": "No matching auth",
    "26": "Txn settled",
    "27": "Txn batched",
    "28": "Txn not settled",
    "29": "Txn not found",
    "31": "Invalid currency",
    "32": "Wrong currency for merch",
    "33": "Unknown card type",
    "34": "Invalid field",
    "37": "CVV mismatch",
    "39": "Void not permitted",
    "43": "Invalid amount",
    "45": "Unref refund not supported",
    "48": "eCheck not supported",
    "62": "Timed out",
    "96": "Profile not found",
    "97": "Merchant disabled",
    "98": "Invalid token",
    "99": "Invalid card",
    "101": "AVS mismatch",
}
FNOR = {
    "00": "Approval",
    "01": "Refer to issuer",
    "03": "Invalid merchant",
    "05": "Do not honor",
    "10": "Partial Approval",
    "12": "Invalid transaction",
    "13": "Invalid amount",
    "14": "Invalid card number",
    "28": "Please retry",
    "51": "Declined",
    "54": "Wrong expiration",
    "55": "Incorrect pin",
    "57": "Invalid txn for card",
    "61": "Exceeds withdrawal limit",
    "63": "Service not allowed",
    "91": "System error",
    "94": "Duplicate tran",
    "C2": "CVV decline",
    "CE": "System problem",
    "N3": "Invalid Account",
    "NU": "Insufficient funds",
}
RPCT = {
    "000": "Approve",
    "002": "Approve for partial amount",
    "100": "Do not honor",
    "101": "Expired card",
    "102": "Suspected fraud",
    "107": "Call for authorization",
    "110": "Invalid amount",
    "116": "Not sufficient funds",
    "121": "Exceeds withdrawal amount",
    "131": "Invalid account number",
    "208": "Lost card",
    "209": "Stolen card",
    "500": "Decline",
    "505": "Please retry",
    "508": "Try again later - Declined",
    "511": "card has expired (get new date and try again)",
    "516": "Please retry",
    "517": "CVV2 Declined",
    "902": "Invalid transaction",
    "911": "Card issuer timed out",
    "913": "Duplicate transaction",
    "923": "Request in progress",
}
BPAY = {"00": "Approved", "01": "Declined: bank account failed validation", "02": "Declined: bank account previously failed validation"}
PSTR = {"00": "Success", "02": "Declined", "11": "Error Timeout", "28": "Routing Number Not Found", "99": "Invalid Account Number"}
TEXTS = {"PPS": PPS, "FNOR": FNOR, "RPCT": RPCT, "BPAY": BPAY, "PSTR": PSTR}
_RETRIES = {
    "PPS": {"61", "62", "63", "64", "65", "66", "106"},
    "FNOR": {"28", "91", "NL"},
    "RPCT": {"505", "508", "511", "516", "920"},
}

APPROVAL = {"FNOR": "00", "RPCT": "000", "BPAY": "00", "PSTR": "00"}
PARTIAL = {"FNOR": "10", "RPCT": "002"}
PLAIN_DECLINE = {"FNOR": "05", "RPCT": "100", "BPAY": "01", "PSTR": "02"}
NO_SUCH_BANK = {"BPAY": "01", "PSTR": "28"}

_SCRIPTED = {
    "refer": "4387751111111020 5442981111111023 6011000995511122",
    "do_not_honor": "4387751111111038 5442981111111031 6011000995511130",
    "wrong_expiry": "4387751111111046 5442981111111049 6011000995511148",
    "insufficient": "4387751111111053 5442981111111056 6011000995511155",
    "timeout": "4999006200620062 5111006200620062 6465006200620062",
    "partial": "4387750101010101",
}
SCRIPTS = {number: script for script, numbers in _SCRIPTED.items() for number in numbers.split()}
SCRIPT_CODES = {
    "refer": {"FNOR": "01", "RPCT": "107"},
    "do_not_honor": {"FNOR": "05", "RPCT": "100"},
    "wrong_expiry": {"FNOR": "54", "RPCT": "101"},
    "insufficient": {"FNOR": "NU", "RPCT": "500"},
}
PARTIAL_FROM_MINOR, PARTIAL_MINOR = 6_00, 5_00

AVS_BY_ENDING = {
    **dict.fromkeys(("225", "406"), "Y"),
    "224": "X",
    **dict.fromkeys(("111", "201"), "A"),
    "223": "W",
    **dict.fromkeys(("113", "226"), "Z"),
    **dict.fromkeys(("112", "214"), "N"),
    "221": "U",
    "207": "G",
    "218": "R",
    "205": "E",
    "219": "S",
    "228": "Q",
    **dict.fromkeys(("204", "227"), "D"),
    "202": "B",
    "203": "C",
    "216": "P",
    "209": "I",
    "213": "M",
}
CVV_BY_CODE = {"112": "M", "111": "N", "222": "P", "333": "U"}


def respstat(respproc: str, respcode: str) -> str:
    """Return A, B or C for a code; meaningful only with who gave it."""
    if respproc in APPROVAL and respcode in {APPROVAL[respproc], PARTIAL.get(respproc)}:
        return APPROVED
    if respproc == "PPS" and respcode in {"00", "01", "08", "09"}:
        return APPROVED
    return RETRY if respcode in _RETRIES.get(respproc, ()) else DECLINED


def text_of(respproc: str, respcode: str) -> str:
    """Return the gateway's words for a code."""
    return TEXTS.get(respproc, {}).get(respcode, "Declined")


def decline_code(wanted: str, platform: str) -> tuple[str, str]:
    """Return who declines and with which code: ``PPS:37`` names the gateway itself, anything else the host."""
    who, _, code = wanted.rpartition(":")
    return (who or platform, code)


def avs_letter(postal: str, address: str) -> str:
    """Return the address check's letter: by the last three characters of the postal code, then of the address."""
    for given in (postal, address):
        if given.strip()[-3:] in AVS_BY_ENDING:
            return AVS_BY_ENDING[given.strip()[-3:]]
    return "Y" if postal.strip() else ""


def cvv_letter(cvv: str) -> str:
    """Return the security code check's letter."""
    return CVV_BY_CODE.get(cvv, "M") if cvv else "X"
