"""Hot loops that sum the anchors' waves at the scatterers of a cell, and what the anchors hear of them.

A scatterer's waveform runs on its own clock, see `moves.py`: there all waveforms of a cell are loud at the same times.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.simd import load16, multiply_add, scale, store
from sonoreach.beamform.simd_lanes import zero16
from sonoreach.simulation.acoustics.delay_filter import TAPS, refine
from sonoreach.simulation.acoustics.fine_rows import PIECES, ROW, ROWS
from sonoreach.simulation.acoustics.moves import IMAGINARY, LINE, REAL, SHARE, TARGET, WHOLE
from sonoreach.simulation.acoustics.vector import LANES, PIECE, add_delayed_row
from sonoreach.simulation.acoustics.waveform_sum import faint_below

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

GROUP = 8
"""Neighbouring anchors that hear the same pieces of a waveform."""

LEFT_OUT = 5e-4
"""Part of the energy of a block's waveforms that may be left out with their faint pieces (-33 dB)."""


@njit(cache=True, nogil=True, error_model="numpy")
def sum_at_scatterers(
    count: int, pieces: int, begin: Ints, end: Ints, waves: Floats, lines: Floats, fine: Floats, places: Ints,
    turns: Floats, waveforms: Floats,
) -> None:  # fmt: skip
    """The waveform that reaches each scatterer.

    Args:
        count: scatterers; pieces: of their waveforms.
        begin, end, waves: from `anchor_waves.gather_waves`.
        lines: see `fine_rows.delay_lines`; fine: scratch, ROWS rows of ROW floats.
        places, turns: see `moves.turn_delays`.
        waveforms: out, flat; that of scatterer i begins at i ROW + LANES.
    """
    n = begin.shape[0]
    for i in range(count):
        for m in range(0, pieces * LANES, LANES):
            store(waveforms, i * ROW + LANES + m, zero16())
    for k in range(n):
        if end[k] <= begin[k]:
            continue
        first, length = np.intp(begin[k]) * LANES, (np.intp(end[k]) - np.intp(begin[k])) * LANES
        refine(waves, k * ROW + LANES + first, length // LANES, lines, ROWS, fine, first, ROW, LANES)
        earliest, latest = -(first >> 1), PIECE * pieces - ((first + length) >> 1)
        for i in range(count):
            q = np.uint64(i * n + k)
            shift: Any = min(max(np.intp(places[q + np.uint64(WHOLE)]), earliest), latest)
            at = i * ROW + LANES + first + 2 * shift
            line = np.intp(places[q + np.uint64(LINE)]) + first
            share, real = turns[q + np.uint64(SHARE)], turns[q + np.uint64(REAL)]
            imaginary = turns[q + np.uint64(IMAGINARY)]
            for m in range(0, length, LANES):
                add_delayed_row(waveforms, at + m, fine, line + m, line + ROW + m, share, real, imaginary)


@njit(cache=True, nogil=True, error_model="numpy")
def weigh(count: int, pieces: int, amplitude: Floats, begin: int, waveforms: Floats, energy: Floats) -> None:
    """Scale each waveform by its scatterer's amplitude, from amplitude[begin] on, and sum their pieces' energies."""
    sums = np.zeros(PIECES * LANES, np.float32)
    for i in range(count):
        factor = amplitude[np.uint64(begin + i)]
        base = i * ROW + LANES
        for m in range(0, pieces * LANES, LANES):
            value = scale(load16(waveforms, base + m), factor)
            store(waveforms, base + m, value)
            store(sums, m, multiply_add(value, value, load16(sums, m)))
    for p in range(pieces):
        total = np.float32(0)
        for m in range(LANES):
            total += sums[np.uint64(p * LANES + m)]
        energy[np.uint64(p)] = total


@njit(cache=True, nogil=True, error_model="numpy")
def choose_runs(
    count: int, n: int, pieces: int, turns: Floats, energy: Floats, heard: Floats, power: Floats, runs: Ints,
    found: Ints,
) -> Any:  # fmt: skip
    """Runs of pieces that each group of anchors hears, without the faint ones.

    Args:
        turns: see `moves.turn_delays`; energy: from `weigh`.
        heard, power: scratch, see `waveform_sum.faint_below`, for one scatterer.
        runs: out, runs[g, r] is the first piece and the one behind the last, shape (n_groups, PIECES, 2).
        found: out, how many runs, shape (n_groups,).

    Returns:
        The first piece that any group hears, and the one behind the last.
    """
    power[:] = 0
    for i in range(count):
        for k in range(n):
            q = np.uint64(i * n + k)
            real, imaginary = turns[q + np.uint64(REAL)], turns[q + np.uint64(IMAGINARY)]
            power[0, k // GROUP] += real * real + imaginary * imaginary
    threshold = faint_below(np.float32(LEFT_OUT), pieces, power, 0, energy, heard)
    low, high = pieces, 0
    for g in range(found.shape[0]):
        found[g], behind = 0, -2  # behind: piece after the last run
        for p in range(pieces):
            if threshold > 0 and energy[p] * power[0, g] >= threshold:
                if p > behind + 1:  # a single faint piece between is cheaper than another run
                    runs[g, found[g], 0] = p
                    found[g] += 1
                behind = p + 1
                runs[g, found[g] - 1, 1] = behind
                low, high = min(low, p), max(high, behind)
    return low, high


@njit(cache=True, nogil=True, error_model="numpy")
def hear(
    count: int, low: int, high: int, runs: Ints, found: Ints, waveforms: Floats, lines: Floats, fine: Floats,
    places: Ints, turns: Floats, record: Floats,
) -> None:  # fmt: skip
    """Add the waveforms to the anchors' records.

    Args:
        count: scatterers; low, high, runs, found: from `choose_runs`.
        lines: see `fine_rows.delay_lines`; fine: scratch, ROWS rows of ROW floats.
        places, turns: see `moves.turn_delays` and `moves.find_targets`.
        record: flat; that of anchor k begins at k ROW + LANES.
    """
    n = GROUP * found.shape[0]
    for i in range(count):
        refine(waveforms, i * ROW + LANES + low * LANES, high - low, lines, ROWS, fine, low * LANES, ROW, LANES)
        for g in range(found.shape[0]):
            for k in range(g * GROUP, g * GROUP + GROUP):
                q = np.uint64(i * n + k)
                at = k * ROW + LANES + np.intp(places[q + np.uint64(TARGET)])
                line = np.intp(places[q + np.uint64(LINE)])
                share, real = turns[q + np.uint64(SHARE)], turns[q + np.uint64(REAL)]
                imaginary = turns[q + np.uint64(IMAGINARY)]
                for r in range(found[g]):
                    for m in range(np.intp(runs[g, r, 0]) * LANES, np.intp(runs[g, r, 1]) * LANES, LANES):
                        add_delayed_row(record, at + m, fine, line + m, line + ROW + m, share, real, imaginary)


@njit(cache=True, nogil=True, error_model="numpy")
def mark_loud(runs: Ints, found: Ints, first: Ints, last: Ints, loud: Any) -> None:
    """Mark the pieces of the records that `hear` has filled, with those that a filter reaches.

    Args:
        runs, found: from `choose_runs`; first, last: from `moves.find_targets`; loud: out, shape (PIECES,).
    """
    for g in range(found.shape[0]):
        group = slice(g * GROUP, g * GROUP + GROUP)
        earliest, latest = np.intp(first[group].min()), np.intp(last[group].max())
        for r in range(found[g]):
            begin = (PIECE * np.intp(runs[g, r, 0]) + earliest - TAPS // 2) // PIECE
            end = (PIECE * np.intp(runs[g, r, 1]) + latest + TAPS // 2 - 1) // PIECE + 1
            loud[max(begin, 0) : min(end, PIECES)] = True
