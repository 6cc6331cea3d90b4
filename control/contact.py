"""The contact states and what each asks of the motion along the probe's axis.

FREE → APPROACH (guarded) → TOUCH → RAMP → SCAN → (RECOVER) → RETRACT → FREE or STOPPED.
Hysteresis: contact begins above `touch_force_n` and ends when the force stays below `lost_force_n`.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from sonoreach.control.linear import clip
from sonoreach.control.reflexes import Reflex, raise_reflex
from sonoreach.types.probe import ContactState, TargetMode

FREE, APPROACH, TOUCH, RAMP = (int(c) for c in list(ContactState)[:4])
SCAN, RECOVER, RETRACT, STOPPED = (int(c) for c in list(ContactState)[4:])
MODE_HOLD, MODE_FREE, MODE_CONTACT, MODE_RETRACT = (int(m) for m in TargetMode)
_NO_SKIN = int(Reflex.NO_SKIN)

TOUCH_CYCLES = 3  # cycles above the upper threshold that make a first touch: noise alone does not
TOUCH_S = 0.05  # a first touch is believed after this time
LOST_S = 0.06  # contact is lost after this time below the lower threshold
RECOVER_S = 2.5  # feeling for the skin is given up after this time
ALIGNED_M, ALIGNED_RAD = 0.006, 0.12  # how near the target's axis an approach may begin
STAND_OFF_M = 0.03  # the approach is slow from this distance before the target's depth
BEYOND_M = 0.08  # no skin this far beyond the target's depth: give up


@njit(cache=True)
def enter(s: Any, state: int) -> None:
    """Change the contact state."""
    s.contact = state
    s.cycles_in_state = 0
    s.cycles_below = 0


@njit(cache=True)
def axis_distance(s: Any) -> float:
    """Distance from the probe to the goal along the probe's axis [m], positive when the goal lies ahead."""
    total = 0.0
    for i in range(3):
        total += (s.goal_position[i] - s.position[i]) * s.rotation[i, 2]
    return total


@njit(cache=True)
def aligned(s: Any) -> bool:
    """Whether the probe stands over the goal: its axis meets it and its orientation fits."""
    ahead = axis_distance(s)
    square, cosine = 0.0, -1.0
    for i in range(3):
        square += (s.goal_position[i] - s.position[i] - ahead * s.rotation[i, 2]) ** 2
        for k in range(3):
            cosine += s.goal_rotation[k, i] * s.rotation[k, i]
    angle = math.acos(clip(0.5 * cosine, -1.0, 1.0))
    return square < ALIGNED_M**2 and angle < ALIGNED_RAD


@njit(cache=True)
def update_contact(s: Any, p: Any, dt: float) -> None:
    """Move to the next contact state, from force, target and time. Real-time safe.

    Args:
        s: the controller's memory (one record).
        p: parameters and limits (one record).
        dt: period [s].
    """
    s.cycles_in_state += 1
    force, elapsed = s.wrench[2], s.cycles_in_state * dt
    s.cycles_below = s.cycles_below + 1 if force < p.lost_force_n else 0
    s.cycles_above = s.cycles_above + 1 if force > p.touch_force_n else 0
    lost = s.cycles_below * dt > LOST_S
    mode = MODE_HOLD if s.target_age > p.hold_after_s else s.mode
    if s.contact == RETRACT:
        _update_retract(s, p, dt)
        return
    if s.contact == STOPPED:
        if not s.stopped:
            enter(s, FREE)
        return
    if s.contact == FREE:
        if mode == MODE_CONTACT and s.zeroed and aligned(s):
            enter(s, APPROACH)
            s.speed_extra = 0.0
            s.force_integral = 0.0
            s.scanned = 0
        return
    if mode in (MODE_FREE, MODE_RETRACT) or s.target_age > p.retract_after_s:
        leave(s)
    elif s.contact == APPROACH:
        _update_approach(s, p, mode, force)
    elif s.contact == TOUCH:
        if lost:
            enter(s, APPROACH)
        elif elapsed > TOUCH_S:
            enter(s, RAMP)
    elif s.contact == RAMP or s.contact == SCAN:
        if lost:
            # a touch that never became a scan was none: go on approaching
            enter(s, RECOVER if s.scanned else APPROACH)
            s.force_integral = 0.0
        elif s.contact == RAMP and abs(s.force_target - s.goal_force) < 0.05 and abs(force - s.force_target) < 0.5:
            enter(s, SCAN)
            s.scanned = 1
    elif s.contact == RECOVER:
        if force > p.touch_force_n:
            enter(s, RAMP)
            s.force_target = force
        elif elapsed > RECOVER_S:
            leave(s)


