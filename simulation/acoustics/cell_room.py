"""What is sent towards cells, and scratch for what comes of it, in groups for the kernels of diffraction."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.simd import aligned_floats
from sonoreach.simulation.acoustics.cell_records import VIEW
from sonoreach.simulation.acoustics.cell_waveforms import GROUP
from sonoreach.simulation.acoustics.fine_rows import PIECES, ROW, ROWS
from sonoreach.simulation.acoustics.moves import PAIRS
from sonoreach.simulation.acoustics.vector import LANES

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


class CellWaves(NamedTuple):
    """What the transmitting elements send towards cells.

    Attributes:
        path, scale, phase: see `diffraction.ElementWaves`.
        carrier, lines: see `demodulation.demodulate` and `fine_rows.delay_lines`.
    """

    path: Floats
    scale: Floats
    phase: Floats
    carrier: Floats
    lines: Floats


class Moves(NamedTuple):
    """Scratch for how waves move between anchors and scatterers.

    Attributes:
        view: see `cell_records.look_at`; distance: see `hand_out.measure_distances`.
        delay, weight: see `cell_records.receive_at_anchors`; the others: see `moves.turn_delays` and `find_targets`.
    """

    view: Floats
    distance: Floats
    delay: Floats
    weight: Floats
    mean: Ints
    places: Ints
    turns: Floats
    first: Ints
    last: Ints


class Sounds(NamedTuple):
    """Scratch for waves, waveforms and records.

    Attributes:
        wave, begin, end: see `anchor_waves.gather_waves`; waveform, fine: see `cell_waveforms.sum_at_scatterers`.
        energy, heard, power, runs, found: see `cell_waveforms.choose_runs`; record, loud: see `cell_waveforms.hear`.
    """

    wave: Floats
    begin: Ints
    end: Ints
    waveform: Floats
    fine: Floats
    energy: Floats
    heard: Floats
    power: Floats
    runs: Ints
    found: Ints
    record: Floats
    loud: NDArray[np.bool_]


class CellRoom(NamedTuple):
    """Scratch for one cell after the other."""

    moves: Moves
    sounds: Sounds


def cell_room(n_elements: int, n_anchors: int) -> CellRoom:
    """Scratch for an array with so many anchors; waves, waveforms and records are silent."""
    groups, block = n_anchors // GROUP, PAIRS // n_anchors
    wave, waveform, fine, record = (aligned_floats(n * ROW) for n in (n_anchors, block, ROWS, n_anchors))
    for silent in (wave, waveform, record):
        silent[:] = 0
    pairs, extremes, ends = np.empty((2, PAIRS), np.float32), *np.empty((2, 2, n_anchors), np.int32)
    moves = Moves(
        view=np.empty((VIEW, n_anchors), np.float32), distance=np.empty(n_elements, np.float32),
        delay=pairs[0], weight=pairs[1], mean=np.empty(block, np.int32),
        places=np.empty(3 * PAIRS, np.int32), turns=np.empty(3 * PAIRS, np.float32),
        first=extremes[0], last=extremes[1],
    )  # fmt: skip
    sounds = Sounds(
        wave=wave, begin=ends[0], end=ends[1], waveform=waveform, fine=fine, energy=np.empty(PIECES, np.float32),
        heard=np.empty(PIECES * groups + LANES, np.float32), power=np.empty((1, groups), np.float32),
        runs=np.empty((groups, PIECES, 2), np.int32), found=np.empty(groups, np.int32), record=record,
        loud=np.zeros(PIECES, np.bool_),
    )  # fmt: skip
    return CellRoom(moves, sounds)
