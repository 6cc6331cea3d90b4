"""Sums of the echoes of scatterers that lie close together: cell by cell instead of one by one.

A pulse is added for each scatterer only at the anchors, a quarter of the elements; see `anchors.py`, `cell_records.py`
and `hand_out.py`. Scatterers that lie alone, or too near to the array, are left to others.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.simd import aligned_floats
from sonoreach.beamform.threads import for_ranges
from sonoreach.simulation.acoustics import cell_kernels as kernels
from sonoreach.simulation.acoustics.baseband import PARTS, PartialSums
from sonoreach.simulation.acoustics.cell_grid import CellGrid, Costs, InCells, cut_cells, left_out, part_windows
from sonoreach.simulation.acoustics.delay_filter import TAPS
from sonoreach.simulation.acoustics.demodulation import conjugated_carrier
from sonoreach.simulation.acoustics.hand_out import TOGETHER
from sonoreach.simulation.acoustics.vector import LANES, PIECE

Floats = NDArray[np.float32]
Wavefronts = Callable[[tuple[Floats, Floats, Floats]], tuple[Floats, Floats]]
"""Paths [m] and weights of every transmit at points x, y, z, see `transmit.wavefronts`."""


class CellSum:
    """Prepared cells of one array under ideal wavefronts, and the sum of what they return."""

    def __init__(self, grid: CellGrid, wavefronts: Wavefronts, n_transmits: int) -> None:
        """Prepare for a grid and its transmits."""
        self._grid, self._wavefronts = grid, wavefronts
        samples = 4 * grid.reach_m * grid.clock.samples_per_m + grid.pulses.width // 2 + TAPS
        pieces = samples / PIECE + 1
        n_elements, n_anchors = len(grid.row.elements), len(grid.row.indices)
        self._costs = Costs(
            n_elements * (2.0 + 2.2 * n_transmits),
            n_anchors * (0.9 + 2.0 * n_transmits),
            np.where(pieces > kernels.PIECES, np.inf, 1000 + n_transmits * n_elements * pieces * 8.0),
        )
        self._carrier = conjugated_carrier(float(grid.clock.cycles), kernels.PIECES * PIECE)
        self._parts = PartialSums(kernels.PIECES * LANES)

    def accumulate(self, positions_m: Floats, amplitudes: Floats, signal: Floats, threads: int) -> NDArray[np.int64]:
        """Add the echoes of all that lies close together.

        Args:
            positions_m: shape (n, 3) [m]; amplitudes: shape (n,).
            signal: analytic, (re, im, ...), shape (n_elements, n_transmits, floats).
            threads: threads to use; the result does not depend on their number.

        Returns:
            The scatterers that are left.
        """
        found = self._grid.sort(positions_m, amplitudes, self._costs, signal.size, threads)
        if found is None:
            return np.arange(amplitudes.size)
        return left_out(found.cells, self._sum(found, signal, threads))

    def _sum(self, found: InCells, signal: Floats, threads: int) -> NDArray[np.bool_]:
        """Add the echoes of all cells that fit; returns which do."""
        cells, x, y, z, amplitude = found
        path, gain = self._wavefronts((x, y, z))
        cx, cy, cz = np.ascontiguousarray(cells.centre.T)
        centre_path, _ = self._wavefronts((cx, cy, cz))
        shape = path.shape[0], len(cells.centre)
        lead, pieces, window = np.empty(shape, np.float32), np.empty(shape, np.int32), np.empty((*shape, 2), np.int32)
        fits = np.empty(len(cells.centre), np.bool_)
        what = self._grid.row, self._grid.pulses, self._grid.clock
        boxes = cells.begin, cells.centre, cells.half

        def measure(first: int, beyond: int) -> None:
            kernels.measure_cells(first, beyond, *boxes, path, centre_path, *what, lead, pieces, window, fits)

        for_ranges(measure, len(cells.centre), threads)
        cuts = cut_cells(cells, PARTS)

        def fill(first: int, beyond: int, some: slice, parts: Floats) -> None:
            mixed = aligned_floats(TOGETHER * (kernels.PIECES + 2) * LANES)
            mixed[:] = 0
            records = aligned_floats(parts.shape[2] * len(self._grid.row.indices) * kernels.APART)
            for part in range(first, beyond):
                kernels.simulate_cells(
                    cuts[part], cuts[part + 1], *boxes, lead[some], pieces[some], fits, (x, y, z, amplitude),
                    path[some], gain[some], centre_path[some], *what, self._carrier, records, mixed,
                    parts[part].reshape(-1), parts.shape[3],
                )  # fmt: skip

        windows = part_windows(window, fits, cuts)
        self._parts.add_to(signal, float(self._grid.clock.cycles), windows, threads, fill)
        return fits
