"""Hot loops of the transmit with diffraction: each element hears each scatterer's waveform.

Accumulators hold baseband and are padded by the longest run of a waveform's pieces on both sides; every run is clamped
into them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.simd import store
from sonoreach.beamform.simd_lanes import zero16
from sonoreach.simulation.acoustics.delay_filter import refine
from sonoreach.simulation.acoustics.demodulation import demodulate
from sonoreach.simulation.acoustics.kernels import receive
from sonoreach.simulation.acoustics.phase import turned
from sonoreach.simulation.acoustics.row import FAR
from sonoreach.simulation.acoustics.vector import LANES, PIECE, add_rotated_row
from sonoreach.simulation.acoustics.waveform_sum import (
    BLOCK,
    FINE,
    FINE_BITS,
    GROUP,
    LEFT_OUT,
    LONGEST,
    PAD,
    arrivals,
    faint_below,
    find_runs,
    hear,
    measure_pieces,
    place_waves,
    sum_waves,
)

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def place_waveforms(
    distance: Floats, pattern: Floats, e: int, amplitude: Floats, begin: int, origin: Ints, samples_per_m: Any,
    offset: Any, cycles: Any, phase: Any, slot: Ints, real: Floats, imaginary: Floats,
) -> None:  # fmt: skip
    """Where element e hears the waveforms of a block, in steps of 1/FINE, and with what factor.

    The factor turns baseband by `phase` less the exact delay's `cycles` a sample [cycles].

    Args:
        distance, pattern: from `approach`, shape (n_elements, BLOCK); slot, real, imaginary: out, shape (BLOCK,).
    """
    half, q = np.float32(0.5), np.uint64(e)
    for i in range(BLOCK):
        o = np.uint64(i)
        position = distance[q, o] * samples_per_m + offset + np.float32(origin[o])
        position = min(max(position, -FAR), FAR)
        slot[o] = np.int32(np.floor(position * np.float32(FINE) + half))
        turns = phase - cycles * position
        cosine, sine = turned(turns - np.floor(turns + half))
        weight = amplitude[np.uint64(begin + i)] * pattern[q, o]
        real[o], imaginary[o] = weight * cosine, weight * sine


@njit(cache=True, nogil=True, error_model="numpy")
def add_waveforms(
    runs: Ints, found: Ints, group: int, fine: Floats, slot: Ints, real: Floats, imaginary: Floats, signal: Floats,
    base: int, samples: int,
) -> None:  # fmt: skip
    """Add the waveforms of a block that a group hears to the accumulator of `samples` samples at signal[base].

    What lies before or beyond it falls into its padding of LONGEST pieces.
    """
    g = np.uint64(group)
    for length in range(LONGEST):
        for r in range(found[g, np.uint64(length)]):
            run, u = np.uint64(length), np.uint64(r)
            o, first, store = np.uint64(runs[g, run, u, 0]), np.intp(runs[g, run, u, 1]), np.intp(runs[g, run, u, 2])
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
        energy: of the pieces; power: see `hear`.
        baseband: behind PAD samples of padding; interpolation: filters of `delay_filter.refine`.
        fine: the store, of which `used` pieces are taken.
        runs, found: see `find_runs`, one a group.

    Returns:
        Pieces that are taken now.
    """
    loudest = np.float32(0)
    for g in range(power.shape[1]):
        loudest = max(loudest, power[np.uint64(i), np.uint64(g)])
    least = threshold / loudest
    low = 0
    while low < pieces - 1 and energy[low] < least:
        low += 1
    high = pieces
    while high > low + 1 and energy[high - 1] < least:
        high -= 1
    for k in range(low, high):
        if energy[k] >= least:
            target = (used + k - low) * FINE * LANES
            refine(baseband, 2 * PAD + k * LANES, 1, interpolation, FINE, fine, target, LANES, 0)
    for g in range(power.shape[1]):
        find_runs(i, g, threshold / power[np.uint64(i), np.uint64(g)], energy, high, used - low, runs, found)
    return used + high - low


@njit(cache=True, nogil=True, error_model="numpy")
def approach(
    begin: int, x: Floats, y: Floats, z: Floats, elements: Floats, lateral: Floats, elevation: Floats, room: Any
) -> None:
    """Distances and patterns of the block of scatterers from `begin` on at all elements, and how groups hear them."""
    block = slice(begin, begin + BLOCK)
    bx, by, bz = x[block], y[block], z[block]
    for e in range(elements.shape[0]):
        receive(bx, by, bz, room.ones, 0, BLOCK, elements[e], lateral, elevation, room.distance[e], room.pattern[e])
    hear(room.pattern, room.power)


