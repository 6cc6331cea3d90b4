"""Records of a Doppler ensemble in 16 bits, frames side by side: half the memory to wait for of single precision.

Four elements share a unit, chosen so that the largest number of their records just fits: nothing is clipped, and what
is rounded away lies 96 dB below it. The samples were 16 bits wide when they were recorded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

TOGETHER = 4  # elements that share a unit, and whose products are added before they become floats
WEIGHT_ONE = 8191  # a weight of 1; four products of two samples stay below 2^31 with it
_LARGEST = 32767
_BLOCK = 16
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


@njit(cache=True, error_model="numpy")
def _largest(row: Any) -> Any:
    """The largest magnitude of some finite numbers; their bits, without the sign, are in the same order."""
    bits = row.view(np.int32)
    largest = np.int32(0)
    for n in range(row.size):
        largest = max(largest, np.int32(bits[n] & np.int32(0x7FFFFFFF)))
    return np.array([largest]).view(np.float32)[0]


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _round(out: Any, row: Any, per_unit: Any) -> None:
    """Numbers as multiples of a unit."""
    for n in range(row.size):
        out[n] = np.int16(np.rint(row[n] * per_unit))


@njit(cache=True, error_model="numpy")
def _turn(out: Any, rows: Any) -> None:
    """out[n, f] = rows[f, n], a block that stays in the cache at a time; the number of rows is a multiple of it."""
    for n0 in range(0, out.shape[0], _BLOCK):
        for f0 in range(0, out.shape[1], _BLOCK):
            for n in range(n0, min(n0 + _BLOCK, out.shape[0])):
                for f in range(f0, f0 + _BLOCK):
                    out[n, f] = rows[f, n]


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def interleave(out: Any, unit: Any, analytic: Any, begin: int, beyond: int) -> None:
    """Frames side by side: out[e, n, f] times unit[e // 4] = analytic[e, f, n].

    Args:
        out: int32, shape (n_elements, stride, a multiple of 16), each of two int16, real and imaginary part.
        unit: result, float32, shape (n_elements / 4 rounded up,).
        analytic: float32, shape (n_elements, n_frames, 2 stride), parts in turns; missing frames become zero.
        begin, beyond: for the fours begin..beyond - 1 of elements.
    """
    n_elements, n_frames = analytic.shape[:2]
    rows = np.zeros((out.shape[2], 2 * out.shape[1]), np.int16)
    for four in range(begin, beyond):
        elements = range(TOGETHER * four, min(TOGETHER * (four + 1), n_elements))
        largest = np.float32(0)
        for e in elements:
            for f in range(n_frames):
                largest = max(largest, _largest(analytic[e, f]))
        unit[four] = largest / np.float32(_LARGEST)
        per_unit = np.float32(_LARGEST) / largest if largest > 0 else np.float32(0)
        for e in elements:
            for f in range(n_frames):
                _round(rows[f], analytic[e, f], per_unit)
            _turn(out[e], rows.view(np.int32))


def pack_weights(table: NDArray[np.float32]) -> NDArray[np.int32]:
    """Rows of `row_kernel.weight_table` as pairs of int16, those for real and imaginary part side by side in an int32.

    Returns:
        Flat, rows of (re w0, -im w0), (im w0, re w0), (re w1, -im w1), (im w1, re w1), each times WEIGHT_ONE.
    """
    rows = np.rint(WEIGHT_ONE * table.reshape(-1, 8)).astype(np.int16)
    return np.ascontiguousarray(rows[:, [0, 1, 4, 5, 2, 3, 6, 7]]).view(np.int32).ravel()
