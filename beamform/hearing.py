"""What the delays and weights of each line need of each element, kept for an acquisition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.grid import Grid

Floats = NDArray[np.float32]

FOUR = 4
"""Elements that the kernel sums at once; those missing in the last four hear nothing."""
_FAR_M = 1e6
_LINES = 32  # worked on at once


@dataclass(frozen=True, eq=False)
class Hearing:
    """Numbers for each line and element; the first three of shape (n_lines, elements rounded up to a multiple of FOUR).

    A point at the distance s along a line is sqrt(squared + 2 s along + s^2) from the element, and s + along high.

    Attributes:
        squared: squared distance from the element to the line's origin [m²].
        along: distance along the line from the element to the line's origin [m].
        nearest: distance along the line from which on the element hears it [m]: 2 f_number times the distance from
            the element across to the line, less `along`; far for missing elements.
        earliest: first sample that one of four elements hears, int32, shape (n_lines, elements / FOUR).
        distance_m: distances of the samples along every line [m].
    """

    squared: Floats
    along: Floats
    nearest: Floats
    earliest: NDArray[np.int32]
    distance_m: Floats

    @cached_property
    def listeners(self) -> NDArray[np.int32]:
        """Number of elements that hear each sample, int32, shape (n_lines, n_samples)."""
        n_samples = len(self.distance_m)
        first = np.searchsorted(self.distance_m, self.nearest)
        begins = np.stack([np.bincount(columns, minlength=n_samples + 1) for columns in first])
        return np.cumsum(begins[:, :n_samples], axis=1, dtype=np.int32)


def hearing(grid: Grid, elements_m: NDArray[np.float64], f_number: float, n_lines: int) -> Hearing:
    """How some elements hear the first `n_lines` lines of a grid.

    Args:
        elements_m: shape (n_elements, 3) [m].
        f_number: distance along the line over the width of the aperture that hears it.
    """
    n_elements = len(elements_m)
    padded = -(-n_elements // FOUR) * FOUR
    squared, along, nearest = np.zeros((3, n_lines, padded), np.float32)
    earliest = np.empty((n_lines, padded // FOUR), np.int32)
    nearest[:] = _FAR_M
    distance = grid.distance_m.astype(np.float32)
    for first in range(0, n_lines, _LINES):
        lines = slice(first, min(first + _LINES, n_lines))
        origin, direction = grid.origin_m[lines], grid.direction[lines]
        q1 = np.sum(origin * direction, axis=1)[:, None] - direction @ elements_m.T
        q0 = np.zeros_like(q1)
        for axis in range(3):
            q0 += np.subtract.outer(origin[:, axis], elements_m[:, axis]) ** 2
        across = 2.0 * f_number * np.sqrt(np.maximum(q0 - q1 * q1, 0.0))
        squared[lines, :n_elements], along[lines, :n_elements] = q0, q1
        nearest[lines, :n_elements] = across - q1
        earliest[lines] = np.searchsorted(distance, nearest[lines]).reshape(len(origin), -1, FOUR).min(axis=2)
    return Hearing(squared, along, nearest, earliest, distance)
