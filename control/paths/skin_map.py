"""A skin map from a point cloud: height and normal anywhere near the points."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from sonoreach.control.surface import ContactSurface
from sonoreach.errors import InputError

Array = NDArray[np.float64]
LEAST_POINTS = 30
NEIGHBOURS_M = 0.022
LEAST_NEIGHBOURS = 10


class SkinMap:
    """The skin as a height field over the plane across `up`, by moving least squares of second order.

    (Levin, Math. Comp. 67(224), 1998): around each query a quadric is fitted to the points within 22 mm, weighted by
    their distance, so that a depth camera's noise averages out.

    Args:
        points_m: points of the skin in the base frame, shape (n, 3) [m].
        up: direction out of the body, shape (3,).

    Raises:
        InputError: too few points, or numbers that are not finite.
    """

    def __init__(self, points_m: ArrayLike, up: ArrayLike = (0.0, 0.0, 1.0)) -> None:
        points = np.asarray(points_m, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 3 or len(points) < LEAST_POINTS:
            raise InputError(f"a skin map needs {LEAST_POINTS} or more points of 3 numbers, got shape {points.shape}")
        if not np.isfinite(points).all():
            raise InputError("the skin's point cloud holds a number that is not finite")
        self.up = np.asarray(up, dtype=np.float64) / np.linalg.norm(up)
        seed = np.eye(3)[int(np.argmin(np.abs(self.up)))]
        first = np.cross(self.up, seed) / np.linalg.norm(np.cross(self.up, seed))
        self._axes = np.stack([first, np.cross(self.up, first), self.up])
        self._local = points @ self._axes.T
        self._tree = cKDTree(self._local[:, :2])

    @classmethod
    def from_surface(
        cls, surface: ContactSurface, center_m: ArrayLike, *, half_width_m: float = 0.1, spacing_m: float = 0.006,
        time_s: float = 0.0,
    ) -> SkinMap:  # fmt: skip
        """Sample a simulated skin from above, on a square around a point, by walking down its distance."""
        side = np.arange(-half_width_m, half_width_m + spacing_m, spacing_m)
        x, y = np.meshgrid(side, side)
        points = np.asarray(center_m, dtype=np.float64) + np.stack([x.ravel(), y.ravel(), np.full(x.size, 0.15)], 1)
        for _ in range(60):
            gap, _ = surface.gap(points, time_s)
            points[:, 2] -= np.clip(gap, -0.05, 0.05)
        gap, _ = surface.gap(points, time_s)
        return cls(points[np.abs(gap) < 1e-3])

    def project(self, points_m: ArrayLike) -> tuple[Array, Array]:
        """Points of the skin above or below given points, and the outward normals there.

        Args:
            points_m: shape (n, 3) [m], base frame.

        Returns:
            skin points, shape (n, 3) [m]; outward unit normals, shape (n, 3).

        Raises:
            InputError: a point lies off the map.
        """
        queries = np.atleast_2d(np.asarray(points_m, dtype=np.float64)) @ self._axes.T
        skin, normals = np.empty_like(queries), np.empty_like(queries)
        for i, query in enumerate(queries):
            near = self._tree.query_ball_point(query[:2], NEIGHBOURS_M)
            if len(near) < LEAST_NEIGHBOURS:
                where = np.round(query @ self._axes, 3).tolist()
                raise InputError(f"the point {where} m lies off the known skin: only {len(near)} points are near it")
            height, slope_x, slope_y = self._fit(query[:2], self._local[near])
            skin[i] = query[0], query[1], height
            normal = np.array([-slope_x, -slope_y, 1.0])
            normals[i] = normal / np.linalg.norm(normal)
        return skin @ self._axes, normals @ self._axes

    @staticmethod
    def _fit(query: Array, points: Array) -> tuple[float, float, float]:
        """Height and slopes of a weighted quadric at a query."""
        x, y = (points[:, :2] - query).T
        weight = np.exp(-2.0 * (x * x + y * y) / NEIGHBOURS_M**2)
        rows = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
        solution, *_ = np.linalg.lstsq(rows * weight[:, None], points[:, 2] * weight, rcond=1e-6)
        return float(solution[0]), float(solution[1]), float(solution[2])
