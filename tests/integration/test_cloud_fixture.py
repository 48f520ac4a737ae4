from __future__ import annotations

from duebook.domain.account import AccountKey


def test_an_account_nobody_booked_on_is_empty(aws):
    snapshot = aws.accounts.read(AccountKey("ten_1", "c1", "USD"))

    assert snapshot.account.version == 0
    assert snapshot.account.open_items == ()
