"""Answers of the CardPointe Gateway, read with distrust.

All values are texts, their order changes, and fields that nobody documented come along; only the named ones are looked at.
``respstat`` is the verdict (A approved, B try again, C declined) and ``respcode`` says why beside ``respproc``.

    {"respstat": "A", "respcode": "00", "resptext": "Approval", "respproc": "FNOR", "retref": "100000000001", "amount": "12.50",
     "token": "9411000000081111", "merchid": "800000000001", "orderId": "DB-…", "authcode": "PPS123"}
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.charges import BANK_ACCOUNT, Charge, TokenMethod
from duebook.domain.money import Money
from duebook.domain.payments import DeclineReason, Evidence, Outcome
from duebook.domain.processing import CredentialFault, CredentialTest, StoredMethod
from duebook.processors import cardpointe_codes as codes
from duebook.processors.cardpointe_messages import Reference, VaultId
from duebook.processors.credentials import CardPointeCredentials
from duebook.processors.json_answers import Fields, amount, objects, text
from duebook.processors.transport import AnswerLostError

PARTIAL = "approved_in_part"
NO_DETAILS = "incomplete_answer"
OTHER_ORDER = "other_reference"
NO = frozenset({"N", "NO", "FALSE", "0"})
"""How the gateway may write that something is not so."""
REJECTED = "rejected"
"""In place of a return code where the gateway tells none; the deposit's line brings it."""
_RETREF = re.compile(r"(?!0+\Z)[0-9A-Za-z]{1,20}")
_MERCHANT_ID = re.compile(r"[0-9A-Za-z]{1,16}")
_TOKEN = re.compile(r"9([0-9]{2})[0-9]{5,16}")
_LAST4 = re.compile(r"[0-9]{4}\Z")
_EXPIRY = re.compile(r"(0[1-9]|1[0-2])([0-9]{2})")
_VAULT_PART = re.compile(r"[0-9A-Za-z]{1,40}")
_NOT_MADE = frozenset({Outcome.DECLINED, Outcome.FAILED, Outcome.VOIDED})


@dataclass(frozen=True, slots=True)
class Seen:
    """Who looks at an answer and when: what its fields are read against."""

    credentials: CardPointeCredentials
    currency: str
    at: datetime

    def reference(self, fields: Fields) -> Reference | None:
        """Return what the answer is filed under; the merchant id only where it is not the cards' one."""
        retref, merchant_id = text(fields, "retref"), text(fields, "merchid")
        if not _RETREF.fullmatch(retref):
            return None
        is_other = _MERCHANT_ID.fullmatch(merchant_id) and merchant_id != self.credentials.merchant_id
        return Reference(retref, merchant_id if is_other else "")

    def amount(self, fields: Fields, name: str = "amount") -> Money | None:
        """Return an amount of the merchant account's currency."""
        return amount(fields, name, self.currency)

    def is_bank(self, fields: Fields) -> bool:
        """Tell whether a charge went to a bank account, by whichever field says so."""
        ours = self.credentials
        at_ach = ours.ach_merchant_id not in ("", ours.merchant_id) and text(fields, "merchid") == ours.ach_merchant_id
        kinds = {text(fields, name).upper() for name in ("accttype", "cardtype")}
        return at_ach or text(fields, "respproc") in codes.BANK_HOSTS or bool(kinds & codes.BANK_TYPES)

    def in_other_currency(self, fields: Fields) -> bool:
        """Tell whether an answer names a currency that is not the merchant account's."""
        return text(fields, "currency").upper() not in ("", self.currency)

    def evidence(self, fields: Fields, outcome: Outcome, reason: DeclineReason | None = None, code: str | None = None) -> Evidence:
        """Make evidence with what the answer tells of the card; its amount only where money stands."""
        reference = self.reference(fields)
        brand, last4 = face(fields, bank=self.is_bank(fields))
        stands = None if outcome in _NOT_MADE or outcome is Outcome.UNKNOWN else self.amount(fields)
        return Evidence(outcome, self.at, str(reference) if reference else None, reason, code, brand, last4, _size(stands))

    def unknown(self, code: str) -> Evidence:
        """Make evidence of not knowing; the look-up then tells the truth."""
        return Evidence(Outcome.UNKNOWN, self.at, reason_code=code)


def code_of(fields: Fields) -> str:
    """Return who answered with what, such as ``FNOR-05``; empty when either is missing."""
    host, code = text(fields, "respproc"), text(fields, "respcode")
    return f"{host}-{code}"[:24] if host and code else ""


def charge_evidence(fields: Fields, charge: Charge, seen: Seen) -> Evidence:
    """Read the answer to a charge.

    Anything that does not add up is UNKNOWN with a word of ours as ``reason_code``. A charge approved for less comes as
    UNKNOWN with ``PARTIAL`` and its reference, so that it can be voided.
    """
    bank = charge.method.type == BANK_ACCOUNT
    if text(fields, "orderId", "orderid") not in ("", charge.order_id):
        return seen.unknown(OTHER_ORDER)
    is_approved = text(fields, "respstat") == "A"
    found = _approved(fields, charge.amount, bank=bank, seen=seen) if is_approved else refusal(fields, seen)
    if bank:
        return replace(found, brand=None)
    if isinstance(charge.method, TokenMethod) and found.outcome is Outcome.FAILED:
        return replace(found, reason=codes.refused_reason(found.reason_code or "", typed=True))
    return found


