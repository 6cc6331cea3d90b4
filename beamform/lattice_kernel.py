"""Delay-and-sum over a lattice, compiled: columns of an image in the rhythm of a linear array's elements.

There the receive path depends on the depth and on how far apart column and element are, not on which they are. So one
delay and one weight serve a whole vector of columns, each with the element that is as far from it, and what they
recorded at one time lies side by side: no sample is looked up by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable

from sonoreach.beamform.lattice_group import GROUP, sum_lags, turn_and_add
from sonoreach.beamform.lattice_records import BATCH, PAD, SIXTEEN, fill_rows, part_of_row
from sonoreach.beamform.simd import at, load16, put, store_complex
from sonoreach.beamform.simd_lanes import transpose16

CHUNK = 32
"""Depths that a thread takes at once."""
TILE = 8
"""Depths whose rows are in place at once."""
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


@register_jitable
def padded(n_columns: int, n_classes: int) -> int:
    """Columns of a class, rounded up to whole vectors."""
    return (n_columns + n_classes * 16 - 1) // (n_classes * 16) * 16


@njit(fastmath=_FAST, error_model="numpy")
def _write(
    image: Any, n_depths: int, depth: int, count: int, total: Any, n_classes: int, wide: int, n_columns: int,
    listeners: Any,
) -> None:  # fmt: skip
    """Write the sums of `count` depths from `depth` on, which lie depth by depth, to the image's lines.

    With `listeners`, the number n of elements that hear each point: times |sum|^2 over n times the sum of |.|^2.
    """
    parts = 2 if listeners is None else 3
    apart = parts * wide * n_classes
    block = np.empty(3 * 256, np.float32)  # real parts, imaginary ones and power of 16 columns at 16 depths
    for r in range(n_classes):
        columns = (n_columns - r + n_classes - 1) // n_classes
        for k0 in range(0, columns, SIXTEEN):
            for z in range(0, count, SIXTEEN):
                for part in range(parts):
                    here = z * apart + (parts * r + part) * wide + k0
                    transpose16(total, here, apart, block, 256 * part, SIXTEEN)
                for i in range(min(SIXTEEN, columns - k0)):
                    there = (r + (k0 + i) * n_classes) * n_depths + depth + z
                    if z + SIXTEEN <= count and listeners is None:
                        store_complex(image, there, load16(block, SIXTEEN * i), load16(block, 256 + SIXTEEN * i))
                        continue
                    for j in range(min(SIXTEEN, count - z)):
                        x, y = at(block, SIXTEEN * i + j), at(block, 256 + SIXTEEN * i + j)
                        if listeners is not None:
                            incoherent = at(block, 512 + SIXTEEN * i + j) * at(listeners, there + j)
                            factor = (x * x + y * y) / incoherent if incoherent > 0 else np.float32(0.0)
                            x, y = x * factor, y * factor
                        put(image, there + j, np.complex64(complex(x, y)))


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def sum_lattice(
    first: int, beyond: int, image: Any, n_columns: int, scratch: Any, mask: int, samples: Any, n_samples: int,
    deal: int, channel_weight: Any, taps: Any, carrier: Any, element_lead: Any, needed: Any, passed: Any, passage: Any,
    turn: Any, turns: Any, class_lags: Any, lags: Any, entry: Any, ticks: Any, weights: Any, steer: Any, lead: Any,
    listeners: Any,
) -> None:  # fmt: skip
    """Delay and sum the chunks first..beyond - 1 of a grid's depths, counted from the deepest, which takes longest.

    Args:
        image: result, complex64, flat (n_columns, n_depths).
        scratch: float32, zero at first: rows of samples, sums, and samples on their way into rows.
        mask, samples, n_samples, taps, carrier: see `fill_rows`; deal are its turns.
        channel_weight: float32, shape (n_tx,).
        element_lead: int32, shape (n_tx, n_elements).
        needed: rows that a tile of depths needs, from and up to, and up to where its chunk does, int32, shape (n_tx,
            tiles, 3).
        passed: columns of a class that the wave passes, from and up to, int32, shape (n_tx, n_classes, n_depths, 2).
        passage: transmit times, int32, shape (n_tx, n_depths) [ticks].
        turn: their phases, complex64, same shape.
        turns: phases of the columns, float32, shape (n_tx, n_classes, 2, `padded`); None without steering.
        class_lags: first lag of each class, int32, shape (n_classes + 1,).
        lags: see `sum_lags`.
        entry: first of the entries of a class at a depth, int32, shape (n_classes, n_depths, 2), and after the last.
        ticks, weights: see `sum_lags`.
        steer: int32, shape (n_tx, lags); None without steering.
        lead: float32, shape (n_tx, a part of a row and PAD); None without steering.
        listeners: float32, flat (n_columns, n_depths), number of elements that hear each point, to weight it by its
            coherence factor, of a single transmit; None does not.
    """
    n_tx, n_depths = passage.shape
    n_elements, n_classes = element_lead.shape[1], class_lags.size - 1
    record = n_samples if taps is not None else 2 * n_samples
    width, kept = part_of_row(n_elements, deal), mask + 1
    each = (n_elements + deal - 1) // deal
    wide = padded(n_columns, n_classes)
    rows = scratch[: kept * 4 * width + PAD]
    size = (2 if listeners is None else 3) * wide
    total = scratch[rows.size : rows.size + CHUNK * n_classes * size]
    planes = scratch[rows.size + total.size :]
    part = np.empty(2 * GROUP, np.float32)
    power = np.empty(GROUP, np.float32)
    n_chunks = (n_depths + CHUNK - 1) // CHUNK
    for chunk in range(n_chunks - 1 - first, n_chunks - 1 - beyond, -1):
        depth0, depth1 = chunk * CHUNK, min((chunk + 1) * CHUNK, n_depths)
        total[:] = 0
        for t in range(n_tx):
            low, high = 0, -1
            for depth in range(depth0, depth1, TILE):
                last = min(depth + TILE, depth1)
                start, stop, end_of_chunk = needed[t, depth // TILE]
                if high < low or start < low or start > high:
                    low = start // SIXTEEN * SIXTEEN
                    high = low
                while high < stop:
                    end = min(high + BATCH, (end_of_chunk + SIXTEEN - 1) // SIXTEEN * SIXTEEN)
                    fill_rows(
                        rows, mask, samples, t * n_elements * record, n_samples, element_lead[t], deal, high, end,
                        channel_weight[t], taps, carrier, planes,
                    )  # fmt: skip
                    high = end
                low = max(low, high - kept)
                for k0 in range(0, wide, GROUP):  # outside, so that what a group needs stays in a near cache
                    vectors = min(GROUP, wide - k0) // 16
                    for z in range(depth, last):
                        for r in range(n_classes):
                            begin, end = max(passed[t, r, z, 0] - k0, 0), min(passed[t, r, z, 1] - k0, 16 * vectors)
                            if begin >= end:
                                continue
                            a, c = entry[r, z, 0], entry[r, z, 1]
                            o = ((z - depth0) * n_classes + r) * size + k0
                            if lead is None:
                                sum_lags(
                                    part, rows, mask, width, each, k0, vectors, lags, class_lags[r], ticks, weights,
                                    a, c, passage[t, z], None, None, power, listeners,
                                )  # fmt: skip
                                turn_and_add(
                                    total, o, wide, part, begin, end, vectors, turn[t, z], None, k0, power, listeners
                                )
                            else:
                                sum_lags(
                                    part, rows, mask, width, each, k0, vectors, lags, class_lags[r], ticks, weights,
                                    a, c, passage[t, z], steer[t], lead[t], power, listeners,
                                )  # fmt: skip
                                turn_and_add(
                                    total, o, wide, part, begin, end, vectors, turn[t, z], turns[t, r], k0, power,
                                    listeners,
                                )  # fmt: skip
        _write(image, n_depths, depth0, depth1 - depth0, total, n_classes, wide, n_columns, listeners)
