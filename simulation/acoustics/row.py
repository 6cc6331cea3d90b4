"""What the cells' kernels need of an array and a record, in groups."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.pulse import PHASE_BITS, PulseTable

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

FAR = np.float32(1e6)
"""Sample numbers are held within these bounds, so that they stay whole numbers."""


class Row(NamedTuple):
    """A row of elements, its anchors, and how an element's record comes from theirs.

    Attributes:
        elements, lateral: see `kernels.receive`.
        anchors, indices: their rows of `elements` as columns, shape (7, n_anchors), and which they are.
        first, weights: see `anchors.Anchors`, weights flat.
        filters: fractional delays, shape (FINE * TAPS,), see `delay_filter.delay_filters`.
        steepest: the largest difference between the delays of neighbouring anchors that can be interpolated [m].
    """

    elements: Floats
    anchors: Floats
    indices: Ints
    lateral: Floats
    first: Ints
    weights: Floats
    filters: Floats
    steepest: Any


class Clock(NamedTuple):
    """Accumulator sample = distance * samples_per_m + start; cycles: of the carrier a sample."""

    samples_per_m: Any
    start: Any
    cycles: Any


class Pulses(NamedTuple):
    """See `pulse.PulseTable`; banks: their number."""

    rows: Floats
    width: int
    bank_bits: int
    banks: int


def clock_of(
    table: PulseTable, center_frequency_hz: float, sampling_frequency_hz: float, start_time_s: float, speed_m_s: float
) -> Clock:
    """The clock of an accumulator that begins a pulse before a record."""
    return Clock(
        np.float32(sampling_frequency_hz / speed_m_s),
        np.float32(table.taps - table.lead - start_time_s * sampling_frequency_hz),
        np.float32(center_frequency_hz / sampling_frequency_hz),
    )


def pulses_of(table: PulseTable) -> Pulses:
    """A table of pulses for the kernels."""
    return Pulses(table.rows, table.width, table.bank_bits, table.rows.size // (table.width << PHASE_BITS))
