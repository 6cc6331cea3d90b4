"""The control law: one compiled function from measurements to joint torques, run at 1 kHz.

With joint positions q, mass matrix M, bias n (Coriolis, gravity), probe Jacobian J (probe frame) and task mobility
Λ⁻¹ = J M⁻¹ Jᵀ, the law asks for task accelerations a and a null-space acceleration q̈₀:

    q̈ = q̈₀ + M⁻¹ Jᵀ Λ (a - J q̈₀),   τ = M q̈ + n + Jᵀ f̂ - d̂

(operational space, Khatib, IEEE J. Robot. Autom. 3(1), 1987). f̂ is the measured force along the probe's axis, d̂ the
estimate of a disturbance observer (friction, tool errors). Across the axis a is an impedance about the set-point,
along it a speed loop inside a force loop (`sonoreach.control.contact`). All gains are accelerations a unit of error,
so they keep their meaning when the arm's inertia changes.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from sonoreach.control.breathing import (
    breathing_acceleration,
    breathing_speed,
    forget_breathing,
    learn_breathing,
)
from sonoreach.control.contact import APPROACH, RAMP, RETRACT, SCAN, axial_speed, update_contact
from sonoreach.control.linear import cholesky, cholesky_solve, clip, rotation_error
from sonoreach.control.observer import update_observer
from sonoreach.control.reflexes import Reflex, check_reflexes, finite, raise_reflex
from sonoreach.control.sensing import forget_wrench, record, update_kinematics, update_wrench
from sonoreach.control.setpoint import update_setpoint
from sonoreach.control.tank import drain_tank, fill_tank, permitted_speed

_NON_FINITE = int(Reflex.NON_FINITE)
SINGULAR = 0.02  # part of a turn's mobility below which it is damped
LARGEST_LINEAR, LARGEST_ANGULAR = 15.0, 80.0  # m/s², rad/s²


@njit(cache=True)
def control_step(
    memory: Any,
    parameters: Any,
    constants: Any,
    ring: Any,
    mass: Any,
    bias: Any,
    jacobian: Any,
    link_rotation: Any,
    link_position: Any,
    q: Any,
    v: Any,
    raw_wrench: Any,
    time_s: float,
    torque: Any,
) -> None:
    """Run one cycle: sense, judge, move the set-point, compute the torque. Real-time safe, no allocation.

    Args:
        memory, parameters, constants: record arrays, shape (1,).
        ring: snapshot ring, shape (n_rows, n_columns).
        mass: joint mass matrix, shape (n, n) [kg m²].
        bias: Coriolis and gravity torques, shape (n,) [N m].
        jacobian: joint Jacobian in the base frame about the base's origin, shape (6, n).
        link_rotation, link_position: pose of the last link in the base.
        q, v: joint positions [rad] and velocities [rad/s], shape (n,).
        raw_wrench: force sensor reading in the probe frame at its origin, shape (6,) [N, N m].
        time_s: time [s].
        torque: joint torques to send, written, shape (n,) [N m].
    """
    s, p, c = memory[0], parameters[0], constants[0]
    dt = 1.0 / p.rate_hz
    n = q.shape[0]
    s.time_s = time_s
    s.cycle += 1
    s.target_age = (s.cycle - s.target_cycle) * dt if s.has_target else 0.0
    if not (finite(q) and finite(v) and finite(bias)):
        raise_reflex(s, _NON_FINITE, 0.0)
        _safe_torque(s, c, n, dt)
    else:
        update_kinematics(s, c, jacobian, link_rotation, link_position, q, v, dt)
        if finite(raw_wrench):
            update_wrench(s, p, c, raw_wrench, dt)
        else:
            forget_wrench(s)
        update_observer(s, p, c, mass, bias, v, dt)
        check_reflexes(s, p)
        update_contact(s, p, dt)
        update_setpoint(s, p, c, dt)
        _task_acceleration(s, p, dt)
        if _joint_acceleration(s, p, c, mass, q, v):
            _send(s, c, mass, bias, n, dt)
        else:
            raise_reflex(s, _NON_FINITE, 0.0)
            _safe_torque(s, c, n, dt)
    for i in range(n):
        torque[i] = s.torque[i]
    record(s, ring)


@njit(cache=True)
def _task_acceleration(s: Any, p: Any, dt: float) -> None:
    """Task acceleration in the probe frame, shape (6,) [m/s², rad/s²]."""
    omega = p.motion_per_s
    for i in range(3):
        error, pace, ahead = 0.0, 0.0, 0.0
        for k in range(3):
            error += s.rotation[k, i] * (s.ref_position[k] - s.position[k])
            pace += s.rotation[k, i] * s.ref_speed[k]
            ahead += s.rotation[k, i] * s.ref_acceleration[k]
        a = omega * (omega * error + 2.0 * (pace - s.twist[i])) + ahead
        s.task[i] = clip(a, -LARGEST_LINEAR, LARGEST_LINEAR)
    if s.contact >= APPROACH and s.contact <= RETRACT:
        a = _axial_acceleration(s, p, dt)
        s.task[2] = clip(a, -LARGEST_LINEAR, LARGEST_LINEAR)
    else:
        fill_tank(s, p)
    omega = p.turn_per_s
    rotation_error(s.rotation, s.trimmed, s.vector)
    for i in range(3):
        a = omega * (omega * s.vector[i] + 2.0 * (s.ref_turn[i] - s.twist[3 + i]))
        s.task[3 + i] = clip(a, -LARGEST_ANGULAR, LARGEST_ANGULAR)


@njit(cache=True)
def _axial_acceleration(s: Any, p: Any, dt: float) -> float:
    """Acceleration along the probe's axis [m/s²]: a speed loop inside the force loop, with breathing fed forward."""
    wanted, ahead = axial_speed(s, p, dt), 0.0
    if s.contact in (RAMP, SCAN):
        learn_breathing(s, s.twist[2], dt)
        if p.feed_breathing > 0.0:
            wanted += breathing_speed(s)
            ahead = breathing_acceleration(s)
    else:
        forget_breathing(s)
    if s.contact == APPROACH:
        fill_tank(s, p)
    else:
        drain_tank(s, p, dt)
        wanted = permitted_speed(s, p, wanted)
    return float(p.force_damping_per_s * (wanted - s.twist[2]) + ahead)


@njit(cache=True)
def _joint_acceleration(s: Any, p: Any, c: Any, mass: Any, q: Any, v: Any) -> bool:
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
def _send(s: Any, c: Any, mass: Any, bias: Any, n: int, dt: float) -> None:
    """Torque for the joint acceleration, with force and disturbance compensated and limits kept."""
    force = s.wrench[2] if s.contact >= APPROACH and s.contact <= RETRACT else 0.0
    for i in range(n):
        torque = bias[i] - s.disturbance[i] + s.jacobian[2, i] * force
        for k in range(n):
            torque += mass[min(i, k), max(i, k)] * s.joint[k]
        s.scratch[i] = torque
    if not finite(s.scratch):
        raise_reflex(s, _NON_FINITE, 0.0)
        _safe_torque(s, c, n, dt)
        return
    for i in range(n):
        _limit_torque(s, c, i, s.scratch[i], dt)


@njit(cache=True)
def _safe_torque(s: Any, c: Any, n: int, dt: float) -> None:
    """Without trustworthy numbers: keep the last torque, which holds the arm against gravity."""
    for i in range(n):
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
