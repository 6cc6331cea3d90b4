"""Hot loops of the transmit with diffraction: a waveform for each scatterer, heard by each element.

Arrays of a block of scatterers are laid out [element][scatterer], so that loops over scatterers vectorise. A
waveform is mostly silence between a main wave, edge waves and grating lobes: only the pieces of eight samples that
hold its energy are kept. Accumulators are padded by a piece on both sides and every piece is clamped into them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.kernels import receive
from sonoreach.simulation.acoustics.pulse import PHASE_BITS
from sonoreach.simulation.acoustics.vector import LANES, add_rotated_row, add_scaled_row, set_rotated_row

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

COARSE = 4
"""Fractional delays at which the elements' waves are summed; the others are interpolated between them."""

FINE = 16
"""Fractional delays at which the waveform is kept."""

BLOCK = 32
"""Scatterers handled at once: their waveforms stay in the second-level cache."""

PIECE = LANES // 2
"""Complex samples of a piece of a waveform."""

LEFT_OUT = 1e-3
"""Part of a waveform's energy that may be left out with its faint pieces (-30 dB)."""

PAD = 16
"""Complex samples before and after a coarse waveform, so that neighbours can be read without a check."""

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
    i: int, order: Ints, strength: Floats, slot: Ints, rows: Floats, bank: int, width: int, coarse: Floats, stride: int
) -> None:
    """Add the waves of all elements at scatterer i to `coarse`, flat, COARSE rows of `stride` floats.

    `order` visits neighbouring elements, whose waves overlap, at different times: one need not wait for the other.
    """
    mask = (1 << PHASE_BITS) - 1
    for e in order:
        factor = strength[np.uint64(e), np.uint64(i)]
        begin = np.intp(slot[np.uint64(e), np.uint64(i)])
        for p in range(COARSE):
            position = begin + p * ((1 << PHASE_BITS) // COARSE)
            row = (bank + (position & mask)) * width
            target = p * stride + 2 * (PAD + (position >> PHASE_BITS))
            for more in range(0, width, LANES):
                add_scaled_row(coarse, target + more, rows, row + more, factor)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def faint_below(coarse: Floats, pieces: int, scratch: Floats) -> Any:
    """Energy, to 1.5 dB, below which all pieces together hold at most LEFT_OUT; `scratch` gets each one's energy."""
    total = np.float32(0)
    for k in range(pieces):
        here = np.float32(0)
        for m in range(LANES):
            value = coarse[np.uint64(2 * PAD + k * LANES + m)]
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
def refine(coarse: Floats, stride: int, first: int, pieces: int, factors: Floats, fine: Floats, base: int) -> None:
    """Interpolate a run of pieces of the COARSE rows to FINE rows, one after the other from fine[base] on.

    Args:
        factors: shape (FINE, 4): real and imaginary part of the weights of the rows before and after.
    """
    step = FINE // COARSE
    for q in range(FINE):
        before = (q // step) * stride + 2 * PAD + first * LANES
        after = before + stride if q // step < COARSE - 1 else 2 * PAD - 2 + first * LANES  # first row, a sample later
        a, b, c, d = factors[q, 0], factors[q, 1], factors[q, 2], factors[q, 3]
        target = base + q * pieces * LANES
        for k in range(0, pieces * LANES, LANES):
            set_rotated_row(fine, target + k, coarse, before + k, a, b)
            add_rotated_row(fine, target + k, coarse, after + k, c, d)


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
        rows, width, pulse_taps, bank_bits, banks: the pulses, see `pulse.PulseTable`.
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
    row = 2 * (taps + 2 * PAD)
    coarse = np.zeros(COARSE * row, np.float32)
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
                for p in range(COARSE):
                    coarse[p * row : p * row + 2 * (pieces * PIECE + 2 * PAD)] = 0
                there = np.intp(np.float32(2) * np.float32(origin[i]) + offset) >> bank_bits
                bank: Any = min(max(there, 0), banks - 1)
                sum_waves(i, order, strength, slot, rows, bank << PHASE_BITS, width, coarse, row)
                threshold = faint_below(coarse, pieces, scratch)
                found = starts[i]
                used = runs[found - 1, 1] + runs[found - 1, 2] if found > 0 else 0
                starts[i + 1] = find_runs(threshold, pieces, scratch, runs, found, used)
                for r in range(found, starts[i + 1]):
                    base = runs[r, 2] * FINE * LANES
                    refine(coarse, row, runs[r, 0], runs[r, 1], factors[t], fine, base)
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
