"""B-mode images: geometry, brightness, determinism, refusals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, TransmitEvent, TransmitKind

from .reference import linear_probe, random_frame

GRID = Grid.cartesian(np.linspace(-6e-3, 6e-3, 61), np.linspace(2e-3, 20e-3, 181))


def point_frame(x_m: float, z_m: float, angles: tuple[float, ...] = (-0.1, 0.0, 0.1)) -> ChannelData:
    """Echoes of one point, Gaussian pulse, IQ at 20 MHz."""
    probe = linear_probe(48)
    time = np.arange(700) / 20e6
    samples = np.zeros((len(angles), 48, 700), np.complex128)
    for t, a in enumerate(angles):
        for e, element in enumerate(probe.element_positions_m):
            delay = (x_m * np.sin(a) + z_m * np.cos(a) + np.hypot(x_m - element[0], z_m)) / 1540.0
            pulse = np.exp(-(((time - delay) / 0.15e-6) ** 2))
            samples[t, e] = 2000 * pulse * np.exp(-2j * np.pi * 5e6 * delay)
    pair = np.stack([samples.real, samples.imag], -1).round().astype(np.int16)
    transmits = tuple(TransmitEvent(TransmitKind.PLANE, a) for a in angles)
    return ChannelData(pair, 20e6, 5e6, 0.0, 1540.0, probe, transmits, stamp_s=4.5, frame_id=7, source="a point")


def test_a_point_appears_where_it_is() -> None:
    image = BModeBeamformer(GRID, top_percentile=100.0)(point_frame(2e-3, 12e-3))
    row, column = np.unravel_index(np.argmax(image.pixels), image.pixels.shape)
    assert image.x0_m + column * image.dx_m == pytest.approx(2e-3, abs=image.dx_m)
    assert image.z0_m + row * image.dz_m == pytest.approx(12e-3, abs=image.dz_m)
    assert image.pixels.max() == 255
    assert (image.stamp_s, image.frame_id, image.source) == (4.5, 7, "a point")


def test_points_that_no_wave_passes_are_black() -> None:
    wide = Grid.cartesian(np.linspace(-0.02, 0.02, 81), np.linspace(2e-3, 20e-3, 60))
    image = BModeBeamformer(wide)(point_frame(0, 10e-3))
    assert (image.pixels[:, [0, -1]] == 0).all()
    assert (image.pixels[:, 40] > 0).any()


def test_noise_is_equally_bright_near_and_far() -> None:
    transmits = tuple(TransmitEvent(TransmitKind.PLANE, a) for a in (-0.1, 0.0, 0.1))
    data = random_frame(transmits=transmits, probe=linear_probe(48))
    image = BModeBeamformer(GRID, dynamic_range_db=60)(data)
    level = image.pixels.astype(float) * 60 / 255
    near, far = level[20:50, 25:35].mean(), level[140:170, 25:35].mean()
    # Incoherent noise falls with the root of the number of elements that listen: 13 mm over 3 mm is 6 dB.
    assert near - far == pytest.approx(10 * np.log10(155 / 35), abs=1.5)


def test_time_gain_compensation_lifts_the_depth() -> None:
    data = random_frame(probe=linear_probe(48))
    flat = BModeBeamformer(GRID, top_db=60.0)(data).pixels.astype(float)
    lifted = BModeBeamformer(GRID, top_db=60.0, tgc_db_per_m=500.0)(data).pixels.astype(float)
    row = 100
    inner = (flat[row] > 5) & (lifted[row] < 250) & (lifted[row] > 5)
    step = (lifted - flat)[row, inner].mean() * 60 / 255
    assert step == pytest.approx(500.0 * GRID.z_m[row], abs=0.2)


def test_same_frame_same_pixels() -> None:
    data = point_frame(0, 10e-3)
    beamformer = BModeBeamformer(GRID)
    first = beamformer(data).pixels
    beamformer(random_frame(probe=linear_probe(48)))
    assert np.array_equal(first, beamformer(data).pixels)
    assert np.array_equal(first, BModeBeamformer(GRID)(data).pixels)


def test_silence_is_black() -> None:
    data = point_frame(0, 10e-3)
    silent = dataclasses.replace(data, samples=np.zeros_like(data.samples))
    assert BModeBeamformer(GRID)(silent).pixels.max() == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"dynamic_range_db": 0.0}, "dynamic_range_db"),
        ({"top_percentile": 0.0}, "top_percentile"),
        ({"tgc_db_per_m": float("nan")}, "tgc_db_per_m"),
        ({"grid": Grid.polar([0.0, 0.1], [0.01, 0.02])}, "Cartesian"),
        ({"grid": Grid.cartesian([0.0, 0.1, 0.3], [0.01, 0.02])}, "evenly spaced"),
    ],
)
def test_bad_settings_are_refused(arguments: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        BModeBeamformer(**arguments)  # type: ignore[arg-type]
