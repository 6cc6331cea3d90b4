"""A smooth height over a plane: a cubic spline fitted to scattered points, read one place at a time.

A fitted spline is kept as one bicubic polynomial for each cell between its knots. Reading a place with its slopes
then takes a few multiplications; a spline library spends a hundred times as long over its checks.
"""

from __future__ import annotations

import math
from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline, LSQBivariateSpline

Array = NDArray[np.float64]

DEGREE = 3


class HeightField:
    """Height h(u, v) over the rectangle that its points cover; beside it, that of the nearest place of it.

    Attributes:
        low, high: range of (u, v), each shape (2,) [m].
        residual_m: rms distance of the points from the surface, along the height [m].
    """

    def __init__(self, points_m: Array, knot_spacing_m: float) -> None:
        """Fit the surface by least squares.

        Args:
            points_m: u, v and height of each, shape (n, 3) [m].
            knot_spacing_m: about the shortest bend that is followed [m].
        """
        u, v, h = points_m.T
        self.low, self.high = points_m[:, :2].min(0), points_m[:, :2].max(0)
        knots = [
            np.arange(low + knot_spacing_m, high - knot_spacing_m / 2, knot_spacing_m)
            for low, high in zip(self.low, self.high, strict=True)
        ]
        bounds = [self.low[0], self.high[0], self.low[1], self.high[1]]
        spline = LSQBivariateSpline(u, v, h, knots[0], knots[1], bbox=bounds)
        self.residual_m = float(np.sqrt(np.mean((spline.ev(u, v) - h) ** 2)))
        self._u_range, self._v_range = ((float(a), float(b)) for a, b in zip(self.low, self.high, strict=True))
        self._u_knots, self._v_knots, self._cells = _cells(spline)

    def clamp(self, u: float, v: float) -> tuple[float, float]:
        """The nearest place that the points cover."""
        (u_low, u_high), (v_low, v_high) = self._u_range, self._v_range
        u = u_low if u < u_low else u_high if u > u_high else u
        return u, v_low if v < v_low else v_high if v > v_high else v

    def at(self, u: float, v: float) -> tuple[float, float, float, float, float]:
        """The surface over a place: the place itself, clamped, the height [m], and its slopes along u and v."""
        u, v = self.clamp(u, v)
        i, j = bisect_right(self._u_knots, u) - 1, bisect_right(self._v_knots, v) - 1
        u_knot, v_knot = self._u_knots[i], self._v_knots[j]
        x, y = u - u_knot, v - v_knot
        height = along_u = along_v = 0.0
        for a, b, c, d in self._cells[i][j]:  # Horner's rule in x, of a polynomial in y and its slope
            along_u = along_u * x + height
            height = height * x + (((a * y + b) * y + c) * y + d)
            along_v = along_v * x + ((3.0 * a * y + 2.0 * b) * y + c)
        return u, v, height, along_u, along_v


def _cells(spline: LSQBivariateSpline) -> tuple[list[float], list[float], list[list[list[list[float]]]]]:
    """Lower knots of the cells along both axes, and each cell's powers of u (outer) and v, highest first."""
    u_knots, v_knots = spline.get_knots()
    weights = spline.get_coeffs().reshape(len(u_knots) - DEGREE - 1, len(v_knots) - DEGREE - 1)
    along_u = _powers(u_knots, weights)  # power of u, cell of u, weight of v
    along_v = _powers(v_knots, np.moveaxis(along_u, 2, 0))  # power of v, cell of v, power of u, cell of u
    return _lower(u_knots).tolist(), _lower(v_knots).tolist(), along_v.transpose(3, 1, 2, 0).tolist()


def _powers(knots: Array, weights: Array) -> Array:
    """Polynomial of a spline above each of its lower knots, shape (4, cells, ...): the cube's part first."""
    spline = BSpline(knots, weights, DEGREE)
    return np.stack([spline.derivative(n)(_lower(knots)) / math.factorial(n) for n in range(DEGREE, -1, -1)])


def _lower(knots: Array) -> Array:
    """Where the cells begin; the knots at both ends are repeated."""
    return knots[DEGREE : -DEGREE - 1]
