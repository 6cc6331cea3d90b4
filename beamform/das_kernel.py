"""The delay-and-sum kernel: compiled loops over lines, elements, samples and transmits.

Why it is fast:
- Samples are pre-modulated to the analytic signal, so that the value between samples n and n + 1 at the
  fraction f is w0(f) a[n] + w1(f) a[n + 1] with two complex weights: linear interpolation of the baseband
  signal and the carrier's phase in one step. A table of 256 fractions holds them; no sine in the loop.
- Delays are integers in units of 2**-FRACTION_BITS samples: the sum of a transmit part (a table over the image)
  and a receive part (recomputed per line and element with a vectorised square root).
- Four elements are summed in registers before the running total of a pixel is touched; the f-number is the
  first sample of a loop, not a mask.
- Lines of samples are padded with zeros so that every delay of the grid lands inside: no bounds check.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from sonoreach.beamform.simd import (
    add,
    at,
    fold,
    load8,
    load_pair_twice,
    multiply_add,
    put,
    scale,
    scale_add,
    store,
    sum_halves,
    weigh_four,
    zero8,
)
from sonoreach.beamform.window_kernel import ROW, hann_weights, inverse_heights, receive_weights

FRACTION_BITS = 12
TABLE_SIZE = 256
_SHIFT = FRACTION_BITS - 8

_COMB = 16  # lines apart that a thread takes one after another
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
    return np.ascontiguousarray(np.stack(rows, axis=1), dtype=np.float32).ravel()


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _receive_delays(delay: Any, offset: int, distance: Any, q0: Any, q1: Any, ticks_per_m: Any, first: int) -> None:
    """Time from each sample of a line to an element, in ticks: sqrt(q0 + 2 q1 s + s^2)."""
    for block in range(first, distance.size, ROW):
        o = 4 * block + offset
        for i in range(ROW):
            s = at(distance, block + i)
            put(delay, o + i, np.int32(math.sqrt(q0 + s * (q1 + q1 + s)) * ticks_per_m + np.float32(0.5)))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _two_way_delays(
    delay: Any, offset: int, distance: Any, q0: Any, q1: Any, ticks_per_m: Any, first: int, transmit: Any
) -> None:
    """As `_receive_delays`, with the time of the only transmit added."""
    for block in range(first, distance.size, ROW):
        o = 4 * block + offset
        for i in range(ROW):
            s = at(distance, block + i)
            receive = np.int32(math.sqrt(q0 + s * (q1 + q1 + s)) * ticks_per_m + np.float32(0.5))
            put(delay, o + i, receive + at(transmit, block + i))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _fetch(data: Any, base: int, delay: Any, table: Any, weight: Any, index: int, total: Any) -> Any:
    """Add the signal at one delay, times weight[index] unless `weight` is None, to `total`."""
    sample = load_pair_twice(data, base + (delay >> FRACTION_BITS))
    weights = load8(table, ((delay >> _SHIFT) & 255) << 3)
    if weight is not None:
        weights = scale(weights, at(weight, index))
    return multiply_add(sample, weights, total)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _add_one(
    total: Any, power: Any, data: Any, base: int, stride: int, table: Any, transmit: Any, transmit_weight: Any,
    n_tx: Any, delay: Any, taper: Any, receive_weight: Any, k: int, start: int, stop: int,
) -> None:  # fmt: skip
    """Add one element's signals to the samples start..stop - 1 of a line."""
    for i in range(start, stop):
        d = at(delay, i + k * ROW + 3 * (i & -ROW))
        value = zero8()
        if n_tx is None:
            value = _fetch(data, base, d, table, None, 0, value)
        else:
            for t in range(n_tx):
                two_way = at(transmit, i * n_tx + t) + d
                value = _fetch(data, base + t * stride, two_way, table, transmit_weight, i * n_tx + t, value)
        if power is not None:
            value = fold(fold(value, zero8()), zero8())
            if taper is not None:
                value = scale(value, at(receive_weight, 4 * i + k))
            store(power, 8 * i, multiply_add(value, value, load8(power, 8 * i)))
            store(total, 8 * i, add(value, load8(total, 8 * i)))
        elif taper is not None:
            store(total, 8 * i, scale_add(value, at(receive_weight, 4 * i + k), load8(total, 8 * i)))
        else:
            store(total, 8 * i, add(value, load8(total, 8 * i)))


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _add_four(
    total: Any, power: Any, data: Any, base: int, element_stride: int, stride: int, table: Any, transmit: Any,
    transmit_weight: Any, n_tx: Any, delay: Any, taper: Any, receive_weight: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """Add the signals of four neighbouring elements to the samples start..stop - 1 of a line."""
    base1, base2, base3 = base + element_stride, base + 2 * element_stride, base + 3 * element_stride
    for i in range(start, stop):
        o = i + 3 * (i & -ROW)
        d0, d1, d2, d3 = at(delay, o), at(delay, o + ROW), at(delay, o + 2 * ROW), at(delay, o + 3 * ROW)
        v0, v1, v2, v3 = zero8(), zero8(), zero8(), zero8()
        if n_tx is None:
            v0 = _fetch(data, base, d0, table, None, 0, v0)
            v1 = _fetch(data, base1, d1, table, None, 0, v1)
            v2 = _fetch(data, base2, d2, table, None, 0, v2)
            v3 = _fetch(data, base3, d3, table, None, 0, v3)
        else:
            for t in range(n_tx):
                j, skip = i * n_tx + t, t * stride
                d = at(transmit, j)
                v0 = _fetch(data, base + skip, d + d0, table, transmit_weight, j, v0)
                v1 = _fetch(data, base1 + skip, d + d1, table, transmit_weight, j, v1)
                v2 = _fetch(data, base2 + skip, d + d2, table, transmit_weight, j, v2)
                v3 = _fetch(data, base3 + skip, d + d3, table, transmit_weight, j, v3)
        if taper is not None and power is not None:
            v0 = scale(v0, at(receive_weight, 4 * i))
            v1 = scale(v1, at(receive_weight, 4 * i + 1))
            v2 = scale(v2, at(receive_weight, 4 * i + 2))
            v3 = scale(v3, at(receive_weight, 4 * i + 3))
        sums = load8(total, 8 * i)
        if power is not None:  # real parts of the four elements in the lower half, imaginary parts in the upper
            parts = fold(fold(v0, v1), fold(v2, v3))
            store(power, 8 * i, multiply_add(parts, parts, load8(power, 8 * i)))
            sums = add(parts, sums)
        elif taper is not None:
            sums = weigh_four(v0, v1, v2, v3, receive_weight, 4 * i, sums)
        else:
            sums = add(add(add(v0, v1), add(v2, v3)), sums)
        store(total, 8 * i, sums)


@njit(cache=True, fastmath=_FAST, error_model="numpy")
def _line(
    image: Any, line: int, data: Any, n_tx: Any, stride: int, table: Any, distance: Any, start: Any, direction: Any,
    elements: Any, ticks_per_m: Any, transmit: Any, transmit_weight: Any, f_number: Any, taper: Any,
    power: Any, adds: bool,
) -> None:  # fmt: skip
    """Delay and sum one line into image[line]; arguments as of `delay_and_sum`."""
    n_samples, n_elements, row = image.shape[1], elements.shape[0], distance.size
    total = np.zeros(8 * n_samples, np.float32)
    delay = np.empty(4 * row, np.int32)
    weight = np.empty(4 * row, np.float32)
    inverse, slope = np.empty(4 * row, np.float32), np.zeros(ROW, np.float32)
    along = np.zeros(4, np.float32)
    first = np.empty(4, np.int64)
    joins = np.zeros(n_samples + 1, np.int64)  # elements that begin to listen at each sample
    element_stride = stride if n_tx is None else n_tx * stride
    for e in range(0, n_elements, 4):
        count = min(4, n_elements - e)
        together = 0 if count == 4 else n_samples
        moved = False  # the height above the elements; the same for all of a flat array
        for k in range(count):
            dx = start[0] - elements[e + k, 0]
            dy = start[1] - elements[e + k, 1]
            dz = start[2] - elements[e + k, 2]
            q0 = dx * dx + dy * dy + dz * dz
            q1 = dx * direction[0] + dy * direction[1] + dz * direction[2]
            across = math.sqrt(max(q0 - q1 * q1, 0.0))
            moved = moved or along[k] != np.float32(q1)
            along[k] = q1
            slope[k::4] = 2.0 * f_number * across
            nearest = max(2.0 * f_number * across, 0.0) - q1
            first[k] = min(np.searchsorted(distance, np.float32(nearest)), n_samples)
            together = max(together, first[k])
            joins[first[k]] += 1
            if first[k] == n_samples:
                continue
            aligned = first[k] & -ROW
            if n_tx is None:
                _two_way_delays(
                    delay, k * ROW, distance, np.float32(q0), np.float32(q1), ticks_per_m, aligned, transmit
                )
            else:
                _receive_delays(delay, k * ROW, distance, np.float32(q0), np.float32(q1), ticks_per_m, aligned)
        if taper is not None:
            if e == 0 or moved:
                inverse_heights(inverse, distance, along)
            earliest = min(first[:count].min(), n_samples - 1) & -(ROW // 4)
            if taper == 1:
                hann_weights(weight, inverse, slope, earliest)
            else:
                receive_weights(weight, inverse, slope, taper, earliest)
        for k in range(count):
            if first[k] < together:
                _add_one(
                    total, power, data, (e + k) * element_stride, stride, table, transmit, transmit_weight, n_tx,
                    delay, taper, weight, k, first[k], together,
                )  # fmt: skip
        if together < n_samples:
            _add_four(
                total, power, data, e * element_stride, element_stride, stride, table, transmit, transmit_weight, n_tx,
                delay, taper, weight, together, n_samples,
            )  # fmt: skip
    for i in range(n_samples):
        real, imaginary = sum_halves(load8(total, 8 * i))
        value = complex(real, imaginary)
        image[line, i] = image[line, i] + value if adds else value
    if power is not None:
        _weight_by_coherence(image, line, power, joins)


@njit(cache=True, error_model="numpy")
def _weight_by_coherence(image: Any, line: int, power: Any, joins: Any) -> None:
    """Multiply by |sum|^2 / (n sum of |.|^2) over the n elements that listen."""
    n = 0
    for i in range(image.shape[1]):
        n += joins[i]
        a, b = sum_halves(load8(power, 8 * i))
        v = image[line, i]
        incoherent = np.float32(n) * (a + b)
        if incoherent > 0:
            image[line, i] = v * ((v.real * v.real + v.imag * v.imag) / incoherent)


@njit(cache=True, parallel=True, fastmath=_FAST, error_model="numpy")
def delay_and_sum(
    image: Any, data: Any, n_tx: Any, stride: int, table: Any, distance: Any, origin: Any, direction: Any,
    elements: Any, ticks_per_m: Any, transmit: Any, transmit_weight: Any, f_number: Any, taper: Any,
    coherent: Any, adds: bool,
) -> None:  # fmt: skip
    """Delay and sum every line of a grid.

    Args:
        image: result, complex64, shape (n_lines, n_samples).
        data: analytic signals, complex64, flat (n_elements, n_tx, stride), zero-padded so that every delay
            lies inside.
        n_tx: number of transmits; None for one transmit without weights (the fastest loop).
        stride: samples of one element and transmit.
        table: see `weight_table`.
        distance: float32, length n_samples rounded up to a multiple of ROW, rising [m].
        origin, direction: float64, shape (n_lines, 3) [m].
        elements: float64, shape (n_elements, 3) [m].
        ticks_per_m: float32, ticks of delay a metre of receive path.
        transmit: int32, shape (n_lines, row * n_tx), row = len(distance): transmit time plus padding [ticks].
        transmit_weight: float32 of the same shape, or None for ones.
        f_number: float32.
        taper: float32 > 0, tapered fraction of the receive aperture; None for a boxcar.
        coherent: True to weight each point by its coherence factor; None does not.
        adds: add to the image (without `coherent`, which is no sum) rather than replace it.
    """
    # A group of elements reaches the lines near it only: each thread takes lines from everywhere.
    turns = (image.shape[0] + _COMB - 1) // _COMB
    for turn in prange(_COMB * turns):
        line = turn % turns * _COMB + turn // turns
        if line >= image.shape[0]:
            continue
        # Calls rather than conditional values: their type would be "array or None", which costs the loops dear.
        if coherent is not None and transmit_weight is not None:
            power = np.zeros(8 * image.shape[1], np.float32)
            _line(
                image, line, data, n_tx, stride, table, distance, origin[line], direction[line],
                elements, ticks_per_m, transmit[line], transmit_weight[line], f_number, taper, power, adds,
            )  # fmt: skip
        elif coherent is not None:
            power = np.zeros(8 * image.shape[1], np.float32)
            _line(
                image, line, data, n_tx, stride, table, distance, origin[line], direction[line],
                elements, ticks_per_m, transmit[line], None, f_number, taper, power, adds,
            )  # fmt: skip
        elif transmit_weight is not None:
            _line(
                image, line, data, n_tx, stride, table, distance, origin[line], direction[line],
                elements, ticks_per_m, transmit[line], transmit_weight[line], f_number, taper, None, adds,
            )  # fmt: skip
        else:
            _line(
                image, line, data, n_tx, stride, table, distance, origin[line], direction[line],
                elements, ticks_per_m, transmit[line], None, f_number, taper, None, adds,
            )  # fmt: skip
