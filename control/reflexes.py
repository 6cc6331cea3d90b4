"""Reflexes: conditions that make the arm leave the body at once, checked in every cycle.

A reflex does not replace the force loop, it adds a retract to it: while the body still pushes, the force loop goes
on yielding. Every reflex is latched until a person acknowledges it.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any

from numba import njit

from sonoreach.types.probe import ContactState


class Reflex(IntEnum):
    """Causes of a stop."""

    NONE = 0
    FORCE = 1
    TORQUE = 2
    SPEED = 3
    ACCELERATION = 4
    WORKSPACE = 5
    DEPTH = 6
    JOLT = 7
    NON_FINITE = 8
    OVERRUN = 9
    NO_SKIN = 10
    REQUESTED = 11
    DRIFT = 12
    LINK = 13


SENTENCES = {
    Reflex.FORCE: "contact force {:.1f} N beyond the region's limit",
    Reflex.TORQUE: "contact torque {:.2f} N m beyond the region's limit",
    Reflex.SPEED: "probe speed {:.2f} m/s beyond its limit",
    Reflex.ACCELERATION: "probe acceleration {:.1f} m/s² beyond its limit",
    Reflex.WORKSPACE: "the probe left its workspace by {:.3f} m",
    Reflex.DEPTH: "the probe went {:.3f} m beyond the first touch",
    Reflex.JOLT: "the contact force jumped at {:.0f} N/s",
    Reflex.NON_FINITE: "a measured or computed value was not finite",
    Reflex.OVERRUN: "the control loop paused for {:.3f} s",
    Reflex.NO_SKIN: "no skin was found within {:.3f} m of where it was expected",
    Reflex.LINK: "something pushes against the arm's links: {:.1f} N m beyond what friction explains",
    Reflex.DRIFT: "the force sensor drifted by {:.1f} N in free air: calibrate it",
}

LINK_S = 0.02  # a push lasts this long; what is shorter is a jump of a sensor, for which there are other reflexes

_CONTACT_FIRST, _CONTACT_LAST = int(ContactState.TOUCH), int(ContactState.RECOVER)
_FREE, _RETRACT, _STOPPED = int(ContactState.FREE), int(ContactState.RETRACT), int(ContactState.STOPPED)
_LINK = int(Reflex.LINK)
_FORCE, _TORQUE, _SPEED, _ACCELERATION = (
    int(Reflex.FORCE),
    int(Reflex.TORQUE),
    int(Reflex.SPEED),
    int(Reflex.ACCELERATION),
)
_WORKSPACE, _DEPTH, _JOLT, _NON_FINITE = (
    int(Reflex.WORKSPACE),
    int(Reflex.DEPTH),
    int(Reflex.JOLT),
    int(Reflex.NON_FINITE),
)


@njit(cache=True)
def raise_reflex(s: Any, cause: int, value: float) -> None:
    """Latch a cause, unless one is latched already, and begin the escape from the body."""
    if s.reflex == 0:
        s.reflex = cause
        s.reflex_value = value
    s.stopped = 1
    if s.contact < _RETRACT:
        s.contact = _RETRACT
        s.cycles_in_state = 0
    s.escaping = 1


@njit(cache=True)
def finite(values: Any) -> bool:
    """Whether every number of a vector is finite."""
    for i in range(values.shape[0]):  # noqa: SIM110 - a generator would allocate
        if not math.isfinite(values[i]):
            return False
    return True


@njit(cache=True)
def check_reflexes(s: Any, p: Any) -> None:
    """Raise the first reflex whose condition holds. Real-time safe.

    Args:
        s: the controller's memory (one record).
        p: parameters and limits (one record).
    """
    if not (finite(s.wrench) and finite(s.twist) and finite(s.position)):
        raise_reflex(s, _NON_FINITE, 0.0)
        return
    if s.stopped:
        return
    s.link_cycles = s.link_cycles + 1 if s.link_torque > p.reflex_link_torque_nm else 0
    force = s.wrench[2]
    length = math.sqrt(s.wrench[0] ** 2 + s.wrench[1] ** 2 + s.wrench[2] ** 2)
    torque = math.sqrt(s.wrench[3] ** 2 + s.wrench[4] ** 2 + s.wrench[5] ** 2)
    speed = math.sqrt(s.twist[0] ** 2 + s.twist[1] ** 2 + s.twist[2] ** 2)
    acceleration = math.sqrt(s.acceleration[0] ** 2 + s.acceleration[1] ** 2 + s.acceleration[2] ** 2)
    outside = 0.0
    for i in range(3):
        outside = max(outside, p.workspace_low_m[i] - s.position[i], s.position[i] - p.workspace_high_m[i])
    if force > p.reflex_force_n or length > 1.5 * p.reflex_force_n:
        raise_reflex(s, _FORCE, max(force, length))
    elif torque > p.reflex_torque_nm:
        raise_reflex(s, _TORQUE, torque)
    elif speed > p.reflex_speed_m_s and s.contact != _RETRACT:
        raise_reflex(s, _SPEED, speed)
    elif acceleration > p.reflex_acceleration_m_s2 and s.contact != _RETRACT:
        raise_reflex(s, _ACCELERATION, acceleration)
    elif s.link_cycles > LINK_S * p.rate_hz and s.contact != _RETRACT:
        _stop_for_a_touch(s)
    elif outside > 0.0:
        raise_reflex(s, _WORKSPACE, outside)
    elif _CONTACT_FIRST <= s.contact <= _CONTACT_LAST:
        depth = s.touch_depth
        if depth > p.max_depth_m:
            raise_reflex(s, _DEPTH, depth)
        elif s.force_rate > p.jolt_n_s and force > 0.5 * p.reflex_force_n and force > s.force_target + 1.0:
            raise_reflex(s, _JOLT, s.force_rate)


@njit(cache=True)
def _stop_for_a_touch(s: Any) -> None:
    """Something is in the arm's way: in free air stand at once, on the body leave it, but slowly."""
    free = s.contact == _FREE
    raise_reflex(s, _LINK, s.link_torque)
    if free:
        s.contact = _STOPPED
    else:
        s.escaping = 0