def _approved(fields: Fields, asked: Money, *, bank: bool, seen: Seen) -> Evidence:
    charged = seen.amount(fields)
    if seen.reference(fields) is None:
        return seen.unknown("approved_without_id")
    if charged is None or seen.in_other_currency(fields):
        return seen.unknown("other_currency" if charged else NO_DETAILS)
    if charged == asked:
        status = text(fields, "setlstat")
        if status and codes.status_outcome(status, bank=bank) is Outcome.REVIEW:
            return seen.evidence(fields, Outcome.REVIEW, code=status[:24])
        return seen.evidence(fields, Outcome.PENDING if bank else Outcome.APPROVED)
    if 0 < charged.minor < asked.minor:
        return seen.evidence(fields, Outcome.UNKNOWN, code=PARTIAL)
    return seen.unknown("other_amount")


def refusal(fields: Fields, seen: Seen) -> Evidence:
    """Read an answer that is no approval: UNKNOWN where the charge or refund may stand all the same."""
    code = code_of(fields)
    verdict = text(fields, "respstat")
    if not code or verdict not in ("B", "C"):
        return seen.unknown(NO_DETAILS)
    if verdict == "B" or code in codes.LOOK_UP:
        return seen.unknown(code)
    if code == codes.HELD:
        held = seen.evidence(fields, Outcome.REVIEW, code=code)
        return held if held.reference else seen.unknown(code)
    return _refused(fields, code, seen)


def _refused(fields: Fields, code: str, seen: Seen) -> Evidence:
    if code.startswith(f"{codes.GATEWAY}-"):
        return seen.evidence(fields, Outcome.FAILED, codes.refused_reason(code), code)
    return seen.evidence(fields, Outcome.DECLINED, codes.declined_reason(code), code)


def is_not_found(fields: Fields) -> bool:
    """Tell whether the gateway says that it knows no such charge or refund."""
    return code_of(fields) == codes.NOT_FOUND


def is_refund(fields: Fields, seen: Seen) -> bool:
    """Tell whether a record gives money back.

    One made in the gateway's own pages may stand under the order id of its charge.
    """
    stands = seen.amount(fields)
    return (
        text(fields, "authcode").upper() == codes.REFUND_DONE
        or bool(text(fields, "parentretref", "origretref"))
        or text(fields, "type").upper() == codes.REFUND_DONE
        or (stands is not None and stands.minor < 0)
    )


def record_evidence(fields: Fields, seen: Seen, *, refund: bool = False) -> Evidence:
    """Read how a charge or refund stands, out of an answer to inquire. A bank account's charge waits, its refund does not.

    ``setlstat`` says more than the verdict of the first answer: a time-out may have been captured, an approval voided.

    Raises:
        AnswerLostError: Neither says anything that we understand, or it is in another currency.
    """
    status = text(fields, "setlstat")
    if seen.reference(fields) is None or seen.in_other_currency(fields):
        raise AnswerLostError("a record without an id, or in another currency")
    waits = seen.is_bank(fields) and not refund
    if not status:
        return _by_verdict(fields, seen, waits=waits)
    outcome = codes.status_outcome(status, bank=waits)
    match outcome:
        case Outcome.DECLINED:
            return _never_made(fields, status, seen)
        case Outcome.RETURNED if refund:
            return seen.evidence(fields, Outcome.FAILED, DeclineReason.PROCESSOR_ERROR, REJECTED)
        case Outcome.RETURNED:
            return seen.evidence(fields, outcome, code=text(fields, "achreturncode") or REJECTED)
        case Outcome.REVIEW:
            return seen.evidence(fields, outcome, code=status[:24])
        case _:
            return seen.evidence(fields, outcome)


def _never_made(fields: Fields, status: str, seen: Seen) -> Evidence:
    code = code_of(fields) or status[:24]
    if text(fields, "respstat") == "B":
        return seen.evidence(fields, Outcome.DECLINED, codes.REASONS.get(code, DeclineReason.PROCESSOR_ERROR), code)
    return _refused(fields, code, seen)


def _by_verdict(fields: Fields, seen: Seen, *, waits: bool) -> Evidence:
    found = refusal(fields, seen)
    if text(fields, "respstat") == "A" and code_of(fields):
        found = seen.evidence(fields, Outcome.PENDING if waits else Outcome.APPROVED)
    if found.outcome is Outcome.UNKNOWN:
        raise AnswerLostError(f"the record says neither how it stands nor why: {found.reason_code}")
    return found


