"""The patient's skin as a smooth surface, and how the probe stands on it.

Skin coordinates are (superior_m, left_m), measured from the sternal notch along the patient's axes; the surface is
a height field over them, towards anterior. The heading of a probe is its turn about its own z (into the body):
0 when its x axis points to the patient's left (transverse), +90 degrees when it points inferior (longitudinal).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LSQBivariateSpline

from sonoreach.errors import InputError
from sonoreach.types.pose import Pose
from sonoreach.types.registration import PatientRegistration

Array = NDArray[np.float64]

KNOT_SPACING_M = 0.030  # bends of the neck are longer, the noise of a depth camera is shorter
HALF_LENGTH_M = 0.020  # of the probe's face: its ends stand on the skin, not its middle alone
MIN_POINTS = 200


@dataclass(frozen=True)
class SkinPose:
    """A probe on the skin: position [m], heading [rad], and tilts about the probe's own y and x axes [rad]."""

    superior_m: float
    left_m: float
    heading_rad: float
    roll_rad: float = 0.0
    pitch_rad: float = 0.0


class SkinModel:
    """Smooth height field fitted to the registration's point cloud.

    Attributes:
        origin_m: sternal notch in base, shape (3,) [m].
        axes: columns superior, left, anterior in base, shape (3, 3).
        low_m, high_m: range of (superior, left) that the cloud covers, each shape (2,) [m].
        residual_m: rms distance of the cloud from the surface [m].
    """

    def __init__(self, registration: PatientRegistration) -> None:
        """Fit the surface.

        Raises:
            InputError: too few or non-finite points, or axes that are not at right angles.
        """
        points = np.asarray(registration.skin_points_m, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 3 or len(points) < MIN_POINTS or not np.isfinite(points).all():
            raise InputError(
                f"registration: skin cloud has shape {points.shape}, allowed ({MIN_POINTS} or more, 3), finite numbers"
            )
        superior, left = (np.asarray(a, dtype=np.float64) for a in (registration.superior, registration.left))
        if abs(superior @ left) > 0.1 or not 0.9 < float(np.linalg.norm(superior) * np.linalg.norm(left)) < 1.1:
            raise InputError("registration: superior and left must be unit vectors at right angles")
        superior = superior / np.linalg.norm(superior)
        left = left - superior * (left @ superior)
        left = left / np.linalg.norm(left)
        self.axes = np.column_stack([superior, left, np.cross(left, superior)])
        self.origin_m = np.asarray(registration.landmarks_m["sternal_notch"], dtype=np.float64)
        local = (points - self.origin_m) @ self.axes
        self.low_m, self.high_m = local[:, :2].min(0), local[:, :2].max(0)
        knots = [
            np.arange(low + KNOT_SPACING_M, high - KNOT_SPACING_M / 2, KNOT_SPACING_M)
            for low, high in zip(self.low_m, self.high_m, strict=True)
        ]
        bounds = [self.low_m[0], self.high_m[0], self.low_m[1], self.high_m[1]]
        s, v, h = local.T
        self._spline = LSQBivariateSpline(s, v, h, knots[0], knots[1], bbox=bounds)
        self.residual_m = float(np.sqrt(np.mean((self._spline.ev(s, v) - h) ** 2)))

    def clamp(self, superior_m: float, left_m: float) -> tuple[float, float]:
        """The nearest place that the cloud covers."""
        low, high = self.low_m, self.high_m
        return float(np.clip(superior_m, low[0], high[0])), float(np.clip(left_m, low[1], high[1]))

    def point(self, superior_m: float, left_m: float) -> Array:
        """Point of the surface in base, shape (3,) [m]."""
        s, v = self.clamp(superior_m, left_m)
        point: Array = self.origin_m + self.axes @ np.array([s, v, self._height(s, v)])
        return point

    def normal(self, superior_m: float, left_m: float) -> Array:
        """Outward unit normal in base, shape (3,)."""
        s, v = self.clamp(superior_m, left_m)
        slope = np.array([-self._height(s, v, 1, 0), -self._height(s, v, 0, 1), 1.0])
        normal: Array = self.axes @ (slope / np.linalg.norm(slope))
        return normal

    def coordinates(self, point_m: Array) -> tuple[float, float]:
        """Skin coordinates of a point in base, seen along the anterior axis [m]."""
        local = (point_m - self.origin_m) @ self.axes
        return float(local[0]), float(local[1])

    def above(self, point_m: Array) -> tuple[float, float]:
        """Skin coordinates of the place whose normal goes through a point under the skin [m]."""
        s, v = self.coordinates(point_m)
        for _ in range(8):  # each step leaves depth / radius of curvature of the error, about a third
            residual = point_m - self.point(s, v)
            normal = self.normal(s, v)
            step = (residual - normal * (residual @ normal)) @ self.axes
            s, v = self.clamp(s + float(step[0]), v + float(step[1]))
        return s, v

    def along(self, point_m: Array, direction: Array) -> tuple[float, float]:
        """Skin coordinates of the place where the line through a point along a direction meets the skin [m]."""
        s, v = self.coordinates(point_m)
        for _ in range(5):
            normal = self.normal(s, v)
            fall = float(direction @ normal)
            if abs(fall) < 0.2:  # grazing: the line does not meet the skin nearby
                break
            distance = float((self.point(s, v) - point_m) @ normal) / fall
            s, v = self.clamp(*self.coordinates(point_m + distance * direction))
        return s, v

    def heading(self, base_probe: Pose) -> float:
        """Heading of a probe [rad]."""
        x, z = base_probe.rotation[:, 0], base_probe.rotation[:, 2]
        left = self.axes[:, 1]
        return math.atan2(float(x @ np.cross(z, left)), float(x @ (left - z * (left @ z))))

    def skin_pose(self, base_probe: Pose) -> SkinPose:
        """Where a probe stands: foot of its origin on the skin, and heading."""
        s, v = self.along(base_probe.position_m, base_probe.rotation[:, 2])
        return SkinPose(s, v, self.heading(base_probe))

    def base_probe(self, pose: SkinPose, lift_m: float = 0.0) -> Pose:
        """Pose of a probe that stands on the skin with both ends, or is lifted off along its own axis.

        Args:
            pose: where, on the skin.
            lift_m: distance of the face from the skin [m].
        """
        centre = self.point(pose.superior_m, pose.left_m)
        inward = -self.normal(pose.superior_m, pose.left_m)
        left = self.axes[:, 1] - inward * (self.axes[:, 1] @ inward)
        left = left / np.linalg.norm(left)
        x = math.cos(pose.heading_rad) * left + math.sin(pose.heading_rad) * np.cross(inward, left)
        ends = [self.point(*self.along(centre + side * HALF_LENGTH_M * x, inward)) for side in (1.0, -1.0)]
        chord = (ends[0] - ends[1]) / np.linalg.norm(ends[0] - ends[1])
        level = Pose.from_axes(centre, chord, inward - chord * (inward @ chord))
        c, s = math.cos(pose.roll_rad), math.sin(pose.roll_rad)
        rotation = level.rotation @ np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
        c, s = math.cos(pose.pitch_rad), math.sin(pose.pitch_rad)
        rotation = rotation @ np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
        return Pose(centre - lift_m * rotation[:, 2], rotation)

    def _height(self, superior_m: float, left_m: float, ds: int = 0, dv: int = 0) -> float:
        """Height of the surface over a place that the cloud covers, or its derivative of these orders."""
        return float(self._spline.ev(np.array([superior_m]), np.array([left_m]), dx=ds, dy=dv)[0])
