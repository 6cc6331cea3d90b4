"""Shared memory that killed DDS participants leave behind, until somebody clears it.

A dead participant's segment takes 64 MiB. Worse is a port that was being made when its maker was killed: whoever
opens it later waits without end for it to be finished (boost::interprocess, managed_open_or_create).
"""

from __future__ import annotations

import contextlib
import fcntl
import time
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
FINISHED = (2).to_bytes(4, "little")  # first word of a segment that boost::interprocess has finished
MAKING_S = 2.0  # making a port, or a segment and its lock, takes milliseconds


def sweep_shared_memory(folder: Path = SHARED_MEMORY) -> int:
    """Remove what the dead left: segments without an owner, ports that nobody finished; returns how many.

    A living participant holds a lock on the file `<segment>_el` beside its segment, so that a lock which can be
    had means that the owner is gone (this is also how `fastdds shm clean` tells).
    """
    swept = 0
    for lock in folder.glob("fastdds_*_el"):
        if lock.name.startswith("fastdds_port"):
            continue  # small, and shared by participants
        with contextlib.suppress(OSError), lock.open() as file:
            if _is_new(lock):
                continue
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock.with_name(lock.name.removesuffix("_el")).unlink(missing_ok=True)
            lock.unlink(missing_ok=True)
            swept += 1
    for port in folder.glob("fastdds_port*[0-9]"):
        with contextlib.suppress(OSError), port.open("rb") as file:
            if not _is_new(port) and file.read(len(FINISHED)) != FINISHED:
                port.unlink(missing_ok=True)
                swept += 1
    return swept


def _is_new(file: Path) -> bool:
    """Whether somebody may still be making it."""
    return time.time() - file.stat().st_mtime < MAKING_S
