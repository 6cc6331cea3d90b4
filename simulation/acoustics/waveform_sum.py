"""Hot loops that sum the transmitting elements' waves at each scatterer to a waveform.

Arrays of a block of scatterers are laid out [element][scatterer], so that loops over scatterers vectorise. A
waveform is mostly silence between a main wave, edge waves and grating lobes: only the pieces of eight samples that
hold its energy are kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.pulse import PHASE_BITS
from sonoreach.simulation.acoustics.vector import LANES, add_rotated_row, add_scaled_row, set_rotated_row

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

COARSE_BITS = 2
COARSE = 1 << COARSE_BITS
"""Fractional delays at which the elements' waves are summed; the others are interpolated between them."""

FINE = 16
"""Fractional delays at which the waveform is kept."""

BLOCK = 64
"""Scatterers handled at once: their waveforms stay in the second-level cache."""

PIECE = LANES // 2
"""Complex samples of a piece of a waveform."""

LEFT_OUT = 1e-3
"""Part of a waveform's energy that may be left out with its faint pieces (-30 dB)."""

LEAD = COARSE - 1
"""Coarse samples of a pulse before its first whole one."""

PAD = 16
"""Coarse samples before and after a train, so that neighbours can be read without a check."""

FAR = np.float32(1e6)
"""Sample numbers are held within these bounds, so that they stay whole numbers."""


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def arrivals(
    path: Floats, scale: Floats, distance: Floats, pattern: Floats, spherical: bool,
    arrival: Floats, strength: Floats, first: Floats, last: Floats,
) -> None:  # fmt: skip
    """When [m] and how strongly each element's wave reaches each scatterer of a block, and the extremes.

    Args:
        path, scale: of this transmit, shape (n_elements,), see `diffraction.ElementWaves`.
        distance, pattern: from `receive`, shape (n_elements, BLOCK).
        arrival, strength: out, shape (n_elements, BLOCK); first, last: out, shape (BLOCK,).
    """
    for i in range(BLOCK):
        first[i], last[i] = np.float32(1e30), np.float32(-1e30)
    for e in range(path.shape[0]):
        delay, part = path[e], scale[e]
        silent = part == 0
        for i in range(BLOCK):
            o = np.uint64(i)
            spread = np.float32(1) / np.sqrt(distance[e, o]) if spherical else np.float32(1)
            time = delay + distance[e, o]
            arrival[e, o] = time
            strength[e, o] = part * pattern[e, o] * spread
            first[o] = first[o] if silent else min(first[o], time)
            last[o] = last[o] if silent else max(last[o], time)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def place_waves(arrival: Floats, first: Floats, samples_per_m: Any, room: Any, origin: Ints, slot: Ints) -> None:
    """Whole sample at which each waveform begins, and each wave's place in it in steps of 1/2**PHASE_BITS.

    Args:
        arrival, first: see `arrivals`; room: highest place [samples].
        origin: out, shape (BLOCK,); slot: out, shape (n_elements, BLOCK).
    """
    for i in range(BLOCK):
        origin[i] = np.int32(np.floor(min(max(first[i] * samples_per_m, -FAR), FAR)))
    for e in range(arrival.shape[0]):
        for i in range(BLOCK):
            o = np.uint64(i)
            position = min(max(arrival[e, o] * samples_per_m - np.float32(origin[o]), np.float32(0)), room)
            slot[e, o] = np.int32(position * np.float32(1 << PHASE_BITS) + np.float32(0.5))


@njit(cache=True, nogil=True, error_model="numpy")
def sum_waves(
    i: int, order: Ints, strength: Floats, slot: Ints, rows: Floats, bank: int, width: int, train: Floats
) -> None:
    """Add the waves of all elements at scatterer i to `train`, complex samples at COARSE times the rate.

    `order` visits neighbouring elements, whose waves overlap, at different times: one need not wait for the other.
    """
    shift = PHASE_BITS - COARSE_BITS
    steps = 1 << shift
    for e in order:
        factor = strength[np.uint64(e), np.uint64(i)]
        place = np.intp(slot[np.uint64(e), np.uint64(i)])
        row = (bank * steps + (place & (steps - 1))) * width
        target = 2 * (PAD + (place >> shift))
        for more in range(0, width, LANES):
            add_scaled_row(train, target + more, rows, row + more, factor)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def faint_below(train: Floats, pieces: int, scratch: Floats) -> Any:
    """Energy, to 1.5 dB, below which all pieces together hold at most LEFT_OUT; `scratch` gets each one's energy."""
    total = np.float32(0)
    for k in range(pieces):
        here = np.float32(0)
        for m in range(COARSE * LANES):
            value = train[np.uint64(2 * PAD + k * COARSE * LANES + m)]
            here += value * value
        scratch[k] = here
        total += here
    threshold = np.float32(LEFT_OUT) * total  # a stronger piece cannot be left out
    for _ in range(40):
        rest = np.float32(0)
        for k in range(pieces):
            rest += scratch[np.uint64(k)] if scratch[np.uint64(k)] < threshold else np.float32(0)
        if rest <= np.float32(LEFT_OUT) * total:
            break
        threshold *= np.float32(0.7)
    return threshold


@njit(cache=True, nogil=True, error_model="numpy")
def find_runs(threshold: Any, pieces: int, scratch: Floats, runs: Ints, found: int, used: int) -> int:
    """Append the runs of pieces at or above a threshold to `runs` from row `found` on; returns the new end.

    A run may hold one faint piece between loud ones. Columns of `runs`: first piece, pieces, where they lie in
    the store of fine pieces, of which `used` are taken.
    """
    end = found
    quiet = 2  # pieces since the last loud one
    for k in range(pieces):
        if scratch[k] < threshold or scratch[k] == 0:
            quiet += 1
            continue
        if quiet > 1:
            if end > found:
                used += runs[end - 1, 1]
            runs[end, 0], runs[end, 1], runs[end, 2] = k, 1, used
            end += 1
        else:
            runs[end - 1, 1] = k - runs[end - 1, 0] + 1
        quiet = 0
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def refine(train: Floats, first: int, pieces: int, factors: Floats, coarse: Floats, fine: Floats, base: int) -> None:
    """Interpolate a run of pieces to FINE fractional delays: FINE rows, one after the other from fine[base] on.

    Args:
        train: see `sum_waves`; first, pieces: the run.
        factors: shape (FINE, 4): real and imaginary part of the weights of the coarse rows before and after.
        coarse: scratch for COARSE + 1 rows.
    """
    step, size = FINE // COARSE, pieces * LANES
    for p in range(COARSE + 1):
        begin = 2 * (PAD + LEAD + COARSE * PIECE * first - p)
        for k in range(pieces * PIECE):
            coarse[np.uint64(p * size + 2 * k)] = train[np.uint64(begin + 2 * COARSE * k)]
            coarse[np.uint64(p * size + 2 * k + 1)] = train[np.uint64(begin + 2 * COARSE * k + 1)]
    for q in range(FINE):
        before = (q // step) * size
        a, b, c, d = factors[q, 0], factors[q, 1], factors[q, 2], factors[q, 3]
        target = base + q * size
        for k in range(0, size, LANES):
            set_rotated_row(fine, target + k, coarse, before + k, a, b)
            if q % step != 0:  # between two coarse rows
                add_rotated_row(fine, target + k, coarse, before + size + k, c, d)
