"""Several actors at once, one at a time: at each call that leaves the process a seeded dice says who goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from random import Random

from tests.faults.hooks import Switchboard


class Turns:
    """Runs actors in threads of which exactly one moves; the same seed gives the same order of calls.

    Args:
        seed: Of the dice.
        board: Asks for a turn before each call.
    """

    def __init__(self, seed: int, board: Switchboard) -> None:
        self._dice = Random(seed)
        self._board = board
        self._doors: dict[str, threading.Lock] = {}
        self._waiting: list[str] = []
        self._current: str | None = None
        self.order: list[str] = []
        self.broke: dict[str, BaseException] = {}

    def run(self, actors: Mapping[str, Callable[[], object]]) -> None:
        """Let all actors work to their end; what an actor raises is kept in ``broke``."""
        threads = [threading.Thread(target=self._act, args=(name, act), name=name, daemon=True) for name, act in actors.items()]
        self._doors = {name: threading.Lock() for name in actors}
        for door in self._doors.values():
            door.acquire()
        self._waiting = list(actors)
        self._board.turn = self.pause
        try:
            for thread in threads:
                thread.start()
            self._next(None)
            for thread in threads:
                thread.join(timeout=60)
                assert not thread.is_alive(), f"{thread.name} never ended"
        finally:
            self._board.turn = None

    def pause(self) -> None:
        """Let the dice say who goes on; returns when it is this actor again."""
        name = threading.current_thread().name
        if name != self._current:
            return
        self._waiting.append(name)
        if self._next(name) != name:
            self._doors[name].acquire()

    def _act(self, name: str, act: Callable[[], object]) -> None:
        self._doors[name].acquire()
        try:
            act()
        except BaseException as error:
            self.broke[name] = error
        self._next(name)

    def _next(self, before: str | None) -> str | None:
        """Say who goes on and open that actor's door, who alone waits behind it; one who goes on already needs none."""
        self._waiting.sort()
        # Kept apart from ``_current``: behind the open door that may be another one at once.
        chosen = self._waiting.pop(self._dice.randrange(len(self._waiting))) if self._waiting else None
        self._current = chosen
        if chosen is not None:
            self.order.append(chosen)
            if chosen != before:
                self._doors[chosen].release()
        return chosen
