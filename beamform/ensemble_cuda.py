"""A Doppler ensemble on a CUDA device: one thread a point and frame, the frames side by side in memory.

The thirty-two threads of a warp share a point and take one frame each, so every read of the records is one stretch of
memory, as in Guan et al., "mach: ultrafast ultrasound beamforming" (2025). Samples travel to the device as they were
recorded and become analytic signals there. Import this module only where `why_no_cuda` is empty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import cuda
from numpy.typing import NDArray

from sonoreach.beamform.row_kernel import FRACTION_BITS

if TYPE_CHECKING:
    from sonoreach.beamform.plan import Plan
    from sonoreach.types.channel_data import ChannelData

LANES = 32
_BLOCK = (LANES, 8)  # frames, neighbours in depth
_SHIFT = FRACTION_BITS - 8


class CudaEnsemble:
    """The tables of one plan on the device, and a buffer for the records of `LANES` frames of one transmit."""

    def __init__(self, plan: Plan, n_samples: int) -> None:
        """Copy the tables.

        Args:
            plan: tables for the acquisition; boxcar aperture.
            n_samples: samples a line.
        """
        distance, origin, direction, elements, ticks_per_m, f_number, _ = plan.kernel_geometry
        apart = origin[:, None] - elements
        along = np.sum(apart * direction[:, None], axis=-1)
        square = np.sum(apart * apart, axis=-1)
        across = np.sqrt(np.maximum(square - along * along, 0.0))
        # Rows of squared distance, distance along the line, first sample that listens [m].
        geometry = np.stack([square, along, 2.0 * f_number * across - along], axis=-1)
        self._geometry = cuda.to_device(geometry.astype(np.float32))
        self._distance = cuda.to_device(distance[:n_samples])
        n_elements, (_, n_tx, stride) = len(elements), plan.analytic.shape
        ticks = plan.transmit_ticks.reshape(len(origin), n_tx, -1)[..., :n_samples]
        self._ticks = [cuda.to_device(np.ascontiguousarray(ticks[:, t])) for t in range(n_tx)]
        self._table = cuda.to_device(plan.table.reshape(-1, 8))
        self._convert = cuda.to_device(plan.rotation_or_taps)
        self._records = cuda.to_device(np.zeros((n_elements, stride, LANES), np.complex64))
        self._pad, self._ticks_per_m = plan.pad, ticks_per_m
        self._shape = (len(origin), n_samples)

    def __call__(self, frames: Sequence[ChannelData]) -> NDArray[np.complex64]:
        """Beamform an ensemble; complex64, shape (n_lines, n_samples, n_frames)."""
        n_lines, n_samples = self._shape
        image = cuda.device_array((n_lines, n_samples, len(frames)), np.complex64)
        convert = _premodulate if frames[0].demodulation_frequency_hz > 0 else _analyse
        n_elements, n_record = frames[0].samples.shape[1:3]
        blocks = (1, -(-n_record // _BLOCK[1]), n_elements)
        points = (1, -(-n_samples // _BLOCK[1]), n_lines)
        for t, ticks in enumerate(self._ticks):
            for first in range(0, len(frames), LANES):
                part = frames[first : first + LANES]
                samples = cuda.to_device(np.stack([data.samples[t] for data in part]))
                convert[blocks, _BLOCK](self._records, samples, self._convert, self._pad)
                _delay_and_sum[points, _BLOCK](
                    image, first, t > 0, self._records, self._table, self._distance, self._geometry, ticks,
                    self._ticks_per_m,
                )  # fmt: skip
        result: NDArray[np.complex64] = image.copy_to_host()
        return result


@cuda.jit
def _premodulate(records: Any, samples: Any, rotation: Any, pad: int) -> None:
    """IQ to analytic signals; samples of shape (n_frames, n_elements, n_samples, 2)."""
    f, n, e = cuda.grid(3)
    if f < samples.shape[0] and n < samples.shape[2]:
        i, q, r = np.float32(samples[f, e, n, 0]), np.float32(samples[f, e, n, 1]), rotation[n]
        records[e, pad + n, f] = complex(i * r.real - q * r.imag, i * r.imag + q * r.real)


@cuda.jit
def _analyse(records: Any, samples: Any, taps: Any, pad: int) -> None:
    """RF to analytic signals by the filter of `analytic.band_filter`; samples of shape (n_frames, n_elements, n)."""
    f, n, e = cuda.grid(3)
    if f < samples.shape[0] and n < samples.shape[2]:
        half = taps.size // 2
        re, im = np.float32(0), np.float32(0)
        for k in range(max(0, n + half - samples.shape[2] + 1), min(taps.size, n + half + 1)):
            value, tap = np.float32(samples[f, e, n + half - k]), taps[k]
            re += value * tap.real
            im += value * tap.imag
        records[e, pad + n, f] = complex(re, im)


@cuda.jit
def _delay_and_sum(
    image: Any, first: int, add: bool, records: Any, table: Any, distance: Any, geometry: Any, ticks: Any,
    ticks_per_m: Any,
) -> None:  # fmt: skip
    """Sum the elements for one point and frame; with `add`, to what earlier transmits left there."""
    f, i, line = cuda.grid(3)
    if first + f >= image.shape[2] or i >= image.shape[1]:
        return
    s, transmit = distance[i], ticks[line, i]
    re, im = np.float32(0), np.float32(0)
    for e in range(records.shape[0]):
        along = geometry[line, e, 1]
        if s < geometry[line, e, 2]:
            continue
        away = math.sqrt(geometry[line, e, 0] + s * (along + along + s))
        delay = np.int32(away * ticks_per_m + np.float32(0.5)) + transmit
        n, row = delay >> FRACTION_BITS, (delay >> _SHIFT) & 255
        a, b = records[e, n, f], records[e, n + 1, f]
        re += table[row, 0] * a.real + table[row, 1] * a.imag + table[row, 2] * b.real + table[row, 3] * b.imag
        im += table[row, 4] * a.real + table[row, 5] * a.imag + table[row, 6] * b.real + table[row, 7] * b.imag
    if add:
        re += image[line, i, first + f].real
        im += image[line, i, first + f].imag
    image[line, i, first + f] = complex(re, im)
