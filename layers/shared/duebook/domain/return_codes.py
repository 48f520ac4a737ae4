"""What the codes of the ACH network say in plain words: returns (R01 …) and notifications of change (C01 …)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class AfterReturn(StrEnum):
    """What a return means for the account it came from."""

    AGAIN = "again"
    """The account is good; the same debit may work later."""
    OTHER_ACCOUNT = "other_account"
    """The account takes no debit, now or later."""
    NOT_AUTHORIZED = "not_authorized"
    """The holder says no; debiting again without asking breaks the network's rules."""
    ASK_PROCESSOR = "ask_processor"
    """Nothing is known to be wrong with the account; the entry itself was at fault."""


@dataclass(frozen=True, slots=True)
class ReturnCode:
    """What a return code stands for.

    Args:
        reason: A whole sentence that a payer may read as well.
        after: What it means for the account.
    """

    reason: str
    after: AfterReturn


UNKNOWN_REASON = "The bank sent the payment back and gave no reason that we know."

_AGAIN: Mapping[str, str] = {
    "R01": "The account had not enough funds.",
    "R09": "The account had funds, but they were not available yet.",
}
_OTHER_ACCOUNT: Mapping[str, str] = {
    "R02": "The account is closed.",
    "R03": "The bank found no such account, or the name does not match it.",
    "R04": "The account number is not valid.",
    "R12": "The account has moved to another bank.",
    "R13": "The routing number is not valid.",
    "R14": "The person who managed the account has died or no longer does so.",
    "R15": "The account holder has died.",
    "R16": "The account is frozen.",
    "R17": "The account number is not valid, and the bank finds the payment questionable.",
    "R20": "This kind of account takes no electronic debits.",
    "R28": "The routing number is not valid.",
    "R34": "The bank takes part in electronic payments only in part.",
    "R42": "The routing number is not valid.",
    "R43": "The account number is not valid.",
}
_NOT_AUTHORIZED: Mapping[str, str] = {
    "R05": "The account holder says that a business debit of a personal account was not authorized.",
    "R07": "The account holder has taken the authorization back.",
    "R08": "The account holder stopped this payment.",
    "R10": "The account holder says that the payment was not authorized.",
    "R11": "The account holder says that the payment was not as authorized, such as in amount or date.",
    "R23": "The account holder refused the payment.",
    "R29": "The company that holds the account says that the payment was not authorized.",
    "R37": "The check behind the payment was paid as well.",
    "R38": "Payment of the check behind it was stopped.",
    "R39": "The check behind the payment does not allow an electronic debit.",
    "R51": "The check behind the payment does not allow an electronic debit.",
    "R52": "Payment of the check behind it was stopped.",
    "R53": "The check behind the payment was paid as well.",
}
_ASK_PROCESSOR: Mapping[str, str] = {
    "R06": "The payment service's bank asked for it back.",
    "R18": "The payment was dated wrongly.",
    "R19": "The amount was not written as the network asks.",
    "R21": "The business was not named as the network asks.",
    "R22": "The payer was not named as the network asks.",
    "R24": "The bank took it for a duplicate of another payment.",
    "R25": "The details sent with the payment were not written as the network asks.",
    "R26": "A required detail of the payment was missing.",
    "R27": "The payment's trace number was not right.",
    "R30": "The bank takes no part in this kind of payment.",
    "R31": "The bank sent it back late, as both banks agreed.",
    "R32": "The bank could not settle the payment.",
    "R33": "The bank sent the electronic form of a check back.",
    "R35": "The network does not allow this debit.",
    "R36": "The network does not allow this credit.",
    "R40": "A federal agency sent the enrollment back.",
    "R41": "The kind of account was not right.",
    "R44": "The payer was not named as the network asks.",
    "R45": "The payer's name was not right.",
    "R46": "The payer's representative was not named as the network asks.",
    "R47": "The enrollment was a duplicate.",
    "R50": "The law of the state does not allow this kind of payment.",
    "R61": "The bank sent it back to the wrong place.",
    "R62": "An erroneous or reversing debit was sent back.",
    "R67": "It was sent back twice.",
    "R68": "It was sent back too late.",
    "R69": "The return had an error in it.",
    "R70": "The return was not accepted by the payment service's bank.",
    "R71": "The dispute of the return went to the wrong place.",
    "R72": "The dispute of the return came too late.",
    "R73": "The bank says that its return came in time.",
    "R74": "The bank has corrected its return.",
    "R75": "The bank says that its return was no duplicate.",
    "R76": "The bank found no error in its return.",
    "R77": "The bank does not accept the dispute of its return.",
    "R80": "The international payment was not coded as the network asks.",
    "R81": "The bank takes no part in international payments.",
    "R82": "The foreign bank was not named as the network asks.",
    "R83": "The foreign bank could not settle the payment.",
    "R84": "The gateway to the foreign bank did not pass the payment on.",
    "R85": "The payment left the country, but was not coded as an international one.",
}

RETURN_CODES: Mapping[str, ReturnCode] = {
    code: ReturnCode(reason, after)
    for after, reasons in (
        (AfterReturn.AGAIN, _AGAIN),
        (AfterReturn.OTHER_ACCOUNT, _OTHER_ACCOUNT),
        (AfterReturn.NOT_AUTHORIZED, _NOT_AUTHORIZED),
        (AfterReturn.ASK_PROCESSOR, _ASK_PROCESSOR),
    )
    for code, reason in reasons.items()
}
"""Source: Nacha Operating Rules, appendix on return entries; sorted here by what they mean for the account."""

CHANGE_CODES: Mapping[str, str] = {
    "C01": "The account number has changed.",
    "C02": "The routing number has changed.",
    "C03": "The routing number and the account number have changed.",
    "C04": "The account holder's name has changed.",
    "C05": "The account is of another kind: checking instead of savings, or the other way round.",
    "C06": "The account number has changed, and the account is of another kind.",
    "C07": "The routing number and the account number have changed, and the account is of another kind.",
    "C08": "The foreign bank's number has changed.",
    "C09": "The account holder's identification number has changed.",
    "C10": "The business's name is not right.",
    "C11": "The business's identification number is not right.",
    "C12": "The business's name and identification number are not right.",
    "C13": "The details sent with the payment were not written as the network asks.",
    "C14": "The payment left the country, but was not coded as an international one.",
}
"""Notifications of change: the payment went through, and the bank says what to correct before the next one.

Source: Nacha Operating Rules, appendix on notifications of change.
"""


def return_reason(code: str | None) -> str:
    """Say in a sentence why a bank sent a payment back."""
    known = RETURN_CODES.get(_plain(code))
    return known.reason if known else UNKNOWN_REASON


def after_return(code: str | None) -> AfterReturn:
    """Say what a return means for the account; an unknown code leaves it to a person and the processor."""
    known = RETURN_CODES.get(_plain(code))
    return known.after if known else AfterReturn.ASK_PROCESSOR


def change_reason(code: str | None) -> str:
    """Say in a sentence what a notification of change asks to correct."""
    return CHANGE_CODES.get(_plain(code), "The bank says that some detail of the account has changed.")


def _plain(code: str | None) -> str:
    return (code or "").strip().upper()