def the_one(found: list[Evidence]) -> Evidence | None:
    """Return the evidence that counts among the records of one order id: what stands, else what was voided, else a refusal.

    Raises:
        AnswerLostError: More than one stands; a person must look.
    """
    standing = [evidence for evidence in found if evidence.outcome not in _NOT_MADE]
    if len(standing) > 1:
        raise AnswerLostError(f"{len(standing)} stand under one order id")
    voided = [evidence for evidence in found if evidence.outcome is Outcome.VOIDED]
    return next(iter(standing or voided or found), None)


def order_evidence(answer: object, order_id: str, *, refund: bool, seen: Seen) -> Evidence | None:
    """Read what stands under an order id: a record or a list of them; None when the gateway says that there is none.

    Raises:
        AnswerLostError: Neither records nor that word, more than one that stands, or one that we do not understand.
    """
    rows = objects(answer)
    known = [row for row in rows if not is_not_found(row)]
    if not rows:
        raise AnswerLostError("neither records nor the word that there are none")
    ours = [row for row in known if text(row, "orderId", "orderid") in ("", order_id)]
    return the_one([record_evidence(row, seen, refund=refund) for row in ours if refund or not is_refund(row, seen)])


def is_voided(fields: Fields) -> bool:
    """Tell whether a void was carried out: only this word says so."""
    return text(fields, "respstat") == "A" and text(fields, "authcode").upper() == codes.VOID_DONE


def void_evidence(fields: Fields, order_id: str, reference: Reference, seen: Seen) -> Evidence:
    """Read the answer to a void: VOIDED, FAILED with the code, or UNKNOWN."""
    if text(fields, "orderId", "orderid") not in ("", order_id):
        return seen.unknown(OTHER_ORDER)
    if is_voided(fields):
        return Evidence(Outcome.VOIDED, seen.at, str(reference))
    found = refusal(fields, seen)
    if found.outcome is Outcome.UNKNOWN:
        return found
    return Evidence(Outcome.FAILED, seen.at, str(reference), DeclineReason.PROCESSOR_ERROR, found.reason_code)


def refund_evidence(fields: Fields, order_id: str, asked: Money, charge: Reference, seen: Seen) -> Evidence:
    """Read the answer to a refund; one that stands has an id of its own."""
    if text(fields, "respstat") != "A":
        return refusal(fields, seen)
    if text(fields, "orderId", "orderid") not in ("", order_id):
        return seen.unknown(OTHER_ORDER)
    reference, given = seen.reference(fields), _size(seen.amount(fields))
    if reference is None or reference.retref == charge.retref:
        return seen.unknown("refund_without_own_id")
    if given != asked or seen.in_other_currency(fields):
        return seen.unknown("other_amount" if given else NO_DETAILS)
    return seen.evidence(fields, Outcome.APPROVED)


def merchant_test(fields: Fields, merchant_id: str, *, bank: bool) -> CredentialTest:
    """Read what a merchant id may do: a login that is not let in never comes this far.

    Raises:
        AnswerLostError: The answer is about something else.
    """
    if text(fields, "merchid") != merchant_id:
        raise AnswerLostError("the answer is about another merchant id")
    if text(fields, "enabled").upper() in NO:
        return CredentialTest(CredentialFault.SWITCHED_OFF, merchant_id)
    if bank and text(fields, "echeck").upper() in NO:
        return CredentialTest(CredentialFault.NO_BANK_ACCOUNTS, merchant_id)
    return CredentialTest()


def stored_method(fields: Fields, token: str, *, bank: bool) -> StoredMethod | None:
    """Read a saved profile's answer; None when it names no account."""
    profile_id, account_id = text(fields, "profileid"), text(fields, "acctid")
    kind = text(fields, "accttype").upper()
    if not (_VAULT_PART.fullmatch(profile_id) and account_id.isascii() and account_id.isdigit()):
        return None
    named = {"token": text(fields, "token") or token, "accttype": kind}
    brand, last4 = face(named, bank=bank)
    expiry = _EXPIRY.fullmatch(text(fields, "expiry"))
    return StoredMethod(
        vault_id=str(VaultId(profile_id, account_id, (kind if kind in codes.BANK_TYPES else "ECHK") if bank else "")),
        brand=brand,
        last4=last4,
        expiry=f"20{expiry[2]}-{expiry[1]}" if expiry and not bank else None,
    )


def face(fields: Fields, *, bank: bool) -> tuple[str | None, str | None]:
    """Return brand and last four digits. A token is 9, the number's first two digits, and at its end the last four."""
    token = text(fields, "token", "account", "cardnumber")
    last4 = _LAST4.search(text(fields, "lastfour") or token)
    digits = _TOKEN.fullmatch(token)
    told = codes.BRANDS.get(text(fields, "cardbrand").upper()) or codes.BRANDS.get(text(fields, "accttype", "cardtype").upper())
    brand = told or (codes.BRAND_OF_PREFIX.get(digits[1]) if digits else None)
    return None if bank else brand, last4[0] if last4 else None


def _size(money: Money | None) -> Money | None:
    """Return an amount without its sign; a zero says that nothing stands."""
    if money is None or not money.minor:
        return None
    return Money(abs(money.minor), money.currency)
