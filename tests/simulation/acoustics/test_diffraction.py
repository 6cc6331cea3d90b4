"""The transmit with diffraction against the sum over all pairs of elements in float64."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sonoreach.beamform.probes import l50_probe, x32_probe
from sonoreach.simulation.acoustics.recording import Recording
from sonoreach.simulation.acoustics.simulator import ChannelDataSimulator
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

RECORDING = Recording(15e6, 7.5e6, 1000, -4e-6)
EVENTS = {
    "plane": TransmitEvent(),
    "tilted": TransmitEvent(TransmitKind.PLANE, math.radians(8)),
    "diverging": TransmitEvent(TransmitKind.DIVERGING, source_m=(0.0, 0.0, -0.03)),
    "focused": TransmitEvent(TransmitKind.FOCUSED, source_m=(0.005, 0.0, 0.025)),
    "single": TransmitEvent(TransmitKind.SINGLE_ELEMENT, element=40),
}


def element_delays_m(probe: ProbeGeometry, event: TransmitEvent) -> Any:
    """Firing delay of each element times the speed of sound [m]."""
    positions, source = probe.element_positions_m, np.array(event.source_m)
    if event.kind == TransmitKind.PLANE:
        return positions[:, 0] * math.sin(event.angle_rad)
    sign = 1 if event.kind == TransmitKind.DIVERGING else -1
    if event.kind == TransmitKind.SINGLE_ELEMENT:
        return np.full(probe.n_elements, -np.linalg.norm(positions[event.element]))
    return sign * (np.linalg.norm(positions - source, axis=1) - np.linalg.norm(source))


def spectral_reference(event: TransmitEvent, positions: Any, amplitudes: Any) -> Any:
    """Baseband echoes of the L50 by exact delays in the frequency domain, shape (n_elements, n_samples)."""
    probe, speed = l50_probe(), 1540.0
    fc, fs, n = probe.center_frequency_hz, RECORDING.sampling_frequency_hz, 4096
    wavelength = speed / fc
    offset_hz = np.fft.fftfreq(n, 1 / fs)
    sigma_hz = 0.5 * probe.fractional_bandwidth * fc / math.sqrt(2 * math.log(2))
    pulse = np.exp(-0.5 * (offset_hz / sigma_hz) ** 2) / (sigma_hz * math.sqrt(2 * math.pi))
    single = event.kind == TransmitKind.SINGLE_ELEMENT
    scale = np.full(probe.n_elements, 0.39e-3 / math.sqrt(wavelength * 0.01)) * np.exp(0.25j * math.pi)
    if single:
        scale = np.eye(probe.n_elements)[event.element]
    total = np.zeros((probe.n_elements, n), complex)
    for position, amplitude in zip(positions, amplitudes, strict=True):
        offset = position - probe.element_positions_m
        r = np.linalg.norm(offset, axis=1)
        pattern = offset[:, 2] / r * np.sinc(probe.element_width_m / wavelength * offset[:, 0] / r) * np.sqrt(0.01 / r)
        there = np.exp(-2j * np.pi * np.outer((element_delays_m(probe, event) + r) / speed, offset_hz + fc))
        back = np.exp(-2j * np.pi * np.outer(r / speed - RECORDING.start_time_s, offset_hz + fc))
        total += amplitude * pattern[:, None] * back * ((scale * pattern) @ there) * pulse
    signal = np.fft.ifft(total, axis=1)[:, : RECORDING.n_samples] * fs
    return signal * np.exp(-2j * np.pi * fc * RECORDING.start_time_s)


def scatterers(n: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(4)
    x, y, z = rng.uniform(-0.02, 0.02, n), rng.uniform(-0.001, 0.001, n), rng.uniform(0.004, 0.04, n)
    return np.column_stack([x, y, z]).astype(np.float32), rng.standard_normal(n).astype(np.float32)


@pytest.mark.parametrize("name", EVENTS)
def test_agrees_with_the_sum_over_all_pairs(name: str) -> None:
    positions, amplitudes = scatterers(15)
    simulator = ChannelDataSimulator(l50_probe(), [EVENTS[name]], RECORDING, diffraction=True)
    got = simulator.echoes(positions, amplitudes)[0]
    wanted = spectral_reference(EVENTS[name], positions.astype(float), amplitudes)
    assert 20 * np.log10(np.linalg.norm(got - wanted) / np.linalg.norm(wanted)) < -29
    assert abs(np.vdot(got, wanted)) > 0.999 * np.linalg.norm(got) * np.linalg.norm(wanted)


def test_ideal_plane_wave_agrees_inside_the_beam() -> None:
    positions = np.array([[0, 0, 0.01], [-0.003, 0, 0.012], [0.004, 0, 0.014]], np.float32)
    amplitudes, probe = np.ones(3, np.float32), l50_probe()
    ideal = ChannelDataSimulator(probe, [TransmitEvent()], RECORDING).echoes(positions, amplitudes)[0, 40:88]
    whole = ChannelDataSimulator(probe, [TransmitEvent()], RECORDING, diffraction=True)
    diffracted = whole.echoes(positions, amplitudes)[0, 40:88]
    correlation = np.vdot(ideal, diffracted) / np.linalg.norm(ideal) / np.linalg.norm(diffracted)
    assert abs(correlation) > 0.95
    assert abs(np.angle(correlation)) < 0.3
    assert np.linalg.norm(diffracted) == pytest.approx(np.linalg.norm(ideal), rel=0.1)


def test_matrix_agrees_with_ideal_plane_wave_inside_the_beam() -> None:
    recording = Recording(8e6, 3e6, 300, -2e-6)
    position, amplitude = np.array([[0.0005, -0.0003, 0.006]], np.float32), np.ones(1, np.float32)
    ideal = ChannelDataSimulator(x32_probe(), [TransmitEvent()], recording).echoes(position, amplitude)
    whole = ChannelDataSimulator(x32_probe(), [TransmitEvent()], recording, diffraction=True)
    peak = np.abs(whole.echoes(position, amplitude)).max() / np.abs(ideal).max()
    assert 0.7 < peak < 1.4


def test_same_bits_for_any_number_of_threads() -> None:
    positions, amplitudes = scatterers(333)
    results = [
        ChannelDataSimulator(l50_probe(), list(EVENTS.values()), RECORDING, diffraction=True, threads=n).echoes(
            positions, amplitudes
        )
        for n in (1, 2, 3)
    ]
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_rf_is_the_real_part() -> None:
    positions, amplitudes = scatterers(50)
    rf = Recording(30e6, 0.0, 2000, -4e-6)
    iq = Recording(30e6, 7.5e6, 2000, -4e-6)
    events = [EVENTS["tilted"]]
    real = ChannelDataSimulator(l50_probe(), events, rf, diffraction=True).echoes(positions, amplitudes)
    baseband = ChannelDataSimulator(l50_probe(), events, iq, diffraction=True).echoes(positions, amplitudes)
    times_s = rf.start_time_s + np.arange(rf.n_samples) / rf.sampling_frequency_hz
    assert np.allclose(real, (baseband * np.exp(2j * np.pi * 7.5e6 * times_s)).real, atol=1e-5)


def test_scatterers_outside_the_record_leave_no_trace() -> None:
    far = np.array([[0, 0, 0.4], [0, 0, 1e6], [1e5, 0, 1], [0, 0, -0.2]], np.float32)
    simulator = ChannelDataSimulator(l50_probe(), [EVENTS["plane"]], RECORDING, diffraction=True)
    assert not simulator.echoes(far, np.full(4, 1e3, np.float32)).any()
    assert not simulator.echoes(np.zeros((0, 3)), np.zeros(0)).any()
