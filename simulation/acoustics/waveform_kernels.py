"""Hot loops of the transmit with diffraction: each element hears each scatterer's waveform.

Accumulators hold baseband and are padded by the longest run of a waveform's pieces on both sides; every run is clamped
into them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.kernels import receive
from sonoreach.simulation.acoustics.vector import LANES, add_rotated_row
from sonoreach.simulation.acoustics.waveform_sum import (
    BLOCK,
    FAR,
    FINE,
    FINE_BITS,
    GROUP,
    LONGEST,
    PAD,
    PIECE,
    arrivals,
    demodulate,
    faint_below,
    find_runs,
    hear,
    place_waves,
    refine,
    sum_waves,
)

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def place_waveforms(
    distance: Floats, pattern: Floats, amplitude: Floats, begin: int, origin: Ints, samples_per_m: Any, offset: Any,
    cycles: Any, phase: Any, slot: Ints, real: Floats, imaginary: Floats,
) -> None:  # fmt: skip
    """Where one element hears each waveform of a block, in steps of 1/FINE sample, and with what factor.

    The factor turns baseband by `phase` less the exact delay's `cycles` a sample [cycles]. It is the square of that
    of half the angle, whose series are short (error 3e-4).
    """
    one, half = np.float32(1), np.float32(0.5)
    for i in range(BLOCK):
        o = np.uint64(i)
        position = distance[o] * samples_per_m + offset + np.float32(origin[o])
        position = min(max(position, -FAR), FAR)
        slot[o] = np.int32(np.floor(position * np.float32(FINE) + half))
        turns = phase - cycles * position
        a = np.float32(np.pi) * (turns - np.floor(turns + half))
        aa = a * a
        sine = np.float32(-1 / 5040) * aa + np.float32(1 / 120)
        sine = a * ((sine * aa - np.float32(1 / 6)) * aa + one)
        cosine = np.float32(1 / 40320) * aa - np.float32(1 / 720)
        cosine = ((cosine * aa + np.float32(1 / 24)) * aa - half) * aa + one
        weight = amplitude[np.uint64(begin + i)] * pattern[o]
        real[o] = weight * (one - (sine + sine) * sine)
        imaginary[o] = weight * (sine + sine) * cosine


@njit(cache=True, nogil=True, error_model="numpy")
def add_waveforms(
    runs: Ints, found: Ints, fine: Floats, slot: Ints, real: Floats, imaginary: Floats, signal: Floats, base: int,
    samples: int,
) -> None:  # fmt: skip
    """Add the waveforms of a block to the accumulator of `samples` samples at signal[base].

    What lies before or beyond it falls into its padding of LONGEST pieces.
    """
    for length in range(LONGEST):
        for r in range(found[length]):
            run, u = np.uint64(length), np.uint64(r)
            o, first, store = np.uint64(runs[run, u, 0]), np.intp(runs[run, u, 1]), np.intp(runs[run, u, 2])
            place = np.intp(slot[o])
            begin: Any = min(max((place >> FINE_BITS) + PIECE * first, -LONGEST * PIECE), samples)
            source = (store * FINE + (place & (FINE - 1))) * LANES
            for k in range(0, (length + 1) * LANES, LANES):
                add_rotated_row(signal, base + 2 * begin + k, fine, source + FINE * k, real[o], imaginary[o])


@njit(cache=True, nogil=True, error_model="numpy")
def keep_pieces(
    i: int, threshold: Any, energy: Floats, pieces: int, power: Floats, baseband: Floats, interpolation: Floats,
    fine: Floats, used: int, runs: Ints, found: Ints,
) -> int:  # fmt: skip
    """Refine what some group hears at or above a threshold of scatterer i's waveform, and note each group's runs.

    Args:
        energy: of the pieces; power: of the groups, see `hear`.
        baseband, interpolation: see `refine`; fine: the store, of which `used` pieces are taken.
        runs, found: see `find_runs`, one a group.

    Returns:
        Pieces that are taken now.
    """
    least = threshold / power.max()
    low = 0
    while low < pieces - 1 and energy[low] < least:
        low += 1
    high = pieces
    while high > low + 1 and energy[high - 1] < least:
        high -= 1
    for k in range(low, high):
        if energy[k] >= least:
            refine(baseband, k, interpolation, fine, (used + k - low) * FINE * LANES)
    for g in range(power.size):
        find_runs(i, threshold / power[g], energy, high, used - low, runs[g], found[g])
    return used + high - low


@njit(cache=True, nogil=True, error_model="numpy")
def simulate_part(
    begin: int, end: int, x: Floats, y: Floats, z: Floats, amplitude: Floats, elements: Floats, lateral: Floats,
    elevation: Floats, path: Floats, scale: Floats, phase: Floats, spherical: bool, order: Ints, rows: Floats,
    width: int, pulse_taps: int, bank_bits: int, banks: int, carrier: Floats, interpolation: Floats,
    samples_per_m: Any, offset: Any, cycles: Any, fine: Floats, signal: Floats, stride: int,
) -> None:  # fmt: skip
    """Add the echoes of the scatterers begin..end - 1 for all transmits and elements, as baseband.

    Args:
        begin, end: multiples of BLOCK; x, y, z, amplitude: shape (n,).
        elements, lateral, elevation: see `kernels.receive`.
        path, scale, phase, spherical: see `diffraction.ElementWaves`; order: see `sum_waves`.
        rows, width, pulse_taps, bank_bits, banks: the pulses, see `pulse.PulseTable`.
        carrier: conjugated carrier at the samples of the longest waveform, (re, im); their number a multiple of PIECE.
        interpolation: see `refine`.
        samples_per_m, offset: accumulator sample = distance * samples_per_m + waveform's origin + offset.
        cycles: of the carrier a sample.
        fine: room for the waveforms, BLOCK * samples / PIECE * FINE * LANES floats, aligned to 64 bytes.
        signal: flat; transmit t of element e begins at (e * n_transmits + t) * stride, with padding on both sides.
    """
    n_transmits, n_elements = path.shape
    taps = carrier.size // 2
    distance = np.empty((n_elements, BLOCK), np.float32)
    pattern = np.empty((n_elements, BLOCK), np.float32)
    arrival = np.empty((n_elements, BLOCK), np.float32)
    strength = np.empty((n_elements, BLOCK), np.float32)
    slot = np.empty((n_elements, BLOCK), np.int32)
    first, last = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    place, origin = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    real, imaginary = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    ones = np.ones(x.shape[0], np.float32)
    train = np.zeros(2 * (taps + 2 * PAD), np.float32)
    baseband = np.zeros(2 * (taps + 2 * PAD), np.float32)
    most = taps // PIECE
    energy = np.empty(most, np.float32)
    groups = (n_elements + GROUP - 1) // GROUP
    power = np.empty((BLOCK, groups), np.float32)
    heard = np.empty(most * groups + LANES, np.float32)
    runs, found = np.empty((groups, LONGEST, BLOCK * most, 3), np.int32), np.zeros((groups, LONGEST), np.int32)
    padding = LONGEST * LANES
    room = np.float32(taps - pulse_taps - 2)
    for b in range(begin, end, BLOCK):
        for e in range(n_elements):
            receive(x, y, z, ones, b, BLOCK, elements[e], lateral, elevation, distance[e], pattern[e])
        hear(pattern, power)
        for t in range(n_transmits):
            arrivals(path[t], scale[t], distance, pattern, spherical, arrival, strength, first, last)
            place_waves(arrival, first, samples_per_m, room, origin, slot)
            found[:] = 0
            used = 0
            for i in range(BLOCK):
                longest = min((last[i] - first[i]) * samples_per_m, room) + np.float32(pulse_taps + 2)
                pieces: Any = min(np.intp(longest) // PIECE + 1, most)
                train[: 2 * (pieces * PIECE + 2 * PAD)] = 0
                there = np.intp(np.float32(2) * np.float32(origin[i]) + offset) >> bank_bits
                bank: Any = min(max(there, 0), banks - 1)
                sum_waves(i, order, strength, slot, rows, bank, width, train)
                threshold = faint_below(train, pieces, power[i], energy, heard)
                if threshold > 0:
                    demodulate(train, carrier, pieces * PIECE, baseband)
                    used = keep_pieces(
                        i, threshold, energy, pieces, power[i], baseband, interpolation, fine, used, runs, found
                    )
            for g in range(groups):
                for e in range(g * GROUP, min((g + 1) * GROUP, n_elements)):
                    place_waveforms(
                        distance[e], pattern[e], amplitude, b, origin, samples_per_m, offset, cycles, phase[t], place,
                        real, imaginary,
                    )  # fmt: skip
                    base = (e * n_transmits + t) * stride + padding
                    samples = stride // 2 - padding
                    add_waveforms(runs[g], found[g], fine, place, real, imaginary, signal, base, samples)
