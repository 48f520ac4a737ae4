"""A photograph of a world: its ground is laid once a process, by use cases and calls as ever, and each scenario begins with a copy."""

from __future__ import annotations

import io
import pickle
import sqlite3
import threading
from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from tests.faults.hooks import Switchboard
from tests.faults.world import BOARD, World

SERVICES = ("dynamodb", "s3", "secretsmanager", "ses", "sqs", "stepfunctions")
LOCKS = (type(threading.Lock()), type(threading.RLock()))


@dataclass(frozen=True, slots=True)
class Photograph:
    """A world, its processors and what its simulated cloud holds, as bytes."""

    negative: bytes

    @classmethod
    def of(cls, made: World) -> Photograph:
        """Take it."""
        services = {name: dict(get_backend(name)[DEFAULT_ACCOUNT_ID]) for name in SERVICES}  # type: ignore[call-overload]
        paper = io.BytesIO()
        _Pickler(paper, pickle.HIGHEST_PROTOCOL).dump((made, services))
        return cls(paper.getvalue())

    def developed(self) -> World:
        """Put the services into moto, and return the world."""
        made: World
        made, services = _Unpickler(io.BytesIO(self.negative)).load()
        for name, regions in services.items():
            get_backend(name)[DEFAULT_ACCOUNT_ID].update(regions)
        return made


class _Pickler(pickle.Pickler):
    """Writes what no copy can share, locks and events, as new ones, and a database in memory by its content; the board is one for all."""

    def persistent_id(self, thing: Any) -> str | None:
        return "board" if isinstance(thing, Switchboard) else None

    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, sqlite3.Connection):
            return _database, (thing.serialize(),)
        if isinstance(thing, (*LOCKS, threading.Event)):
            return type(thing), ()
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    """Reads it again."""

    def persistent_load(self, _pid: str) -> Switchboard:
        return BOARD


def _database(content: bytes) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    database.deserialize(content)
    return database
