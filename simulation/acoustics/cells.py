"""Cells: small boxes of scatterers, the wider the farther they are from the array.

The grid is fixed in the probe's frame and each scatterer finds its cell by itself, so that a scatterer at rest is
computed in the same way whatever moves around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.threads import for_ranges

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

STEPS = 4
"""Sizes of cells for each doubling of the distance."""

SIZES = 40
"""Sizes in all: the largest are a thousand times the smallest."""

MOST_BOXES = 32767
"""Boxes on each side of the axes: their numbers have 16 bits; what lies farther out stays alone."""

_CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Cells:
    """Scatterers sorted into cells.

    Attributes:
        order: the scatterers in cells, one cell after the other; then those that stay alone, shape (n,).
        begin: where each cell begins in `order`, and where the last one ends, shape (n_cells + 1,).
        centre: shape (n_cells, 3) [m].
        half: half widths, shape (n_cells, 3) [m].
        size: which of the SIZES, shape (n_cells,).
    """

    order: Ints
    begin: Ints
    centre: Floats
    half: Floats
    size: Ints


def sort_into_cells(
    positions: tuple[Floats, Floats, Floats],
    anchors: Floats,
    nearest_m: float,
    widths: Floats,
    enough: Ints,
    threads: int,
) -> Cells:
    """Sort scatterers into the cells that hold enough of them.

    Args:
        positions: x, y, z, each of shape (n,) [m].
        anchors: points of the array from which distance counts, shape (n_anchors, 3) [m].
        nearest_m: scatterers nearer than that stay alone; the smallest cells begin there.
        widths: of the cells of each size along x, y and z, shape (SIZES, 3) [m].
        enough: scatterers that a cell of each size must hold, shape (SIZES,).
        threads: threads to use.
    """
    n = positions[0].size
    chunks = -(-n // _CHUNK)
    box, size = np.empty((3, n), np.int16), np.empty(n, np.int8)
    low, high = np.empty((chunks, SIZES, 3), np.int32), np.empty((chunks, SIZES, 3), np.int32)
    held = np.zeros((chunks, SIZES), np.int32)
    a_metre = 1 / widths

    def work(first: int, beyond: int) -> None:
        for k in range(first, beyond):
            begin, end = k * _CHUNK, min((k + 1) * _CHUNK, n)
            find_boxes(
                begin, end, *positions, anchors, np.float32(nearest_m), a_metre, size, box, low[k], high[k], held[k]
            )

    for_ranges(work, chunks, threads)
    most = n // int(enough.min())
    order, begin, where = np.empty(n, np.int32), np.empty(most + 1, np.int32), np.empty((most, 4), np.int32)
    n_cells = gather_boxes(size, box, low.min(axis=0), high.max(axis=0), held.sum(axis=0), enough, order, begin, where)
    width = widths[where[:n_cells, 0]]
    return Cells(order, begin[: n_cells + 1], where[:n_cells, 1:] * width, 0.5 * width, where[:n_cells, 0])


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def nearest_squared(begin: int, end: int, x: Floats, y: Floats, z: Floats, anchors: Floats, squared: Floats) -> None:
    """Squared distance of each scatterer begin..end - 1 to the nearest anchor, out [m²]; at most 1 km²."""
    squared[:] = np.float32(1e6)
    for k in range(anchors.shape[0]):
        ax, ay, az = anchors[k, 0], anchors[k, 1], anchors[k, 2]
        for i in range(end - begin):
            j, o = np.uint64(begin + i), np.uint64(i)
            dx, dy, dz = x[j] - ax, y[j] - ay, z[j] - az
            squared[o] = min(squared[o], dx * dx + dy * dy + dz * dz)


@njit(cache=True, nogil=True, error_model="numpy")
def find_boxes(
    begin: int, end: int, x: Floats, y: Floats, z: Floats, anchors: Floats, nearest: Any, a_metre: Floats, size: Ints,
    box: Ints, low: Ints, high: Ints, held: Ints,
) -> None:  # fmt: skip
    """Size of the cell of each scatterer begin..end - 1, and its number along each axis.

    Args:
        anchors, nearest: see `sort_into_cells`; a_metre: cells of each size in a metre along x, y, z, (SIZES, 3).
        size: out, -1 where there is no cell, shape (n,); box: out, shape (3, n).
        low, high: out, extremes of `box` for each size, shape (SIZES, 3); held: out, scatterers of each size.
    """
    squared = np.empty(_CHUNK, np.float32)
    nearest_squared(begin, end, x, y, z, anchors, squared)
    low[:], high[:] = 1 << 30, -(1 << 30)
    unit, half = np.float32(1) / (nearest * nearest), np.float32(0.5)
    number = np.empty(1, np.float32)
    for i in range(begin, end):
        o = np.uint64(i)
        # STEPS = 4: the size is the binary exponent of the fourth power.
        relative = squared[np.uint64(i - begin)] * unit
        number[0] = relative * relative
        s = (number.view(np.int32)[0] >> 23) - 127
        if s < 0 or s >= SIZES:
            size[o] = -1
            continue
        t = np.uint64(s)
        bx = np.int32(np.floor(x[o] * a_metre[t, 0] + half))
        by = np.int32(np.floor(y[o] * a_metre[t, 1] + half))
        bz = np.int32(np.floor(z[o] * a_metre[t, 2] + half))
        if max(abs(bx), abs(by), abs(bz)) > MOST_BOXES:
            size[o] = -1
            continue
        size[o] = s
        box[0, o], box[1, o], box[2, o] = bx, by, bz
        low[t, 0], high[t, 0] = min(low[t, 0], bx), max(high[t, 0], bx)
        low[t, 1], high[t, 1] = min(low[t, 1], by), max(high[t, 1], by)
        low[t, 2], high[t, 2] = min(low[t, 2], bz), max(high[t, 2], bz)
        held[t] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def gather_boxes(
    size: Ints, box: Ints, low: Ints, high: Ints, held: Ints, enough: Ints, order: Ints, begin: Ints, where: Ints
) -> int:
    """Sort by cell; sizes of cells that are mostly empty are left out altogether.

    Args:
        size, box, low, high, held: from `find_boxes`; enough: see `sort_into_cells`.
        order: out, shape (n,); begin, where: out, for each cell, where: its size and box, shape (n_cells, 4).

    Returns:
        How many cells hold enough.
    """
    first = np.full(SIZES, -1, np.int64)
    total: Any = 0
    for s in range(SIZES):
        room = np.int64(1)
        for axis in range(3):
            room = min(room * (np.int64(high[s, axis]) - low[s, axis] + 1), np.int64(1 << 30))
        if held[s] > 0 and room <= held[s]:
            first[s] = total
            total += room
    count = np.zeros(total, np.int32)
    key = np.empty(size.shape[0], np.int32)
    for i in range(size.shape[0]):
        o = np.uint64(i)
        key[o] = -1
        t = np.uint64(max(size[o], 0))
        if size[o] >= 0 and first[t] >= 0:
            row: Any = (box[2, o] - low[t, 2]) * (high[t, 1] - low[t, 1] + 1) + box[1, o] - low[t, 1]
            key[o] = first[t] + row * (high[t, 0] - low[t, 0] + 1) + box[0, o] - low[t, 0]
            count[np.uint64(key[o])] += 1
    cells = 0
    begin[0] = 0
    for s in range(SIZES):
        if first[s] < 0:
            continue
        nx, ny = high[s, 0] - low[s, 0] + 1, high[s, 1] - low[s, 1] + 1
        room = np.int64(nx) * ny * (high[s, 2] - low[s, 2] + 1)
        for k in range(room):
            here = count[first[s] + k]
            count[first[s] + k] = -1  # from now on: where the next scatterer of the cell goes
            if here >= enough[s]:
                where[cells, 0], where[cells, 1] = s, low[s, 0] + k % nx
                where[cells, 2], where[cells, 3] = low[s, 1] + k // nx % ny, low[s, 2] + k // (nx * ny)
                count[first[s] + k] = begin[cells]
                cells += 1
                begin[cells] = begin[cells - 1] + here
    alone: Any = begin[cells]
    for i in range(size.shape[0]):
        k = key[np.uint64(i)]
        place: Any = np.int32(-1) if k < 0 else count[np.uint64(k)]
        if place >= 0:
            count[np.uint64(k)] += 1
        else:
            place = alone
            alone += 1
        order[np.uint64(place)] = i
    return cells


@njit(cache=True, nogil=True, error_model="numpy")
def gather(
    first: int, beyond: int, order: Ints, positions: Floats, amplitudes: Floats, x: Floats, y: Floats, z: Floats,
    amplitude: Floats,
) -> None:  # fmt: skip
    """Scatterers first..beyond - 1 in a new order."""
    for i in range(first, beyond):
        o, j = np.uint64(i), np.uint64(order[np.uint64(i)])
        x[o], y[o], z[o], amplitude[o] = positions[j, 0], positions[j, 1], positions[j, 2], amplitudes[j]
