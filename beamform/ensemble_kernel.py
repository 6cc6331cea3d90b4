"""The delay-and-sum kernel for a Doppler ensemble: one delay and one weight serve all frames.

Sixteen frames are the lanes of a vector. The image is cut into tiles of neighbouring lines and samples, so that the
stretch of one element's record that a tile needs stays in the nearest cache. Tiles side by side need much the same
stretches of all elements: they follow one another, so that these stay in the second-level cache.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from sonoreach.beamform.row_kernel import FRACTION_BITS
from sonoreach.beamform.simd import at, load16, put, scale_add, store

LANES = 16
TILE_LINES, TILE_SAMPLES = 8, 32
_SHIFT = FRACTION_BITS - 8
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


@njit(cache=True, nogil=True, error_model="numpy")
def interleave(out: Any, analytic: Any, begin: int, beyond: int) -> None:
    """Sixteen frames side by side: out[e, n, 0 or 1, f] = real or imaginary part of analytic[e, f, n].

    Args:
        out: float32, shape (n_elements, stride, 2, 16).
        analytic: complex64, shape (n_elements, up to 16, stride); missing frames become zero.
        begin, beyond: for the elements begin..beyond - 1.
    """
    n_frames = analytic.shape[1]
    for e in range(begin, beyond):
        for n in range(out.shape[1]):
            for f in range(LANES):
                if f < n_frames:
                    out[e, n, 0, f] = analytic[e, f, n].real
                    out[e, n, 1, f] = analytic[e, f, n].imag
                else:
                    out[e, n, 0, f] = 0
                    out[e, n, 1, f] = 0


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _survey(
    q0: Any, q1: Any, first: Any, origin: Any, direction: Any, elements: Any, distance: Any, f_number: Any
) -> None:
    """What the delays of some lines need: squared distance and its slope along the line, and the first sample.

    Args:
        q0, q1, first: results, shape (n_elements, n_lines).
        origin, direction: shape (n_lines, 3); the others as of `delay_and_sum_ensemble`.
    """
    for e in range(elements.shape[0]):
        for line in range(origin.shape[0]):
            dx = origin[line, 0] - elements[e, 0]
            dy = origin[line, 1] - elements[e, 1]
            dz = origin[line, 2] - elements[e, 2]
            squared = dx * dx + dy * dy + dz * dz
            along = dx * direction[line, 0] + dy * direction[line, 1] + dz * direction[line, 2]
            nearest = 2.0 * f_number * math.sqrt(max(squared - along * along, 0.0)) - along
            q0[e, line], q1[e, line] = squared, along
            first[e, line] = np.searchsorted(distance, np.float32(nearest))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _delays(
    delay: Any, row: int, distance: Any, q0: Any, q1: Any, ticks_per_m: Any, transmit: Any, offset: int
) -> None:
    """Two-way time from TILE_SAMPLES samples of a line to an element, in ticks."""
    for i in range(TILE_SAMPLES):
        s = at(distance, i)
        receive = np.int32(math.sqrt(q0 + s * (q1 + q1 + s)) * ticks_per_m + np.float32(0.5))
        put(delay, row + i, receive + at(transmit, offset + i))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _fetch(data: Any, base: int, delay: Any, table: Any, real: Any, imaginary: Any) -> Any:
    """Add one element's sixteen frames at one delay to a real and an imaginary part."""
    sample = base + (delay >> FRACTION_BITS) * 2 * LANES
    k = ((delay >> _SHIFT) & 255) << 3
    re0, im0, re1, im1 = at(table, k), at(table, k + 4), at(table, k + 2), at(table, k + 6)
    real0, imaginary0 = load16(data, sample), load16(data, sample + LANES)
    real1, imaginary1 = load16(data, sample + 2 * LANES), load16(data, sample + 3 * LANES)
    real = scale_add(imaginary0, -im0, scale_add(real0, re0, real))
    imaginary = scale_add(imaginary0, re0, scale_add(real0, im0, imaginary))
    real = scale_add(imaginary1, -im1, scale_add(real1, re1, real))
    imaginary = scale_add(imaginary1, re1, scale_add(real1, im1, imaginary))
    return real, imaginary


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _add_one(
    total: Any, cell: int, data: Any, base: int, table: Any, delay: Any, row: int, start: int, stop: int
) -> None:
    """Add one element to samples start..stop - 1 of a tile's line, whose totals start at `cell`."""
    for i in range(start, stop):
        where = cell + i * 2 * LANES
        real, imaginary = load16(total, where), load16(total, where + LANES)
        real, imaginary = _fetch(data, base, at(delay, row + i), table, real, imaginary)
        store(total, where, real)
        store(total, where + LANES, imaginary)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _add_two(
    total: Any, cell: int, data: Any, base: int, stride: int, table: Any, delay: Any, row: int, start: int, stop: int
) -> None:  # fmt: skip
    """Add two neighbouring elements likewise: half the loads and stores of totals."""
    for i in range(start, stop):
        where = cell + i * 2 * LANES
        real, imaginary = load16(total, where), load16(total, where + LANES)
        real, imaginary = _fetch(data, base, at(delay, row + i), table, real, imaginary)
        real, imaginary = _fetch(data, base + stride, at(delay, row + TILE_SAMPLES + i), table, real, imaginary)
        store(total, where, real)
        store(total, where + LANES, imaginary)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _tile(
    total: Any, delay: Any, start: int, stop: int, data: Any, stride: int, table: Any, distance: Any, q0: Any, q1: Any,
    first: Any, left: int, lines: int, ticks_per_m: Any, transmit: Any, offset: int, row: int,
) -> None:  # fmt: skip
    """Sum all elements into a tile of the surveyed lines from `left` on; transmit[offset] belongs to its first sample.

    The delays of all lines come first: a line's sum would wait for its own.
    """
    n_elements = first.shape[0]
    here = distance[start : start + TILE_SAMPLES]
    for e in range(0, n_elements, 2):
        other = min(e + 1, n_elements - 1)
        base = e * stride * 2 * LANES
        for line in range(lines):
            for k in range(e, other + 1):
                if first[k, left + line] - start < stop:
                    _delays(
                        delay, (2 * line + k - e) * TILE_SAMPLES, here, q0[k, left + line], q1[k, left + line],
                        ticks_per_m, transmit, offset + line * row,
                    )  # fmt: skip
        for line in range(lines):
            cell, place = line * TILE_SAMPLES * 2 * LANES, 2 * line * TILE_SAMPLES
            begins = max(first[e, left + line] - start, 0)
            joins = max(first[other, left + line] - start, 0) if other > e else stop
            together = min(max(begins, joins), stop)
            _add_one(total, cell, data, base, table, delay, place, begins, together)
            _add_one(total, cell, data, base + stride * 2 * LANES, table, delay, place + TILE_SAMPLES, joins, together)
            _add_two(total, cell, data, base, stride * 2 * LANES, table, delay, place, together, stop)


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def delay_and_sum_ensemble(
    image: Any, frame0: int, data: Any, stride: int, table: Any, distance: Any, origin: Any, direction: Any,
    elements: Any, ticks_per_m: Any, transmit: Any, f_number: Any, begin: int, beyond: int,
) -> None:  # fmt: skip
    """Add sixteen frames of one transmit to image[:, :, frame0 : frame0 + 16]; boxcar aperture.

    Args:
        image: complex64, shape (n_lines, n_samples, n_frames).
        frame0: first frame; frames beyond n_frames are left out.
        data: float32, flat (n_elements, stride, 2, 16), see `interleave`; best aligned to 64 bytes.
        transmit: int32, flat (n_lines, row), row = len(distance).
        begin, beyond: for the columns begin..beyond - 1 of TILE_LINES lines.
        The others as for `das_kernel.delay_and_sum`.
    """
    n_lines, n_samples, n_frames = image.shape
    row, line0 = distance.size, begin * TILE_LINES
    surveyed = min(beyond * TILE_LINES, n_lines) - line0
    shape = (elements.shape[0], surveyed)
    q0, q1, first = np.empty(shape, np.float32), np.empty(shape, np.float32), np.empty(shape, np.int32)
    lines = slice(line0, line0 + surveyed)
    _survey(q0, q1, first, origin[lines], direction[lines], elements, distance, f_number)
    delay = np.empty(2 * TILE_LINES * TILE_SAMPLES, np.int32)
    size = TILE_LINES * TILE_SAMPLES * 2 * LANES
    buffer = np.empty(size + LANES, np.float32)
    aligned = -(buffer.ctypes.data // 4) % LANES
    total = buffer[aligned : aligned + size]
    for start in range(0, n_samples, TILE_SAMPLES):
        stop = min(start + TILE_SAMPLES, n_samples)
        for left in range(0, surveyed, TILE_LINES):
            wide = min(TILE_LINES, surveyed - left)
            total[:] = 0
            _tile(
                total, delay, start, stop - start, data, stride, table, distance, q0, q1, first, left, wide,
                ticks_per_m, transmit, (line0 + left) * row + start, row,
            )  # fmt: skip
            for line in range(wide):
                for i in range(start, stop):
                    cell = (line * TILE_SAMPLES + i - start) * 2 * LANES
                    for f in range(min(LANES, n_frames - frame0)):
                        image[line0 + left + line, i, frame0 + f] += complex(total[cell + f], total[cell + LANES + f])
