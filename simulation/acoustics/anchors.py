"""Anchors: the few elements of a row at which what a small cell of scatterers returns is summed.

Seen from a cell, distances change from element to element nearly as they do for the cell's centre; what is left
changes slowly. It is summed at every fourth element or so, and interpolated between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.vector import LANES

NEIGHBOURS = 6
"""Anchors between which an element is interpolated."""

MOST = 1024
"""Anchors at most: the kernels' scratch holds at least two scatterers."""

ELEMENTS_AN_ANCHOR = 4
"""Elements for one anchor, nearly: the number of anchors is a multiple of LANES."""

SLOPE = 0.25
"""Cycles by which what is interpolated may turn from anchor to anchor: an element is then at most 0.7 % off."""

STEEP_SLOPE = 0.33
"""The same where -30 dB are enough: an element is then at most 5 %, in the mean 1.3 % off."""

END_STEPS = (0.3, 0.6)
"""First distances between anchors at the ends of the row, of those in its middle: there neighbours lie on one side."""


@dataclass(frozen=True, eq=False)
class Anchors:
    """Anchors of a row of elements.

    Attributes:
        elements: which elements are anchors, ascending, shape (n_anchors,).
        first: the first of the NEIGHBOURS anchors of each element, shape (n_elements,).
        weights: weights of those anchors, shape (n_elements, NEIGHBOURS).
        spacing_m: the largest distance between two neighbouring anchors [m].
        slope: cycles by which what is interpolated may turn from anchor to anchor.
    """

    elements: NDArray[np.int32]
    first: NDArray[np.int32]
    weights: NDArray[np.float32]
    spacing_m: float
    slope: float


def anchors_of(positions_m: NDArray[np.float64], slope: float = SLOPE) -> Anchors | None:
    """Anchors of an array, or None where its elements are too few or many, or form no evenly spaced row.

    Weights are the best (least squares) for all that turns by at most `slope` cycles from anchor to anchor.

    Args:
        positions_m: elements, shape (n_elements, 3) [m]; slope: see `Anchors`.
    """
    n = len(positions_m)
    n_anchors = LANES * max(1, round(n / ELEMENTS_AN_ANCHOR / LANES))
    if n < 3 * n_anchors or n_anchors > MOST:
        return None
    gaps = np.linalg.norm(np.diff(positions_m, axis=0), axis=1)
    if np.ptp(gaps) > 0.01 * gaps.mean():
        return None
    steps = np.concatenate([END_STEPS, np.ones(n_anchors - 1 - 2 * len(END_STEPS)), END_STEPS[::-1]])
    elements = np.round(np.cumsum([0, *steps]) * ((n - 1) / steps.sum())).astype(np.int32)
    first = np.clip(np.searchsorted(elements, np.arange(n), side="right") - NEIGHBOURS // 2, 0, n_anchors - NEIGHBOURS)
    weights = np.empty((n, NEIGHBOURS), dtype=np.float32)
    band = 2 * slope / np.diff(elements).max()
    for e in range(n):
        near = elements[first[e] : first[e] + NEIGHBOURS]
        system = np.sinc(band * (near[:, None] - near)) + 1e-6 * np.eye(NEIGHBOURS)
        weights[e] = np.linalg.solve(system, np.sinc(band * (near - e)))
    spacing_m = float(np.linalg.norm(np.diff(positions_m[elements], axis=0), axis=1).max())
    return Anchors(elements, first.astype(np.int32), weights, spacing_m, slope)
