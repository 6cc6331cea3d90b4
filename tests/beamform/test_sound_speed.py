"""The speed of sound found from echoes of a medium whose speed is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sonoreach.beamform.grid import Grid
from sonoreach.beamform.sound_speed import estimate_sound_speed
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, TransmitEvent

from .reference import linear_probe

GRID = Grid.cartesian(np.linspace(-4e-3, 4e-3, 41), np.linspace(14e-3, 24e-3, 200))


def medium(speed_m_s: float, seed: int = 0) -> ChannelData:
    """IQ of 150 scatterers under a plane wave, 20 MHz."""
    rng = np.random.default_rng(seed)
    x, z = rng.uniform(-6e-3, 6e-3, 150), rng.uniform(12e-3, 26e-3, 150)
    strength = rng.standard_normal(150)
    probe = linear_probe(64)
    time = np.arange(900) / 20e6
    samples = np.zeros((1, 64, 900), np.complex128)
    for e, element in enumerate(probe.element_positions_m):
        delay = (z + np.hypot(x - element[0], z)) / speed_m_s
        pulse = np.exp(-(((time[:, None] - delay) / 0.15e-6) ** 2))
        samples[0, e] = 500 * (pulse * strength * np.exp(-2j * np.pi * 5e6 * delay)).sum(axis=1)
    pair = np.stack([samples.real, samples.imag], -1).round().astype(np.int16)
    return ChannelData(pair, 20e6, 5e6, 0.0, 1540.0, probe, (TransmitEvent(),))


@pytest.mark.parametrize("speed_m_s", [1450.0, 1540.0, 1600.0])
def test_within_ten_metres_a_second(speed_m_s: float) -> None:
    assert estimate_sound_speed(medium(speed_m_s), GRID).speed_m_s == pytest.approx(speed_m_s, abs=10)


def test_refusals() -> None:
    data = medium(1540.0)
    with pytest.raises(InputError, match="end of the range"):
        estimate_sound_speed(data, GRID, low_m_s=1560, high_m_s=1640)
    with pytest.raises(InputError, match="at least three"):
        estimate_sound_speed(data, GRID, step_m_s=400)
    with pytest.raises(InputError, match="speeds must rise"):
        estimate_sound_speed(data, GRID, low_m_s=1700)
    silent = dataclasses.replace(data, samples=np.zeros_like(data.samples))
    with pytest.raises(InputError, match="silent"):
        estimate_sound_speed(silent, GRID)
