"""The probe's state as others are told of it, read from a copy of the controller's memory."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from sonoreach.control.memory import F, I
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, LoopHealth, ProbeState

_TOLD = ("position", "rotation", "twist", "wrench", "raw_wrench", "q", "v", "torque")


def probe_state(memory: Any, health: LoopHealth, fault: str) -> ProbeState:
    """What a copy of the memory says.

    Args:
        memory: record array, shape (1,), that nobody writes any more: the state's arrays are views of it.
        health: of the loop.
        fault: why the arm is stopped, else "".
    """
    # A record's fields are slow to reach one by one; every field is made of eight-byte numbers.
    numbers, counts, place = memory.view(F), memory.view(I), _places(memory.dtype)
    position, rotation, twist, wrench, raw_wrench, q, v, torque = (
        numbers[first:last] for first, last in (place[name] for name in _TOLD)
    )
    contact = int(counts[place["contact"][0]])
    target_n = float(numbers[place["force_target"][0]])
    return ProbeState(
        stamp_s=float(numbers[place["time_s"][0]]),
        base_probe=Pose(position, rotation.reshape(3, 3)),
        twist=twist,
        wrench=wrench,
        raw_wrench=raw_wrench,
        contact=ContactState(contact),
        joint_position_rad=q,
        joint_velocity_rad_s=v,
        joint_torque_nm=torque,
        target_force_n=target_n if ContactState.FREE < contact < ContactState.RETRACT else 0.0,
        health=health,
        fault=fault,
    )


@cache
def _places(kind: np.dtype[Any]) -> dict[str, tuple[int, int]]:
    """First number of each field, and the first beyond it."""
    assert kind.fields is not None
    return {name: (offset // 8, (offset + field.itemsize) // 8) for name, (field, offset, *_) in kind.fields.items()}
