"""docs/walk-through.md is true: its commands, run as they stand, get the answers that stand below them, at both processors."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest

from local.cloud import LocalCloud
from local.ministack import ROOT

BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
END = "--- end of a step ---"
DIFFERS = "…"
_SECONDS = 90


def steps() -> list[tuple[str, Any]]:
    """Read commands and the answer below them."""
    blocks = BLOCK.findall((ROOT / "docs" / "walk-through.md").read_text(encoding="utf-8"))
    assert [kind for kind, _ in blocks] == ["sh", "json"] * (len(blocks) // 2)
    return [(commands, json.loads(answer)) for (_, commands), (_, answer) in zip(blocks[::2], blocks[1::2], strict=True)]


def shortened(found: Any, told: Any) -> Any:
    """Cut an answer down to what the document tells of it; lists must be as long."""
    if told == DIFFERS:
        return DIFFERS if found else found
    if isinstance(told, dict) and isinstance(found, dict):
        return {name: shortened(found.get(name, "(absent)"), value) for name, value in told.items()}
    if isinstance(told, list) and isinstance(found, list) and len(told) == len(found):
        return [shortened(one, value) for one, value in zip(found, told, strict=True)]
    return found


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="the document's commands need curl and jq")
@pytest.mark.parametrize("processor", ["authorize_net", "cardpointe"])
def test_the_walk_through_gets_the_answers_it_shows(processor: str, cloud: LocalCloud) -> None:
    told = steps()
    script = f"\necho; echo '{END}'\n".join(commands for commands, _ in told)

    run = subprocess.run(
        ["/bin/bash", "-eu", "-o", "pipefail", "-c", script],
        env={"PATH": os.environ["PATH"], "DUEBOOK": cloud.origin, "PROCESSOR": processor, "KEY": ""},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    answers = [json.loads(text) for text in run.stdout.split(END)]
    assert [shortened(found, answer) for found, (_, answer) in zip(answers, told, strict=True)] == [answer for _, answer in told]
