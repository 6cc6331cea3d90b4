"""Hot loops that sum the scatterers of a cell at the anchors.

What an anchor hears of a cell is kept on the cell's own clock, which runs as if every scatterer lay at its centre:
there it changes slowly from anchor to anchor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.simd import load16, multiply, multiply_add, scale, scale_add, store, subtract
from sonoreach.beamform.simd_lanes import every16, positive
from sonoreach.simulation.acoustics.pulse import PHASE_BITS
from sonoreach.simulation.acoustics.vector import LANES, add_scaled_row

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

BLOCK = 64
"""Scatterers of a cell handled at once."""

VIEW = 11
"""Numbers of `look_at` for each anchor."""


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def look_at(centre: Floats, half: Floats, anchors: Floats, view: Floats) -> Any:
    """How each anchor sees a cell's centre: what `receive_at_anchors` needs to go from there to a scatterer.

    Args:
        centre: of the cell; half: its half widths; shape (3,) [m].
        anchors: columns as the rows of `kernels.receive`, shape (7, n_anchors).
        view: out, shape (VIEW, n_anchors).

    Returns:
        Bounds, nearly, of the delay of a scatterer in the cell against its centre, and of the difference of those
        of neighbouring anchors [m].
    """
    n = anchors.shape[1]
    for k in range(n):
        q = np.uint64(k)
        nx, nz, reference = anchors[3, q], anchors[4, q], anchors[6, q]
        dx, dy, dz = centre[0] - anchors[0, q], centre[1] - anchors[1, q], centre[2] - anchors[2, q]
        r = np.sqrt(max(dx * dx + dy * dy + dz * dz, anchors[5, q]))
        inverse = np.float32(1) / r
        gain = inverse * np.sqrt(reference * inverse)
        view[0, q] = r
        view[1, q], view[2, q], view[3, q] = dx * inverse, dy * inverse, dz * inverse
        view[4, q] = inverse
        view[5, q], view[6, q], view[7, q] = (dx * nz - dz * nx) * inverse, nz * inverse, -nx * inverse
        view[8, q], view[9, q], view[10, q] = (dx * nx + dz * nz) * gain, nx * gain, nz * gain
    squared = half[0] * half[0] + half[1] * half[1] + half[2] * half[2]
    reach, steep = np.float32(0), np.float32(0)
    for k in range(n):
        q, p = np.uint64(k), np.uint64(max(k - 1, 0))
        way, turn = np.float32(0.5) * squared * view[4, q], np.float32(0)
        for axis in range(3):
            row = np.uint64(axis + 1)
            way += half[axis] * abs(view[row, q])
            turn += half[axis] * abs(view[row, q] - view[row, p])
        reach, steep = max(reach, way), max(steep, turn)
    return reach, steep


@njit(cache=True, nogil=True, error_model="numpy")
def receive_at_anchors(
    x: Floats, y: Floats, z: Floats, begin: int, count: int, centre: Floats, view: Floats, lateral: Floats,
    delay: Floats, weight: Floats,
) -> None:  # fmt: skip
    """Distance to each anchor less that of the cell's centre, and how strongly it hears each scatterer.

    Both by powers of u, the squared distance divided by that of the centre, less 1: no roots, no divisions.

    Args:
        x, y, z, begin, count: the scatterers begin..begin + count - 1.
        centre: of the cell, shape (3,) [m]; view: from `look_at`; lateral: see `kernels.receive`.
        delay: out [m]; weight: out; flat, shape (BLOCK, n_anchors).
    """
    n = view.shape[1]
    flat = view.reshape(-1)
    one, half = every16(np.float32(1)), every16(np.float32(0.5))
    a0, a1, a2, a3 = every16(lateral[0]), every16(lateral[1]), every16(lateral[2]), every16(lateral[3])
    a4, a5, a6, a7 = every16(lateral[4]), every16(lateral[5]), every16(lateral[6]), every16(lateral[7])
    for k in range(0, n, LANES):
        inverse = load16(flat, 4 * n + k)
        gx, gy, gz = load16(flat, n + k), load16(flat, 2 * n + k), load16(flat, 3 * n + k)
        s0, sx, sz = load16(flat, 5 * n + k), load16(flat, 6 * n + k), load16(flat, 7 * n + k)
        c0, cx, cz = load16(flat, 8 * n + k), load16(flat, 9 * n + k), load16(flat, 10 * n + k)
        for i in range(count):
            j = np.uint64(begin + i)
            dx, dy, dz = x[j] - centre[0], y[j] - centre[1], z[j] - centre[2]
            squared = dx * dx + dy * dy + dz * dz
            u = scale_add(gx, dx + dx, scale_add(gy, dy + dy, scale_add(gz, dz + dz, scale(inverse, squared))))
            ru, u = u, multiply(u, inverse)  # u times the distance of the centre, and u
            root = multiply_add(u, every16(np.float32(7 / 256)), every16(np.float32(-5 / 128)))
            root = multiply_add(u, root, every16(np.float32(1 / 16)))
            root = multiply_add(u, root, every16(np.float32(-1 / 8)))
            root = multiply_add(u, root, half)
            store(delay, i * n + k, multiply(ru, root))
            nearer = subtract(one, multiply(u, subtract(one, multiply(u, subtract(one, u)))))
            nearer = subtract(one, multiply(u, nearer))  # 1 / (1 + u)
            sine = scale_add(sx, dx, scale_add(sz, dz, s0))
            p = multiply(multiply(sine, sine), nearer)
            pattern = multiply_add(p, multiply_add(p, multiply_add(p, a7, a6), a5), a4)
            pattern = multiply_add(p, multiply_add(p, multiply_add(p, multiply_add(p, pattern, a3), a2), a1), a0)
            cosine = positive(scale_add(cx, dx, scale_add(cz, dz, c0)))
            spread = multiply_add(u, every16(np.float32(1155 / 2048)), every16(np.float32(-77 / 128)))
            spread = multiply_add(u, spread, every16(np.float32(21 / 32)))
            spread = multiply_add(u, spread, every16(np.float32(-3 / 4)))
            spread = multiply_add(u, spread, one)
            store(weight, i * n + k, multiply(multiply(pattern, cosine), spread))


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def place_in_record(
    path: Floats, gain: Floats, amplitude: Floats, centre_path: Any, begin: int, count: int, n: int, delay: Floats,
    weight: Floats, samples_per_m: Any, lead: Any, slot: Ints, scaled: Floats,
) -> None:  # fmt: skip
    """Where in the cell's record, in steps of 1/2**PHASE_BITS sample, and how strongly each pulse is added.

    Args:
        path, gain: of this transmit, amplitude: of the scatterers, shape (n,), see `kernels.place`.
        centre_path: path of the cell's centre [m].
        delay, weight: from `receive_at_anchors`; lead: place of the centre [samples].
        slot, scaled: out, flat, shape (BLOCK, n_anchors).
    """
    steps = np.float32(1 << PHASE_BITS)
    for i in range(count):
        j = np.uint64(begin + i)
        ahead = ((path[j] - centre_path) * samples_per_m + lead) * steps + np.float32(0.5)
        factor = gain[j] * amplitude[j]
        for k in range(n):
            q = np.uint64(i * n + k)
            slot[q] = np.int32(ahead + delay[q] * (samples_per_m * steps))
            scaled[q] = weight[q] * factor


@njit(cache=True, nogil=True, error_model="numpy")
def find_banks(view: Floats, path: Any, clock: Any, pulses: Any, bank: Ints) -> None:
    """The first row of the pulses that each anchor hears from a cell whose centre has this transmit `path` [m]."""
    for k in range(bank.shape[0]):
        there = np.intp((path + view[0, k]) * clock.samples_per_m + clock.start) >> pulses.bank_bits
        bank[k] = min(max(there, 0), pulses.banks - 1) << PHASE_BITS


@njit(cache=True, nogil=True, error_model="numpy")
def add_to_record(
    count: int, slot: Ints, scaled: Floats, rows: Floats, bank: Ints, width: int, record: Floats, apart: int
) -> None:  # fmt: skip
    """Add the pulses of a block to the record of each anchor.

    Args:
        slot, scaled: from `place_in_record`.
        rows, width: see `pulse.PulseTable`; bank: first row of each anchor's bank, shape (n_anchors,).
        record: flat; that of each anchor begins `apart` floats after the one before.
    """
    n = bank.shape[0]
    for i in range(count):
        for k in range(n):
            q = np.uint64(i * n + k)
            place = np.intp(slot[q])
            row = (np.intp(bank[np.uint64(k)]) + (place & ((1 << PHASE_BITS) - 1))) * width
            target = k * apart + 2 * (place >> PHASE_BITS)
            for more in range(0, width, LANES):
                add_scaled_row(record, target + more, rows, row + more, scaled[q])
