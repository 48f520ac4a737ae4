"""Two months of real invoices over the local cloud agree with a plain sum; `make replay` works through all of them."""

from __future__ import annotations

import pytest

from local.replay import DATA, HttpOffice, run
from local.replay_plan import read_rows


@pytest.mark.slow
def test_two_months_of_real_invoices_agree_with_the_plain_sum_to_the_cent(cloud, clock):
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there; it lies outside the project")
    told: list[str] = []
    try:
        differences = run(read_rows(DATA), DATA.read_text(encoding="utf-8"), 2, HttpOffice(cloud.origin), told.append)
    finally:
        clock(None)

    print("\n".join(told))
    assert differences == 0
    assert sum("100 customers compared: agree" in line for line in told) == 2
