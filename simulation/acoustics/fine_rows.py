"""Rows from which a waveform can be delayed by any part of a sample.

Within half a sample a waveform's delay is followed by a straight line: one row holds the waveform in the middle of that
half, one how it changes. Both are filtered from it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.delay_filter import TAPS, delay_filters
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


def delay_lines(table: PulseTable, cycles: float) -> Floats:
    """The best filters for these rows, shape (ROWS * TAPS,).

    A delay of (q + 1/2 + share) / FINE samples is row 2 q + share * row (2 q + 1).

    Args:
        table, cycles: see `delay_filter.delay_filters`.
    """
    steps = 16
    filters = delay_filters(table, cycles, FINE * steps).reshape(FINE, steps, TAPS)[:, 1::2]
    places = np.column_stack([np.ones(steps // 2), np.arange(1, steps, 2) / steps - 0.5])
    return np.concatenate([np.linalg.lstsq(places, line)[0].ravel() for line in filters]).astype(np.float32)