@njit(cache=True)
def leave(s: Any) -> None:
    """Begin an ordinary retract."""
    enter(s, RETRACT)
    s.escaping = 0


@njit(cache=True)
def _update_approach(s: Any, p: Any, mode: int, force: float) -> None:
    """Guarded motion: stop at the first touch, at a hold, or where no skin can be."""
    if s.cycles_above >= TOUCH_CYCLES:
        enter(s, TOUCH)
        s.force_target = max(force, 0.0)
        for i in range(3):
            s.start_position[i] = s.position[i]
    elif mode == MODE_HOLD:
        enter(s, FREE)
    elif axis_distance(s) < -BEYOND_M:
        raise_reflex(s, _NO_SKIN, BEYOND_M)


@njit(cache=True)
def _update_retract(s: Any, p: Any, dt: float) -> None:
    """The retract ends `retract_distance_m` away from where the force vanished."""
    if s.cycles_in_state <= 1:
        s.clear_cycles = 0
        s.retract_speed = 0.0
    if s.wrench[2] > p.lost_force_n or s.clear_cycles == 0:
        for i in range(3):
            s.start_position[i] = s.position[i]
        if s.wrench[2] <= p.lost_force_n:
            s.clear_cycles = 1
        return
    s.clear_cycles += 1
    away = 0.0
    for i in range(3):
        away += (s.start_position[i] - s.position[i]) * s.rotation[i, 2]
    speed = -s.twist[2]
    brake = speed * speed / (2.0 * p.retract_acceleration_m_s2)
    if away + brake >= p.retract_distance_m or s.clear_cycles * dt > 2.0:
        enter(s, STOPPED if s.stopped else FREE)
        for i in range(3):  # from here the set-point brakes what the retract was doing
            s.ref_speed[i] += s.twist[2] * s.rotation[i, 2]


@njit(cache=True)
def axial_speed(s: Any, p: Any, dt: float) -> float:
    """Speed wanted along the probe's axis [m/s]: force loop plus approach, recovery or retract.

    In force control the speed is (k_f e + k_i ∫e dt) / d with e the force error, so that with the law's
    acceleration d (speed - v) the force error sees a PI controller with inertia-shaped gains.
    """
    contact = s.contact
    if contact == APPROACH:
        ahead = axis_distance(s) - STAND_OFF_M
        fast = math.sqrt(2.0 * 0.3 * max(ahead, 0.0))
        cap = max(p.approach_speed_m_s, min(s.goal_speed, p.max_free_speed_m_s))
        wanted = min(max(fast, p.approach_speed_m_s), cap)
        s.speed_extra += clip(wanted - s.speed_extra, -0.4 * dt, 0.4 * dt)
        return float(s.speed_extra)
    if contact == RETRACT:
        top = p.escape_speed_m_s if s.escaping else p.retract_speed_m_s
        rate = p.escape_acceleration_m_s2 if s.escaping else p.retract_acceleration_m_s2
        s.retract_speed = min(s.retract_speed + rate * dt, top)
        s.force_target = max(0.0, s.force_target - 40.0 * dt)
        s.force_integral = 0.0
        push = p.force_gain_per_kg * (s.force_target - s.wrench[2]) / p.force_damping_per_s
        return float(min(push, 0.0) - s.retract_speed)
    if contact == RECOVER:
        s.speed_extra += clip(p.recover_speed_m_s - s.speed_extra, -0.4 * dt, 0.4 * dt)
        return float(s.speed_extra)
    if contact in (RAMP, SCAN):
        s.force_target += clip(s.goal_force - s.force_target, -p.force_rate_n_s * dt, p.force_rate_n_s * dt)
    s.speed_extra *= 1.0 - min(1.0, 40.0 * dt)
    error = s.force_target - s.wrench[2]
    wanted = (p.force_gain_per_kg * error + s.force_integral) / p.force_damping_per_s
    limited = clip(wanted, -p.outward_speed_m_s, p.inward_speed_m_s)
    if limited == wanted:
        s.force_integral += p.force_integral_per_kg_s * error * dt
    return float(limited + s.speed_extra)
