"""Channel data of point scatterers, for any array and any transmits.

Every scatterer returns the pulse delayed by transmit path plus distance to the element, weighted by the
transmit's amplitude, the element's directivity and cylindrical spreading on the way back:

    s_e(t) = sum_i  a_i  w(x_i)  D_e(x_i)  sqrt(r0 / r_ie)  p(t - (d(x_i) + r_ie) / c)

single scattering, linear, one sound speed. Sums are kept as the analytic signal sampled at fs, which holds the
whole pulse as long as fs exceeds its bandwidth; one rotation a sample then gives baseband IQ.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.check import check_probe
from sonoreach.beamform.check_numbers import check_whole
from sonoreach.beamform.probes import element_normals
from sonoreach.beamform.threads import for_ranges, usable_threads
from sonoreach.errors import InputError
from sonoreach.simulation.acoustics import kernels
from sonoreach.simulation.acoustics.anchors import SLOPE, STEEP_SLOPE, anchors_of
from sonoreach.simulation.acoustics.attenuation import Attenuation
from sonoreach.simulation.acoustics.cell_grid import CellGrid
from sonoreach.simulation.acoustics.cell_sum import CellSum
from sonoreach.simulation.acoustics.diffracted_cells import DiffractedCells
from sonoreach.simulation.acoustics.diffraction import DiffractedTransmit
from sonoreach.simulation.acoustics.digitise import digitise
from sonoreach.simulation.acoustics.directivity import sinc_polynomial
from sonoreach.simulation.acoustics.elevation import elevation_weight
from sonoreach.simulation.acoustics.order import scattered_order
from sonoreach.simulation.acoustics.pulse import PHASE_BITS, Pulse, tabulate
from sonoreach.simulation.acoustics.recording import Recording
from sonoreach.simulation.acoustics.scatterers import checked_scatterers
from sonoreach.simulation.acoustics.transmit import REFERENCE_M, check_transmits, transmit_table, wavefronts
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent

Floats = NDArray[np.float32]


class ChannelDataSimulator:
    """Simulates one array with its transmits; calls share a buffer, so one object serves one thread."""

    def __init__(
        self,
        probe: ProbeGeometry,
        transmits: Sequence[TransmitEvent],
        recording: Recording,
        *,
        pulse: Pulse | None = None,
        attenuation: Attenuation | None = None,
        diffraction: bool = False,
        elevation: bool = False,
        threads: int | None = None,
    ) -> None:
        """Prepare the tables.

        Args:
            probe: the array.
            transmits: the transmits of a frame.
            recording: rate, length and kind of the samples.
            pulse: two-way pulse; by default Gaussian with the probe's frequency and bandwidth.
            attenuation: loss in the tissue; by default none.
            diffraction: sum over the transmitting elements instead of ideal wavefronts; several times slower.
            elevation: weigh scatterers by the lens's elevation beam; off when their amplitudes hold it already.
            threads: threads to use, by default `usable_threads`.

        Raises:
            InputError: transmits that the array cannot send, elements too wide (3 wavelengths; without a lens 1 high)
                for their directivity, or a rate too low for the pulse.
        """
        check_probe(probe)
        check_transmits(transmits, probe)
        self.probe, self.transmits, self.recording = probe, tuple(transmits), recording
        self._pulse = pulse or Pulse.gaussian(probe.center_frequency_hz, probe.fractional_bandwidth)
        self._attenuation = attenuation or Attenuation(0.0)
        self._weigh_elevation = elevation
        self._threads = threads or usable_threads()
        speed = recording.sound_speed_m_s
        self._wavelength_m = speed / self._pulse.center_frequency_hz
        self._transmit_table = transmit_table(self.transmits, probe)
        slope = self._attenuation.slope_db_hz_s(speed)
        self._table = tabulate(
            self._pulse,
            recording.sampling_frequency_hz,
            analytic=diffraction or recording.demodulation_frequency_hz > 0,
            rf=recording.demodulation_frequency_hz == 0,
            n_samples=recording.n_samples,
            start=round(recording.start_time_s * recording.sampling_frequency_hz),
            loss_db_hz_s=slope,
        )
        self._elements = self._element_table()
        self._lateral = sinc_polynomial(probe.element_width_m / self._wavelength_m)
        flat_lens = not np.isfinite(probe.elevation_focus_m)
        height = probe.elevation_height_m / self._wavelength_m if flat_lens else 0.0
        self._elevation = sinc_polynomial(height, degree=3)
        self._diffracted = self._prepare_diffraction() if diffraction else None
        self._cells = self._prepare_cells()
        self._pad = self._table.taps
        self._stride = (recording.n_samples + 2 * self._pad) * self._table.components
        self._signal = np.empty(probe.n_elements * len(transmits) * self._stride, dtype=np.float32)
        self._rotation = self._rotations()
        self._rotation_of_rf = np.ascontiguousarray(self._rotation.real)

    def _prepare_diffraction(self) -> DiffractedTransmit:
        return DiffractedTransmit(
            self.transmits,
            self.probe,
            self._table,
            center_frequency_hz=self._pulse.center_frequency_hz,
            sampling_frequency_hz=self.recording.sampling_frequency_hz,
            start_time_s=self.recording.start_time_s,
            sound_speed_m_s=self.recording.sound_speed_m_s,
        )

    def _prepare_cells(self) -> CellSum | DiffractedCells | None:
        """Cells for IQ of a row of elements with a lens; the others go without."""
        slope = STEEP_SLOPE if self._diffracted else SLOPE
        anchors = anchors_of(np.asarray(self.probe.element_positions_m, dtype=np.float64), slope)
        if anchors is None or self._table.components == 1 or np.abs(self._elevation[1:]).max() > 1e-6:
            return None
        if self._diffracted and self._diffracted.waves.spherical:  # a row along y
            return None
        grid = CellGrid(
            anchors,
            self._elements,
            self._lateral,
            self._table,
            element_width=self.probe.element_width_m / self._wavelength_m,
            highest_frequency_hz=self._pulse.center_frequency_hz + self._pulse.half_bandwidth_hz(0.5),
            center_frequency_hz=self._pulse.center_frequency_hz,
            sampling_frequency_hz=self.recording.sampling_frequency_hz,
            start_time_s=self.recording.start_time_s,
            sound_speed_m_s=self.recording.sound_speed_m_s,
        )
        if self._diffracted:
            return DiffractedCells(grid, self._diffracted, self._table)
        return CellSum(grid, self._wavefronts, len(self.transmits))

    def _element_table(self) -> Floats:
        """Rows for `kernels.receive`: position, normal x z, squared least distance, reference distance."""
        table = np.empty((self.probe.n_elements, 7), dtype=np.float32)
        table[:, :3] = self.probe.element_positions_m
        table[:, 3:5] = element_normals(self.probe)[:, [0, 2]]
        table[:, 5] = (0.5 * self._wavelength_m) ** 2
        table[:, 6] = REFERENCE_M
        return table

    def _rotations(self) -> NDArray[np.complex64]:
        """Factor of each sample: demodulation and, because travel time is arrival time, the carrier's loss."""
        recording = self.recording
        times_s = recording.start_time_s + np.arange(recording.n_samples) / recording.sampling_frequency_hz
        factor: NDArray[np.complex128] = np.exp(-2j * np.pi * recording.demodulation_frequency_hz * times_s)
        if self._attenuation.carrier:
            slope = self._attenuation.slope_db_hz_s(recording.sound_speed_m_s)
            loss_db = slope * self._pulse.center_frequency_hz * np.maximum(times_s, 0)
            factor = factor * 10 ** (-loss_db / 20)
        return factor.astype(np.complex64)

    def echoes(self, positions_m: Floats, amplitudes: Floats) -> NDArray[np.complex64] | Floats:
        """Noiseless channel data.

        Args:
            positions_m: scatterers in the probe frame, shape (n, 3) [m].
            amplitudes: what each scatterer returns, shape (n,).

        Returns:
            shape (n_transmits, n_elements, n_samples): complex64 baseband IQ, or float32 RF. A scatterer of
            amplitude 1 in front of an element at `REFERENCE_M` has an envelope of 1.

        Raises:
            InputError: wrong shapes or non-finite numbers.
        """
        inner = self._real_or_analytic(self.accumulate(positions_m, amplitudes)).transpose(1, 0, 2)
        if self.recording.demodulation_frequency_hz == 0:
            real: Floats = inner * self._rotation_of_rf
            return real
        iq: NDArray[np.complex64] = np.ascontiguousarray(inner).view(np.complex64) * self._rotation
        return iq

    def samples(
        self, positions_m: Floats, amplitudes: Floats, *, counts: float, noise_counts: float, seed: tuple[int, int]
    ) -> tuple[NDArray[np.int16], int]:
        """Channel data as a scanner would store them.

        Args:
            positions_m, amplitudes: the scatterers, as for `echoes`.
            counts: samples' counts for an envelope of 1.
            noise_counts: standard deviation of the receiver noise [counts].
            seed: seed of the noise and number of the frame.

        Returns:
            int16, shape (n_transmits, n_elements, n_samples, 2) for IQ or (n_transmits, n_elements, n_samples)
            for RF, and how many samples were held at full scale.
        """
        for name, value in (("counts", counts), ("noise_counts", noise_counts)):
            if not 0 <= value < 1e9:
                raise InputError(f"{name}: got {value!r}, allowed are 0 to 1e9")
        for number in seed:
            check_whole("each number of the seed", number, 0)
        return digitise(
            self._real_or_analytic(self.accumulate(positions_m, amplitudes)),
            (self._rotation * np.float32(counts)).astype(np.complex64),
            analytic=self.recording.demodulation_frequency_hz > 0,
            noise_counts=noise_counts,
            seed=seed,
            threads=self._threads,
        )

    def accumulate(self, positions_m: Floats, amplitudes: Floats) -> Floats:
        """Sum into the padded buffer; shape (n_elements, n_transmits, stride), valid until the next call."""
        positions, amplitude = checked_scatterers(positions_m, amplitudes)
        if self._weigh_elevation:
            amplitude = amplitude * elevation_weight(positions[:, 1], positions[:, 2], self.probe, self._wavelength_m)
        shape = (self.probe.n_elements, len(self.transmits), self._stride)
        signal: Floats = self._signal.reshape(shape)
        signal[:] = 0
        alone: NDArray[np.int64] = np.arange(amplitude.size)
        if self._cells:
            alone = self._cells.accumulate(positions, amplitude, signal, self._threads)
        order = alone[scattered_order(alone.size)]
        x, y, z = np.ascontiguousarray(positions[order].T)
        amplitude = amplitude[order]
        if self._diffracted:
            patterns = (self._lateral, self._elevation)
            self._diffracted.accumulate((x, y, z, amplitude), self._elements, patterns, signal, self._threads)
            return signal
        path, gain = self._wavefronts((x, y, z))
        table, recording = self._table, self.recording
        fs = recording.sampling_frequency_hz
        offset = table.taps - table.lead - recording.start_time_s * fs + 0.5 / (1 << PHASE_BITS)

        def work(first: int, beyond: int) -> None:
            kernels.simulate_elements(
                first, beyond, x, y, z, amplitude, path, gain, self._elements, self._lateral, self._elevation,
                table.rows, table.width, table.components, table.bank_bits,
                np.float32(fs / recording.sound_speed_m_s), np.float32(offset), self._signal, self._stride,
            )  # fmt: skip

        for_ranges(work, self.probe.n_elements, self._threads)
        return signal

    def _wavefronts(self, positions: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
        return wavefronts(positions, self._transmit_table, self._wavelength_m, self.probe.element_width_m)

    def _real_or_analytic(self, signal: Floats) -> Floats:
        """The samples without padding; of an analytic signal that shall become RF, the real part."""
        components = self._table.components
        inner = signal[:, :, self._pad * components : self._stride - self._pad * components]
        return inner[:, :, ::2] if components == 2 and self.recording.demodulation_frequency_hz == 0 else inner
