"""Samples of all elements side by side, as sums over a lattice read them, compiled.

A row holds what all elements recorded at one time, demodulated: real parts, imaginary parts, and how much both grow to
the next row; PAD zeros around each. Only as many rows exist at once as a few image samples need: they stay in a core's
own cache, and the oldest give way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable

from sonoreach.beamform.analytic import filter_line
from sonoreach.beamform.simd import at, load16, put, scale, store, subtract
from sonoreach.beamform.simd_lanes import load_pairs, transpose16

PAD = 64
"""Zeros beside the elements: a group of columns reaches that far beyond them, see `lattice_group.GROUP`."""
SIXTEEN = 16
BATCH = 32
"""Rows that are filled at once, at most; always a multiple of SIXTEEN."""
_FAST = {"contract", "nsz"}


@register_jitable
def part_of_row(n_elements: int, turns: int) -> int:
    """Length of one of the four parts of a row: an odd number of cache lines, so that rows do not displace others."""
    return (turns * ((n_elements + turns - 1) // turns + PAD) + 15) // 16 * 16 | 16


def planes_size(n_taps: int) -> int:
    """Room for samples on their way into rows; n_taps: size of the half filter, 0 for IQ."""
    return 2 * SIXTEEN * BATCH + BATCH + n_taps


@njit(fastmath=_FAST, error_model="numpy")
def fill_rows(
    rows: Any, mask: int, samples: Any, record: int, n_samples: int, lead: Any, turns: int, first: int, beyond: int,
    weight: Any, taps: Any, carrier: Any, planes: Any,
) -> None:  # fmt: skip
    """Fill the rows first..beyond - 1 (multiples of SIXTEEN, at most BATCH) with one transmit's samples.

    How much the last row grows is known when the next are filled.

    Args:
        rows: float32, flat; row n begins at (n & mask) 4 part_of_row(n_elements, turns), with PAD zeros.
        mask: number of rows that are kept, a power of two, less one.
        samples: flat, records of I, Q, I, ..., or of RF.
        record: where the first element's record begins; those of the others follow.
        n_samples: length of a record, in pairs where these are IQ.
        lead: int32, shape (n_elements,): row n holds sample n + lead of an element, zero outside its record.
        turns: elements are dealt out in so many turns: 0, turns, 2 turns, ..., PAD zeros, 1, turns + 1, ...
        weight: float32, weight of the transmit.
        taps: None for IQ; for RF, see `half_filter`.
        carrier: None for IQ; for RF, exp(-i q n) of each sample: real parts, then imaginary ones, float32.
        planes: room for `planes_size` float32.
    """
    n_elements, count, imaginary = lead.size, beyond - first, SIXTEEN * BATCH
    part, each = part_of_row(n_elements, turns), (n_elements + turns - 1) // turns
    line = planes[2 * imaginary :]
    for turn in range(turns):
        for a in range(0, each, SIXTEEN):
            for i in range(SIXTEEN):
                e, o = (a + i) * turns + turn, i * BATCH
                if e >= n_elements:
                    planes[o : o + count] = 0
                    planes[imaginary + o : imaginary + o + count] = 0
                    continue
                begin = first + at(lead, e)
                # Those inside the record, counted from the first row.
                low = min(max(-begin, 0), count)
                high = max(min(n_samples - begin, count), low)
                if taps is None:
                    _take_pairs(planes, o, samples, record + 2 * (e * n_samples + begin), low, high, weight)
                else:
                    here = record + e * n_samples
                    _filter(planes, o, count, samples, here, n_samples, begin, weight, taps, line)
                    _bring_down(planes, o, carrier, begin, low, high)
                for n in range(low):
                    put(planes, o + n, np.float32(0.0))
                    put(planes, imaginary + o + n, np.float32(0.0))
                for n in range(high, count):
                    put(planes, o + n, np.float32(0.0))
                    put(planes, imaginary + o + n, np.float32(0.0))
            for k in range(0, 2 * count, SIXTEEN):  # one place that transposes: its code takes long to compile
                n, plane = k % count, k // count
                there = PAD + turn * (each + PAD) + a + ((first + n) & mask) * 4 * part
                transpose16(planes, plane * imaginary + n, BATCH, rows, there + plane * part, 4 * part)
    for n in range(first - 1, beyond - 1):
        here, there = (n & mask) * 4 * part, ((n + 1) & mask) * 4 * part
        for k in range(0, 2 * part, SIXTEEN):
            store(rows, here + 2 * part + k, subtract(load16(rows, there + k), load16(rows, here + k)))


@njit(fastmath=_FAST, error_model="numpy")
def _take_pairs(planes: Any, o: int, samples: Any, there: int, low: int, high: int, weight: Any) -> None:
    """The pairs low..high - 1 of those from `there` on, times a weight."""
    i = SIXTEEN * BATCH + o
    n = low
    while n + SIXTEEN <= high:
        real, imaginary = load_pairs(samples, there + 2 * n)
        store(planes, o + n, scale(real, weight))
        store(planes, i + n, scale(imaginary, weight))
        n += SIXTEEN
    while n < high:
        put(planes, o + n, np.float32(at(samples, there + 2 * n)) * weight)
        put(planes, i + n, np.float32(at(samples, there + 2 * n + 1)) * weight)
        n += 1


@njit(fastmath=_FAST, error_model="numpy")
def _filter(
    planes: Any, o: int, count: int, samples: Any, record: int, n_samples: int, begin: int, weight: Any, taps: Any,
    line: Any,
) -> None:  # fmt: skip
    """RF from sample `begin` of a record on, filtered to analytic signals."""
    reach = taps.size // 2 - 1
    whole = (count + 31) // 32 * 32
    size = whole + 2 * reach
    low = min(max(reach - begin, 0), size)
    high = max(min(n_samples - begin + reach, size), low)
    for n in range(low):
        put(line, n, np.float32(0.0))
    for n in range(low, high):
        put(line, n, np.float32(at(samples, record + begin - reach + n)) * weight)
    for n in range(high, size):
        put(line, n, np.float32(0.0))
    filter_line(planes, o, SIXTEEN * BATCH + o, whole, line, taps)


@njit(fastmath=_FAST, error_model="numpy")
def _bring_down(planes: Any, o: int, carrier: Any, begin: int, low: int, high: int) -> None:
    """Times the carrier, which turns the other way."""
    i, sine = SIXTEEN * BATCH + o, carrier.size // 2
    for n in range(low, high):
        real, imaginary = at(planes, o + n), at(planes, i + n)
        cos, sin = at(carrier, begin + n), at(carrier, sine + begin + n)
        put(planes, o + n, real * cos - imaginary * sin)
        put(planes, i + n, real * sin + imaginary * cos)
