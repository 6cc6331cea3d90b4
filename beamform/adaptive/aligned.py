"""Echoes aligned in time: for each point, what every element heard of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.plan import Plan
from sonoreach.beamform.row_kernel import FRACTION_BITS
from sonoreach.beamform.threads import for_ranges
from sonoreach.types.channel_data import ChannelData

Complex = NDArray[np.complex64]


def aligned_lines(data: ChannelData, grid: Grid, f_number: float = 1.5) -> Iterator[tuple[Complex, NDArray[np.bool_]]]:
    """Aligned echoes, a line of the grid at a time (a whole image of them would be too large).

    A line needs every element: the analytic signals of all are kept, four times the size of int16 RF.

    Args:
        data: one frame; transmits are summed (coherent compounding).
        grid: where.
        f_number: receive f-number.

    Yields:
        echoes, complex64, shape (n_samples, n_elements), zero where an element does not listen; and whether it
        listens, same shape.

    Raises:
        InputError: what `DelayAndSum` refuses.
    """
    plan = DelayAndSum(grid, ReceiveAperture(f_number), all_at_once=True).prepare(data)
    assert isinstance(plan, Plan), "of all elements at once"
    signals = plan.signals(data)
    center = data.demodulation_frequency_hz or data.probe.center_frequency_hz
    turn = 2 * np.pi * center / data.sampling_frequency_hz
    _, _, _, elements, ticks_per_m, _, _ = plan.kernel_geometry
    samples_per_m = float(ticks_per_m) / 2**FRACTION_BITS
    for line in range(grid.n_lines):
        points = grid.origin_m[line] + grid.distance_m[:, None] * grid.direction[line]
        from_element = grid.origin_m[line] - elements
        along = from_element @ grid.direction[line]
        across = np.sqrt(np.maximum(np.sum(from_element**2, axis=1) - along**2, 0))
        height = along[None, :] + grid.distance_m[:, None]
        listens = (height >= 0) & (height >= 2 * f_number * across)
        away = np.linalg.norm(points[:, None, :] - elements[None], axis=2) * samples_per_m
        transmit = plan.transmit_ticks[line].reshape(signals.shape[1], -1).T[: grid.n_samples] / 2**FRACTION_BITS
        echoes = np.zeros(listens.shape, np.complex64)
        for_ranges(partial(_gather, echoes, signals, transmit, away, listens, turn), len(echoes))
        yield echoes, listens


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(
    echoes: Any, analytic: Any, transmit: Any, receive: Any, listens: Any, turn: float, begin: int, beyond: int
) -> None:  # fmt: skip
    """Interpolate the baseband signal linearly at every delay, and turn the carrier to that time.

    For the points begin..beyond - 1 of a line.
    """
    for i in range(begin, beyond):
        for e in range(echoes.shape[1]):
            if not listens[i, e]:
                continue
            for t in range(transmit.shape[1]):
                position = transmit[i, t] + receive[i, e]
                n = int(position)
                if n < 0 or n + 1 >= analytic.shape[2]:
                    continue
                f = position - n
                a = analytic[e, t, n] * np.exp(1j * turn * f)
                b = analytic[e, t, n + 1] * np.exp(1j * turn * (f - 1))
                echoes[i, e] += (1 - f) * a + f * b
