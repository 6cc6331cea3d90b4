"""Virtual fixture: a cone of orientations and a cylinder of positions that the operator cannot leave."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from sonoreach.errors import InputError
from sonoreach.types.pose import Pose


@dataclass(frozen=True, eq=False)
class VirtualFixture:
    """Where the probe may go.

    Attributes:
        center: pose in the middle; the cylinder's axis is its z axis.
        radius_m: largest distance from that axis [m].
        tilt_rad: largest angle between the probe's axis and it [rad].
    """

    center: Pose
    radius_m: float = 0.08
    tilt_rad: float = 0.6

    def __post_init__(self) -> None:
        if not (self.radius_m > 0.0 and 0.0 < self.tilt_rad < math.pi / 2.0):
            raise InputError("a virtual fixture needs a positive radius and a tilt between 0 and 90°")

    def apply(self, pose: Pose) -> Pose:
        """The nearest pose that is allowed."""
        axis = self.center.rotation[:, 2]
        offset = pose.position_m - self.center.position_m
        along = axis * (axis @ offset)
        across = offset - along
        distance = float(np.linalg.norm(across))
        if distance > self.radius_m:
            across = across * (self.radius_m / distance)
        position = self.center.position_m + along + across
        z = pose.rotation[:, 2]
        angle = math.acos(float(np.clip(axis @ z, -1.0, 1.0)))
        if angle <= self.tilt_rad:
            return Pose(position, pose.rotation)
        hinge = np.cross(z, axis)
        back = Rotation.from_rotvec((angle - self.tilt_rad) * hinge / np.linalg.norm(hinge)).as_matrix()
        return Pose(position, back @ pose.rotation)
