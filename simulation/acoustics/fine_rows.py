"""Rows from which a waveform can be delayed by any part of a sample.

Within half a sample a waveform's delay is followed by a straight line: one row holds the waveform in the middle of that
half, one how it changes. Both are filtered from it.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.simd import add, load16, scale, scale_add, store
from sonoreach.simulation.acoustics.delay_filter import delay_filters
from sonoreach.simulation.acoustics.pulse import PulseTable
from sonoreach.simulation.acoustics.vector import LANES

Floats = NDArray[np.float32]

PIECES = 64
"""Pieces of the longest waveform or record of a cell."""

ROW = (PIECES + 2) * LANES
"""Floats from one of them to the next: a piece of silence lies before and behind each."""

FINE_BITS = 1
FINE = 1 << FINE_BITS
"""Lines a sample; the error is -40 dB for a pulse of 77 % bandwidth at two samples a cycle."""

ROWS = 2 * FINE
"""Rows of ROW floats, two for each line."""

TAPS = 6
"""Samples that are mixed."""


def delay_lines(table: PulseTable, cycles: float) -> Floats:
    """The best weights for `refine`, shape (ROWS * TAPS,).

    A delay of (q + 1/2 + share) / FINE samples is row 2 q + share * row (2 q + 1).

    Args:
        table, cycles: see `delay_filter.delay_filters`.
    """
    steps = 16
    filters = delay_filters(table, cycles, FINE * steps, TAPS).reshape(FINE, steps, TAPS)[:, 1::2]
    places = np.column_stack([np.ones(steps // 2), np.arange(1, steps, 2) / steps - 0.5])
    return np.concatenate([np.linalg.lstsq(places, line)[0].ravel() for line in filters]).astype(np.float32)


@njit(cache=True, nogil=True, error_model="numpy")
def refine(waveform: Floats, base: int, begin: int, end: int, lines: Floats, fine: Floats) -> None:
    """Rows from which the pieces begin..end - 1 of a waveform, which starts at `base`, can be delayed.

    Args:
        lines: from `delay_lines`; fine: out, shape (ROWS ROW,), piece 0 of row r is at r ROW.
    """
    for p in range(begin, end):
        latest = base + p * LANES + 2 * (TAPS // 2 - 1)
        v0, v1, v2 = load16(waveform, latest), load16(waveform, latest - 2), load16(waveform, latest - 4)
        v3, v4, v5 = load16(waveform, latest - 6), load16(waveform, latest - 8), load16(waveform, latest - 10)
        for r in range(ROWS):
            o = np.uint64(r * TAPS)
            a = scale_add(v2, lines[o + np.uint64(2)], scale(v0, lines[o]))
            b = scale_add(v3, lines[o + np.uint64(3)], scale(v1, lines[o + np.uint64(1)]))
            a = scale_add(v4, lines[o + np.uint64(4)], a)
            b = scale_add(v5, lines[o + np.uint64(5)], b)
            store(fine, r * ROW + p * LANES, add(a, b))
