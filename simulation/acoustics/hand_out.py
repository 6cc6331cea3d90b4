"""Hot loops that hand out to all elements what the anchors hear of a cell.

An element hears a mixture of its nearest anchors, delayed by the way from the cell's centre: whole samples by its place
in the accumulator, the rest by a filter on baseband, and the carrier by one factor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.simd import add, load16, scale, scale_add, store
from sonoreach.beamform.simd_lanes import zero16
from sonoreach.simulation.acoustics.anchors import NEIGHBOURS
from sonoreach.simulation.acoustics.delay_filter import TAPS
from sonoreach.simulation.acoustics.phase import turned
from sonoreach.simulation.acoustics.row import FAR
from sonoreach.simulation.acoustics.vector import LANES, PIECE, times_i

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

FINE_BITS = 6
FINE = 1 << FINE_BITS
"""Fractional delays of the filter."""

TOGETHER = 8
"""Elements whose records are mixed before the first of them is delayed: loads need not wait for stores."""


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def measure_distances(centre: Floats, elements: Floats, distance: Floats) -> None:
    """Distance of a cell's centre to each element [m]."""
    for e in range(elements.shape[0]):
        dx, dy, dz = centre[0] - elements[e, 0], centre[1] - elements[e, 1], centre[2] - elements[e, 2]
        distance[e] = np.sqrt(dx * dx + dy * dy + dz * dz)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def place_records(
    distance: Floats, ahead: Any, clock: Any, whole: Ints, part: Ints, real: Floats, imaginary: Floats
) -> None:  # fmt: skip
    """When each element hears a cell's record, in whole samples and steps of 1/FINE, and the factor of its carrier.

    Args:
        distance: of the cell's centre, shape (n_elements,) [m]; ahead: what is added to it [samples].
        whole, part, real, imaginary: out, shape (n_elements,).
    """
    half = np.float32(0.5)
    for e in range(distance.shape[0]):
        q = np.uint64(e)
        place = min(max(distance[q] * clock.samples_per_m + ahead, -FAR), FAR)
        step = np.int32(np.floor(place * np.float32(FINE) + half))
        whole[q], part[q] = step >> FINE_BITS, step & (FINE - 1)
        turns = -clock.cycles * place
        real[q], imaginary[q] = turned(turns - np.floor(turns + half))


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def find_window(to_anchor: Floats, ahead: Any, clock: Any, pieces: int) -> Any:
    """First float of a channel that hears a cell's record of so many pieces, wherever it is, and the one beyond.

    Args:
        to_anchor: distance of the cell's centre to each anchor [m]; ahead: see `place_records`.
    """
    nearest, farthest = to_anchor[0], to_anchor[0]
    for k in range(to_anchor.shape[0]):
        nearest, farthest = min(nearest, to_anchor[k]), max(farthest, to_anchor[k])
    first = np.int32(min(max(ahead + nearest * clock.samples_per_m, -FAR), FAR))
    last = np.int32(min(max(ahead + farthest * clock.samples_per_m, -FAR), FAR))
    return 2 * (first - PIECE), 2 * (last + PIECE * (pieces + 1))


@njit(cache=True, nogil=True, error_model="numpy")
def hand_out(
    record: Floats, origin: int, apart: int, pieces: int, most: int, later: int, first: Ints, weights: Floats,
    filters: Floats, whole: Ints, part: Ints, real: Floats, imaginary: Floats, mixed: Floats, signal: Floats, base: int,
    stride: int, samples: int,
) -> None:  # fmt: skip
    """Add a cell's records to the accumulators of all elements.

    Args:
        record: baseband; that of anchor k begins at origin + k * apart, its first and last TAPS / 2 samples are silent.
        pieces: of each record, `most` at most; later: than `whole` does it begin [samples].
        first, weights: see `anchors.Anchors`, weights flat; filters: shape (FINE * TAPS,), flat.
        whole, part, real, imaginary: from `place_records`.
        mixed: scratch, TOGETHER rows of (most + 2) * LANES floats, of which the first LANES are zero.
        signal: flat; that of element e begins at base + e * stride, holds `samples` complex ones, and is padded on
            both sides by `most` pieces.
    """
    row_length = (most + 2) * LANES
    for begin in range(0, first.shape[0], TOGETHER):
        beyond = min(begin + TOGETHER, first.shape[0])
        for e in range(begin, beyond):
            q = np.uint64(e)
            o = origin + np.intp(first[q]) * apart
            w = np.uint64(e * NEIGHBOURS)
            w0, w1, w2 = weights[w], weights[w + np.uint64(1)], weights[w + np.uint64(2)]
            w3, w4, w5 = weights[w + np.uint64(3)], weights[w + np.uint64(4)], weights[w + np.uint64(5)]
            target = (e - begin) * row_length + LANES
            for k in range(0, pieces * LANES, LANES):
                total = scale(load16(record, o + k), w0)
                other = scale(load16(record, o + apart + k), w1)
                total = scale_add(load16(record, o + 2 * apart + k), w2, total)
                other = scale_add(load16(record, o + 3 * apart + k), w3, other)
                total = scale_add(load16(record, o + 4 * apart + k), w4, total)
                other = scale_add(load16(record, o + 5 * apart + k), w5, other)
                store(mixed, target + k, add(total, other))
            store(mixed, target + pieces * LANES, zero16())
        for e in range(begin, beyond):
            q = np.uint64(e)
            there = min(max(int(whole[q]) + later, -most * PIECE), samples)
            at = base + e * stride + 2 * there
            latest = (e - begin) * row_length + LANES + 2 * (TAPS // 2 - 1)
            f = np.uint64(np.intp(part[q]) * TAPS)
            f0, f1, f2 = filters[f], filters[f + np.uint64(1)], filters[f + np.uint64(2)]
            f3, f4, f5 = filters[f + np.uint64(3)], filters[f + np.uint64(4)], filters[f + np.uint64(5)]
            re, im = real[q], imaginary[q]
            for k in range(0, pieces * LANES, LANES):
                here = latest + k
                a = scale(load16(mixed, here), f0)
                b = scale(load16(mixed, here - 2), f1)
                a = scale_add(load16(mixed, here - 4), f2, a)
                b = scale_add(load16(mixed, here - 6), f3, b)
                a = scale_add(load16(mixed, here - 8), f4, a)
                b = scale_add(load16(mixed, here - 10), f5, b)
                delayed = add(a, b)
                heard = scale_add(delayed, re, load16(signal, at + k))
                store(signal, at + k, scale_add(times_i(delayed), im, heard))
