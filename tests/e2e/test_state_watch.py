"""The watch over the local cloud finds a number wherever one is planted, so its silence means something."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from local.cloud import LocalCloud
from tests.e2e.local_http import Tenant, good
from tests.e2e.state_watch import StateWatch

CARD = "4111111111111111"


@pytest.mark.parametrize("name", ["logs/payment_api.log", "aws/services/sqs.json", "aws/services/stepfunctions.json"])
def test_a_number_in_a_kept_file_is_found_once(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(f'{{"message": "paid", "note": "{CARD}"}}', encoding="utf-8")
    watch = StateWatch(LocalCloud(tmp_path))

    first, second = watch.all_that_was_kept(), watch.all_that_was_kept()

    assert [(leak.place, leak.kind) for leak in first] == [(name, "card")]
    assert second == []


def test_a_number_in_a_mail_is_found(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "Receipt"
    message.set_content("Paid from account 9876543210", cte="base64")
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "000001-01X.eml").write_bytes(message.as_bytes())

    found = StateWatch(LocalCloud(tmp_path)).all_that_was_kept()

    assert [(leak.place, leak.kind) for leak in found] == [("mail/000001-01X.eml", "bank account")]


def test_the_processors_own_books_are_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "processors").mkdir()
    (tmp_path / "processors" / "ledger.db").write_text(CARD, encoding="utf-8")

    assert StateWatch(LocalCloud(tmp_path)).all_that_was_kept() == []


def test_a_number_in_a_table_is_found(cloud: LocalCloud) -> None:
    database, table = cloud.cloud.client("dynamodb"), cloud.cloud.stack.resources["TransientTable"]
    key = {"pk": {"S": "planted"}, "sk": {"S": "-"}}
    database.put_item(TableName=table, Item={**key, "doc": {"S": f'{{"token": "{CARD}"}}'}})

    found = StateWatch(cloud).what_is_new()

    database.delete_item(TableName=table, Key=key)
    assert [(leak.place, leak.kind) for leak in found] == [("TransientTable", "card")]


def test_a_number_in_an_answer_is_found(tenant: Callable[..., Tenant]) -> None:
    business = tenant()

    with pytest.raises(AssertionError, match="bank account"):
        business.call("PUT", "/customers/acme", {"name": "Account 9876543210"})

    assert good(business.call("PUT", "/customers/acme", {"name": "Acme"}))["name"] == "Acme"
