"""The pulse that one scatterer returns, and its table over fractional delays and travel times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.simd import aligned_floats
from sonoreach.errors import InputError
from sonoreach.simulation.acoustics.vector import LANES

PHASE_BITS = 8
"""The delay is rounded to 1/256 sample: at half a carrier cycle a sample an error of -45 dB."""

TRUNCATION = 0.008
"""The envelope is cut where it falls below this part of its peak (-42 dB)."""


@dataclass(frozen=True, eq=False)
class Pulse:
    """Two-way pulse as its complex envelope around a carrier; time zero is where delays point to.

    Attributes:
        center_frequency_hz: carrier [Hz].
        times_s: uniform times, shape (n,) [s].
        envelope: complex envelope at `times_s`, shape (n,); the pulse is Re(envelope * exp(2 pi i fc t)).
    """

    center_frequency_hz: float
    times_s: NDArray[np.float64]
    envelope: NDArray[np.complex128]

    def __post_init__(self) -> None:
        object.__setattr__(self, "times_s", np.asarray(self.times_s, dtype=np.float64))
        object.__setattr__(self, "envelope", np.asarray(self.envelope, dtype=np.complex128))
        if not 0 < self.center_frequency_hz < 1e9:
            raise InputError(f"center_frequency_hz: got {self.center_frequency_hz!r}, allowed are 0 to 1e9 Hz")
        shapes = self.times_s.shape, self.envelope.shape
        if self.times_s.ndim != 1 or self.times_s.size < 2 or shapes[0] != shapes[1]:
            raise InputError(f"pulse: got times and an envelope of shapes {shapes}, allowed are two equal lengths > 1")
        steps = np.diff(self.times_s)
        if not np.isfinite(self.times_s).all() or not (steps > 0).all() or np.ptp(steps) > 1e-3 * steps.mean():
            raise InputError("pulse: got times that are not evenly spaced and rising")
        if not np.isfinite(self.envelope).all() or not self.envelope.any():
            raise InputError("pulse: got an envelope that is zero or not finite")

    @classmethod
    def gaussian(cls, center_frequency_hz: float, fractional_bandwidth: float) -> Pulse:
        """Gaussian spectrum with the given two-way -6 dB bandwidth divided by the centre frequency."""
        if not (0 < fractional_bandwidth < 2 and 0 < center_frequency_hz < 1e9):
            got = f"a bandwidth of {fractional_bandwidth!r} at {center_frequency_hz!r} Hz"
            raise InputError(f"pulse: got {got}, allowed are 0 to 2 at 0 to 1e9 Hz")
        sigma_hz = 0.5 * fractional_bandwidth * center_frequency_hz / np.sqrt(2 * np.log(2))
        sigma_s = 1 / (2 * np.pi * sigma_hz)
        times_s = np.linspace(-5 * sigma_s, 5 * sigma_s, 1001)
        return cls(center_frequency_hz, times_s, np.exp(-0.5 * (times_s / sigma_s) ** 2).astype(np.complex128))

    def at(self, times_s: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Analytic signal of the pulse at any times, same shape; zero outside its support."""
        real = np.interp(times_s, self.times_s, self.envelope.real, left=0, right=0)
        imag = np.interp(times_s, self.times_s, self.envelope.imag, left=0, right=0)
        result: NDArray[np.complex128] = (real + 1j * imag) * np.exp(2j * np.pi * self.center_frequency_hz * times_s)
        return result

    def half_length_s(self) -> float:
        """Longest time from zero at which the envelope is still above `TRUNCATION` of its peak [s]."""
        magnitude = np.abs(self.envelope)
        return float(np.abs(self.times_s[magnitude > TRUNCATION * magnitude.max()]).max())

    def half_bandwidth_hz(self, level: float = 0.01) -> float:
        """Largest distance from the carrier at which the spectrum is above `level` of its peak [Hz]."""
        spectrum = np.abs(np.fft.fft(self.envelope, 4 * self.envelope.size))
        offset_hz = np.fft.fftfreq(spectrum.size, self.times_s[1] - self.times_s[0])
        return float(np.abs(offset_hz[spectrum > level * spectrum.max()]).max())

    def attenuated(self, loss_db_hz: float) -> Pulse:
        """The pulse after a loss that grows linearly with frequency and is 0 dB at the carrier.

        A Gaussian spectrum keeps its width and moves down; broad ones would gain at low frequencies, so the
        gain is held at that of half the carrier, and at most 200 dB: so much is lost at the carrier, too.

        Args:
            loss_db_hz: slope of the loss over the whole path [dB/Hz].
        """
        step_s = self.times_s[1] - self.times_s[0]
        padded = np.zeros(4 * self.times_s.size, dtype=np.complex128)
        begin = (padded.size - self.times_s.size) // 2
        padded[begin : begin + self.times_s.size] = self.envelope
        offset_hz = np.fft.fftfreq(padded.size, step_s)
        gain_db = np.minimum(-loss_db_hz * np.maximum(offset_hz, -0.5 * self.center_frequency_hz), 200.0)
        envelope = np.fft.ifft(np.fft.fft(padded) * 10 ** (gain_db / 20))
        times_s = self.times_s[0] + step_s * (np.arange(padded.size) - begin)
        return Pulse(self.center_frequency_hz, times_s, envelope)


