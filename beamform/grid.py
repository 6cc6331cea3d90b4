"""Image grids: straight scan lines with samples at common distances along them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sonoreach.errors import InputError

Array = NDArray[np.float64]
_FAR_M = 0.2


@dataclass(frozen=True, eq=False)
class Grid:
    """Points p(l, s) = origin_m[l] + distance_m[s] * direction[l] in the probe frame.

    A Cartesian image (lines are its columns), a sector (lines fan out) and a volume are all of this form.

    Attributes:
        origin_m: where each line starts, shape (n_lines, 3) [m].
        direction: unit vector of each line, shape (n_lines, 3).
        distance_m: rising distances of the samples along every line, shape (n_samples,) [m].
        x_m, z_m: column positions and row depths [m] of a Cartesian image in the x-z plane, else empty.
    """

    origin_m: Array
    direction: Array
    distance_m: Array
    x_m: Array
    z_m: Array

    def __post_init__(self) -> None:
        for name in ("origin_m", "direction", "distance_m", "x_m", "z_m"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        n_lines = len(self.origin_m)
        if self.origin_m.shape != (n_lines, 3) or self.direction.shape != (n_lines, 3) or not n_lines:
            shapes = f"{self.origin_m.shape} and {self.direction.shape}"
            raise InputError(f"origin_m and direction must both have shape (n_lines, 3), got {shapes}.")
        _rising("distance_m", self.distance_m)
        if not np.isfinite(self.origin_m).all():
            raise InputError("origin_m must be finite, got non-finite numbers.")
        if not np.allclose(np.sum(self.direction**2, axis=1), 1.0, atol=1e-6):
            raise InputError("direction must hold unit vectors, got others.")

    @classmethod
    def cartesian(cls, x_m: ArrayLike, z_m: ArrayLike, y_m: float = 0.0) -> Grid:
        """Columns at `x_m` and rows at `z_m` in the plane y = `y_m`."""
        x, z = _rising("x_m", x_m), _rising("z_m", z_m)
        origin = np.column_stack([x, np.full_like(x, y_m), np.zeros_like(x)])
        return cls(origin, np.tile([0.0, 0.0, 1.0], (len(x), 1)), z, x, z)

    @classmethod
    def polar(cls, angle_rad: ArrayLike, range_m: ArrayLike, apex_m: ArrayLike = (0.0, 0.0, 0.0)) -> Grid:
        """A sector in the x-z plane: lines from `apex_m` at `angle_rad` (0 along z, positive towards +x)."""
        angle, distance = _rising("angle_rad", angle_rad), _rising("range_m", range_m)
        direction = np.column_stack([np.sin(angle), np.zeros_like(angle), np.cos(angle)])
        apex = np.asarray(apex_m, np.float64)
        if apex.shape != (3,):
            raise InputError(f"apex_m must be x, y and z, got shape {apex.shape}.")
        origin = np.tile(apex, (len(angle), 1))
        return cls(origin, direction, distance, np.zeros(0), np.zeros(0))

    @classmethod
    def volume(cls, x_m: ArrayLike, y_m: ArrayLike, z_m: ArrayLike) -> Grid:
        """A Cartesian volume; lines run through y fastest: shape (len(x), len(y), len(z)) after a reshape."""
        x, y, z = _rising("x_m", x_m), _rising("y_m", y_m), _rising("z_m", z_m)
        xx, yy = np.meshgrid(x, y, indexing="ij")
        origin = np.column_stack([xx.ravel(), yy.ravel(), np.zeros(xx.size)])
        return cls(origin, np.tile([0.0, 0.0, 1.0], (xx.size, 1)), z, np.zeros(0), np.zeros(0))

    @property
    def n_lines(self) -> int:
        """Number of lines."""
        return len(self.origin_m)

    @property
    def n_samples(self) -> int:
        """Number of samples along a line."""
        return len(self.distance_m)

    @property
    def is_cartesian(self) -> bool:
        """Whether the grid is a Cartesian image in an x-z plane."""
        return len(self.x_m) > 0

    def counted_near(self) -> Grid:
        """The same points with distances that count from each line's first sample, if an apex lies far away.

        Paths are computed in single precision, which a square of metres would use up.
        """
        if self.is_cartesian or np.abs(self.distance_m[0]) < _FAR_M:
            return self
        first = self.distance_m[0]
        return dataclasses.replace(
            self, origin_m=self.origin_m + first * self.direction, distance_m=self.distance_m - first
        )

    def points_m(self, lines: slice = slice(None)) -> Array:
        """The points of all lines or of some, shape (n_lines, n_samples, 3) [m]."""
        points: Array = self.origin_m[lines, None, :] + self.distance_m[None, :, None] * self.direction[lines, None, :]
        return points


def default_grid(n_lateral: int = 276, n_depth: int = 352) -> Grid:
    """The neck image: x ±26.8 mm, z 0.5 to 42.5 mm, wider than the aperture for steered waves.

    Columns lie half a pitch of the L50-7.5 apart: in its rhythm, which is the fastest.
    """
    x = (np.arange(n_lateral) - (n_lateral - 1) / 2) * 0.195e-3
    return Grid.cartesian(x, np.linspace(0.0005, 0.0425, n_depth))


def _rising(name: str, values: ArrayLike) -> Array:
    """A finite, strictly rising axis, or `InputError`."""
    axis = np.asarray(values, dtype=np.float64)
    if axis.ndim != 1 or axis.size == 0:
        raise InputError(f"{name} must be a list of at least one number, got shape {axis.shape}.")
    if not np.isfinite(axis).all():
        raise InputError(f"{name} must be finite, got {np.count_nonzero(~np.isfinite(axis))} non-finite values.")
    if (np.diff(axis) <= 0).any():
        raise InputError(f"{name} must rise strictly, got a step of {np.diff(axis).min():.3g} (allowed: > 0).")
    return axis
