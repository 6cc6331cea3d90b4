"""Delay-and-sum on a CUDA device: one thread a point, with the tables and the arithmetic of the processor's kernel.

Conversion of the samples to analytic signals stays on the processor. Import this module only where `why_no_cuda` is
empty: numba-cuda is an optional dependency.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import cuda
from numpy.typing import NDArray

from sonoreach.beamform.hearing import hearing
from sonoreach.beamform.row_kernel import FRACTION_BITS

if TYPE_CHECKING:
    from sonoreach.beamform.grid import Grid
    from sonoreach.beamform.plan import Plan

_BLOCK = (32, 4)  # samples, lines: neighbours in depth read neighbouring samples
_SHIFT = FRACTION_BITS - 8


class CudaDelayAndSum:
    """The tables of one plan on the device, and buffers for its frames."""

    def __init__(self, plan: Plan, grid: Grid, *, coherent: bool) -> None:
        """Copy the tables.

        Args:
            plan: tables for the acquisition.
            grid: where; its samples are those of the plan.
            coherent: weight each point by its coherence factor.
        """
        distance, _, _, elements, ticks_per_m, f_number, taper = plan.kernel_geometry
        heard = hearing(grid, elements, float(f_number), grid.n_lines)
        geometry = [heard.squared, heard.along, heard.nearest]
        self._geometry = cuda.to_device(np.stack([g[:, : len(elements)] for g in geometry], axis=-1))
        self._distance = cuda.to_device(distance[: grid.n_samples])
        self._transmit = cuda.to_device(plan.transmit_ticks.reshape(grid.n_lines, -1, len(distance)))
        self._table = cuda.to_device(plan.table.reshape(-1, 8))
        self._analytic = cuda.device_array(plan.analytic.shape, np.complex64)
        self._image = cuda.device_array((grid.n_lines, grid.n_samples), np.complex64)
        self._settings = (ticks_per_m, np.float32(taper or 0.0), coherent)
        self._blocks = (-(-grid.n_samples // _BLOCK[0]), -(-grid.n_lines // _BLOCK[1]))

    def __call__(self, image: NDArray[np.complex64], analytic: NDArray[np.complex64]) -> None:
        """Beamform one frame into `image`, shape (n_lines, n_samples).

        Args:
            analytic: padded analytic signals of the plan, shape (n_elements, n_tx, stride).
        """
        self._analytic.copy_to_device(analytic)
        _delay_and_sum[self._blocks, _BLOCK](
            self._image, self._analytic, self._table, self._distance, self._geometry, self._transmit,
            *self._settings,
        )  # fmt: skip
        image[:] = self._image.copy_to_host()


@cuda.jit
def _delay_and_sum(
    image: Any, data: Any, table: Any, distance: Any, geometry: Any, transmit: Any, ticks_per_m: Any,
    taper: Any, coherent: bool,
) -> None:  # fmt: skip
    """Delay and sum the point of this thread; arguments as of `das_kernel.delay_and_sum`."""
    i, line = cuda.grid(2)
    if line >= image.shape[0] or i >= image.shape[1]:
        return
    n_elements, n_tx = data.shape[0], data.shape[1]
    half, one = np.float32(0.5), np.float32(1.0)
    s = distance[i]
    real, imaginary, power, listening = np.float32(0), np.float32(0), np.float32(0), 0
    for e in range(n_elements):
        square, along = geometry[line, e, 0], geometry[line, e, 1]
        if s < geometry[line, e, 2]:
            continue
        receive = np.int32(math.sqrt(square + s * (along + along + s)) * ticks_per_m + half)
        re, im = np.float32(0), np.float32(0)
        for t in range(n_tx):
            delay = max(receive + transmit[line, t, i], 0)  # the zeros before a record where no wave passes
            n, row = delay >> FRACTION_BITS, (delay >> _SHIFT) & 255
            a, b = data[e, t, n], data[e, t, n + 1]
            w = table[row]
            re += w[0] * a.real + w[1] * a.imag + w[2] * b.real + w[3] * b.imag
            im += w[4] * a.real + w[5] * a.imag + w[6] * b.real + w[7] * b.imag
        if taper > 0:
            u = (geometry[line, e, 2] + along) / max(along + s, np.float32(1e-9))
            v = min(max((u - one) / taper + one, np.float32(0)), one)
            window = half + half * math.cos(np.float32(math.pi) * v)
            re, im = re * window, im * window
        real += re
        imaginary += im
        power += re * re + im * im
        listening += 1
    if coherent and power > 0:
        factor = (real * real + imaginary * imaginary) / (np.float32(listening) * power)
        real, imaginary = real * factor, imaginary * factor
    image[line, i] = complex(real, imaginary)
