"""Float64 references: the definition written down, slow and without tricks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.transmit import transmit_delay_s, transmit_reach
from sonoreach.types.channel_data import ChannelData, ProbeGeometry, TransmitEvent, TransmitKind


def reference_das(data: ChannelData, grid: Grid, aperture: ReceiveAperture, follow_beams: bool = False) -> NDArray:
    """Delay-and-sum of IQ data, complex128, shape (n_lines, n_samples)."""
    fs, fd = data.sampling_frequency_hz, data.demodulation_frequency_hz
    iq = data.samples[..., 0] + 1j * data.samples[..., 1].astype(np.float64)
    points = grid.points_m()
    image = np.zeros(points.shape[:2], np.complex128)
    sample_number = np.arange(-1, iq.shape[2] + 1)  # silence before and after: the interpolation runs into it
    for t, event in enumerate(data.transmits):
        arrival = transmit_delay_s(points, event, data.probe, data.sound_speed_m_s)
        beam = transmit_reach(points, event, data.probe) if follow_beams else np.ones(points.shape[:2])
        for e, element in enumerate(data.probe.element_positions_m):
            time = arrival + np.linalg.norm(points - element, axis=-1) / data.sound_speed_m_s
            position = (time - data.start_time_s) * fs
            baseband = np.interp(position, sample_number, np.pad(iq[t, e], 1), left=0, right=0)
            weight = receive_weight(grid, element, aperture) * beam
            image += weight * baseband * np.exp(2j * np.pi * fd * time)
    return image


def receive_weight(grid: Grid, element_m: NDArray, aperture: ReceiveAperture) -> NDArray:
    """Tukey weight of one element at every point, shape (n_lines, n_samples)."""
    from_element = grid.points_m() - element_m
    along = np.sum(from_element * grid.direction[:, None], axis=-1)
    across = np.linalg.norm(from_element - along[..., None] * grid.direction[:, None], axis=-1)
    u = np.where(along > 0, 2 * aperture.f_number * across / np.maximum(along, 1e-12), np.inf)
    if aperture.f_number == 0:
        return (along >= 0).astype(float)
    if aperture.taper == 0:
        return (u <= 1).astype(float)
    v = np.clip((u - 1 + aperture.taper) / aperture.taper, 0, 1)
    return 0.5 + 0.5 * np.cos(np.pi * v)


def linear_probe(n_elements: int = 32, pitch_m: float = 0.3e-3, center_hz: float = 5e6) -> ProbeGeometry:
    """A flat array centred on the origin."""
    x = (np.arange(n_elements) - (n_elements - 1) / 2) * pitch_m
    return ProbeGeometry("test", np.column_stack([x, 0 * x, 0 * x]), 0.9 * pitch_m, center_hz)


def band_limited_iq(rng: np.random.Generator, shape: tuple[int, ...], half_band: float = 0.125) -> NDArray[np.int16]:
    """Smooth random IQ, int16, shape (*shape, 2): noise up to `half_band` times the sampling rate."""
    spectrum = rng.standard_normal((*shape, 2)) @ [1, 1j]
    spectrum *= np.abs(np.fft.fftfreq(shape[-1])) < half_band
    iq = np.fft.ifft(spectrum, axis=-1)
    iq *= 8000 / np.abs(iq).max()
    return np.stack([iq.real, iq.imag], axis=-1).round().astype(np.int16)


def random_frame(
    seed: int = 0,
    transmits: tuple[TransmitEvent, ...] = (TransmitEvent(TransmitKind.PLANE, 0.1),),
    probe: ProbeGeometry | None = None,
    n_samples: int = 700,
    start_time_s: float = 0.0,
) -> ChannelData:
    """Smooth random IQ at 20 MHz."""
    probe = probe or linear_probe()
    samples = band_limited_iq(np.random.default_rng(seed), (len(transmits), probe.n_elements, n_samples))
    return ChannelData(samples, 20e6, probe.center_frequency_hz, start_time_s, 1540.0, probe, transmits)
