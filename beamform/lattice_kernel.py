"""Delay-and-sum over a lattice, compiled: columns of an image in the rhythm of a linear array's elements.

There the receive path depends on the depth and on how far apart column and element are, not on which they are. So one
delay and one weight serve a whole vector of columns, each with the element that is as far from it, and what they
recorded at one time lies side by side: no sample is looked up by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sonoreach.beamform.lattice_records import BATCH, PAD, SIXTEEN, fill_rows, part_of_row
from sonoreach.beamform.row_kernel import FRACTION_BITS
from sonoreach.beamform.simd import at, load16, multiply_add, scale, scale_add, store, store_complex
from sonoreach.beamform.simd_lanes import multiply, sides, subtract, transpose16

GROUP = 64
"""Columns that are summed together at most, four vectors; not more than PAD."""
CHUNK = 64
"""Depths that a thread takes at once."""
TILE = 8
"""Depths that are summed together."""
LAGS = 16
"""Elements on one side that are added at once, at each of these depths: their samples stay in the nearest cache."""
_WHOLE = 1 << FRACTION_BITS
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


@njit(cache=True, error_model="numpy")
def padded(n_columns: int, n_classes: int) -> int:
    """Columns of a class, rounded up to whole vectors."""
    return (n_columns + n_classes * 16 - 1) // (n_classes * 16) * 16


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _mix(rows: Any, here: int, next_row: int, growth: int, move: Any, lead: Any, e: int) -> Any:
    """Sixteen elements at the fraction `move` behind a row; with `lead`, each at its own, up to the row after next."""
    if lead is None:
        return scale_add(load16(rows, here + growth), move, load16(rows, here))
    before, behind = sides(load16(lead, e), move)
    near = multiply_add(load16(rows, here + growth), before, load16(rows, next_row))
    return multiply_add(load16(rows, next_row + growth), behind, near)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _add_lags(
    part: Any, o: int, rows: Any, mask: int, width: int, each: int, column: int, vectors: int, lags: Any, lag0: int,
    ticks: Any, weights: Any, begin: int, end: int, passage: int, steer: Any, lead: Any,
) -> None:  # fmt: skip
    """Add what some elements on one side hear of a group of columns at one depth.

    Args:
        part: real parts of the group from o on, imaginary ones GROUP numbers after them.
        rows, mask: see `fill_rows`; width is their part_of_row, each the number of elements a turn.
        column: first of the group.
        vectors: of 16 columns in the group, 1 to 4.
        lags: from a column to an element, and where the elements of its turn begin in a row, pairs of int32.
        lag0: the first to add; it belongs to the entry `begin`.
        ticks, weights: of the entries begin..end - 1, one a lag: time [ticks], int32, and complex weight, pairs of
            float32.
        passage: transmit time [ticks].
        steer: more ticks of each lag; None as `lead`.
        lead: fraction of a sample by which each element leads, float32, laid out as a part of a row; None where all
            are 0.
    """
    i = o + GROUP
    a0, a1, a2, a3 = load16(part, o), load16(part, o + 16), load16(part, o + 32), load16(part, o + 48)
    b0, b1, b2, b3 = load16(part, i), load16(part, i + 16), load16(part, i + 32), load16(part, i + 48)
    for j in range(end - begin):
        e = column + at(lags, 2 * (lag0 + j))
        if e <= -16 * vectors or e >= each:
            continue
        e += at(lags, 2 * (lag0 + j) + 1)
        time = passage + at(ticks, begin + j)
        if lead is not None:
            time += at(steer, lag0 + j)
        n = time >> FRACTION_BITS
        move = np.float32(time & (_WHOLE - 1)) * np.float32(1 / _WHOLE)
        h, k = e + (n & mask) * 4 * width, e + ((n + 1) & mask) * 4 * width
        re, im = at(weights, 2 * (begin + j)), at(weights, 2 * (begin + j) + 1)
        v, u = _mix(rows, h, k, 2 * width, move, lead, e), _mix(rows, h + width, k + width, 2 * width, move, lead, e)
        a0, b0 = scale_add(v, re, scale_add(u, -im, a0)), scale_add(u, re, scale_add(v, im, b0))
        if vectors > 1:
            h, k, e = h + 16, k + 16, e + 16
            v, u = _mix(rows, h, k, 2 * width, move, lead, e), _mix(rows, h + width, k + width, 2 * width, move, lead, e)
            a1, b1 = scale_add(v, re, scale_add(u, -im, a1)), scale_add(u, re, scale_add(v, im, b1))
        if vectors > 2:
            h, k, e = h + 16, k + 16, e + 16
            v, u = _mix(rows, h, k, 2 * width, move, lead, e), _mix(rows, h + width, k + width, 2 * width, move, lead, e)
            a2, b2 = scale_add(v, re, scale_add(u, -im, a2)), scale_add(u, re, scale_add(v, im, b2))
        if vectors > 3:
            h, k, e = h + 16, k + 16, e + 16
            v, u = _mix(rows, h, k, 2 * width, move, lead, e), _mix(rows, h + width, k + width, 2 * width, move, lead, e)
            a3, b3 = scale_add(v, re, scale_add(u, -im, a3)), scale_add(u, re, scale_add(v, im, b3))
    store(part, o, a0)
    store(part, o + 16, a1)
    store(part, o + 32, a2)
    store(part, o + 48, a3)
    store(part, i, b0)
    store(part, i + 16, b1)
    store(part, i + 32, b2)
    store(part, i + 48, b3)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _turn_and_add(
    total: Any, o: int, apart: int, part: Any, p: int, low: int, high: int, turn: Any, turns: Any, c: int
) -> None:  # fmt: skip
    """Add the columns low..high - 1 of a group, times a complex number and, unless None, turns[0, c:] + i turns[1, c:].

    The group's parts lie at part[p:] and GROUP after them; the sums' at total[o:], and `apart` after them.
    """
    re, im = turn.real, turn.imag
    k = low
    while k < high:
        step = 16 if k % 16 == 0 and k + 16 <= high else 1
        if step == 16:
            real, imaginary = load16(part, p + k), load16(part, p + GROUP + k)
            if turns is not None:
                cos, sin = load16(turns[0], c + k), load16(turns[1], c + k)
                turned = subtract(multiply(real, cos), multiply(imaginary, sin))
                real, imaginary = turned, multiply_add(real, sin, multiply(imaginary, cos))
            store(total, o + k, scale_add(real, re, scale_add(imaginary, -im, load16(total, o + k))))
            there = o + apart + k
            store(total, there, scale_add(imaginary, re, scale_add(real, im, load16(total, there))))
        else:
            x, y = at(part, p + k), at(part, p + GROUP + k)
            if turns is not None:
                x, y = x * turns[0, c + k] - y * turns[1, c + k], x * turns[1, c + k] + y * turns[0, c + k]
            total[o + k] += x * re - y * im
            total[o + apart + k] += y * re + x * im
        k += step


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _write(image: Any, n_depths: int, depth: int, count: int, total: Any, n_classes: int, wide: int, n_columns: int) -> None:
    """Write the sums of `count` depths from `depth` on, which lie depth by depth, to the image's lines."""
    real, imaginary = np.empty(256, np.float32), np.empty(256, np.float32)
    apart = 2 * wide * n_classes
    for r in range(n_classes):
        for k0 in range(0, (n_columns - r + n_classes - 1) // n_classes, SIXTEEN):
            for z in range(0, count, SIXTEEN):
                here = z * apart + 2 * wide * r + k0
                transpose16(total, here, apart, real, 0, SIXTEEN)
                transpose16(total, here + wide, apart, imaginary, 0, SIXTEEN)
                for i in range(min(SIXTEEN, (n_columns - r + n_classes - 1) // n_classes - k0)):
                    there = (r + (k0 + i) * n_classes) * n_depths + depth + z
                    if z + SIXTEEN <= count:
                        store_complex(image, there, load16(real, SIXTEEN * i), load16(imaginary, SIXTEEN * i))
                    else:
                        for j in range(count - z):
                            image[there + j] = complex(real[SIXTEEN * i + j], imaginary[SIXTEEN * i + j])


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def sum_lattice(
    first: int, beyond: int, image: Any, n_columns: int, scratch: Any, mask: int, samples: Any, n_samples: int, deal: int, channel_weight: Any,
    taps: Any, carrier: Any, element_lead: Any, needed: Any, passed: Any, passage: Any, turn: Any, turns: Any,
    class_lags: Any, lags: Any, entry: Any, ticks: Any, weights: Any, steer: Any, lead: Any,
) -> None:  # fmt: skip
    """Delay and sum the chunks first..beyond - 1 of a grid's depths, counted from the deepest, which takes longest.

    Args:
        image: result, complex64, flat (n_columns, n_depths).
        scratch: float32, zero at first: the rows, then the sums, see `Lattice.scratch`.
        mask, samples, n_samples, taps, carrier: see `fill_rows`; deal are its turns.
        channel_weight: float32, shape (n_tx,).
        element_lead: int32, shape (n_tx, n_elements).
        needed: rows that a depth needs, from and up to, int32, shape (n_tx, n_depths, 2).
        passed: columns of a class that the wave passes, from and up to, int32, shape (n_tx, n_classes, n_depths, 2).
        passage: transmit times, int32, shape (n_tx, n_depths) [ticks].
        turn: their phases, complex64, same shape.
        turns: phases of the columns, float32, shape (n_tx, n_classes, 2, columns of a class, padded); None without steering.
        class_lags: first lag of each side of each class, int32, shape (2 n_classes + 1,).
        lags: see `add_lags`.
        entry: first of the entries of a side at a depth, int32, shape (2 n_classes, n_depths, 2), and after the last.
        ticks, weights: see `add_lags`.
        steer: int32, shape (n_tx, lags); None without steering.
        lead: float32, shape (n_tx, a part of a row and PAD); None without steering.
    """
    n_tx, n_depths = passage.shape
    n_elements, n_classes = element_lead.shape[1], class_lags.size // 2
    record = n_samples if taps is not None else 2 * n_samples
    width, kept = part_of_row(n_elements, deal), mask + 1
    each = (n_elements + deal - 1) // deal
    wide = padded(n_columns, n_classes)
    rows = scratch[: kept * 4 * width + PAD]
    total = scratch[rows.size : rows.size + CHUNK * 2 * n_classes * wide]
    planes = scratch[rows.size + total.size :]
    part = np.empty(TILE * 2 * GROUP, np.float32)
    n_chunks = (n_depths + CHUNK - 1) // CHUNK
    for chunk in range(n_chunks - 1 - first, n_chunks - 1 - beyond, -1):
        depth0, depth1 = chunk * CHUNK, min((chunk + 1) * CHUNK, n_depths)
        total[:] = 0
        for t in range(n_tx):
            low, high = 0, -1
            end_of_chunk = (needed[t, depth0:depth1, 1].max() + SIXTEEN - 1) // SIXTEEN * SIXTEEN
            for depth in range(depth0, depth1, TILE):
                last = min(depth + TILE, depth1)
                start, stop = needed[t, depth:last, 0].min(), needed[t, depth:last, 1].max()
                if high < low or start < low or start > high:
                    low = start // SIXTEEN * SIXTEEN
                    high = low
                while high < stop:
                    end = min(high + BATCH, end_of_chunk)
                    fill_rows(
                        rows, mask, samples, t * n_elements * record, n_samples, element_lead[t], deal, high, end,
                        channel_weight[t], taps, carrier, planes,
                    )  # fmt: skip
                    high = end
                low = max(low, high - kept)
                for k0 in range(0, wide, GROUP):
                    vectors = min(GROUP, wide - k0) // 16
                    for r in range(n_classes):
                        part[:] = 0
                        for side in range(2 * r, 2 * r + 2):
                            first_lag = class_lags[side]
                            for lag in range(0, class_lags[side + 1] - first_lag, LAGS):
                                for z in range(depth, last):
                                    if passed[t, r, z, 1] <= k0 or passed[t, r, z, 0] >= k0 + 16 * vectors:
                                        continue
                                    a, c = entry[side, z, 0] + lag, entry[side, z, 1]
                                    if a >= c:
                                        continue
                                    if lead is None:
                                        _add_lags(
                                            part, (z - depth) * 2 * GROUP, rows, mask, width, each, k0, vectors, lags,
                                            first_lag + lag, ticks, weights, a, min(a + LAGS, c), passage[t, z], None,
                                            None,
                                        )  # fmt: skip
                                    else:
                                        _add_lags(
                                            part, (z - depth) * 2 * GROUP, rows, mask, width, each, k0, vectors, lags,
                                            first_lag + lag, ticks, weights, a, min(a + LAGS, c), passage[t, z],
                                            steer[t], lead[t],
                                        )  # fmt: skip
                        for z in range(depth, last):
                            low_column, high_column = max(passed[t, r, z, 0] - k0, 0), min(passed[t, r, z, 1] - k0, 16 * vectors)
                            _turn_and_add(
                                total, ((z - depth0) * n_classes + r) * 2 * wide + k0, wide, part,
                                (z - depth) * 2 * GROUP, low_column, high_column, turn[t, z],
                                None if turns is None else turns[t, r], k0,
                            )  # fmt: skip
        _write(image, n_depths, depth0, depth1 - depth0, total, n_classes, wide, n_columns)
