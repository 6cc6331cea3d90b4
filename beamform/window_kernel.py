"""Weights across the receive aperture, computed a whole line at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from sonoreach.beamform.simd import at, put

ROW = 64  # samples in a row: delays and weights of four elements lie side by side
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def inverse_heights(inverse: Any, distance: Any, along: Any) -> None:
    """One over the height of each sample of a line above four elements, held above a nanometre.

    Args:
        inverse: result; sample i of element k is at 4 i + k, as in all arrays here.
        distance: of the samples along the line [m].
        along: distance along the line from each of the four elements to the line's origin, shape (4,) [m].
    """
    for i in range(distance.size):
        for k in range(4):
            put(inverse, 4 * i + k, np.float32(1.0) / max(at(along, k) + at(distance, i), np.float32(1e-9)))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def receive_weights(weight: Any, inverse: Any, slope: Any, taper: Any, first: int) -> None:
    """Tukey weights of four elements for each sample of a line; the cosine as its series (error < 4e-6).

    Args:
        weight: result, sample i of element k at 4 i + k.
        inverse: see `inverse_heights`.
        slope: 2 f_number times the distance across the line of the four elements, over and over, shape (ROW,) [m].
        taper: tapered fraction of the aperture, above 0.
        first: first sample, a multiple of ROW / 4.
    """
    one, half = np.float32(1.0), np.float32(0.5)
    steep, shift = one / taper, half - one / taper
    for block in range(4 * first, inverse.size, ROW):
        for i in range(ROW):
            # u = slope / height; v runs from -1/2 where the taper begins to 1/2 at the aperture's end.
            v = min(max(steep * at(slope, i) * at(inverse, block + i) + shift, -half), half)
            # 0.5 + 0.5 cos(pi (v + 0.5)) = 0.5 - 0.5 sin(pi v): an odd series around the middle of the taper.
            y = np.float32(math.pi) * v
            yy = y * y
            series = np.float32(2.7557319e-6)
            series = series * yy - np.float32(1.9841270e-4)
            series = series * yy + np.float32(8.3333333e-3)
            series = series * yy - np.float32(1.6666667e-1)
            put(weight, block + i, half - half * (y + y * yy * series))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def hann_weights(weight: Any, inverse: Any, slope: Any, first: int) -> None:
    """As `receive_weights` with taper 1, in half the steps: cos²(pi u / 2), the cosine cubic in u² (error < 2e-5)."""
    one = np.float32(1.0)
    for block in range(4 * first, inverse.size, ROW):
        for i in range(ROW):
            u = min(at(slope, i) * at(inverse, block + i), one)
            uu = u * u
            series = np.float32(0.25257801) - np.float32(0.01909425) * uu
            series = series * uu - np.float32(1.23348367)
            series = series * uu + np.float32(0.99999325)
            put(weight, block + i, series * series)
