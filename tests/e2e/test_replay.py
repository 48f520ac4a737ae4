"""Half a year of real invoices over the local cloud: every customer's balance agrees with a plain sum at each month's end."""

from __future__ import annotations

import pytest

from local.replay import DATA, HttpOffice, run
from local.replay_plan import read_rows


@pytest.mark.slow
def test_six_months_of_real_invoices_agree_with_the_plain_sum_to_the_cent(cloud, clock):
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there; it lies outside the project")
    told: list[str] = []
    try:
        differences = run(read_rows(DATA), DATA.read_text(encoding="utf-8"), 6, HttpOffice(cloud.origin), told.append)
    finally:
        clock(None)

    print("\n".join(told))
    assert differences == 0
    assert sum("100 customers compared: agree" in line for line in told) == 6
