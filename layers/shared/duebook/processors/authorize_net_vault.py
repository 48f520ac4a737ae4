"""Stored methods at Authorize.Net: one profile a customer, in it one payment profile a card or bank account.

A token is used up by the request that carries it, whatever comes of it. So the customer's profile is made or found first, by
requests without a token, and the token goes out once, when its place is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import NoReturn

from duebook.domain.payments import DeclineReason
from duebook.domain.processing import MethodToStore, StoredMethod
from duebook.errors import MethodRefusedError, TransientError
from duebook.processors import authorize_net_codes as codes
from duebook.processors import authorize_net_messages as messages
from duebook.processors.authorize_net_answers import Face, failures
from duebook.processors.authorize_net_json import child, items, succeeded, text
from duebook.processors.authorize_net_search import Build
from duebook.processors.transport import AnswerLostError

VAULT_ID = re.compile(r"[0-9]{1,20}/[0-9]{1,20}")
_PROFILE_ID = re.compile(r"[0-9]{1,20}")
_EXPIRY = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")
_DUPLICATE_ID = re.compile(r"\bID ([0-9]{1,20})\b")
_BANK_NAME_LENGTH = 50
_MANY = 10
TOO_MANY = "too_many_methods"
"""Our word for a customer whose profile is full."""

Ask = Callable[[Build], Mapping[str, object]]


def store(ask: Ask, method: MethodToStore) -> StoredMethod:
    """Keep a token's card or bank account, and tell what the gateway shows of it.

    Raises:
        MethodRefusedError: The gateway does not take it.
        TransientError: It is not known whether it did.
        ProcessorUnavailableError: Nothing was sent.
    """
    profile_id = _customer_profile(ask, method.customer_id)
    vault_id = _payment_profile(ask, profile_id, method)
    try:
        return _shown(ask(partial(messages.payment_profile_request, vault_id=vault_id)), vault_id)
    except TransientError:
        # It is kept and its token used up: what it looks like is worth less than that.
        return StoredMethod(vault_id)


def delete(ask: Ask, vault_id: str) -> None:
    """Forget a stored method; one that is gone already is no error.

    Raises:
        TransientError: It may still be there.
    """
    answer = ask(partial(messages.delete_payment_profile_request, vault_id=vault_id))
    if not succeeded(answer) and codes.NO_SUCH_RECORD not in failures(answer):
        raise TransientError(f"stored method {vault_id} may still be there: {', '.join(failures(answer)) or 'no code'}")


def _customer_profile(ask: Ask, customer_id: str) -> str:
    answer = ask(partial(messages.create_profile_request, customer_id=customer_id))
    known = text(answer, "customerProfileId")
    if not succeeded(answer):
        if codes.DUPLICATE_RECORD not in failures(answer):
            _refuse(answer)
        # The one place where the gateway tells an id in words only.
        said = (_DUPLICATE_ID.search(text(message, "text")) for message in items(child(answer, "messages"), "message"))
        known = known if _PROFILE_ID.fullmatch(known) else next((found[1] for found in said if found), "")
    if not _PROFILE_ID.fullmatch(known) or not int(known):
        raise TransientError("the customer's profile has no id")
    return known


def _payment_profile(ask: Ask, profile_id: str, method: MethodToStore) -> str:
    answer = ask(partial(messages.create_payment_profile_request, profile_id=profile_id, method=method))
    vault_id = f"{text(answer, 'customerProfileId') or profile_id}/{text(answer, 'customerPaymentProfileId')}"
    usable = VAULT_ID.fullmatch(vault_id) is not None and vault_id.startswith(f"{profile_id}/") and not vault_id.endswith("/0")
    if not succeeded(answer) and codes.DUPLICATE_RECORD not in failures(answer):
        _refuse(answer)
    return vault_id if usable else _lost("the method is kept, but no id of it came")


def _refuse(answer: Mapping[str, object]) -> NoReturn:
    """Tell a refusal from an answer that leaves open what happened."""
    found = failures(answer)
    if not found or any(code in codes.UNDECIDED_MESSAGES and code != codes.UNSUCCESSFUL for code in found):
        _lost(f"the processor answered {', '.join(found) or 'nothing'}")
    if codes.TOO_MANY_METHODS in found:
        raise MethodRefusedError(f"the processor keeps at most {_MANY} methods of a customer", reason=TOO_MANY)
    reason = _validation_reason(answer) if codes.UNSUCCESSFUL in found else codes.message_reason(found[0])
    raise MethodRefusedError(f"the processor does not keep the method: {', '.join(found)}", reason=reason.value)


def _validation_reason(answer: Mapping[str, object]) -> DeclineReason:
    # "3,1,6,(TESTMODE) The credit card number is invalid.,…": response, sub-code, reason code, words.
    code = (text(answer, "validationDirectResponse").split(",") + [""] * 3)[2].strip()
    return codes.declined_reason(code)


def _shown(answer: Mapping[str, object], vault_id: str) -> StoredMethod:
    profile = child(answer, "paymentProfile")
    payment = child(profile, "payment")
    account, card = child(payment, "bankAccount"), child(payment, "creditCard")
    if account:
        bank = text(account, "bankName").strip()[:_BANK_NAME_LENGTH]
        return StoredMethod(vault_id, last4=Face.of("eCheck", text(account, "accountNumber")).last4, bank_name=bank or None)
    face = Face.of(text(card, "cardType"), text(card, "cardNumber"))
    expiry = text(card, "expirationDate")
    return StoredMethod(vault_id, face.brand, face.last4, expiry if _EXPIRY.fullmatch(expiry) else None)


def _lost(why: str) -> NoReturn:
    raise AnswerLostError(why)
