"""What a test call's answer means, and how people are told."""

from __future__ import annotations

import pytest

from duebook.domain.directory import MerchantAccount
from duebook.domain.processing import CredentialFault, CredentialTest
from duebook.errors import ProcessorUnavailableError
from duebook.processors.cardpointe_answers import merchant_test
from duebook.processors.transport import AnswerLostError
from duebook.usecases.try_credentials import TriedCredentials
from duebook.web.processor_words import tried_words
from tests.canned_processor import client

MID = "800000000001"


@pytest.mark.parametrize(
    ("fields", "bank", "fault"),
    [
        ({"enabled": "Y", "echeck": "N"}, False, None),
        ({"enabled": True, "echeck": "Y"}, True, None),
        ({}, True, None),
        ({"enabled": "N"}, False, CredentialFault.SWITCHED_OFF),
        ({"enabled": "false"}, True, CredentialFault.SWITCHED_OFF),
        ({"enabled": "Y", "echeck": "n"}, True, CredentialFault.NO_BANK_ACCOUNTS),
    ],
)
def test_a_merchant_id_tells_what_it_may_do(fields: dict[str, object], bank: bool, fault: CredentialFault | None) -> None:
    told = merchant_test(fields | {"merchid": MID}, MID, bank=bank)

    assert (told.fault, told.code) == (fault, MID if fault else None)


def test_an_answer_about_another_merchant_id_says_nothing() -> None:
    with pytest.raises(AnswerLostError):
        merchant_test({"merchid": "800000000002", "enabled": "Y"}, MID, bank=False)


@pytest.mark.parametrize(
    ("codes", "fault"), [(["I00001"], None), (["E00007"], CredentialFault.REFUSED), (["E00008"], CredentialFault.OTHER)]
)
def test_the_gateways_code_says_whether_it_let_us_in(codes: list[str], fault: CredentialFault | None) -> None:
    processor, transport = client({"messages": {"resultCode": "?", "message": [{"code": code, "text": "…"} for code in codes]}})

    assert processor.test_credentials(timeout_seconds=5).fault is fault
    assert list(transport.sent[0]) == ["authenticateTestRequest"]


def test_an_answer_without_a_code_says_nothing() -> None:
    processor, _ = client({"messages": {}})

    with pytest.raises(ProcessorUnavailableError):
        processor.test_credentials(timeout_seconds=5)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (None, "Authorize.Net did not answer. This says nothing about the credentials"),
        (CredentialTest(), "The credentials work: Authorize.Net let us in. Nothing was charged."),
        (CredentialTest(CredentialFault.REFUSED, "E00007"), "Authorize.Net refused the credentials."),
        (CredentialTest(CredentialFault.SWITCHED_OFF, MID), f"the merchant ID {MID} is switched off there"),
        (CredentialTest(CredentialFault.NO_BANK_ACCOUNTS, MID), f"the merchant ID {MID} takes no bank accounts"),
        (CredentialTest(CredentialFault.OTHER, "E00008"), "It gave the code E00008"),
    ],
)
def test_people_are_told_in_plain_words(told: CredentialTest | None, words: str) -> None:
    assert words in tried_words(TriedCredentials(MerchantAccount("ma_1", "authorize_net", "USD"), told, 120))
