"""A small world for tests of steering: a probe that moves as told over the neck of `necks`, and a noisy eye.

The eye knows where the wanted plane lies and says so with errors like a network's: noise, mirrored elevation,
outliers, and silence far away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from sonoreach.policies.skin import SkinModel, SkinPose
from sonoreach.policies.steering.motion import turn
from sonoreach.types.image import BModeImage
from sonoreach.types.plane import Criterion, PlaneEstimate, PlaneOffset, PlaneSpec
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeState, ProbeTarget, TargetMode

RATE_HZ = 15.0
DEPTH_M = 0.018


@dataclass
class Probe:
    """A probe that reaches its target at once, however fast that is; force and contact are perfect."""

    pose: Pose = field(default_factory=lambda: Pose(np.array([0.45, 0.0, 0.35])))
    contact: ContactState = ContactState.FREE
    force_n: float = 0.0
    time_s: float = 0.0
    speed_m_s: float = 0.0

    def follow(self, target: ProbeTarget | None) -> None:
        """Take a step of one frame."""
        self.time_s += 1.0 / RATE_HZ
        if target is None:
            return
        if target.mode == TargetMode.RETRACT:
            self.contact, self.force_n = ContactState.FREE, 0.0
        else:
            self.speed_m_s = float(np.linalg.norm(target.base_probe.position_m - self.pose.position_m)) * RATE_HZ
            self.pose = target.base_probe
            touching = target.mode == TargetMode.CONTACT
            self.contact = ContactState.SCAN if touching else ContactState.FREE
            self.force_n = target.force_n if touching else 0.0

    def state(self) -> ProbeState:
        """The probe's state now."""
        twist = np.array([self.speed_m_s, 0.0, 0.0, 0.0, 0.0, 0.0])
        wrench = np.array([0.0, 0.0, self.force_n, 0.0, 0.0, 0.0])
        return ProbeState(self.time_s, self.pose, twist, wrench, contact=self.contact)


@dataclass
class Eye:
    """A noisy eye for planes that lie at known places."""

    skin: SkinModel
    planes: dict[str, SkinPose]
    rng: np.random.Generator
    mirrored: float = 0.1
    outliers: float = 0.05
    reach_m: float = 0.030

    def error(self, wanted: str, pose: Pose) -> tuple[float, float, float]:
        """True x [m], y [m] and yaw [rad] of the wanted plane in the probe's frame."""
        truth = self.planes[wanted]
        centre = self.skin.point(truth.superior_m, truth.left_m)
        centre = centre - DEPTH_M * self.skin.normal(truth.superior_m, truth.left_m)
        local = pose.inverse().apply(centre)
        return float(local[0]), float(local[1]), turn(self.skin.heading(pose), truth.heading_rad)

    def look(self, frame_id: int, state: ProbeState, spec: PlaneSpec) -> PlaneEstimate:
        """The estimate of one frame."""
        x, y, yaw = self.error(spec.name, state.base_probe)
        near = math.hypot(x, y) < self.reach_m and abs(yaw) < 0.7 and state.contact == ContactState.SCAN
        offset, criteria = None, (Criterion("probability", 0.0, 0.5, 1.0, False),)
        if near:
            x, y, yaw = np.array([x, y, yaw]) + self.rng.normal(0.0, 1.0, 3) * [0.001, 0.0015, 0.04]
            if self.rng.random() < self.mirrored:
                y = -y
            if self.rng.random() < self.outliers:
                x, y = self.rng.uniform(-0.02, 0.02, 2)
            offset = PlaneOffset(float(x), float(y), float(yaw), 0.0015, 0.002, 0.06)
            met = math.hypot(x, y) < 0.005 and abs(yaw) < 0.2
            criteria = (Criterion("out_of_plane", abs(float(y)), 0.0, 0.005, bool(met)),)
        return PlaneEstimate(
            state.stamp_s, frame_id, state.base_probe, spec.name, spec.name if near else "", float(near), 0.9, 1.0,
            offset, (), criteria, model_hash="f" * 64,
        )  # fmt: skip


def picture(frame_id: int, state: ProbeState) -> BModeImage:
    """An empty image with the right stamp and number."""
    return BModeImage(np.zeros((4, 4), np.uint8), -0.027, 0.018, 0.0, 0.014, 60.0, state.stamp_s, frame_id)
