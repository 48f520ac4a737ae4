"""A stand of each processor in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processor_stands import Stand, open_stand


@pytest.fixture(params=["authorize_net", "cardpointe"])
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    opened = open_stand(request.param, tmp_path)
    yield opened
    opened.server.stop()
