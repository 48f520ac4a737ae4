"""Ports: which are free, and who holds those that are not."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

_LISTENING = "0A"
_ADDRESS_COLUMN, _STATE_COLUMN, _INODE_COLUMN = 1, 3, 9


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def next_free(port: int, avoid: set[int], tries: int = 200) -> int:
    """Return the first free port at or above ``port`` that is not in ``avoid``.

    Raises:
        OSError: None of the next ``tries`` is free.
    """
    for candidate in range(port, min(port + tries, 65536)):
        if candidate not in avoid and is_free(candidate):
            return candidate
    message = f"no free port from {port} on"
    raise OSError(message)


def holder(port: int) -> str | None:
    """Name the program that listens on a port, when the system tells (Linux, own programs)."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        if inodes.intersection(_open_files(process)):
            words = (process / "cmdline").read_bytes().split(b"\0")
            command = b" ".join(words).decode(errors="replace").strip()
            return f"{command[:60] or 'a program'} (process {process.name})"
    return None


def _open_files(process: Path) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for entry in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(entry.readlink()))
    return found


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        try:
            lines = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            if columns[_STATE_COLUMN] == _LISTENING and int(columns[_ADDRESS_COLUMN].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{columns[_INODE_COLUMN]}]")
    return found
