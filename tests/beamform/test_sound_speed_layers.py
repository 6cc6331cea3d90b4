"""Layers found from echoes that were refracted by them."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.sound_speed_layers import SoundSpeedLayers, estimate_layers, focus_through_layers
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, TransmitEvent

from .reference import linear_probe

WALL, FAT, MUSCLE = 10e-3, 1450.0, 1580.0
LAYERS = SoundSpeedLayers(np.array([WALL, 25e-3]), np.array([FAT, MUSCLE]))


def time_through(element_x: float, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Shortest time from an element through the wall to points (Fermat, by golden section over the crossing)."""

    def time(crossing: np.ndarray) -> np.ndarray:
        above = np.hypot(crossing - element_x, np.minimum(z, WALL)) / FAT
        return above + np.where(z > WALL, np.hypot(x - crossing, z - WALL) / MUSCLE, 0.0)

    low, high = np.minimum(x, element_x) - 1e-3, np.maximum(x, element_x) + 1e-3
    for _ in range(60):
        a, b = low + 0.382 * (high - low), low + 0.618 * (high - low)
        left = time(a) < time(b)
        low, high = np.where(left, low, a), np.where(left, b, high)
    return np.where(z > WALL, time((low + high) / 2), np.hypot(x - element_x, z) / FAT)


def medium(x: np.ndarray, z: np.ndarray, strength: np.ndarray) -> ChannelData:
    """IQ of scatterers below one plane wave, 20 MHz."""
    probe = linear_probe(64)
    time = np.arange(900) / 20e6
    down = LAYERS.travel_time_s(z)
    samples = np.zeros((1, 64, 900), np.complex128)
    for e, element in enumerate(probe.element_positions_m):
        delay = down + time_through(element[0], x, z)
        pulse = np.exp(-(((time[:, None] - delay) / 0.15e-6) ** 2))
        samples[0, e] = 500 * (pulse * strength * np.exp(-2j * np.pi * 5e6 * delay)).sum(axis=1)
    pair = np.stack([samples.real, samples.imag], -1).round().astype(np.int16)
    return ChannelData(pair, 20e6, 5e6, 0.0, 1540.0, probe, (TransmitEvent(),))


def test_two_layers_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    data = medium(rng.uniform(-6e-3, 6e-3, 400), rng.uniform(7e-3, 24e-3, 400), rng.standard_normal(400))
    layers = estimate_layers(data, np.linspace(-4e-3, 4e-3, 41), (WALL, 20e-3), band_m=4e-3)
    assert layers.speed_m_s[0] == pytest.approx(FAT, abs=15)
    assert layers.speed_m_s[1] == pytest.approx(MUSCLE, abs=25)


def test_layers_focus_a_point_at_its_place() -> None:
    data = medium(np.array([1e-3]), np.array([20e-3]), np.array([4.0]))
    grid = Grid.cartesian(np.linspace(-1e-3, 3e-3, 81), np.linspace(18.5e-3, 21.5e-3, 151))
    aperture = ReceiveAperture(1.1)
    through = np.abs(focus_through_layers(data, grid, LAYERS, aperture))
    plain = np.abs(DelayAndSum(grid, aperture)(data))
    line, sample = np.unravel_index(np.argmax(through), through.shape)
    assert (grid.x_m[line], grid.z_m[sample]) == pytest.approx((1e-3, 20e-3), abs=6e-5)
    assert through.max() > 1.03 * plain.max()


def test_one_layer_is_plain_focusing() -> None:
    data = medium(np.array([1e-3]), np.array([15e-3]), np.array([4.0]))
    grid = Grid.cartesian(np.linspace(-2e-3, 2e-3, 21), np.linspace(14e-3, 16e-3, 50))
    one = SoundSpeedLayers(np.array([20e-3]), np.array([1540.0]))
    same = focus_through_layers(data, grid, one)
    wanted = DelayAndSum(grid)(data)
    assert np.abs(same - wanted).max() < 1e-2 * np.abs(wanted).max()


def test_refusals() -> None:
    data = medium(np.array([0.0]), np.array([15e-3]), np.array([1.0]))
    with pytest.raises(InputError, match="bottom_m must rise"):
        estimate_layers(data, [0.0, 1e-3], (10e-3, 11e-3))
    with pytest.raises(InputError, match="Cartesian and below"):
        focus_through_layers(data, Grid.polar([0.0, 0.1], [0.01, 0.02]), LAYERS)


def test_at_the_face_the_first_layer_counts() -> None:
    assert LAYERS.focusing_speed_m_s([0.0, 5e-3]) == pytest.approx([FAT, FAT])
    assert LAYERS.travel_time_s(0.0) == 0.0


@pytest.mark.parametrize(
    ("bottom", "speed", "sentence"),
    [
        ([0.01, 0.02], [1500.0, np.nan], "speed_m_s must lie in"),
        ([0.01, 0.02], [1500.0, -1500.0], "speed_m_s must lie in"),
        ([0.01, 0.02], [1500.0], "one a layer"),
        ([0.02, 0.01], [1500.0, 1600.0], "rises from 0"),
        ([0.01, np.nan], [1500.0, 1600.0], "rises from 0"),
        ([], [], "rises from 0"),
    ],
)
def test_what_are_no_layers(bottom: list[float], speed: list[float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        SoundSpeedLayers(np.array(bottom), np.array(speed))


@pytest.mark.parametrize("depth_m", [-0.01, np.nan, np.inf])
def test_depths_that_are_none(depth_m: float) -> None:
    for speed_or_time in (LAYERS.focusing_speed_m_s, LAYERS.travel_time_s):
        with pytest.raises(InputError, match="depth_m must be finite and at least 0"):
            speed_or_time([0.01, depth_m])
