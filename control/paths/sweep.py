"""Sweeps: poses along a line on the skin, the probe's axis along the inward normal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation, Slerp

from sonoreach.control.paths.skin_map import SkinMap
from sonoreach.errors import InputError
from sonoreach.types.pose import Pose

Array = NDArray[np.float64]
STEP_M = 0.002
SMOOTHING_M = 0.006  # normals are averaged over about this length


@dataclass(frozen=True, eq=False)
class Sweep:
    """A path of the probe's face on the skin.

    Attributes:
        arc_m: distance travelled at each point, increasing from 0, shape (n,) [m].
        positions_m: shape (n, 3) [m], base frame.
        rotations: base_probe at each point, shape (n, 3, 3).
    """

    arc_m: Array
    positions_m: Array
    rotations: Array

    @property
    def length_m(self) -> float:
        """Length of the path [m]."""
        return float(self.arc_m[-1])

    def pose(self, arc_m: float) -> Pose:
        """Pose at a distance along the path [m], interpolated."""
        s = float(np.clip(arc_m, 0.0, self.length_m))
        position = np.array([np.interp(s, self.arc_m, self.positions_m[:, k]) for k in range(3)])
        i = int(np.clip(np.searchsorted(self.arc_m, s) - 1, 0, len(self.arc_m) - 2))
        pair = Slerp(self.arc_m[i : i + 2], Rotation.from_matrix(self.rotations[i : i + 2]))
        return Pose(position, pair(s).as_matrix())


def along(skin: SkinMap, line_m: ArrayLike, image_x: ArrayLike) -> Sweep:
    """Sweep along a polyline, such as a vessel's course.

    Args:
        skin: the skin.
        line_m: corners of the line, shape (n, 3) [m]; they are projected onto the skin.
        image_x: wanted direction of the probe's x axis, shape (3,); made tangential to the skin everywhere.

    Raises:
        InputError: fewer than two corners, a line without length, or off the skin.
    """
    corners = np.asarray(line_m, dtype=np.float64)
    if corners.ndim != 2 or corners.shape[1] != 3 or len(corners) < 2 or not np.isfinite(corners).all():
        raise InputError(f"a sweep needs two or more finite points of 3 numbers, got shape {corners.shape}")
    lengths = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    if (lengths < 1e-6).any():
        raise InputError("two neighbouring points of the sweep are the same")
    course = np.concatenate([[0.0], np.cumsum(lengths)])
    fine = np.linspace(0.0, course[-1], max(3, math.ceil(course[-1] / STEP_M) + 1))
    points = np.stack([np.interp(fine, course, corners[:, k]) for k in range(3)], axis=1)
    positions, normals = skin.project(points)
    normals = _smoothed(normals, max(1, round(SMOOTHING_M / STEP_M)))
    x = np.asarray(image_x, dtype=np.float64)
    rotations = np.array([Pose.from_axes(p, x, -n).rotation for p, n in zip(positions, normals, strict=True)])
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(positions, axis=0), axis=1))])
    return Sweep(arc, positions, rotations)


def raster(
    skin: SkinMap, center_m: ArrayLike, heading: ArrayLike, *, length_m: float, width_m: float, spacing_m: float
) -> Sweep:
    """Parallel lines along a heading, to and fro; the probe's x axis lies across them."""
    if not (length_m > 0.0 and width_m >= 0.0 and spacing_m > 0.0):
        raise InputError("a raster needs a positive length and spacing, and a width that is not negative")
    forward = _across(skin.up, heading)
    side = np.cross(skin.up, forward)
    count = max(1, math.floor(width_m / spacing_m + 1e-9) + 1)
    corners = []
    for i in range(count):
        offset = (i - 0.5 * (count - 1)) * spacing_m * side
        ends = [-0.5 * length_m * forward, 0.5 * length_m * forward]
        corners += [offset + end for end in (ends if i % 2 == 0 else ends[::-1])]
    return along(skin, np.asarray(center_m) + np.array(corners), side)


def spiral(skin: SkinMap, center_m: ArrayLike, image_x: ArrayLike, *, radius_m: float, pitch_m: float) -> Sweep:
    """Archimedean spiral outwards from a centre."""
    if not radius_m > pitch_m > 0.0:
        raise InputError("a spiral needs a positive pitch below its radius")
    first = _across(skin.up, image_x)
    second = np.cross(skin.up, first)
    angle = np.arange(0.0, 2.0 * math.pi * radius_m / pitch_m, 0.15)
    radius = pitch_m * angle / (2.0 * math.pi)
    offsets = np.outer(radius * np.cos(angle), first) + np.outer(radius * np.sin(angle), second)
    return along(skin, np.asarray(center_m) + offsets, image_x)


def _across(up: Array, direction: ArrayLike) -> Array:
    """A direction made perpendicular to `up`, unit length."""
    d = np.asarray(direction, dtype=np.float64)
    d = d - up * (up @ d)
    norm = np.linalg.norm(d)
    if not norm > 1e-6:
        raise InputError("a sweep's direction must not be vertical")
    flat: Array = d / norm
    return flat


def _smoothed(vectors: Array, half: int) -> Array:
    """Unit vectors averaged over 2 half + 1 neighbours."""
    padded = np.pad(vectors, ((half, half), (0, 0)), mode="edge")
    mean = np.mean([padded[k : k + len(vectors)] for k in range(2 * half + 1)], axis=0)
    result: Array = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return result
