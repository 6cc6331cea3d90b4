"""What the law knows of the present: probe kinematics, the contact wrench without tool and bias, the snapshot ring."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from sonoreach.control.reflexes import Reflex, raise_reflex
from sonoreach.types.probe import ContactState

_FREE = int(ContactState.FREE)
_DRIFT, _NON_FINITE = int(Reflex.DRIFT), int(Reflex.NON_FINITE)
_STILL_M_S, _STILL_RAD_S = 0.003, 0.02
LARGEST_DRIFT_N = 2.0  # a zero that moves farther than this is a fault, not a drift


@njit(cache=True)
def update_kinematics(
    s: Any, c: Any, jacobian: Any, link_rotation: Any, link_position: Any, q: Any, v: Any, dt: float
) -> None:
    """Pose, Jacobian, twist and low-passed acceleration of the probe; arguments as `control_step`."""
    n = q.shape[0]
    for i in range(3):
        s.position[i] = link_position[i]
        for k in range(3):
            s.position[i] += link_rotation[i, k] * c.link_probe_position[k]
            total = 0.0
            for m in range(3):
                total += link_rotation[i, m] * c.link_probe_rotation[m, k]
            s.rotation[i, k] = total
    x, y, z = s.position[0], s.position[1], s.position[2]
    for j in range(n):
        a, b, d = jacobian[3, j], jacobian[4, j], jacobian[5, j]
        lx = jacobian[0, j] + b * z - d * y
        ly = jacobian[1, j] + d * x - a * z
        lz = jacobian[2, j] + a * y - b * x
        for i in range(3):
            r0, r1, r2 = s.rotation[0, i], s.rotation[1, i], s.rotation[2, i]
            s.jacobian[i, j] = r0 * lx + r1 * ly + r2 * lz
            s.jacobian[3 + i, j] = r0 * a + r1 * b + r2 * d
        s.q[j] = q[j]
        s.v[j] = v[j]
    for i in range(6):
        s.last_twist[i] = s.twist[i]
        total = 0.0
        for j in range(n):
            total += s.jacobian[i, j] * v[j]
        s.twist[i] = total
    blend = 1.0 - math.exp(-2.0 * math.pi * 20.0 * dt)
    for i in range(3):
        if s.cycle > 1:
            s.acceleration[i] += blend * ((s.twist[i] - s.last_twist[i]) / dt - s.acceleration[i])


@njit(cache=True)
def update_wrench(s: Any, p: Any, c: Any, raw: Any, dt: float) -> None:
    """Wrench that the probe exerts on the body: reading less bias and the tool's weight, low-passed.

    Still in free air the mean reading becomes the new bias (re-zero), which takes away the sensor's drift and what
    the tool's mass is wrong by.
    """
    blend = 1.0 - math.exp(-2.0 * math.pi * p.wrench_filter_hz * dt)
    for i in range(3):
        weight = 0.0
        for k in range(3):
            weight -= s.rotation[k, i] * c.gravity[k] * s.tool_mass
        s.vector[i] = weight
    for i in range(6):
        a, b = (i + 1) % 3, (i + 2) % 3
        tool = s.vector[i] if i < 3 else s.tool_com[a] * s.vector[b] - s.tool_com[b] * s.vector[a]
        s.raw_wrench[i] = raw[i]
        reading = raw[i] - tool
        if s.cycle <= 1:
            s.wrench[i] = reading - s.bias[i]
        s.wrench[i] += blend * (reading - s.bias[i] - s.wrench[i])
        s.zero_sum[i] += reading
    rate = (s.wrench[2] - s.last_force) / dt
    s.last_force = s.wrench[2]
    if s.cycle > 1:
        s.force_rate += (1.0 - math.exp(-2.0 * math.pi * 30.0 * dt)) * (rate - s.force_rate)
    _update_zero(s, p, dt)
    s.touch_depth = 0.0
    for i in range(3):
        s.touch_depth += (s.position[i] - s.start_position[i]) * s.rotation[i, 2]


@njit(cache=True)
def forget_wrench(s: Any) -> None:
    """Without a trustworthy force sensor: leave the body as if nothing were felt."""
    raise_reflex(s, _NON_FINITE, 0.0)
    for i in range(6):
        s.wrench[i] = 0.0
    s.force_rate = 0.0
    s.zeroed = 0


@njit(cache=True)
def _update_zero(s: Any, p: Any, dt: float) -> None:
    """Average the reading while the probe is still in free air, and take the average as bias."""
    linear = math.sqrt(s.twist[0] ** 2 + s.twist[1] ** 2 + s.twist[2] ** 2)
    angular = math.sqrt(s.twist[3] ** 2 + s.twist[4] ** 2 + s.twist[5] ** 2)
    s.zero_count += 1
    if s.contact != _FREE or linear > _STILL_M_S or angular > _STILL_RAD_S:
        s.zero_count = 0
        for i in range(6):
            s.zero_sum[i] = 0.0
    elif s.zero_count * dt >= p.settle_s:
        drift = 0.0
        for i in range(3):
            drift = max(drift, abs(s.zero_sum[i] / s.zero_count - s.bias[i]))
        if s.zeroed and drift > LARGEST_DRIFT_N:
            raise_reflex(s, _DRIFT, drift)
        else:
            for i in range(6):
                s.wrench[i] += s.bias[i] - s.zero_sum[i] / s.zero_count
                s.bias[i] = s.zero_sum[i] / s.zero_count
            s.zeroed = 1
        s.zero_count = 0
        for i in range(6):
            s.zero_sum[i] = 0.0


@njit(cache=True)
def record(s: Any, ring: Any) -> None:
    """Write one row of the snapshot ring (columns: `memory.SNAPSHOT_COLUMNS`)."""
    row = ring[s.ring_next]
    row[0] = s.time_s
    row[1], row[2] = s.wrench[2], s.force_target
    row[3], row[4] = s.wrench[0], s.wrench[1]
    for i in range(3):
        row[5 + i] = s.wrench[3 + i]
        row[8 + i] = s.position[i]
        row[11 + i] = s.twist[i]
    row[14] = s.contact
    row[15] = s.target_age
    s.ring_next = (s.ring_next + 1) % ring.shape[0]
