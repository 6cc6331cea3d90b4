"""Hot loops that gather at the anchors what all elements send towards a cell.

Sound takes the same way back: what makes an element hear a scatterer earlier, later or more weakly than the cell's
centre does so to its wave, too. It changes slowly along the array, so that one wave an anchor, mixed of those of the
elements around it, can be moved to the scatterer in their stead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.simd import store
from sonoreach.beamform.simd_lanes import zero16
from sonoreach.simulation.acoustics.anchors import NEIGHBOURS
from sonoreach.simulation.acoustics.delay_filter import TAPS
from sonoreach.simulation.acoustics.demodulation import demodulate
from sonoreach.simulation.acoustics.fine_rows import PIECES, ROW
from sonoreach.simulation.acoustics.phase import turned
from sonoreach.simulation.acoustics.pulse import PHASE_BITS
from sonoreach.simulation.acoustics.vector import LANES, PIECE, add_rotated_row

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

FAINT = 1e-4
"""Energy of a piece at the end of an anchor's wave, of the mean of all anchors' waves, below which it is cut off."""


@njit(cache=True, nogil=True, error_model="numpy")
def gather_waves(
    path: Floats, scales: Floats, turns: Any, distance: Floats, first: Ints, weights: Floats, ahead: Any,
    samples_per_m: Any, rows: Floats, bank: int, width: int, carrier: Floats, begin: Ints, end: Ints, waves: Floats,
) -> None:  # fmt: skip
    """The anchors' waves at a cell's centre, as baseband.

    Args:
        path, scales: of this transmit, shape (n_elements,), see `diffraction.ElementWaves`; turns: its phase [cycles].
        distance: of the centre to each element [m]; ahead: place of what arrives at 0 [samples].
        first, weights: see `anchors.Anchors`, weights flat.
        rows, bank, width: see `pulse.PulseTable`; carrier: see `demodulation.demodulate`.
        begin, end: out, first piece of each anchor's wave, and the one behind the last, shape (n_anchors,).
        waves: out, flat; that of anchor k begins at k ROW + LANES. There is a piece of silence before and behind.
    """
    taps = width // 2
    slot = np.empty(path.shape[0], np.int32)
    begin[:], end[:] = PIECES, 0
    highest = np.float32(PIECES * PIECE - taps - TAPS)
    for e in range(path.shape[0]):
        q = np.uint64(e)
        place = min(max((path[q] + distance[q]) * samples_per_m + ahead, np.float32(TAPS)), highest)
        slot[q] = np.int32(place * np.float32(1 << PHASE_BITS) + np.float32(0.5))
        if scales[q] != 0:
            whole = np.intp(slot[q]) >> PHASE_BITS
            for k in range(first[q], first[q] + NEIGHBOURS):
                begin[k] = min(begin[k], (whole - TAPS // 2) // PIECE)
                end[k] = max(end[k], (whole + taps + TAPS // 2) // PIECE + 1)
    for k in range(begin.shape[0]):
        for m in range((begin[k] - 1) * LANES, (end[k] + 1) * LANES, LANES):
            store(waves, k * ROW + LANES + m, zero16())
    cosine, sine = turned(turns - np.floor(turns + np.float32(0.5)))
    for e in range(path.shape[0]):
        q = np.uint64(e)
        if scales[q] == 0:
            continue
        row = ((bank << PHASE_BITS) + (np.intp(slot[q]) & ((1 << PHASE_BITS) - 1))) * width
        at = LANES + 2 * (np.intp(slot[q]) >> PHASE_BITS)
        for k in range(NEIGHBOURS):
            factor = scales[q] * weights[np.uint64(e * NEIGHBOURS + k)]
            target = (np.intp(first[q]) + k) * ROW + at
            for more in range(0, width, LANES):
                add_rotated_row(waves, target + more, rows, row + more, factor * cosine, factor * sine)
    for k in range(begin.shape[0]):
        if end[k] > 0:
            here = k * ROW + LANES + begin[k] * LANES
            demodulate(waves, here, 1, 0, begin[k] * LANES, end[k] - begin[k], carrier, waves)
    trim(begin, end, waves)


@njit(cache=True, nogil=True, error_model="numpy")
def trim(begin: Ints, end: Ints, waves: Floats) -> None:
    """Cut off the faint pieces at both ends of the waves of `gather_waves`."""
    n, total = begin.shape[0], np.float32(0)
    for k in range(n):
        for p in range(begin[k], end[k]):
            total += piece_energy(waves, k * ROW + LANES + p * LANES)
    least = np.float32(FAINT) * total / np.float32(n)
    for k in range(n):
        base = k * ROW + LANES
        while end[k] > begin[k] and piece_energy(waves, base + begin[k] * LANES) < least:
            begin[k] += 1
        while end[k] > begin[k] and piece_energy(waves, base + (end[k] - 1) * LANES) < least:
            end[k] -= 1


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def piece_energy(waves: Floats, begin: int) -> Any:
    """Energy of the piece that begins at waves[begin]."""
    total = np.float32(0)
    for m in range(LANES):
        value = waves[np.uint64(begin + m)]
        total += value * value
    return total
