"""Image quality of a beamformed phantom: resolution of a point, contrast of a cyst."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError


@dataclass(frozen=True)
class Contrast:
    """How a region stands out from its surroundings.

    Attributes:
        ratio_db: CR, mean power inside over outside [dB].
        cnr: |difference of the means| over the root of the summed variances, of the log-compressed image.
        gcnr: generalised CNR, 1 - overlap of the histograms, 0 to 1: Rodriguez-Molares et al., "The generalized
            contrast-to-noise ratio", IEEE UFFC 67 (2020).
    """

    ratio_db: float
    cnr: float
    gcnr: float


def half_width_m(profile: ArrayLike, step_m: float) -> float:
    """Full width at half maximum (-6 dB) of an amplitude profile, interpolated between samples [m].

    Raises:
        InputError: a profile that does not fall to half on both sides of its peak.
    """
    amplitude = np.abs(np.asarray(profile))
    peak = int(np.argmax(amplitude))
    half = amplitude[peak] / 2
    left = np.flatnonzero(amplitude[:peak] < half)
    right = np.flatnonzero(amplitude[peak:] < half)
    if not len(left) or not len(right):
        raise InputError("the profile must fall below half of its peak on both sides, and does not.")
    a, b = left[-1], peak + right[0]
    start = a + (half - amplitude[a]) / (amplitude[a + 1] - amplitude[a])
    stop = b - (half - amplitude[b]) / (amplitude[b - 1] - amplitude[b])
    return float((stop - start) * step_m)


def contrast(image: NDArray[np.complexfloating], inside: NDArray[np.bool_], outside: NDArray[np.bool_]) -> Contrast:
    """Contrast between two regions of a beamformed image (before log compression).

    Raises:
        InputError: a region without points.
    """
    if not inside.any() or not outside.any():
        raise InputError("both regions of a contrast must hold points.")
    power = np.abs(image.astype(np.complex128)) ** 2
    level = 10 * np.log10(np.maximum(power, power.max() * 1e-12))
    a, b = level[inside], level[outside]
    edges = np.linspace(min(a.min(), b.min()), max(a.max(), b.max()), 101)
    histogram_a, histogram_b = np.histogram(a, edges)[0] / a.size, np.histogram(b, edges)[0] / b.size
    return Contrast(
        float(10 * np.log10(power[inside].mean() / power[outside].mean())),
        float(abs(a.mean() - b.mean()) / np.sqrt(a.var() + b.var())),
        float(1 - np.minimum(histogram_a, histogram_b).sum()),
    )


def disc_and_ring(grid: Grid, x_m: float, z_m: float, radius_m: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Points well inside a cylinder, and as many around it; shapes (n_lines, n_samples)."""
    points = grid.points_m()
    away = np.hypot(points[..., 0] - x_m, points[..., 2] - z_m)
    return away < 0.8 * radius_m, (away > 1.2 * radius_m) & (away < 1.45 * radius_m)
