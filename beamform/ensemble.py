"""Delay-and-sum of a Doppler ensemble: many frames of one acquisition, one geometry."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.analytic import analyse, premodulate
from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.check import check_channel_data, check_image
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.device import Device, choose_device
from sonoreach.beamform.ensemble_kernel import LANES, TILE_LINES, delay_and_sum_ensemble
from sonoreach.beamform.ensemble_records import (
    TOGETHER,
    WEIGHT_ONE,
    interleave,
    interleave_iq,
    pack_weights,
    padded_stride,
)
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.plan import Plan
from sonoreach.beamform.simd import aligned_floats
from sonoreach.beamform.threads import for_ranges
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData

Complex = NDArray[np.complex64]
_GROUPS = 2  # of LANES frames that are summed at once


class EnsembleDelayAndSum:
    """Focuses a whole ensemble at once; each transmit is summed over its frame (coherent compounding).

    The receive aperture is a boxcar: tapered ones go frame by frame through `DelayAndSum`.
    """

    def __init__(
        self, grid: Grid, f_number: float = 1.5, *, sound_speed_m_s: float | None = None, device: str = Device.AUTO
    ) -> None:
        """Choose grid, f-number, the speed to focus with (by default that of the data) and the device.

        Raises:
            InputError: a device that cannot be used, or an f-number out of range.
        """
        self.grid = grid
        self.device = choose_device(device)
        self._das = DelayAndSum(
            grid, ReceiveAperture(f_number), sound_speed_m_s=sound_speed_m_s, device=Device.CPU,
            all_at_once=True,
        )  # fmt: skip
        self._on_card: tuple[Plan, Any] | None = None
        self._frames = np.zeros((0, 0, 0), np.float32)  # bits of int16, see `ensemble_records`
        self._unit = np.zeros(0, np.float32)

    def __call__(self, frames: Sequence[ChannelData], out: Complex | None = None) -> Complex:
        """Beamform an ensemble.

        Args:
            frames: channel data of one acquisition, in the order of time.
            out: result to write into, by default a new array (whose memory the system has to clear first).

        Returns:
            complex64, shape (n_lines, n_samples, n_frames).

        Raises:
            InputError: no frames, frames of different acquisitions, an `out` that does not fit, or what `DelayAndSum`
                refuses.
        """
        frames = list(frames)
        if not frames:
            raise InputError("an ensemble must hold at least one frame, got none.")
        for data in frames[1:]:
            check_channel_data(data)
            if not _same_acquisition(data, frames[0]):
                raise InputError("frames of an ensemble must share one acquisition, got another shape or setting.")
        shape = (self.grid.n_lines, self.grid.n_samples, len(frames))
        if out is not None:
            check_image(out, shape)
        plan = self._das.prepare(frames[0])
        assert isinstance(plan, Plan), "of all elements at once"
        if self.device is Device.CUDA:
            return self._sum_on_card(plan, frames, out)
        image = np.empty(shape, np.complex64) if out is None else out
        n_tx, stride = plan.analytic.shape[1], padded_stride(plan.analytic.shape[2])
        n_elements = frames[0].probe.n_elements
        groups = min(_GROUPS, -(-len(frames) // LANES))
        fours = -(-n_elements // TOGETHER)
        room = (fours * TOGETHER, stride, groups * LANES)
        if self._frames.shape != room:
            self._frames = aligned_floats(*room)
            self._frames[:] = 0  # what makes up the last four is silent, and what makes up the last samples
            self._unit = np.zeros(fours, np.float32)
        delays = plan.transmit_ticks.reshape(self.grid.n_lines, n_tx, -1)
        for t in range(n_tx):
            transmit = np.ascontiguousarray(delays[:, t]).ravel()
            for frame0 in range(0, len(frames), groups * LANES):
                self._line_up(plan, frames[frame0 : frame0 + groups * LANES], t)
                self._add(plan, image, frame0, transmit, fresh=t == 0)
        return image

    def _line_up(self, plan: Plan, frames: Sequence[ChannelData], t: int) -> None:
        """Make the analytic signals of some frames of a transmit, side by side."""
        whole = frames[0].demodulation_frequency_hz > 0 and all(data.samples.dtype == np.int16 for data in frames)
        work = self._line_up_iq if whole else self._line_up_any
        for_ranges(partial(work, plan, frames, t), self._unit.size)

    def _line_up_iq(self, plan: Plan, frames: Sequence[ChannelData], t: int, first: int, beyond: int) -> None:
        """The fours first..beyond - 1 of elements of IQ in int16."""
        _, stride, width = self._frames.shape
        pairs = np.zeros((width, TOGETHER, stride), np.float32)
        for four in range(first, beyond):
            elements = self._elements_of(four, frames)
            for f, data in enumerate(frames):
                samples = np.ascontiguousarray(data.samples[t, elements]).view(np.float32)[..., 0]
                pairs[f, : len(samples), plan.pad : plan.pad + samples.shape[1]] = samples
            interleave_iq(self._frames[elements], self._unit[four:], pairs, plan.rotation_or_taps, plan.pad)

    def _line_up_any(self, plan: Plan, frames: Sequence[ChannelData], t: int, first: int, beyond: int) -> None:
        """The fours first..beyond - 1 of elements of any samples."""
        convert = premodulate if frames[0].demodulation_frequency_hz > 0 else analyse
        weight = np.ones(len(frames), np.float32)
        room = np.zeros((TOGETHER, len(frames), plan.analytic.shape[2]), np.complex64)
        for four in range(first, beyond):
            elements = self._elements_of(four, frames)
            samples = np.stack([data.samples[t, elements] for data in frames])
            analytic = room[: samples.shape[1]]
            convert(analytic, samples, plan.rotation_or_taps, weight, plan.pad, 0, threads=1)
            interleave(self._frames[elements], self._unit[four:], analytic.view(np.float32))

    @staticmethod
    def _elements_of(four: int, frames: Sequence[ChannelData]) -> slice:
        """Elements that share a unit."""
        return slice(TOGETHER * four, min(TOGETHER * (four + 1), frames[0].probe.n_elements))

    def _add(self, plan: Plan, image: Complex, frame0: int, transmit: NDArray[np.int32], *, fresh: bool) -> None:
        """Delay them and write, or add, their sum to image[:, :, frame0 :]."""
        distance, origin, direction, elements, ticks_per_m, f_number, _ = plan.kernel_geometry
        _, stride, width = self._frames.shape
        work = partial(
            delay_and_sum_ensemble, image, frame0, self._frames.view(np.int16).ravel(),
            self._unit / np.float32(WEIGHT_ONE), stride, width // LANES, pack_weights(plan.table), distance, origin,
            direction, elements, ticks_per_m, transmit, f_number, fresh,
        )  # fmt: skip
        for_ranges(work, -(-self.grid.n_lines // TILE_LINES))

    def _sum_on_card(self, plan: Plan, frames: Sequence[ChannelData], out: Complex | None) -> Complex:
        """Delay and sum on the graphics card; the plan's tables stay there."""
        if self._on_card is None or self._on_card[0] is not plan:
            from sonoreach.beamform.ensemble_cuda import CudaEnsemble  # an optional dependency

            self._on_card = plan, CudaEnsemble(plan, self.grid.n_samples)
        image: Complex = self._on_card[1](frames)
        if out is None:
            return image
        out[...] = image
        return out


def _same_acquisition(a: ChannelData, b: ChannelData) -> bool:
    """Whether two frames differ in nothing but samples, time and pose."""
    names = [f.name for f in dataclasses.fields(ChannelData) if f.name.endswith(("_hz", "_time_s", "speed_m_s"))]
    same = all(getattr(a, name) == getattr(b, name) for name in names)
    same &= tuple(a.transmits) == tuple(b.transmits) and a.samples.shape == b.samples.shape
    return same and a.probe.same_as(b.probe)
