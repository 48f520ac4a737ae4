"""What banks say in codes: returns (R01 …) and notifications of change (C01 …), in plain words, and what follows from them.

Source: Nacha Operating Rules, Appendix Four (returns) and Appendix Five (notifications of change), told in our own words.
"""

from __future__ import annotations

import re

RETURNS: dict[str, str] = {
    "R01": "The account did not have enough money.",
    "R02": "The account is closed.",
    "R03": "The bank could not find this account, or the name does not belong to it.",
    "R04": "The account number is not valid.",
    "R05": "The account holder did not authorize this payment from a personal account.",
    "R06": "Our bank asked for the payment back.",
    "R07": "The account holder withdrew the authorization.",
    "R08": "The account holder stopped this payment.",
    "R09": "The money in the account was not available yet.",
    "R10": "The account holder says that this payment was not authorized.",
    "R11": "The account holder says that this payment was not what was agreed.",
    "R12": "The account moved to another bank.",
    "R13": "The bank cannot be reached under this routing number.",
    "R14": "The person who managed the account has died or cannot act any more.",
    "R15": "The account holder has died.",
    "R16": "The account is frozen.",
    "R17": "The bank found the details of the account questionable.",
    "R18": "The payment carried a wrong date.",
    "R19": "The payment carried a wrong amount.",
    "R20": "This account does not allow such payments.",
    "R21": "The bank did not accept the company's identification.",
    "R22": "The bank did not accept the account holder's identification.",
    "R23": "The account holder refused the money.",
    "R24": "The bank took this for a second copy of another payment.",
    "R25": "The payment was not formed as the bank expects.",
    "R26": "A detail that the bank needs was missing.",
    "R27": "The payment could not be matched with its first entry.",
    "R28": "The routing number is not valid.",
    "R29": "The business that holds the account did not authorize this payment.",
    "R31": "The bank returned the payment by agreement.",
    "R32": "The bank could not settle the payment.",
    "R33": "The bank chose to return this payment.",
    "R34": "The bank takes part in such payments only in part.",
    "R35": "This kind of account cannot be debited.",
    "R37": "The check behind this payment was presented too.",
    "R38": "The check behind this payment was stopped.",
    "R39": "The check behind this payment was presented, or cannot be paid this way.",
    "R61": "The return went to the wrong bank first.",
    "R67": "The return came twice.",
    "R68": "The return came late.",
    "R69": "The return was not formed as it should be.",
    "R80": "The bank took this for a payment from abroad with wrong details.",
    "R81": "The bank takes no payments from abroad.",
    "R82": "The foreign bank's number is not valid.",
    "R83": "The foreign bank could not settle the payment.",
    "R84": "The payment could not be passed on to the foreign bank.",
    "R85": "The bank took this for a payment abroad that was not marked as one.",
}
CORRECTIONS: dict[str, str] = {
    "C01": "the account number",
    "C02": "the routing number",
    "C03": "the routing number and the account number",
    "C04": "the account holder's name",
    "C05": "the kind of account (checking or savings)",
    "C06": "the account number and the kind of account",
    "C07": "the routing number, the account number and the kind of account",
    "C08": "the foreign bank's number",
    "C09": "the account holder's identification",
    "C13": "how the payment is formed",
}
AUTHORIZATION = frozenset({"R05", "R07", "R08", "R10", "R11", "R29"})
"""The account holder objects: no further charge before there is new consent."""
ACCOUNT = frozenset({"R02", "R03", "R04", "R12", "R13", "R14", "R15", "R16", "R17", "R20", "R28", "R34", "R35"})
"""The account cannot be charged, however often: another one is needed."""
LONGEST_DETAIL = 120
LONG_NUMBER = re.compile(r"\d[\d -]{3,}\d")
"""Whatever might be a part of an account's number stays out of our words (R36)."""


def is_correction(code: str) -> bool:
    """Tell whether a code is a notification of change: it moves no money (R38)."""
    return code.upper().startswith("C")


def blocks_charges(code: str) -> bool:
    """Tell whether a code keeps a saved method from being charged. Want of money (R01, R09) and corrections only warn."""
    return code.upper() in AUTHORIZATION | ACCOUNT


def is_settled_by_consent(code: str) -> bool:
    """Tell whether the matter is closed once the account is entered and consented to again: all but a dead account."""
    return code.upper() not in ACCOUNT


def return_reason(code: str, detail: str | None = None) -> str:
    """Say in plain words why money came back, or what the bank asks to have corrected.

    Args:
        code: ``R01`` or ``C01`` and so on; another one is told as it is.
        detail: The processor's words, told with a code that we do not know.
    """
    known = code.upper()
    if known in RETURNS:
        return RETURNS[known]
    if is_correction(known) and known[1:].isdigit():
        what = CORRECTIONS.get(known, "details of the account")
        return f"The bank sent a correction: {what} changed or is not right. Save the account again with the right details."
    words = LONG_NUMBER.sub("…", " ".join((detail or "").split()))[:LONGEST_DETAIL]
    return f"The bank returned the payment ({code}{': ' + words if words else ''})."
