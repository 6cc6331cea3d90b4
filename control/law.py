"""The control law: two compiled functions from measurements to joint torques, run at 1 kHz, the planner between them.

`sense` reads the measurements, judges them and says what the set-points shall do; the planner moves the set-points by
one cycle (`sonoreach.control.planner`); `act` asks for task accelerations and turns them into torques
(`sonoreach.control.torque`). Across the probe's axis the task is an impedance about the set-point, along it a speed
loop inside a force loop (`sonoreach.control.contact`). All gains are accelerations a unit of error, so they keep
their meaning when the arm's inertia changes.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from sonoreach.control.breathing import (
    breathing_acceleration,
    breathing_speed,
    forget_breathing,
    learn_breathing,
)
from sonoreach.control.contact import APPROACH, RAMP, RETRACT, SCAN, axial_speed, update_contact
from sonoreach.control.linear import clip, rotation_error
from sonoreach.control.observer import update_observer
from sonoreach.control.reflexes import Reflex, check_reflexes, finite, raise_reflex
from sonoreach.control.sensing import forget_wrench, record, update_kinematics, update_wrench
from sonoreach.control.setpoint import ask_planner, take_plan
from sonoreach.control.tank import drain_tank, fill_tank, permitted_share
from sonoreach.control.torque import keep_torque, solve_joints, write_torque
from sonoreach.control.trim import trim_orientation

_NON_FINITE = int(Reflex.NON_FINITE)
LARGEST_LINEAR, LARGEST_ANGULAR = 15.0, 80.0  # m/s², rad/s²


@njit(cache=True)
def sense(
    memory: Any, parameters: Any, constants: Any, mass: Any, bias: Any, jacobian: Any, link_rotation: Any,
    link_position: Any, q: Any, v: Any, raw_wrench: Any, time_s: float,
) -> None:  # fmt: skip
    """First half of a cycle: sense, judge, ask the planner. Real-time safe, no allocation.

    `trusted` in the memory tells whether the measurements were finite; the planner has no question if not.

    Args:
        memory, parameters, constants: record arrays, shape (1,).
        mass: joint mass matrix, shape (n, n) [kg m²].
        bias: Coriolis and gravity torques, shape (n,) [N m].
        jacobian: joint Jacobian in the base frame about the base's origin, shape (6, n).
        link_rotation, link_position: pose of the last link in the base.
        q, v: joint positions [rad] and velocities [rad/s], shape (n,).
        raw_wrench: force sensor reading in the probe frame at its origin, shape (6,) [N, N m].
        time_s: time [s].
    """
    s, p, c = memory[0], parameters[0], constants[0]
    dt = 1.0 / p.rate_hz
    s.time_s = time_s
    s.cycle += 1
    s.target_age = (s.cycle - s.target_cycle) * dt if s.has_target else 0.0
    if s.planner_silent > 0:  # without a planner a target is as good as none: hold, then leave
        s.target_age = max(s.target_age, p.hold_after_s + s.planner_silent * dt)
    s.trusted = 1 if finite(q) and finite(v) and finite(bias) else 0
    if not s.trusted:
        raise_reflex(s, _NON_FINITE, 0.0)
        return
    update_kinematics(s, c, jacobian, link_rotation, link_position, q, v, dt)
    if finite(raw_wrench):
        update_wrench(s, p, c, raw_wrench, dt)
    else:
        forget_wrench(s)
    update_observer(s, p, c, mass, bias, v, dt)
    check_reflexes(s, p)
    update_contact(s, p, dt)
    ask_planner(s, p, c, dt)


@njit(cache=True)
def act(
    memory: Any, parameters: Any, constants: Any, ring: Any, mass: Any, bias: Any, q: Any, v: Any, torque: Any
) -> None:
    """Second half of a cycle: take the planner's answer, compute the torque. Real-time safe, no allocation.

    Args:
        ring: snapshot ring, shape (n_rows, n_columns).
        torque: joint torques to send, written, shape (n,) [N m].
        memory, parameters, constants, mass, bias, q, v: as in `sense`.
    """
    s, p, c = memory[0], parameters[0], constants[0]
    dt = 1.0 / p.rate_hz
    if s.trusted:
        take_plan(s, dt)
        trim_orientation(s, p, dt)
        _task_acceleration(s, p, dt)
        if solve_joints(s, p, c, mass, q, v):
            write_torque(s, c, mass, bias, dt)
        else:
            raise_reflex(s, _NON_FINITE, 0.0)
            keep_torque(s, c, dt)
    else:
        keep_torque(s, c, dt)
    for i in range(q.shape[0]):
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
        a = omega * (omega * s.vector[i] + 2.0 * (s.ref_turn[i] - s.twist[3 + i])) + s.ref_turn_acceleration[i]
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
        if wanted > 0.0:
            wanted *= permitted_share(s, p)
    return float(p.force_damping_per_s * (wanted - s.twist[2]) + ahead)
