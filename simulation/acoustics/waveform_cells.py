"""Hot loops of the transmit with diffraction for scatterers in cells, between them and the anchors.

A cell's records run on its own clock, see `cell_records.py`; they are as long as the waves of the whole aperture need.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.anchor_waves import gather_waves
from sonoreach.simulation.acoustics.cell_records import VIEW, look_at, receive_at_anchors
from sonoreach.simulation.acoustics.cell_waveforms import choose_runs, hear, mark_loud, sum_at_scatterers, weigh
from sonoreach.simulation.acoustics.delay_filter import TAPS
from sonoreach.simulation.acoustics.fine_rows import PIECES, ROW
from sonoreach.simulation.acoustics.hand_out import find_window, hand_out, measure_distances, place_records
from sonoreach.simulation.acoustics.moves import find_targets, turn_delays
from sonoreach.simulation.acoustics.row import FAR
from sonoreach.simulation.acoustics.vector import LANES, PIECE

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


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
            lead[t, c] = np.float32(2) * (reached + np.float32(TAPS))  # waves, waveforms and records are filtered
            waveform = min((latest - earliest) * clock.samples_per_m, FAR) + np.float32(pulses.width // 2)
            pieces[t, c] = np.int32(np.float32(2) * lead[t, c] + waveform) // PIECE + 1
            fits[c] = fits[c] and pieces[t, c] <= PIECES
            ahead = np.float32(origin[t, c]) + clock.start - lead[t, c]
            window[t, c, 0], window[t, c, 1] = find_window(view[0], ahead, clock, pieces[t, c])


@njit(cache=True, nogil=True, error_model="numpy")
def hand_out_loud(
    ahead: Any, distance: Floats, row: Any, clock: Any, record: Floats, loud: Any, mixed: Floats, signal: Floats,
    base: int, stride: int, samples: int,
) -> None:  # fmt: skip
    """Hand out what is not silent of a cell's records, and silence it: most of a waveform is silence.

    Args:
        ahead: what is added to the distance of the centre [samples]; distance: of the centre to each element [m].
        record, loud: from `cell_waveforms.hear`; others: see `hand_out.hand_out`.
    """
    n = distance.shape[0]
    whole, part = np.empty(n, np.int32), np.empty(n, np.int32)
    real, imaginary = np.empty(n, np.float32), np.empty(n, np.float32)
    place_records(distance, ahead, clock, whole, part, real, imaginary)
    begin = 0
    while begin < PIECES:
        count = 0
        while begin + count < PIECES and loud[begin + count]:
            count += 1
        if count > 0:
            hand_out(
                record, (begin + 1) * LANES, ROW, count, PIECES, begin * PIECE, row.first, row.weights,
                row.filters, whole, part, real, imaginary, mixed, signal, base, stride, samples,
            )  # fmt: skip
            for k in range(row.indices.shape[0]):
                at = k * ROW + (begin + 1) * LANES
                record[at : at + count * LANES] = 0
        begin += count + 1
    loud[:] = False


@njit(cache=True, nogil=True, error_model="numpy")
def simulate_waveform_cells(
    first_cell: int, beyond_cell: int, begin: Ints, centre: Floats, half: Floats, origin: Ints, lead: Floats,
    pieces: Ints, fits: Any, scatterers: Any, row: Any, waves: Any, pulses: Any, clock: Any, room: Any, mixed: Floats,
    signal: Floats, stride: int,
) -> None:  # fmt: skip
    """Add the echoes of the cells first_cell..beyond_cell - 1 for all transmits and elements, as baseband.

    Args:
        begin, centre, half: see `cells.Cells`; origin, lead, pieces, fits: from `measure_waveform_cells`.
        scatterers: x, y, z [m] and amplitude in the order of the cells, shape (n,) each.
        row, pulses, clock: see `row`; waves, room: see `cell_room`; mixed: see `hand_out.hand_out`.
        signal: flat; transmit t of element e begins at (e n_transmits + t) stride, with PIECES pieces of padding on
            both sides.
    """
    # Taken out of their tuples once: each access costs a count of references.
    x, y, z, amplitude = scatterers
    elements, anchors, lateral, first, weights = row.elements, row.anchors, row.lateral, row.first, row.weights
    path, scale, phase, carrier, lines = waves
    rows, width, bank_bits, banks = pulses
    samples_per_m, start, cycles = clock
    view, distance, delay, weight, mean, places, turns, first_of, last_of = room.moves
    wave, wave_begin, wave_end, waveform, fine, energy, heard, power, runs, found, record, loud = room.sounds
    n_transmits, n, block = path.shape[0], anchors.shape[1], mean.shape[0]
    for c in range(first_cell, beyond_cell):
        if not fits[c]:
            continue
        look_at(centre[c], half[c], anchors, view)
        measure_distances(centre[c], elements, distance)
        for t in range(n_transmits):
            there = (np.intp(2) * np.intp(origin[t, c]) + np.intp(start)) >> bank_bits
            gather_waves(
                path[t], scale[t], phase[t], distance, first, weights, lead[t, c] - np.float32(origin[t, c]),
                samples_per_m, rows, min(max(there, 0), banks - 1), width, carrier, wave_begin, wave_end, wave,
            )  # fmt: skip
            for b in range(begin[c], begin[c + 1], block):
                count = min(block, begin[c + 1] - b)
                if t == 0 or begin[c + 1] - begin[c] > block:
                    receive_at_anchors(x, y, z, b, count, centre[c], view, lateral, delay, weight)
                    turn_delays(count, n, delay, weight, samples_per_m, cycles, mean, places, turns)
                sum_at_scatterers(count, pieces[t, c], wave_begin, wave_end, wave, lines, fine, places, turns, waveform)
                weigh(count, pieces[t, c], amplitude, b, waveform, energy)
                low, high = choose_runs(count, n, pieces[t, c], turns, energy, heard, power, runs, found)
                find_targets(count, low, high, mean, places, first_of, last_of)
                hear(count, low, high, runs, found, waveform, lines, fine, places, turns, record)
                mark_loud(runs, found, first_of, last_of, loud)
            hand_out_loud(
                np.float32(origin[t, c]) + start - lead[t, c], distance, row, clock, record, loud, mixed,
                signal, t * stride + PIECES * LANES, n_transmits * stride, stride // 2 - 2 * PIECES * PIECE,
            )  # fmt: skip
