"""The ACH network's codes in plain words."""

from __future__ import annotations

import re

import pytest

from duebook.domain.return_codes import (
    CHANGE_CODES,
    RETURN_CODES,
    UNKNOWN_REASON,
    AfterReturn,
    after_return,
    change_reason,
    return_reason,
)


@pytest.mark.parametrize(
    ("code", "reason", "after"),
    [
        ("R01", "The account had not enough funds.", AfterReturn.AGAIN),
        ("r02 ", "The account is closed.", AfterReturn.OTHER_ACCOUNT),
        ("R10", "The account holder says that the payment was not authorized.", AfterReturn.NOT_AUTHORIZED),
        ("R24", "The bank took it for a duplicate of another payment.", AfterReturn.ASK_PROCESSOR),
        ("R99", UNKNOWN_REASON, AfterReturn.ASK_PROCESSOR),
        ("", UNKNOWN_REASON, AfterReturn.ASK_PROCESSOR),
        (None, UNKNOWN_REASON, AfterReturn.ASK_PROCESSOR),
    ],
)
def test_r38_a_return_code_has_a_plain_reason_and_says_what_becomes_of_the_account(code: str | None, reason: str, after: AfterReturn):
    assert (return_reason(code), after_return(code)) == (reason, after)


def test_r38_a_notification_of_change_says_what_to_correct():
    assert change_reason("c01") == "The account number has changed."
    assert change_reason("C99") == "The bank says that some detail of the account has changed."


def test_every_reason_is_a_sentence_that_a_payer_may_read():
    for code, words in ({code: known.reason for code, known in RETURN_CODES.items()} | dict(CHANGE_CODES)).items():
        assert re.fullmatch(r"[RC]\d\d", code)
        assert re.fullmatch(r"[A-Z].*[a-z]\.", words), code
        assert not re.search(r"\b(RDFI|ODFI|DFI|NOC|SEC|IAT|RCK|entry|addenda)\b", words), code