@dataclass(frozen=True, eq=False)
class PulseTable:
    """Sampled pulses: one row for each fractional delay, one bank of rows for each range of travel times.

    Attributes:
        rows: float32, flat; row r begins at r * width. Row = bank * 2**PHASE_BITS + fractional delay.
        width: floats a row, a multiple of LANES.
        taps: samples a row.
        lead: samples of a row before the one at or just before the delay.
        components: 2 for the analytic signal (I and Q interleaved), 1 for RF.
        bank_bits: a bank covers 2**bank_bits samples of the accumulator, which begins `taps` before the record.
    """

    rows: NDArray[np.float32]
    width: int
    taps: int
    lead: int
    components: int
    bank_bits: int


def tabulate(
    pulse: Pulse,
    sampling_frequency_hz: float,
    *,
    analytic: bool,
    rf: bool = False,
    n_samples: int,
    start: int = 0,
    loss_db_hz_s: float = 0.0,
) -> PulseTable:
    """Sample the pulse for every fractional delay and, with attenuation, for every range of travel times.

    Args:
        pulse: the two-way pulse.
        sampling_frequency_hz: rate of the accumulator [Hz].
        analytic: I and Q of the analytic signal, else RF.
        rf: whether RF is recorded of the analytic signal.
        n_samples, start: length of the record and its start after time zero [samples].
        loss_db_hz_s: loss a hertz and a second of travel [dB]; 0 means one bank.

    Raises:
        InputError: the pulse's spectrum does not fit into the sampling frequency.
    """
    half_band_hz = pulse.half_bandwidth_hz()
    least_hz = 2 * (half_band_hz if analytic and not rf else pulse.center_frequency_hz + half_band_hz)
    if sampling_frequency_hz < least_hz:
        raise InputError(
            f"sampling_frequency_hz: got {sampling_frequency_hz:g}, allowed is at least {least_hz:.4g} for this pulse"
        )
    components = 2 if analytic else 1
    needed = 2 * int(np.ceil(pulse.half_length_s() * sampling_frequency_hz)) * components
    width = LANES * -(-needed // LANES)
    taps = width // components
    lead = taps // 2 - 1
    phases = 1 << PHASE_BITS
    bank_bits = 30 if loss_db_hz_s == 0 else 7
    banks = ((n_samples + 2 * taps) >> bank_bits) + 1
    flat = aligned_floats(banks * phases * width)
    flat[:] = 0
    rows = flat.reshape(banks, phases, taps, components)
    for bank in range(banks):
        travel_s = max(0, (bank + 0.5) * (1 << bank_bits) + start - taps) / sampling_frequency_hz
        shape = pulse if loss_db_hz_s == 0 else pulse.attenuated(loss_db_hz_s * travel_s)
        offset = np.arange(taps) - lead - np.arange(phases)[:, None] / phases
        signal = shape.at(offset / sampling_frequency_hz)
        rows[bank, ..., 0] = signal.real
        if analytic:
            rows[bank, ..., 1] = signal.imag
    return PulseTable(flat, width, taps, lead, components, bank_bits)
