"""Set-points: what the planner is asked in each cycle, and what is taken of its answer.

The references move with limited speed, acceleration and jerk. The planner (`sonoreach.control.planner`) is ruckig:
time-optimal motion from the present state to the target (Berscheid, Kröger, RSS 2021), computed anew in each cycle.
It knows six independent axes; they are laid so that the first and the fourth point at the goal, which makes the way
straight and the limits those of the way. Position is asked for in the base frame's lengths, orientation as the
rotation vector from the reference to the goal in the reference's own axes. That chart is centred on the reference in
every cycle, so that its rate is the turning speed and the half turn is its only singularity. A goal that moves is met
in its own inertial frame, where it stands: the plan holds what the references' speed is beyond the goal's.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from sonoreach.control.contact import APPROACH, FREE, MODE_CONTACT, MODE_FREE, RECOVER, TOUCH
from sonoreach.control.linear import align, clip, rotation_error, turn
from sonoreach.control.tank import permitted_share

# rows of `memory.plan`, the question, and of `memory.planned`, the answer; columns: way and turn, three axes each
SPEED, ACCELERATION, GOAL, LEAST_SPEED, MOST_SPEED, MOST_ACCELERATION, MOST_JERK = range(7)
MOVED, NEW_SPEED, NEW_ACCELERATION = range(3)
ASIDE = 0.2  # speed limit across the way, over the one along it
NEAR_M, NEAR_RAD = 2e-5, 2e-4  # so near the goal its direction is noise: the last one is kept
KEEPING_UP = 0.95  # largest speed of a goal that is carried along, over the cap: the rest is for catching up
HORIZON_S = 100.0  # a goal farther than this is cut short: ruckig refuses motions that take hours
SLOWEST_WAY = 1e-6  # m/s, rad/s; ruckig refuses a limit of 0
HALF_TURN_RAD = 2.8  # from here on a turn goes on the way it goes, be it the longer one
CALM, HASTY, SLOWEST = 0.35, 0.7, 0.05  # joint speed over its limit; part of the set-points' speed that stays


@njit(cache=True)
def ask_planner(s: Any, p: Any, c: Any, dt: float) -> None:
    """Write what the planner shall answer: the references' state, the goal and the limits. Real-time safe.

    While the axial motion belongs to the contact, the reference follows the probe along its axis and the plan lies
    across it. Without a target to follow (`follows` is 0) the references brake to rest.

    Args:
        s: the controller's memory (one record).
        p: parameters and limits (one record).
        c: constants of the model (one record).
        dt: period [s].
    """
    follows = s.contact == FREE and (s.mode == MODE_FREE or s.mode == MODE_CONTACT)
    follows = follows or (s.contact >= APPROACH and s.contact <= RECOVER and s.mode == MODE_CONTACT)
    s.follows = 1 if follows and s.target_age <= p.hold_after_s and not s.stopped else 0
    _ease(s, c, dt)
    _ask_position(s, p)
    _ask_orientation(s, p)


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
def _share(s: Any, p: Any) -> float:
    """Part of the set-points' speed that fast joints and the energy tank leave."""
    return float(s.easing * permitted_share(s, p))


