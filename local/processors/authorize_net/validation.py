"""Checks of a card or bank account before it is kept (``validationMode``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.processors.authorize_net import banks, cards
from local.processors.authorize_net.answers import Refused
from local.processors.authorize_net.banks import BankAccount
from local.processors.authorize_net.call import Call
from local.processors.authorize_net.cards import Card
from local.processors.authorize_net.codes import text_of

MODES = frozenset({"none", "testMode", "liveMode", "oldLiveMode"})


def checked(call: Call, method: Card | BankAccount, bill_to: Mapping[str, Any], mode: str) -> str:
    """Check a method as far as the mode wants and return the direct response, empty for ``none``.

    Raises:
        Refused: E00013 for a number that is none, E00027 with a reason's text for what a check found.
    """
    if mode not in MODES:
        raise Refused("E00013", "Validation Mode is invalid.")
    forced = call.forced_code
    if forced is not None:
        text = text_of(forced) if forced.isdigit() else "An error occurred during processing. Please try again."
        raise Refused("E00027" if forced.isdigit() else forced, text)
    if isinstance(method, BankAccount) and not call.merchant.echeck:
        raise Refused("E00027", text_of("18"))
    fault = banks.account_fault(method) if isinstance(method, BankAccount) else cards.card_fault(method, call.now)
    if fault is not None:
        raise Refused("E00013" if mode == "none" else "E00027", text_of(fault))
    if mode == "none":
        return ""
    zips = (str(bill_to.get("zip", "")), method.zip if isinstance(method, Card) else "")
    if mode != "testMode" and any(code[:5] == cards.DECLINE_ZIP for code in zips):
        raise Refused("E00027", text_of("2"))
    return direct_response(call, method, bill_to, mode)


def direct_response(call: Call, method: Card | BankAccount, bill_to: Mapping[str, Any], mode: str) -> str:
    """Return the comma list of a check that passed."""
    test = mode == "testMode"
    is_card = isinstance(method, Card)
    zips = (str(bill_to.get("zip", "")), method.zip if isinstance(method, Card) else "")
    avs = "P" if test or not is_card else cards.avs_code(*zips)
    fields = [
        "1",
        "1",
        "1",
        "(TESTMODE) This transaction has been approved." if test else "This transaction has been approved.",
        "000000",
        avs,
        "0",
        "none",
        "Test transaction for ValidateCustomerPaymentProfile.",
        "1.00" if test else "0.00",
        "CC" if is_card else "ECHECK",
        "auth_only",
        call.merchant.tenant_id or "none",
        *(str(bill_to.get(name, "")) for name in ("firstName", "lastName", "company", "address", "city", "state", "zip", "country")),
    ]
    return ",".join(field.replace(",", " ") for field in fields)
