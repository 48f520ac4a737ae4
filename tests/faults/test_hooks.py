"""Each fault strikes as what it is: the stories survive whatever breaks, so a broken fault would go unseen there."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from duebook import wiring
from duebook.errors import ConflictError
from duebook.storage.dynamo import Write, transact
from tests.faults import hooks
from tests.faults.hooks import AFTER, AWS_FAULTS, CrashError, Fault
from tests.faults.stage import world
from tests.faults.world import BOARD

SEEN: dict[str, tuple[type[BaseException], str | None]] = {
    "crash_before": (CrashError, None),
    "not_sent": (ConnectTimeoutError, "timeout"),
    "throttled": (ClientError, "ThrottlingException"),
    "conflict": (ClientError, "TransactionCanceledException"),
    "crash_after": (CrashError, None),
    "answer_lost": (ReadTimeoutError, "timeout"),
    "server_error_after": (ClientError, "InternalServerError"),
}


@pytest.mark.parametrize("kind", AWS_FAULTS)
def test_a_fault_is_seen_as_aws_shows_it_and_strikes_before_or_after_the_effect(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error, text = SEEN[kind]
    with world(tmp_path):
        client, key = wiring.client("dynamodb"), {"pk": {"S": "p"}, "sk": {"S": "s"}}
        monkeypatch.setattr(hooks, "_place", lambda: "here")
        BOARD.arm(Fault(kind, 0))

        with pytest.raises(error, match=text):
            client.transact_write_items(TransactItems=[{"Put": {"TableName": "DirectoryTable", "Item": key}}])

        assert BOARD.struck == 1
        written = "Item" in client.get_item(TableName="DirectoryTable", Key=key)
    assert written is (kind in AFTER)


def test_a_conflict_is_told_for_each_write_of_a_transaction_and_read_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes = [Write({"Put": {"TableName": "DirectoryTable", "Item": {"pk": {"S": "p"}, "sk": {"S": f"s{number}"}}}}) for number in range(3)]
    with world(tmp_path):
        client = wiring.client("dynamodb")
        monkeypatch.setattr(hooks, "_place", lambda: "here")
        BOARD.arm(Fault("conflict", 0))

        with pytest.raises(ConflictError, match="another write is under way"):
            transact(client, writes)
