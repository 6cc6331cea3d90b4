"""Delay-and-sum over a lattice, compiled: columns of an image in the rhythm of a linear array's elements.

There the receive path depends on the depth and on how far apart column and element are, not on which they are. So one
delay and one weight serve a whole vector of columns, each with the element that is as far from it, and what they
recorded at one time lies side by side: no sample is looked up by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sonoreach.beamform.lattice_records import BATCH, PAD, SIXTEEN, fill_rows, half_row
from sonoreach.beamform.row_kernel import FRACTION_BITS
from sonoreach.beamform.simd import at, load16, multiply_add, scale, scale_add, store, store_complex
from sonoreach.beamform.simd_lanes import hat, multiply, transpose16, zero16

GROUP = 64
"""Columns that are summed together, four vectors; not more than PAD."""
CHUNK = 64
"""Depths that a thread takes at once."""
TILE = 16
"""Depths whose rows are in place at once."""
_WHOLE = 1 << FRACTION_BITS
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _mix(rows: Any, here: int, there: int, keep: Any, move: Any) -> Any:
    """Between two rows."""
    return scale_add(load16(rows, there), move, scale(load16(rows, here), keep))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _mix_three(rows: Any, here: int, there: int, further: int, weights: Any) -> Any:
    """Among three rows, lane by lane."""
    first, middle, last = weights
    near = multiply_add(load16(rows, there), middle, multiply(load16(rows, here), first))
    return multiply_add(load16(rows, further), last, near)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def add_lags(
    part: Any, rows: Any, mask: int, half: int, n_elements: int, column: int, lags: Any, lag0: int, ticks: Any,
    weights: Any, begin: int, end: int, passage: int, steer: Any, steer0: int, lead: Any,
) -> None:  # fmt: skip
    """Sum the elements of a group of columns at one depth: real parts to part[:GROUP], imaginary to part[GROUP:].

    Args:
        rows, mask: see `fill_rows`; half is n_elements + PAD.
        column: first of the group.
        lags: from a column to an element, int32, from lag0 on nearest first.
        ticks, weights: of the entries begin..end - 1, one a lag: time [ticks], int32, and complex weight, pairs of float32.
        passage: transmit time [ticks].
        steer: more ticks of each lag, from steer0 on; None as `lead`.
        lead: fraction of a sample by which each element leads, float32, with PAD zeros around; None where all are 0.
    """
    a0, a1, a2, a3 = zero16(), zero16(), zero16(), zero16()
    b0, b1, b2, b3 = zero16(), zero16(), zero16(), zero16()
    one = np.float32(1.0)
    for j in range(end - begin):
        e = column + at(lags, lag0 + j)
        if e <= -GROUP or e >= n_elements:
            continue
        time = passage + at(ticks, begin + j)
        if lead is not None:
            time += at(steer, steer0 + j)
        n = time >> FRACTION_BITS
        move = np.float32(time & (_WHOLE - 1)) * np.float32(1 / _WHOLE)
        h = PAD + e + (n & mask) * 2 * half
        k = PAD + e + ((n + 1) & mask) * 2 * half
        wr, wi = at(weights, 2 * (begin + j)), at(weights, 2 * (begin + j) + 1)
        if lead is None:
            keep = one - move
            v, u = _mix(rows, h, k, keep, move), _mix(rows, h + half, k + half, keep, move)
            a0, b0 = scale_add(v, wr, scale_add(u, -wi, a0)), scale_add(u, wr, scale_add(v, wi, b0))
            v, u = _mix(rows, h + 16, k + 16, keep, move), _mix(rows, h + half + 16, k + half + 16, keep, move)
            a1, b1 = scale_add(v, wr, scale_add(u, -wi, a1)), scale_add(u, wr, scale_add(v, wi, b1))
            v, u = _mix(rows, h + 32, k + 32, keep, move), _mix(rows, h + half + 32, k + half + 32, keep, move)
            a2, b2 = scale_add(v, wr, scale_add(u, -wi, a2)), scale_add(u, wr, scale_add(v, wi, b2))
            v, u = _mix(rows, h + 48, k + 48, keep, move), _mix(rows, h + half + 48, k + half + 48, keep, move)
            a3, b3 = scale_add(v, wr, scale_add(u, -wi, a3)), scale_add(u, wr, scale_add(v, wi, b3))
        else:
            m, p = PAD + e + ((n + 2) & mask) * 2 * half, PAD + e
            w = hat(load16(lead, p), move)
            v, u = _mix_three(rows, h, k, m, w), _mix_three(rows, h + half, k + half, m + half, w)
            a0, b0 = scale_add(v, wr, scale_add(u, -wi, a0)), scale_add(u, wr, scale_add(v, wi, b0))
            w, h, k, m = hat(load16(lead, p + 16), move), h + 16, k + 16, m + 16
            v, u = _mix_three(rows, h, k, m, w), _mix_three(rows, h + half, k + half, m + half, w)
            a1, b1 = scale_add(v, wr, scale_add(u, -wi, a1)), scale_add(u, wr, scale_add(v, wi, b1))
            w, h, k, m = hat(load16(lead, p + 32), move), h + 16, k + 16, m + 16
            v, u = _mix_three(rows, h, k, m, w), _mix_three(rows, h + half, k + half, m + half, w)
            a2, b2 = scale_add(v, wr, scale_add(u, -wi, a2)), scale_add(u, wr, scale_add(v, wi, b2))
            w, h, k, m = hat(load16(lead, p + 48), move), h + 16, k + 16, m + 16
            v, u = _mix_three(rows, h, k, m, w), _mix_three(rows, h + half, k + half, m + half, w)
            a3, b3 = scale_add(v, wr, scale_add(u, -wi, a3)), scale_add(u, wr, scale_add(v, wi, b3))
    store(part, 0, a0)
    store(part, 16, a1)
    store(part, 32, a2)
    store(part, 48, a3)
    store(part, GROUP, b0)
    store(part, GROUP + 16, b1)
    store(part, GROUP + 32, b2)
    store(part, GROUP + 48, b3)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _turn_and_add(total: Any, o: int, apart: int, part: Any, low: int, high: int, turn: Any, turns: Any, c: int) -> None:
    """Add the columns low..high - 1 of a group, times a complex number and, unless None, turns[c + column]."""
    re, im = turn.real, turn.imag
    for k in range(low, high):
        real, imaginary = at(part, k), at(part, GROUP + k)
        if turns is not None:
            there = at(turns, c + k)
            real, imaginary = (
                real * there.real - imaginary * there.imag, real * there.imag + imaginary * there.real
            )  # fmt: skip
        total[o + k] += real * re - imaginary * im
        total[o + apart + k] += real * im + imaginary * re


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
    first: int, beyond: int, image: Any, n_columns: int, scratch: Any, mask: int, samples: Any, channel_weight: Any,
    taps: Any, carrier: Any, element_lead: Any, needed: Any, passed: Any, passage: Any, turn: Any, turns: Any,
    class_lags: Any, lags: Any, entry: Any, ticks: Any, weights: Any, steer: Any, lead: Any,
) -> None:  # fmt: skip
    """Delay and sum the chunks first..beyond - 1 of a grid's depths, counted from the deepest, which takes longest.

    Args:
        image: result, complex64, flat (n_columns, n_depths).
        scratch: float32, zero at first: the rows, then the sums, see `Lattice.scratch`.
        mask, samples, taps, carrier: see `fill_rows`.
        channel_weight: float32, shape (n_tx,).
        element_lead: int32, shape (n_tx, n_elements).
        needed: rows that a depth needs, from and up to, int32, shape (n_tx, n_depths, 2).
        passed: columns of a class that the wave passes, from and up to, int32, shape (n_tx, n_classes, n_depths, 2).
        passage: transmit times, int32, shape (n_tx, n_depths) [ticks].
        turn: their phases, complex64, same shape.
        turns: phases of the columns, complex64, shape (n_tx, n_classes, columns of a class); None without steering.
        class_lags: first lag of each class, int32, shape (n_classes + 1,).
        lags: int32, see `add_lags`.
        entry: first of the entries of a class at a depth, int32, shape (n_classes, n_depths, 2), and after the last.
        ticks, weights: see `add_lags`.
        steer: int32, shape (n_tx, lags); None without steering.
        lead: float32, shape (n_tx, n_elements + 2 PAD); None without steering.
    """
    n_tx, n_depths = passage.shape
    n_elements, n_classes = samples.shape[1], class_lags.size - 1
    half, kept = half_row(n_elements), mask + 1
    wide = (n_columns + n_classes * GROUP - 1) // (n_classes * GROUP) * GROUP
    rows = scratch[: kept * 2 * half + 2 * PAD]
    total = scratch[rows.size : rows.size + CHUNK * 2 * n_classes * wide]
    planes = scratch[rows.size + total.size : rows.size + total.size + 2 * SIXTEEN * BATCH]
    part = np.empty(2 * GROUP, np.float32)
    n_chunks = (n_depths + CHUNK - 1) // CHUNK
    for chunk in range(n_chunks - 1 - first, n_chunks - 1 - beyond, -1):
        depth0, depth1 = chunk * CHUNK, min((chunk + 1) * CHUNK, n_depths)
        total[:] = 0
        for t in range(n_tx):
            low, high = 0, -1
            for depth in range(depth0, depth1, TILE):
                last = min(depth + TILE, depth1)
                start, stop = needed[t, depth:last, 0].min(), needed[t, depth:last, 1].max()
                if high < low or start < low or start > high:
                    low = start // SIXTEEN * SIXTEEN
                    high = low
                while high < stop:
                    end = min(high + BATCH, (stop + SIXTEEN - 1) // SIXTEEN * SIXTEEN)
                    fill_rows(rows, mask, samples, t, high, end, channel_weight[t], element_lead[t], taps, carrier, planes)
                    high = end
                low = max(low, high - kept)
                for k0 in range(0, wide, GROUP):  # outside, so that what a group needs stays in the nearest cache
                    for z in range(depth, last):
                        for r in range(n_classes):
                            begin, end = max(passed[t, r, z, 0] - k0, 0), min(passed[t, r, z, 1] - k0, GROUP)
                            if begin >= end:
                                continue
                            o = ((z - depth0) * n_classes + r) * 2 * wide + k0
                            if lead is None:
                                add_lags(
                                    part, rows, mask, half, n_elements, k0, lags, class_lags[r], ticks, weights,
                                    entry[r, z, 0], entry[r, z, 1], passage[t, z], None, 0, None,
                                )  # fmt: skip
                                _turn_and_add(total, o, wide, part, begin, end, turn[t, z], None, 0)
                            else:
                                add_lags(
                                    part, rows, mask, half, n_elements, k0, lags, class_lags[r], ticks, weights,
                                    entry[r, z, 0], entry[r, z, 1], passage[t, z], steer[t], class_lags[r], lead[t],
                                )  # fmt: skip
                                _turn_and_add(total, o, wide, part, begin, end, turn[t, z], turns[t, r], k0)
        _write(image, n_depths, depth0, depth1 - depth0, total, n_classes, wide, n_columns)
