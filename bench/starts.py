"""Start-up: what a cold handler spends on imports, and how soon ``make run`` shows its links."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.figures import Figure
from local.cloud import LocalCloud
from local.ministack import ROOT

LIMIT_RATIO = 0.6
RUN_LIMIT_SECONDS = 20
TIMES = 5
HANDLERS = {
    "payment_api": LIMIT_RATIO,
    "staff_api": None,
    "statement_api": None,
    "staff_mail_api": None,
    "staff_payment_api": None,
    "staff_pages": None,
    "authorize": None,
}
"""Customers wait for the first; the others are told."""
TELL = "\nimport time; print(time.process_time())"
HEAVY = """
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
import boto3
Logger(service="x"); Metrics(namespace="x", service="x"); Tracer(service="x", disabled=True)
APIGatewayRestResolver(enable_validation=True)
boto3.resource("dynamodb", region_name="us-east-1")
"""


def measure_imports() -> list[Figure]:
    """Compare each handler's imports with those of the usual heavy set, taken in turn so that noise hits all alike."""
    scripts = {"bare": "", "heavy": HEAVY} | {name: f"import functions.{name}.handler" for name in HANDLERS}
    taken: dict[str, list[float]] = {name: [] for name in scripts}
    for _ in range(TIMES + 1):
        for name, script in scripts.items():
            taken[name].append(_cpu_seconds(script))
    # The first round fills the caches of the disk.
    bare = median(taken["bare"][1:])
    heavy = median(taken["heavy"][1:]) - bare
    figures = [Figure("imports of Logger, Tracer, Metrics, validating resolver, boto3.resource", heavy * 1000, "ms CPU")]
    for name, limit in HANDLERS.items():
        spent = median(taken[name][1:]) - bare
        figures.append(Figure(f"imports of {name} against those ({spent * 1000:.0f} ms)", spent / heavy, "×", limit))
    return figures


def measure_run() -> list[Figure]:
    """Start the local cloud with its demo twice: cold, then as it mostly is, with state and ports of last time."""
    with tempfile.TemporaryDirectory(prefix="duebook-bench-") as folder:
        seconds = []
        for _ in range(2):
            with LocalCloud(Path(folder), demo=True) as cloud:
                seconds.append(cloud.seconds)
    return [
        Figure("make run to the printed links, first time with demo", seconds[0], "s"),
        Figure("make run to the printed links, warm", seconds[1], "s", RUN_LIMIT_SECONDS),
    ]


def _cpu_seconds(script: str) -> float:
    done = subprocess.run([sys.executable, "-c", script + TELL], cwd=ROOT, env={}, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
