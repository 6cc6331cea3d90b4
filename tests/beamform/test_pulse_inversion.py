"""Pulse inversion on echoes with a quadratic term."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.pulse_inversion import pulse_inversion
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, TransmitEvent

from .reference import linear_probe, random_frame

FC, FS, C = 2.5e6, 40e6, 1540.0
BUBBLE, TISSUE = (-2e-3, 12e-3), (2e-3, 12e-3)
APERTURE = ReceiveAperture(1.5, Window.HANN)
GRID = Grid.cartesian(np.linspace(-5e-3, 5e-3, 101), np.linspace(9e-3, 15e-3, 181))


def echoes(polarity: float) -> ChannelData:
    """RF of a point that answers with p + 0.2 p² beside one ten times as strong that answers with p alone."""
    probe = linear_probe(48, center_hz=FC)
    time = np.arange(900) / FS
    samples = np.zeros((1, 48, 900))
    for (x, z), strength, quadratic in ((BUBBLE, 300.0, 0.2), (TISSUE, 3000.0, 0.0)):
        for e, element in enumerate(probe.element_positions_m):
            t = time - (z + np.hypot(x - element[0], z)) / C
            pressure = polarity * np.exp(-((t / 0.4e-6) ** 2)) * np.cos(2 * np.pi * FC * t)
            samples[0, e] += strength * (pressure + quadratic * pressure**2)
    return ChannelData(samples.round().astype(np.int16), FS, 0.0, 0.0, C, probe, (TransmitEvent(),))


def beam_width(image: np.ndarray, x_m: float) -> float:
    """Full width at half maximum across the lines around x [m]."""
    profile = np.abs(image).max(axis=1) * (np.abs(GRID.x_m - x_m) < 1.9e-3)
    return float(np.count_nonzero(profile > profile.max() / 2) * (GRID.x_m[1] - GRID.x_m[0]))


def test_only_the_quadratic_echo_remains() -> None:
    upright, inverted = echoes(1.0), echoes(-1.0)
    harmonic = np.abs(DelayAndSum(GRID, APERTURE)(pulse_inversion(upright, inverted)))
    line, sample = np.unravel_index(np.argmax(harmonic), harmonic.shape)
    assert GRID.x_m[line] == pytest.approx(BUBBLE[0], abs=0.15e-3)
    assert GRID.z_m[sample] == pytest.approx(BUBBLE[1], abs=0.15e-3)
    tissue = harmonic[np.abs(GRID.x_m - TISSUE[0]) < 1e-3].max()
    assert tissue < 0.03 * harmonic.max()  # 30 dB below, though its echo is 34 dB stronger than the quadratic one
    fundamental = np.abs(DelayAndSum(GRID)(upright))
    assert GRID.x_m[np.argmax(fundamental.max(axis=1))] == pytest.approx(TISSUE[0], abs=0.15e-3)


def test_the_harmonic_focuses_finer() -> None:
    upright = echoes(1.0)
    harmonic = DelayAndSum(GRID)(pulse_inversion(upright, echoes(-1.0)))
    assert beam_width(harmonic, BUBBLE[0]) < 0.65 * beam_width(DelayAndSum(GRID)(upright), TISSUE[0])


def test_the_sum_holds_the_quadratic_part_twice() -> None:
    summed = pulse_inversion(echoes(1.0), echoes(-1.0)).samples
    assert summed.dtype == np.float32
    assert summed.max() == pytest.approx(2 * 0.2 * 300, rel=0.03)
    assert summed.min() > -2  # a square, and two roundings


def test_refusals() -> None:
    upright, inverted = echoes(1.0), echoes(-1.0)
    with pytest.raises(InputError, match="share shape and transmits"):
        pulse_inversion(upright, dataclasses.replace(inverted, samples=inverted.samples[..., :-1]))
    with pytest.raises(InputError, match="share array, rates"):
        pulse_inversion(upright, dataclasses.replace(inverted, start_time_s=1e-6))
    with pytest.raises(InputError, match="sampling_frequency_hz of IQ"):
        slow = [dataclasses.replace(random_frame(k), sampling_frequency_hz=12e6) for k in (0, 1)]
        pulse_inversion(*slow)  # enough for the fundamental at which it is demodulated, not for the harmonic
