"""A state of the simulated arm as bytes: what the drive sends two hundred times a second, cheap on both sides."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from sonoreach.control.memory import memory_type
from sonoreach.control.telling import probe_state
from sonoreach.types.probe import LoopHealth, ProbeState

LARGEST = 1 << 16  # no packet and no order is longer [bytes]
_HEALTH = struct.Struct("<qqd")


def pack(memory: Any, health: LoopHealth, fault: str) -> bytes:
    """The controller's memory as it is, the loop's health before it, the cause of a stop behind it."""
    numbers = _HEALTH.pack(health.cycles, health.overruns, health.longest_period_s)
    return b"".join((numbers, memory.tobytes(), fault.encode()[:1000]))


def unpack(packet: bytes, n_joints: int) -> ProbeState:
    """The state that `pack` has packed."""
    kind = memory_type(n_joints)
    memory = np.frombuffer(packet, kind, 1, _HEALTH.size)
    fault = packet[_HEALTH.size + kind.itemsize :].decode(errors="ignore")
    return probe_state(memory, LoopHealth(*_HEALTH.unpack_from(packet)), fault)
