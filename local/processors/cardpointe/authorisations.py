"""Authorise and capture: cards by their test numbers and triggers, bank accounts by their routing number."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from local.processors.authorize_net.cards import luhn
from local.processors.cardpointe import codes, profiles, tokens
from local.processors.cardpointe.ledger import (
    AUTHORIZED,
    DECLINED,
    FIRST_BATCH,
    QUEUED,
    UNDER_REVIEW,
    ZERO_AMOUNT,
    Account,
    Held,
    Ledger,
    Mid,
    Transaction,
)
from local.processors.cardpointe.messages import Answered, Call, InvalidAmountError, minor, refused, result, shown

TIMEOUT_SECONDS = 0.2
HELD_APPROVED = "amount"
"""Code of a review that is answered as an approval with the amount under review: the other of two readings."""
AMOUNT_TRIGGERS = range(1000_00, 2000_00)
_ENTRY_MODES = {"E": "ECommerce", "T": "Moto", "R": "Recurring"}
_BANK_TYPES = frozenset({"ECHK", "ESAV"})
_RUN_OF_DIGITS = re.compile(r"[0-9]{13,19}")


class RefusedError(Exception):
    """The gateway refuses before any host sees it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Source:
    """Where the money comes from: an account, what is known beside it, and the profile it came out of."""

    account: Account
    expiry: str
    accttype: str
    held: Held
    profile_id: str = ""
    account_id: str = ""


def authorise(call: Call) -> Answered:
    """Answer ``auth``."""
    ledger, order_id = call.ledger, call.text("orderid")
    try:
        amount = minor(call.text("amount"))
    except InvalidAmountError:
        return _told(refused("43", merchid=call.mid.merchant_id), None, order_id)
    try:
        source = _source(call)
        mid = _routed(call, source, amount)
    except RefusedError as error:
        return _told(refused(error.code, merchid=call.mid.merchant_id, amount="0.00"), amount, order_id)
    made = _decided(call, mid, source, amount)
    if made.approved and call.yes("capture") and made.setlstat == AUTHORIZED:
        capture_now(ledger, made, call.now.isoformat())
    _save_profile(call, source, made)
    ledger.put_transaction(made)
    waits = float(call.options.get("timeout_seconds", TIMEOUT_SECONDS)) if made.respcode == "62" else 0.0
    return Answered(_answer(made), _outcome(made), amount, order_id, waits)


def capture(call: Call) -> Answered:
    """Answer ``capture``: all of an authorisation, or less of it."""
    found = call.ledger.transaction(call.text("retref"))
    if found is None or found.merchant_id != call.mid.merchant_id:
        return refused("29", retref=call.text("retref"))
    if not found.approved or found.setlstat != AUTHORIZED:
        return refused("27" if found.captured_at else "25", retref=found.retref)
    try:
        amount = minor(call.text("amount")) if call.text("amount") else found.amount_minor
    except InvalidAmountError:
        amount = 0
    if not 0 < amount <= found.amount_minor:
        return refused("43", retref=found.retref)
    found.amount_minor = amount
    capture_now(call.ledger, found, call.now.isoformat())
    call.ledger.put_transaction(found)
    done = {
        "merchid": found.merchant_id,
        "retref": found.retref,
        "account": found.token,
        "amount": shown(amount),
        "batchid": found.batch_id,
        "setlstat": found.setlstat,
        "commcard": "N",
        **result("PPS", "00"),
    }
    return Answered(done, "approved", amount, found.order_id)


def capture_now(ledger: Ledger, transaction: Transaction, at: str) -> None:
    """Queue a transaction for the merchant id's open batch."""
    transaction.setlstat = QUEUED
    transaction.captured_at = at
    transaction.batch_id = open_batch(ledger, transaction.merchant_id)


def open_batch(ledger: Ledger, merchant_id: str) -> str:
    """Return the batch that collects a merchant id's captures until it is closed."""
    batch = ledger.get("open_batch", merchant_id)
    if batch is None:
        batch = str(ledger.next_number("batch", FIRST_BATCH))
        ledger.put("open_batch", merchant_id, batch)
    return str(batch)


def kept_order_id(order_id: str) -> str:
    """Return an order id as it is kept: a run of digits that passes for a card number is masked, and never found again.

    Source: CardPointe Gateway API, authorization request, ``orderid``.
    """

    def masked(run: re.Match[str]) -> str:
        digits = run[0]
        return f"{digits[:2]}{'*' * (len(digits) - 6)}{digits[-4:]}" if luhn(digits) else digits

    return _RUN_OF_DIGITS.sub(masked, order_id)[:50]