@njit(cache=True)
def _ask_position(s: Any, p: Any) -> None:
    """The first three columns of the question."""
    axial = s.contact != FREE and s.contact <= 6
    in_contact = s.contact >= TOUCH and s.contact <= RECOVER
    cap = p.max_contact_speed_m_s if in_contact else p.max_free_speed_m_s
    cap = max(_share(s, p) * min(s.goal_speed, cap), SLOWEST_WAY)
    if axial:
        _release_axis(s)
    ahead, age = 0.0, s.target_age
    pace = math.sqrt(s.goal_velocity[0] ** 2 + s.goal_velocity[1] ** 2 + s.goal_velocity[2] ** 2)
    share = min(1.0, KEEPING_UP * cap / pace) if pace > 0.0 and s.follows else 0.0
    drift = 0.0
    for i in range(3):
        s.vector[i] = s.goal_position[i] + share * s.goal_velocity[i] * age - s.ref_position[i]
        ahead += s.vector[i] * s.rotation[i, 2]
        drift += share * s.goal_velocity[i] * s.rotation[i, 2]
    lifts = s.contact == FREE and s.mode == MODE_CONTACT
    if not (axial or (lifts and ahead > 0.0)):
        ahead, drift = 0.0, 0.0  # over the body, before an approach, the probe moves sideways and never down
    for i in range(3):
        s.vector[i] -= ahead * s.rotation[i, 2]
    align(s.way, s.vector, NEAR_M)
    most, jerk = p.reference_acceleration_m_s2, p.reference_jerk_m_s3
    if s.escaping:
        most, jerk = p.escape_acceleration_m_s2, p.escape_jerk_m_s3
    elif in_contact and s.follows:
        most, jerk = p.contact_acceleration_m_s2, p.contact_jerk_m_s3
    s.plan[MOST_ACCELERATION, :3] = most
    s.plan[MOST_JERK, :3] = jerk
    for k in range(3):
        s.plan[:3, k] = 0.0
        s.carried[k] = 0.0
        for i in range(3):
            carried = share * s.goal_velocity[i] - drift * s.rotation[i, 2]
            s.carried[k] += s.way[i, k] * carried
            s.plan[SPEED, k] += s.way[i, k] * (s.ref_speed[i] - carried)
            s.plan[ACCELERATION, k] += s.way[i, k] * s.ref_acceleration[i]
            s.plan[GOAL, k] += s.way[i, k] * s.vector[i]
    _limit_speed(s, 0, cap)
    for k in range(3):
        least = ASIDE * (1.0 - KEEPING_UP) * cap
        s.plan[MOST_SPEED, k] = max(s.plan[MOST_SPEED, k] - s.carried[k], least)
        s.plan[LEAST_SPEED, k] = min(s.plan[LEAST_SPEED, k] - s.carried[k], -least)


@njit(cache=True)
def _release_axis(s: Any) -> None:
    """Take the reference's axial position and speed from the probe itself."""
    offset, pace, push = 0.0, 0.0, 0.0
    for i in range(3):
        offset += (s.position[i] - s.ref_position[i]) * s.rotation[i, 2]
        pace += s.ref_speed[i] * s.rotation[i, 2]
        push += s.ref_acceleration[i] * s.rotation[i, 2]
    for i in range(3):
        s.ref_position[i] += offset * s.rotation[i, 2]
        s.ref_speed[i] -= pace * s.rotation[i, 2]
        s.ref_acceleration[i] -= push * s.rotation[i, 2]


@njit(cache=True)
def _ask_orientation(s: Any, p: Any) -> None:
    """The last three columns of the question."""
    rotation_error(s.ref_rotation, s.goal_rotation, s.vector)
    angle = math.sqrt(s.vector[0] ** 2 + s.vector[1] ** 2 + s.vector[2] ** 2)
    onward = s.vector[0] * s.ref_turn[0] + s.vector[1] * s.ref_turn[1] + s.vector[2] * s.ref_turn[2]
    if angle > HALF_TURN_RAD and onward < 0.0:
        for i in range(3):
            s.vector[i] *= 1.0 - 2.0 * math.pi / angle
    align(s.hinge, s.vector, NEAR_RAD)
    cap = max(_share(s, p) * p.turn_speed_rad_s, SLOWEST_WAY)
    s.plan[MOST_ACCELERATION, 3:] = p.turn_acceleration_rad_s2
    s.plan[MOST_JERK, 3:] = p.turn_jerk_rad_s3
    for k in range(3):
        s.plan[:3, 3 + k] = 0.0
        for i in range(3):
            s.plan[SPEED, 3 + k] += s.hinge[i, k] * s.ref_turn[i]
            s.plan[ACCELERATION, 3 + k] += s.hinge[i, k] * s.ref_turn_acceleration[i]
            s.plan[GOAL, 3 + k] += s.hinge[i, k] * s.vector[i]
    _limit_speed(s, 3, cap)


