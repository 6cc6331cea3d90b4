"""Hot loops of the transmit with diffraction for scatterers in cells: anchors hear their waveforms.

A cell's records run on its own clock, see `cell_records.py`; they are as long as the waves of the whole aperture need.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.cell_records import VIEW, look_at
from sonoreach.simulation.acoustics.hand_out import TAPS as HAND_OUT_TAPS
from sonoreach.simulation.acoustics.hand_out import find_window, hand_out, measure_distances, place_records
from sonoreach.simulation.acoustics.row import FAR
from sonoreach.simulation.acoustics.vector import LANES, PIECE, add_rotated_row
from sonoreach.simulation.acoustics.waveform_kernels import (
    approach,
    approach_waves,
    find_waveforms,
    place_waveforms,
)
from sonoreach.simulation.acoustics.waveform_sum import BLOCK, FINE, FINE_BITS, GROUP, LONGEST, TAPS

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

PIECES = 64
"""Pieces of the longest record of a cell."""

APART = (PIECES + 2 * LONGEST + 1) * LANES
"""Floats from one anchor's record to the next, with padding for `add_waveforms` on both sides."""

LOUD = PIECES + 3 * LONGEST + 4
"""Pieces that a run may touch, and their neighbours."""


@njit(cache=True, nogil=True, error_model="numpy")
def measure_waveform_cells(
    first_cell: int, beyond_cell: int, centre: Floats, half: Floats, row: Any, waves: Any, pulses: Any, clock: Any,
    origin: Ints, lead: Floats, pieces: Ints, window: Ints, fits: Any,
) -> None:  # fmt: skip
    """What records the cells first_cell..beyond_cell - 1 need, and whether they can be interpolated.

    Args:
        centre, half: see `cells.Cells`.
        origin: out, the sample at which the first wave reaches the centre, shape (n_transmits, n_cells).
        lead, pieces, window, fits: out, see `cell_kernels.measure_cells`; lead is the place of that sample.
    """
    n_elements = row.elements.shape[0]
    view, distance = np.empty((VIEW, row.anchors.shape[1]), np.float32), np.empty(n_elements, np.float32)
    for c in range(first_cell, beyond_cell):
        reach, steep = look_at(centre[c], half[c], row.anchors, view)
        measure_distances(centre[c], row.elements, distance)
        fits[c] = steep <= row.steepest
        for t in range(waves.path.shape[0]):
            earliest, latest = FAR, -FAR
            for e in range(n_elements):
                if waves.scale[t, e] != 0:
                    earliest = min(earliest, waves.path[t, e] + distance[e])
                    latest = max(latest, waves.path[t, e] + distance[e])
            # A scatterer is reached earlier or later than the centre, and heard so, by 5 % more than the anchors say.
            reached = min(np.float32(1.05) * reach * clock.samples_per_m + np.float32(1), FAR)
            origin[t, c] = np.int32(np.floor(min(max(earliest * clock.samples_per_m, -FAR), FAR)))
            lead[t, c] = np.float32(2) * reached + np.float32(TAPS + HAND_OUT_TAPS)
            waveform = min((latest - earliest) * clock.samples_per_m, FAR) + np.float32(pulses.width // 2)
            pieces[t, c] = np.int32(np.float32(2) * lead[t, c] + waveform) // PIECE + 1
            fits[c] = fits[c] and pieces[t, c] <= PIECES
            ahead = np.float32(origin[t, c]) + clock.start - lead[t, c]
            window[t, c, 0], window[t, c, 1] = find_window(view[0], ahead, clock, pieces[t, c])


@njit(cache=True, nogil=True, error_model="numpy")
def add_in_turn(
    runs: Ints, found: Ints, group: int, fine: Floats, slot: Ints, real: Floats, imaginary: Floats, first: int,
    beyond: int, record: Floats, loud: Any,
) -> None:  # fmt: skip
    """Add the waveforms of a cell to the records of the anchors first..beyond - 1, one after the other.

    Waveforms of one cell overlap: added one after the other to one record, they would wait for each other's stores.

    Args:
        runs, found, fine: see `add_waveforms`; slot, real, imaginary: shape (n_anchors, BLOCK).
        record: flat; that of anchor k begins at k APART + LONGEST LANES.
        loud: out, pieces of the records that are no longer silent, and their neighbours, shape (LOUD,); the first
            LONGEST + 1 lie before the records.
    """
    g = np.uint64(group)
    for length in range(LONGEST):
        for r in range(found[g, np.uint64(length)]):
            run, u = np.uint64(length), np.uint64(r)
            o, piece, store = np.uint64(runs[g, run, u, 0]), np.intp(runs[g, run, u, 1]), np.intp(runs[g, run, u, 2])
            for k in range(first, beyond):
                q = np.uint64(k)
                place = np.intp(slot[q, o])
                begin: Any = min(max((place >> FINE_BITS) + PIECE * piece, -LONGEST * PIECE), PIECES * PIECE)
                target = k * APART + LONGEST * LANES + 2 * begin
                source = (store * FINE + (place & (FINE - 1))) * LANES
                for m in range(0, (length + 1) * LANES, LANES):
                    add_rotated_row(record, target + m, fine, source + FINE * m, real[q, o], imaginary[q, o])
                touched = LONGEST + (begin >> 3)
                for m in range(touched, touched + length + 4):
                    loud[np.uint64(m)] = True


@njit(cache=True, nogil=True, error_model="numpy")
def hear_at_anchors(
    begin: int, first: int, beyond: int, amplitude: Floats, row: Any, to_anchor: Floats, ahead: Any, clock: Any,
    phase: Any, room: Any, slot: Ints, real: Floats, imaginary: Floats, record: Floats, loud: Any,
) -> None:  # fmt: skip
    """Add the waveforms first..beyond - 1 of the block that starts at `begin` to their cell's records.

    Args:
        to_anchor: distance of the cell's centre to each anchor [m]; ahead: place in the record of a waveform with
            origin 0 at the centre [samples].
        slot, real, imaginary: scratch, shape (n_anchors, BLOCK); record, loud: see `add_in_turn`.
    """
    # Taken out of their tuples once: each access costs a count of references.
    distance, pattern, origin, fine = room.distance, room.pattern, room.origin, room.fine
    runs, found, indices = room.runs, room.found, row.indices
    samples_per_m, cycles = clock.samples_per_m, clock.cycles
    n_anchors, k = indices.shape[0], 0
    while k < n_anchors:
        group, same = indices[k] // GROUP, k
        while same < n_anchors and indices[same] // GROUP == group:
            place_waveforms(
                distance, pattern, indices[same], amplitude, begin, origin, samples_per_m,
                ahead - to_anchor[same] * samples_per_m, cycles, phase, first, beyond, slot, real, imaginary, same,
            )  # fmt: skip
            same += 1
        add_in_turn(runs, found, group, fine, slot, real, imaginary, k, same, record, loud)
        k = same


@njit(cache=True, nogil=True, error_model="numpy")
def hand_out_loud(
    ahead: Any, distance: Floats, pieces: int, row: Any, clock: Any, record: Floats, loud: Any, mixed: Floats,
    signal: Floats, base: int, stride: int, samples: int,
) -> None:  # fmt: skip
    """Hand out what is not silent of a cell's records, and silence it: most of a waveform is silence.

    Args:
        ahead: what is added to the distance of the centre [samples]; distance: of the centre to each element [m].
        pieces: of the records; record, loud: see `add_in_turn`; others: see `hand_out`.
    """
    n = distance.shape[0]
    whole, part = np.empty(n, np.int32), np.empty(n, np.int32)
    real, imaginary = np.empty(n, np.float32), np.empty(n, np.float32)
    place_records(distance, ahead, clock, whole, part, real, imaginary)
    begin = 0
    while begin < pieces:
        count = 0
        while begin + count < pieces and loud[LONGEST + 1 + begin + count]:
            count += 1
        if count > 0:
            hand_out(
                record, (LONGEST + begin) * LANES, APART, count, PIECES, begin * PIECE, row.first, row.weights,
                row.filters, whole, part, real, imaginary, mixed, signal, base, stride, samples,
            )  # fmt: skip
            for k in range(row.indices.shape[0]):
                at = k * APART + (LONGEST + begin) * LANES
                record[at : at + count * LANES] = 0
        begin += count + 1
    loud[:] = False


@njit(cache=True, nogil=True, error_model="numpy")
def simulate_waveform_cells(
    first_cell: int, beyond_cell: int, begin: Ints, centre: Floats, half: Floats, origin: Ints, lead: Floats,
    pieces: Ints, fits: Any, scatterers: Any, row: Any, elevation: Floats, waves: Any, pulses: Any, clock: Any,
    room: Any, records: Floats, mixed: Floats, signal: Floats, stride: int,
) -> None:  # fmt: skip
    """Add the echoes of the cells first_cell..beyond_cell - 1 for all transmits and elements, as baseband.

    Args:
        begin, centre, half: see `cells.Cells`; origin, lead, pieces, fits: from `measure_waveform_cells`.
        scatterers: x, y, z [m] and amplitude in the order of the cells, and BLOCK more, shape (n + BLOCK,) each.
        room: see `workroom.workroom`; records: APART floats for each transmit and anchor.
        mixed: see `hand_out.hand_out`.
        signal: flat; transmit t of element e begins at (e n_transmits + t) stride, with PIECES pieces of padding on
            both sides.
    """
    x, y, z, amplitude = scatterers
    n_transmits, n_elements = waves.path.shape
    length = row.indices.shape[0] * APART
    view, distance = np.empty((VIEW, row.indices.shape[0]), np.float32), np.empty(n_elements, np.float32)
    slot = np.empty((row.indices.shape[0], BLOCK), np.int32)
    turned = np.empty((row.indices.shape[0], BLOCK), np.float32)
    shifted = np.empty((row.indices.shape[0], BLOCK), np.float32)
    loud = np.zeros((n_transmits, LOUD), np.bool_)
    records[:] = 0
    at_block = first_cell  # the cell in which a block begins
    for b in range(begin[first_cell], begin[beyond_cell], BLOCK):
        end = min(b + BLOCK, begin[beyond_cell])
        approach(b, x, y, z, row.elements, row.lateral, elevation, room)
        for t in range(n_transmits):
            approach_waves(t, waves, pulses, clock.samples_per_m, room)
            record = records[t * length : t * length + length]
            c, i, used = at_block, b, 0
            while i < end:
                beyond = min(begin[c + 1], end)
                if fits[c]:
                    look_at(centre[c], half[c], row.anchors, view)
                    used = find_waveforms(i - b, beyond - b, used, waves, pulses, clock, room)
                    ahead = lead[t, c] - np.float32(origin[t, c])
                    hear_at_anchors(
                        b, i - b, beyond - b, amplitude, row, view[0], ahead, clock, waves.phase[t], room, slot, turned,
                        shifted, record, loud[t],
                    )  # fmt: skip
                    if beyond == begin[c + 1]:
                        measure_distances(centre[c], row.elements, distance)
                        ahead = np.float32(origin[t, c]) + clock.start - lead[t, c]
                        hand_out_loud(
                            ahead, distance, pieces[t, c], row, clock, record, loud[t], mixed, signal,
                            t * stride + PIECES * LANES, n_transmits * stride, stride // 2 - 2 * PIECES * PIECE,
                        )  # fmt: skip
                i = beyond
                if beyond == begin[c + 1]:
                    c += 1
        while at_block < beyond_cell and begin[at_block + 1] <= end:
            at_block += 1
