"""Hot loops over the cells: what they need, and the sum of what they return."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.cell_records import (
    BLOCK,
    VIEW,
    add_to_record,
    find_banks,
    look_at,
    place_in_record,
    receive_at_anchors,
)
from sonoreach.simulation.acoustics.delay_filter import TAPS
from sonoreach.simulation.acoustics.demodulation import demodulate
from sonoreach.simulation.acoustics.hand_out import find_window, hand_out, measure_distances, place_records
from sonoreach.simulation.acoustics.row import FAR
from sonoreach.simulation.acoustics.vector import LANES, PIECE

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

PIECES = 16
"""Pieces of the longest record of a cell."""

APART = (PIECES + 1) * LANES
"""Floats from one anchor's record to the next: no power of two, lest stores hold up loads of other records."""


@njit(cache=True, nogil=True, error_model="numpy")
def measure_cells(
    first_cell: int, beyond_cell: int, begin: Ints, centre: Floats, half: Floats, path: Floats, centre_path: Floats,
    row: Any, pulses: Any, clock: Any, lead: Floats, pieces: Ints, window: Ints, fits: Any,
) -> None:  # fmt: skip
    """What records the cells first_cell..beyond_cell - 1 need, and whether they can be interpolated.

    Args:
        begin, centre, half: see `cells.Cells`.
        path: of the scatterers, shape (n_transmits, n); centre_path: of the centres, shape (n_transmits, n_cells).
        lead, pieces: out, place of the centre in the record [samples] and its length, shape (n_transmits, n_cells).
        window: out, first float of a channel that hears the cell and the one beyond, shape (n_transmits, n_cells, 2).
        fits: out, shape (n_cells,).
    """
    view = np.empty((VIEW, row.anchors.shape[1]), np.float32)
    taps = pulses.width // 2
    for c in range(first_cell, beyond_cell):
        reach, steep = look_at(centre[c], half[c], row.anchors, view)
        fits[c] = steep <= row.steepest
        for t in range(path.shape[0]):
            extent = np.float32(0)
            for i in range(begin[c], begin[c + 1]):
                extent = max(extent, abs(path[t, np.uint64(i)] - centre_path[t, c]))
            lead[t, c] = min((reach + extent) * clock.samples_per_m + np.float32(TAPS // 2), FAR)
            pieces[t, c] = np.int32(np.float32(2) * lead[t, c] + np.float32(taps)) // PIECE + 1
            ahead = centre_path[t, c] * clock.samples_per_m + clock.start - lead[t, c]
            window[t, c, 0], window[t, c, 1] = find_window(view[0], ahead, clock, pieces[t, c])
            fits[c] = fits[c] and pieces[t, c] <= PIECES


@njit(cache=True, nogil=True, error_model="numpy")
def simulate_cells(
    first_cell: int, beyond_cell: int, begin: Ints, centre: Floats, half: Floats, lead: Floats, pieces: Ints, fits: Any,
    scatterers: Any, path: Floats, gain: Floats, centre_path: Floats, row: Any, pulses: Any, clock: Any,
    carrier: Floats, records: Floats, mixed: Floats, signal: Floats, stride: int,
) -> None:  # fmt: skip
    """Add the echoes of the cells first_cell..beyond_cell - 1 for all transmits and elements, as baseband.

    Args:
        begin, centre, half: see `cells.Cells`; lead, pieces, fits: from `measure_cells`.
        scatterers: x, y, z [m] and amplitude of the scatterers, in the order of their cells, shape (n,) each.
        path, gain: shape (n_transmits, n), see `transmit.wavefronts`; centre_path: shape (n_transmits, n_cells).
        carrier: see `demodulation.demodulate`.
        records: room for APART floats for each transmit and anchor; mixed: see `hand_out.hand_out`.
        signal: flat; transmit t of element e begins at (e n_transmits + t) stride, with PIECES pieces of padding on
            both sides.
    """
    x, y, z, amplitude = scatterers
    # Taken out of their tuples once: each access costs a count of references.
    elements, anchors, lateral, first, weights, filters = (
        row.elements, row.anchors, row.lateral, row.first, row.weights, row.filters,
    )  # fmt: skip
    rows, width, samples_per_m = pulses.rows, pulses.width, clock.samples_per_m
    n_transmits, n_elements, n_anchors = path.shape[0], row.elements.shape[0], row.anchors.shape[1]
    delay, weight = np.empty(BLOCK * n_anchors, np.float32), np.empty(BLOCK * n_anchors, np.float32)
    slot, scaled = np.empty(BLOCK * n_anchors, np.int32), np.empty(BLOCK * n_anchors, np.float32)
    bank, view = np.empty(n_anchors, np.int32), np.empty((VIEW, n_anchors), np.float32)
    distance = np.empty(n_elements, np.float32)
    whole, part = np.empty(n_elements, np.int32), np.empty(n_elements, np.int32)
    real, imaginary = np.empty(n_elements, np.float32), np.empty(n_elements, np.float32)
    length, padding = n_anchors * APART, PIECES * LANES
    for c in range(first_cell, beyond_cell):
        if not fits[c]:
            continue
        look_at(centre[c], half[c], anchors, view)
        for t in range(n_transmits):
            for k in range(n_anchors):
                at = t * length + k * APART
                records[at : at + pieces[t, c] * LANES] = 0
        for b in range(begin[c], begin[c + 1], BLOCK):
            count = min(BLOCK, begin[c + 1] - b)
            receive_at_anchors(x, y, z, b, count, centre[c], view, lateral, delay, weight)
            for t in range(n_transmits):
                find_banks(view, centre_path[t, c], clock, pulses, bank)
                place_in_record(
                    path[t], gain[t], amplitude, centre_path[t, c], b, count, n_anchors, delay, weight, samples_per_m,
                    lead[t, c], slot, scaled,
                )  # fmt: skip
                add_to_record(count, slot, scaled, rows, bank, width, records[t * length :], APART)
        measure_distances(centre[c], elements, distance)
        for t in range(n_transmits):
            record = records[t * length : t * length + length]
            demodulate(record, 0, n_anchors, APART, 0, pieces[t, c], carrier, record)
            ahead = centre_path[t, c] * samples_per_m + clock.start - lead[t, c]
            place_records(distance, ahead, clock, whole, part, real, imaginary)
            hand_out(
                record, 0, APART, pieces[t, c], PIECES, 0, first, weights, filters, whole, part, real,
                imaginary, mixed, signal, t * stride + padding, n_transmits * stride,
                stride // 2 - 2 * PIECES * PIECE,
            )  # fmt: skip
