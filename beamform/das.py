"""Delay-and-sum: channel data to a focused complex image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.analytic import band_filter, carrier
from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.check import check_channel_data, check_image, check_sound_speed
from sonoreach.beamform.das_kernel import delay_and_sum, tiles_to_take
from sonoreach.beamform.device import Device, choose_device
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.lattice import Lattice
from sonoreach.beamform.lattice_tables import make_lattice
from sonoreach.beamform.mirror import is_mirrored
from sonoreach.beamform.plan import Complex, Plan, elements_together
from sonoreach.beamform.reception import survey
from sonoreach.beamform.rhythm import rhythm
from sonoreach.beamform.row_kernel import FRACTION_BITS, SILENT, weight_table
from sonoreach.beamform.threads import for_ranges
from sonoreach.beamform.waves import survey_waves
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData


class DelayAndSum:
    """Focuses every point of a grid on receive, and sums over the transmits (coherent compounding).

    The value at a point is the sum over transmits and elements of the analytic signal at the time of flight,
    weighted by the receive aperture: Perrot et al., "So you think you can DAS?", Ultrasonics 111 (2021).
    Tables are made at the first frame and whenever the acquisition changes; they take one delay a point and
    transmit (plus one weight with `follow_beams`), never one an element. RF goes a group of elements at a time, as its
    analytic signals are four times as large; the coherence factor (not linear) and the card keep those of all.

    Not for use by several threads at once: the work buffers belong to the object.
    """

    def __init__(
        self,
        grid: Grid,
        aperture: ReceiveAperture | None = None,
        *,
        transmit_weights: NDArray[np.float64] | None = None,
        follow_beams: bool = False,
        coherence_factor: bool = False,
        sound_speed_m_s: float | None = None,
        check_record: bool = True,
        all_at_once: bool = False,
        device: str = Device.AUTO,
    ) -> None:
        """Choose what to compute.

        Args:
            grid: where.
            aperture: receive aperture; by default f/1.5, boxcar.
            transmit_weights: weight of each transmit in the compound, shape (n_transmits,); by default ones.
            follow_beams: let a transmit count only where its wave passes (focused beams, edges of plane waves).
            coherence_factor: multiply each point by the coherence factor of its receive aperture, |sum|^2 over n
                times the sum of squares: Mallart, Fink, "Adaptive focusing in scattering media", JASA 96 (1994).
            sound_speed_m_s: speed to focus with [m/s]; by default that of the data.
            check_record: refuse grids that reach beyond the record, rather than read silence there.
            all_at_once: make room for the signals of all elements, for what cannot sum them group by group.
            device: "cpu", "cuda", or "auto": the graphics card where one can be used.

        Raises:
            InputError: a device that cannot be used, or a number out of range.
        """
        check_sound_speed(sound_speed_m_s)
        self.grid = grid.counted_near()
        self.aperture = aperture or ReceiveAperture()
        self._transmit_weights = transmit_weights
        self._follow_beams = follow_beams
        self._coherent = coherence_factor
        self._sound_speed_m_s = sound_speed_m_s
        self._check_record = check_record
        self.device = choose_device(device)
        self._all_at_once = all_at_once or coherence_factor or self.device is Device.CUDA
        self._any_grid = all_at_once or self.device is Device.CUDA  # by the loops that serve any
        self._on_card: tuple[Plan, Any] | None = None
        self._plan: Plan | Lattice | None = None
        self._key: tuple[Any, ...] = ()

    def __call__(self, data: ChannelData, out: Complex | None = None) -> Complex:
        """Beamform one frame.

        Args:
            data: channel data, int16 or float32.
            out: result to write into, by default a new array.

        Returns:
            Analytic signal at the grid's points, complex64, shape (n_lines, n_samples).

        Raises:
            InputError: data that contradict themselves, the grid or the aperture; an `out` that does not fit.
        """
        plan = self.prepare(data)
        shape = (self.grid.n_lines, self.grid.n_samples)
        image = np.empty(shape, np.complex64) if out is None else out
        check_image(image, shape)
        if isinstance(plan, Lattice):
            plan(data, image)
            return image
        for first in range(0, data.probe.n_elements, len(plan.analytic)):
            signals = plan.signals(data, first)
            if self.device is Device.CUDA:
                self._sum_on_card(plan, image)
            else:
                self._sum(plan, image, signals, first)
        return image

    def _sum(self, plan: Plan, image: Complex, signals: Complex, first: int) -> None:
        """Delay and sum the elements from `first` on; all but the first group are added to the image."""
        _, n_tx, stride = signals.shape
        distance, _, _, _, ticks_per_m, _, taper = plan.kernel_geometry
        heard = plan.heard(first, self.grid)
        listeners = heard.listeners if self._coherent else None
        flat, transmit, parts = signals.reshape(-1), plan.transmit_ticks.reshape(-1), image.view(np.float32)

        def work(begin: int, beyond: int) -> None:
            delay_and_sum(
                begin, beyond, parts, flat, n_tx, stride, plan.table, distance, len(signals), heard.squared,
                heard.along, heard.nearest, heard.earliest, ticks_per_m, transmit, taper, listeners, plan.mirrored,
                first > 0,
            )  # fmt: skip

        for_ranges(work, tiles_to_take(plan.different_lines(len(image))))

    def _sum_on_card(self, plan: Plan, image: Complex) -> None:
        """Delay and sum on the graphics card; the plan's tables stay there."""
        if self._on_card is None or self._on_card[0] is not plan:
            from sonoreach.beamform.das_cuda import CudaDelayAndSum  # an optional dependency

            self._on_card = plan, CudaDelayAndSum(plan, self.grid, coherent=self._coherent)
        self._on_card[1](image, plan.analytic)

    @property
    def coverage(self) -> NDArray[np.float32]:
        """Sum of the weights of each point, shape (n_lines, n_samples); known after the first frame."""
        return self._known().coverage

    @property
    def lit(self) -> NDArray[np.bool_]:
        """Where at least one transmit passes, shape (n_lines, n_samples); known after the first frame."""
        return self._known().lit

    def _known(self) -> Plan | Lattice:
        if self._plan is None:
            raise ValueError("beamform a frame first: the tables depend on its acquisition")
        return self._plan

    def prepare(self, data: ChannelData) -> Plan | Lattice:
        """Check the data, and make the tables unless those of the last frame still fit.

        A `Lattice` where the grid is one for these data, unless all elements are wanted at once.
        """
        check_channel_data(data)
        speed = self._sound_speed_m_s or data.sound_speed_m_s
        key = (
            data.samples.shape, data.sampling_frequency_hz, data.demodulation_frequency_hz, data.start_time_s,
            speed, tuple(data.transmits), id(data.probe), data.probe.element_positions_m.tobytes(),
        )  # fmt: skip
        if self._plan is None or key != self._key:
            self._plan, self._key = self._make_plan(data, speed), key
            self._probe = data.probe  # keeps the probe alive, so that its id stays its own
        return self._plan

    def _make_plan(self, data: ChannelData, speed: float) -> Plan | Lattice:
        """All tables for one acquisition."""
        fs, n_tx = data.sampling_frequency_hz, len(data.transmits)
        nearest, coverage, farthest = survey(self.grid, data.probe.element_positions_m, self.aperture)
        waves = survey_waves(self.grid, data, speed, nearest)
        del nearest
        if self._check_record:
            waves.check(data)
        pad = max(0, int(np.ceil(-waves.first_echo))) + 4
        longest = int(np.ceil(waves.ticks.max() / 2**FRACTION_BITS + farthest / speed * fs)) + 1
        stride = pad + max(data.samples.shape[2], longest) + 4
        waves.ticks += np.int32(pad << FRACTION_BITS)
        reach, weight = waves.reach[:, :, : self.grid.n_samples], np.abs(self._channel_weight(n_tx))
        if self._follow_beams:
            np.copyto(waves.ticks, SILENT, where=~waves.reach)
            coverage = coverage * sum(weight[t] * reach[:, t] for t in range(n_tx))
        else:
            coverage = coverage * weight.sum()
        is_iq = data.demodulation_frequency_hz > 0
        center = data.demodulation_frequency_hz if is_iq else data.probe.center_frequency_hz
        if is_iq:
            rotation = carrier(center, fs, data.start_time_s, data.samples.shape[2])
        else:
            rotation = band_filter(center, data.probe.fractional_bandwidth, fs)
        lit = np.asarray(reach.any(axis=1))
        if lit.all():
            lit = np.broadcast_to(np.True_, lit.shape)  # which takes no room
        beat = None if self._any_grid or (self._coherent and n_tx > 1) else rhythm(self.grid, data)
        if beat is not None:
            del waves.ticks
            return make_lattice(
                self.grid, data, self.aperture, speed, beat, channel_weight=self._channel_weight(n_tx),
                filter_taps=None if is_iq else rotation, reach=reach if self._follow_beams else None,
                coherent=self._coherent, coverage=coverage.astype(np.float32, copy=False),
                lit=lit,
            )  # fmt: skip
        together = data.probe.n_elements if self._all_at_once else elements_together(data)
        return Plan(
            self._kernel_geometry(data, speed, waves.ticks.shape[2]),
            waves.ticks.reshape(self.grid.n_lines, -1),
            True if is_mirrored(self.grid, data.probe.element_positions_m, waves.ticks) else None,
            self._channel_weight(n_tx),
            weight_table(center, fs),
            rotation,
            np.zeros((together, n_tx, stride), np.complex64),
            pad,
            {},
            lit,
            coverage.astype(np.float32, copy=False),
        )

    def _kernel_geometry(self, data: ChannelData, speed: float, row: int) -> tuple[Any, ...]:
        """Distances, lines, elements, ticks a metre, f-number and taper, in the kernel's types."""
        steps = np.arange(row - self.grid.n_samples) + 1
        beyond = self.grid.distance_m[-1] + steps * 1e-5
        return (
            np.concatenate([self.grid.distance_m, beyond]).astype(np.float32),
            np.ascontiguousarray(self.grid.origin_m, dtype=np.float64),
            np.ascontiguousarray(self.grid.direction, dtype=np.float64),
            np.ascontiguousarray(data.probe.element_positions_m, dtype=np.float64),
            np.float32(data.sampling_frequency_hz / speed * 2**FRACTION_BITS),
            np.float32(self.aperture.f_number),
            np.float32(self.aperture.taper) if self.aperture.taper > 0 else None,
        )

    def _channel_weight(self, n_tx: int) -> NDArray[np.float32]:
        """Weights of the transmits, checked."""
        if self._transmit_weights is None:
            return np.ones(n_tx, np.float32)
        try:
            weights = np.asarray(self._transmit_weights, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise InputError(f"transmit_weights must be {n_tx} numbers, got {self._transmit_weights!r}.") from error
        if weights.shape != (n_tx,) or not np.isfinite(weights).all():
            raise InputError(f"transmit_weights must be {n_tx} finite numbers, got shape {weights.shape}.")
        return weights
