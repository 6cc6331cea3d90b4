"""Rigid poses: `a_b` maps points given in frame b into frame a."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pose:
    """A rigid transform.

    Single poses are worked out number by number: a general rotation library takes longer over its checks.

    Attributes:
        position_m: translation, shape (3,) [m].
        rotation: rotation matrix, shape (3, 3), columns are the axes of b in a.
    """

    position_m: Array = field(default_factory=lambda: np.zeros(3))
    rotation: Array = field(default_factory=lambda: np.eye(3))

    @classmethod
    def from_quaternion(cls, position_m: ArrayLike, xyzw: ArrayLike) -> Pose:
        """Build from a position [m] and a quaternion in the order x, y, z, w, of any length but 0.

        Raises:
            ValueError: the quaternion is 0.
        """
        x, y, z, w = (float(value) for value in np.asarray(xyzw, dtype=np.float64))
        norm = math.sqrt(x * x + y * y + z * z + w * w)
        if norm == 0.0:
            raise ValueError("a quaternion of length 0 is no rotation")
        x, y, z, w = x / norm, y / norm, z / norm, w / norm
        xx, yy, zz, ww, xy, zw, xz, yw, yz, xw = x * x, y * y, z * z, w * w, x * y, z * w, x * z, y * w, y * z, x * w
        rotation = np.array(
            [
                [xx - yy - zz + ww, 2.0 * (xy - zw), 2.0 * (xz + yw)],
                [2.0 * (xy + zw), -xx + yy - zz + ww, 2.0 * (yz - xw)],
                [2.0 * (xz - yw), 2.0 * (yz + xw), -xx - yy + zz + ww],
            ]
        )
        return cls(np.array(position_m, dtype=np.float64), rotation)

    @classmethod
    def from_axes(cls, position_m: ArrayLike, x: ArrayLike, z: ArrayLike) -> Pose:
        """Build from an origin, a z axis, and an x axis that is made orthogonal to z."""
        z0, z1, z2 = _unit(*np.asarray(z, dtype=np.float64).tolist())
        x0, x1, x2 = np.asarray(x, dtype=np.float64).tolist()
        along = x0 * z0 + x1 * z1 + x2 * z2
        x0, x1, x2 = _unit(x0 - z0 * along, x1 - z1 * along, x2 - z2 * along)
        rotation = np.array(
            [
                [x0, z1 * x2 - z2 * x1, z0],
                [x1, z2 * x0 - z0 * x2, z1],
                [x2, z0 * x1 - z1 * x0, z2],
            ]
        )
        return cls(np.array(position_m, dtype=np.float64), rotation)

    @property
    def quaternion(self) -> Array:
        """Quaternion x, y, z, w with w ≥ 0, shape (4,)."""
        return np.array(self.xyzw())

    def xyzw(self) -> tuple[float, float, float, float]:
        """The same quaternion as numbers.

        The largest of its parts is worked out first, the others from it (Shepperd 1978, doi:10.2514/3.55767b).
        """
        (a, b, c), (d, e, f), (g, h, i) = self.rotation.tolist()
        trace = a + e + i
        if trace >= max(a, e, i):
            x, y, z, w = h - f, c - g, d - b, 1.0 + trace
        elif a >= max(e, i):
            x, y, z, w = 1.0 - trace + 2.0 * a, d + b, g + c, h - f
        elif e >= i:
            x, y, z, w = d + b, 1.0 - trace + 2.0 * e, h + f, c - g
        else:
            x, y, z, w = g + c, h + f, 1.0 - trace + 2.0 * i, d - b
        norm = math.copysign(math.sqrt(x * x + y * y + z * z + w * w), _first_of(w, x, y, z))
        return x / norm, y / norm, z / norm, w / norm

    def __matmul__(self, other: Pose) -> Pose:
        """Compose: (a_b @ b_c) is a_c."""
        position = self.rotation @ other.position_m + self.position_m
        return Pose(position, self.rotation @ other.rotation)

    def inverse(self) -> Pose:
        """The transform b_a."""
        return Pose(-self.rotation.T @ self.position_m, self.rotation.T)

    def apply(self, points_m: ArrayLike) -> Array:
        """Map points of b into a; shape (..., 3) [m]."""
        result: Array = np.asarray(points_m, dtype=np.float64) @ self.rotation.T + self.position_m
        return result

    def is_finite(self) -> bool:
        """Whether every number is finite."""
        return bool(np.isfinite(self.position_m).all() and np.isfinite(self.rotation).all())

    def distance_to(self, other: Pose) -> tuple[float, float]:
        """Distance to another pose of the same frames: (metres, radians)."""
        metres = math.dist(self.position_m.tolist(), other.position_m.tolist())
        x, y, z, w = Pose(rotation=self.rotation.T @ other.rotation).xyzw()
        return metres, 2.0 * math.atan2(math.hypot(x, y, z), w)


def _unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    """A vector made one long; not a number when it is 0, which has no direction."""
    norm = math.sqrt(x * x + y * y + z * z) or math.nan
    return x / norm, y / norm, z / norm


def _first_of(*values: float) -> float:
    """The first value that is not 0: of a half turn, which has two quaternions with w = 0, it picks one."""
    return next((value for value in values if value != 0.0), 1.0)
