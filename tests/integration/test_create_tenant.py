"""Opening a tenant by invoking its function: merchant accounts at either processor."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from duebook.errors import UnprocessableError
from tests.integration.cloud import Cloud

AUTHORIZE_NET = {"api_login_id": "login-9", "transaction_key": "key-9", "public_client_key": "public-9"}
CARDPOINTE = {"merchant_id": "800000000001", "username": "user", "password": "secret"}
CONTEXT = SimpleNamespace(aws_request_id="1", function_name="create_tenant", invoked_function_arn="arn", memory_limit_in_mb=512)


def opened(*accounts: dict[str, Any]) -> dict[str, str]:
    from functions.create_tenant.handler import lambda_handler

    staff = {"email": "dana@new.example", "name": "Dana", "password": "at least twelve characters"}
    event = {"name": "New", "time_zone": "America/New_York", "staff": [staff], "merchant_accounts": list(accounts)}
    return dict(lambda_handler(event, CONTEXT))


def test_r42_a_tenant_opens_with_a_merchant_account_at_each_processor(aws: Cloud) -> None:
    made = opened(
        {"processor": "authorize_net", "currency": "USD", "credentials": AUTHORIZE_NET},
        {"processor": "cardpointe", "currency": "CAD", "credentials": CARDPOINTE},
    )

    accounts = {account.processor: account for account in aws.directory.merchant_accounts(made["tenant_id"])}
    assert {name: (one.currency, one.login, one.public_key) for name, one in accounts.items()} == {
        "authorize_net": ("USD", "login-9", "public-9"),
        "cardpointe": ("CAD", "800000000001", ""),
    }
    name = f"duebook-local/{made['tenant_id']}/{accounts['cardpointe'].account_id}"
    secret = aws.client("secretsmanager").get_secret_value(SecretId=name)
    assert json.loads(secret["SecretString"]) == CARDPOINTE


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("accounts", "match"),
    [
        ([{"processor": "cardpointe", "currency": "CAD", "credentials": {"merchant_id": "8", "username": "u"}}], "lack password"),
        ([{"processor": "cardpointe", "currency": "CAD", "credentials": AUTHORIZE_NET}], "lack merchant_id and username and password"),
        ([{"processor": "cardpointe", "currency": "JPY", "credentials": CARDPOINTE}], "JPY cannot be paid by card"),
        (
            [
                {"processor": "cardpointe", "currency": "USD", "credentials": CARDPOINTE},
                {"processor": "authorize_net", "currency": "USD", "credentials": AUTHORIZE_NET},
            ],
            "one merchant account per currency",
        ),
    ],
)
def test_r4_r42_a_tenant_whose_merchant_accounts_cannot_work_is_not_opened(accounts: list, match: str) -> None:
    with pytest.raises(UnprocessableError, match=match):
        opened(*accounts)
