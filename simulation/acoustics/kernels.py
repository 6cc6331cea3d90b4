"""Hot loops of the channel-data simulator.

Each element is summed by one thread, scatterers in their given order, so that the result does not depend on
the number of threads. No bounds are checked: accumulators are padded by a row on both sides, and every row is
clamped into them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.pulse import PHASE_BITS
from sonoreach.simulation.acoustics.vector import LANES, add_scaled_row

Floats = NDArray[np.float32]
BLOCK = 512
"""Scatterers handled at once: their delays and weights stay in the first-level cache."""

TURNS = 3
"""Accumulators that are filled in turn: transmits of an element, or elements."""


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def received(dx: Any, dy: Any, dz: Any, nx: Any, nz: Any, least: Any, reference: Any, a: Any, b: Any) -> Any:
    """Distance to an element and how strongly it hears, for an offset dx, dy, dz; see `receive` for the others."""
    squared = max(dx * dx + dy * dy + dz * dz, least)
    inverse = np.float32(1) / np.sqrt(squared)
    sine = (dx * nz - dz * nx) * inverse
    cosine = max((dx * nx + dz * nz) * inverse, np.float32(0))
    u = sine * sine
    v = dy * dy * inverse * inverse
    pattern = ((((((a[7] * u + a[6]) * u + a[5]) * u + a[4]) * u + a[3]) * u + a[2]) * u + a[1]) * u + a[0]
    pattern *= ((b[3] * v + b[2]) * v + b[1]) * v + b[0]
    return squared * inverse, pattern * cosine * np.sqrt(reference * inverse)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def receive(
    x: Floats,
    y: Floats,
    z: Floats,
    amplitude: Floats,
    begin: int,
    count: int,
    element: Floats,
    lateral: Floats,
    elevation: Floats,
    delay: Floats,
    weight: Floats,
) -> None:
    """Distance to one element and the weight of each scatterer there, for one block.

    Args:
        x, y, z: positions [m]; amplitude: scattering amplitudes; shape (n,).
        begin, count: the block.
        element: position x y z [m], normal x z, square of the least distance [m²], reference distance [m].
        lateral, elevation: directivity polynomials in the squared sine, shape (8,).
        delay: out, distance [m]; weight: out; shape (BLOCK,).
    """
    ex, ey, ez, nx, nz, least, reference = (
        element[0],
        element[1],
        element[2],
        element[3],
        element[4],
        element[5],
        element[6],
    )
    a = (lateral[0], lateral[1], lateral[2], lateral[3], lateral[4], lateral[5], lateral[6], lateral[7])
    b = (elevation[0], elevation[1], elevation[2], elevation[3])
    for i in range(count):
        j, o = np.uint64(begin + i), np.uint64(i)
        distance, heard = received(x[j] - ex, y[j] - ey, z[j] - ez, nx, nz, least, reference, a, b)
        delay[o] = distance
        weight[o] = amplitude[j] * heard


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def place(
    path: Floats,
    gain: Floats,
    begin: int,
    count: int,
    delay: Floats,
    weight: Floats,
    samples_per_m: np.float32,
    offset: np.float32,
    last: np.int32,
    slot: NDArray[np.int32],
    scaled: Floats,
) -> None:
    """Where in the accumulator, in steps of 1/2**PHASE_BITS sample, and how strongly each pulse is added.

    Args:
        path: transmit path of this transmit [m]; gain: its weight; shape (n,).
        delay, weight: receive distance [m] and weight of the block, from `receive`.
        samples_per_m, offset: accumulator sample = (path + delay) * samples_per_m + offset.
        last: highest slot.
        slot, scaled: out, shape (BLOCK,).
    """
    steps = np.float32(1 << PHASE_BITS)
    for i in range(count):
        j, o = np.uint64(begin + i), np.uint64(i)
        position = ((path[j] + delay[o]) * samples_per_m + offset) * steps
        slot[o] = np.int32(min(max(position, np.float32(0)), np.float32(last)))
        scaled[o] = weight[o] * gain[j]


@njit(cache=True, nogil=True, error_model="numpy")
def add_pulses(
    signal: Floats,
    base: int,
    count: int,
    slot: NDArray[np.int32],
    scaled: Floats,
    rows: Floats,
    width: int,
    components: int,
    bank_bits: int,
) -> None:
    """Add each scatterer's pulse to the accumulator that begins at signal[base]."""
    mask = (1 << PHASE_BITS) - 1
    for i in range(count):
        o = np.uint64(i)
        sample = np.intp(slot[o] >> PHASE_BITS)
        row = (((sample >> bank_bits) << PHASE_BITS) + np.intp(slot[o] & mask)) * width
        target = base + (sample << (components - 1))
        add_scaled_row(signal, target, rows, row, scaled[o])
        for more in range(LANES, width, LANES):
            add_scaled_row(signal, target + more, rows, row + more, scaled[o])


