"""The AWS emulator as a child process: start it, know when it is ready, stop it so that it saves."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import urllib3

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".venv-ministack" / "bin" / "ministack"
REGION = "us-east-1"
ACCOUNT = "000000000000"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
_READY_SECONDS = 30
_SAVE_SECONDS = 30
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Ministack:
    """A running emulator."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def endpoint(self) -> str:
        """Where AWS calls go."""
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        """Return once it answers.

        Raises:
            RuntimeError: It ended, or did not answer in time.
        """
        pool = urllib3.PoolManager(retries=False)
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if pool.request("GET", f"{self.endpoint}/_ministack/health", timeout=1).status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
        message = "ministack did not start; its log says why"
        raise RuntimeError(message)

    def stop(self) -> None:
        """End it in order: it saves its state first."""
        end(self.process, _SAVE_SECONDS)


def move_state(state: Path, old_port: int, new_port: int) -> None:
    """Make saved state fit another port: queue addresses carry it, and a queue is found by its address only."""
    old, new = (f"http://localhost:{port}/".encode() for port in (old_port, new_port))
    for path in (state / "services").glob("*.json"):
        saved = path.read_bytes()
        if old in saved:
            path.write_bytes(saved.replace(old, new))


def start_ministack(port: int, state: Path, smtp_port: int, log: IO[bytes], wait_scale: float) -> Ministack:
    """Start the emulator on loopback with its state in ``state``.

    Args:
        port: Free port for every AWS call.
        state: Folder that outlives the process.
        smtp_port: Where it relays each mail it takes.
        log: Its output.
        wait_scale: Factor on waits and retry pauses of state machines; below 1 for tests.

    Raises:
        RuntimeError: The emulator is not installed.
    """
    if not PROGRAM.exists():
        message = f"{PROGRAM} is missing: run `make .venv-ministack`"
        raise RuntimeError(message)
    temporary = state / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", "/"),
        "TMPDIR": str(temporary),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "LAMBDA_EXECUTOR": "local",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "services"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "SMTP_HOST": f"127.0.0.1:{smtp_port}",
        "SFN_WAIT_SCALE": str(wait_scale),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        **CREDENTIALS,
    }
    return Ministack(port, spawn([str(PROGRAM)], environment, log))


def spawn(command: list[str], environment: dict[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a child that Ctrl-C does not reach, and that is asked to end should we vanish."""
    return subprocess.Popen(
        command,
        env=environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one call, no locks
    )


def end(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Ask a child to end, and make it end when it does not."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
