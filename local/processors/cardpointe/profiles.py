"""Profiles: accounts the gateway keeps for a merchant, each under ``profileid/acctid``."""

from __future__ import annotations

from typing import Any

from local.processors.cardpointe import tokens
from local.processors.cardpointe.ledger import FIRST_PROFILE, Account, Ledger
from local.processors.cardpointe.messages import Answered, Call, refused, result

_KEPT = ("name", "company", "address", "address2", "city", "region", "country", "postal", "phone", "email")
_COMPARED = ("token", "accttype", "expiry", "name", "address", "city", "region", "country", "postal")
Stored = dict[str, str]


def put(call: Call) -> Answered:
    """Answer ``PUT profile``: make a profile, add an account to one, or update one."""
    if call.forced is not None:
        return refused((call.forced[1] or "11").rpartition(":")[2])
    given = call.text("account")
    if tokens.TOKEN.fullmatch(given) and call.ledger.account(given) is None:
        return refused("98")
    account = _account(call, given)
    if account is None:
        return refused("11")
    bank = call.text("accttype").upper() in {"ECHK", "ESAV"}
    if bank != account.ach:
        return refused("33")
    profile_id, _, account_id = call.text("profile").partition("/")
    if profile_id and profile_id.upper() != "Y" and not _accounts(call.ledger, call.mid.merchant_id, profile_id):
        return refused("96")
    held = tokens.spend(call.ledger, account.token, call.now)
    expiry = tokens.read_expiry(call.text("expiry")) if call.text("expiry") else held.expiry
    if not bank and not expiry:
        return refused("34")
    if account_id and call.yes("profileupdate"):
        stored = _updated(call, profile_id, account_id, account, expiry)
        if stored is None:
            return refused("96")
    else:
        stored = save(call, account, expiry, profile_id)
    return Answered({**stored, **result("PPS", "09")})


def get(call: Call) -> Answered:
    """Answer ``GET profile/{profileid}/{acctid}/{merchid}``: always a list."""
    profile_id, account_id = (*call.parts, "", "")[:2]
    found = [one for one in _accounts(call.ledger, call.mid.merchant_id, profile_id) if account_id in {"", one["acctid"]}]
    if not found:
        return Answered([result("PPS", "96", profileid=profile_id, acctid=account_id)], "declined")
    return Answered(found)


def delete(call: Call) -> Answered:
    """Answer ``DELETE profile/{profileid}/{acctid}/{merchid}``."""
    profile_id, account_id = (*call.parts, "", "")[:2]
    accounts = _accounts(call.ledger, call.mid.merchant_id, profile_id)
    left = [one for one in accounts if account_id not in {"", one["acctid"]}]
    if len(left) == len(accounts):
        return refused("96", profileid=profile_id, acctid=account_id)
    _keep(call.ledger, call.mid.merchant_id, profile_id, left)
    return Answered(result("PPS", "08", profileid=profile_id, acctid=account_id))


def find(ledger: Ledger, merchant_id: str, profile_id: str, account_id: str) -> Stored | None:
    """Return a stored account: the named one, else the profile's default."""
    accounts = _accounts(ledger, merchant_id, profile_id)
    if account_id:
        return next((one for one in accounts if one["acctid"] == account_id), None)
    return next((one for one in accounts if one["defaultacct"] == "Y"), None)


def save(call: Call, account: Account, expiry: str, profile_id: str = "") -> Stored:
    """Keep an account; one that is there already in every respect keeps its ids."""
    merchant_id = call.mid.merchant_id
    wanted = _described(call, account, expiry)
    for there in call.ledger.all("profile", owner=merchant_id):
        for one in there["accounts"]:
            if all(one.get(name, "") == wanted.get(name, "") for name in _COMPARED):
                return dict(one)
    new = not profile_id or profile_id.upper() == "Y"
    if new:
        profile_id = str(call.ledger.next_number("profile", FIRST_PROFILE))
    accounts = _accounts(call.ledger, merchant_id, profile_id)
    number = max((int(one["acctid"]) for one in accounts), default=0) + 1
    default = "Y" if not accounts or call.yes("defaultacct") else "N"
    if default == "Y":
        for one in accounts:
            one["defaultacct"] = "N"
    stored = {**wanted, "profileid": profile_id, "acctid": str(number), "defaultacct": default}
    _keep(call.ledger, merchant_id, profile_id, [*accounts, stored])
    return stored


def _account(call: Call, given: str) -> Account | None:
    written = f"{call.text('bankaba')}/{given}" if call.text("bankaba") else given
    try:
        return call.ledger.account(tokens.tokenize(call.ledger, written, call.now))
    except tokens.CannotTokenizeError:
        return None


def _described(call: Call, account: Account, expiry: str) -> Stored:
    kind = call.text("accttype").upper() if account.ach else account.brand
    kept = {name: call.text(name) for name in _KEPT if call.text(name)}
    return {"token": account.token, "accttype": kind, "expiry": "" if account.ach else expiry, "gsacard": "N", "auoptout": "N", **kept}


def _updated(call: Call, profile_id: str, account_id: str, account: Account, expiry: str) -> Stored | None:
    accounts = _accounts(call.ledger, call.mid.merchant_id, profile_id)
    found = next((one for one in accounts if one["acctid"] == account_id), None)
    if found is not None:
        found.update(_described(call, account, expiry))
        _keep(call.ledger, call.mid.merchant_id, profile_id, accounts)
    return found


def _accounts(ledger: Ledger, merchant_id: str, profile_id: str) -> list[Stored]:
    found: dict[str, Any] | None = ledger.get("profile", f"{merchant_id} {profile_id}") if profile_id else None
    return list(found["accounts"]) if found else []


def _keep(ledger: Ledger, merchant_id: str, profile_id: str, accounts: list[Stored]) -> None:
    key = f"{merchant_id} {profile_id}"
    if accounts:
        ledger.put("profile", key, {"accounts": accounts}, owner=merchant_id)
    else:
        ledger.drop("profile", key)
