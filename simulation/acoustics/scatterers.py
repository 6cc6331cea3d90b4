"""Scatterers at the simulator's door."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sonoreach.errors import InputError

Floats = NDArray[np.float32]
LEAST, MOST = 1e-12, 1e12


def checked_scatterers(positions_m: ArrayLike, amplitudes: ArrayLike) -> tuple[Floats, Floats]:
    """Positions and amplitudes as float32.

    Raises:
        InputError: wrong shapes, non-finite numbers, or amplitudes whose powers single precision cannot hold.
    """
    given = np.asarray(positions_m), np.asarray(amplitudes)
    if any(values.dtype.kind not in "fiu" for values in given):
        raise InputError(f"scatterers: got {given[0].dtype} and {given[1].dtype}, allowed are real numbers")
    positions, amplitude = (np.asarray(values, dtype=np.float32) for values in given)
    if positions.ndim != 2 or positions.shape[1] != 3:
        raise InputError(f"positions_m: got shape {positions.shape}, allowed is (n, 3)")
    if amplitude.shape != positions.shape[:1]:
        raise InputError(f"amplitudes: got shape {amplitude.shape}, allowed is {positions.shape[:1]}, one a position")
    if not (np.isfinite(positions).all() and np.isfinite(amplitude).all()):
        raise InputError("scatterers: got positions or amplitudes that are not finite, allowed are finite numbers")
    largest = max(float(amplitude.max()), -float(amplitude.min())) if amplitude.size else 0.0
    if largest and not LEAST <= largest <= MOST:
        raise InputError(
            f"amplitudes: got {largest:.3g} as the largest, allowed are {LEAST:g} to {MOST:g}, or all 0: their powers "
            "must fit into single precision"
        )
    return positions, amplitude
