"""Filters that delay baseband by parts of a sample."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.pulse import PHASE_BITS, PulseTable


def delay_filters(table: PulseTable, cycles: float, fine: int, taps: int) -> NDArray[np.float32]:
    """The best real weights to delay baseband by q / fine samples, shape (fine * taps,).

    Row q, weight k belongs to the sample k - taps / 2 + 1 earlier.

    Least squares over the pulses themselves, so that what their band leaves free goes into its accuracy.

    Args:
        table: the pulses; cycles: of the carrier a sample; fine: delays, a divisor of 2**PHASE_BITS.
    """
    rows = table.rows.reshape(-1, 1 << PHASE_BITS, table.taps, 2)[:, :: (1 << PHASE_BITS) // fine].astype(np.float64)
    # A pulse delayed by p steps has its sample k at the step fine k - p: backwards they are in the order of time.
    pulses = (rows[..., 0] + 1j * rows[..., 1])[:, ::-1].transpose(0, 2, 1).reshape(len(rows), -1)
    pulses *= np.exp(-2j * math.pi * cycles * (np.arange(pulses.shape[1]) / fine - table.lead))
    padded = np.pad(pulses, ((0, 0), (fine * taps, fine * taps)))

    def delayed(steps: int) -> NDArray[np.float64]:
        moved = np.roll(padded, steps, axis=1).ravel()
        return np.concatenate([moved.real, moved.imag])

    whole = np.column_stack([delayed(fine * k) for k in range(1 - taps // 2, taps // 2 + 1)])
    parts = np.column_stack([delayed(q) for q in range(fine)])
    return np.linalg.lstsq(whole, parts)[0].T.astype(np.float32).ravel()
