"""Samples of all elements side by side, as sums over a lattice read them, compiled.

A row holds what all elements recorded at one time, demodulated: real parts, PAD zeros, imaginary parts, PAD zeros. Only
as many rows exist at once as a few image samples need: they stay in a core's own cache, and the oldest give way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sonoreach.beamform.analytic import filter_line
from sonoreach.beamform.simd import at, put
from sonoreach.beamform.simd_lanes import transpose16

PAD = 64
"""Zeros beside the elements: a vector of columns reaches that far beyond them."""
SIXTEEN = 16
BATCH = 64
"""Rows that are filled at once, at most; always a multiple of SIXTEEN."""
_FAST = {"contract", "nsz"}


@njit(cache=True, error_model="numpy")
def half_row(n_elements: int) -> int:
    """Length of the real or the imaginary parts: an odd number of cache lines, so that rows do not displace others."""
    return ((n_elements + PAD + 15) // 16 | 1) * 16


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def fill_rows(
    rows: Any, mask: int, samples: Any, t: int, first: int, beyond: int, weight: Any, lead: Any, taps: Any, carrier: Any,
    planes: Any,
) -> None:  # fmt: skip
    """Fill the rows first..beyond - 1 (multiples of SIXTEEN, at most BATCH) with one transmit's samples.

    Args:
        rows: float32, flat; row n begins at PAD + (n & mask) 2 (n_elements + PAD).
        mask: number of rows that are kept, a power of two, less one.
        samples: shape (n_tx, n_elements, 2 n_samples) of I, Q, I, ..., or (n_tx, n_elements, n_samples) of RF.
        t: transmit.
        weight: float32, its weight.
        lead: int32, shape (n_elements,): row n holds sample n + lead of an element, zero outside its record.
        taps: None for IQ; for RF, of the filter to analytic signals, float32: real parts of the middle tap and on, and
            as many imaginary ones.
        carrier: None for IQ; for RF, exp(-i q n) of each sample, complex64.
        planes: room for 2 SIXTEEN BATCH float32.
    """
    n_elements, count = samples.shape[1], beyond - first
    half, imaginary = half_row(n_elements), SIXTEEN * BATCH
    for e0 in range(0, n_elements, SIXTEEN):
        for i in range(SIXTEEN):
            e, o = e0 + i, i * BATCH
            if e >= n_elements:
                planes[o : o + count] = 0
                planes[imaginary + o : imaginary + o + count] = 0
                continue
            re, im = planes[o : o + count], planes[imaginary + o : imaginary + o + count]
            if taps is None:
                _take_pairs(re, im, samples[t, e], first + lead[e], weight)
            else:
                _filter(re, im, samples[t, e], first + lead[e], weight, taps, carrier)
        for n in range(0, count, SIXTEEN):
            there = PAD + ((first + n) & mask) * 2 * half + e0
            transpose16(planes, n, BATCH, rows, there, 2 * half)
            transpose16(planes, imaginary + n, BATCH, rows, there + half, 2 * half)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _inside(begin: int, count: int, n_samples: int) -> tuple[int, int]:
    """Which of `count` numbers lie in a record, where the first is sample `begin`: from, and up to."""
    low = min(max(-begin, 0), count)
    return low, max(min(n_samples - begin, count), low)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _take_pairs(re: Any, im: Any, record: Any, begin: int, weight: Any) -> None:
    """Samples of I, Q, I, ... from `begin` on, times a weight."""
    low, high = _inside(begin, re.size, record.size // 2)
    re[:low], im[:low] = 0, 0
    re[high:], im[high:] = 0, 0
    for n in range(low, high):
        put(re, n, np.float32(at(record, 2 * (begin + n))) * weight)
        put(im, n, np.float32(at(record, 2 * (begin + n) + 1)) * weight)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _filter(re: Any, im: Any, record: Any, begin: int, weight: Any, taps: Any, carrier: Any) -> None:
    """RF from `begin` on: filtered to analytic signals, brought down by the carrier."""
    reach = taps.size // 2 - 1
    line = np.empty(re.size + 2 * reach, np.float32)
    low, high = _inside(begin - reach, line.size, record.size)
    line[:low], line[high:] = 0, 0
    for n in range(low, high):
        put(line, n, np.float32(at(record, begin - reach + n)) * weight)
    filter_line(re, im, line, taps[: reach + 1], taps[reach + 1 :])
    low, high = _inside(begin, re.size, record.size)
    re[:low], im[:low] = 0, 0
    re[high:], im[high:] = 0, 0
    for n in range(low, high):
        turn = at(carrier, begin + n)
        real, imaginary = at(re, n), at(im, n)
        put(re, n, real * turn.real - imaginary * turn.imag)
        put(im, n, real * turn.imag + imaginary * turn.real)
