"""The simulated patient's skin for the plant: the compiled distance at the points of the probe's face."""

from __future__ import annotations

from typing import Any

from numba import njit

from sonoreach.simulation.patient.skin import skin_gap


@njit(cache=True)
def patient_gaps(p: Any, points: Any, t: float, gaps: Any) -> None:
    """Distance [m] and outward normal of points (n, 3) to the skin at a time, written to gaps (n, 4)."""
    for i in range(points.shape[0]):
        gaps[i, 0], gaps[i, 1], gaps[i, 2], gaps[i, 3] = skin_gap(p, points[i, 0], points[i, 1], points[i, 2], t)