def _source(call: Call) -> Source:
    profile, given = call.text("profile"), call.text("account")
    if profile and profile.upper() != "Y" and not given:
        stored = profiles.find(call.ledger, call.mid.merchant_id, *_profile_parts(profile, call.text("acctid")))
        account = call.ledger.account(stored["token"]) if stored else None
        if stored is None or account is None:
            raise RefusedError("96")
        # A profile keeps no security code; one that was typed with the number is spent all the same.
        held = tokens.spend(call.ledger, account.token, call.now)
        expiry = tokens.read_expiry(call.text("expiry")) or stored["expiry"]
        return Source(account, expiry, stored["accttype"], Held(account.token, held.at), stored["profileid"], stored["acctid"])
    account = _account(call, given)
    held = tokens.spend(call.ledger, account.token, call.now)
    expiry = tokens.read_expiry(call.text("expiry")) if call.text("expiry") else held.expiry
    return Source(account, expiry, call.text("accttype").upper(), held)


def _account(call: Call, given: str) -> Account:
    if not given:
        raise RefusedError("11")
    if tokens.TOKEN.fullmatch(given):
        known = call.ledger.account(given)
        if known is None:
            raise RefusedError("98")
        return known
    written = f"{call.text('bankaba')}/{given}" if call.text("bankaba") else given
    try:
        token = tokens.tokenize(call.ledger, written, call.now)
    except tokens.CannotTokenizeError as error:
        raise RefusedError("11") from error
    made = call.ledger.account(token)
    if made is None:
        raise RefusedError("98")
    return made


def _profile_parts(written: str, account_id: str) -> tuple[str, str]:
    profile_id, _, in_path = written.partition("/")
    return profile_id, in_path or account_id


def _routed(call: Call, source: Source, amount: int) -> Mid:
    """Return the merchant id that carries it, and refuse what none does."""
    mid, bank = call.mid, source.accttype in _BANK_TYPES
    if bank != source.account.ach:
        raise RefusedError("33")
    if bank and not mid.ach:
        mid = next((one for one in call.ledger.mids(mid.username) if one.ach and one.currency == "USD"), mid)
        if not mid.ach:
            raise RefusedError("48")
    if not bank and mid.ach:
        raise RefusedError("22")
    currency = call.text("currency").upper() or mid.currency
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise RefusedError("31")
    if currency != mid.currency:
        raise RefusedError("32")
    if amount < 0:
        raise RefusedError("45")
    if bank and amount == 0:
        raise RefusedError("43")
    if not bank and call.text("expiry") and not tokens.read_expiry(call.text("expiry")):
        raise RefusedError("15")
    if not bank and not source.expiry:
        raise RefusedError("34")
    return mid


def _decided(call: Call, mid: Mid, source: Source, amount: int) -> Transaction:
    account, options = source.account, call.options
    cvv = call.text("cvv2") or source.held.cvv
    avs = "" if account.ach else codes.avs_letter(call.text("postal") or source.held.postal, call.text("address"))
    made = Transaction(
        retref=call.ledger.next_retref(),
        merchant_id=mid.merchant_id,
        kind="auth",
        setlstat=AUTHORIZED,
        respstat="A",
        respcode="",
        resptext="",
        respproc=mid.platform,
        authorized_at=call.now.isoformat(),
        amount_minor=amount,
        requested_minor=amount,
        currency=mid.currency,
        order_id=kept_order_id(call.text("orderid")),
        token=account.token,
        brand=account.brand,
        last4=account.last4,
        expiry=source.expiry,
        avs=avs,
        cvv="" if account.ach else codes.cvv_letter(cvv),
        receipt=call.text("receipt").upper() == "Y",
        profile_id=source.profile_id,
        account_id=source.account_id,
        entry_mode="" if account.ach else _ENTRY_MODES.get(call.text("ecomind").upper(), "Keyed"),
        name=call.text("name"),
        cardproc=mid.platform,
        userfields=_userfields(call),
    )
    respproc, respcode = _verdict(call, made, source, options)
    made.respproc, made.respcode = respproc, respcode
    made.respstat, made.resptext = codes.respstat(respproc, respcode), codes.text_of(respproc, respcode)
    if call.forced is not None and call.forced[0] == "review":
        made.setlstat, made.captured_at = UNDER_REVIEW, call.now.isoformat()
        made.batch_id = open_batch(call.ledger, mid.merchant_id)
    elif not made.approved:
        made.setlstat = DECLINED
        # A time-out echoes what was asked, as the documents' examples do; a decline says that nothing was approved.
        made.amount_minor = amount if respcode == "62" and respproc == "PPS" else 0
    elif respcode == codes.PARTIAL.get(respproc):
        made.amount_minor = codes.PARTIAL_MINOR
    elif amount == 0:
        made.setlstat = ZERO_AMOUNT
    if made.approved:
        made.authcode = "AUTH" if account.ach else f"PPS{int(hashlib.sha256(made.retref.encode()).hexdigest(), 16) % 1000:03d}"
    return made


