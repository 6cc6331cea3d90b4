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

from sonoreach.beamform.simd import add, load16, store
from sonoreach.simulation.acoustics.pulse import PHASE_BITS
from sonoreach.simulation.acoustics.row import FAR
from sonoreach.simulation.acoustics.vector import LANES, PIECE, add_scaled_row

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

FINE_BITS = 4
FINE = 1 << FINE_BITS
"""Fractional delays at which the waveform is kept."""

BLOCK = 64
"""Scatterers handled at once: their waveforms stay in the second-level cache."""

LONGEST = 8
"""Pieces of the longest run; longer ones are split."""

GROUP = 32
"""Neighbouring elements that hear the same pieces of a waveform."""

LEFT_OUT = 1e-3
"""Part of a waveform's energy that may be left out with its faint pieces (-30 dB)."""

TRAINS = 4
"""Sums of waves that take turns."""

PAD = PIECE
"""Samples before and after a waveform, so that neighbours can be read without a check."""


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
    i: int, order: Ints, strength: Floats, slot: Ints, rows: Floats, bank: int, width: int, pieces: int, trains: Floats,
    train: Floats,
) -> None:  # fmt: skip
    """Sum the waves of all elements at scatterer i.

    Waves that overlap, added one after the other, would wait for each other: `order` visits neighbouring elements at
    different times, and TRAINS sums take turns.

    Args:
        pieces: of the train; trains: scratch, flat, TRAINS times as long as `train`.
        train: out, complex samples behind PAD zeros, and PAD more behind them.
    """
    apart = train.shape[0]
    for n in range(TRAINS):
        trains[n * apart : n * apart + 2 * (pieces * PIECE + 2 * PAD)] = 0
    for j in range(order.shape[0]):
        e = np.uint64(order[np.uint64(j)])
        factor = strength[e, np.uint64(i)]
        place = np.intp(slot[e, np.uint64(i)])
        row = ((bank << PHASE_BITS) + (place & ((1 << PHASE_BITS) - 1))) * width
        target = j % TRAINS * apart + 2 * (PAD + (place >> PHASE_BITS))
        for more in range(0, width, LANES):
            add_scaled_row(trains, target + more, rows, row + more, factor)
    for m in range(0, 2 * (pieces * PIECE + 2 * PAD), LANES):
        some = add(load16(trains, m), load16(trains, apart + m))
        store(train, m, add(some, add(load16(trains, 2 * apart + m), load16(trains, 3 * apart + m))))


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def hear(pattern: Floats, power: Floats) -> None:
    """How strongly each group of GROUP elements hears each scatterer of a block.

    Args:
        pattern: from `receive`, shape (n_elements, BLOCK); power: out, shape (BLOCK, n_groups).
    """
    power[:] = 0
    for e in range(pattern.shape[0]):
        for i in range(BLOCK):
            power[i, e // GROUP] += pattern[e, i] * pattern[e, i]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def measure_pieces(train: Floats, pieces: int, energy: Floats) -> None:
    """Energy of each of so many pieces of a waveform."""
    for k in range(pieces):
        here = np.float32(0)
        for m in range(LANES):
            value = train[np.uint64(2 * PAD + k * LANES + m)]
            here += value * value
        energy[k] = here


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def faint_below(left_out: Any, pieces: int, power: Floats, i: int, energy: Floats, heard: Floats) -> Any:
    """Energy, to 1 dB, below which pieces are left out: those hold at most `left_out` of all that any group hears.

    Args:
        pieces: of the waveform of scatterer i; energy: of each; power: how groups hear it, see `hear`.
        heard: scratch, longer by LANES than pieces times groups.
    """
    groups = power.shape[1]
    count, total = pieces * groups, np.float32(0)
    heard[count : count + LANES] = 0
    for k in range(pieces):
        for g in range(groups):
            heard[np.uint64(k * groups + g)] = energy[k] * power[np.uint64(i), np.uint64(g)]
    for m in range((count + LANES - 1) // LANES * LANES):
        total += heard[np.uint64(m)]
    allowed = left_out * total
    threshold = np.float32(0.25) * allowed
    for _ in range(60):
        rest = np.float32(0)
        for m in range((count + LANES - 1) // LANES * LANES):
            here = heard[np.uint64(m)]
            rest += here if here < threshold else np.float32(0)
        if rest <= allowed:
            break
        threshold *= np.float32(0.8)
    return threshold


@njit(cache=True, nogil=True, error_model="numpy")
def find_runs(
    i: int, group: int, threshold: Any, energy: Floats, pieces: int, store: int, runs: Ints, found: Ints
) -> None:
    """Append scatterer i's runs of pieces at or above a threshold to those that a group of elements hears.

    Args:
        energy: of the pieces, of which all before `pieces` count; store: where piece 0 would lie in the store.
        runs: runs[group, n - 1, :found[group, n - 1]] are those of n pieces: scatterer, first piece, where it lies in
            the store. Where all of a length come together, the processor foresees their ends.
        found: how many of each length, shape (n_groups, LONGEST).
    """
    loud = 0  # pieces of the run so far
    for k in range(pieces + 1):
        here = k < pieces and energy[k] >= threshold
        if loud > 0 and (not here or loud == LONGEST):
            g, n = np.uint64(group), np.uint64(loud - 1)
            r = np.uint64(found[g, n])
            runs[g, n, r, 0], runs[g, n, r, 1], runs[g, n, r, 2] = i, k - loud, store + k - loud
            found[g, n] += 1
            loud = 0
        loud += 1 if here else 0