@njit(cache=True, nogil=True, error_model="numpy")
def approach_waves(t: int, waves: Any, pulses: Any, samples_per_m: Any, room: Any) -> None:
    """When and where in their waveforms the waves of transmit t reach the scatterers of a block."""
    arrivals(
        waves.path[t], waves.scale[t], room.distance, room.pattern, waves.spherical, room.arrival, room.strength,
        room.first, room.last,
    )  # fmt: skip
    longest = np.float32(waves.carrier.size // 4 - pulses.width // 2 - 2)
    place_waves(room.arrival, room.first, samples_per_m, longest, room.origin, room.slot)


@njit(cache=True, nogil=True, error_model="numpy")
def find_waveforms(waves: Any, pulses: Any, clock: Any, room: Any) -> None:
    """Sum the waves at the scatterers of a block: room.runs, room.found and room.fine hold what each group hears."""
    # Taken out of their tuples once: each access costs a count of references.
    first_m, last_m, origin, power, energy, heard = (
        room.first, room.last, room.origin, room.power, room.energy, room.heard,
    )  # fmt: skip
    trains, train, baseband, fine, runs, found = (
        room.trains, room.train, room.baseband, room.fine, room.runs, room.found,
    )  # fmt: skip
    order, strength, slot, rows = waves.order, room.strength, room.slot, pulses.rows
    carrier, interpolation = waves.carrier, waves.interpolation
    samples_per_m, start, bank_bits, banks, width = (
        clock.samples_per_m, clock.start, pulses.bank_bits, pulses.banks, pulses.width,
    )  # fmt: skip
    pulse_taps, most = width // 2, energy.size
    longest = np.float32(carrier.size // 4 - pulse_taps - 2)
    found[:], used = 0, 0
    for i in range(BLOCK):
        length = min((last_m[i] - first_m[i]) * samples_per_m, longest) + np.float32(pulse_taps + 2)
        pieces: Any = min(np.intp(length) // PIECE + 1, most)
        there = np.intp(np.float32(2) * np.float32(origin[i]) + start) >> bank_bits
        bank: Any = min(max(there, 0), banks - 1)
        sum_waves(i, order, strength, slot, rows, bank, width, pieces, trains, train)
        measure_pieces(train, pieces, energy)
        threshold = faint_below(np.float32(LEFT_OUT), pieces, power, i, energy, heard)
        if threshold > 0:
            demodulate(train, 2 * PAD, 1, 0, 0, pieces, carrier, baseband)
            store(baseband, 2 * PAD + pieces * LANES, zero16())  # the longer waveform before may lie there
            used = keep_pieces(i, threshold, energy, pieces, power, baseband, interpolation, fine, used, runs, found)


@njit(cache=True, nogil=True, error_model="numpy")
def simulate_part(
    begin: int, end: int, x: Floats, y: Floats, z: Floats, amplitude: Floats, elements: Floats, lateral: Floats,
    elevation: Floats, waves: Any, pulses: Any, clock: Any, room: Any, signal: Floats, stride: int,
) -> None:  # fmt: skip
    """Add the echoes of the scatterers begin..end - 1 for all transmits and elements, as baseband.

    Args:
        begin, end: multiples of BLOCK; x, y, z, amplitude: shape (n,).
        elements, lateral, elevation: see `kernels.receive`.
        waves, pulses, clock: see `workroom.Waves`, `row.Pulses` and `row.Clock`; room: see `workroom.workroom`.
        signal: flat; transmit t of element e begins at (e * n_transmits + t) * stride, with LONGEST pieces of padding
            on both sides.
    """
    n_transmits, n_elements = waves.path.shape
    padding = LONGEST * LANES
    # Taken out of their tuples once: each access costs a count of references.
    distance, pattern, origin, fine = room.distance, room.pattern, room.origin, room.fine
    runs, found, place, real, imaginary = room.runs, room.found, room.place, room.real, room.imaginary
    samples_per_m, start, cycles, phase = clock.samples_per_m, clock.start, clock.cycles, waves.phase
    for b in range(begin, end, BLOCK):
        approach(b, x, y, z, elements, lateral, elevation, room)
        for t in range(n_transmits):
            approach_waves(t, waves, pulses, samples_per_m, room)
            find_waveforms(waves, pulses, clock, room)
            for e in range(n_elements):
                place_waveforms(
                    distance, pattern, e, amplitude, b, origin, samples_per_m, start, cycles, phase[t], place, real,
                    imaginary,
                )  # fmt: skip
                add_waveforms(
                    runs, found, e // GROUP, fine, place, real, imaginary, signal,
                    (e * n_transmits + t) * stride + padding, stride // 2 - padding,
                )  # fmt: skip
