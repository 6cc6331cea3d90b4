"""From the analytic signal to baseband, eight complex samples at a time."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.simd import load16, multiply, multiply_add, store
from sonoreach.simulation.acoustics.vector import LANES, times_i

Floats = NDArray[np.float32]


def conjugated_carrier(cycles: float, samples: int) -> Floats:
    """What `demodulate` turns by: real parts of so many samples, each twice, then imaginary ones likewise.

    Args:
        cycles: of the carrier a sample.
    """
    turns = 2 * np.pi * cycles * np.arange(samples)
    return np.concatenate([np.cos(turns).repeat(2), -np.sin(turns).repeat(2)]).astype(np.float32)


@njit(cache=True, nogil=True, error_model="numpy")
def demodulate(
    signal: Floats, begin: int, rows: int, apart: int, later: int, pieces: int, carrier: Floats, baseband: Floats
) -> None:  # fmt: skip
    """Turn so many pieces of rows back; the first row begins at signal[begin].

    Args:
        signal, baseband: (re, im, ...), flat; baseband: out, at the same places, and may be `signal`.
        apart: floats from one row to the next; carrier: from `conjugated_carrier`.
        later: floats of the carrier before that of each row's first sample.
    """
    half = carrier.size // 2
    for row in range(rows):
        first = begin + row * apart
        for m in range(0, pieces * LANES, LANES):
            value = load16(signal, first + m)
            turned = multiply(times_i(value), load16(carrier, half + later + m))
            store(baseband, first + m, multiply_add(value, load16(carrier, later + m), turned))