def _verdict(call: Call, made: Transaction, source: Source, options: dict[str, Any]) -> tuple[str, str]:  # noqa: PLR0911 - first rule that fits
    platform = made.respproc
    if call.forced is not None and call.forced[0] == "decline":
        return codes.decline_code(call.forced[1] or codes.PLAIN_DECLINE[platform], platform)
    if call.forced is not None and call.forced[1] != HELD_APPROVED:
        # The gateway's own fraud filter says so with a C, though the charge is only held.
        return ("PPS", "18")
    if made.ach:
        return (platform, codes.APPROVAL[platform] if source.account.routing_valid else codes.NO_SUCH_BANK[platform])
    script = source.account.script
    if script == "timeout":
        return ("PPS", "62")
    if script in codes.SCRIPT_CODES:
        return (platform, codes.SCRIPT_CODES[script][platform])
    if options.get("reject_expired") and source.expiry[2:] + source.expiry[:2] < call.now.strftime("%y%m"):
        return ("PPS", "16")
    if made.cvv in (options.get("cvv_filter") or ()):
        return ("PPS", "37")
    if made.avs in (options.get("avs_filter") or ()):
        return ("PPS", "101")
    if options.get("amount_triggers") and made.requested_minor in AMOUNT_TRIGGERS:
        return (platform, triggered_code(made.requested_minor, platform))
    if script == "partial" and made.requested_minor >= codes.PARTIAL_FROM_MINOR:
        return (platform, codes.PARTIAL[platform])
    return (platform, codes.APPROVAL[platform])


def triggered_code(amount_minor: int, platform: str) -> str:
    """Return the code that the last whole-dollar digits of an amount name: three of them, on FNOR two."""
    digits = f"{amount_minor // 100 % 1000:03d}"
    return digits[-2:] if platform == "FNOR" else digits


def _userfields(call: Call) -> list[dict[str, str]]:
    given = call.body.get("userfields") or []
    return [{str(k): str(v) for k, v in one.items()} for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _save_profile(call: Call, source: Source, made: Transaction) -> None:
    if made.approved and call.yes("profile"):
        stored = profiles.save(call, source.account, source.expiry)
        made.profile_id, made.account_id = stored["profileid"], stored["acctid"]


def _answer(made: Transaction) -> dict[str, Any]:
    told = {
        **result(made.respproc, made.respcode),
        "retref": made.retref,
        "amount": shown(made.amount_minor if made.approved or made.respcode == "62" else 0),
        "account": made.token,
        "token": made.token,
        "merchid": made.merchant_id,
        "commcard": "N",
    }
    optional = {
        "expiry": made.expiry,
        "authcode": made.authcode,
        "avsresp": made.avs if made.approved else "",
        "cvvresp": made.cvv if made.approved else "",
        "batchid": made.batch_id if made.captured_at else "",
        "entrymode": made.entry_mode if made.respproc in codes.CARD_PLATFORMS else "",
        "profileid": made.profile_id if made.approved else "",
        "acctid": made.account_id if made.approved else "",
        "setlstat": made.setlstat if (made.approved and made.setlstat == UNDER_REVIEW) or made.respcode == "62" else "",
        "cardproc": "" if made.approved else made.cardproc,
    }
    told |= {name: value for name, value in optional.items() if value}
    if made.approved and not made.ach:
        told["bintype"] = ""
    if made.receipt:
        told["orderId"] = made.order_id
    return told


def _outcome(made: Transaction) -> str:
    if made.stands:
        return "approved"
    return "declined" if made.respstat == codes.DECLINED else "error"


def _told(answered: Answered, amount: int | None, order_id: str) -> Answered:
    answered.amount_minor, answered.order_id = amount, order_id
    return answered