@njit(cache=True)
def _limit_speed(s: Any, first: int, cap: float) -> None:
    """Limits of three axes, such that the length of the speed stays below the cap.

    After a change of the goal the way across is still to be braked; until then the way along must wait for it.
    """
    aside = 0.0
    for k in range(first + 1, first + 3):
        pace, push = s.plan[SPEED, k], s.plan[ACCELERATION, k]
        still_to_come = max(0.0, push if pace > 0.0 else -push) ** 2 / (2.0 * s.plan[MOST_JERK, k])
        aside += (abs(pace) + still_to_come) ** 2
        s.plan[MOST_SPEED, k] = ASIDE * cap
    s.plan[MOST_SPEED, first] = math.sqrt(max(cap * cap - aside, (ASIDE * cap) ** 2))
    for k in range(first, first + 3):
        s.plan[LEAST_SPEED, k] = -s.plan[MOST_SPEED, k]
        s.plan[GOAL, k] = clip(s.plan[GOAL, k], -HORIZON_S * cap, HORIZON_S * cap)


@njit(cache=True)
def take_plan(s: Any, dt: float) -> None:
    """Move the references by the planner's answer, or brake them when there is none that can be believed."""
    if s.answered and _plausible(s, dt):
        s.planner_silent = 0
    else:
        s.planner_faults += 1
        s.planner_silent += 1
        _brake(s, dt)
    for i in range(3):
        s.ref_speed[i], s.ref_acceleration[i] = 0.0, 0.0
        s.ref_turn[i], s.ref_turn_acceleration[i], s.vector[i] = 0.0, 0.0, 0.0
        for k in range(3):
            s.ref_position[i] += s.way[i, k] * (s.planned[MOVED, k] + s.carried[k] * dt)
            s.ref_speed[i] += s.way[i, k] * (s.planned[NEW_SPEED, k] + s.carried[k])
            s.ref_acceleration[i] += s.way[i, k] * s.planned[NEW_ACCELERATION, k]
            s.vector[i] += s.hinge[i, k] * s.planned[MOVED, 3 + k]
            s.ref_turn[i] += s.hinge[i, k] * s.planned[NEW_SPEED, 3 + k]
            s.ref_turn_acceleration[i] += s.hinge[i, k] * s.planned[NEW_ACCELERATION, 3 + k]
    turn(s.ref_rotation, s.vector[0], s.vector[1], s.vector[2])


@njit(cache=True)
def _plausible(s: Any, dt: float) -> bool:
    """Whether the answer is finite and continues the present motion within the limits."""
    for k in range(6):
        most = max(s.plan[MOST_ACCELERATION, k], abs(s.plan[ACCELERATION, k])) + s.plan[MOST_JERK, k] * dt
        gained = s.planned[NEW_SPEED, k] - s.plan[SPEED, k]
        drawn = s.planned[MOVED, k] - s.plan[SPEED, k] * dt
        if not (abs(gained) <= 1.01 * most * dt + 1e-9 and abs(drawn) <= 1.01 * most * dt * dt + 1e-9):
            return False
        if not abs(s.planned[NEW_ACCELERATION, k]) <= 1.01 * most:
            return False
    return True


@njit(cache=True)
def _brake(s: Any, dt: float) -> None:
    """An answer of our own: to rest with the largest acceleration."""
    for k in range(6):
        most = s.plan[MOST_ACCELERATION, k] * dt
        carried = s.carried[k] if k < 3 else 0.0
        pace = s.plan[SPEED, k] + carried
        speed = pace - clip(pace, -most, most) - carried
        s.planned[MOVED, k], s.planned[NEW_SPEED, k] = speed * dt, speed
        s.planned[NEW_ACCELERATION, k] = 0.0
