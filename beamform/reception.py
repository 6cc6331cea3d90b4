"""What the elements hear of a grid: nearest element, sum of receive weights, longest path."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.grid import Grid


def survey(
    grid: Grid, elements_m: NDArray[np.float64], aperture: ReceiveAperture
) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Walk once over all points and elements.

    Args:
        elements_m: shape (n_elements, 3) [m].

    Returns:
        Distance to the nearest element, shape (n_lines, n_samples) [m]; sum of the receive weights, same shape;
        longest path from a point to an element that listens to it [m].
    """
    nearest = np.full((grid.n_lines, grid.n_samples), np.inf, np.float32)
    weights = np.zeros((grid.n_lines, grid.n_samples), np.float32)
    farthest = _survey(
        nearest, weights, np.ascontiguousarray(grid.origin_m), np.ascontiguousarray(grid.direction), grid.distance_m,
        np.ascontiguousarray(elements_m, dtype=np.float64), aperture.f_number, aperture.taper,
    )  # fmt: skip
    return nearest, weights, farthest


@njit(cache=True, error_model="numpy")
def _survey(
    nearest: Any, weights: Any, origin: Any, direction: Any, distance: Any, elements: Any, f_number: float, taper: float
) -> float:
    farthest = 0.0
    for line in range(origin.shape[0]):
        for e in range(elements.shape[0]):
            q0, q1 = 0.0, 0.0
            for axis in range(3):
                d = origin[line, axis] - elements[e, axis]
                q0 += d * d
                q1 += d * direction[line, axis]
            across = math.sqrt(max(q0 - q1 * q1, 0.0))
            for i in range(distance.size):
                s = distance[i]
                path = math.sqrt(q0 + s * (2 * q1 + s))
                nearest[line, i] = min(nearest[line, i], path)
                # One part in a thousand wider than the kernel's aperture: rounding there must stay inside.
                if 1.001 * (q1 + s) + 1e-6 >= 2 * f_number * across:
                    farthest = max(farthest, path)
                u = 2 * f_number * across / max(q1 + s, 1e-9)
                if u <= 1 and q1 + s >= 0:
                    v = max(0.0, (u - 1 + taper) / taper) if taper > 0 else 0.0
                    weights[line, i] += 0.5 + 0.5 * math.cos(math.pi * v)
    return farthest
