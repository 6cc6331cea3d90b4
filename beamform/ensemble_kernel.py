"""The delay-and-sum kernel for a Doppler ensemble: one delay and one weight serve all frames.

Sixteen frames are the lanes of a vector. The image is cut into tiles of neighbouring lines and samples, so
that the stretch of one element's record that a tile needs is read once and stays in the nearest cache.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, prange

from sonoreach.beamform.das_kernel import FRACTION_BITS
from sonoreach.beamform.simd import at, load16, put, scale_add, store

LANES = 16
TILE_LINES, TILE_SAMPLES = 8, 32
_SHIFT = FRACTION_BITS - 8
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


@njit(cache=True, parallel=True, error_model="numpy")
def interleave(out: Any, analytic: Any) -> None:
    """Sixteen frames side by side: out[e, n, 0 or 1, f] = real or imaginary part of analytic[e, f, n].

    Args:
        out: float32, shape (n_elements, stride, 2, 16).
        analytic: complex64, shape (n_elements, up to 16, stride); missing frames become zero.
    """
    n_frames = analytic.shape[1]
    for e in prange(out.shape[0]):
        for n in range(out.shape[1]):
            for f in range(LANES):
                if f < n_frames:
                    out[e, n, 0, f] = analytic[e, f, n].real
                    out[e, n, 1, f] = analytic[e, f, n].imag
                else:
                    out[e, n, 0, f] = 0
                    out[e, n, 1, f] = 0


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _delays(
    delay: Any, distance: Any, q0: Any, q1: Any, ticks_per_m: Any, transmit: Any, offset: int, start: int, stop: int
) -> None:
    """Two-way time from each sample of a line to an element, in ticks."""
    for i in range(start, stop):
        s = at(distance, i)
        receive = np.int32(math.sqrt(q0 + s * (q1 + q1 + s)) * ticks_per_m + np.float32(0.5))
        put(delay, i - start, receive + at(transmit, offset + i))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _add_stretch(total: Any, cell: int, data: Any, base: int, table: Any, delay: Any, first: int, count: int) -> None:
    """Add one element's sixteen frames to samples first..count - 1 of a tile's line, whose totals start at `cell`."""
    for i in range(first, count):
        d = at(delay, i)
        sample = base + (d >> FRACTION_BITS) * 2 * LANES
        k = ((d >> _SHIFT) & 255) << 3
        real0, imaginary0 = load16(data, sample), load16(data, sample + LANES)
        real1, imaginary1 = load16(data, sample + 2 * LANES), load16(data, sample + 3 * LANES)
        where = cell + i * 2 * LANES
        real, imaginary = load16(total, where), load16(total, where + LANES)
        real = scale_add(real0, at(table, k), real)
        real = scale_add(imaginary0, at(table, k + 1), real)
        imaginary = scale_add(real0, at(table, k + 4), imaginary)
        imaginary = scale_add(imaginary0, at(table, k), imaginary)
        real = scale_add(real1, at(table, k + 2), real)
        real = scale_add(imaginary1, at(table, k + 3), real)
        imaginary = scale_add(real1, at(table, k + 6), imaginary)
        imaginary = scale_add(imaginary1, at(table, k + 2), imaginary)
        store(total, where, real)
        store(total, where + LANES, imaginary)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _tile(
    total: Any, delay: Any, line0: int, line1: int, start: int, stop: int, data: Any, stride: int, table: Any,
    distance: Any, origin: Any, direction: Any, elements: Any, ticks_per_m: Any, transmit: Any, row: int,
    f_number: Any,
) -> None:  # fmt: skip
    """Sum all elements into one tile."""
    for e in range(elements.shape[0]):
        for line in range(line0, line1):
            dx = origin[line, 0] - elements[e, 0]
            dy = origin[line, 1] - elements[e, 1]
            dz = origin[line, 2] - elements[e, 2]
            q0 = dx * dx + dy * dy + dz * dz
            q1 = dx * direction[line, 0] + dy * direction[line, 1] + dz * direction[line, 2]
            nearest = np.float32(2.0 * f_number * math.sqrt(max(q0 - q1 * q1, 0.0)) - q1)
            if nearest > distance[stop - 1]:
                continue
            first = start
            if distance[start] < nearest:
                first = int(np.searchsorted(distance, nearest))
            _delays(delay, distance, np.float32(q0), np.float32(q1), ticks_per_m, transmit, line * row, start, stop)
            cell = (line - line0) * TILE_SAMPLES * 2 * LANES
            _add_stretch(total, cell, data, e * stride * 2 * LANES, table, delay, first - start, stop - start)


@njit(cache=True, parallel=True, fastmath=_FAST, error_model="numpy")
def delay_and_sum_ensemble(
    image: Any, frame0: int, data: Any, stride: int, table: Any, distance: Any, origin: Any, direction: Any,
    elements: Any, ticks_per_m: Any, transmit: Any, f_number: Any,
) -> None:  # fmt: skip
    """Add sixteen frames of one transmit to image[:, :, frame0 : frame0 + 16]; boxcar aperture.

    Args:
        image: complex64, shape (n_lines, n_samples, n_frames).
        frame0: first frame; frames beyond n_frames are left out.
        data: float32, flat (n_elements, stride, 2, 16), see `interleave`.
        transmit: int32, flat (n_lines, row), row = len(distance).
        The others as for `das_kernel.delay_and_sum`.
    """
    n_lines, n_samples, n_frames = image.shape
    row = distance.size
    across = (n_lines + TILE_LINES - 1) // TILE_LINES
    along = (n_samples + TILE_SAMPLES - 1) // TILE_SAMPLES
    for block in prange(across):
        line0 = block * TILE_LINES
        line1 = min(line0 + TILE_LINES, n_lines)
        delay = np.empty(TILE_SAMPLES, np.int32)
        for step in range(along):
            start = step * TILE_SAMPLES
            stop = min(start + TILE_SAMPLES, n_samples)
            total = np.zeros(TILE_LINES * TILE_SAMPLES * 2 * LANES, np.float32)
            _tile(
                total, delay, line0, line1, start, stop, data, stride, table, distance, origin, direction,
                elements, ticks_per_m, transmit, row, f_number,
            )  # fmt: skip
            for line in range(line0, line1):
                for i in range(start, stop):
                    cell = ((line - line0) * TILE_SAMPLES + i - start) * 2 * LANES
                    for f in range(min(LANES, n_frames - frame0)):
                        image[line, i, frame0 + f] += complex(total[cell + f], total[cell + LANES + f])
