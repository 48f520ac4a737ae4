"""The API's side of the table that the payment page's amounts are checked against as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from duebook.domain.money import Money, parse_amount
from duebook.errors import InvalidInputError

TABLE: dict[str, list[dict[str, Any]]] = json.loads((Path(__file__).parents[1] / "shared" / "amounts.json").read_text("utf-8"))
COMMON = [case for case in TABLE["cases"] if "locale" not in case]


@pytest.mark.parametrize("case", [case for case in COMMON if case["minor"] is not None], ids=lambda case: repr(case["text"]))
def test_r5_an_amount_of_the_shared_table_is_read(case: dict[str, Any]) -> None:
    assert parse_amount(case["text"], case["currency"]) == Money(case["minor"], case["currency"])


@pytest.mark.parametrize("case", [case for case in COMMON if case["minor"] is None], ids=lambda case: repr(case["text"]))
def test_r5_an_amount_of_the_shared_table_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=r"amount|decimals"):
        parse_amount(case["text"], case["currency"])
