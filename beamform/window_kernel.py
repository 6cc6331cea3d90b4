"""Weights across the receive aperture, computed a row of samples at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from sonoreach.beamform.simd import at, put

ROW = 64  # samples in a row
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def inverse_heights(inverse: Any, distance: Any, first: int, along: Any) -> None:
    """One over the height of a row of samples above an element, held above a nanometre.

    Args:
        inverse: result, shape (ROW,).
        distance: of the samples along the line [m].
        first: first sample of the row.
        along: distance along the line from the element to the line's origin [m].
    """
    for i in range(ROW):
        put(inverse, i, np.float32(1.0) / max(along + at(distance, first + i), np.float32(1e-9)))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def receive_weights(weight: Any, o: int, inverse: Any, slope: Any, taper: Any) -> None:
    """Tukey weights of an element for a row of samples; with taper 1, Hann.

    Args:
        weight: result, sample i of the row at o + i.
        inverse: see `inverse_heights`.
        slope: 2 f_number times the distance across the line to the element [m].
        taper: tapered fraction of the aperture, above 0.
    """
    one, half = np.float32(1.0), np.float32(0.5)
    if taper == one:  # cos²(pi u / 2), the cosine cubic in u² (error < 2e-5)
        for i in range(ROW):
            u = min(slope * at(inverse, i), one)
            uu = u * u
            series = np.float32(0.25257801) - np.float32(0.01909425) * uu
            series = series * uu - np.float32(1.23348367)
            series = series * uu + np.float32(0.99999325)
            put(weight, o + i, series * series)
        return
    steep, shift = slope / taper, half - one / taper
    for i in range(ROW):
        # u = slope / height; v runs from -1/2 where the taper begins to 1/2 at the aperture's end.
        v = min(max(steep * at(inverse, i) + shift, -half), half)
        # 0.5 + 0.5 cos(pi (v + 0.5)) = 0.5 - 0.5 sin(pi v): an odd series around the middle (error < 4e-6).
        y = np.float32(math.pi) * v
        yy = y * y
        series = np.float32(2.7557319e-6)
        series = series * yy - np.float32(1.9841270e-4)
        series = series * yy + np.float32(8.3333333e-3)
        series = series * yy - np.float32(1.6666667e-1)
        put(weight, o + i, half - half * (y + y * yy * series))
