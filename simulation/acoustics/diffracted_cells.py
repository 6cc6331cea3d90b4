"""The transmit with diffraction for scatterers that lie close together: cell by cell instead of one by one.

Waves are sent from the anchors and waveforms heard at them only, see `anchor_waves.py` and `cell_sum.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.simd import aligned_floats
from sonoreach.beamform.threads import for_ranges
from sonoreach.simulation.acoustics import waveform_cells as kernels
from sonoreach.simulation.acoustics.baseband import PARTS, PartialSums
from sonoreach.simulation.acoustics.cell_grid import CellGrid, Costs, InCells, cut_cells, left_out, part_windows
from sonoreach.simulation.acoustics.cell_room import CellWaves, cell_room
from sonoreach.simulation.acoustics.demodulation import conjugated_carrier
from sonoreach.simulation.acoustics.diffraction import DiffractedTransmit
from sonoreach.simulation.acoustics.fine_rows import PIECES, delay_lines
from sonoreach.simulation.acoustics.hand_out import TOGETHER
from sonoreach.simulation.acoustics.pulse import PulseTable
from sonoreach.simulation.acoustics.vector import LANES, PIECE

Floats = NDArray[np.float32]


class DiffractedCells:
    """Prepared cells of one array under transmits with diffraction, and the sum of what they return."""

    def __init__(self, grid: CellGrid, transmit: DiffractedTransmit, table: PulseTable) -> None:
        """Prepare for a grid and its transmits; table: analytic pulses."""
        self._grid = grid
        n_transmits, n_elements = transmit.waves.path.shape
        aperture_m = float(np.ptp(grid.row.elements[:, :3], axis=0).max())
        waveform_m = np.hypot(grid.distance_m, aperture_m) - grid.distance_m
        pieces = 4 * grid.reach_m * grid.clock.samples_per_m / PIECE + 4
        longest = pieces + waveform_m * grid.clock.samples_per_m / PIECE
        loud = pieces + 4  # most of a waveform is silence
        pulse = grid.pulses.width // LANES
        self._costs = Costs(
            n_elements * n_transmits * (10 + 18.0 * pulse),
            len(grid.row.indices) * n_transmits * (10 + 18.0 * pulse),
            np.where(longest > PIECES, np.inf, 2000 + n_transmits * n_elements * (30 + loud * 8.0)),
        )
        cycles = float(grid.clock.cycles)
        self._waves = CellWaves(
            transmit.waves.path, transmit.waves.scale, transmit.waves.phase,
            conjugated_carrier(cycles, PIECES * PIECE), delay_lines(table, cycles),
        )  # fmt: skip
        self._parts = PartialSums(PIECES * LANES)

    def accumulate(self, positions_m: Floats, amplitudes: Floats, signal: Floats, threads: int) -> NDArray[np.int64]:
        """Add the echoes of all that lies close together; see `CellSum.accumulate`."""
        found = self._grid.sort(positions_m, amplitudes, self._costs, signal.size, threads)
        if found is None:
            return np.arange(amplitudes.size)
        return left_out(found.cells, self._sum(found, signal, threads))

    def _sum(self, found: InCells, signal: Floats, threads: int) -> NDArray[np.bool_]:
        """Add the echoes of all cells that fit; returns which do."""
        cells, grid, waves = found.cells, self._grid, self._waves
        shape = len(waves.path), len(cells.centre)
        origin, pieces = np.empty(shape, np.int32), np.empty(shape, np.int32)
        lead, window = np.empty(shape, np.float32), np.empty((*shape, 2), np.int32)
        fits = np.empty(len(cells.centre), np.bool_)
        boxes, array = (cells.centre, cells.half), (grid.pulses, grid.clock)

        def measure(first: int, beyond: int) -> None:
            kernels.measure_waveform_cells(
                first, beyond, *boxes, grid.row, waves, *array, origin, lead, pieces, window, fits
            )

        for_ranges(measure, len(cells.centre), threads)
        cuts = cut_cells(cells, PARTS)

        def fill(first: int, beyond: int, some: slice, parts: Floats) -> None:
            room = cell_room(len(grid.row.elements), len(grid.row.indices))
            mixed = aligned_floats(TOGETHER * (PIECES + 2) * LANES)
            mixed[:] = 0
            sent = waves._replace(path=waves.path[some], scale=waves.scale[some], phase=waves.phase[some])
            for part in range(first, beyond):
                kernels.simulate_waveform_cells(
                    cuts[part], cuts[part + 1], cells.begin, *boxes, origin[some], lead[some], pieces[some], fits,
                    found[1:], grid.row, sent, *array, room, mixed, parts[part].reshape(-1), parts.shape[3],
                )  # fmt: skip

        self._parts.add_to(signal, float(grid.clock.cycles), part_windows(window, fits, cuts), threads, fill)
        return fits
