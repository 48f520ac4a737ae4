"""`make run` as a person types it: lines to open, a clean end on Ctrl-C, and the same data afterwards."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.local_http import Http, good

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def started(state: Path, port: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "local.run", "--state", str(state), "--empty", "--port", port]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = ""
        try:
            for line in process.stdout:
                told += line
                if line.startswith("Stop with"):
                    break
            yield process, told
        finally:
            process.kill()


def origin_in(told: str) -> str:
    found = re.search(r"Pay my balance +(http://localhost:\d+)/pay-my-balance", told)
    assert found, told
    return found[1]


def test_ctrl_c_and_termination_stop_cleanly_and_the_next_start_has_the_data(tmp_path: Path):
    with started(tmp_path, "18480") as (process, told):
        http = Http(origin_in(told))
        key = good(http("POST", "/local/tenants", {"name": "Acme"}))["api_key"]
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "Stopped." in rest

    with started(tmp_path, "18480") as (process, told):
        answer = Http(origin_in(told))("GET", "/api/staff/customers", headers={"Authorization": f"Bearer {key}"})
        process.terminate()
        process.communicate(timeout=60)
        assert process.returncode == 0
        assert answer.status == 200


def test_second_start_from_the_same_folder_says_who_runs_there(tmp_path: Path):
    with started(tmp_path, "18490") as (process, _):
        command = [sys.executable, "-m", "local.run", "--state", str(tmp_path), "--port", "18490"]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        process.terminate()
        process.communicate(timeout=60)

    assert second.returncode == 1
    assert f"process {process.pid}" in second.stdout
