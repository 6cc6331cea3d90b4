"""The simulator against its equation in float64, and its promises."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sonoreach.beamform.probes import c60_probe, l38_probe, l50_probe, m50_probe, x32_probe
from sonoreach.errors import InputError
from sonoreach.simulation.acoustics.attenuation import Attenuation
from sonoreach.simulation.acoustics.pulse import Pulse
from sonoreach.simulation.acoustics.recording import Recording
from sonoreach.simulation.acoustics.simulator import ChannelDataSimulator
from sonoreach.simulation.acoustics.transmit import transmit_table, wavefronts
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

TILTED = TransmitEvent(TransmitKind.PLANE, math.radians(8))
IQ = Recording(15e6, 7.5e6, 640, -2.6e-6)


def scatterers(n: int, depth_m: float = 0.025, seed: int = 0) -> tuple[Any, Any]:
    """Random scatterers in front of a linear probe."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-0.4, 0.4, n) * depth_m, rng.uniform(-0.04, 0.04, n) * depth_m
    z = rng.uniform(0.1, 0.9, n) * depth_m
    return np.column_stack([x, y, z]).astype(np.float32), rng.standard_normal(n).astype(np.float32)


def error_db(got: Any, wanted: Any) -> float:
    """Energy of the difference relative to the energy wanted [dB]."""
    return float(20 * np.log10(np.linalg.norm(got - wanted) / np.linalg.norm(wanted)))


