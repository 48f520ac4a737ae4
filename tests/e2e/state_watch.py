"""Looks through what a local cloud keeps for numbers of cards and bank accounts; the processors' own books are theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from local.aws import TABLE
from local.cloud import LocalCloud
from tests import leaks

NOT_LOOKED_AT = ("processors", "portal")
"""The processors' own books, and our pages as they were built."""


@dataclass
class StateWatch:
    """What of a local cloud was looked through already, and the rest."""

    cloud: LocalCloud
    items: set[str] = field(default_factory=set)
    ends: dict[Path, int] = field(default_factory=dict)
    """How far each file was read."""

    def what_is_new(self) -> list[leaks.Leak]:
        """Look through the tables, logs and mails of a running local cloud, as far as they are new."""
        found = self._tables()
        for path in sorted([*self.cloud.logs.glob("*.log"), *(self.cloud.state_dir / "mail").glob("*.eml")]):
            found += self._file(path)
        return found

    def all_that_was_kept(self) -> list[leaks.Leak]:
        """Look through every file of a local cloud that has stopped: saved tables, queues and executions, logs, mails."""
        kept = [path for path in self.cloud.state_dir.rglob("*") if path.is_file()]
        left_out = [self.cloud.state_dir / name for name in NOT_LOOKED_AT]
        return [leak for path in sorted(kept) if not any(map(path.is_relative_to, left_out)) for leak in self._file(path)]

    def _tables(self) -> list[leaks.Leak]:
        found: list[leaks.Leak] = []
        stack = self.cloud.cloud.stack
        pages = self.cloud.cloud.client("dynamodb").get_paginator("scan")
        for name, table in stack.of_type(self.cloud.cloud.template, TABLE).items():
            for page in pages.paginate(TableName=table):
                written = [text for item in page["Items"] if (text := json.dumps(item, default=str)) not in self.items]
                self.items.update(written)
                found += leaks.in_text(name, "\n".join(written).replace('\\"', '"'))
        return found

    def _file(self, path: Path) -> list[leaks.Leak]:
        place, before = str(path.relative_to(self.cloud.state_dir)), self.ends.get(path, 0)
        with path.open("rb") as file:
            file.seek(before)
            raw = file.read()
        self.ends[path] = before + len(raw)
        if path.suffix == ".eml":
            return leaks.in_mail(place, raw)
        return leaks.in_text(place, raw.decode("utf-8", "replace"))
