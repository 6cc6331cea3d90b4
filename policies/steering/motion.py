"""Moving over the skin at limited speed."""

from __future__ import annotations

import math
from dataclasses import replace

from sonoreach.policies.skin import SkinPose

MAX_LEAD_M = 0.008  # the set-point waits for a probe that lags this far behind
MAX_LEAD_RAD = 0.25
TILT_RATE_RAD_S = 0.15


class SkinMotion:
    """A set-point that runs ahead of the probe over the skin."""

    def __init__(self, start: SkinPose, max_speed_m_s: float, max_turn_rad_s: float) -> None:
        """Start at a pose."""
        self.pose = start
        self._speed, self._turn = max_speed_m_s, max_turn_rad_s

    def advance(self, goal: SkinPose, probe: SkinPose, duration_s: float) -> SkinPose:
        """Move the set-point towards a goal; it slows to a stop there and never runs away from the probe."""
        pose = self.pose
        lag = math.hypot(pose.superior_m - probe.superior_m, pose.left_m - probe.left_m)
        lag_turn = abs(turn(probe.heading_rad, pose.heading_rad))
        if lag > MAX_LEAD_M or lag_turn > MAX_LEAD_RAD:
            duration_s *= max(0.0, 2.0 - max(lag / MAX_LEAD_M, lag_turn / MAX_LEAD_RAD))
        ds, dv = goal.superior_m - pose.superior_m, goal.left_m - pose.left_m
        distance = math.hypot(ds, dv)
        way = min(1.0, self._speed * duration_s / distance) if distance > 0.0 else 1.0
        self.pose = replace(
            pose,
            superior_m=pose.superior_m + way * ds,
            left_m=pose.left_m + way * dv,
            heading_rad=pose.heading_rad + _limited(turn(pose.heading_rad, goal.heading_rad), self._turn * duration_s),
            roll_rad=pose.roll_rad + _limited(goal.roll_rad - pose.roll_rad, TILT_RATE_RAD_S * duration_s),
            pitch_rad=pose.pitch_rad + _limited(goal.pitch_rad - pose.pitch_rad, TILT_RATE_RAD_S * duration_s),
        )
        return self.pose


def turn(start_rad: float, end_rad: float) -> float:
    """The shorter turn from one heading to another [rad]."""
    return (end_rad - start_rad + math.pi) % (2.0 * math.pi) - math.pi


def distance_m(a: SkinPose, b: SkinPose) -> float:
    """Distance over the skin's coordinates [m]."""
    return math.hypot(a.superior_m - b.superior_m, a.left_m - b.left_m)


def _limited(value: float, limit: float) -> float:
    return max(-limit, min(limit, value))
