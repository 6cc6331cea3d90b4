"""Set-points: the target's pose, followed with limited speed and acceleration, position and orientation."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from sonoreach.control.contact import APPROACH, FREE, MODE_CONTACT, MODE_FREE, RAMP, RECOVER, SCAN, TOUCH
from sonoreach.control.linear import clip, rotation_error, turn

LEAST_FORCE_N = 1.0  # below this force its direction says little
GEL_SPEED_M_S = 0.002
CALM, HASTY, SLOWEST = 0.35, 0.7, 0.05  # joint speed over its limit; part of the set-points' speed that stays


@njit(cache=True)
def limited(x: Any, limit: float) -> None:
    """Shorten a vector in place to a length."""
    length = math.sqrt(x[0] ** 2 + x[1] ** 2 + x[2] ** 2)
    if length > limit:
        for i in range(3):
            x[i] *= limit / length


@njit(cache=True)
def update_setpoint(s: Any, p: Any, c: Any, dt: float) -> None:
    """Move the references one cycle towards the goal, or hold them. Real-time safe.

    A critically damped second-order filter whose speed and acceleration are limited; its own speed and acceleration
    are handed to the law, so that the probe follows without lag. While the axial motion belongs to the contact, the
    reference follows the probe along its axis.

    Args:
        s: the controller's memory (one record).
        p: parameters and limits (one record).
        c: constants of the model (one record).
        dt: period [s].
    """
    follows = s.contact == FREE and (s.mode == MODE_FREE or s.mode == MODE_CONTACT)
    follows = follows or (s.contact >= APPROACH and s.contact <= RECOVER and s.mode == MODE_CONTACT)
    follows = follows and s.target_age <= p.hold_after_s and not s.stopped
    if follows:
        s.held = 0
    elif not s.held:
        s.held = 1
        for i in range(3):
            s.goal_position[i] = s.ref_position[i] + s.ref_speed[i] / p.reference_per_s
            for k in range(3):
                s.goal_rotation[i, k] = s.ref_rotation[i, k]
    _ease(s, c, dt)
    _move_position(s, p, dt)
    _move_orientation(s, p, dt)


@njit(cache=True)
def _ease(s: Any, c: Any, dt: float) -> None:
    """Slow the set-points while a joint is fast: near a singularity a small turn of the probe asks for a large one of
    the wrist, and a joint at its limit would tear the probe off its line.
    """
    haste = 0.0
    for i in range(s.v.shape[0]):
        haste = max(haste, abs(s.v[i]) / c.speed_limit[i])
    wanted = clip((HASTY - haste) / (HASTY - CALM), SLOWEST, 1.0)
    s.easing += clip(wanted - s.easing, -10.0 * dt, 2.0 * dt)


@njit(cache=True)
def _move_position(s: Any, p: Any, dt: float) -> None:
    """Second-order filter of the position; its axial part follows the probe while the contact rules the axis."""
    axial = s.contact != FREE and s.contact <= 6
    in_contact = s.contact >= TOUCH and s.contact <= RECOVER
    cap = p.max_contact_speed_m_s if in_contact else p.max_free_speed_m_s
    most = p.escape_acceleration_m_s2 if s.escaping else p.reference_acceleration_m_s2
    pace = math.sqrt(s.ref_speed[0] ** 2 + s.ref_speed[1] ** 2 + s.ref_speed[2] ** 2)
    speed = max(s.easing * min(s.goal_speed, cap), pace - most * dt)
    if axial:
        _release_axis(s)
    ahead = 0.0
    lifts = s.contact == FREE and s.mode == MODE_CONTACT
    for i in range(3):
        ahead += (s.goal_position[i] - s.ref_position[i]) * s.rotation[i, 2]
    if not (axial or (lifts and ahead > 0.0)):
        ahead = 0.0  # over the body, before an approach, the probe moves sideways and never down
    omega = p.reference_per_s
    for i in range(3):
        error = s.goal_position[i] - s.ref_position[i] - ahead * s.rotation[i, 2]
        s.ref_acceleration[i] = omega * (omega * error - 2.0 * s.ref_speed[i])
    limited(s.ref_acceleration, most)
    for i in range(3):
        s.vector[i] = s.ref_speed[i] + s.ref_acceleration[i] * dt
    limited(s.vector, speed)
    for i in range(3):
        s.ref_acceleration[i] = clip((s.vector[i] - s.ref_speed[i]) / dt, -most, most)
        s.ref_speed[i] = s.vector[i]
        s.ref_position[i] += s.ref_speed[i] * dt


@njit(cache=True)
def _release_axis(s: Any) -> None:
    """Take the reference's axial position and speed from the probe itself."""
    offset, pace = 0.0, 0.0
    for i in range(3):
        offset += (s.position[i] - s.ref_position[i]) * s.rotation[i, 2]
        pace += s.ref_speed[i] * s.rotation[i, 2]
    for i in range(3):
        s.ref_position[i] += offset * s.rotation[i, 2]
        s.ref_speed[i] -= pace * s.rotation[i, 2]


@njit(cache=True)
def _update_trim(s: Any, p: Any, dt: float) -> None:
    """Tilt towards the skin's normal, as force and torque show it.

    Without friction the contact force lies along the normal, so its part across the axis, less the drag of the gel,
    is the sine of the tilt; the torque about the face's centre tells on which edge the probe rests.
    """
    pace = math.sqrt(s.twist[0] ** 2 + s.twist[1] ** 2 + GEL_SPEED_M_S**2)
    for i in range(2):
        k = 1 - i
        drag = p.gel_friction * s.wrench[2] * s.twist[k] / pace
        lean = (s.wrench[k] - drag) / s.wrench[2]
        lean = -lean if i == 0 else lean
        rate = p.trim_per_s * lean - p.trim_gain_rad_nm_s * s.wrench[3 + i]
        s.trim[i] = clip(s.trim[i] + rate * dt, -p.trim_limit_rad, p.trim_limit_rad)


@njit(cache=True)
def _move_orientation(s: Any, p: Any, dt: float) -> None:
    """Second-order filter of the orientation, then a small tilt that levels the contact torque."""
    omega = p.reference_turn_per_s
    rotation_error(s.ref_rotation, s.goal_rotation, s.vector)
    for i in range(3):
        s.vector[i] = omega * (omega * s.vector[i] - 2.0 * s.ref_turn[i])
    limited(s.vector, p.turn_acceleration_rad_s2)
    for i in range(3):
        s.ref_turn[i] += s.vector[i] * dt
    limited(s.ref_turn, s.easing * p.turn_speed_rad_s)
    turn(s.ref_rotation, s.ref_turn[0] * dt, s.ref_turn[1] * dt, s.ref_turn[2] * dt)
    if s.contact in (SCAN, RAMP) and s.wrench[2] > LEAST_FORCE_N:
        _update_trim(s, p, dt)
    else:
        for i in range(2):
            s.trim[i] *= 1.0 - min(1.0, 2.0 * dt)
    for i in range(3):
        for k in range(3):
            s.trimmed[i, k] = s.ref_rotation[i, k]
    turn(s.trimmed, s.trim[0], s.trim[1], 0.0)
