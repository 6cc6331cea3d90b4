"""Joint torques for a task acceleration: operational space, null-space posture, joint limits, torque limits.

With joint positions q, mass matrix M, bias n (Coriolis, gravity), probe Jacobian J (probe frame), task mobility
Λ⁻¹ = J M⁻¹ Jᵀ, task accelerations a and a null-space acceleration q̈₀ towards the home posture:

    q̈ = q̈₀ + M⁻¹ Jᵀ Λ (a - J q̈₀),   τ = M q̈ + n + Jᵀ f̂ - d̂

(operational space, Khatib, IEEE J. Robot. Autom. 3(1), 1987). f̂ is the measured force along the probe's axis, d̂ the
estimate of the disturbance observer (friction, tool errors).
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from sonoreach.control.contact import APPROACH, RETRACT
from sonoreach.control.linear import cholesky, cholesky_solve, clip
from sonoreach.control.reflexes import Reflex, finite, raise_reflex

_NON_FINITE = int(Reflex.NON_FINITE)
SINGULAR = 0.02  # part of a turn's mobility below which it is damped


@njit(cache=True)
def solve_joints(s: Any, p: Any, c: Any, mass: Any, q: Any, v: Any) -> bool:
    """Joint acceleration into `s.joint`; False when the mass matrix is not positive definite."""
    n = q.shape[0]
    if not cholesky(mass, s.mass_factor):
        return False
    for j in range(6):
        for i in range(n):
            s.scratch[i] = s.jacobian[j, i]
        cholesky_solve(s.mass_factor, s.scratch)
        for i in range(n):
            s.response[i, j] = s.scratch[i]
    for i in range(6):
        for j in range(i + 1):
            total = 0.0
            for k in range(n):
                total += s.jacobian[i, k] * s.response[k, j]
            s.mobility[i, j] = total
            s.mobility[j, i] = total
    if not _factor_mobility(s):
        return False
    omega = p.posture_per_s
    for i in range(n):
        s.joint[i] = omega * (omega * (c.home[i] - q[i]) - 2.0 * v[i])
    for i in range(6):
        for k in range(n):
            s.task[i] -= s.jacobian[i, k] * s.joint[k]
    cholesky_solve(s.mobility_factor, s.task)
    for i in range(n):
        for j in range(6):
            s.joint[i] += s.response[i, j] * s.task[j]
        s.joint[i] = _within_joint_limits(s.joint[i], q[i], v[i], c.lower[i], c.upper[i], c.speed_limit[i])
    return True


@njit(cache=True)
def _factor_mobility(s: Any) -> bool:
    """Cholesky factor of the task mobility, damped near a singularity (Nakamura, Hanafusa, J. Dyn. Sys. 108, 1986).

    The square of a pivot is the mobility that a row has left beyond the rows before it; where it is a small part of the
    row's own, the damping rises, and the turn that cannot be made is given up before the others.
    """
    for i in range(6):
        s.mobility[i, i] *= 1.0 + 1e-6
    if not cholesky(s.mobility, s.mobility_factor):
        return False
    left = 1.0
    for i in range(6):
        left = min(left, s.mobility_factor[i, i] ** 2 / s.mobility[i, i])
    if left >= SINGULAR:
        return True
    damping = SINGULAR * (1.0 - left / SINGULAR) ** 2
    for i in range(3, 6):
        s.mobility[i, i] *= 1.0 + damping
    return bool(cholesky(s.mobility, s.mobility_factor))


@njit(cache=True)
def _within_joint_limits(a: float, q: float, v: float, lower: float, upper: float, speed: float) -> float:
    """Bound an acceleration so that the joint brakes before its position and speed limits."""
    omega, pace = 15.0, 30.0
    highest = min(omega * (omega * (upper - q) - 2.0 * v), pace * (speed - v))
    lowest = max(omega * (omega * (lower - q) - 2.0 * v), pace * (-speed - v))
    return float(clip(a, min(lowest, highest), highest))


@njit(cache=True)
def write_torque(s: Any, c: Any, mass: Any, bias: Any, dt: float) -> None:
    """Torque for the joint acceleration, with force and disturbance compensated and limits kept."""
    n = bias.shape[0]
    force = s.wrench[2] if s.contact >= APPROACH and s.contact <= RETRACT else 0.0
    for i in range(n):
        torque = bias[i] - s.disturbance[i] + s.jacobian[2, i] * force
        for k in range(n):
            torque += mass[min(i, k), max(i, k)] * s.joint[k]
        s.scratch[i] = torque
    if not finite(s.scratch):
        raise_reflex(s, _NON_FINITE, 0.0)
        keep_torque(s, c, dt)
        return
    for i in range(n):
        _limit_torque(s, c, i, s.scratch[i], dt)


@njit(cache=True)
def keep_torque(s: Any, c: Any, dt: float) -> None:
    """Without trustworthy numbers: keep the last torque, which holds the arm against gravity."""
    for i in range(s.torque.shape[0]):
        last = s.torque[i]
        _limit_torque(s, c, i, last if math.isfinite(last) else 0.0, dt)


@njit(cache=True)
def _limit_torque(s: Any, c: Any, i: int, wanted: float, dt: float) -> None:
    """Keep one torque within its rate and its size, the size having the last word."""
    step = c.torque_rate * dt
    last = s.torque[i]
    if s.cycle > 1:
        wanted = clip(wanted, last - step, last + step)
    s.torque[i] = clip(wanted, -c.torque_limit[i], c.torque_limit[i])