@pytest.mark.parametrize(
    ("probe", "recording", "depth_m"),
    [
        (l50_probe(), IQ, 0.025),
        (l50_probe(), Recording(20e6, 6e6, 860, -2.6e-6, 1480.0), 0.025),
        (l38_probe(), Recording(20.832e6, 0.0, 900, -2.6e-6), 0.025),
        (c60_probe(), Recording(10e6, 3.5e6, 900, -6e-6), 0.05),
        (m50_probe(), Recording(100e6, 50e6, 640, -0.5e-6), 0.003),
        (x32_probe(), Recording(8e6, 3e6, 400, -2e-6), 0.02),
    ],
    ids=["L50 IQ", "L50 other carrier", "L38 RF", "C60", "50 MHz", "matrix"],
)
def test_agrees_with_float64_reference(
    reference_echoes: Callable[..., Any], probe: ProbeGeometry, recording: Recording, depth_m: float
) -> None:
    positions, amplitudes = scatterers(4000 // probe.n_elements, depth_m)
    simulator = ChannelDataSimulator(probe, [TILTED], recording)
    got = simulator.echoes(positions, amplitudes)
    x, y, z = np.ascontiguousarray(positions.T)
    wavelength_m = recording.sound_speed_m_s / probe.center_frequency_hz
    path, weight = wavefronts((x, y, z), transmit_table([TILTED], probe), wavelength_m, probe.element_width_m)
    exact_path = x.astype(float) * math.sin(TILTED.angle_rad) + z.astype(float) * math.cos(TILTED.angle_rad)
    assert np.allclose(path[0], exact_path, atol=1e-8)
    wanted = reference_echoes(probe, recording, positions.astype(float), amplitudes, exact_path, weight[0])
    if recording.demodulation_frequency_hz == 0:
        wanted = wanted.real
    assert error_db(got[0], wanted) < -40


def test_rf_is_the_modulated_iq() -> None:
    """With attenuation, whose loss of the carrier both get sample by sample."""
    positions, amplitudes = scatterers(300)
    made = {}
    for carrier_hz in (0.0, 7.5e6):
        recording = Recording(30e6, carrier_hz, 1280, -2.6e-6)
        simulator = ChannelDataSimulator(l50_probe(), [TILTED], recording, attenuation=Attenuation(0.7))
        made[carrier_hz] = simulator.echoes(positions, amplitudes)
    times_s = -2.6e-6 + np.arange(1280) / 30e6
    assert error_db(made[0.0], (made[7.5e6] * np.exp(2j * np.pi * 7.5e6 * times_s)).real) < -60


def test_same_bits_for_any_number_of_threads() -> None:
    positions, amplitudes = scatterers(3000)
    results = [
        ChannelDataSimulator(l50_probe(), [TILTED] * 2, IQ, threads=n).echoes(positions, amplitudes) for n in (1, 2, 3)
    ]
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_linear_and_repeatable() -> None:
    positions, amplitudes = scatterers(500)
    simulator = ChannelDataSimulator(l50_probe(), [TILTED], IQ)
    whole = simulator.echoes(positions, amplitudes)
    parts = simulator.echoes(positions[:200], amplitudes[:200]) + simulator.echoes(positions[200:], amplitudes[200:])
    assert error_db(parts, whole) < -100
    assert np.array_equal(simulator.echoes(positions, 2 * amplitudes), 2 * whole)
    assert np.array_equal(simulator.echoes(positions, amplitudes), whole)


def test_reciprocity_between_two_elements() -> None:
    positions, amplitudes = scatterers(50)
    events = [TransmitEvent(TransmitKind.SINGLE_ELEMENT, element=e) for e in (10, 90)]
    recording = Recording(15e6, 7.5e6, 700, -0.02 / 1540)
    probe = l50_probe()
    echoes = ChannelDataSimulator(probe, events, recording).echoes(positions, amplitudes)
    # Time zero differs: each wave passes the origin |x| / c after its element sounded.
    shift_s = (abs(probe.element_positions_m[90, 0]) - abs(probe.element_positions_m[10, 0])) / 1540
    spectrum = [np.fft.fft(echoes[0, 90]), np.fft.fft(echoes[1, 10])]
    frequency_hz = np.fft.fftfreq(700, 1 / 15e6) + 7.5e6
    moved = spectrum[0] * np.exp(-2j * np.pi * frequency_hz * -shift_s)
    assert error_db(moved, spectrum[1]) < -30


def test_scatterers_outside_the_record_leave_no_trace() -> None:
    positions, amplitudes = scatterers(200)
    simulator = ChannelDataSimulator(l50_probe(), [TILTED], IQ)
    inside = simulator.echoes(positions, amplitudes)
    far = np.array([[0, 0, 0.4], [0, 0, 1e6], [0.3, 0, 0.001], [0, 0, -0.01], [-1e5, 0, 1e-5]], np.float32)
    both = simulator.echoes(np.concatenate([positions, far]), np.concatenate([amplitudes, np.full(5, 1e3, np.float32)]))
    assert error_db(both, inside) < -120  # not bit for bit: the order of the sum depends on the count


def test_poisoned_borders_stay_untouched() -> None:
    positions, amplitudes = scatterers(2000, depth_m=0.2)
    positions[::7] *= -1
    simulator = ChannelDataSimulator(l50_probe(), [TILTED], IQ, threads=1)
    size = simulator._signal.size
    poisoned = np.full(size + 512, 12345.0, np.float32)
    simulator._signal = poisoned[256 : 256 + size]
    simulator.accumulate(positions, amplitudes)
    assert (poisoned[:256] == 12345.0).all()
    assert (poisoned[-256:] == 12345.0).all()
    assert abs(poisoned[256:-256]).max() < 12345.0


def test_attenuation_lowers_level_and_frequency() -> None:
    position, amplitude = np.array([[0, 0, 0.02]], np.float32), np.ones(1, np.float32)
    probe, event = l50_probe(), [TransmitEvent()]
    recording = Recording(30e6, 7.5e6, 1000)
    clear = ChannelDataSimulator(probe, event, recording).echoes(position, amplitude)[0, 64]
    slope = ChannelDataSimulator(probe, event, recording, attenuation=Attenuation(0.5, carrier=False))
    full = ChannelDataSimulator(probe, event, recording, attenuation=Attenuation(0.5))
    dull, weak = slope.echoes(position, amplitude)[0, 64], full.echoes(position, amplitude)[0, 64]
    path_cm, sigma_hz = 4.0, 0.3 * 7.5e6 / math.sqrt(2 * math.log(2))
    # A Gaussian spectrum exp(-f² / 2 s²) times exp(-a f) moves by -a s².
    wanted_hz = -(sigma_hz**2) * 0.5 * path_cm * 1e-6 * math.log(10) / 20
    frequency_hz = np.fft.fftfreq(1000, 1 / 30e6)
    moved_hz = [np.average(frequency_hz, weights=np.abs(np.fft.fft(signal)) ** 2) for signal in (clear, dull)]
    assert moved_hz[0] == pytest.approx(0, abs=0.01e6)
    assert moved_hz[1] == pytest.approx(wanted_hz, rel=0.15)
    loss_db = 20 * np.log10(np.abs(weak).max() / np.abs(dull).max())
    assert loss_db == pytest.approx(-0.5 * path_cm * 7.5, abs=0.5)


def test_samples_carry_noise_of_seed_and_frame() -> None:
    positions, amplitudes = scatterers(100)
    simulator = ChannelDataSimulator(l50_probe(), [TILTED], IQ)
    silent, _ = simulator.samples(positions, amplitudes, counts=1000, noise_counts=0, seed=(1, 2))
    first, clipped = simulator.samples(positions, amplitudes, counts=1000, noise_counts=20, seed=(1, 2))
    again, _ = simulator.samples(positions, amplitudes, counts=1000, noise_counts=20, seed=(1, 2))
    other, _ = simulator.samples(positions, amplitudes, counts=1000, noise_counts=20, seed=(1, 3))
    assert clipped == 0
    assert np.array_equal(first, again)
    noise, second = (first - silent).astype(float), (other - silent).astype(float)
    assert noise.std() == pytest.approx(20, rel=0.02)
    assert abs(noise.mean()) < 0.3
    assert abs(np.corrcoef(noise.ravel(), second.ravel())[0, 1]) < 0.02
    echoes = simulator.echoes(positions, amplitudes)
    assert np.abs(silent[..., 0] - 1000 * echoes.real).max() <= 0.51
    assert np.abs(silent[..., 1] - 1000 * echoes.imag).max() <= 0.51


def test_clipping_is_counted() -> None:
    simulator = ChannelDataSimulator(l50_probe(), [TransmitEvent()], IQ)
    position, amplitude = np.array([[0, 0, 0.01]], np.float32), np.full(1, 100, np.float32)
    samples, clipped = simulator.samples(position, amplitude, counts=1000, noise_counts=0, seed=(0, 0))
    assert clipped == np.count_nonzero(np.abs(samples) == 32767) > 0


@pytest.mark.parametrize(
    ("positions", "amplitudes", "text"),
    [
        (np.zeros((3, 2)), np.zeros(3), "positions_m: got shape"),
        (np.zeros((3, 3)), np.zeros(2), "amplitudes: got shape"),
        (np.full((3, 3), np.nan), np.zeros(3), "not finite"),
        (np.zeros((3, 3)), np.full(3, np.inf), "not finite"),
    ],
)
def test_refuses_bad_scatterers(positions: Any, amplitudes: Any, text: str) -> None:
    with pytest.raises(InputError, match=text):
        ChannelDataSimulator(l50_probe(), [TransmitEvent()], IQ).echoes(positions, amplitudes)


def test_refuses_a_rate_below_the_pulse() -> None:
    with pytest.raises(InputError, match="sampling_frequency_hz"):
        ChannelDataSimulator(l50_probe(), [TransmitEvent()], Recording(6e6, 7.5e6, 100))
    with pytest.raises(InputError, match="sampling_frequency_hz"):
        ChannelDataSimulator(l50_probe(), [TransmitEvent()], Recording(20e6, 0.0, 100))


def test_no_scatterers_give_silence() -> None:
    echoes = ChannelDataSimulator(l50_probe(), [TILTED], IQ).echoes(np.zeros((0, 3)), np.zeros(0))
    assert echoes.shape == (1, 128, 640)
    assert not echoes.any()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"element_positions_m": np.full((128, 3), np.nan)}, "element_positions_m must be finite"),
        ({"element_positions_m": np.zeros((128, 2))}, "element_positions_m must have shape"),
        ({"element_positions_m": np.zeros((0, 3))}, "element_positions_m must have shape"),
        ({"fractional_bandwidth": 0.0}, "fractional_bandwidth must lie in"),
        ({"center_frequency_hz": math.nan}, "center_frequency_hz must lie in"),
        ({"element_width_m": math.nan}, "element_width_m must lie in"),
        ({"element_width_m": -1e-4}, "element_width_m must lie in"),
        ({"elevation_height_m": math.nan}, "elevation_height_m must lie in"),
        ({"elevation_focus_m": 0.0}, "elevation_focus_m must be above 0"),
        ({"element_width_m": 1e-3}, "got 4.87 wavelengths across, allowed are 0 to 3"),
        ({"elevation_focus_m": math.inf}, "wavelengths across, allowed are 0 to 1"),
    ],
)
def test_arrays_that_cannot_be_simulated_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        ChannelDataSimulator(dataclasses.replace(l50_probe(), **changes), [TILTED], IQ)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((0.0, [], []), "center_frequency_hz: got 0.0"),
        ((5e6, [], []), "two equal lengths > 1"),
        ((5e6, [0.0, 1e-6], [1.0]), "two equal lengths > 1"),
        ((5e6, [0.0, 1e-6, 1.5e-6], [1.0, 1.0, 1.0]), "not evenly spaced"),
        ((5e6, [0.0, 1e-6], [0.0, 0.0]), "zero or not finite"),
        ((5e6, [0.0, 1e-6], [0.0, math.nan]), "zero or not finite"),
    ],
)
def test_pulses_that_are_none_are_refused(arguments: tuple[float, list[float], list[float]], sentence: str) -> None:
    frequency, times, envelope = arguments
    with pytest.raises(InputError, match=sentence):
        Pulse(frequency, np.array(times), np.array(envelope, dtype=np.complex128))
    with pytest.raises(InputError, match="pulse: got a bandwidth of"):
        Pulse.gaussian(-7.5e6, 0.6)


