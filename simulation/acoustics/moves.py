"""Moves: how waves get from the centre of a cell to its scatterers, and waveforms from these to the anchors.

Between an anchor and a scatterer sound takes longer or shorter than to the cell's centre, the same either way. Of that
the mean of all anchors is a whole number of samples and shifts the scatterer's clock; the rest is small.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.fine_rows import FINE, FINE_BITS, PIECES, ROW
from sonoreach.simulation.acoustics.phase import turned
from sonoreach.simulation.acoustics.vector import PIECE

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

PAIRS = 2048
"""Pairs of a scatterer and an anchor that are handled at once; anchor k of scatterer i is number i n_anchors + k."""

WHOLE, LINE, TARGET = 0, PAIRS, 2 * PAIRS
"""Where the numbers of all pairs begin in `places`."""

SHARE, REAL, IMAGINARY = 0, PAIRS, 2 * PAIRS
"""Where the numbers of all pairs begin in `turns`."""


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def turn_delays(
    count: int, n: int, delay: Floats, weight: Floats, samples_per_m: Any, cycles: Any, mean: Ints, places: Ints,
    turns: Floats,
) -> None:  # fmt: skip
    """Find the moves of a block of scatterers.

    Args:
        count: scatterers; n: anchors; delay, weight: from `cell_records.receive_at_anchors`.
        mean: out, the mean delay [samples], shape (count,).
        places: out, WHOLE: whole samples of the delay less `mean`; LINE: the first float of the row of
            `fine_rows.py` for the rest, shape (3 PAIRS,).
        turns: out, SHARE: the factor of the row behind that; REAL, IMAGINARY: weight and turn of the carrier, likewise.
    """
    half, steps = np.float32(0.5), np.float32(FINE)
    for i in range(count):
        total = np.float32(0)
        for k in range(n):
            total += delay[np.uint64(i * n + k)]
        middle = np.floor(total * (samples_per_m / np.float32(n)) + half)
        mean[np.uint64(i)] = np.int32(middle)
        for k in range(n):
            q = np.uint64(i * n + k)
            samples = delay[q] * samples_per_m
            place = (samples - middle) * steps
            early = np.floor(place)
            step = np.int32(early)
            places[q + np.uint64(WHOLE)] = step >> FINE_BITS
            places[q + np.uint64(LINE)] = (step & np.int32(FINE - 1)) * np.int32(2 * ROW)
            turns[q + np.uint64(SHARE)] = place - early - half
            cycle = -cycles * samples
            cosine, sine = turned(cycle - np.floor(cycle + half))
            turns[q + np.uint64(REAL)], turns[q + np.uint64(IMAGINARY)] = weight[q] * cosine, weight[q] * sine


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def find_targets(count: int, low: int, high: int, mean: Ints, places: Ints, first: Ints, last: Ints) -> None:
    """How many floats later than a waveform each anchor's record begins to hear it.

    Args:
        low, high: first piece of the waveforms that is heard, and the one behind the last.
        mean: from `turn_delays`; places: from there, and out, TARGET.
        first, last: out, extremes for each anchor [samples], shape (n_anchors,).
    """
    n = first.shape[0]
    earliest, latest = np.int32(-PIECE * low), np.int32(PIECE * (PIECES - high))
    first[:], last[:] = latest, earliest
    for i in range(count):
        there = np.int32(2) * mean[np.uint64(i)]
        for k in range(n):
            o, q = np.uint64(k), np.uint64(i * n + k)
            shift = min(max(there + places[q + np.uint64(WHOLE)], earliest), latest)
            first[o], last[o] = min(first[o], shift), max(last[o], shift)
            places[q + np.uint64(TARGET)] = np.int32(2) * shift
