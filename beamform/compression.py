"""Log compression: envelope to 8-bit grey levels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from sonoreach.beamform.threads import for_ranges
from sonoreach.errors import InputError

_DB_PER_OCTAVE = 10 * math.log10(2)  # of power
_BLOCK = 16  # lines side by side in a row of the result, a cache line of it
_MANTISSA = np.float32(2.0**-23)


def check_dynamic_range(dynamic_range_db: float) -> None:
    """Refuse a range from black to white that no picture has.

    Raises:
        InputError: a range outside 1 to 200 dB.
    """
    if not 1 <= dynamic_range_db <= 200:
        raise InputError(f"dynamic_range_db must lie in [1, 200] dB, got {dynamic_range_db}.")


def power_db(out: Any, image: Any, gain_db: Any) -> None:
    """Power in dB plus a gain, transposed: out[i, l] = 10 log10(|image[l, i]|^2) + gain_db[l, i].

    The logarithm comes from the float's exponent and a polynomial of its mantissa (error < 1e-4 dB).

    Args:
        out: float32, shape (n_samples, n_lines).
        image: complex64, shape (n_lines, n_samples).
        gain_db: float32, shape (n_lines, n_samples), added [dB].
    """
    blocks = -(-len(image) // _BLOCK)
    for_ranges(lambda first, beyond: _power_db(first, beyond, out, image, gain_db), blocks)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _power_db(first: int, beyond: int, out: Any, image: Any, gain_db: Any) -> None:
    """The blocks of lines first..beyond - 1 of `power_db`."""
    n_lines, n_samples = image.shape
    power = np.empty(n_samples, np.float32)
    bits = power.view(np.int32)
    for block in range(first, beyond):
        for line in range(_BLOCK * block, min(_BLOCK * block + _BLOCK, n_lines)):
            for i in range(n_samples):
                v = image[line, i]
                power[i] = v.real * v.real + v.imag * v.imag + np.float32(1e-30)
            for i in range(n_samples):
                b = bits[i]
                exponent = np.float32((b >> 23) - 127)
                m = np.float32(b & 0x7FFFFF) * _MANTISSA
                # log2(1 + m) = m q(m) on [0, 1), q fitted for the least largest error
                p = np.float32(-0.026455898)
                p = p * m + np.float32(0.123446916)
                p = p * m - np.float32(0.279533126)
                p = p * m + np.float32(0.458268306)
                p = p * m - np.float32(0.718281372)
                p = p * m + np.float32(1.442553106)
                out[i, line] = (exponent + p * m) * np.float32(_DB_PER_OCTAVE) + gain_db[line, i]


@njit(cache=True, fastmath=True, error_model="numpy")
def to_grey(out: Any, level_db: Any, top_db: Any, range_db: Any) -> None:
    """Map [top_db - range_db, top_db] to grey levels 0..255, rounded, held at the ends.

    Args:
        out: uint8, shape (rows, columns).
        level_db: float32, same shape.
    """
    gain = np.float32(255.0) / range_db
    for row in range(level_db.shape[0]):
        for column in range(level_db.shape[1]):
            grey = (level_db[row, column] - top_db) * gain + np.float32(255.5)
            out[row, column] = np.uint8(min(max(grey, np.float32(0.0)), np.float32(255.0)))


@njit(cache=True, error_model="numpy")
def percentile_db(level_db: Any, percent: float) -> float:
    """Percentile of the finite levels above -200 dB by a histogram of 0.1 dB steps (deterministic, one pass)."""
    counts = np.zeros(5000, np.int64)
    total = 0
    for value in level_db.flat:
        if value > -200.0:
            counts[min(int((value + np.float32(200.0)) * np.float32(10.0)), 4999)] += 1
            total += 1
    wanted, seen = total * percent / 100.0, 0
    for k in range(5000):
        seen += counts[k]
        if seen >= wanted:
            return (k + 1) * 0.1 - 200.0
    return 0.0