@pytest.mark.parametrize(
    ("positions", "amplitudes", "sentence"),
    [
        (np.zeros((1, 3), complex), np.ones(1), "got complex128 and float64"),
        (np.array([["a", "b", "c"]]), np.ones(1), "allowed are real numbers"),
        (np.zeros((1, 3)), np.full(1, 1e18), "got 1e[+]18 as the largest"),
        (np.zeros((2, 3)), np.full(2, -1e-22), "got 1e-22 as the largest"),
    ],
)
def test_scatterers_that_cannot_be_summed_are_refused(positions: Any, amplitudes: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        ChannelDataSimulator(l50_probe(), [TILTED], IQ).echoes(positions, amplitudes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"counts": math.nan}, "counts: got nan"),
        ({"noise_counts": -5.0}, "noise_counts: got -5.0"),
        ({"noise_counts": math.inf}, "noise_counts: got inf"),
        ({"seed": (-1, 2)}, "each number of the seed must be a whole number"),
        ({"seed": (1.5, 2)}, "each number of the seed must be a whole number"),
    ],
)
def test_numbers_of_samples_are_checked(changes: dict[str, Any], sentence: str) -> None:
    simulator = ChannelDataSimulator(l50_probe(), [TILTED], IQ)
    with pytest.raises(InputError, match=sentence):
        simulator.samples(*scatterers(3), **{"counts": 100.0, "noise_counts": 1.0, "seed": (1, 2)} | changes)
    with pytest.raises(InputError, match=r"n_samples must be a whole number and lie in 1 to 32768, got 640\.0"):
        Recording(15e6, 7.5e6, 640.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("event", [TransmitEvent(TransmitKind.DIVERGING, source_m=(0.0, 0.0, -0.02)), TransmitEvent()])
def test_elements_at_one_x_send_waves(event: TransmitEvent) -> None:
    """One element, and a column of them along y: their beam is as wide as an element."""
    one = dataclasses.replace(l38_probe(), element_positions_m=np.zeros((1, 3)))
    y = np.arange(16) * 3e-4
    column = dataclasses.replace(one, element_positions_m=np.column_stack([0 * y, y, 0 * y]))
    positions = np.random.default_rng(1).uniform(-1e-3, 1e-3, (2000, 3))
    positions[:, 2] += 0.01
    for probe in (one, column):
        echoes = ChannelDataSimulator(probe, [event], Recording(15e6, 5e6, 640)).echoes(positions, np.ones(2000))
        assert np.isfinite(echoes).all()
        assert np.abs(echoes).max() > 0.01


@pytest.mark.parametrize(
    ("recording", "attenuation"),
    [(Recording(15e6, 7.5e6, 2048), 10.0), (Recording(30e6, 0.0, 8192), 10.0), (Recording(15e6, 7.5e6, 32768), 0.7)],
)
def test_whatever_attenuation_is_allowed_gives_numbers(recording: Recording, attenuation: float) -> None:
    simulator = ChannelDataSimulator(l50_probe(), [TransmitEvent()], recording, attenuation=Attenuation(attenuation))
    echoes = simulator.echoes(np.array([[0.0, 0.0, 0.005], [0.0, 0.0, 0.05], [0.0, 0.0, 0.19]]), np.ones(3))
    assert np.isfinite(echoes).all()
    assert np.abs(echoes).max() > 0


def test_rf_must_hold_the_carrier_with_diffraction_too() -> None:
    for diffraction in (False, True):
        with pytest.raises(InputError, match=r"allowed is at least 2\.6"):
            ChannelDataSimulator(l50_probe(), [TransmitEvent()], Recording(15e6, 0.0, 640), diffraction=diffraction)
