"""Filters that delay baseband by parts of a sample."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.simd import add, load16, scale, scale_add, store
from sonoreach.simulation.acoustics.pulse import PHASE_BITS, PulseTable
from sonoreach.simulation.acoustics.vector import LANES

TAPS = 6
"""Samples that are mixed."""


def delay_filters(table: PulseTable, cycles: float, fine: int) -> NDArray[np.float32]:
    """The best real weights to delay baseband by q / fine samples, shape (fine * TAPS,).

    Row q, weight k belongs to the sample k - TAPS / 2 + 1 earlier.

    Least squares over the pulses themselves, so that what their band leaves free goes into its accuracy.

    Args:
        table: the pulses; cycles: of the carrier a sample; fine: delays, a divisor of 2**PHASE_BITS.
    """
    rows = table.rows.reshape(-1, 1 << PHASE_BITS, table.taps, 2)[:, :: (1 << PHASE_BITS) // fine].astype(np.float64)
    # A pulse delayed by p steps has its sample k at the step fine k - p: backwards they are in the order of time.
    pulses = (rows[..., 0] + 1j * rows[..., 1])[:, ::-1].transpose(0, 2, 1).reshape(len(rows), -1)
    pulses *= np.exp(-2j * math.pi * cycles * (np.arange(pulses.shape[1]) / fine - table.lead))
    padded = np.pad(pulses, ((0, 0), (fine * TAPS, fine * TAPS)))

    def delayed(steps: int) -> NDArray[np.float64]:
        moved = np.roll(padded, steps, axis=1).ravel()
        return np.concatenate([moved.real, moved.imag])

    whole = np.column_stack([delayed(fine * k) for k in range(1 - TAPS // 2, TAPS // 2 + 1)])
    parts = np.column_stack([delayed(q) for q in range(fine)])
    return np.linalg.lstsq(whole, parts)[0].T.astype(np.float32).ravel()


@njit(cache=True, nogil=True, error_model="numpy")
def refine(
    samples: NDArray[np.float32], begin: int, pieces: int, filters: NDArray[np.float32], count: int,
    fine: NDArray[np.float32], target: int, row_apart: int, piece_apart: int,
) -> None:  # fmt: skip
    """Pass some pieces of baseband, which begin at samples[begin], through so many filters, each to a row of its own.

    Args:
        samples: flat; filters: of TAPS weights each, in the order of `delay_filters`.
        fine: out, flat; the first piece of the first row goes to fine[target], and `row_apart` floats lie between rows,
            `piece_apart` between the pieces of one.
    """
    for p in range(pieces):
        latest, there = begin + p * LANES + 2 * (TAPS // 2 - 1), target + p * piece_apart
        v0, v1, v2 = load16(samples, latest), load16(samples, latest - 2), load16(samples, latest - 4)
        v3, v4, v5 = load16(samples, latest - 6), load16(samples, latest - 8), load16(samples, latest - 10)
        for q in range(count):
            o = np.uint64(q * TAPS)
            a = scale_add(v2, filters[o + np.uint64(2)], scale(v0, filters[o]))
            b = scale_add(v3, filters[o + np.uint64(3)], scale(v1, filters[o + np.uint64(1)]))
            a = scale_add(v4, filters[o + np.uint64(4)], a)
            b = scale_add(v5, filters[o + np.uint64(5)], b)
            store(fine, there + q * row_apart, add(a, b))
