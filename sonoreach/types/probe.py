"""Probe targets, as steering asks for them, and probe states, as the arm reports them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sonoreach.types.pose import Pose


class TargetMode(IntEnum):
    """What the arm shall do with a target."""

    HOLD = 0  # stay where it is, keep the force if in contact
    FREE = 1  # move in free air to the pose (no force asked)
    CONTACT = 2  # follow the pose tangentially, press with force_n along probe z
    RETRACT = 3  # leave the body along -z, then stay


class ContactState(IntEnum):
    """State of the contact, as the arm's controller sees it."""

    FREE = 0
    APPROACH = 1  # guarded motion towards the skin
    TOUCH = 2  # first contact seen
    RAMP = 3  # force rising to its target
    SCAN = 4  # force under control
    RECOVER = 5  # contact lost, feeling for the skin again
    RETRACT = 6
    STOPPED = 7  # a reflex or a safety stop; needs acknowledging


@dataclass(frozen=True, eq=False)
class ProbeTarget:
    """A target for the probe.

    Attributes:
        stamp_s: time of the decision [s].
        source_frame_id: image frame on which the decision rests; -1 when on none.
        base_probe: wanted pose; in CONTACT its component along probe z is left to the force controller.
        force_n: wanted pressing force [N], positive into the body.
        mode: see `TargetMode`.
        max_speed_m_s: tangential speed limit [m/s].
        velocity_m_s: velocity of a target on its way along a path [m/s], base frame, shape (3,); 0: it stands.
    """

    stamp_s: float
    base_probe: Pose
    force_n: float = 0.0
    mode: TargetMode = TargetMode.HOLD
    max_speed_m_s: float = 0.02
    source_frame_id: int = -1
    velocity_m_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))

    def is_finite(self) -> bool:
        """Whether every number is finite."""
        numbers = (self.stamp_s, self.force_n, self.max_speed_m_s)
        finite = np.isfinite(numbers).all() and np.isfinite(self.velocity_m_s).all()
        return bool(finite) and self.base_probe.is_finite()


@dataclass(frozen=True)
class LoopHealth:
    """Health of the arm's 1 kHz loop: cycles run, overruns (period > 2 ms), longest period [s]."""

    cycles: int = 0
    overruns: int = 0
    longest_period_s: float = 0.0


@dataclass(frozen=True, eq=False)
class ProbeState:
    """State of the probe and arm.

    Attributes:
        stamp_s: time of the sample [s].
        base_probe: pose of the probe.
        twist: linear [m/s] and angular [rad/s] velocity of the probe in the probe frame, shape (6,).
        wrench: force [N] and torque [N m] that the probe exerts on the body at the probe's origin, in the
            probe frame, gravity and bias removed, shape (6,); wrench[2] > 0 when it presses.
        raw_wrench: the sensor's own reading, shape (6,).
        contact: contact state.
        joint_position_rad, joint_velocity_rad_s, joint_torque_nm: shape (n_joints,).
        target_force_n: force asked for at this moment [N].
        health: loop health.
        fault: why the arm is STOPPED, else "".
    """

    stamp_s: float
    base_probe: Pose
    twist: NDArray[np.float64] = field(default_factory=lambda: np.zeros(6))
    wrench: NDArray[np.float64] = field(default_factory=lambda: np.zeros(6))
    raw_wrench: NDArray[np.float64] = field(default_factory=lambda: np.zeros(6))
    contact: ContactState = ContactState.FREE
    joint_position_rad: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    joint_velocity_rad_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    joint_torque_nm: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    target_force_n: float = 0.0
    health: LoopHealth = field(default_factory=LoopHealth)
    fault: str = ""

    @property
    def force_n(self) -> float:
        """Pressing force along probe z [N]."""
        return float(self.wrench[2])

    def pose_at(self, time_s: float) -> Pose:
        """Where the probe is a little before or after the stamp, if it keeps its velocity."""
        ahead_s = time_s - self.stamp_s
        turn = 0.5 * ahead_s * self.twist[3:]
        return self.base_probe @ Pose.from_quaternion(ahead_s * self.twist[:3], (*turn, 1.0))

    @property
    def tangential_speed_m_s(self) -> float:
        """Speed along the skin [m/s]; motion along probe z follows the breathing body and moves no image."""
        return float(np.hypot(self.twist[0], self.twist[1]))
