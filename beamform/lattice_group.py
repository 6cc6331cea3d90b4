"""A group of columns over a lattice at one depth, compiled: what their elements hear, and its place in the sum."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sonoreach.beamform.row_kernel import FRACTION_BITS
from sonoreach.beamform.simd import at, load16, multiply, multiply_add, put, scale_add, store, subtract
from sonoreach.beamform.simd_lanes import sides, zero16

GROUP = 64
"""Columns that are summed together at most, four vectors."""
_WHOLE = 1 << FRACTION_BITS
_FAST = {"contract", "nsz", "arcp", "reassoc", "nnan", "ninf"}


@njit(fastmath=_FAST, error_model="numpy")
def _mix(rows: Any, here: int, next_row: int, growth: int, move: Any, lead: Any, e: int) -> Any:
    """Sixteen elements at the fraction `move` behind a row; with `lead`, each at its own, up to the row after next."""
    if lead is None:
        return scale_add(load16(rows, here + growth), move, load16(rows, here))
    before, behind = sides(load16(lead, e), move)
    near = multiply_add(load16(rows, here + growth), before, load16(rows, next_row))
    return multiply_add(load16(rows, next_row + growth), behind, near)


@njit(fastmath=_FAST, error_model="numpy")
def _hear(
    rows: Any, h: int, k: int, width: int, move: Any, lead: Any, e: int, re: Any, im: Any, a: Any, b: Any, p: Any,
    listeners: Any,
) -> Any:  # fmt: skip
    """Add sixteen signals times re + i im to a + i b, and with `listeners` their power to p."""
    v, u = _mix(rows, h, k, 2 * width, move, lead, e), _mix(rows, h + width, k + width, 2 * width, move, lead, e)
    a, b = scale_add(v, re, scale_add(u, -im, a)), scale_add(u, re, scale_add(v, im, b))
    if listeners is not None:
        p = scale_add(multiply_add(v, v, multiply(u, u)), re * re + im * im, p)
    return a, b, p


@njit(fastmath=_FAST, error_model="numpy")
def sum_lags(
    part: Any, rows: Any, mask: int, width: int, each: int, column: int, vectors: int, lags: Any, lag0: int, ticks: Any,
    weights: Any, begin: int, end: int, passage: int, steer: Any, lead: Any, power: Any, listeners: Any,
) -> None:  # fmt: skip
    """Sum what the elements hear of a group of columns at one depth.

    Args:
        part: result, real parts, and imaginary ones from GROUP on.
        rows, mask: see `fill_rows`; width is their part_of_row, each the number of elements a turn.
        column: first of the group.
        vectors: of 16 columns in the group, 1 to 4.
        lags: from a column to an element, and where the elements of its turn begin in a row, pairs of int32.
        lag0: the first, nearest, lag of the class; it belongs to the entry `begin`.
        ticks, weights: of the entries begin..end - 1, one a lag: time [ticks], int32, and complex weight, pairs of
            float32.
        passage: transmit time [ticks].
        steer: more ticks of each lag; None as `lead`.
        lead: fraction of a sample by which each element leads, float32, laid out as a part of a row; None where all
            are 0.
        power: result, sums of |.|^2, unless `listeners` is None.
    """
    a0, a1, a2, a3 = zero16(), zero16(), zero16(), zero16()
    b0, b1, b2, b3 = zero16(), zero16(), zero16(), zero16()
    p0, p1, p2, p3 = zero16(), zero16(), zero16(), zero16()
    for j in range(end - begin):
        e = column + at(lags, 2 * (lag0 + j))
        if e <= -16 * vectors or e >= each:
            continue
        e += at(lags, 2 * (lag0 + j) + 1)
        time = passage + at(ticks, begin + j)
        if lead is not None:
            time += at(steer, lag0 + j)
        n = time >> FRACTION_BITS
        move = np.float32(time & (_WHOLE - 1)) * np.float32(1 / _WHOLE)
        h, k = e + (n & mask) * 4 * width, e + ((n + 1) & mask) * 4 * width
        re, im = at(weights, 2 * (begin + j)), at(weights, 2 * (begin + j) + 1)
        a0, b0, p0 = _hear(rows, h, k, width, move, lead, e, re, im, a0, b0, p0, listeners)
        if vectors > 1:
            a1, b1, p1 = _hear(rows, h + 16, k + 16, width, move, lead, e + 16, re, im, a1, b1, p1, listeners)
        if vectors > 2:
            a2, b2, p2 = _hear(rows, h + 32, k + 32, width, move, lead, e + 32, re, im, a2, b2, p2, listeners)
        if vectors > 3:
            a3, b3, p3 = _hear(rows, h + 48, k + 48, width, move, lead, e + 48, re, im, a3, b3, p3, listeners)
    store(part, 0, a0)
    store(part, 16, a1)
    store(part, 32, a2)
    store(part, 48, a3)
    store(part, GROUP, b0)
    store(part, GROUP + 16, b1)
    store(part, GROUP + 32, b2)
    store(part, GROUP + 48, b3)
    if listeners is not None:
        store(power, 0, p0)
        store(power, 16, p1)
        store(power, 32, p2)
        store(power, 48, p3)


@njit(fastmath=_FAST, error_model="numpy")
def turn_and_add(
    total: Any, o: int, apart: int, part: Any, low: int, high: int, vectors: int, turn: Any, turns: Any, c: int,
    power: Any, listeners: Any,
) -> None:  # fmt: skip
    """Add the columns low..high - 1 of a group, times a complex number and, unless None, turns[0, c:] + i turns[1, c:].

    The group's parts are as in `sum_lags`; the sums' lie at total[o:], and `apart` after them; and then their power,
    unless `listeners` is None.
    """
    re, im = turn.real, turn.imag
    for k in range(low):
        put(part, k, np.float32(0.0))
        put(part, GROUP + k, np.float32(0.0))
    for k in range(high, 16 * vectors):
        put(part, k, np.float32(0.0))
        put(part, GROUP + k, np.float32(0.0))
    for k in range(0, 16 * vectors, 16):
        here, there = o + k, o + apart + k
        real, imaginary = load16(part, k), load16(part, GROUP + k)
        if turns is not None:
            cos, sin = load16(turns[0], c + k), load16(turns[1], c + k)
            turned = subtract(multiply(real, cos), multiply(imaginary, sin))
            real, imaginary = turned, multiply_add(real, sin, multiply(imaginary, cos))
        store(total, here, scale_add(real, re, scale_add(imaginary, -im, load16(total, here))))
        store(total, there, scale_add(imaginary, re, scale_add(real, im, load16(total, there))))
        if listeners is not None:
            store(total, there + apart, load16(power, k))
