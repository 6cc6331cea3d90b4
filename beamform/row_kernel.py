"""Four elements at a row of samples: their delays, signals and sums, compiled.

A row is ROW samples of a line; what belongs to four elements stands row after row, 4 * ROW numbers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.simd import (
    add,
    aligned_floats,
    alternate,
    at,
    fold,
    load8,
    load_pair_twice,
    multiply_add,
    put,
    scale,
    store,
    sum_halves,
    zero8,
)
from sonoreach.beamform.window_kernel import ROW

FRACTION_BITS = 12
TABLE_SIZE = 256
SILENT = np.int32(-(1 << 30))  # a delay that lands before the record, with any other added
_SHIFT = FRACTION_BITS - 8
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


def weight_table(demodulation_frequency_hz: float, sampling_frequency_hz: float) -> NDArray[np.float32]:
    """Weights of samples n and n + 1 for 256 fractions between them, shape (256 * 8,).

    Row k holds (re w0, -im w0, re w1, -im w1, im w0, re w0, im w1, re w1) with, at the middle f of bin k and
    q = 2 pi f_demod / fs, w0 = (1 - f) exp(i q f) and w1 = f exp(i q (f - 1)).
    """
    fraction = (np.arange(TABLE_SIZE) + 0.5) / TABLE_SIZE
    turn = 2 * np.pi * demodulation_frequency_hz / sampling_frequency_hz
    w0 = (1 - fraction) * np.exp(1j * turn * fraction)
    w1 = fraction * np.exp(1j * turn * (fraction - 1))
    rows = [w0.real, -w0.imag, w1.real, -w1.imag, w0.imag, w0.real, w1.imag, w1.real]
    table = aligned_floats(TABLE_SIZE * 8)  # a row that lies across two cache lines takes twice as long to load
    table[:] = np.stack(rows, axis=1).ravel()
    return table


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def receive_delays(
    delay: Any, o: int, distance: Any, block: int, squared: Any, along: Any, nearest: Any, e: int, ticks_per_m: Any
) -> None:
    """Time from a row of samples to four elements: sqrt(q0 + 2 q1 s + s^2), SILENT where they do not listen."""
    for i in range(4):
        q0, q1, first = at(squared, e + i), at(along, e + i), at(nearest, e + i)
        for j in range(ROW):
            s = at(distance, block + j)
            path = np.int32(math.sqrt(q0 + s * (q1 + q1 + s)) * ticks_per_m + np.float32(0.5))
            put(delay, o + ROW * i + j, path if s >= first else SILENT)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def places(
    place: Any, weights: Any, row: int, delay: Any, o: int, transmit: Any, first: int, base: int, apart: int, last: int
) -> None:
    """Where the two-way delays of four elements and a transmit lie: sample, and row of the table of weights.

    What a wave does not pass or an element does not hear is read from the zeros before a record.
    """
    for i in range(0, 4 * ROW, ROW):
        for j in range(ROW):
            ticks = max(np.int32(at(delay, o + i + j) + at(transmit, first + j)), np.int32(0))
            put(place, row + i + j, np.int32((ticks >> FRACTION_BITS) + base))
            put(weights, row + i + j, np.int32(((ticks >> _SHIFT) & 255) << 3))
        base = min(base + apart, last)  # elements that are missing read what is silent of the last


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _echo(data: Any, sample: int, weights: Any, total: Any) -> Any:
    """Add the signal at one delay to `total`."""
    return multiply_add(load_pair_twice(data, sample), weights, total)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def add_four(
    total: Any, other: Any, o: int, data: Any, jump: int, next_jump: int, last_jump: int, table: Any, place: Any,
    weights: Any, window: Any, w: int, taper: Any, mirrored: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """Add the signals of four elements to the samples start..stop - 1 of a row, total[o..].

    Times window[w..] unless `taper` is None. With `mirrored`, add those of the mirrored elements to the mirrored line,
    other[o..], with the same weights; their records lie `jump` samples from the first element's, and so on.
    """
    jump1, jump2 = max(jump + next_jump, last_jump), max(jump + 2 * next_jump, last_jump)
    jump3 = max(jump + 3 * next_jump, last_jump)
    for j in range(start, stop):
        n0, n1, n2, n3 = at(place, j), at(place, ROW + j), at(place, 2 * ROW + j), at(place, 3 * ROW + j)
        w0, w1 = load8(table, at(weights, j)), load8(table, at(weights, ROW + j))
        w2, w3 = load8(table, at(weights, 2 * ROW + j)), load8(table, at(weights, 3 * ROW + j))
        if taper is not None:
            w0, w1 = scale(w0, at(window, w + j)), scale(w1, at(window, w + ROW + j))
            w2, w3 = scale(w2, at(window, w + 2 * ROW + j)), scale(w3, at(window, w + 3 * ROW + j))
        k = o + 8 * j
        sums = _echo(data, n1, w1, _echo(data, n0, w0, load8(total, k)))
        store(total, k, _echo(data, n3, w3, _echo(data, n2, w2, sums)))
        if mirrored is not None:
            sums = _echo(data, n1 + jump1, w1, _echo(data, n0 + jump, w0, load8(other, k)))
            store(other, k, _echo(data, n3 + jump3, w3, _echo(data, n2 + jump2, w2, sums)))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _add_power(total: Any, power: Any, o: int, parts: Any) -> None:
    """Add the real parts of four elements (lower half) and their imaginary parts, and their squares."""
    store(power, o, multiply_add(parts, parts, load8(power, o)))
    store(total, o, add(parts, load8(total, o)))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def add_coherent(
    total: Any, other: Any, power: Any, other_power: Any, o: int, data: Any, jump: int, next_jump: int, last_jump: int,
    n_tx: int, stride: int, table: Any, place: Any, weights: Any, window: Any, w: int, taper: Any, mirrored: Any,
    start: int, stop: int,
) -> None:  # fmt: skip
    """As `add_four` for all transmits at once, with the power of each element's signal."""
    jump1, jump2 = max(jump + next_jump, last_jump), max(jump + 2 * next_jump, last_jump)
    jump3 = max(jump + 3 * next_jump, last_jump)
    for j in range(start, stop):
        v0, v1, v2, v3 = zero8(), zero8(), zero8(), zero8()
        u0, u1, u2, u3 = zero8(), zero8(), zero8(), zero8()
        for t in range(n_tx):
            i, back = 4 * ROW * t + j, 2 * t * stride
            n0, n1, n2, n3 = at(place, i), at(place, ROW + i), at(place, 2 * ROW + i), at(place, 3 * ROW + i)
            w0, w1 = load8(table, at(weights, i)), load8(table, at(weights, ROW + i))
            w2, w3 = load8(table, at(weights, 2 * ROW + i)), load8(table, at(weights, 3 * ROW + i))
            v0, v1 = _echo(data, n0, w0, v0), _echo(data, n1, w1, v1)
            v2, v3 = _echo(data, n2, w2, v2), _echo(data, n3, w3, v3)
            if mirrored is not None:
                u0, u1 = _echo(data, n0 + jump - back, w0, u0), _echo(data, n1 + jump1 - back, w1, u1)
                u2, u3 = _echo(data, n2 + jump2 - back, w2, u2), _echo(data, n3 + jump3 - back, w3, u3)
        if taper is not None:
            h0, h1 = at(window, w + j), at(window, w + ROW + j)
            h2, h3 = at(window, w + 2 * ROW + j), at(window, w + 3 * ROW + j)
            v0, v1, v2, v3 = scale(v0, h0), scale(v1, h1), scale(v2, h2), scale(v3, h3)
            u0, u1, u2, u3 = scale(u0, h0), scale(u1, h1), scale(u2, h2), scale(u3, h3)
        _add_power(total, power, o + 8 * j, fold(fold(v0, v1), fold(v2, v3)))
        if mirrored is not None:
            _add_power(other, other_power, o + 8 * j, fold(fold(u0, u1), fold(u2, u3)))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def write_row(line: Any, block: int, total: Any, power: Any, o: int, listening: Any, adds: bool) -> None:
    """Sum the parts of a row's samples, total[o..], and write them to a line's samples from `block` on, or add them.

    The line is float32: real and imaginary parts by turns.
    With `listening`, the number n of elements that hear each sample: times |sum|^2 over n times the sum of |.|^2.
    """
    end = min(ROW, line.size // 2 - block)
    fours = end // 4 if listening is None else 0
    for j in range(0, 4 * fours, 4):
        k, here = o + 8 * j, 2 * (block + j)
        first, second = fold(load8(total, k), load8(total, k + 8)), fold(load8(total, k + 16), load8(total, k + 24))
        values = alternate(fold(first, second))
        store(line, here, add(values, load8(line, here)) if adds else values)
    for j in range(4 * fours, end):
        real, imaginary = sum_halves(load8(total, o + 8 * j))
        if listening is not None:
            a, b = sum_halves(load8(power, o + 8 * j))
            incoherent = np.float32(at(listening, block + j)) * (a + b)
            if incoherent > 0:
                factor = (real * real + imaginary * imaginary) / incoherent
                real, imaginary = real * factor, imaginary * factor
        here = 2 * (block + j)
        put(line, here, at(line, here) + real if adds else real)
        put(line, here + 1, at(line, here + 1) + imaginary if adds else imaginary)
