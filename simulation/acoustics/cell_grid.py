"""The grid of cells of one array: how large they are, what lies in them, and when they are worth it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.threads import for_ranges
from sonoreach.simulation.acoustics.anchors import Anchors
from sonoreach.simulation.acoustics.cells import SIZES, STEPS, Cells, gather, sort_into_cells
from sonoreach.simulation.acoustics.delay_filter import delay_filters
from sonoreach.simulation.acoustics.hand_out import FINE
from sonoreach.simulation.acoustics.pulse import PulseTable
from sonoreach.simulation.acoustics.row import Row, clock_of, pulses_of

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

WIDE, HIGH, DEEP = 0.65, 3.0, 1.45
"""Half widths of a cell along x, y, z; 1 alone along x would turn by `Anchors.slope` cycles from anchor to anchor."""

NEAREST, NEAREST_OF_WIDE = 3.0, 2.5
"""Cells begin so many spacings of the anchors away, or so many times the width of an element in wavelengths: nearer,
how loudly elements hear a scatterer changes too fast along the row to be interpolated."""

FARTHEST = 0.08
"""Largest half depth divided by the distance: the series of `receive_at_anchors` are short."""

CELL_COST = 16
"""A cell takes as long as so many scatterers, besides its own."""


@dataclass(frozen=True)
class Costs:
    """Times that sums take on the processors they were measured on [ns]; only their ratios matter.

    Attributes:
        alone: of a scatterer by itself; at_anchors: of one in a cell; a number each.
        cell: of a cell of each size, shape (SIZES,).
        channel_float: of each float of the signal, once a frame with cells.
    """

    alone: float
    at_anchors: float
    cell: NDArray[np.float64]
    channel_float: float = 6.0

    def enough(self) -> NDArray[np.int32]:
        """Scatterers that a cell of each size must hold to be faster than they are alone, by a quarter."""
        least = np.minimum(np.ceil(1.25 * self.cell / (self.alone - self.at_anchors)), 1 << 30)
        return least.astype(np.int32)


class InCells(NamedTuple):
    """Scatterers in cells: the cells, and x, y, z [m] and amplitude in their order, shape (n,) each."""

    cells: Cells
    x: Floats
    y: Floats
    z: Floats
    amplitude: Floats


class CellGrid:
    """Cells of a row of elements.

    Attributes:
        row, clock, pulses: what the kernels need of the array and the record.
        distance_m, reach_m: where cells of each size begin, and how far a scatterer can be from its cell's centre
            along the way of sound, shape (SIZES,) [m].
    """

    def __init__(
        self,
        anchors: Anchors,
        elements: Floats,
        lateral: Floats,
        table: PulseTable,
        *,
        element_width: float,
        highest_frequency_hz: float,
        center_frequency_hz: float,
        sampling_frequency_hz: float,
        start_time_s: float,
        sound_speed_m_s: float,
    ) -> None:
        """Prepare sizes of cells and filters.

        Args:
            anchors: of the array; elements, lateral: see `kernels.receive`; table: analytic pulses.
            element_width: width of an element [wavelengths].
            highest_frequency_hz: of the pulse, which turns most from anchor to anchor [Hz].
        """
        cycles = center_frequency_hz / sampling_frequency_hz
        slope_m = anchors.slope * sound_speed_m_s / highest_frequency_hz
        self.row = Row(
            elements, np.ascontiguousarray(elements[anchors.elements].T), anchors.elements, lateral, anchors.first,
            anchors.weights.reshape(-1), delay_filters(table, cycles, FINE), np.float32(1.1 * slope_m),
        )  # fmt: skip
        self.clock = clock_of(table, center_frequency_hz, sampling_frequency_hz, start_time_s, sound_speed_m_s)
        self.pulses = pulses_of(table)
        nearest_m = anchors.spacing_m * max(NEAREST, NEAREST_OF_WIDE * element_width)
        self.distance_m = nearest_m * 2.0 ** (np.arange(SIZES) / STEPS)
        relative = min(slope_m / anchors.spacing_m, FARTHEST / DEEP) * np.array([WIDE, HIGH, DEEP])
        half_m = np.outer(self.distance_m, relative)
        self._widths = (2 * half_m).astype(np.float32)
        self.reach_m = np.hypot(half_m[:, 0], half_m[:, 2])

    def sort(self, positions_m: Floats, amplitudes: Floats, costs: Costs, floats: int, threads: int) -> InCells | None:
        """The scatterers that lie close enough together, or None where it is not worth it.

        Args:
            positions_m: shape (n, 3) [m]; amplitudes: shape (n,).
            floats: of the signal that is summed; threads: threads to use.
        """
        x, y, z = np.ascontiguousarray(positions_m.T)
        enough = costs.enough()
        if not self._may_be_dense(x, y, z, enough):
            return None
        anchors = np.ascontiguousarray(self.row.anchors[:3].T)
        cells = sort_into_cells((x, y, z), anchors, self.distance_m[0], self._widths, enough, threads)
        inside = cells.begin[-1]
        saved_ns = inside * (costs.alone - costs.at_anchors) - costs.cell[cells.size].sum()
        if saved_ns <= costs.channel_float * floats:
            return None
        x, y, z, amplitude = np.empty((4, inside), np.float32)

        def take(first: int, beyond: int) -> None:
            gather(first, beyond, cells.order, positions_m, amplitudes, x, y, z, amplitude)

        for_ranges(take, inside, threads)
        return InCells(cells, x, y, z, amplitude)

    def _may_be_dense(self, x: Floats, y: Floats, z: Floats, enough: Ints) -> bool:
        """Whether cells would hold clearly enough, were the scatterers spread evenly over their extent."""
        if x.size == 0:
            return False
        area_m2 = max(float(np.ptp(x)) * float(np.ptp(z)), 1e-12)
        within = self.distance_m < max(float(abs(values).max()) for values in (x, y, z))
        held = x.size / area_m2 * self._widths[:, 0] * self._widths[:, 2]
        return bool((held >= 1.5 * enough)[within].any())


def left_out(cells: Cells, fits: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The scatterers outside all cells that fit."""
    inside = cells.begin[-1]
    if fits.all():
        return cells.order[inside:].astype(np.int64)
    left = cells.order[:inside][~np.repeat(fits, np.diff(cells.begin))]
    return np.concatenate([left, cells.order[inside:]]).astype(np.int64)


def cut_cells(cells: Cells, parts: int) -> NDArray[np.int64]:
    """First cells of so many parts that take about as long, and the number of cells, shape (parts + 1,)."""
    costs = np.concatenate([[0], np.cumsum(np.diff(cells.begin) + CELL_COST)])
    return np.searchsorted(costs, np.linspace(0, costs[-1], parts + 1)).astype(np.int64)


def part_windows(window: Ints, fits: NDArray[np.bool_], cuts: NDArray[np.int64]) -> Ints:
    """What holds the windows of all cells of each part.

    Args:
        window: of the cells, first and beyond, shape (n_transmits, n_cells, 2); fits: those that count.
        cuts: first cell of each part, and the number of cells.

    Returns:
        shape (n_parts, n_transmits, 2).
    """
    windows = np.zeros((len(cuts) - 1, len(window), 2), np.int32)
    for part, (first, beyond) in enumerate(itertools.pairwise(cuts)):
        here = window[:, first:beyond][:, fits[first:beyond]]
        if here.shape[1]:
            windows[part, :, 0], windows[part, :, 1] = here[..., 0].min(axis=1), here[..., 1].max(axis=1)
    return windows