@njit(cache=True, nogil=True, error_model="numpy")
def add_in_turn(
    signal: Floats,
    base: int,
    stride: int,
    count: int,
    slot: NDArray[np.int32],
    scaled: Floats,
    rows: Floats,
    shift: int,
) -> None:
    """Add pulses of one register, 1 << shift floats a sample, from a table of one bank to TURNS accumulators in turn.

    Number r begins at signal[base + r * stride]; its pulses are slot, scaled[r * BLOCK : r * BLOCK + count]. Two pulses
    that overlap in one accumulator, added one after the other, would wait for each other's store.
    """
    mask = (1 << PHASE_BITS) - 1
    base1, base2 = base + stride, base + 2 * stride
    for i in range(count):
        o = np.uint64(i)
        o1, o2 = np.uint64(i + BLOCK), np.uint64(i + 2 * BLOCK)
        s0, s1, s2 = np.intp(slot[o]), np.intp(slot[o1]), np.intp(slot[o2])
        add_scaled_row(signal, base + (s0 >> PHASE_BITS << shift), rows, (s0 & mask) * LANES, scaled[o])
        add_scaled_row(signal, base1 + (s1 >> PHASE_BITS << shift), rows, (s1 & mask) * LANES, scaled[o1])
        add_scaled_row(signal, base2 + (s2 >> PHASE_BITS << shift), rows, (s2 & mask) * LANES, scaled[o2])


@njit(cache=True, nogil=True, error_model="numpy")
def simulate_elements(
    first: int,
    beyond: int,
    x: Floats,
    y: Floats,
    z: Floats,
    amplitude: Floats,
    path: Floats,
    gain: Floats,
    elements: Floats,
    lateral: Floats,
    elevation: Floats,
    rows: Floats,
    width: int,
    components: int,
    bank_bits: int,
    samples_per_m: np.float32,
    offset: np.float32,
    signal: Floats,
    stride: int,
) -> None:
    """Add the echoes of all scatterers and transmits at the elements first..beyond - 1.

    Args:
        path, gain: shape (n_transmits, n), see `transmit.wavefronts`.
        elements: shape (n_elements, 7), see `receive`.
        rows, width, components, bank_bits: see `pulse.PulseTable`.
        signal: flat; transmit t of element e begins at (e * n_transmits + t) * stride.
    """
    n_transmits = path.shape[0]
    group = 1 if n_transmits >= TURNS else TURNS
    delay = np.empty(BLOCK, np.float32)
    weight = np.empty(BLOCK, np.float32)
    scaled = np.empty(group * n_transmits * BLOCK, np.float32)
    slot = np.empty(group * n_transmits * BLOCK, np.int32)
    last = np.int32((stride - width) // components << PHASE_BITS)
    plain = width == LANES and rows.size == width << PHASE_BITS
    for e in range(first, beyond, group):
        ends = min(e + group, beyond)
        base, n = e * n_transmits * stride, (ends - e) * n_transmits
        in_turn = n // TURNS * TURNS if plain else 0
        for begin in range(0, x.shape[0], BLOCK):
            count = min(BLOCK, x.shape[0] - begin)
            r = 0
            for here in range(e, ends):
                receive(x, y, z, amplitude, begin, count, elements[here], lateral, elevation, delay, weight)
                for t in range(n_transmits):
                    place(
                        path[t], gain[t], begin, count, delay, weight, samples_per_m, offset, last,
                        slot[r * BLOCK :], scaled[r * BLOCK :],
                    )  # fmt: skip
                    r += 1
            for r in range(0, in_turn, TURNS):
                b = r * BLOCK
                add_in_turn(signal, base + r * stride, stride, count, slot[b:], scaled[b:], rows, components - 1)
            for r in range(in_turn, n):
                b = r * BLOCK
                add_pulses(signal, base + r * stride, count, slot[b:], scaled[b:], rows, width, components, bank_bits)
