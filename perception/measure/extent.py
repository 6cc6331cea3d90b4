"""How far a shape reaches along a direction, with the two points where a caliper would touch it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Point = tuple[float, float]


@dataclass(frozen=True)
class Extent:
    """A distance [m] between two caliper points (x, z) [m]."""

    length_m: float
    calipers_m: tuple[Point, Point]


def extent_along(points_m: Array, direction: Array, pixel_m: float) -> Extent:
    """Reach of a shape along a direction.

    Args:
        points_m: centres of the shape's pixels, shape (n, 2) [m].
        direction: unit vector, shape (2,).
        pixel_m: size of a pixel, since its centre lies half of it inside the outline at each end [m].

    Returns:
        The distance between the two tangents at right angles to the direction; the calipers span it through
        the shape's middle.
    """
    along = points_m @ direction
    low, high = float(along.min()), float(along.max())
    across = np.array([-direction[1], direction[0]])
    middle = float(np.median(points_m @ across))
    start, end = (low - pixel_m / 2) * direction + middle * across, (high + pixel_m / 2) * direction + middle * across
    return Extent(high - low + pixel_m, (_point(start), _point(end)))


def principal_axis(points_m: Array) -> Array:
    """Direction in which a shape is longest (largest second moment), unit vector with x ≥ 0, shape (2,)."""
    centred = points_m - points_m.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    axis: Array = vectors[:, 1]
    return axis if axis[0] >= 0 else -axis


def _point(xz: Array) -> Point:
    """A pair of plain floats."""
    return float(xz[0]), float(xz[1])
