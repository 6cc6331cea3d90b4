"""Scan conversion of sectors, and phased arrays that make them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.probes import p20_probe
from sonoreach.beamform.scan_conversion import ScanConverter
from sonoreach.errors import InputError
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.phantoms import points
from sonoreach.types.channel_data import TransmitEvent, TransmitKind
from sonoreach.types.pose import Pose

SECTOR = Grid.polar(np.linspace(-0.6, 0.6, 121), np.linspace(0.02, 0.08, 301))
X, Z = np.linspace(-0.05, 0.05, 101), np.linspace(0.0, 0.09, 91)


def test_a_plane_stays_a_plane() -> None:
    points_m = SECTOR.points_m()
    picture = ScanConverter(SECTOR, X, Z)(2 * points_m[..., 0] - points_m[..., 2], fill=-7.0)
    x, z = np.meshgrid(X, Z)
    inside = picture != -7.0
    assert np.allclose(picture[inside], (2 * x - z)[inside], atol=2e-5)
    away, bearing = np.hypot(x, z), np.arctan2(x, z)
    assert np.array_equal(inside, (np.abs(bearing) <= 0.6) & (away >= 0.02 - 1e-9) & (away <= 0.08 + 1e-9))


def steered_lines(angle_rad: float, pitch_m: float) -> Grid:
    """121 parallel lines."""
    x, zero = (np.arange(121) - 60) * pitch_m, np.zeros(121)
    direction = np.tile([np.sin(angle_rad), 0.0, np.cos(angle_rad)], (121, 1))
    return Grid(np.stack([x, zero, zero], -1), direction, SECTOR.distance_m, np.zeros(0), np.zeros(0))


@pytest.mark.parametrize("angle_rad", [0.0, 0.3, -0.3])
def test_a_plane_stays_a_plane_between_parallel_lines(angle_rad: float) -> None:
    lines = steered_lines(angle_rad, 0.4e-3)
    points_m = lines.points_m()
    picture = ScanConverter(lines, X, Z)(2 * points_m[..., 0] - points_m[..., 2], fill=-7.0)
    x, z = np.meshgrid(X, Z)
    inside = picture != -7.0
    assert np.allclose(picture[inside], (2 * x - z)[inside], atol=2e-5)
    away = z / np.cos(angle_rad)
    begins = x - away * np.sin(angle_rad)
    assert np.array_equal(inside, (np.abs(begins) <= 0.024 + 1e-9) & (away >= 0.02 - 1e-9) & (away <= 0.08 + 1e-9))


def test_a_phased_array_shows_a_point_at_its_place() -> None:
    wave = TransmitEvent(TransmitKind.DIVERGING, source_m=(0.0, 0.0, -0.01))
    scanner = SimulatedFrontEnd(
        points([(0.02, 0.0, 0.05)], 20.0), probe=p20_probe(), transmits=(wave,), sampling_frequency_hz=10e6,
        demodulation_frequency_hz=2.5e6, depth_m=0.1,
    )  # fmt: skip
    data = scanner.acquire(0.0, 0, Pose())
    assert data is not None
    amplitude = np.abs(DelayAndSum(SECTOR, ReceiveAperture(0))(data))
    picture = ScanConverter(SECTOR, X, Z)(amplitude)
    row, column = np.unravel_index(np.argmax(picture), picture.shape)
    assert (X[column], Z[row]) == pytest.approx((0.02, 0.05), abs=1.1e-3)


def test_refusals() -> None:
    turned = Grid.polar([-0.1, 0.1], [0.01, 0.02])
    fan = dataclasses.replace(turned, origin_m=np.array([[0.0, 0.0, 0.0], [0.01, 0.0, 0.0]]))
    for lines in (fan, steered_lines(0.2, -1e-3), Grid.volume([0.0, 1e-3], [0.0, 1e-3], [0.01, 0.02])):
        with pytest.raises(InputError, match="lines must come from one apex"):
            ScanConverter(lines, X, Z)
    with pytest.raises(InputError, match="x_m must rise"):
        ScanConverter(SECTOR, X[::-1], Z)
    with pytest.raises(InputError, match="values must be finite"):
        ScanConverter(SECTOR, X, Z)(np.zeros((3, 3)))
