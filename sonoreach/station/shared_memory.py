"""Shared memory that killed DDS participants leave behind: 64 MiB each, until somebody clears it."""

from __future__ import annotations

import contextlib
import fcntl
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")


def sweep_shared_memory(folder: Path = SHARED_MEMORY) -> int:
    """Remove the Fast DDS segments whose owner is dead; returns how many.

    A living participant holds a lock on the file `<segment>_el` beside its segment, so that a lock which can be
    had means that the owner is gone (this is also how `fastdds shm clean` tells).
    """
    swept = 0
    for lock in folder.glob("fastdds_*_el"):
        if lock.name.startswith("fastdds_port"):
            continue  # small, and shared by participants
        with contextlib.suppress(OSError), lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock.with_name(lock.name.removesuffix("_el")).unlink(missing_ok=True)
            lock.unlink(missing_ok=True)
            swept += 1
    return swept
