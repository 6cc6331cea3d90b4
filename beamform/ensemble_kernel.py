"""The delay-and-sum kernel for a Doppler ensemble: one delay and one weight serve all frames.

Sixteen frames are the lanes of a vector, and two such groups share a delay. Samples and weights are int16 (see
`ensemble_records`), whose products of four elements are added as int32 before they become floats. The image is cut
into tiles of neighbouring lines and samples, so that their totals stay in the nearest cache. Tiles side by side need
much the same stretches of all records: they follow one another, so that these stay in the second-level cache.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from sonoreach.beamform.ensemble_records import TOGETHER
from sonoreach.beamform.row_kernel import FRACTION_BITS
from sonoreach.beamform.simd import at, load16, put, store, store_complex
from sonoreach.beamform.simd_pairs import add_dot, load_pairs, no_sums, scale_add_sums

LANES = 16
TILE_LINES, TILE_SAMPLES = 4, 32
_POINTS = TILE_LINES * TILE_SAMPLES
_SHIFT = FRACTION_BITS - 8
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


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
    delay: Any, distance: Any, start: int, q0: Any, q1: Any, first: Any, left: int, lines: int, ticks_per_m: Any,
    transmit: Any, offset: int, row: int,
) -> None:  # fmt: skip
    """Two-way time from the points of a tile to an element, in ticks; 0, which is silent, where it does not listen."""
    for line in range(lines):
        a, b, nearest = at(q0, left + line), at(q1, left + line), at(first, left + line) - start
        for i in range(TILE_SAMPLES):
            s = at(distance, start + i)
            receive = np.int32(math.sqrt(a + s * (b + b + s)) * ticks_per_m + np.float32(0.5))
            ticks = receive + at(transmit, offset + line * row + i)
            put(delay, line * TILE_SAMPLES + i, ticks if i >= nearest else np.int32(0))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _add_element(data: Any, base: int, ticks: int, table: Any, sums: Any) -> Any:
    """Add sixteen frames of an element, between two samples with the weights of both, to two vectors of int32."""
    here = base + (ticks >> FRACTION_BITS) * (2 * LANES)
    k = ((ticks >> _SHIFT) & 255) << 2
    real, imag = sums
    sample, following = load_pairs(data, here), load_pairs(data, here + 2 * LANES)
    real = add_dot(following, at(table, k + 2), add_dot(sample, at(table, k), real))
    imag = add_dot(following, at(table, k + 3), add_dot(sample, at(table, k + 1), imag))
    return real, imag


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _add_four(
    total: Any, where: int, data: Any, base: int, apart: int, table: Any, delay: Any, point: int, unit: Any
) -> None:
    """Add four elements, whose records lie `apart`, to a point of a tile, whose totals are at `where`."""
    sums = no_sums(), no_sums()
    for k in range(TOGETHER):
        sums = _add_element(data, base + k * apart, at(delay, point + k * _POINTS), table, sums)
    store(total, where, scale_add_sums(sums[0], unit, load16(total, where)))
    store(total, where + LANES, scale_add_sums(sums[1], unit, load16(total, where + LANES)))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _add_element_twice(data: Any, base: int, ticks: int, table: Any, sums: Any) -> Any:
    """Add 32 frames of an element, as `_add_element`: its weights serve both sixteens."""
    here = base + (ticks >> FRACTION_BITS) * (4 * LANES)
    k = ((ticks >> _SHIFT) & 255) << 2
    re0, im0, re1, im1 = at(table, k), at(table, k + 1), at(table, k + 2), at(table, k + 3)
    real, imag, next_real, next_imag = sums
    sample, following = load_pairs(data, here), load_pairs(data, here + 4 * LANES)
    real, imag = (
        add_dot(following, re1, add_dot(sample, re0, real)),
        add_dot(following, im1, add_dot(sample, im0, imag)),
    )
    sample, following = load_pairs(data, here + 2 * LANES), load_pairs(data, here + 6 * LANES)
    next_real = add_dot(following, re1, add_dot(sample, re0, next_real))
    next_imag = add_dot(following, im1, add_dot(sample, im0, next_imag))
    return real, imag, next_real, next_imag


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _add_four_twice(
    total: Any, where: int, data: Any, base: int, apart: int, table: Any, delay: Any, point: int, unit: Any
) -> None:
    """Add 32 frames of four elements, as `_add_four`."""
    sums = no_sums(), no_sums(), no_sums(), no_sums()
    for k in range(TOGETHER):
        sums = _add_element_twice(data, base + k * apart, at(delay, point + k * _POINTS), table, sums)
    store(total, where, scale_add_sums(sums[0], unit, load16(total, where)))
    store(total, where + LANES, scale_add_sums(sums[1], unit, load16(total, where + LANES)))
    store(total, where + 2 * LANES, scale_add_sums(sums[2], unit, load16(total, where + 2 * LANES)))
    store(total, where + 3 * LANES, scale_add_sums(sums[3], unit, load16(total, where + 3 * LANES)))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _tile(
    total: Any, delay: Any, start: int, stop: int, data: Any, unit: Any, stride: int, groups: int, table: Any,
    distance: Any, q0: Any, q1: Any, first: Any, left: int, lines: int, ticks_per_m: Any, transmit: Any, offset: int,
    row: int,
) -> None:  # fmt: skip
    """Sum all elements into a tile of the surveyed lines from `left` on; transmit[offset] belongs to its first sample.

    The lines of a tile take turns at each depth: they need the same samples.
    """
    apart = stride * groups * 2 * LANES
    for e in range(0, first.shape[0], TOGETHER):
        begin = max(first[e : e + TOGETHER, left : left + lines].min() - start, 0)
        if begin >= stop:
            continue
        for k in range(TOGETHER):
            _delays(
                delay[k * _POINTS :], distance, start, q0[e + k], q1[e + k], first[e + k], left, lines, ticks_per_m,
                transmit, offset, row,
            )  # fmt: skip
        one = at(unit, e // TOGETHER)
        for i in range(begin, stop):
            for line in range(lines):
                point = line * TILE_SAMPLES + i
                if groups == 1:
                    _add_four(total, point * 2 * LANES, data, e * apart, apart, table, delay, point, one)
                else:
                    _add_four_twice(total, point * 4 * LANES, data, e * apart, apart, table, delay, point, one)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _write(image: Any, point: int, total: Any, cell: int, n_frames: int, fresh: bool) -> None:
    """Write the totals of some frames to a point of the flat image, or add them to it."""
    for f in range(0, n_frames, LANES):
        here = cell + 2 * f
        if fresh and f + LANES <= n_frames:
            store_complex(image, point + f, load16(total, here), load16(total, here + LANES))
        else:
            for k in range(min(LANES, n_frames - f)):
                value = complex(total[here + k], total[here + LANES + k])
                image[point + f + k] = value if fresh else image[point + f + k] + value


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def delay_and_sum_ensemble(
    image: Any, frame0: int, data: Any, unit: Any, stride: int, groups: int, table: Any, distance: Any, origin: Any,
    direction: Any, elements: Any, ticks_per_m: Any, transmit: Any, f_number: Any, fresh: bool, begin: int, beyond: int,
) -> None:  # fmt: skip
    """Add one transmit's frames to image[:, :, frame0 : frame0 + 16 groups]; boxcar aperture.

    Args:
        image: complex64, shape (n_lines, n_samples, n_frames).
        frame0: first frame; frames beyond n_frames are left out.
        data: int16, flat (n_elements to a multiple of 4, stride, groups, 16, 2), see `ensemble_records.interleave`.
        unit: float32, shape (n_elements / 4,): what 1, as a product of a sample and a weight, stands for.
        groups: 1 or 2 times sixteen frames.
        table: weights, see `ensemble_records.pack_weights`.
        transmit: int32, flat (n_lines, row), row = len(distance).
        fresh: whether to write and not to add.
        begin, beyond: for the columns begin..beyond - 1 of TILE_LINES lines.
        The others as for `das_kernel.delay_and_sum`.
    """
    n_lines, n_samples, n_frames = image.shape
    flat = image.reshape(-1)
    row, line0 = distance.size, begin * TILE_LINES
    surveyed = min(beyond * TILE_LINES, n_lines) - line0
    shape = (-(-elements.shape[0] // TOGETHER) * TOGETHER, surveyed)
    q0, q1, first = np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.full(shape, n_samples, np.int32)
    lines = slice(line0, line0 + surveyed)
    _survey(q0, q1, first, origin[lines], direction[lines], elements, distance, f_number)
    delay = np.empty(TOGETHER * _POINTS, np.int32)
    size = _POINTS * groups * 2 * LANES
    buffer = np.empty(size + LANES, np.float32)
    aligned = -(buffer.ctypes.data // 4) % LANES
    total = buffer[aligned : aligned + size]
    for start in range(0, n_samples, TILE_SAMPLES):
        stop = min(start + TILE_SAMPLES, n_samples)
        for left in range(0, surveyed, TILE_LINES):
            wide = min(TILE_LINES, surveyed - left)
            total[:] = 0
            _tile(
                total, delay, start, stop - start, data, unit, stride, groups, table, distance, q0, q1, first, left,
                wide, ticks_per_m, transmit, (line0 + left) * row + start, row,
            )  # fmt: skip
            for line in range(wide):
                for i in range(start, stop):
                    cell = (line * TILE_SAMPLES + i - start) * groups * 2 * LANES
                    point = ((line0 + left + line) * n_samples + i) * n_frames + frame0
                    _write(flat, point, total, cell, min(groups * LANES, n_frames - frame0), fresh)
