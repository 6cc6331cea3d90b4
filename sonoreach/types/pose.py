"""Rigid poses: `a_b` maps points given in frame b into frame a."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pose:
    """A rigid transform.

    Attributes:
        position_m: translation, shape (3,) [m].
        rotation: rotation matrix, shape (3, 3), columns are the axes of b in a.
    """

    position_m: Array = field(default_factory=lambda: np.zeros(3))
    rotation: Array = field(default_factory=lambda: np.eye(3))

    @classmethod
    def from_quaternion(cls, position_m: ArrayLike, xyzw: ArrayLike) -> Pose:
        """Build from a position [m] and a quaternion in the order x, y, z, w."""
        rotation = Rotation.from_quat(np.asarray(xyzw, dtype=np.float64)).as_matrix()
        return cls(np.array(position_m, dtype=np.float64), rotation)

    @classmethod
    def from_axes(cls, position_m: ArrayLike, x: ArrayLike, z: ArrayLike) -> Pose:
        """Build from an origin, a z axis, and an x axis that is made orthogonal to z."""
        z_axis = np.asarray(z, dtype=np.float64) / np.linalg.norm(z)
        x_axis = np.asarray(x, dtype=np.float64)
        x_axis = x_axis - z_axis * (x_axis @ z_axis)
        x_axis = x_axis / np.linalg.norm(x_axis)
        rotation = np.column_stack([x_axis, np.cross(z_axis, x_axis), z_axis])
        return cls(np.array(position_m, dtype=np.float64), rotation)

    @property
    def quaternion(self) -> Array:
        """Quaternion x, y, z, w with w ≥ 0, shape (4,)."""
        xyzw: Array = Rotation.from_matrix(self.rotation).as_quat(canonical=True)
        return xyzw

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
        metres = float(np.linalg.norm(self.position_m - other.position_m))
        radians = float(Rotation.from_matrix(self.rotation.T @ other.rotation).magnitude())
        return metres, radians
