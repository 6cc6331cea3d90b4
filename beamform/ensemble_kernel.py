"""The delay-and-sum kernel for a Doppler ensemble: one delay and one weight serve all frames.

Sixteen frames are the lanes of a vector, and two such groups share a delay. The image is cut into tiles of neighbouring
lines and samples, so that the stretch of one element's record that a tile needs stays in the nearest cache. Tiles side
by side need much the same stretches of all elements: they follow one another, so that these stay in the second-level
cache.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from sonoreach.beamform.row_kernel import FRACTION_BITS
from sonoreach.beamform.simd import at, load16, put, scale_add, store

LANES = 16
TILE_LINES, TILE_SAMPLES = 4, 32
_SHIFT = FRACTION_BITS - 8
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


@njit(cache=True, nogil=True, error_model="numpy")
def interleave(out: Any, analytic: Any, begin: int, beyond: int) -> None:
    """Frames side by side: out[e, n, g, 0 or 1, f] = real or imaginary part of analytic[e, 16 g + f, n].

    Args:
        out: float32, shape (n_elements, stride, n_groups, 2, 16).
        analytic: complex64, shape (n_elements, up to 16 n_groups, stride); missing frames become zero.
        begin, beyond: for the elements begin..beyond - 1.
    """
    n_frames = analytic.shape[1]
    for e in range(begin, beyond):
        for n in range(out.shape[1]):
            for g in range(out.shape[2]):
                for f in range(LANES):
                    there = g * LANES + f < n_frames
                    out[e, n, g, 0, f] = analytic[e, g * LANES + f, n].real if there else 0
                    out[e, n, g, 1, f] = analytic[e, g * LANES + f, n].imag if there else 0


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
def _fetch(data: Any, here: int, following: int, re0: Any, im0: Any, re1: Any, im1: Any, real: Any, imag: Any) -> Any:
    """Add sixteen frames, between two samples with two complex weights, to a real and an imaginary part."""
    real0, imag0 = load16(data, here), load16(data, here + LANES)
    real1, imag1 = load16(data, following), load16(data, following + LANES)
    real = scale_add(imag0, -im0, scale_add(real0, re0, real))
    imag = scale_add(imag0, re0, scale_add(real0, im0, imag))
    real = scale_add(imag1, -im1, scale_add(real1, re1, real))
    imag = scale_add(imag1, re1, scale_add(real1, im1, imag))
    return real, imag


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _add_element(
    total: Any, cell: int, data: Any, base: int, groups: int, table: Any, delay: Any, row: int, start: int, stop: int
) -> None:  # fmt: skip
    """Add one element to samples start..stop - 1 of a tile's line, whose totals start at `cell`.

    Two groups of frames share a delay and its weights: they cost a sixth less than one after the other.
    """
    wide = groups * 2 * LANES
    for i in range(start, stop):
        ticks, where = at(delay, row + i), cell + i * wide
        here = base + (ticks >> FRACTION_BITS) * wide
        following = here + wide
        k = ((ticks >> _SHIFT) & 255) << 3
        re0, im0, re1, im1 = at(table, k), at(table, k + 4), at(table, k + 2), at(table, k + 6)
        real, imag = load16(total, where), load16(total, where + LANES)
        real, imag = _fetch(data, here, following, re0, im0, re1, im1, real, imag)
        store(total, where, real)
        store(total, where + LANES, imag)
        if groups == 2:
            real, imag = load16(total, where + 2 * LANES), load16(total, where + 3 * LANES)
            real, imag = _fetch(data, here + 2 * LANES, following + 2 * LANES, re0, im0, re1, im1, real, imag)
            store(total, where + 2 * LANES, real)
            store(total, where + 3 * LANES, imag)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _tile(
    total: Any, delay: Any, start: int, stop: int, data: Any, stride: int, groups: int, table: Any, distance: Any,
    q0: Any, q1: Any, first: Any, left: int, lines: int, ticks_per_m: Any, transmit: Any, offset: int, row: int,
) -> None:  # fmt: skip
    """Sum all elements into a tile of the surveyed lines from `left` on; transmit[offset] belongs to its first sample.

    The delays of all lines come first: a line's sum would wait for its own.
    """
    here = distance[start : start + TILE_SAMPLES]
    for e in range(first.shape[0]):
        for line in range(lines):
            if first[e, left + line] < start + stop:
                _delays(
                    delay, line * TILE_SAMPLES, here, q0[e, left + line], q1[e, left + line], ticks_per_m, transmit,
                    offset + line * row,
                )  # fmt: skip
        for line in range(lines):
            _add_element(
                total, line * TILE_SAMPLES * groups * 2 * LANES, data, e * stride * groups * 2 * LANES, groups, table,
                delay, line * TILE_SAMPLES, max(first[e, left + line] - start, 0), stop,
            )  # fmt: skip


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def delay_and_sum_ensemble(
    image: Any, frame0: int, data: Any, stride: int, groups: int, table: Any, distance: Any, origin: Any,
    direction: Any, elements: Any, ticks_per_m: Any, transmit: Any, f_number: Any, begin: int, beyond: int,
) -> None:  # fmt: skip
    """Add one transmit's frames to image[:, :, frame0 : frame0 + 16 groups]; boxcar aperture.

    Args:
        image: complex64, shape (n_lines, n_samples, n_frames).
        frame0: first frame; frames beyond n_frames are left out.
        data: float32, flat (n_elements, stride, groups, 2, 16), see `interleave`; best aligned to 64 bytes.
        groups: 1 or 2 times sixteen frames.
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
    delay = np.empty(TILE_LINES * TILE_SAMPLES, np.int32)
    size = TILE_LINES * TILE_SAMPLES * groups * 2 * LANES
    buffer = np.empty(size + LANES, np.float32)
    aligned = -(buffer.ctypes.data // 4) % LANES
    total = buffer[aligned : aligned + size]
    for start in range(0, n_samples, TILE_SAMPLES):
        stop = min(start + TILE_SAMPLES, n_samples)
        for left in range(0, surveyed, TILE_LINES):
            wide = min(TILE_LINES, surveyed - left)
            total[:] = 0
            _tile(
                total, delay, start, stop - start, data, stride, groups, table, distance, q0, q1, first, left, wide,
                ticks_per_m, transmit, (line0 + left) * row + start, row,
            )  # fmt: skip
            for line in range(wide):
                for i in range(start, stop):
                    cell = (line * TILE_SAMPLES + i - start) * groups * 2 * LANES
                    for f in range(min(groups * LANES, n_frames - frame0)):
                        lane = cell + f // LANES * 2 * LANES + f % LANES
                        image[line0 + left + line, i, frame0 + f] += complex(total[lane], total[lane + LANES])
