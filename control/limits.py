"""Limits of contact for each body region: one table, every number with its reason.

Working forces are those that sonographers and robotic systems use: thyroid 2-4 N, carotid 3-5 N, breast 2-5 N,
abdomen 5-15 N, heart and obstetrics 5-20 N (reviews: Priester et al., IEEE TUFFC 60(3), 2013; von Haxthausen et al.,
Curr. Robot. Rep. 2, 2021). ISO/TS 15066:2016 table A.2 allows far more for a quasi-static contact (neck 150 N,
abdomen 110 N), which is no comfort to a patient: the limits here stay near the working force. Reflex forces leave
room for breathing and a swallow above the largest target.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sonoreach.errors import InputError
from sonoreach.types.probe import ProbeTarget, TargetMode


@dataclass(frozen=True)
class RegionLimits:
    """What the arm may do to one body region; crossing a reflex limit makes it leave the body.

    Attributes:
        region: name.
        max_target_force_n: largest force that may be asked for [N].
        reflex_force_n: pressing force along probe z [N]; 1.5 times it for the length of the force vector.
        reflex_torque_nm: contact torque at the probe's face [N m].
        reflex_speed_m_s: speed of the probe [m/s], outside of a retract.
        reflex_acceleration_m_s2: acceleration of the probe, low-passed at 20 Hz [m/s²].
        jolt_n_s: rise of the force [N/s] that counts as a jolt while the force is over half the reflex force.
        reflex_link_torque_nm: joint torque beyond what friction and the probe's contact explain [N m]; 3 N m are felt
            as 14 to 37 N on forearm and wrist, below the 65 N that ISO/TS 15066:2016 table A.2 allows on a face.
        max_depth_m: how far the face may go beyond the point of first touch [m].
        workspace_low_m, workspace_high_m: box in the base frame that the probe's face may not leave [m].
        max_contact_speed_m_s, max_free_speed_m_s: caps on the speed of the set-points [m/s].
    """

    region: str
    max_target_force_n: float
    reflex_force_n: float
    reflex_torque_nm: float = 0.8
    reflex_speed_m_s: float = 0.35
    reflex_acceleration_m_s2: float = 12.0
    jolt_n_s: float = 60.0
    reflex_link_torque_nm: float = 3.0
    max_depth_m: float = 0.06
    workspace_low_m: tuple[float, float, float] = (0.20, -0.35, 0.0)
    workspace_high_m: tuple[float, float, float] = (0.80, 0.35, 0.60)
    max_contact_speed_m_s: float = 0.05
    max_free_speed_m_s: float = 0.15

    def __post_init__(self) -> None:
        forces = (self.max_target_force_n, self.reflex_force_n)
        numbers = (*forces, self.reflex_torque_nm, self.reflex_link_torque_nm, self.reflex_speed_m_s)
        if not all(math.isfinite(n) and n > 0.0 for n in numbers):
            raise InputError(f"limits of region '{self.region}' must be finite and positive")
        if self.max_target_force_n >= self.reflex_force_n:
            raise InputError(
                f"limits of region '{self.region}' are inverted: the largest target {self.max_target_force_n:g} N "
                f"must stay below the reflex at {self.reflex_force_n:g} N"
            )
        if any(low >= high for low, high in zip(self.workspace_low_m, self.workspace_high_m, strict=True)):
            raise InputError(f"limits of region '{self.region}' have an inverted workspace box")


_EYE = np.eye(3)

REGIONS = {
    limits.region: limits
    for limits in (
        RegionLimits("thyroid", max_target_force_n=5.0, reflex_force_n=8.0),
        RegionLimits("carotid", max_target_force_n=6.0, reflex_force_n=9.0),
        RegionLimits("breast", max_target_force_n=6.0, reflex_force_n=10.0),
        RegionLimits("abdomen", max_target_force_n=15.0, reflex_force_n=22.0, max_depth_m=0.10),
        RegionLimits("heart", max_target_force_n=20.0, reflex_force_n=28.0),
        RegionLimits("obstetrics", max_target_force_n=15.0, reflex_force_n=20.0, max_depth_m=0.08),
    )
}


def region_limits(region: str) -> RegionLimits:
    """Limits of a body region by name.

    Raises:
        InputError: no such region in the table.
    """
    if region not in REGIONS:
        raise InputError(f"no force limits for the region '{region}'; known are {', '.join(REGIONS)}")
    return REGIONS[region]


def check_target(target: ProbeTarget, limits: RegionLimits) -> None:
    """Refuse a target before anything moves.

    Raises:
        InputError: a number is not finite, the rotation is none, or the force is beyond the region's limit.
    """
    if not target.is_finite():
        raise InputError("the probe target holds a number that is not finite")
    rotation = target.base_probe.rotation
    if abs(rotation.T @ rotation - _EYE).max() > 1e-6:
        raise InputError("the probe target's rotation is not orthonormal")
    if not 0.0 <= target.force_n <= limits.max_target_force_n:
        raise InputError(
            f"the target force {target.force_n:g} N is outside 0 to {limits.max_target_force_n:g} N, "
            f"the limit of region '{limits.region}'"
        )
    _check_workspace(target, limits)
    if target.velocity_m_s.shape != (3,):
        raise InputError(f"the target's velocity must have 3 components, got shape {target.velocity_m_s.shape}")
    if target.max_speed_m_s <= 0.0:
        raise InputError(f"the target's speed limit must be positive, got {target.max_speed_m_s:g} m/s")


def _check_workspace(target: ProbeTarget, limits: RegionLimits) -> None:
    """Refuse a pose outside of the workspace; HOLD and RETRACT carry none that matters."""
    position = target.base_probe.position_m
    outside = (position < limits.workspace_low_m) | (position > limits.workspace_high_m)
    if target.mode in (TargetMode.FREE, TargetMode.CONTACT) and outside.any():
        raise InputError(
            f"the target at {np.round(position, 3).tolist()} m lies outside the workspace from "
            f"{list(limits.workspace_low_m)} to {list(limits.workspace_high_m)} m"
        )
