"""The patient's skin as a smooth surface, and how the probe stands on it.

Skin coordinates are (superior_m, left_m), measured from the sternal notch along the patient's axes; the surface is
a height field over them, towards anterior. The heading of a probe is its turn about its own z (into the body):
0 when its x axis points to the patient's left (transverse), +90 degrees when it points inferior (longitudinal).

Inside, everything is worked out as plain numbers in the patient's axes (superior, left, anterior): steering asks
for hundreds of places a second. These axes are left-handed, so a cross product changes its sign in them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.errors import InputError
from sonoreach.policies.height_field import HeightField
from sonoreach.types.pose import Pose
from sonoreach.types.registration import PatientRegistration

Array = NDArray[np.float64]
Triple = tuple[float, float, float]

KNOT_SPACING_M = 0.030  # bends of the neck are longer, the noise of a depth camera is shorter
HALF_LENGTH_M = 0.020  # of the probe's face: its ends stand on the skin, not its middle alone
MIN_POINTS = 200
GRAZING = 0.2  # sine of the angle between a line and the skin below which it does not meet it nearby


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
        self._field = HeightField((points - self.origin_m) @ self.axes, KNOT_SPACING_M)
        self.low_m, self.high_m = self._field.low, self._field.high
        self.residual_m = self._field.residual_m
        self.clamp = self._field.clamp

    def point(self, superior_m: float, left_m: float) -> Array:
        """Point of the surface in base, shape (3,) [m]."""
        return self._to_base(self._field.at(superior_m, left_m)[:3])

    def normal(self, superior_m: float, left_m: float) -> Array:
        """Outward unit normal in base, shape (3,)."""
        _, _, _, ds, dv = self._field.at(superior_m, left_m)
        normal: Array = self.axes @ _unit((-ds, -dv, 1.0))
        return normal

    def coordinates(self, point_m: Array) -> tuple[float, float]:
        """Skin coordinates of a point in base, seen along the anterior axis [m]."""
        s, v, _ = self._from_base(point_m)
        return s, v

    def above(self, point_m: Array) -> tuple[float, float]:
        """Skin coordinates of the place whose normal goes through a point under the skin [m]."""
        point = self._from_base(point_m)
        s, v = point[:2]
        for _ in range(8):  # each step leaves depth / radius of curvature of the error, about a third
            s, v, height, ds, dv = self._field.at(s, v)
            rise = (point[2] - height - ds * (point[0] - s) - dv * (point[1] - v)) / (1.0 + ds * ds + dv * dv)
            s, v = self.clamp(point[0] + rise * ds, point[1] + rise * dv)
        return s, v

    def along(self, point_m: Array, direction: Array) -> tuple[float, float]:
        """Skin coordinates of the place where the line through a point along a direction meets the skin [m]."""
        return self._along(self._from_base(point_m), _triple(direction @ self.axes))

    def heading(self, base_probe: Pose) -> float:
        """Heading of a probe [rad]."""
        x, _, z = (base_probe.rotation.T @ self.axes).tolist()
        return math.atan2(x[0] * z[2] - x[2] * z[0], x[1] - z[1] * _dot(x, z))

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
        s, v, height, ds, dv = self._field.at(pose.superior_m, pose.left_m)
        inward = _unit((ds, dv, -1.0))
        left = _unit(_step((0.0, 1.0, 0.0), -inward[1], inward))
        x = _step(_scaled(math.cos(pose.heading_rad), left), -math.sin(pose.heading_rad), _cross(inward, left))
        ends = [self._foot(_step((s, v, height), side * HALF_LENGTH_M, x), inward) for side in (1.0, -1.0)]
        chord = _unit(_step(ends[0], -1.0, ends[1]))
        centre = self._to_base((s, v, height))
        level = Pose.from_axes(centre, self.axes @ chord, self.axes @ _step(inward, -_dot(inward, chord), chord))
        cr, sr, cp, sp = (f(angle) for angle in (pose.roll_rad, pose.pitch_rad) for f in (math.cos, math.sin))
        tilt = np.array([[cr, sr * sp, sr * cp], [0.0, cp, -sp], [-sr, cr * sp, cr * cp]])  # roll, then pitch
        rotation = level.rotation @ tilt
        return Pose(centre - lift_m * rotation[:, 2], rotation)

    def _foot(self, point: Triple, direction: Triple) -> Triple:
        """Point of the surface where a line meets it."""
        return self._field.at(*self._along(point, direction))[:3]

    def _along(self, point: Triple, direction: Triple) -> tuple[float, float]:
        s, v = point[:2]
        for _ in range(5):
            foot_s, foot_v, height, ds, dv = self._field.at(s, v)
            fall = direction[2] - ds * direction[0] - dv * direction[1]
            if fall * fall < GRAZING**2 * (1.0 + ds * ds + dv * dv):  # the line does not meet the skin nearby
                break
            way = (height - point[2] - ds * (foot_s - point[0]) - dv * (foot_v - point[1])) / fall
            s, v = self.clamp(point[0] + way * direction[0], point[1] + way * direction[1])
        return s, v

    def _to_base(self, local: Triple) -> Array:
        point: Array = self.origin_m + self.axes @ local
        return point

    def _from_base(self, point_m: Array) -> Triple:
        return _triple((point_m - self.origin_m) @ self.axes)


def _triple(vector: Array) -> Triple:
    x, y, z = vector.tolist()
    return x, y, z


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Triple, b: Triple) -> Triple:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _scaled(factor: float, a: Triple) -> Triple:
    return factor * a[0], factor * a[1], factor * a[2]


def _step(a: Triple, way: float, direction: Triple) -> Triple:
    """A vector, moved so far along another one."""
    return a[0] + way * direction[0], a[1] + way * direction[1], a[2] + way * direction[2]


def _unit(a: Triple) -> Triple:
    return _scaled(1.0 / math.sqrt(_dot(a, a)), a)
