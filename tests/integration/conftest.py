"""What integration tests share: moto with the template's tables, a tenant, and calls in the shape of API Gateway."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from moto import mock_aws

from tests.integration import cloud
from tests.integration.api import StaffApi, add_tenant
from tests.integration.cloud import Cloud

NOW = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    """Give a clean cloud, its settings in the environment, its clock frozen at 2025-06-02 12:00 UTC."""
    for name, value in cloud.SETTINGS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        settings = cloud.build()
        clock_file = tmp_path / "clock"
        settings["LOCAL_CLOCK_FILE"] = str(clock_file)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        cloud.forget_wiring()
        made = Cloud(settings, clock_file)
        made.set_clock(NOW)
        yield made
    cloud.forget_wiring()


@pytest.fixture
def staff(aws: Cloud) -> StaffApi:
    """Give the staff API of a tenant in New York, called by its API key; customer ``c1`` is on record."""
    add_tenant(aws, "ten_1")
    api = StaffApi("ten_1")
    api.customer("c1")
    return api


@pytest.fixture
def stranger(aws: Cloud) -> StaffApi:
    """Give the staff API of another tenant, with nothing on record."""
    add_tenant(aws, "ten_2")
    return StaffApi("ten_2")
