"""Scan conversion of sectors, and phased arrays that make them."""

from __future__ import annotations

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
    with pytest.raises(InputError, match="sector must be lines from one apex"):
        ScanConverter(Grid.cartesian([0.0, 1e-3], [0.01, 0.02]), X, Z)
    with pytest.raises(InputError, match="x_m must rise"):
        ScanConverter(SECTOR, X[::-1], Z)
    with pytest.raises(InputError, match="values must be finite"):
        ScanConverter(SECTOR, X, Z)(np.zeros((3, 3)))
