"""What every ``PaymentProcessor`` does when its credentials are tried: proven for each client against its simulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebook.domain.processing import CredentialFault, CredentialTest
from duebook.errors import ProcessorUnavailableError
from tests.processor_stands import Stand, open_stand

MONEY = ("charge", "void", "refund", "store_method", "delete_method")


def test_good_credentials_are_taken_and_nothing_is_left_behind(stand: Stand) -> None:
    assert stand.processor.test_credentials(timeout_seconds=5) == CredentialTest()

    assert stand.calls("test") >= 1
    assert [stand.calls(operation) for operation in MONEY] == [0] * len(MONEY)


@pytest.mark.parametrize("name", ["authorize_net", "cardpointe"])
def test_a_merchant_without_bank_accounts_is_let_in_too(name: str, tmp_path: Path) -> None:
    opened = open_stand(name, tmp_path, "CAD")
    try:
        assert opened.processor.test_credentials(timeout_seconds=5) == CredentialTest()
    finally:
        opened.server.stop()


def test_another_key_is_refused_with_the_processors_code(stand: Stand) -> None:
    told = stand.stranger().test_credentials(timeout_seconds=5)

    assert (told.works, told.fault) == (False, CredentialFault.REFUSED)
    assert told.code == {"authorize_net": "E00007", "cardpointe": "http_401"}[stand.name]


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_500_after", "timeout_after", "garbage"])
def test_without_a_usable_answer_nothing_is_said_of_the_credentials(stand: Stand, fault: str) -> None:
    stand.fault("test", fault)

    with pytest.raises(ProcessorUnavailableError):
        stand.processor.test_credentials(timeout_seconds=2)
