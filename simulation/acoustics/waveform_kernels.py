"""Hot loops of the transmit with diffraction: each element hears each scatterer's waveform.

Accumulators are padded by a piece of a waveform on both sides and every piece is clamped into them.
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
    COARSE,
    FAR,
    FINE,
    PAD,
    PIECE,
    arrivals,
    faint_below,
    find_runs,
    place_waves,
    refine,
    sum_waves,
)

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def place_waveforms(
    distance: Floats, pattern: Floats, amplitude: Floats, begin: int, origin: Ints, samples_per_m: Any, offset: Any,
    radians: Any, slot: Ints, real: Floats, imaginary: Floats,
) -> None:  # fmt: skip
    """Where one element hears each waveform of a block, in steps of 1/FINE sample, and with what factor.

    The factor turns the carrier by what the rounding left, `radians` a sample.
    """
    for i in range(BLOCK):
        o = np.uint64(i)
        position = distance[o] * samples_per_m + offset + np.float32(origin[o])
        position = min(max(position, -FAR), FAR)
        steps = np.floor(position * np.float32(FINE) + np.float32(0.5))
        slot[o] = np.int32(steps)
        turn = radians * (position - steps * np.float32(1 / FINE))
        weight = amplitude[np.uint64(begin + i)] * pattern[o]
        real[o] = weight * (np.float32(1) - np.float32(0.5) * turn * turn)
        imaginary[o] = -weight * turn * (np.float32(1) - turn * turn * np.float32(1 / 6))


@njit(cache=True, nogil=True, error_model="numpy")
def add_waveforms(
    starts: Ints, runs: Ints, fine: Floats, slot: Ints, real: Floats, imaginary: Floats, signal: Floats, base: int,
    last: int,
) -> None:  # fmt: skip
    """Add the waveforms of a block to the accumulator at signal[base], whose last piece begins at sample `last`.

    Pieces before or beyond the accumulator fall into its padding.
    """
    for i in range(BLOCK):
        o = np.uint64(i)
        sample, row = np.intp(slot[o] // FINE), np.intp(slot[o] % FINE)
        re, im = real[o], imaginary[o]
        for r in range(starts[o], starts[o + np.uint64(1)]):
            u = np.uint64(r)
            pieces = np.intp(runs[u, 1])
            begin = sample + PIECE * np.intp(runs[u, 0])
            source = (np.intp(runs[u, 2]) * FINE + row * pieces) * LANES
            if begin >= 0 and begin + PIECE * (pieces - 1) <= last:
                whole = base + 2 * begin
                for k in range(0, pieces * LANES, LANES):
                    add_rotated_row(signal, whole + k, fine, source + k, re, im)
            else:
                for k in range(pieces):
                    place: Any = min(max(begin + PIECE * k, 0), last)
                    add_rotated_row(signal, base + 2 * place, fine, source + k * LANES, re, im)


@njit(cache=True, nogil=True, error_model="numpy")
def simulate_part(
    begin: int, end: int, x: Floats, y: Floats, z: Floats, amplitude: Floats, elements: Floats, lateral: Floats,
    elevation: Floats, path: Floats, scale: Floats, spherical: bool, order: Ints, rows: Floats, width: int,
    pulse_taps: int, bank_bits: int, banks: int, taps: int, factors: Floats, samples_per_m: Any, offset: Any,
    radians: Any, fine: Floats, signal: Floats, stride: int,
) -> None:  # fmt: skip
    """Add the echoes of the scatterers begin..end - 1 for all transmits and elements.

    Args:
        begin, end: multiples of BLOCK; x, y, z, amplitude: shape (n,).
        elements, lateral, elevation: see `kernels.receive`.
        path, scale, spherical: see `diffraction.ElementWaves`; order: see `sum_waves`.
        rows, width, pulse_taps, bank_bits, banks: the pulses, see `diffraction.coarse_rows` and `pulse.PulseTable`.
        taps: samples of the longest waveform, a multiple of PIECE; factors: see `refine`, (n_transmits, FINE, 4).
        samples_per_m, offset: accumulator sample = distance * samples_per_m + waveform's origin + offset.
        radians: carrier phase a sample.
        fine: room for the waveforms, BLOCK * taps / PIECE * FINE * LANES floats, aligned to 64 bytes.
        signal: flat; transmit t of element e begins at (e * n_transmits + t) * stride.
    """
    n_transmits, n_elements = path.shape
    distance = np.empty((n_elements, BLOCK), np.float32)
    pattern = np.empty((n_elements, BLOCK), np.float32)
    arrival = np.empty((n_elements, BLOCK), np.float32)
    strength = np.empty((n_elements, BLOCK), np.float32)
    slot = np.empty((n_elements, BLOCK), np.int32)
    first, last = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    heard, origin = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    real, imaginary = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    ones = np.ones(x.shape[0], np.float32)
    train = np.zeros(2 * (COARSE * taps + 2 * PAD), np.float32)
    coarse = np.empty(2 * (COARSE + 1) * taps, np.float32)
    most = taps // PIECE
    scratch = np.empty(most, np.float32)
    runs = np.empty((BLOCK * most, 3), np.int32)
    starts = np.zeros(BLOCK + 1, np.int32)
    room = np.float32(taps - pulse_taps - 2)
    for b in range(begin, end, BLOCK):
        for e in range(n_elements):
            receive(x, y, z, ones, b, BLOCK, elements[e], lateral, elevation, distance[e], pattern[e])
        for t in range(n_transmits):
            arrivals(path[t], scale[t], distance, pattern, spherical, arrival, strength, first, last)
            place_waves(arrival, first, samples_per_m, room, origin, slot)
            for i in range(BLOCK):
                samples = min((last[i] - first[i]) * samples_per_m, room) + np.float32(pulse_taps + 2)
                pieces: Any = min(np.intp(samples) // PIECE + 1, most)
                train[: 2 * (COARSE * pieces * PIECE + 2 * PAD)] = 0
                there = np.intp(np.float32(2) * np.float32(origin[i]) + offset) >> bank_bits
                bank: Any = min(max(there, 0), banks - 1)
                sum_waves(i, order, strength, slot, rows, bank, width, train)
                threshold = faint_below(train, pieces, scratch)
                found = starts[i]
                used = runs[found - 1, 1] + runs[found - 1, 2] if found > 0 else 0
                starts[i + 1] = find_runs(threshold, pieces, scratch, runs, found, used)
                for r in range(found, starts[i + 1]):
                    base = runs[r, 2] * FINE * LANES
                    refine(train, runs[r, 0], runs[r, 1], factors[t], coarse, fine, base)
            for e in range(n_elements):
                place_waveforms(
                    distance[e],
                    pattern[e],
                    amplitude,
                    b,
                    origin,
                    samples_per_m,
                    offset,
                    radians,
                    heard,
                    real,
                    imaginary,
                )
                base = (e * n_transmits + t) * stride
                add_waveforms(starts, runs, fine, heard, real, imaginary, signal, base, stride // 2 - PIECE)
